// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole links: our server and our client against each other, on good and bad wires.
 */
#include "daemon/ppp/link.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "daemon/ppp/frame.h"
#include "test/unit/pair.h"

static struct pair p;

static void only(struct link_config *cfg, enum auth_method method)
{
	memset(cfg->methods, 0, sizeof(cfg->methods));
	cfg->methods[0] = (uint8_t)method;
}

/* Each method, nothing lost: up with the fewest frames, and no restart timer ever fires. */
START_TEST(methods)
{
	pair_init(&p, 1);
	only(&p.server.cfg, (enum auth_method)_i);
	pair_open(&p);
	pair_run(&p, 2 * USEC_PER_SEC);
	ck_assert(pair_agree(&p));
	ck_assert_int_eq(p.server.phase, LINK_NETWORK);
	ck_assert_int_eq(p.client.phase, LINK_NETWORK);
	ck_assert_uint_eq(p.server.asked, _i != AUTH_NONE);
	ck_assert_uint_eq(p.server.requests[0], 1);
	ck_assert_uint_eq(p.server.requests[1], 1);
	ck_assert_uint_eq(p.client.requests[1], 2); /* 0.0.0.0, then what it was told */
	ck_assert_uint_eq(p.client.link.ipcp.local, PAIR_REMOTE);
	ck_assert_uint_eq(link_mtu(&p.server.link), 1400);
	ck_assert_uint_eq(link_deadline(&p.server.link), USEC_NEVER);
	ck_assert_uint_eq(link_deadline(&p.client.link), USEC_NEVER);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("link");
	TCase *t = tcase_create("pairs");

	tcase_add_loop_test(t, methods, AUTH_NONE, AUTH_MSCHAPV2 + 1);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *sr = srunner_create(suite());
	int failed;

	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
