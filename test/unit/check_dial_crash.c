// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client profile whose process, or whose gateway's, is killed.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/engine_state.h"
#include "test/unit/dial_world.h"

static const char *state(void)
{
	return dial_world_report().state;
}

static void connect_up(void)
{
	ck_assert_int_eq(engine_connect(w.side[US].e, 0, w.now), 0);
	dial_world_run(5 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
}

/* Either process is killed, and the session goes on; hanging up works as before. */
START_TEST(crashes)
{
	struct client_report before, r;

	dial_world_start();
	connect_up();
	before = dial_world_report();
	for (int i = 0; i < 6; i++) {
		dial_world_crash(i % 2 ? GATEWAY : US);
		r = dial_world_report();
		ck_assert_str_eq(r.state, "up");
		ck_assert_uint_eq(r.tunnel, before.tunnel);
		ck_assert_uint_eq(r.session, before.session);
		ck_assert_uint_eq(r.address, before.address);
		ck_assert_str_eq(r.interface, "ppp0");
		dial_world_run((usec_t)i * 50 * USEC_PER_SEC);
	}
	dial_world_run(3600 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
	ck_assert_uint_eq(engine_stats(w.side[GATEWAY].e)->sessions_up, 1);
	ck_assert_uint_eq(w.side[US].session_adds, 1);
	ck_assert_uint_eq(w.side[GATEWAY].session_adds, 1);
	ck_assert_int_eq(engine_disconnect(w.side[US].e, 0, "disconnected", w.now), 0);
	dial_world_run(40 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "idle");
	ck_assert_uint_eq(engine_stats(w.side[US].e)->tunnels, 0);
	ck_assert(!w.side[US].open);
	ck_assert_uint_eq(engine_stats(w.side[GATEWAY].e)->sessions, 0);
	ck_assert_uint_eq(w.side[US].state.n_taken, 0);
	connect_up();
}
END_TEST

/* Killed at any time of the set-up: dialed again, or up. */
START_TEST(crashes_early)
{
	for (usec_t at = 0; at < 120; at += 3) {
		dial_world_fini();
		dial_world_init();
		w.side[US].cfg.clients[0].autostart = true;
		w.side[US].cfg.clients[0].reconnect = true;
		dial_world_start();
		dial_world_run(at * USEC_PER_MSEC);
		dial_world_crash(US);
		dial_world_run(120 * USEC_PER_SEC);
		ck_assert_msg(!strcmp(state(), "up"), "%s, killed after %u ms", state(),
			      (unsigned int)at);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dial_crash");
	TCase *t = tcase_create("dial_crash");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, dial_world_init, dial_world_fini);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, crashes);
	tcase_add_test(t, crashes_early);
	suite_add_tcase(suite, t);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
