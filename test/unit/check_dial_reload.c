// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Client profiles and another configuration: added, removed, changed, each while it is up and while
 * it is not.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config/config.h"
#include "test/unit/dial_world.h"

static struct config next;

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

/* What next says, from now on; the one before is no more. */
static void reload(void)
{
	static struct config between;

	between = w.side[US].cfg;
	ck_assert_int_eq(engine_reload(w.side[US].e, &between, w.now), 0);
	w.side[US].cfg = next;
	ck_assert_int_eq(engine_reload(w.side[US].e, &w.side[US].cfg, w.now), 0);
	memset(&between, 0xa5, sizeof(between));
	dial_world_run(5 * USEC_PER_SEC);
}

START_TEST(changed_while_up)
{
	dial_world_start();
	connect_up();
	next = w.side[US].cfg;
	next.clients[0].secret[0] ^= 1;
	next.clients[0].mtu = 1300;
	next.clients[0].echo_s = 7;
	strcpy(next.clients[0].user, "somebody");
	reload();
	dial_world_run(300 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up"); /* by the terms of its beginning */
	engine_disconnect(w.side[US].e, 0, "disconnected", w.now);
	dial_world_run(10 * USEC_PER_SEC);
	ck_assert_int_eq(engine_connect(w.side[US].e, 0, w.now), 0);
	dial_world_run(30 * USEC_PER_SEC);
	ck_assert_str_ne(state(), "up"); /* by the new ones, which are wrong */
	ck_assert_int_eq(w.news, ENGINE_CLIENT_FAILED);
	ck_assert_msg(strstr(w.text, "somebody") != NULL, "%s", w.text);
}
END_TEST

START_TEST(removed_while_up)
{
	struct client_report r;

	dial_world_start();
	connect_up();
	next = w.side[US].cfg;
	next.clients[0].removed = true;
	reload();
	ck_assert_int_eq(w.news, ENGINE_CLIENT_DOWN);
	ck_assert_msg(strstr(w.text, "removed from the configuration") != NULL, "%s", w.text);
	ck_assert(engine_report_client(w.side[US].e, 0, &r));
	ck_assert_str_eq(r.name, ""); /* nobody hears of it any more */
	ck_assert(!w.side[US].open);
	ck_assert_uint_eq(engine_stats(w.side[US].e)->tunnels, 0);
	ck_assert_int_eq(engine_connect(w.side[US].e, 0, w.now), -ENOENT);
	dial_world_run(600 * USEC_PER_SEC); /* and it does not come back */
	ck_assert_uint_eq(engine_stats(w.side[US].e)->tunnels, 0);
	next.clients[0].removed = false;
	reload();
	connect_up();
}
END_TEST

START_TEST(removed_while_waiting)
{
	w.side[US].cfg.clients[0].autostart = true;
	w.open_error = -EHOSTUNREACH;
	dial_world_start();
	dial_world_run(10 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "waiting");
	next = w.side[US].cfg;
	next.clients[0].removed = true;
	w.open_error = 0;
	reload();
	dial_world_run(600 * USEC_PER_SEC);
	ck_assert_uint_eq(engine_stats(w.side[US].e)->tunnels_total, 0);
}
END_TEST

START_TEST(added)
{
	next = w.side[US].cfg;
	w.side[US].cfg.n_clients = 0;
	dial_world_start();
	next.clients[0].autostart = true;
	reload();
	ck_assert_str_eq(state(), "up");
	/* and one that was there, but did not start by itself */
	engine_disconnect(w.side[US].e, 0, "disconnected", w.now);
	dial_world_run(10 * USEC_PER_SEC);
	reload();
	ck_assert_str_eq(state(), "idle"); /* nothing is different: somebody wanted it so */
	next.clients[0].autostart = false;
	reload();
	next.clients[0].autostart = true;
	reload();
	ck_assert_str_eq(state(), "up");
}
END_TEST

START_TEST(place_of_another)
{
	uint32_t seq = 0;

	dial_world_start();
	connect_up();
	next = w.side[US].cfg;
	next.clients[0].removed = true;
	reload();
	next.clients[0].removed = false;
	strcpy(next.clients[0].name, "other");
	reload();
	ck_assert_str_eq(dial_world_report().name, "other");
	ck_assert_ptr_null(engine_client_line(w.side[US].e, 0, &seq));
	connect_up();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dial_reload");
	TCase *t = tcase_create("dial_reload");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 300);
	tcase_add_checked_fixture(t, dial_world_init, dial_world_fini);
	tcase_add_test(t, changed_while_up);
	tcase_add_test(t, removed_while_up);
	tcase_add_test(t, removed_while_waiting);
	tcase_add_test(t, added);
	tcase_add_test(t, place_of_another);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
