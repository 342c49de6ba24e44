// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The methods: who may call them, what they take, and how their answers are made, one object at a
 * time.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/control/control_clients.h"
#include "daemon/control/control_drain.h"
#include "daemon/control/control_upgrade.h"
#include "daemon/control/control_keys.h"
#include "daemon/control/control_reload.h"
#include "daemon/control/control_text.h"
#include "daemon/log.h"

#define REFRESH_WAIT  (2 * USEC_PER_SEC)    /* then yesterday's counters will do */
#define REFRESH_AGAIN (250 * USEC_PER_MSEC) /* counters younger than this are fresh */

#ifndef CULVERT_VERSION
#define CULVERT_VERSION "unknown"
#endif

static const struct control_setup *setup(const struct control_client *k)
{
	return &k->control->setup;
}

static json_t *object_of(const char *key, json_t *value)
{
	json_t *o = json_object();

	json_object_set_new(o, key, value);
	return o;
}

/* The first reply has to wait until the counters are up to date, if somebody brings them. */
static void want_counters(struct control_client *k)
{
	struct control *c = k->control;
	usec_t now = loop_now(c->setup.loop);

	if (!c->setup.ops->refresh)
		return;
	if (!c->refreshing && (!c->refreshed || now - c->refreshed >= REFRESH_AGAIN)) {
		c->refreshing = true;
		if (!c->setup.ops->refresh(c->setup.ctx))
			c->refreshing = false;
	}
	k->request.waiting = c->refreshing;
	k->request.until = now + REFRESH_WAIT;
}

/* The last reply of a list. */
static bool end_list(struct control_client *k)
{
	control_reply(k, object_of("count", json_integer((json_int_t)k->request.count)));
	return true;
}

static void list_item(struct control_client *k, const char *key, json_t *value)
{
	k->request.count++;
	control_reply_more(k, object_of(key, value));
}

/* --- answers, step by step ------------------------------------------------------------------- */

static bool step_status(struct control_client *k)
{
	struct control_clock clock = control_clock_now(k->control);
	struct status_report r = {0};

	setup(k)->ops->status(setup(k)->ctx, &r);
	control_reply(k, object_of("status", control_json_status(&r, &clock)));
	return true;
}

static bool step_tunnels(struct control_client *k)
{
	struct control_clock clock = control_clock_now(k->control);
	struct control_request *q = &k->request;
	struct tunnel_report r = {0};

	if (!setup(k)->ops->next_tunnel(setup(k)->ctx, (uint32_t)q->cursor, &r))
		return end_list(k);
	q->cursor = r.tunnel;
	if (control_filter_tunnel(&q->filter, &r))
		list_item(k, "tunnel", control_json_tunnel(&r, &clock));
	return false;
}

static bool step_sessions(struct control_client *k)
{
	struct control_clock clock = control_clock_now(k->control);
	struct control_request *q = &k->request;
	struct session_report r = {0};

	if (!setup(k)->ops->next_session(setup(k)->ctx, (uint32_t)q->cursor, &r))
		return end_list(k);
	q->cursor = r.session;
	if (control_filter_session(&q->filter, &r))
		list_item(k, "session", control_json_session(&r, &clock));
	return false;
}

static bool step_session(struct control_client *k)
{
	struct control_clock clock = control_clock_now(k->control);
	uint16_t id = k->request.filter.session;
	struct session_report r = {0};

	if (setup(k)->ops->next_session(setup(k)->ctx, id - 1u, &r) && r.session == id)
		control_reply(k, object_of("session", control_json_session(&r, &clock)));
	else
		control_reply_error(k, CONTROL_ERROR_NOT_FOUND, NULL);
	return true;
}

static bool step_pools(struct control_client *k)
{
	struct pool_report r = {0};

	if (!setup(k)->ops->next_pool(setup(k)->ctx, (uint32_t)k->request.cursor, &r))
		return end_list(k);
	k->request.cursor++;
	list_item(k, "pool", control_json_pool(&r));
	return false;
}

static void log_kick(const struct control_client *k)
{
	struct log_line line;

	if (!setup(k)->log)
		return;
	log_begin(&line, setup(k)->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL, "kick");
	log_pair(&line, "uid", "%u", (unsigned int)k->uid);
	log_pair(&line, "sessions", "%llu", (unsigned long long)k->request.count);
	if (*k->request.reason)
		log_bytes(&line, "reason", k->request.reason, strlen(k->request.reason));
	log_end(&line);
}

static bool step_kick(struct control_client *k)
{
	struct control_request *q = &k->request;
	struct session_report r = {0};

	if (setup(k)->ops->next_session(setup(k)->ctx, (uint32_t)q->cursor, &r)) {
		q->cursor = r.session;
		if (control_filter_session(&q->filter, &r) &&
		    !setup(k)->ops->kick(setup(k)->ctx, r.session, q->reason))
			q->count++;
		return false;
	}
	if (q->count) {
		log_kick(k);
		control_reply(k, object_of("kicked", json_integer((json_int_t)q->count)));
	} else {
		control_reply_error(k, CONTROL_ERROR_NOT_FOUND, NULL);
	}
	return true;
}

static void one_event(struct control_client *k, const struct event *e)
{
	struct control_request *q = &k->request;
	json_t *o;

	if (!control_filter_event(&q->filter, e))
		return;
	o = object_of("event", control_json_event(e));
	if (q->count) /* overwritten since the last one that was told */
		json_object_set_new(o, "lost", json_integer((json_int_t)q->count));
	q->count = 0;
	control_reply_more(k, o);
}

static bool step_events(struct control_client *k)
{
	struct control_request *q = &k->request;
	const struct event *e = events_get(setup(k)->events, q->cursor);

	if (e) {
		q->count += e->seq - q->cursor;
		q->cursor = e->seq + 1;
		one_event(k, e);
	} else if (q->follow) {
		q->waiting = true;
	} else {
		control_reply(k, object_of("next", json_integer((json_int_t)q->cursor)));
		return true;
	}
	return false;
}

static bool step_config(struct control_client *k)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (f) {
		setup(k)->ops->config(setup(k)->ctx, f);
		fclose(f);
	}
	control_reply(k, object_of("config", text ? json_stringn(text, len) : NULL));
	free(text);
	return true;
}

/* --- what methods take: false and the parameter's name where it is wrong
 * -------------------------- */

static bool take_filter(struct control_client *k, const json_t *p, uint32_t allowed,
			const char **ret_bad)
{
	return control_filter_parse(&k->request.filter, json_object_get(p, "filter"), allowed,
				    ret_bad);
}

static bool take_nothing(struct control_client *k, const json_t *p, const char **ret_bad)
{
	(void)k;
	(void)p;
	(void)ret_bad;
	return true;
}

static bool take_status(struct control_client *k, const json_t *p, const char **ret_bad)
{
	(void)p;
	(void)ret_bad;
	want_counters(k);
	return true;
}

static bool take_tunnels(struct control_client *k, const json_t *p, const char **ret_bad)
{
	return take_filter(k, p, FILTER_OF_TUNNEL, ret_bad);
}

static bool take_sessions(struct control_client *k, const json_t *p, const char **ret_bad)
{
	if (!take_filter(k, p, FILTER_OF_SESSION, ret_bad))
		return false;
	want_counters(k);
	return true;
}

static bool take_session(struct control_client *k, const json_t *p, const char **ret_bad)
{
	const json_t *id = json_object_get(p, "session");
	json_int_t v = json_integer_value(id);

	*ret_bad = "session";
	if (!json_is_integer(id) || v < 1 || v > UINT16_MAX)
		return false;
	k->request.filter.session = (uint16_t)v;
	want_counters(k);
	return true;
}

static bool take_kick(struct control_client *k, const json_t *p, const char **ret_bad)
{
	const json_t *reason = json_object_get(p, "reason"), *all = json_object_get(p, "all");

	if (!take_filter(k, p, FILTER_OF_SESSION, ret_bad))
		return false;
	*ret_bad = "reason";
	if (reason && !json_is_string(reason) && !json_is_null(reason))
		return false;
	if (json_is_string(reason))
		control_text_clean(k->request.reason, sizeof(k->request.reason),
				   json_string_value(reason), json_string_length(reason));
	*ret_bad = "all";
	if (all && !json_is_boolean(all) && !json_is_null(all))
		return false;
	*ret_bad = "filter";
	return k->request.filter.given || json_is_true(all);
}

static bool take_number(const json_t *p, const char *key, uint64_t *ret, const char **ret_bad)
{
	const json_t *v = json_object_get(p, key);

	*ret_bad = key;
	if (v && !json_is_null(v) && (!json_is_integer(v) || json_integer_value(v) < 0))
		return false;
	*ret = (uint64_t)json_integer_value(v);
	return true;
}

static bool take_events(struct control_client *k, const json_t *p, const char **ret_bad)
{
	const json_t *follow = json_object_get(p, "follow");
	struct control_request *q = &k->request;
	uint64_t since, last, next = setup(k)->events->next;

	if (!take_filter(k, p, FILTER_OF_EVENT, ret_bad) ||
	    !take_number(p, "since", &since, ret_bad) || !take_number(p, "last", &last, ret_bad))
		return false;
	*ret_bad = "follow";
	if (follow && !json_is_boolean(follow) && !json_is_null(follow))
		return false;
	q->follow = json_is_true(follow);
	if (json_is_integer(json_object_get(p, "last")))
		q->cursor = last < next ? next - last : 1;
	if (since > q->cursor)
		q->cursor = since < next ? since : next;
	if (q->cursor == 0) { /* all that there is, and nothing is missed */
		const struct event *e = events_get(setup(k)->events, 1);

		q->cursor = e ? e->seq : next;
	}
	return true;
}

/* --- org.varlink.service ---------------------------------------------------------------------- */

static const char service_description[] =
	"# The Varlink Service Interface is provided by every varlink service.\n"
	"interface " VARLINK_SERVICE "\n"
	"\n"
	"method GetInfo() -> (\n"
	"  vendor: string,\n"
	"  product: string,\n"
	"  version: string,\n"
	"  url: string,\n"
	"  interfaces: []string\n"
	")\n"
	"\n"
	"method GetInterfaceDescription(interface: string) -> (description: string)\n"
	"\n"
	"error InterfaceNotFound (interface: string)\n"
	"\n"
	"error MethodNotFound (method: string)\n"
	"\n"
	"error MethodNotImplemented (method: string)\n"
	"\n"
	"error InvalidParameter (parameter: string)\n"
	"\n"
	"error PermissionDenied ()\n"
	"\n"
	"error ExpectedMore ()\n";

static bool step_info(struct control_client *k)
{
	control_reply(k, json_pack("{s:s, s:s, s:s, s:s, s:[s, s]}", "vendor", "Culvert", "product",
				   "culvertd", "version", CULVERT_VERSION, "url", "", "interfaces",
				   VARLINK_SERVICE, CONTROL_INTERFACE));
	return true;
}

/* count: 0 for the one interface, 1 for the other; set by take_interface() */
static bool step_interface(struct control_client *k)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (f && k->request.count)
		control_keys_interface(f);
	else if (f)
		fputs(service_description, f);
	if (f)
		fclose(f);
	control_reply(k, object_of("description", text ? json_stringn(text, len) : NULL));
	free(text);
	return true;
}

static bool step_no_interface(struct control_client *k)
{
	control_reply_error(k, VARLINK_ERROR_INTERFACE, NULL);
	return true;
}

static bool take_interface(struct control_client *k, const json_t *p, const char **ret_bad)
{
	const char *name = json_string_value(json_object_get(p, "interface"));

	*ret_bad = "interface";
	if (!name)
		return false;
	if (!strcmp(name, CONTROL_INTERFACE))
		k->request.count = 1;
	else if (strcmp(name, VARLINK_SERVICE) != 0)
		k->request.step = step_no_interface;
	return true;
}

/* --- the table -------------------------------------------------------------------------------- */

struct method {
	const char *name;
	enum control_right right;
	bool more; /* only with it */
	bool (*take)(struct control_client *k, const json_t *parameters, const char **ret_bad);
	bool (*step)(struct control_client *k);
	const char *parameters[5];
};

#define OURS(name) CONTROL_INTERFACE "." name

static const struct method methods[] = {
	{OURS("Status"), CONTROL_RIGHT_READ, false, take_status, step_status, {0}},
	{OURS("ListTunnels"), CONTROL_RIGHT_READ, true, take_tunnels, step_tunnels, {"filter"}},
	{OURS("ListSessions"), CONTROL_RIGHT_READ, true, take_sessions, step_sessions, {"filter"}},
	{OURS("GetSession"), CONTROL_RIGHT_READ, false, take_session, step_session, {"session"}},
	{OURS("ListPools"), CONTROL_RIGHT_READ, true, take_nothing, step_pools, {0}},
	{OURS("ListClients"), CONTROL_RIGHT_READ, true, take_nothing, control_clients_step, {0}},
	{OURS("Connect"),
	 CONTROL_RIGHT_ADMIN,
	 true,
	 control_clients_take_connect,
	 control_clients_step_connect,
	 {"client"}},
	{OURS("Disconnect"),
	 CONTROL_RIGHT_ADMIN,
	 true,
	 control_clients_take_disconnect,
	 control_clients_step_disconnect,
	 {"client"}},
	{OURS("Kick"),
	 CONTROL_RIGHT_ADMIN,
	 false,
	 take_kick,
	 step_kick,
	 {"filter", "all", "reason"}},
	{OURS("Drain"),
	 CONTROL_RIGHT_ADMIN,
	 false,
	 control_drain_take,
	 control_drain_step,
	 {"kick_rate", "exit"}},
	{OURS("Undrain"),
	 CONTROL_RIGHT_ADMIN,
	 false,
	 control_undrain_take,
	 control_drain_step,
	 {0}},
	{OURS("Upgrade"),
	 CONTROL_RIGHT_ADMIN,
	 false,
	 control_upgrade_take,
	 control_upgrade_step,
	 {0}},
	{OURS("Events"),
	 CONTROL_RIGHT_READ,
	 true,
	 take_events,
	 step_events,
	 {"filter", "since", "last", "follow"}},
	{OURS("GetConfig"), CONTROL_RIGHT_READ, false, take_nothing, step_config, {0}},
	{OURS("DiffConfig"),
	 CONTROL_RIGHT_READ,
	 false,
	 control_diff_take,
	 control_reload_step,
	 {0}},
	{OURS("Reload"),
	 CONTROL_RIGHT_ADMIN,
	 false,
	 control_reload_take,
	 control_reload_step,
	 {"confirm", "confirmed", "revert"}},
	{VARLINK_SERVICE ".GetInfo", CONTROL_RIGHT_NONE, false, take_nothing, step_info, {0}},
	{VARLINK_SERVICE ".GetInterfaceDescription",
	 CONTROL_RIGHT_NONE,
	 false,
	 take_interface,
	 step_interface,
	 {"interface"}},
};

static const struct method *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (!strcmp(methods[i].name, name))
			return &methods[i];
	return NULL;
}

static void unknown_method(struct control_client *k, const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t len = dot ? (size_t)(dot - name) : 0;

	if ((len == strlen(CONTROL_INTERFACE) && !strncmp(name, CONTROL_INTERFACE, len)) ||
	    (len == strlen(VARLINK_SERVICE) && !strncmp(name, VARLINK_SERVICE, len)))
		control_reply_error(k, VARLINK_ERROR_METHOD,
				    object_of("method", json_string(name)));
	else
		control_reply_error(k, VARLINK_ERROR_INTERFACE,
				    object_of("interface", json_stringn(name, len)));
}

static void denied(struct control_client *k, const struct method *m)
{
	const char *group =
		m->right == CONTROL_RIGHT_ADMIN ? setup(k)->admin_group : setup(k)->read_group;

	if (setup(k)->log)
		log_say(setup(k)->log, LOG_LEVEL_DEBUG, LOG_CLASS_LOCAL,
			"event=control-denied uid=%u method=%s", (unsigned int)k->uid, m->name);
	control_reply_error(k, CONTROL_ERROR_PERMISSION,
			    object_of("group", group && *group ? json_string(group) : json_null()));
}

/* A parameter that the method doesn't know is a mistake that should not go unnoticed. */
static const char *unknown_parameter(const struct method *m, json_t *p)
{
	json_t *value;
	const char *key;

	json_object_foreach (p, key, value) {
		bool known = false;

		for (size_t i = 0; i < ARRAY_SIZE(m->parameters) && m->parameters[i]; i++)
			known |= !strcmp(m->parameters[i], key);
		if (!known)
			return key;
	}
	return NULL;
}

static void call(struct control_client *k, const struct method *m, json_t *p)
{
	const char *bad = unknown_parameter(m, p);

	k->request.step = m->step;
	if (bad || !m->take(k, p, &bad)) {
		k->request.step = NULL;
		control_reply_error(k, VARLINK_ERROR_PARAMETER,
				    object_of("parameter", json_string(bad)));
	}
}

void control_method_call(struct control_client *k, json_t *request)
{
	json_t *p = json_object_get(request, "parameters"), *none = NULL;
	const char *name = json_string_value(json_object_get(request, "method"));
	const struct method *m = name ? find(name) : NULL;

	k->request.more = json_is_true(json_object_get(request, "more"));
	k->request.oneway = json_is_true(json_object_get(request, "oneway"));
	if (!name || json_is_true(json_object_get(request, "upgrade")) ||
	    (p && !json_is_object(p) && !json_is_null(p))) {
		k->closing = true;
		return;
	}
	if (!json_is_object(p))
		p = none = json_object();
	if (!m)
		unknown_method(k, name);
	else if (k->right < m->right)
		denied(k, m);
	else if (m->more && (!k->request.more || k->request.oneway))
		control_reply_error(k, VARLINK_ERROR_EXPECTED_MORE, NULL);
	else if ((m->step == step_config && !setup(k)->ops->config) ||
		 (m->step == control_reload_step && !setup(k)->ops->reload))
		control_reply_error(k, VARLINK_ERROR_NOT_IMPLEMENTED,
				    object_of("method", json_string(name)));
	else
		call(k, m, p);
	json_decref(none);
}
