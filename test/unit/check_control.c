// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control socket: every method, what it takes and answers, and who may call it.
 */
#include "daemon/control/control.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "compiler.h"
#include "daemon/control/control_text.h"
#include "test/unit/control_world.h"

/* --- methods --------------------------------------------------------------------------------- */

START_TEST(service)
{
	int fd = world_client_of(77, 77); /* who may do nothing else */
	json_t *reply = world_ask(fd, "{\"method\":\"org.varlink.service.GetInfo\"}");

	ck_assert_str_eq(json_string_value(world_parameter(reply, "product")), "culvertd");
	ck_assert_uint_eq(json_array_size(world_parameter(reply, "interfaces")), 2);
	json_decref(reply);
	reply = world_ask(fd, "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
			      "\"parameters\":{\"interface\":\"org.culvert.control\"}}");
	ck_assert_ptr_nonnull(strstr(json_string_value(world_parameter(reply, "description")),
				     "interface org.culvert.control\n"));
	json_decref(reply);
	reply = world_ask(fd, "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
			      "\"parameters\":{\"interface\":\"org.varlink.service\"}}");
	ck_assert_ptr_nonnull(strstr(json_string_value(world_parameter(reply, "description")),
				     "error ExpectedMore ()"));
	json_decref(reply);
	world_refused(fd,
		      "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
		      "\"parameters\":{\"interface\":\"a.b\"}}",
		      VARLINK_ERROR_INTERFACE, NULL, NULL);
	world_refused(fd, "{\"method\":\"org.varlink.service.Nothing\"}", VARLINK_ERROR_METHOD,
		      "method", "org.varlink.service.Nothing");
	world_refused(fd, METHOD("Nothing"), VARLINK_ERROR_METHOD, "method",
		      "org.culvert.control.Nothing");
	world_refused(fd, "{\"method\":\"com.example.Status\"}", VARLINK_ERROR_INTERFACE,
		      "interface", "com.example");
	close(fd);
}
END_TEST

START_TEST(get_status)
{
	int fd = world_client();
	json_t *reply = world_ask(fd, METHOD("Status")), *s = world_parameter(reply, "status");

	world_keys(s, control_status_keys);
	ck_assert_int_eq(json_integer_value(json_object_get(s, "sessions")), 3);
	ck_assert_int_eq(json_integer_value(json_object_get(s, "uptime")), 90061);
	ck_assert_str_eq(json_string_value(json_object_get(s, "started")), "2023-11-13T21:12:19Z");
	ck_assert_int_eq(
		json_integer_value(json_object_get(json_object_get(s, "counters"), "malformed")),
		5);
	ck_assert(json_is_null(json_object_get(s, "layout")));
	json_decref(reply);
	close(fd);
}
END_TEST

START_TEST(sessions)
{
	int fd = world_client();
	json_t *s;
	char *text;

	ck_assert_int_eq(world_list(fd, MORE("ListSessions", "{}"), "session", &s), 3);
	world_keys(s, control_session_keys);
	text = json_dumps(s, JSON_COMPACT | JSON_SORT_KEYS);
	ck_assert_str_eq(
		text,
		"{\"address\":\"10.20.0.1\",\"auth\":\"mschapv2\",\"call_state\":\"established\","
		"\"calling\":\"0123\",\"child\":5,\"client_host\":\"laptop\","
		"\"client_vendor\":\"vendor\",\"connection\":\"l2tp\","
		"\"created\":\"2023-11-14T22:12:10Z\",\"dns\":[\"10.0.0.53\"],"
		"\"group\":\"staff\",\"identification\":\"MSRASV5.20\",\"ifindex\":11,"
		"\"ike_id\":\"CN=laptop\",\"ike_name\":null,"
		"\"interface\":\"ppp1\",\"ipv6\":\"fe80::1\",\"layout\":\"parked\","
		"\"local\":\"2001:db8::1\",\"local_address\":\"10.0.0.1\",\"local_port\":1701,"
		"\"mark\":42,\"mru\":1400,\"mtu\":1400,\"nbns\":[],\"peer\":\"203.0.113.1\","
		"\"peer_port\":1701,\"peer_session\":17,\"peer_tunnel\":18,\"phase\":\"network\","
		"\"profile\":null,"
		"\"rx_bytes\":100,\"rx_packets\":1,\"session\":1,\"spi_in\":\"00c0ffee\","
		"\"spi_out\":null,\"state\":\"up\",\"tunnel\":1001,"
		"\"tx_bytes\":200,\"tx_packets\":2,\"up_since\":\"2023-11-14T22:12:15Z\","
		"\"uptime\":65,\"user\":\"user1\"}");
	free(text);
	json_decref(s);
	engine.n_sessions = 0;
	ck_assert_int_eq(world_list(fd, MORE("ListSessions", "{}"), "session", NULL), 0);
	close(fd);
}
END_TEST

START_TEST(filters)
{
	static const struct {
		const char *filter;
		int n;
	} row[] = {
		{"{}", 3},
		{"null", 3},
		{"{\"user\":\"user2\"}", 1},
		{"{\"user\":null}", 3},
		{"{\"user\":\"nobody\"}", 0},
		{"{\"group\":\"staff\"}", 2},
		{"{\"group\":\"staff\",\"user\":\"user2\"}", 0},
		{"{\"ip\":\"10.20.0.3\"}", 1},
		{"{\"peer\":\"203.0.113.2\"}", 1},
		{"{\"peer\":\"2001:db8::2\"}", 0},
		{"{\"interface\":\"ppp3\"}", 1},
		{"{\"client\":\"laptop\"}", 3},
		{"{\"state\":\"up\"}", 3},
		{"{\"state\":\"setup\"}", 0},
		{"{\"tunnel\":1002}", 1},
		{"{\"session\":2}", 1},
		{"{\"session\":9}", 0},
	};
	static const struct {
		const char *filter, *bad;
	} wrong[] = {
		{"{\"usr\":\"a\"}", "usr"},
		{"{\"user\":7}", "user"},
		{"{\"user\":\"\"}", "user"},
		{"{\"ip\":\"10.20.0\"}", "ip"},
		{"{\"ip\":\"::1\"}", "ip"},
		{"{\"peer\":\"a.b\"}", "peer"},
		{"{\"state\":\"big\"}", "state"},
		{"{\"session\":0}", "session"},
		{"{\"session\":65536}", "session"},
		{"{\"tunnel\":\"7\"}", "tunnel"},
		{"[]", "filter"},
	};
	char text[512];
	int fd = world_client();

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		snprintf(text, sizeof(text), MORE("ListSessions", "{\"filter\":%s}"),
			 row[i].filter);
		ck_assert_msg(world_list(fd, text, "session", NULL) == row[i].n, "%s",
			      row[i].filter);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(text, sizeof(text), MORE("ListSessions", "{\"filter\":%s}"),
			 wrong[i].filter);
		world_refused(fd, text, VARLINK_ERROR_PARAMETER, "parameter", wrong[i].bad);
	}
	world_refused(fd, MORE("ListSessions", "{\"fliter\":{}}"), VARLINK_ERROR_PARAMETER,
		      "parameter", "fliter");
	world_refused(fd, MORE("ListTunnels", "{\"filter\":{\"user\":\"a\"}}"),
		      VARLINK_ERROR_PARAMETER, "parameter", "user");
	world_refused(fd, METHOD("ListSessions"), VARLINK_ERROR_EXPECTED_MORE, NULL, NULL);
	close(fd);
}
END_TEST

START_TEST(tunnels_and_pools)
{
	int fd = world_client();
	json_t *o;

	ck_assert_int_eq(world_list(fd, MORE("ListTunnels", "{}"), "tunnel", &o), 2);
	world_keys(o, control_tunnel_keys);
	/* nothing in it moves a terminal's cursor */
	ck_assert_str_eq(json_string_value(json_object_get(o, "client_host")),
			 "r\xc3\xb6uter\xef\xbf\xbd[31m\xef\xbf\xbd");
	ck_assert_int_eq(json_integer_value(json_object_get(o, "heard")), 3);
	ck_assert(json_is_null(json_object_get(o, "up_since")));
	json_decref(o);
	ck_assert_int_eq(world_list(fd, MORE("ListTunnels", "{\"filter\":{\"state\":\"up\"}}"),
				    "tunnel", NULL),
			 1);
	ck_assert_int_eq(world_list(fd, MORE("ListTunnels", "{\"filter\":{\"client\":\"laptop\"}}"),
				    "tunnel", NULL),
			 1);
	ck_assert_int_eq(world_list(fd, MORE("ListPools", "{}"), "pool", &o), 1);
	world_keys(o, control_pool_keys);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "free")), 251);
	json_decref(o);
	close(fd);
}
END_TEST

START_TEST(one_session)
{
	int fd = world_client();
	json_t *reply = world_ask(fd, CALL("GetSession", "{\"session\":2}"));

	world_keys(world_parameter(reply, "session"), control_session_keys);
	json_decref(reply);
	engine.gone[2] = true; /* and not the next one instead */
	world_refused(fd, CALL("GetSession", "{\"session\":2}"), CONTROL_ERROR_NOT_FOUND, NULL,
		      NULL);
	world_refused(fd, CALL("GetSession", "{\"session\":0}"), VARLINK_ERROR_PARAMETER,
		      "parameter", "session");
	world_refused(fd, METHOD("GetSession"), VARLINK_ERROR_PARAMETER, "parameter", "session");
	close(fd);
}
END_TEST

START_TEST(get_config)
{
	int fd = world_client();
	json_t *reply = world_ask(fd, METHOD("GetConfig"));

	ck_assert_str_eq(json_string_value(world_parameter(reply, "config")), "node = \"lns1\"\n");
	json_decref(reply);
	close(fd);
}
END_TEST

START_TEST(reload)
{
	int fd = world_client(), other = world_client();
	json_t *reply, *changes;

	world_refused(fd, CALL("Reload", "{\"confirm\":0}"), VARLINK_ERROR_PARAMETER, "parameter",
		      "confirm");
	world_refused(fd, CALL("Reload", "{\"confirm\":86401}"), VARLINK_ERROR_PARAMETER,
		      "parameter", "confirm");
	world_refused(fd, CALL("Reload", "{\"confirm\":5,\"revert\":true}"),
		      VARLINK_ERROR_PARAMETER, "parameter", "confirm");
	world_refused(fd, CALL("Reload", "{\"confirmed\":true,\"revert\":true}"),
		      VARLINK_ERROR_PARAMETER, "parameter", "revert");
	ck_assert_uint_eq(engine.reloads, 0);
	world_say(fd, CALL("Reload", "{\"confirm\":60}"));
	world_turn(20);
	ck_assert_uint_eq(engine.reloads, 1);
	ck_assert_uint_eq(engine.reload_confirm, 60);
	/* an event is no answer; nor does anybody else wait */
	control_wake(world.control);
	json_decref(world_ask(other, METHOD("Status")));
	world_turn(20);
	engine_answer_reload(world.control);
	reply = world_hear(fd);
	world_keys(world_parameter(reply, "reload"), control_reload_keys);
	changes = json_object_get(world_parameter(reply, "reload"), "changes");
	ck_assert_uint_eq(json_array_size(changes), 2);
	world_keys(json_array_get(changes, 0), control_change_keys);
	world_keys(json_array_get(changes, 1), control_change_keys);
	json_decref(reply);
	/* who hangs up is not there when the answer comes */
	world_say(fd, METHOD("DiffConfig"));
	world_turn(20);
	close(fd);
	world_turn(20);
	engine_answer_reload(world.control);
	close(other);
}
END_TEST

START_TEST(reload_errors)
{
	int fd = world_client();
	json_t *reply;

	world_say(fd, CALL("Reload", "{\"confirm\":13}"));
	world_turn(20);
	engine_answer_reload(world.control);
	reply = world_hear(fd);
	ck_assert_str_eq(json_string_value(json_object_get(reply, "error")), CONTROL_ERROR_FAILED);
	ck_assert_ptr_nonnull(strstr(json_string_value(world_parameter(reply, "message")),
				     "what is this?\nculvert.conf:5: "));
	json_decref(reply);
	close(fd);
}
END_TEST

START_TEST(drain)
{
	int fd = world_client();
	json_t *reply;

	world_refused(fd, CALL("Drain", "{\"kick_rate\":\"1\"}"), VARLINK_ERROR_PARAMETER,
		      "parameter", "kick_rate");
	world_refused(fd, CALL("Drain", "{\"kick_rate\":10001}"), VARLINK_ERROR_PARAMETER,
		      "parameter", "kick_rate");
	world_refused(fd, CALL("Drain", "{\"exit\":1}"), VARLINK_ERROR_PARAMETER, "parameter",
		      "exit");
	ck_assert(!engine.drain);
	reply = world_ask(fd, CALL("Drain", "{\"kick_rate\":7,\"exit\":true}"));
	ck_assert_int_eq(json_integer_value(world_parameter(reply, "sessions")), engine.n_sessions);
	ck_assert(engine.drain && engine.drain_exit && engine.drain_rate == 7);
	json_decref(reply);
	reply = world_ask(fd, METHOD("Status"));
	world_keys(world_parameter(reply, "status"), control_status_keys);
	json_decref(reply);
	for (int i = 0; i < 2; i++) { /* once more is no mistake */
		reply = world_ask(fd, METHOD("Undrain"));
		ck_assert_ptr_nonnull(world_parameter(reply, "sessions"));
		ck_assert(!engine.drain);
		json_decref(reply);
	}
	engine.stopping = true;
	world_refused(fd, METHOD("Drain"), CONTROL_ERROR_FAILED, "message", "culvertd is stopping");
	close(fd);
}
END_TEST

START_TEST(kick_sessions)
{
	int fd = world_client();
	json_t *reply;

	world_refused(fd, METHOD("Kick"), VARLINK_ERROR_PARAMETER, "parameter", "filter");
	world_refused(fd, CALL("Kick", "{\"filter\":{}}"), VARLINK_ERROR_PARAMETER, "parameter",
		      "filter");
	world_refused(fd, CALL("Kick", "{\"all\":1}"), VARLINK_ERROR_PARAMETER, "parameter", "all");
	world_refused(fd, CALL("Kick", "{\"all\":true,\"reason\":1}"), VARLINK_ERROR_PARAMETER,
		      "parameter", "reason");
	ck_assert_int_eq(engine.kicks, 0);
	reply = world_ask(fd, CALL("Kick", "{\"filter\":{\"user\":\"user2\"},"
					   "\"reason\":\"go\\nhome\"}"));
	ck_assert_int_eq(json_integer_value(world_parameter(reply, "kicked")), 1);
	ck_assert_str_eq(engine.kick_reason, "go\xef\xbf\xbdhome");
	ck_assert(engine.gone[2] && !engine.gone[1] && !engine.gone[3]);
	json_decref(reply);
	world_refused(fd, CALL("Kick", "{\"filter\":{\"user\":\"user2\"}}"),
		      CONTROL_ERROR_NOT_FOUND, NULL, NULL);
	/* more than a turn's worth; and one that has just engine.gone by itself is not counted */
	engine.n_sessions = 1000;
	reply = world_ask(fd, CALL("Kick", "{\"all\":true}"));
	ck_assert_int_eq(json_integer_value(world_parameter(reply, "kicked")), 998);
	json_decref(reply);
	/* nobody waits for the answer */
	engine.n_sessions = 1001;
	world_say(fd, "{\"method\":\"org.culvert.control.Kick\",\"oneway\":true,"
		      "\"parameters\":{\"all\":true}}");
	ck_assert_int_eq(engine.kicks, 1000);
	ck_assert_ptr_null(world_hear(fd));
	close(fd);
}
END_TEST

START_TEST(follow_events)
{
	int fd = world_client(), other = world_client();
	json_t *reply;

	events_note(world.events, EVENT_STARTED, NULL, NULL, ENGINE_WALL);
	events_note(world.events, EVENT_LIMIT_REACHED, "sessions", "a\tb", ENGINE_WALL + 5);
	world_say(fd, MORE("Events", "{}"));
	reply = world_hear(fd);
	world_keys(world_parameter(reply, "event"), control_event_keys);
	ck_assert_ptr_null(world_parameter(reply, "lost"));
	json_decref(reply);
	reply = world_hear(fd);
	ck_assert_str_eq(
		json_string_value(json_object_get(world_parameter(reply, "event"), "time")),
		"2023-11-14T22:13:20.000005Z");
	json_decref(reply);
	reply = world_hear(fd);
	ck_assert_int_eq(json_integer_value(world_parameter(reply, "next")), 3);
	ck_assert_ptr_null(json_object_get(reply, "continues"));
	json_decref(reply);

	world_say(other, MORE("Events", "{\"follow\":true,\"last\":1}"));
	reply = world_hear(other);
	ck_assert_str_eq(
		json_string_value(json_object_get(world_parameter(reply, "event"), "event")),
		"limit-reached");
	json_decref(reply);
	ck_assert_ptr_null(world_hear(other));
	ck_assert(control_deadline(world.control) ==
		  ENGINE_NOW + 60 * USEC_PER_SEC); /* fd; other may wait */
	events_note(world.events, EVENT_RELOADED, NULL, NULL, ENGINE_WALL);
	control_wake(world.control);
	reply = world_hear(other);
	ck_assert_str_eq(
		json_string_value(json_object_get(world_parameter(reply, "event"), "event")),
		"reloaded");
	json_decref(reply);
	/* events that were overwritten before they could be told are counted */
	for (int i = 0; i < EVENTS_MAX + 10; i++)
		events_note(world.events, EVENT_RELOADED, NULL, NULL, ENGINE_WALL);
	control_wake(world.control);
	reply = world_hear(other);
	ck_assert_int_eq(json_integer_value(world_parameter(reply, "lost")), 10);
	json_decref(reply);
	close(other);
	world_turn(100);
	ck_assert_uint_eq(control_clients(world.control), 1);
	close(fd);
}
END_TEST

START_TEST(filter_events)
{
	struct session_report r = {0};
	int fd = world_client(), n = 0;
	json_t *reply;

	for (uint32_t i = 1; i <= 3; i++) {
		engine_session(i, &r);
		events_session(world.events, EVENT_SESSION_UP, &r, ENGINE_NOW, ENGINE_WALL);
		events_session(world.events, EVENT_SESSION_DOWN, &r, ENGINE_NOW, ENGINE_WALL);
	}
	world_say(fd, MORE("Events", "{\"filter\":{\"user\":\"user2\"},\"since\":4}"));
	while ((reply = world_hear(fd)) && world_parameter(reply, "event")) {
		json_t *e = world_parameter(reply, "event");

		world_keys(e, control_event_keys);
		ck_assert_str_eq(json_string_value(json_object_get(e, "event")), "session-down");
		ck_assert_int_eq(json_integer_value(json_object_get(e, "duration")), 65);
		json_decref(reply);
		n++;
	}
	json_decref(reply);
	ck_assert_int_eq(n, 1);
	world_refused(fd, MORE("Events", "{\"filter\":{\"state\":\"up\"}}"),
		      VARLINK_ERROR_PARAMETER, "parameter", "state");
	world_refused(fd, MORE("Events", "{\"since\":-1}"), VARLINK_ERROR_PARAMETER, "parameter",
		      "since");
	world_refused(fd, MORE("Events", "{\"last\":\"1\"}"), VARLINK_ERROR_PARAMETER, "parameter",
		      "last");
	close(fd);
}
END_TEST

/* --- who may --------------------------------------------------------------------------------- */

START_TEST(rights)
{
	gid_t groups[] = {7, 200};
	int stranger = world_client_of(77, 77), reader = world_client_of(77, 100),
	    root = world_client_of(0, 5);
	int admin;

	world.who.n_groups = 2;
	world.who.groups = groups;
	admin = world_client_of(78, 78);
	world_refused(stranger, METHOD("Status"), CONTROL_ERROR_PERMISSION, "group", "culvert");
	world_refused(stranger, CALL("Kick", "{\"all\":true}"), CONTROL_ERROR_PERMISSION, "group",
		      "culvert-admin");
	json_decref(world_ask(reader, METHOD("Status")));
	world_refused(reader, CALL("Kick", "{\"all\":true}"), CONTROL_ERROR_PERMISSION, "group",
		      "culvert-admin");
	ck_assert_int_eq(engine.kicks, 0);
	json_decref(world_ask(admin, CALL("Kick", "{\"filter\":{\"session\":1}}")));
	json_decref(world_ask(root, CALL("Kick", "{\"filter\":{\"session\":2}}")));
	ck_assert_int_eq(engine.kicks, 2);
	/* no such group: nobody is in it, whatever number he has */
	control_set_groups(world.control, UINT32_MAX, "", UINT32_MAX, "");
	world.who.n_groups = 0;
	close(stranger);
	stranger = world_client_of(77, UINT32_MAX);
	world_refused(stranger, METHOD("Status"), CONTROL_ERROR_PERMISSION, "group", NULL);
	close(stranger);
	close(reader);
	close(root);
	close(admin);
}
END_TEST

/* The real credentials, by a listening socket. */
START_TEST(credentials)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct control_setup s = {
		.loop = &world.loop,
		.ops = &engine_ops,
		.events = world.events,
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
	world_turn(100);
	json_decref(world_ask(k, CALL("Kick", "{\"all\":true}")));
	ck_assert_int_eq(engine.kicks, 3);
	close(k);
	world_turn(100);
	ck_assert_uint_eq(control_clients(c), 0);
	control_free(c);
}
END_TEST

/* --- counters -------------------------------------------------------------------------------- */

START_TEST(refresh_first)
{
	int a = world_client(), b = world_client();

	json_decref(world_ask(a, METHOD("Status")));
	ck_assert_int_eq(engine.refreshes, 1);
	engine.refresh_later = true;
	world_say(a, MORE("ListSessions", "{}"));
	world_say(b, CALL("GetSession", "{\"session\":1}"));
	ck_assert_int_eq(engine.refreshes, 2); /* one is under way already */
	ck_assert_ptr_null(world_hear(a));
	ck_assert_ptr_null(world_hear(b));
	ck_assert(control_deadline(world.control) == ENGINE_NOW + 2 * USEC_PER_SEC);
	control_refreshed(world.control);
	for (int i = 0; i < 4; i++)
		json_decref(world_hear(a));
	json_decref(world_hear(b));
	/* fresh enough for some time */
	json_decref(world_ask(a, METHOD("Status")));
	ck_assert_int_eq(engine.refreshes, 2);
	/* a kernel role that doesn't answer costs two seconds, not the list */
	world.loop.now = ENGINE_NOW + USEC_PER_SEC;
	world_say(a, METHOD("Status"));
	ck_assert_int_eq(engine.refreshes, 3);
	control_expire(world.control, ENGINE_NOW + 3 * USEC_PER_SEC - 1);
	ck_assert_ptr_null(world_hear(a));
	control_expire(world.control, ENGINE_NOW + 3 * USEC_PER_SEC);
	json_decref(world_hear(a));
	close(a);
	close(b);
}
END_TEST

START_TEST(clean_text)
{
	static const struct {
		const char *from, *to;
	} row[] = {
		{"alice", "alice"},
		{"CORP\\j\xc3\xb6rg", "CORP\\j\xc3\xb6rg"},
		{"a\x7f\x01", "a\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xc2\x9b", "\xef\xbf\xbd"},		  /* C1: CSI */
		{"\xe2\x80\xae", "\xef\xbf\xbd"},	  /* right to left */
		{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"}, /* not the shortest form */
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* surrogate */
		{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
		{"\xf0\x9f\x98", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	};
	char to[64];

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		control_text_clean(to, sizeof(to), row[i].from, strlen(row[i].from));
		ck_assert_str_eq(to, row[i].to);
	}
	ck_assert_uint_eq(control_text_clean(to, 4, "ab\xc3\xb6", 4), 2); /* no half character */
	ck_assert_str_eq(to, "ab");
	ck_assert_str_eq(control_text_time(to, 0, false), "1970-01-01T00:00:00Z");
	ck_assert_str_eq(control_text_time(to, 951782399999999, true),
			 "2000-02-28T23:59:59.999999Z");
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

	tcase_set_timeout(c, 300); /* for valgrind, and busy machines */
	tcase_add_checked_fixture(c, world_setup, world_teardown);
	tcase_add_test(c, service);
	tcase_add_test(c, get_status);
	tcase_add_test(c, sessions);
	tcase_add_test(c, filters);
	tcase_add_test(c, tunnels_and_pools);
	tcase_add_test(c, one_session);
	tcase_add_test(c, get_config);
	tcase_add_test(c, drain);
	tcase_add_test(c, reload);
	tcase_add_test(c, reload_errors);
	tcase_add_test(c, kick_sessions);
	tcase_add_test(c, follow_events);
	tcase_add_test(c, filter_events);
	tcase_add_test(c, rights);
	tcase_add_test(c, credentials);
	tcase_add_test(c, refresh_first);
	tcase_add_test(c, clean_text);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
