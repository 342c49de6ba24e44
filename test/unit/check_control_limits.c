// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control socket and clients that come in crowds, write garbage or too much, stop reading, do
 * nothing, or hang up.
 */
#include "daemon/control/control.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compiler.h"
#include "daemon/control/control_client.h"
#include "test/unit/control_world.h"

/* --- limits ---------------------------------------------------------------------------------- */

START_TEST(places)
{
	int fd[CONTROL_CLIENTS_MAX + 2], n = 0;
	json_t *reply;

	for (int i = 0; i < 4; i++)
		fd[n++] = world_client_of(77, 77);
	ck_assert_uint_eq(control_clients(world.control), 4);
	reply = world_hear(fd[n++] = world_client_of(77, 77));
	ck_assert_str_eq(world_error(reply), CONTROL_ERROR_BUSY);
	json_decref(reply);
	ck_assert(world_closed(fd[--n]));
	close(fd[n]);
	for (int i = 0; i < 8; i++)
		fd[n++] = world_client_of(77, 100);
	ck_assert_uint_eq(control_clients(world.control), 12);
	fd[n] = world_client_of(77, 100);
	json_decref(world_hear(fd[n]));
	ck_assert(world_closed(fd[n]));
	close(fd[n]);
	for (int i = 0; i < 4; i++)
		fd[n++] = world_client_of(0, 0);
	ck_assert_uint_eq(control_clients(world.control), CONTROL_CLIENTS_MAX);
	fd[n] = world_client_of(0, 0);
	json_decref(world_hear(fd[n]));
	ck_assert(world_closed(fd[n]));
	close(fd[n]);
	/* a place that is left is free again */
	close(fd[0]);
	world_turn(10);
	fd[0] = world_client_of(0, 0);
	json_decref(world_ask(fd[0], METHOD("Status")));
	while (n)
		close(fd[--n]);
}
END_TEST

START_TEST(garbage)
{
	static const char *const text[] = {
		"",
		"x",
		"[]",
		"7",
		"\"a\"",
		"{",
		"{}",
		"{\"method\":7}",
		"{\"method\":\"a\",}",
		"{\"method\":\"a\",\"method\":\"b\"}",
		"\xff\xfe",
		"{\"method\":\"org.culvert.control.Status\",\"parameters\":7}",
		"{\"method\":\"org.culvert.control.Status\",\"upgrade\":true}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(text); i++) {
		int fd = world_client();

		world_say(fd, text[i]);
		ck_assert_msg(world_closed(fd), "%s", text[i]);
		ck_assert_uint_eq(control_clients(world.control), 0);
		close(fd);
	}
}
END_TEST

START_TEST(method_without_dot)
{
	int fd = world_client();

	world_refused(fd, "{\"method\":\"Status\"}", VARLINK_ERROR_INTERFACE, "interface", "");
	close(fd);
}
END_TEST

START_TEST(deep)
{
	static char text[60000];
	int fd = world_client();

	memset(text, '[', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	world_say_bytes(fd, text, sizeof(text));
	ck_assert(world_closed(fd));
	close(fd);
}
END_TEST

START_TEST(too_long)
{
	static char text[CONTROL_REQUEST_MAX];
	int fd = world_client();

	memset(text, ' ', sizeof(text));
	world_say_bytes(fd, text, sizeof(text) / 2);
	ck_assert_uint_eq(control_clients(world.control), 1);
	world_say_bytes(fd, text, sizeof(text) / 2);
	ck_assert(world_closed(fd));
	close(fd);
	/* the longest that is allowed */
	fd = world_client();
	memcpy(text, METHOD("Status"), strlen(METHOD("Status")));
	text[sizeof(text) - 1] = '\0';
	world_say_bytes(fd, text, sizeof(text) / 2);
	world_say_bytes(fd, text + sizeof(text) / 2, sizeof(text) / 2);
	json_decref(world_hear(fd));
	ck_assert_uint_eq(control_clients(world.control), 1);
	close(fd);
}
END_TEST

START_TEST(split)
{
	const char *text = METHOD("Status");
	int fd = world_client();
	json_t *reply;

	for (size_t i = 0; i <= strlen(text); i++) {
		ck_assert_ptr_null(world_hear(fd));
		world_say_bytes(fd, text + i, 1);
	}
	reply = world_hear(fd);
	ck_assert(json_is_object(world_parameter(reply, "status")));
	json_decref(reply);
	close(fd);
}
END_TEST

START_TEST(pipelined)
{
	static const char text[] = MORE("ListSessions", "{}") "\0" METHOD("Status") "\0" METHOD(
		"Nothing") "\0" CALL("GetSession", "{\"session\":1}");
	int fd = world_client();
	json_t *reply;

	world_say_bytes(fd, text, sizeof(text));
	shutdown(fd, SHUT_WR); /* what was asked is still answered */
	world_turn(100);
	for (int i = 0; i < 4; i++)
		json_decref(world_hear(fd));
	reply = world_hear(fd);
	ck_assert(json_is_object(world_parameter(reply, "status")));
	json_decref(reply);
	reply = world_hear(fd);
	ck_assert_str_eq(world_error(reply), VARLINK_ERROR_METHOD);
	json_decref(reply);
	reply = world_hear(fd);
	ck_assert(json_is_object(world_parameter(reply, "session")));
	json_decref(reply);
	ck_assert(world_closed(fd));
	ck_assert_uint_eq(control_clients(world.control), 0);
	close(fd);
}
END_TEST

/* Hundreds of requests at once don't grow anything; they wait in the socket. */
START_TEST(many_requests)
{
	const char *text = METHOD("Status");
	int fd = world_client(), sent = 0, heard = 0;
	json_t *reply;

	while (send(fd, text, strlen(text) + 1, MSG_NOSIGNAL) == (ssize_t)strlen(text) + 1)
		sent++;
	ck_assert_int_gt(sent, 100);
	world_turn(1000);
	while ((reply = world_hear(fd))) {
		ck_assert(json_is_object(world_parameter(reply, "status")));
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
	struct control_client *k;
	int slow = world_client(), fd = world_client(), n = 0, size = 4096;
	json_t *reply;

	engine.n_sessions = 20000;
	k = list_entry(list_first(&world.control->clients), struct control_client, node);
	ck_assert_int_eq(setsockopt(k->watch.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	world_say(slow, MORE("ListSessions", "{}"));
	world_turn(1000);
	{
		struct epoll_event e;

		ck_assert_int_eq(epoll_wait(world.loop.epoll, &e, 1, 0), 0); /* it doesn't spin */
	}
	ck_assert_uint_gt(k->out_len, 0);
	ck_assert_uint_le(k->out_len, CONTROL_BACKLOG + 4096);
	ck_assert_uint_le(k->out_size, 2 * CONTROL_BACKLOG);
	json_decref(world_ask(fd, METHOD("Status")));
	while ((reply = world_hear(slow)) && json_is_object(world_parameter(reply, "session"))) {
		if (++n == 5)
			engine.gone[19999] = true; /* the list goes on over changes */
		json_decref(reply);
	}
	ck_assert_int_eq(json_integer_value(world_parameter(reply, "count")), 19999);
	json_decref(reply);
	ck_assert_int_eq(n, 19999);
	/* it may begin again, and then hang up in the middle */
	world_say(slow, MORE("ListSessions", "{}"));
	close(slow);
	world_turn(100);
	ck_assert_uint_eq(control_clients(world.control), 1);
	close(fd);
}
END_TEST

START_TEST(idle_and_stuck)
{
	int fd = world_client(), follower = world_client(), stuck = world_client();

	engine.n_sessions = 20000;
	world_say(follower, MORE("Events", "{\"follow\":true}"));
	world_say(stuck, MORE("ListSessions", "{}"));
	world_turn(1000);
	ck_assert_int_eq(control_deadline(world.control) - ENGINE_NOW, 30 * USEC_PER_SEC);
	control_expire(world.control, ENGINE_NOW + 30 * USEC_PER_SEC - 1);
	ck_assert_uint_eq(control_clients(world.control), 3);
	control_expire(world.control, ENGINE_NOW + 30 * USEC_PER_SEC);
	ck_assert_uint_eq(control_clients(world.control), 2);
	ck_assert(control_deadline(world.control) == ENGINE_NOW + 60 * USEC_PER_SEC);
	control_expire(world.control, ENGINE_NOW + 60 * USEC_PER_SEC);
	ck_assert_uint_eq(control_clients(world.control), 1); /* the follower */
	ck_assert(control_deadline(world.control) == USEC_NEVER);
	ck_assert(world_closed(fd));
	close(fd);
	close(stuck);
	close(follower);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("control_limits");
	TCase *c = tcase_create("control_limits");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 300); /* for valgrind, and busy machines */
	tcase_add_checked_fixture(c, world_setup, world_teardown);
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
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
