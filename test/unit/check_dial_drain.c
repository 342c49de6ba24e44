// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Client profiles of a daemon that is being drained, and a gateway that is.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/dial_world.h"

static const char *state(void)
{
	return dial_world_report().state;
}

static void drain(void)
{
	ck_assert_int_eq(engine_drain(w.side[US].e, 10, false, w.now), 0);
}

static void undrain(void)
{
	ck_assert_int_eq(engine_undrain(w.side[US].e, w.now), 0);
	dial_world_run(5 * USEC_PER_SEC);
}

static void connect_up(void)
{
	ck_assert_int_eq(engine_connect(w.side[US].e, 0, w.now), 0);
	dial_world_run(5 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
}

/* What is up stays, whatever is ended a second; and is not dialed again when it is lost. */
START_TEST(existing_stays)
{
	dial_world_start();
	connect_up();
	drain();
	dial_world_run(3600 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
	engine_kick(w.side[GATEWAY].e, engine_next_call(w.side[GATEWAY].e, 1), "go away", w.now);
	dial_world_run(3600 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "waiting");
	ck_assert_uint_eq(w.side[US].client_opens, 1);
	ck_assert_int_eq(engine_connect(w.side[US].e, 0, w.now), -EBUSY);
	undrain();
	ck_assert_str_eq(state(), "up");
	ck_assert_int_eq(engine_undrain(w.side[US].e, w.now), -EALREADY);
}
END_TEST

/* Before the first turn of a protocol role that has taken a drain over. */
START_TEST(autostart_waits)
{
	w.side[US].cfg.clients[0].autostart = true;
	dial_world_start();
	drain();
	dial_world_run(600 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "idle");
	ck_assert_uint_eq(w.side[US].client_opens, 0);
	undrain();
	ck_assert_str_eq(state(), "up");
}
END_TEST

START_TEST(not_wanted_any_more)
{
	w.side[US].cfg.clients[0].autostart = true;
	dial_world_start();
	drain();
	dial_world_run(USEC_PER_SEC);
	engine_disconnect(w.side[US].e, 0, "disconnected", w.now);
	undrain();
	ck_assert_str_eq(state(), "idle");
	connect_up();
}
END_TEST

/* Who brings the SA up is told; the dial follows if the SA is there then. */
START_TEST(sa_waits)
{
	struct ike_hello hello = {.head = {IKE_HELLO, IKE_VERSION, 0}};
	struct ike_connect ask = {.head = {IKE_CONNECT, IKE_VERSION, 77}, .unique = 7};
	struct ike_child_down down = {.head = {IKE_CHILD_DOWN, IKE_VERSION, 0}, .unique = 7};
	struct ike_child sa = {
		.head = {IKE_CHILD, IKE_VERSION, 0},
		.unique = 7,
		.ike = 1,
		.flags = IKE_CHILD_INITIATOR,
		.ike_version = 2,
		.local = w.side[US].at,
		.remote = w.side[GATEWAY].at,
		.connection = "corp",
		.child = "l2tp",
	};

	w.side[US].cfg.clients[0].ipsec = CONFIG_IPSEC_REQUIRE;
	dial_world_start();
	engine_ike_up(w.side[US].e, &hello, w.now);
	drain();
	engine_ike(w.side[US].e, &sa.head, w.now);
	engine_ike(w.side[US].e, &ask.head, w.now);
	dial_world_run(USEC_PER_SEC);
	ck_assert_uint_eq(w.result.head.id, 77);
	ck_assert_int_ne(w.result.error, 0);
	ck_assert_str_eq(w.result.text, "culvertd is being drained");
	ck_assert_uint_eq(w.side[US].client_opens, 0);
	if (_i)
		engine_ike(w.side[US].e, &down.head, w.now);
	undrain();
	ck_assert_str_eq(state(), _i ? "idle" : "up");
}
END_TEST

/* The other end of it: a gateway that is being drained says to try another one. */
START_TEST(gateway_is_drained)
{
	w.side[US].cfg.clients[0].reconnect = false;
	dial_world_start();
	ck_assert_int_eq(engine_drain(w.side[GATEWAY].e, 0, false, w.now), 0);
	ck_assert_int_eq(engine_connect(w.side[US].e, 0, w.now), 0);
	dial_world_run(60 * USEC_PER_SEC);
	ck_assert_int_eq(w.news, ENGINE_CLIENT_FAILED);
	ck_assert_msg(strstr(w.text, "the server is being drained") != NULL, "%s", w.text);
	ck_assert_uint_eq(engine_stats(w.side[GATEWAY].e)->tunnels, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dial_drain");
	TCase *c = tcase_create("dial_drain");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, dial_world_init, dial_world_fini);
	tcase_add_test(c, existing_stays);
	tcase_add_test(c, autostart_waits);
	tcase_add_test(c, not_wanted_any_more);
	tcase_add_loop_test(c, sa_waits, 0, 2);
	tcase_add_test(c, gateway_is_drained);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
