// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control socket over socket pairs, with an engine that exists only here: every method, who
 * may call it, every limit, and clients that write garbage, stop reading, or hang up.
 */
#include "daemon/control.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "compiler.h"
#include "daemon/control_keys.h"
#include "daemon/control_text.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "test/unit/control_engine.h"

/* --- the server ------------------------------------------------------------------------------ */

static struct loop loop_;
static struct control *control;
static struct events *events;
static struct control_peer who;

static int peer(int fd, struct control_peer *ret)
{
	(void)fd;
	*ret = who;
	ret->groups = NULL;
	if (who.n_groups) {
		ret->groups = malloc(who.n_groups * sizeof(gid_t));
		memcpy(ret->groups, who.groups, who.n_groups * sizeof(gid_t));
	}
	return 0;
}

static void setup(void)
{
	struct control_setup s = {
		.loop = &loop_,
		.ops = &engine_ops,
		.read_gid = 100,
		.admin_gid = 200,
		.read_group = "culvert",
		.admin_group = "culvert-admin",
		.seed = 7,
		.peer = peer,
		.wall = engine_wall,
	};

	events = malloc(sizeof(*events));
	ck_assert_ptr_nonnull(events);
	events_init(events);
	s.events = events;
	ck_assert_int_eq(loop_init(&loop_), 0);
	loop_.now = ENGINE_NOW;
	ck_assert_int_eq(control_new(&control, &s), 0);
	engine_reset();
	who = (struct control_peer){ 0 };
}

static void teardown(void)
{
	control_free(control);
	loop_fini(&loop_);
	free(events);
}

/* --- a client -------------------------------------------------------------------------------- */

/* Turns of the loop at a standing clock, until nothing is ready. */
static void turn(int times)
{
	for (int i = 0; i < times; i++) {
		struct epoll_event e[16];
		int n = epoll_wait(loop_.epoll, e, 16, 0);

		if (n <= 0)
			return;
		for (int j = 0; j < n; j++) {
			struct watch *w = e[j].data.ptr;

			w->ready(w, e[j].events);
		}
	}
}

static int client(void)
{
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv), 0);
	control_accept(control, sv[1]);
	return sv[0];
}

static int client_of(uid_t uid, gid_t gid)
{
	who.uid = uid;
	who.gid = gid;
	return client();
}

static void say_bytes(int fd, const char *bytes, size_t len)
{
	ck_assert_int_eq(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
	turn(100);
}

/* With its zero byte. */
static void say(int fd, const char *text)
{
	say_bytes(fd, text, strlen(text) + 1);
}

/* Whatever waits for the client up to the next zero byte; NULL: nothing; the caller frees. */
static json_t *hear(int fd)
{
	static char text[1 << 20];
	size_t len = 0;
	json_t *o;

	while (len < sizeof(text)) {
		ssize_t n = recv(fd, text + len, 1, 0);

		if (n < 0 && errno == EAGAIN) {
			turn(1);
			n = recv(fd, text + len, 1, 0);
		}
		if (n <= 0)
			return NULL;
		if (!text[len])
			break;
		len++;
	}
	o = json_loadb(text, len, 0, NULL);
	ck_assert_ptr_nonnull(o);
	return o;
}

static bool closed(int fd)
{
	char byte;

	turn(100);
	return recv(fd, &byte, 1, 0) == 0;
}

static const char *error_of(const json_t *reply)
{
	const char *text = json_string_value(json_object_get(reply, "error"));

	return text ? text : "";
}

static json_t *parameter(const json_t *reply, const char *key)
{
	return json_object_get(json_object_get(reply, "parameters"), key);
}

static void expect_error(int fd, const char *request, const char *error, const char *key,
			 const char *value)
{
	json_t *reply;

	say(fd, request);
	reply = hear(fd);
	ck_assert_str_eq(error_of(reply), error);
	if (key)
		ck_assert_pstr_eq(json_string_value(parameter(reply, key)), value);
	json_decref(reply);
}

/* One reply, which must be the only one. */
static json_t *ask(int fd, const char *request)
{
	json_t *reply;

	say(fd, request);
	reply = hear(fd);
	ck_assert_str_eq(error_of(reply), "");
	ck_assert_ptr_null(json_object_get(reply, "continues"));
	ck_assert_ptr_null(hear(fd));
	return reply;
}

#define METHOD(name)       "{\"method\":\"" CONTROL_INTERFACE "." name "\"}"
#define CALL(name, params) "{\"method\":\"" CONTROL_INTERFACE "." name "\",\"parameters\":" params "}"
#define MORE(name, params)                                                                         \
	"{\"method\":\"" CONTROL_INTERFACE "." name "\",\"more\":true,\"parameters\":" params "}"

/* Reads a whole list; returns how many objects it had, the first in *ret_first if wanted. */
static int list(int fd, const char *request, const char *key, json_t **ret_first)
{
	json_t *reply;
	int n = 0;

	say(fd, request);
	for (;;) {
		reply = hear(fd);
		ck_assert_ptr_nonnull(reply);
		ck_assert_str_eq(error_of(reply), "");
		if (!json_is_true(json_object_get(reply, "continues")))
			break;
		ck_assert(json_is_object(parameter(reply, key)));
		if (n++ == 0 && ret_first)
			*ret_first = json_incref(parameter(reply, key));
		json_decref(reply);
	}
	ck_assert_int_eq(json_integer_value(parameter(reply, "count")), n);
	json_decref(reply);
	return n;
}

/* Exactly the keys of the table, each null or of its kind. */
static void check_keys(json_t *o, const struct control_key *table)
{
	size_t n = 0;

	for (; table->key; table++, n++) {
		json_t *v = json_object_get(o, table->key);

		ck_assert_msg(v != NULL, "no key %s", table->key);
		if (json_is_null(v))
			continue;
		switch (table->kind) {
		case CONTROL_KIND_INT:
			ck_assert_msg(json_is_integer(v), "%s", table->key);
			break;
		case CONTROL_KIND_STRING:
			ck_assert_msg(json_is_string(v), "%s", table->key);
			break;
		case CONTROL_KIND_STRINGS:
			ck_assert_msg(json_is_array(v), "%s", table->key);
			break;
		case CONTROL_KIND_COUNTERS:
			ck_assert_msg(json_is_object(v), "%s", table->key);
			break;
		}
	}
	ck_assert_uint_eq(json_object_size(o), n);
}

/* --- methods --------------------------------------------------------------------------------- */

START_TEST(service)
{
	int fd = client_of(77, 77); /* who may do nothing else */
	json_t *reply = ask(fd, "{\"method\":\"org.varlink.service.GetInfo\"}");

	ck_assert_str_eq(json_string_value(parameter(reply, "product")), "culvertd");
	ck_assert_uint_eq(json_array_size(parameter(reply, "interfaces")), 2);
	json_decref(reply);
	reply = ask(fd, "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
			"\"parameters\":{\"interface\":\"org.culvert.control\"}}");
	ck_assert_ptr_nonnull(strstr(json_string_value(parameter(reply, "description")),
				     "interface org.culvert.control\n"));
	json_decref(reply);
	reply = ask(fd, "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
			"\"parameters\":{\"interface\":\"org.varlink.service\"}}");
	ck_assert_ptr_nonnull(strstr(json_string_value(parameter(reply, "description")),
				     "error ExpectedMore ()"));
	json_decref(reply);
	expect_error(fd,
		     "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
		     "\"parameters\":{\"interface\":\"a.b\"}}",
		     VARLINK_ERROR_INTERFACE, NULL, NULL);
	expect_error(fd, "{\"method\":\"org.varlink.service.Nothing\"}", VARLINK_ERROR_METHOD,
		     "method", "org.varlink.service.Nothing");
	expect_error(fd, METHOD("Nothing"), VARLINK_ERROR_METHOD, "method",
		     "org.culvert.control.Nothing");
	expect_error(fd, "{\"method\":\"com.example.Status\"}", VARLINK_ERROR_INTERFACE,
		     "interface", "com.example");
	close(fd);
}
END_TEST

START_TEST(get_status)
{
	int fd = client();
	json_t *reply = ask(fd, METHOD("Status")), *s = parameter(reply, "status");

	check_keys(s, control_status_keys);
	ck_assert_int_eq(json_integer_value(json_object_get(s, "sessions")), 3);
	ck_assert_int_eq(json_integer_value(json_object_get(s, "uptime")), 90061);
	ck_assert_str_eq(json_string_value(json_object_get(s, "started")), "2023-11-13T21:12:19Z");
	ck_assert_int_eq(json_integer_value(
				 json_object_get(json_object_get(s, "counters"), "malformed")),
			 5);
	ck_assert(json_is_null(json_object_get(s, "layout")));
	json_decref(reply);
	close(fd);
}
END_TEST

START_TEST(sessions)
{
	int fd = client();
	json_t *s;
	char *text;

	ck_assert_int_eq(list(fd, MORE("ListSessions", "{}"), "session", &s), 3);
	check_keys(s, control_session_keys);
	text = json_dumps(s, JSON_COMPACT | JSON_SORT_KEYS);
	ck_assert_str_eq(
		text,
		"{\"address\":\"10.20.0.1\",\"auth\":\"mschapv2\",\"call_state\":\"established\","
		"\"calling\":\"0123\",\"client_host\":\"laptop\",\"client_vendor\":\"vendor\","
		"\"created\":\"2023-11-14T22:12:10Z\",\"dns\":[\"10.0.0.53\"],"
		"\"group\":\"staff\",\"identification\":\"MSRASV5.20\",\"ifindex\":11,"
		"\"interface\":\"ppp1\",\"ipv6\":\"fe80::1\",\"layout\":\"parked\","
		"\"local\":\"2001:db8::1\",\"local_address\":\"10.0.0.1\",\"local_port\":1701,"
		"\"mark\":42,\"mru\":1400,\"mtu\":1400,\"nbns\":[],\"peer\":\"203.0.113.1\","
		"\"peer_port\":1701,\"peer_session\":17,\"peer_tunnel\":18,\"phase\":\"network\","
		"\"rx_bytes\":100,\"rx_packets\":1,\"session\":1,\"state\":\"up\",\"tunnel\":1001,"
		"\"tx_bytes\":200,\"tx_packets\":2,\"up_since\":\"2023-11-14T22:12:15Z\","
		"\"uptime\":65,\"user\":\"user1\"}");
	free(text);
	json_decref(s);
	engine.n_sessions = 0;
	ck_assert_int_eq(list(fd, MORE("ListSessions", "{}"), "session", NULL), 0);
	close(fd);
}
END_TEST

START_TEST(filters)
{
	static const struct {
		const char *filter;
		int n;
	} row[] = {
		{ "{}", 3 },
		{ "null", 3 },
		{ "{\"user\":\"user2\"}", 1 },
		{ "{\"user\":null}", 3 },
		{ "{\"user\":\"nobody\"}", 0 },
		{ "{\"group\":\"staff\"}", 2 },
		{ "{\"group\":\"staff\",\"user\":\"user2\"}", 0 },
		{ "{\"ip\":\"10.20.0.3\"}", 1 },
		{ "{\"peer\":\"203.0.113.2\"}", 1 },
		{ "{\"peer\":\"2001:db8::2\"}", 0 },
		{ "{\"interface\":\"ppp3\"}", 1 },
		{ "{\"client\":\"laptop\"}", 3 },
		{ "{\"state\":\"up\"}", 3 },
		{ "{\"state\":\"setup\"}", 0 },
		{ "{\"tunnel\":1002}", 1 },
		{ "{\"session\":2}", 1 },
		{ "{\"session\":9}", 0 },
	};
	static const struct {
		const char *filter, *bad;
	} wrong[] = {
		{ "{\"usr\":\"a\"}", "usr" },	     { "{\"user\":7}", "user" },
		{ "{\"user\":\"\"}", "user" },	     { "{\"ip\":\"10.20.0\"}", "ip" },
		{ "{\"ip\":\"::1\"}", "ip" },	     { "{\"peer\":\"a.b\"}", "peer" },
		{ "{\"state\":\"big\"}", "state" },  { "{\"session\":0}", "session" },
		{ "{\"session\":65536}", "session" }, { "{\"tunnel\":\"7\"}", "tunnel" },
		{ "[]", "filter" },
	};
	char text[512];
	int fd = client();

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		snprintf(text, sizeof(text), MORE("ListSessions", "{\"filter\":%s}"), row[i].filter);
		ck_assert_msg(list(fd, text, "session", NULL) == row[i].n, "%s", row[i].filter);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(text, sizeof(text), MORE("ListSessions", "{\"filter\":%s}"),
			 wrong[i].filter);
		expect_error(fd, text, VARLINK_ERROR_PARAMETER, "parameter", wrong[i].bad);
	}
	expect_error(fd, MORE("ListSessions", "{\"fliter\":{}}"), VARLINK_ERROR_PARAMETER,
		     "parameter", "fliter");
	expect_error(fd, MORE("ListTunnels", "{\"filter\":{\"user\":\"a\"}}"),
		     VARLINK_ERROR_PARAMETER, "parameter", "user");
	expect_error(fd, METHOD("ListSessions"), VARLINK_ERROR_EXPECTED_MORE, NULL, NULL);
	close(fd);
}
END_TEST

START_TEST(tunnels_and_pools)
{
	int fd = client();
	json_t *o;

	ck_assert_int_eq(list(fd, MORE("ListTunnels", "{}"), "tunnel", &o), 2);
	check_keys(o, control_tunnel_keys);
	/* nothing in it moves a terminal's cursor */
	ck_assert_str_eq(json_string_value(json_object_get(o, "client_host")),
			 "r\xc3\xb6uter\xef\xbf\xbd[31m\xef\xbf\xbd");
	ck_assert_int_eq(json_integer_value(json_object_get(o, "heard")), 3);
	ck_assert(json_is_null(json_object_get(o, "up_since")));
	json_decref(o);
	ck_assert_int_eq(list(fd, MORE("ListTunnels", "{\"filter\":{\"state\":\"up\"}}"), "tunnel",
			      NULL),
			 1);
	ck_assert_int_eq(list(fd, MORE("ListTunnels", "{\"filter\":{\"client\":\"laptop\"}}"),
			      "tunnel", NULL),
			 1);
	ck_assert_int_eq(list(fd, MORE("ListPools", "{}"), "pool", &o), 1);
	check_keys(o, control_pool_keys);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "free")), 251);
	json_decref(o);
	close(fd);
}
END_TEST

START_TEST(one_session)
{
	int fd = client();
	json_t *reply = ask(fd, CALL("GetSession", "{\"session\":2}"));

	check_keys(parameter(reply, "session"), control_session_keys);
	json_decref(reply);
	engine.gone[2] = true; /* and not the next one instead */
	expect_error(fd, CALL("GetSession", "{\"session\":2}"), CONTROL_ERROR_NOT_FOUND, NULL,
		     NULL);
	expect_error(fd, CALL("GetSession", "{\"session\":0}"), VARLINK_ERROR_PARAMETER,
		     "parameter", "session");
	expect_error(fd, METHOD("GetSession"), VARLINK_ERROR_PARAMETER, "parameter", "session");
	close(fd);
}
END_TEST

START_TEST(get_config)
{
	int fd = client();
	json_t *reply = ask(fd, METHOD("GetConfig"));

	ck_assert_str_eq(json_string_value(parameter(reply, "config")), "node = \"lns1\"\n");
	json_decref(reply);
	close(fd);
}
END_TEST

START_TEST(kick_sessions)
{
	int fd = client();
	json_t *reply;

	expect_error(fd, METHOD("Kick"), VARLINK_ERROR_PARAMETER, "parameter", "filter");
	expect_error(fd, CALL("Kick", "{\"filter\":{}}"), VARLINK_ERROR_PARAMETER, "parameter",
		     "filter");
	expect_error(fd, CALL("Kick", "{\"all\":1}"), VARLINK_ERROR_PARAMETER, "parameter", "all");
	expect_error(fd, CALL("Kick", "{\"all\":true,\"reason\":1}"), VARLINK_ERROR_PARAMETER,
		     "parameter", "reason");
	ck_assert_int_eq(engine.kicks, 0);
	reply = ask(fd, CALL("Kick", "{\"filter\":{\"user\":\"user2\"},"
				     "\"reason\":\"go\\nhome\"}"));
	ck_assert_int_eq(json_integer_value(parameter(reply, "kicked")), 1);
	ck_assert_str_eq(engine.kick_reason, "go\xef\xbf\xbdhome");
	ck_assert(engine.gone[2] && !engine.gone[1] && !engine.gone[3]);
	json_decref(reply);
	expect_error(fd, CALL("Kick", "{\"filter\":{\"user\":\"user2\"}}"),
		     CONTROL_ERROR_NOT_FOUND, NULL, NULL);
	/* more than a turn's worth; and one that has just engine.gone by itself is not counted */
	engine.n_sessions = 1000;
	reply = ask(fd, CALL("Kick", "{\"all\":true}"));
	ck_assert_int_eq(json_integer_value(parameter(reply, "kicked")), 998);
	json_decref(reply);
	/* nobody waits for the answer */
	engine.n_sessions = 1001;
	say(fd, "{\"method\":\"org.culvert.control.Kick\",\"oneway\":true,"
		"\"parameters\":{\"all\":true}}");
	ck_assert_int_eq(engine.kicks, 1000);
	ck_assert_ptr_null(hear(fd));
	close(fd);
}
END_TEST

START_TEST(follow_events)
{
	int fd = client(), other = client();
	json_t *reply;

	events_note(events, EVENT_STARTED, NULL, NULL, ENGINE_WALL);
	events_note(events, EVENT_LIMIT_REACHED, "sessions", "a\tb", ENGINE_WALL + 5);
	say(fd, MORE("Events", "{}"));
	reply = hear(fd);
	check_keys(parameter(reply, "event"), control_event_keys);
	ck_assert_ptr_null(parameter(reply, "lost"));
	json_decref(reply);
	reply = hear(fd);
	ck_assert_str_eq(json_string_value(json_object_get(parameter(reply, "event"), "time")),
			 "2023-11-14T22:13:20.000005Z");
	json_decref(reply);
	reply = hear(fd);
	ck_assert_int_eq(json_integer_value(parameter(reply, "next")), 3);
	ck_assert_ptr_null(json_object_get(reply, "continues"));
	json_decref(reply);

	say(other, MORE("Events", "{\"follow\":true,\"last\":1}"));
	reply = hear(other);
	ck_assert_str_eq(json_string_value(json_object_get(parameter(reply, "event"), "event")),
			 "limit-reached");
	json_decref(reply);
	ck_assert_ptr_null(hear(other));
	ck_assert(control_deadline(control) == ENGINE_NOW + 60 * USEC_PER_SEC); /* fd; other may wait */
	events_note(events, EVENT_RELOADED, NULL, NULL, ENGINE_WALL);
	control_wake(control);
	reply = hear(other);
	ck_assert_str_eq(json_string_value(json_object_get(parameter(reply, "event"), "event")),
			 "reloaded");
	json_decref(reply);
	/* events that were overwritten before they could be told are counted */
	for (int i = 0; i < EVENTS_MAX + 10; i++)
		events_note(events, EVENT_RELOADED, NULL, NULL, ENGINE_WALL);
	control_wake(control);
	reply = hear(other);
	ck_assert_int_eq(json_integer_value(parameter(reply, "lost")), 10);
	json_decref(reply);
	close(other);
	turn(100);
	ck_assert_uint_eq(control_clients(control), 1);
	close(fd);
}
END_TEST

START_TEST(filter_events)
{
	struct session_report r = { 0 };
	int fd = client(), n = 0;
	json_t *reply;

	for (uint32_t i = 1; i <= 3; i++) {
		engine_session(i, &r);
		events_session(events, EVENT_SESSION_UP, &r, ENGINE_NOW, ENGINE_WALL);
		events_session(events, EVENT_SESSION_DOWN, &r, ENGINE_NOW, ENGINE_WALL);
	}
	say(fd, MORE("Events", "{\"filter\":{\"user\":\"user2\"},\"since\":4}"));
	while ((reply = hear(fd)) && parameter(reply, "event")) {
		json_t *e = parameter(reply, "event");

		check_keys(e, control_event_keys);
		ck_assert_str_eq(json_string_value(json_object_get(e, "event")), "session-down");
		ck_assert_int_eq(json_integer_value(json_object_get(e, "duration")), 65);
		json_decref(reply);
		n++;
	}
	json_decref(reply);
	ck_assert_int_eq(n, 1);
	expect_error(fd, MORE("Events", "{\"filter\":{\"state\":\"up\"}}"), VARLINK_ERROR_PARAMETER,
		     "parameter", "state");
	expect_error(fd, MORE("Events", "{\"since\":-1}"), VARLINK_ERROR_PARAMETER, "parameter",
		     "since");
	expect_error(fd, MORE("Events", "{\"last\":\"1\"}"), VARLINK_ERROR_PARAMETER, "parameter",
		     "last");
	close(fd);
}
END_TEST

/* --- who may --------------------------------------------------------------------------------- */

START_TEST(rights)
{
	gid_t groups[] = { 7, 200 };
	int stranger = client_of(77, 77), reader = client_of(77, 100), root = client_of(0, 5);
	int admin;

	who.n_groups = 2;
	who.groups = groups;
	admin = client_of(78, 78);
	expect_error(stranger, METHOD("Status"), CONTROL_ERROR_PERMISSION, "group", "culvert");
	expect_error(stranger, CALL("Kick", "{\"all\":true}"), CONTROL_ERROR_PERMISSION, "group",
		     "culvert-admin");
	json_decref(ask(reader, METHOD("Status")));
	expect_error(reader, CALL("Kick", "{\"all\":true}"), CONTROL_ERROR_PERMISSION, "group",
		     "culvert-admin");
	ck_assert_int_eq(engine.kicks, 0);
	json_decref(ask(admin, CALL("Kick", "{\"filter\":{\"session\":1}}")));
	json_decref(ask(root, CALL("Kick", "{\"filter\":{\"session\":2}}")));
	ck_assert_int_eq(engine.kicks, 2);
	/* no such group: nobody is in it, whatever number he has */
	control_set_groups(control, UINT32_MAX, "", UINT32_MAX, "");
	who.n_groups = 0;
	close(stranger);
	stranger = client_of(77, UINT32_MAX);
	expect_error(stranger, METHOD("Status"), CONTROL_ERROR_PERMISSION, "group", NULL);
	close(stranger);
	close(reader);
	close(root);
	close(admin);
}
END_TEST

/* The real credentials, by a listening socket. */
START_TEST(credentials)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct control_setup s = {
		.loop = &loop_,
		.ops = &engine_ops,
		.events = events,
		.read_gid = UINT32_MAX,
		.admin_gid = getgid(),
		.wall = engine_wall,
	};
	socklen_t len = sizeof(sun.sun_family); /* autobind: an abstract name of its own */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), k;
	struct control *c;

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, len), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	len = sizeof(sun);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sun, &len), 0);
	ck_assert_int_eq(control_new(&c, &s), 0);
	ck_assert_int_eq(control_listen(c, fd), 0);
	k = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(connect(k, (struct sockaddr *)&sun, len), 0);
	turn(100);
	json_decref(ask(k, CALL("Kick", "{\"all\":true}")));
	ck_assert_int_eq(engine.kicks, 3);
	close(k);
	turn(100);
	ck_assert_uint_eq(control_clients(c), 0);
	control_free(c);
}
END_TEST

/* --- limits ---------------------------------------------------------------------------------- */

START_TEST(places)
{
	int fd[CONTROL_CLIENTS_MAX + 2], n = 0;
	json_t *reply;

	for (int i = 0; i < 4; i++)
		fd[n++] = client_of(77, 77);
	ck_assert_uint_eq(control_clients(control), 4);
	reply = hear(fd[n++] = client_of(77, 77));
	ck_assert_str_eq(error_of(reply), CONTROL_ERROR_BUSY);
	json_decref(reply);
	ck_assert(closed(fd[--n]));
	close(fd[n]);
	for (int i = 0; i < 8; i++)
		fd[n++] = client_of(77, 100);
	ck_assert_uint_eq(control_clients(control), 12);
	fd[n] = client_of(77, 100);
	json_decref(hear(fd[n]));
	ck_assert(closed(fd[n]));
	close(fd[n]);
	for (int i = 0; i < 4; i++)
		fd[n++] = client_of(0, 0);
	ck_assert_uint_eq(control_clients(control), CONTROL_CLIENTS_MAX);
	fd[n] = client_of(0, 0);
	json_decref(hear(fd[n]));
	ck_assert(closed(fd[n]));
	close(fd[n]);
	/* a place that is left is free again */
	close(fd[0]);
	turn(10);
	fd[0] = client_of(0, 0);
	json_decref(ask(fd[0], METHOD("Status")));
	while (n)
		close(fd[--n]);
}
END_TEST

START_TEST(garbage)
{
	static const char *const text[] = {
		"", "x", "[]", "7", "\"a\"", "{", "{}", "{\"method\":7}", "{\"method\":\"a\",}",
		"{\"method\":\"a\",\"method\":\"b\"}", "\xff\xfe",
		"{\"method\":\"org.culvert.control.Status\",\"parameters\":7}",
		"{\"method\":\"org.culvert.control.Status\",\"upgrade\":true}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(text); i++) {
		int fd = client();

		say(fd, text[i]);
		ck_assert_msg(closed(fd), "%s", text[i]);
		ck_assert_uint_eq(control_clients(control), 0);
		close(fd);
	}
}
END_TEST

START_TEST(method_without_dot)
{
	int fd = client();

	expect_error(fd, "{\"method\":\"Status\"}", VARLINK_ERROR_INTERFACE, "interface", "");
	close(fd);
}
END_TEST

START_TEST(deep)
{
	static char text[60000];
	int fd = client();

	memset(text, '[', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	say_bytes(fd, text, sizeof(text));
	ck_assert(closed(fd));
	close(fd);
}
END_TEST

START_TEST(too_long)
{
	static char text[CONTROL_REQUEST_MAX];
	int fd = client();

	memset(text, ' ', sizeof(text));
	say_bytes(fd, text, sizeof(text) / 2);
	ck_assert_uint_eq(control_clients(control), 1);
	say_bytes(fd, text, sizeof(text) / 2);
	ck_assert(closed(fd));
	close(fd);
	/* the longest that is allowed */
	fd = client();
	memcpy(text, METHOD("Status"), strlen(METHOD("Status")));
	text[sizeof(text) - 1] = '\0';
	say_bytes(fd, text, sizeof(text) / 2);
	say_bytes(fd, text + sizeof(text) / 2, sizeof(text) / 2);
	json_decref(hear(fd));
	ck_assert_uint_eq(control_clients(control), 1);
	close(fd);
}
END_TEST

START_TEST(split)
{
	const char *text = METHOD("Status");
	int fd = client();
	json_t *reply;

	for (size_t i = 0; i <= strlen(text); i++) {
		ck_assert_ptr_null(hear(fd));
		say_bytes(fd, text + i, 1);
	}
	reply = hear(fd);
	ck_assert(json_is_object(parameter(reply, "status")));
	json_decref(reply);
	close(fd);
}
END_TEST

START_TEST(pipelined)
{
	static const char text[] = MORE("ListSessions", "{}") "\0" METHOD("Status") "\0"
			METHOD("Nothing") "\0" CALL("GetSession", "{\"session\":1}");
	int fd = client();
	json_t *reply;

	say_bytes(fd, text, sizeof(text));
	shutdown(fd, SHUT_WR); /* what was asked is still answered */
	turn(100);
	for (int i = 0; i < 4; i++)
		json_decref(hear(fd));
	reply = hear(fd);
	ck_assert(json_is_object(parameter(reply, "status")));
	json_decref(reply);
	reply = hear(fd);
	ck_assert_str_eq(error_of(reply), VARLINK_ERROR_METHOD);
	json_decref(reply);
	reply = hear(fd);
	ck_assert(json_is_object(parameter(reply, "session")));
	json_decref(reply);
	ck_assert(closed(fd));
	ck_assert_uint_eq(control_clients(control), 0);
	close(fd);
}
END_TEST

/* Hundreds of requests at once don't grow anything; they wait in the socket. */
START_TEST(many_requests)
{
	const char *text = METHOD("Status");
	int fd = client(), sent = 0, heard = 0;
	json_t *reply;

	while (send(fd, text, strlen(text) + 1, MSG_NOSIGNAL) == (ssize_t)strlen(text) + 1)
		sent++;
	ck_assert_int_gt(sent, 100);
	turn(1000);
	while ((reply = hear(fd))) {
		ck_assert(json_is_object(parameter(reply, "status")));
		json_decref(reply);
		heard++;
	}
	ck_assert_int_eq(heard, sent);
	close(fd);
}
END_TEST

/* One that doesn't read holds up nobody, and costs no more than its backlog. */
START_TEST(slow_reader)
{
	int slow = client(), fd = client(), n = 0, size = 4096;
	json_t *reply;

	engine.n_sessions = 20000;
	ck_assert_int_eq(setsockopt(slow, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
	say(slow, MORE("ListSessions", "{}"));
	turn(1000);
	{
		struct epoll_event e;

		ck_assert_int_eq(epoll_wait(loop_.epoll, &e, 1, 0), 0); /* it doesn't spin */
	}
	json_decref(ask(fd, METHOD("Status")));
	while ((reply = hear(slow)) && json_is_object(parameter(reply, "session"))) {
		if (++n == 5)
			engine.gone[19999] = true; /* the list goes on over changes */
		json_decref(reply);
	}
	ck_assert_int_eq(json_integer_value(parameter(reply, "count")), 19999);
	json_decref(reply);
	ck_assert_int_eq(n, 19999);
	/* it may begin again, and then hang up in the middle */
	say(slow, MORE("ListSessions", "{}"));
	close(slow);
	turn(100);
	ck_assert_uint_eq(control_clients(control), 1);
	close(fd);
}
END_TEST

START_TEST(idle_and_stuck)
{
	int fd = client(), follower = client(), stuck = client();

	engine.n_sessions = 20000;
	say(follower, MORE("Events", "{\"follow\":true}"));
	say(stuck, MORE("ListSessions", "{}"));
	turn(1000);
	ck_assert_int_eq(control_deadline(control) - ENGINE_NOW, 30 * USEC_PER_SEC);
	control_expire(control, ENGINE_NOW + 30 * USEC_PER_SEC - 1);
	ck_assert_uint_eq(control_clients(control), 3);
	control_expire(control, ENGINE_NOW + 30 * USEC_PER_SEC);
	ck_assert_uint_eq(control_clients(control), 2);
	ck_assert(control_deadline(control) == ENGINE_NOW + 60 * USEC_PER_SEC);
	control_expire(control, ENGINE_NOW + 60 * USEC_PER_SEC);
	ck_assert_uint_eq(control_clients(control), 1); /* the follower */
	ck_assert(control_deadline(control) == USEC_NEVER);
	ck_assert(closed(fd));
	close(fd);
	close(stuck);
	close(follower);
}
END_TEST

/* --- counters -------------------------------------------------------------------------------- */

START_TEST(refresh_first)
{
	int a = client(), b = client();

	json_decref(ask(a, METHOD("Status")));
	ck_assert_int_eq(engine.refreshes, 1);
	engine.refresh_later = true;
	say(a, MORE("ListSessions", "{}"));
	say(b, CALL("GetSession", "{\"session\":1}"));
	ck_assert_int_eq(engine.refreshes, 2); /* one is under way already */
	ck_assert_ptr_null(hear(a));
	ck_assert_ptr_null(hear(b));
	ck_assert(control_deadline(control) == ENGINE_NOW + 2 * USEC_PER_SEC);
	control_refreshed(control);
	for (int i = 0; i < 4; i++)
		json_decref(hear(a));
	json_decref(hear(b));
	/* fresh enough for some time */
	json_decref(ask(a, METHOD("Status")));
	ck_assert_int_eq(engine.refreshes, 2);
	/* a kernel role that doesn't answer costs two seconds, not the list */
	loop_.now = ENGINE_NOW + USEC_PER_SEC;
	say(a, METHOD("Status"));
	ck_assert_int_eq(engine.refreshes, 3);
	control_expire(control, ENGINE_NOW + 3 * USEC_PER_SEC - 1);
	ck_assert_ptr_null(hear(a));
	control_expire(control, ENGINE_NOW + 3 * USEC_PER_SEC);
	json_decref(hear(a));
	close(a);
	close(b);
}
END_TEST

START_TEST(clean_text)
{
	static const struct {
		const char *from, *to;
	} row[] = {
		{ "alice", "alice" },
		{ "CORP\\j\xc3\xb6rg", "CORP\\j\xc3\xb6rg" },
		{ "a\x7f\x01", "a\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xc2\x9b", "\xef\xbf\xbd" },		    /* C1: CSI */
		{ "\xe2\x80\xae", "\xef\xbf\xbd" },	    /* right to left */
		{ "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" }, /* not the shortest form */
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* surrogate */
		{ "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		{ "\xf0\x9f\x98", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};
	char to[64];

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		control_text_clean(to, sizeof(to), row[i].from, strlen(row[i].from));
		ck_assert_str_eq(to, row[i].to);
	}
	ck_assert_uint_eq(control_text_clean(to, 4, "ab\xc3\xb6", 4), 2); /* no half character */
	ck_assert_str_eq(to, "ab");
	ck_assert_str_eq(control_text_time(to, 0, false), "1970-01-01T00:00:00Z");
	ck_assert_str_eq(control_text_time(to, 951782399999999, true), "2000-02-28T23:59:59.999999Z");
	ck_assert_str_eq(control_text_time(to, 951782400000000, false), "2000-02-29T00:00:00Z");
	ck_assert_str_eq(control_text_time(to, 4107542400000000, false), "2100-03-01T00:00:00Z");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("control");
	TCase *c = tcase_create("control");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 60); /* for valgrind */
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, service);
	tcase_add_test(c, get_status);
	tcase_add_test(c, sessions);
	tcase_add_test(c, filters);
	tcase_add_test(c, tunnels_and_pools);
	tcase_add_test(c, one_session);
	tcase_add_test(c, get_config);
	tcase_add_test(c, kick_sessions);
	tcase_add_test(c, follow_events);
	tcase_add_test(c, filter_events);
	tcase_add_test(c, rights);
	tcase_add_test(c, credentials);
	tcase_add_test(c, places);
	tcase_add_test(c, garbage);
	tcase_add_test(c, method_without_dot);
	tcase_add_test(c, deep);
	tcase_add_test(c, too_long);
	tcase_add_test(c, split);
	tcase_add_test(c, pipelined);
	tcase_add_test(c, many_requests);
	tcase_add_test(c, slow_reader);
	tcase_add_test(c, idle_and_stuck);
	tcase_add_test(c, refresh_first);
	tcase_add_test(c, clean_text);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
