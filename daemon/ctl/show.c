// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * status and show: asking, and setting out what comes back.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/control/control_filter.h"
#include "daemon/control/control_keys.h"
#include "daemon/ctl/talk.h"
#include "daemon/ctl/filter.h"
#include "daemon/ctl/format.h"
#include "daemon/ctl/output.h"
#include "daemon/ctl/table.h"

/* --- lists ----------------------------------------------------------------------------------- */

struct noun {
	const char *method, *item, *items; /* of the interface, a reply's key, the document's key */
	const struct control_key *keys;
	const char *columns;
	uint32_t filters;
};

static const struct noun noun_tunnels = {
	"ListTunnels",
	"tunnel",
	"tunnels",
	control_tunnel_keys,
	"tunnel,peer_tunnel,state,peer,peer_port,client_host,sessions,uptime,heard,retransmits",
	FILTER_OF_TUNNEL,
};

static const struct noun noun_sessions = {
	"ListSessions",
	"session",
	"sessions",
	control_session_keys,
	"interface,user,address,peer,id,group,state,uptime,rx_bytes,tx_bytes,child,ike_id",
	FILTER_OF_SESSION,
};

static const struct noun noun_pools = {
	"ListPools", "pool", "pools", control_pool_keys, "pool,first,last,size,used,free", 0,
};

static const struct noun noun_clients = {
	"ListClients",
	"client",
	"clients",
	control_client_keys,
	"client,state,gateway,user,interface,address,uptime,reason",
	0,
};

static void each_json(void *ctx, json_t *item)
{
	output_list_add(ctx, item);
}

static void each_row(void *ctx, json_t *item)
{
	table_add(ctx, item);
}

static json_t *parameters_of(json_t *filter)
{
	return json_object_size(filter) ? json_pack("{s:O}", "filter", filter) : NULL;
}

static int list_json(struct talk *talk, const struct noun *noun, json_t *filter, size_t *ret_n)
{
	struct output_list l;
	int rc;

	output_list_begin(&l, talk->ctl, noun->items);
	rc = talk_list(talk, noun->method, parameters_of(filter), noun->item, each_json, &l, ret_n);
	if (!rc)
		output_list_end(&l);
	else if (l.all)
		json_decref(l.all);
	return rc;
}

static int list_text(struct talk *talk, const struct noun *noun, json_t *filter, size_t *ret_n)
{
	const char *columns = talk->ctl->columns;
	struct table t;
	int rc = table_init(&t, talk->ctl, noun->keys, columns ? columns : noun->columns);

	if (!rc)
		rc = talk_list(talk, noun->method, parameters_of(filter), noun->item, each_row, &t,
			       ret_n);
	if (!rc)
		table_print(&t);
	table_fini(&t);
	return rc;
}

/* Nothing there is an answer; nothing of what was asked for is not. */
static int list(struct ctl *ctl, const struct noun *noun, int n, char **words)
{
	struct talk talk = {0};
	size_t count = 0;
	json_t *filter;
	int rc;

	if (noun->filters) {
		filter = filter_parse(ctl, n, words, noun->filters, &rc);
		if (!filter)
			return rc;
	} else if (n) {
		return ctl_fail(ctl, CONTROL_EXIT_USAGE, "`%s' is too much", words[0]);
	} else {
		filter = json_object();
	}
	rc = talk_open(&talk, ctl);
	if (!rc)
		rc = (ctl->json ? list_json : list_text)(&talk, noun, filter, &count);
	if (!rc && !count && json_object_size(filter))
		rc = ctl->json ? CONTROL_EXIT_NOT_FOUND
			       : ctl_fail(ctl, CONTROL_EXIT_NOT_FOUND, "no such %s", noun->item);
	talk_close(&talk);
	json_decref(filter);
	return rc;
}

int show_tunnels(struct ctl *ctl, int n, char **words)
{
	return list(ctl, &noun_tunnels, n, words);
}

int show_sessions(struct ctl *ctl, int n, char **words)
{
	return list(ctl, &noun_sessions, n, words);
}

int show_pools(struct ctl *ctl, int n, char **words)
{
	return list(ctl, &noun_pools, n, words);
}

int show_clients(struct ctl *ctl, int n, char **words)
{
	return list(ctl, &noun_clients, n, words);
}

/* --- one session ----------------------------------------------------------------------------- */

/* What one wants to know at a glance; --detail has the rest. */
static bool at_a_glance(const char *key)
{
	static const char *const keys[] = {
		"session",   "tunnel",	 "state",     "user",	"group",       "address",  "dns",
		"interface", "peer",	 "peer_port", "auth",	"client_host", "up_since", "uptime",
		"rx_bytes",  "tx_bytes", "mtu",	      "ike_id", "ike_name",    "child",
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i], key))
			return true;
	return false;
}

static void print_object(struct ctl *ctl, const struct control_key *keys, const json_t *o)
{
	char text[FORMAT_MAX];

	for (; keys->key; keys++) {
		const json_t *value = json_object_get(o, keys->key);

		if (json_is_null(value) || (json_is_array(value) && !json_array_size(value)) ||
		    (!ctl->detail && !at_a_glance(keys->key)))
			continue;
		fprintf(ctl->out, "%-16s %s\n", keys->key,
			format_value(ctl, text, keys->key, value));
	}
}

int show_session(struct ctl *ctl, int n, char **words)
{
	struct talk talk = {0};
	json_t *filter, *reply = NULL;
	int rc;

	if (n != 1)
		return ctl_fail(ctl, CONTROL_EXIT_USAGE,
				"which session? (culvert show session ID)");
	filter = filter_parse(ctl, n, words, FILTER_SESSION, &rc);
	if (!filter)
		return rc;
	rc = talk_open(&talk, ctl);
	if (!rc)
		rc = talk_once(&talk, "GetSession", json_incref(filter), &reply);
	if (!rc && ctl->json)
		output_document(ctl, "session", json_incref(json_object_get(reply, "session")));
	else if (!rc)
		print_object(ctl, control_session_keys, json_object_get(reply, "session"));
	json_decref(reply);
	json_decref(filter);
	talk_close(&talk);
	return rc;
}

/* --- status ---------------------------------------------------------------------------------- */

static long long number(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static void print_counters(struct ctl *ctl, json_t *counters)
{
	const char *between = "counters  ", *name;
	json_t *value;

	json_object_foreach (counters, name, value) {
		if (!json_integer_value(value))
			continue;
		fprintf(ctl->out, "%s%s %lld", between, name, (long long)json_integer_value(value));
		between = ", ";
	}
	if (*between == ',')
		fputc('\n', ctl->out);
}

static void print_list(struct ctl *ctl, const char *between, const json_t *list)
{
	char text[FORMAT_MAX];
	size_t i;
	json_t *value;

	json_array_foreach(list, i, value)
	{
		fprintf(ctl->out, "%s%s", between, format_value(ctl, text, "", value));
		between = ", ";
	}
	if (*between == ',')
		fputc('\n', ctl->out);
}

static void print_ike(struct ctl *ctl, const json_t *s)
{
	const char *how = json_string_value(json_object_get(s, "ike"));
	char software[FORMAT_MAX];

	if (how && !strcmp(how, "connected"))
		fprintf(ctl->out, "charon    %s, %lld SA%s for L2TP\n",
			format_value(ctl, software, "ike_software",
				     json_object_get(s, "ike_software")),
			number(s, "ike_sas"), number(s, "ike_sas") == 1 ? "" : "s");
	else if (how && !strcmp(how, "absent"))
		fputs("charon    its plugin l2tp does not answer: nobody is served through IPsec\n",
		      ctl->out);
	print_list(ctl, "WARNING   charon: ", json_object_get(s, "ike_warnings"));
}

static void print_drain(struct ctl *ctl, const json_t *s)
{
	const char *how = json_string_value(json_object_get(s, "drain"));
	long long rate = number(s, "drain_kick_rate");
	char since[FORMAT_MAX];

	if (!how)
		return;
	fprintf(ctl->out, "DRAINING  since %s: newcomers are refused",
		format_value(ctl, since, "drain_since", json_object_get(s, "drain_since")));
	if (!strcmp(how, "drained"))
		fputs("; nobody is left", ctl->out);
	else if (rate)
		fprintf(ctl->out, ", %lld session%s a second %s ended", rate, rate == 1 ? "" : "s",
			rate == 1 ? "is" : "are");
	if (json_is_true(json_object_get(s, "drain_exit")))
		fputs("; culvertd ends with the last one", ctl->out);
	fputs(" (culvert undrain)\n", ctl->out);
}

static void print_status(struct ctl *ctl, const json_t *s)
{
	char a[FORMAT_MAX], b[FORMAT_MAX], c[FORMAT_MAX], d[FORMAT_MAX];
#define TEXT(to, key) format_value(ctl, to, key, json_object_get(s, key))

	fprintf(ctl->out, "culvertd  %s on %s, kernel %s, layout %s\n", TEXT(a, "version"),
		TEXT(b, "node"), TEXT(c, "kernel"), TEXT(d, "layout"));
	fprintf(ctl->out, "up        %s, since %s, configuration %lld\n", TEXT(a, "uptime"),
		TEXT(b, "started"), number(s, "generation"));
#undef TEXT
	fprintf(ctl->out, "tunnels   %lld up, %lld in set-up\n", number(s, "tunnels"),
		number(s, "tunnels_setup"));
	fprintf(ctl->out, "sessions  %lld up, %lld in set-up; %lld started, %lld ended\n",
		number(s, "sessions"), number(s, "sessions_setup"), number(s, "sessions_started"),
		number(s, "sessions_ended"));
	fprintf(ctl->out, "logins    %lld accepted, %lld rejected\n", number(s, "auth_accepted"),
		number(s, "auth_rejected"));
	print_drain(ctl, s);
	if (number(s, "restarts") || number(s, "aaa_restarts"))
		fprintf(ctl->out, "restarts  %lld of the protocol role, %lld of the aaa role\n",
			number(s, "restarts"), number(s, "aaa_restarts"));
	print_list(ctl, "listening ", json_object_get(s, "listeners"));
	print_ike(ctl, s);
	print_counters(ctl, json_object_get(s, "counters"));
}

static void each_pool(void *ctx, json_t *pool)
{
	long long size = number(pool, "size"), used = number(pool, "used");
	struct ctl *ctl = ctx;
	char name[FORMAT_MAX];

	fprintf(ctl->out, "pool      %s: %lld of %lld used%s\n",
		format_value(ctl, name, "pool", json_object_get(pool, "pool")), used, size,
		used >= size ? " (FULL: new users without an address of their own are refused)"
			     : "");
}

int show_status(struct ctl *ctl, int n, char **words)
{
	struct talk talk = {0};
	json_t *reply = NULL;
	size_t count;
	int rc;

	if (n)
		return ctl_fail(ctl, CONTROL_EXIT_USAGE, "`%s' is too much", words[0]);
	rc = talk_open(&talk, ctl);
	if (!rc)
		rc = talk_once(&talk, "Status", NULL, &reply);
	if (!rc && ctl->json) {
		output_document(ctl, "status", json_incref(json_object_get(reply, "status")));
	} else if (!rc) {
		print_status(ctl, json_object_get(reply, "status"));
		rc = talk_list(&talk, "ListPools", NULL, "pool", each_pool, ctl, &count);
	}
	json_decref(reply);
	talk_close(&talk);
	return rc;
}
