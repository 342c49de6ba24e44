// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CHAP with MD5 and MS-CHAPv2, both sides, beyond what clients usually do.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "daemon/ppp/frame.h"
#include "test/unit/script.h"

static struct script s;

#define CHALLENGE "< c223 01 cid len 10 ?16 'concentrator'"
#define FAILED    "< c223 04 cid len 'E=691 R=1 C=' ?32 ' V=3 M=Authentication failed'"

static void begin(enum auth_method method)
{
	script_init(&s, LINK_SERVER);
	s.name = "chap";
	memset(s.cfg.methods, 0, sizeof(s.cfg.methods));
	s.cfg.methods[0] = (uint8_t)method;
	script_open(&s);
	script_step(&s, "> c021 01 01 len");
	script_step(&s, "ack c021");
	script_step(&s, "phase authenticate");
	script_step(&s, "< c021 01 *");
	script_step(&s, "< c021 02 *");
}

/* The client is asked for this method. */
static void begin_client(const char *option)
{
	char step[64];

	script_init(&s, LINK_CLIENT);
	s.name = "chap client";
	script_open(&s);
	snprintf(step, sizeof(step), "> c021 01 01 len %s", option);
	script_step(&s, step);
	script_step(&s, "ack c021");
	script_step(&s, "phase authenticate");
	script_step(&s, "skip");
}

/* The same Challenge, until somebody answers. */
START_TEST(repeated)
{
	uint8_t first[16];

	begin(AUTH_MSCHAPV2);
	memcpy(first, s.link.auth.challenge, 16);
	script_step(&s, CHALLENGE);
	script_step(&s, "wait 3000");
	script_step(&s, CHALLENGE);
	ck_assert_mem_eq(first, s.link.auth.challenge, 16);
	script_step(&s, "> c223 02 cid len 31 00*49 'User'");
	script_step(&s, "wait 20000");
	script_step(&s, "silent");
	script_step(&s, "asked 1");
}
END_TEST

START_TEST(nobody_answers)
{
	begin(AUTH_CHAP_MD5);
	script_step(&s, "wait 29000");
	ck_assert_uint_eq(s.count - s.taken, 10);
	script_step(&s, "skip");
	script_step(&s, "wait 2000");
	script_step(&s, "< c021 05 02 *");
	script_step(&s, "end auth-timeout");
}
END_TEST

START_TEST(malformed)
{
	begin(AUTH_MSCHAPV2);
	script_step(&s, CHALLENGE);
	script_step(&s, "> c223 02 cid len");
	script_step(&s, "> c223 02 cid len 31 00*48");
	script_step(&s, "> c223 02 cid len 30 00*48 'User'");
	script_step(&s, "> c223 02 cid len 32 00*50 'User'");
	script_step(&s, "> c223 02 cid len 10 00*16 'User'");
	script_step(&s, "> c223 02 cid len 31 00*49 41*256"); /* a name of 256 */
	script_step(&s, "> c223 02");
	script_step(&s, "> c223");
	script_step(&s, "> c223 02 cid 0040 31 00*49 'User'"); /* Length beyond the end */
	script_step(&s, "> c223 63 cid len");
	script_step(&s, "> c223 01 cid len 10 00*16 'me'"); /* it challenges us */
	script_step(&s, "> c023 01 01 len 04 'User' 01 'x'"); /* another method */
	script_step(&s, "silent");
	script_step(&s, "asked 0");
	script_step(&s, "noted malformed packet dropped");
	script_step(&s, "> c223 02 cid len 31 00*49 41*255");
	script_step(&s, "asked 1");
	ck_assert_uint_eq(s.request.user_len, 255);
}
END_TEST

START_TEST(wrong_id)
{
	begin(AUTH_MSCHAPV2);
	s.link.auth.id = 0x30;
	s.cid = 0x30;
	script_step(&s, "skip");
	script_step(&s, "> c223 02 31 len 31 00*49 'User'");
	script_step(&s, "> c223 02 2f len 31 00*49 'User'");
	script_step(&s, "asked 0");
	script_step(&s, "> c223 02 30 len 31 00*49");
	script_step(&s, "asked 1");
	ck_assert_uint_eq(s.request.user_len, 0);
}
END_TEST

/* RFC 2759 9.1: the answer to a Failure has the next id and the new challenge. */
START_TEST(next_id)
{
	uint8_t first[16];

	begin(AUTH_MSCHAPV2);
	s.link.auth.id = 0xff;
	s.cid = 0xff;
	script_step(&s, "skip");
	script_step(&s, "> c223 02 ff len 31 00*49 'User'");
	memcpy(first, s.request.challenge, 16);
	script_step(&s, "reject");
	script_step(&s, FAILED);
	script_step(&s, "> c223 02 01 len 31 00*49 'User'");
	script_step(&s, "silent");
	script_step(&s, "asked 1");
	script_step(&s, "> c223 02 00 len 31 00*49 'User'"); /* the same bytes, but a new id */
	script_step(&s, "asked 2");
	ck_assert_mem_ne(first, s.request.challenge, 16);
	ck_assert_uint_eq(s.request.id, 0);
	script_step(&s, "accept");
	script_step(&s, "< c223 03 00 len 'S=' 41*40 ' M=Welcome'");
	script_step(&s, "phase network");
}
END_TEST

/* The Failure has the challenge that the next Response is measured against. */
START_TEST(failure_text)
{
	char expected[33], got[33];

	begin(AUTH_MSCHAPV2);
	script_step(&s, CHALLENGE);
	script_step(&s, "> c223 02 cid len 31 00*49 'User'");
	script_step(&s, "reject");
	ck_assert_uint_eq(s.count, 1);
	for (int i = 0; i < 16; i++)
		snprintf(expected + 2 * i, 3, "%02X", s.link.auth.challenge[i]);
	snprintf(got, sizeof(got), "%.32s", (const char *)s.sent[0].data + 6 + 12);
	ck_assert_str_eq(got, expected);
}
END_TEST

/* A user who types slowly: the patience begins anew with each Failure. */
START_TEST(slow_typist)
{
	begin(AUTH_MSCHAPV2);
	script_step(&s, CHALLENGE);
	script_step(&s, "> c223 02 cid len 31 00*49 'User'");
	script_step(&s, "wait 50000");
	script_step(&s, "reject");
	script_step(&s, FAILED);
	script_step(&s, "wait 50000");
	script_step(&s, "silent");
	script_step(&s, "phase authenticate");
	script_step(&s, "wait 11000");
	script_step(&s, "< c021 05 *");
	script_step(&s, "end auth-timeout");
}
END_TEST

/* It hangs up after the Failure: that was the reason. */
START_TEST(gives_up)
{
	begin(AUTH_MSCHAPV2);
	script_step(&s, CHALLENGE);
	script_step(&s, "> c223 02 cid len 31 00*49 'User'");
	script_step(&s, "reject");
	script_step(&s, FAILED);
	script_step(&s, "> c021 05 02 len");
	script_step(&s, "end auth-failed");
}
END_TEST

START_TEST(md5)
{
	begin(AUTH_CHAP_MD5);
	script_step(&s, CHALLENGE);
	script_step(&s, "> c223 02 cid len 10 22*16 'User'");
	script_step(&s, "> c223 02 cid len 10 22*16 'User'");
	script_step(&s, "asked 1");
	ck_assert_uint_eq(s.request.method, AUTH_CHAP_MD5);
	ck_assert_uint_eq(s.request.data_len, 16);
	ck_assert_uint_eq(s.request.id, s.cid);
	script_step(&s, "accept");
	script_step(&s, "< c223 03 cid len 'Welcome'");
	script_step(&s, "< 8021 *");
	script_step(&s, "> c223 02 cid len 10 22*16 'User'");
	script_step(&s, "< c223 03 cid len 'Welcome'");
	script_step(&s, "> c223 07 01 len 00*60"); /* no change of passwords here */
	script_step(&s, "silent");
}
END_TEST

START_TEST(md5_refused)
{
	begin(AUTH_CHAP_MD5);
	script_step(&s, CHALLENGE);
	script_step(&s, "> c223 02 cid len 10 22*16 'User'");
	script_step(&s, "reject");
	script_step(&s, "< c223 04 cid len 'Authentication failed'");
	script_step(&s, "< c021 05 02 len 'Authentication failed'");
	script_step(&s, "end auth-failed");
}
END_TEST

/* An accept without the proof would be refused by the peer: it is not sent. */
START_TEST(no_proof)
{
	begin(AUTH_MSCHAPV2);
	script_step(&s, CHALLENGE);
	script_step(&s, "> c223 02 cid len 31 00*49 'User'");
	s.verdict.proof_len = 0;
	script_step(&s, "accept");
	script_step(&s, "< c223 04 cid len 'E=691 R=0 C=' *");
	script_step(&s, "end auth-failed");
}
END_TEST

/* --- the client --- */

START_TEST(client_repeats)
{
	uint8_t first[64];

	begin_client("03 05 c223 81");
	script_step(&s, "> c223 01 05 len 10 5b*16 'server'");
	ck_assert_uint_eq(s.count, 1);
	memcpy(first, s.sent[0].data, 64);
	script_step(&s, "skip");
	script_step(&s, "> c223 01 05 len 10 5b*16 'server'"); /* again: the same answer */
	ck_assert_mem_eq(first, s.sent[0].data, s.sent[0].len);
	script_step(&s, "skip");
	script_step(&s, "wait 3000"); /* the Success may be lost (RFC 1994 4.2) */
	ck_assert_mem_eq(first, s.sent[0].data, s.sent[0].len);
	script_step(&s, "skip");
	script_step(&s, "> c223 01 06 len 10 5b*16 'server'"); /* another: another answer */
	ck_assert_mem_ne(first, s.sent[0].data, s.sent[0].len);
	script_step(&s, "skip");
	script_step(&s, "> c223 03 05 len 'S=' 30*40");
	script_step(&s, "phase authenticate"); /* not the id */
	script_step(&s, "wait 40000");
	script_step(&s, "end auth-timeout");
}
END_TEST

START_TEST(client_malformed)
{
	begin_client("03 05 c223 81");
	script_step(&s, "> c223 01 05 len 0f 5b*15 'server'");
	script_step(&s, "> c223 01 05 len 00");
	script_step(&s, "> c223 01 05 len");
	script_step(&s, "> c223 01 05 len 10 5b*3");
	script_step(&s, "> c223 03 00 len 'S='");
	script_step(&s, "> c223 04 00 len");
	script_step(&s, "silent");
	script_step(&s, "phase authenticate");
	script_step(&s, "> c223 01 05 len 10 5b*16");
	script_step(&s, "< c223 02 05 len 31 ?49 'User'");
	script_step(&s, "> c223 03 05 len 'S=40'");
	script_step(&s, "end server-unproved");
}
END_TEST

START_TEST(client_failed)
{
	begin_client("03 05 c223 05");
	script_step(&s, "> c223 01 05 len 05 5b*5 'server'");
	script_step(&s, "< c223 02 05 len 10 ?16 'User'");
	script_step(&s, "> c223 04 05 len 'go away'");
	script_step(&s, "end auth-failed");
	ck_assert_str_eq(s.note, "go away");
}
END_TEST

/* RFC 1994 2: asked again on an open link. */
START_TEST(client_asked_again)
{
	begin_client("03 05 c223 05");
	script_step(&s, "> c223 01 05 len 05 5b*5 'server'");
	script_step(&s, "> c223 03 05 len");
	script_step(&s, "phase network");
	script_step(&s, "skip");
	script_step(&s, "> c223 01 09 len 08 11*8 'server'");
	script_step(&s, "< c223 02 09 len 10 ?16 'User'");
	ck_assert_uint_eq(s.link.auth.deadline, USEC_NEVER); /* it is up to the server */
	script_step(&s, "> c223 03 09 len");
	script_step(&s, "phase network");
}
END_TEST

/* A password that is not UTF-8 has no NT hash. */
START_TEST(client_bad_password)
{
	begin_client("03 05 c223 81");
	s.cfg.password = (const uint8_t *)"\xff";
	s.cfg.password_len = 1;
	script_step(&s, "> c223 01 05 len 10 5b*16 'server'");
	script_step(&s, "end auth-failed");
}
END_TEST

START_TEST(client_waits)
{
	begin_client("03 05 c223 81");
	script_step(&s, "wait 29000");
	script_step(&s, "silent");
	script_step(&s, "wait 2000");
	script_step(&s, "< c021 05 *");
	script_step(&s, "end auth-timeout");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("chap");
	TCase *t = tcase_create("chap");
	SRunner *sr;
	int failed;

	tcase_add_test(t, repeated);
	tcase_add_test(t, nobody_answers);
	tcase_add_test(t, malformed);
	tcase_add_test(t, wrong_id);
	tcase_add_test(t, next_id);
	tcase_add_test(t, failure_text);
	tcase_add_test(t, slow_typist);
	tcase_add_test(t, gives_up);
	tcase_add_test(t, md5);
	tcase_add_test(t, md5_refused);
	tcase_add_test(t, no_proof);
	tcase_add_test(t, client_repeats);
	tcase_add_test(t, client_malformed);
	tcase_add_test(t, client_failed);
	tcase_add_test(t, client_asked_again);
	tcase_add_test(t, client_bad_password);
	tcase_add_test(t, client_waits);
	suite_add_tcase(suite, t);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
