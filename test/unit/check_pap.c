// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PAP, both sides.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "daemon/ppp/frame.h"
#include "test/unit/script.h"

static struct script s;

static void begin(void)
{
	script_init(&s, LINK_SERVER);
	s.name = "pap";
	memset(s.cfg.methods, 0, sizeof(s.cfg.methods));
	s.cfg.methods[0] = AUTH_PAP;
	script_open(&s);
	script_step(&s, "> c021 01 01 len");
	script_step(&s, "ack c021");
	script_step(&s, "phase authenticate");
	script_step(&s, "skip");
}

static void begin_client(void)
{
	script_init(&s, LINK_CLIENT);
	s.name = "pap client";
	script_open(&s);
	script_step(&s, "> c021 01 01 len 03 04 c023");
	script_step(&s, "ack c021");
	script_step(&s, "phase authenticate");
	script_step(&s, "< c021 01 *");
	script_step(&s, "< c021 02 *");
}

START_TEST(accepted)
{
	begin();
	script_step(&s, "> c023 01 07 len 04 'User' 06 'secret'");
	script_step(&s, "asked 1");
	ck_assert_uint_eq(s.request.method, AUTH_PAP);
	ck_assert_uint_eq(s.request.user_len, 4);
	ck_assert_mem_eq(s.request.user, "User", 4);
	ck_assert_uint_eq(s.request.data_len, 6);
	ck_assert_mem_eq(s.request.data, "secret", 6);
	script_step(&s, "wait 20000");
	script_step(&s, "silent");
	script_step(&s, "accept");
	script_step(&s, "< c023 02 07 len 07 'Welcome'");
	script_step(&s, "< 8021 *");
	script_step(&s, "> c023 01 08 len 04 'User' 06 'secret'"); /* RFC 1334 2.2.1 */
	script_step(&s, "< c023 02 08 len 07 'Welcome'");
	script_step(&s, "asked 1");
}
END_TEST

START_TEST(refused)
{
	begin();
	script_step(&s, "> c023 01 07 len 04 'User' 06 'secret'");
	script_step(&s, "> c023 01 08 len 04 'User' 06 'secret'"); /* it waits for this id now */
	script_step(&s, "> c023 01 09 len 04 'User' 06 'others'"); /* one question at a time */
	script_step(&s, "asked 1");
	script_step(&s, "reject");
	script_step(&s, "< c023 03 08 len 15 'Authentication failed'");
	script_step(&s, "< c021 05 02 len 'Authentication failed'");
	script_step(&s, "end auth-failed");
}
END_TEST

START_TEST(broken)
{
	begin();
	script_step(&s, "> c023 01 07 len 00 00");
	ck_assert_uint_eq(s.request.user_len, 0);
	ck_assert_uint_eq(s.request.data_len, 0);
	script_step(&s, "error");
	script_step(&s, "< c023 03 07 len 1a 'Not possible at the moment'");
}
END_TEST

START_TEST(malformed)
{
	begin();
	script_step(&s, "> c023 01 07 len");
	script_step(&s, "> c023 01 07 len 04");
	script_step(&s, "> c023 01 07 len 05 'User'");
	script_step(&s, "> c023 01 07 len 04 'User'");
	script_step(&s, "> c023 01 07 len 04 'User' 07 'secret'");
	script_step(&s, "> c023 01 07 0020 04 'User' 06 'secret'");
	script_step(&s, "> c023 02 07 len 00");
	script_step(&s, "> c023 09 07 len 00");
	script_step(&s, "> c223 02 07 len 10 00*16");
	script_step(&s, "asked 0");
	script_step(&s, "silent");
	script_step(&s, "wait 31000");
	script_step(&s, "end auth-timeout");
}
END_TEST

START_TEST(client)
{
	begin_client();
	script_step(&s, "< c023 01 01 len 04 'User' 0a 'clientPass'");
	script_step(&s, "wait 3000");
	script_step(&s, "< c023 01 02 len 04 'User' 0a 'clientPass'");
	script_step(&s, "> c023 02 09 len 00"); /* not our id */
	script_step(&s, "phase authenticate");
	script_step(&s, "> c023 02 02 len 00");
	script_step(&s, "phase network");
	script_step(&s, "< 8021 01 *");
	script_step(&s, "> c023 03 02 len 00"); /* too late */
	script_step(&s, "phase network");
}
END_TEST

START_TEST(client_refused)
{
	begin_client();
	script_step(&s, "> c023 03 01 len 03 'why'");
	script_step(&s, "end auth-failed");
	ck_assert_str_eq(s.note, "why");
	begin_client();
	script_step(&s, "> c023 03 01 len"); /* some leave the message's length out */
	script_step(&s, "end auth-failed");
}
END_TEST

START_TEST(client_unheard)
{
	begin_client();
	script_step(&s, "wait 31000");
	script_step(&s, "end auth-timeout");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pap");
	TCase *t = tcase_create("pap");
	SRunner *sr;
	int failed;

	tcase_add_test(t, accepted);
	tcase_add_test(t, refused);
	tcase_add_test(t, broken);
	tcase_add_test(t, malformed);
	tcase_add_test(t, client);
	tcase_add_test(t, client_refused);
	tcase_add_test(t, client_unheard);
	suite_add_tcase(suite, t);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
