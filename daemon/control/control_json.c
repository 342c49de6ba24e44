// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From reports to JSON.  The keys are promised in culvert-json(7); a test holds this file, the
 * lists and the manual page together.
 */
#include "daemon/control/control_json.h"

#include <stdio.h>
#include <string.h>

#include "daemon/addr.h"
#include "daemon/control/control_text.h"

static void set_int(json_t *o, const char *key, uint64_t value)
{
	json_object_set_new(o, key, json_integer((json_int_t)value));
}

/* For values of which 0 means that there is none. */
static void set_known(json_t *o, const char *key, uint64_t value)
{
	json_object_set_new(o, key, value ? json_integer((json_int_t)value) : json_null());
}

static void set_bytes(json_t *o, const char *key, const void *bytes, size_t len)
{
	char clean[3 * 256 + 1];
	size_t n = control_text_clean(clean, sizeof(clean), bytes, len);

	json_object_set_new(o, key, n ? json_stringn(clean, n) : json_null());
}

static void set_words(json_t *o, const char *key, const char *text)
{
	set_bytes(o, key, text, text ? strlen(text) : 0);
}

static void set_ipv4(json_t *o, const char *key, uint32_t address)
{
	char buf[ADDR_TEXT_MAX];

	set_words(o, key, address ? addr_text4(address, buf) : NULL);
}

static void set_ipv4_list(json_t *o, const char *key, const uint32_t *address, size_t n)
{
	json_t *list = json_array();
	char buf[ADDR_TEXT_MAX];

	for (size_t i = 0; i < n; i++)
		if (address[i])
			json_array_append_new(list, json_string(addr_text4(address[i], buf)));
	json_object_set_new(o, key, list);
}

static void set_endpoint(json_t *o, const char *key, const char *port_key, const struct endpoint *e)
{
	struct endpoint host = *e;
	char buf[ADDR_TEXT_MAX];

	host.port = 0;
	set_words(o, key, e->family != ENDPOINT_NONE ? addr_text(&host, buf) : NULL);
	if (port_key)
		set_known(o, port_key, e->port);
}

/* An interface identifier is the lower half of a link-local address: RFC 4291 2.5.6. */
static void set_link_local(json_t *o, const char *key, uint64_t iid)
{
	struct endpoint e = {.family = ENDPOINT_IPV6, .addr = {0xfe, 0x80}};

	memcpy(e.addr + 8, &iid, sizeof(iid));
	if (!iid)
		e.family = ENDPOINT_NONE;
	set_endpoint(o, key, NULL, &e);
}

static void set_time(json_t *o, const char *key, usec_t when, const struct control_clock *clock)
{
	char buf[CONTROL_TIME_MAX];
	uint64_t ago = clock->now > when ? clock->now - when : 0;

	set_words(o, key,
		  when ? control_text_time(buf, clock->wall > ago ? clock->wall - ago : 0, false)
		       : NULL);
}

static void set_age(json_t *o, const char *key, usec_t when, const struct control_clock *clock)
{
	if (!when)
		json_object_set_new(o, key, json_null());
	else
		set_int(o, key, clock->now > when ? (clock->now - when) / USEC_PER_SEC : 0);
}

static void set_spi(json_t *o, const char *key, uint32_t spi)
{
	char buf[9];

	snprintf(buf, sizeof(buf), "%08x", spi);
	set_words(o, key, spi ? buf : NULL);
}

static void set_ike(json_t *o, const struct report_ike *r)
{
	set_words(o, "ike_id", r->id);
	set_words(o, "ike_name", r->name);
	set_words(o, "connection", r->connection);
	set_known(o, "child", r->child);
	set_spi(o, "spi_in", r->spi_in);
	set_spi(o, "spi_out", r->spi_out);
}

static json_t *listeners(const struct status_report *r)
{
	json_t *list = json_array();
	char at[ADDR_TEXT_MAX], text[ADDR_TEXT_MAX + 32];

	for (size_t i = 0; i < r->n_listeners && i < CONFIG_LISTENERS_MAX; i++) {
		snprintf(text, sizeof(text), "%s ipsec=%s", addr_text(&r->listener[i].at, at),
			 r->listener[i].ipsec ? "require" : "off");
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *ike_warnings(const struct status_report *r)
{
	json_t *list = json_array();

	if (!r->ike_connected)
		return list;
	if (r->ike_flags & IKE_HAS_FORECAST)
		json_array_append_new(list, json_string("forecast is loaded"));
	if (r->ike_flags & IKE_HAS_CONNMARK)
		json_array_append_new(list, json_string("connmark is loaded"));
	if (!(r->ike_flags & IKE_HAS_IKEV1))
		json_array_append_new(list, json_string("no IKEv1"));
	if (!(r->ike_flags & IKE_SETS_MARKS))
		json_array_append_new(list, json_string("no marks are set"));
	return list;
}

static void status_ike(json_t *o, const struct status_report *r)
{
	json_object_set_new(o, "listeners", listeners(r));
	set_words(o, "ike", r->ike_connected ? "connected" : r->ike_wanted ? "absent" : "off");
	set_words(o, "ike_software", r->ike_software);
	set_int(o, "ike_sas", r->ike_sas);
	json_object_set_new(o, "ike_warnings", ike_warnings(r));
}

static void status_drain(json_t *o, const struct status_report *r,
			 const struct control_clock *clock)
{
	set_words(o, "drain", r->drain);
	set_time(o, "drain_since", r->drain_since, clock);
	json_object_set_new(o, "drain_kick_rate",
			    r->drain ? json_integer(r->drain_kick_rate) : json_null());
	json_object_set_new(o, "drain_exit", r->drain ? json_boolean(r->drain_exit) : json_null());
}

json_t *control_json_status(const struct status_report *r, const struct control_clock *clock)
{
	json_t *o = json_object(), *counters = json_object();

	set_words(o, "version", r->version);
	set_words(o, "node", r->node);
	set_time(o, "started", r->started, clock);
	set_age(o, "uptime", r->started, clock);
	set_words(o, "kernel", r->kernel);
	set_words(o, "layout", report_layout(r->layout));
	set_int(o, "generation", r->generation);
	set_int(o, "tunnels", r->tunnels);
	set_int(o, "tunnels_setup", r->tunnels_setup);
	set_int(o, "sessions", r->sessions);
	set_int(o, "sessions_setup", r->sessions_setup);
	set_int(o, "sessions_started", r->sessions_started);
	set_int(o, "sessions_ended", r->sessions_ended);
	set_int(o, "auth_accepted", r->auth_accepted);
	set_int(o, "auth_rejected", r->auth_rejected);
	status_drain(o, r, clock);
	set_int(o, "restarts", r->restarts);
	set_int(o, "aaa_restarts", r->aaa_restarts);
	status_ike(o, r);
	for (uint32_t i = 0; i < r->n_counters && i < STATUS_COUNTERS_MAX; i++)
		set_int(counters, r->counters[i].name, r->counters[i].value);
	json_object_set_new(o, "counters", counters);
	return o;
}

json_t *control_json_tunnel(const struct tunnel_report *r, const struct control_clock *clock)
{
	json_t *o = json_object();

	set_int(o, "tunnel", r->tunnel);
	set_known(o, "peer_tunnel", r->peer_tunnel);
	set_words(o, "state", report_state_name(r->state));
	set_words(o, "control_state", r->control_state);
	set_endpoint(o, "peer", "peer_port", &r->peer);
	set_endpoint(o, "local", "local_port", &r->local);
	set_known(o, "mark", r->mark);
	set_ike(o, &r->ike);
	set_words(o, "layout", report_layout(r->layout));
	set_words(o, "profile", r->profile);
	set_words(o, "client_host", r->client_host);
	set_words(o, "client_vendor", r->client_vendor);
	set_known(o, "firmware", r->firmware);
	set_int(o, "sessions", r->sessions);
	set_time(o, "created", r->created, clock);
	set_time(o, "up_since", r->up_since, clock);
	set_age(o, "uptime", r->up_since, clock);
	set_age(o, "heard", r->heard, clock);
	set_int(o, "window", r->window);
	set_int(o, "ns", r->ns);
	set_int(o, "nr", r->nr);
	set_int(o, "queued", r->queued);
	set_int(o, "retransmits", r->retransmits);
	return o;
}

static void session_link(json_t *o, const struct session_report *r)
{
	set_bytes(o, "user", r->user, r->user_len);
	set_words(o, "group", r->group);
	set_words(o, "profile", r->profile);
	set_words(o, "auth", report_auth_method(r->auth));
	set_ipv4(o, "address", r->address);
	set_ipv4(o, "local_address", r->local_address);
	set_link_local(o, "ipv6", r->iid);
	set_ipv4_list(o, "dns", r->dns, 2);
	set_ipv4_list(o, "nbns", r->nbns, 2);
	set_words(o, "interface", r->interface);
	set_known(o, "ifindex", r->ifindex);
	set_known(o, "mru", r->mru);
	set_known(o, "mtu", r->mtu);
}

static void session_outside(json_t *o, const struct session_report *r)
{
	set_endpoint(o, "peer", "peer_port", &r->peer);
	set_endpoint(o, "local", "local_port", &r->local);
	set_known(o, "mark", r->mark);
	set_ike(o, &r->ike);
	set_words(o, "layout", report_layout(r->layout));
	set_words(o, "client_host", r->client_host);
	set_words(o, "client_vendor", r->client_vendor);
	set_words(o, "identification", r->identification);
	set_words(o, "calling", r->calling);
}

json_t *control_json_session(const struct session_report *r, const struct control_clock *clock)
{
	json_t *o = json_object();

	set_int(o, "session", r->session);
	set_int(o, "tunnel", r->tunnel);
	set_known(o, "peer_session", r->peer_session);
	set_known(o, "peer_tunnel", r->peer_tunnel);
	set_words(o, "state", report_state_name(r->state));
	set_words(o, "call_state", r->call_state);
	set_words(o, "phase", r->phase);
	session_link(o, r);
	session_outside(o, r);
	set_time(o, "created", r->created, clock);
	set_time(o, "up_since", r->up_since, clock);
	set_age(o, "uptime", r->up_since, clock);
	set_int(o, "rx_packets", r->counters.rx_packets);
	set_int(o, "rx_bytes", r->counters.rx_bytes);
	set_int(o, "tx_packets", r->counters.tx_packets);
	set_int(o, "tx_bytes", r->counters.tx_bytes);
	return o;
}

json_t *control_json_client(const struct client_report *r, const struct control_clock *clock)
{
	json_t *o = json_object();

	set_words(o, "client", r->name);
	set_words(o, "state", r->state);
	set_words(o, "gateway", r->gateway);
	set_words(o, "user", r->user);
	set_words(o, "ipsec", r->ipsec ? "require" : "off");
	set_endpoint(o, "peer", "peer_port", &r->peer);
	set_endpoint(o, "local", "local_port", &r->local);
	set_known(o, "tunnel", r->tunnel);
	set_known(o, "session", r->session);
	set_words(o, "interface", r->interface);
	set_ipv4(o, "address", r->address);
	set_ipv4(o, "peer_address", r->remote_address);
	set_ipv4_list(o, "dns", r->dns, 2);
	set_time(o, "up_since", r->up_since, clock);
	set_age(o, "uptime", r->up_since, clock);
	set_int(o, "failures", r->failures);
	if (r->retry)
		set_int(o, "retry",
			r->retry > clock->now ? (r->retry - clock->now) / USEC_PER_SEC : 0);
	else
		json_object_set_new(o, "retry", json_null());
	set_words(o, "reason", r->reason);
	return o;
}

json_t *control_json_pool(const struct pool_report *r)
{
	json_t *o = json_object();

	set_words(o, "pool", r->pool);
	set_ipv4(o, "first", r->first);
	set_ipv4(o, "last", r->last);
	set_int(o, "size", r->size);
	set_int(o, "used", r->used);
	set_int(o, "free", r->size > r->used ? r->size - r->used : 0);
	return o;
}

json_t *control_json_event(const struct event *e)
{
	bool down = e->kind == EVENT_SESSION_DOWN;
	char buf[CONTROL_TIME_MAX];
	json_t *o = json_object();

	set_int(o, "seq", e->seq);
	set_words(o, "time", control_text_time(buf, e->time, true));
	set_words(o, "event", event_kind_name(e->kind));
	set_known(o, "tunnel", e->tunnel);
	set_known(o, "session", e->session);
	set_endpoint(o, "peer", NULL, &e->peer);
	set_known(o, "mark", e->mark);
	set_words(o, "ike_id", e->ike_id);
	set_bytes(o, "user", e->user, e->user_len);
	set_words(o, "group", e->group);
	set_words(o, "interface", e->interface);
	set_ipv4(o, "address", e->address);
	set_words(o, "reason", e->reason);
	set_words(o, "detail", e->detail);
	json_object_set_new(o, "duration", down ? json_integer(e->duration) : json_null());
	json_object_set_new(o, "rx_bytes",
			    down ? json_integer((json_int_t)e->rx_bytes) : json_null());
	json_object_set_new(o, "tx_bytes",
			    down ? json_integer((json_int_t)e->tx_bytes) : json_null());
	return o;
}
