// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lines that an operator lives by: who came, with what, and why they went.
 */
#include "daemon/report.h"

#include <string.h>

#include "daemon/addr.h"
#include "daemon/log.h"

NAMES_FUNCTION(report_state, REPORT_STATE_LIST)

const char *report_layout(uint8_t layout)
{
	switch ((enum kern_layout)layout) {
	case KERN_LAYOUT_AUTO:
		return NULL;
	case KERN_LAYOUT_PARKED:
		return "parked";
	case KERN_LAYOUT_CLASSIC:
		return "classic";
	}
	return NULL;
}

const char *report_auth_method(uint8_t auth)
{
	switch ((enum auth_method)auth) {
	case AUTH_NONE:
		return NULL;
	case AUTH_PAP:
		return "pap";
	case AUTH_CHAP_MD5:
		return "chap-md5";
	case AUTH_MSCHAPV2:
		return "mschapv2";
	}
	return NULL;
}

/* --- pairs that are there only if they are known -------------------------------------------- */

static void number(struct log_line *line, const char *key, uint64_t value)
{
	if (value)
		log_pair(line, key, "%llu", (unsigned long long)value);
}

static void words(struct log_line *line, const char *key, const char *text)
{
	if (text && *text)
		log_bytes(line, key, text, strlen(text));
}

static void endpoint(struct log_line *line, const char *key, const struct endpoint *e)
{
	char buf[ADDR_TEXT_MAX];

	if (e->family != ENDPOINT_NONE)
		log_pair(line, key, "%s", addr_text(e, buf));
}

static void ipv4(struct log_line *line, const char *key, uint32_t address)
{
	char buf[ADDR_TEXT_MAX];

	if (address)
		log_pair(line, key, "%s", addr_text4(address, buf));
}

static uint64_t seconds(usec_t since, usec_t now)
{
	return since && now > since ? (now - since) / USEC_PER_SEC : 0;
}

static void ike(struct log_line *line, const struct report_ike *r)
{
	words(line, "ike_id", r->id);
	words(line, "ike_name", r->name);
	words(line, "connection", r->connection);
	number(line, "child", r->child);
}

/* --- tunnels ---------------------------------------------------------------------------------- */

static void tunnel_names(struct log_line *line, const struct tunnel_report *r)
{
	log_pair(line, "tunnel", "%u", r->tunnel);
	number(line, "peer_tunnel", r->peer_tunnel);
	endpoint(line, "peer", &r->peer);
	endpoint(line, "local", &r->local);
	number(line, "mark", r->mark);
	ike(line, &r->ike);
	words(line, "client_host", r->client_host);
}

void report_tunnel_up(struct log *log, const struct tunnel_report *r, usec_t now)
{
	struct log_line line;

	log_begin_peer(&line, log, LOG_LEVEL_INFO, LOG_CLASS_PEER, "tunnel-up", LOG_CAUSE_SETUP,
		       now);
	tunnel_names(&line, r);
	words(&line, "client_vendor", r->client_vendor);
	number(&line, "firmware", r->firmware);
	log_end(&line);
}

void report_tunnel_down(struct log *log, const struct tunnel_report *r, usec_t now)
{
	struct log_line line;

	log_begin_peer(&line, log, LOG_LEVEL_INFO, LOG_CLASS_PEER, "tunnel-down", LOG_CAUSE_SETUP,
		       now);
	tunnel_names(&line, r);
	words(&line, "reason", r->reason);
	words(&line, "detail", r->detail);
	number(&line, "result", r->result);
	number(&line, "error", r->error);
	log_pair(&line, "duration", "%llu", (unsigned long long)seconds(r->up_since, now));
	log_end(&line);
}

/* --- sessions --------------------------------------------------------------------------------- */

static void session_names(struct log_line *line, const struct session_report *r)
{
	log_pair(line, "tunnel", "%u", r->tunnel);
	log_pair(line, "session", "%u", r->session);
	endpoint(line, "peer", &r->peer);
	number(line, "mark", r->mark);
	ike(line, &r->ike);
	if (r->user_len)
		log_bytes(line, "user", r->user, r->user_len);
	words(line, "group", r->group);
	ipv4(line, "address", r->address);
	words(line, "interface", r->interface);
}

void report_session_up(struct log *log, const struct session_report *r)
{
	struct log_line line;

	log_begin(&line, log, LOG_LEVEL_INFO, LOG_CLASS_PEER, "session-up");
	session_names(&line, r);
	words(&line, "auth", report_auth_method(r->auth));
	number(&line, "mtu", r->mtu);
	number(&line, "peer_tunnel", r->peer_tunnel);
	number(&line, "peer_session", r->peer_session);
	words(&line, "layout", report_layout(r->layout));
	words(&line, "client_host", r->client_host);
	words(&line, "client_vendor", r->client_vendor);
	words(&line, "identification", r->identification);
	words(&line, "calling", r->calling);
	log_end(&line);
}

static void session_end(struct log_line *line, const struct session_report *r)
{
	words(line, "reason", r->reason);
	words(line, "detail", r->detail);
	number(line, "result", r->result);
	number(line, "error", r->error);
	number(line, "cause", r->cause);
}

/* One that was up has used something, and somebody may have to account for it. */
void report_session_down(struct log *log, const struct session_report *r, usec_t now)
{
	struct log_line line;

	if (r->up_since)
		log_begin(&line, log, LOG_LEVEL_INFO, LOG_CLASS_PEER, "session-down");
	else
		log_begin_peer(&line, log, LOG_LEVEL_INFO, LOG_CLASS_PEER, "session-failed",
			       LOG_CAUSE_SETUP, now);
	session_names(&line, r);
	session_end(&line, r);
	words(&line, "phase", r->up_since ? NULL : r->phase);
	if (r->up_since) {
		log_pair(&line, "duration", "%llu", (unsigned long long)seconds(r->up_since, now));
		log_pair(&line, "rx_bytes", "%llu", (unsigned long long)r->counters.rx_bytes);
		log_pair(&line, "tx_bytes", "%llu", (unsigned long long)r->counters.tx_bytes);
		log_pair(&line, "rx_packets", "%llu", (unsigned long long)r->counters.rx_packets);
		log_pair(&line, "tx_packets", "%llu", (unsigned long long)r->counters.tx_packets);
	}
	log_end(&line);
}

void report_auth_failed(struct log *log, const struct session_report *r, usec_t now)
{
	struct log_line line;

	log_begin_peer(&line, log, LOG_LEVEL_NOTICE, LOG_CLASS_AUTH, "auth-failed", LOG_CAUSE_AUTH,
		       now);
	session_names(&line, r);
	words(&line, "auth", report_auth_method(r->auth));
	words(&line, "reason", r->reason);
	words(&line, "detail", r->detail);
	log_end(&line);
}
