// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LCP beyond what clients usually do; the steps are explained in script.h.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "daemon/ppp/frame.h"
#include "test/unit/script.h"

static struct script s;

static void begin(enum link_role role)
{
	script_init(&s, role);
	s.name = "lcp";
}

static void begin_open(void)
{
	begin(LINK_SERVER);
	script_open(&s);
	script_run(&s, script_lcp_up);
	script_run(&s, script_authenticated);
}

/* 1500 is what every peer takes anyway (RFC 1661 6.1). */
START_TEST(no_mru)
{
	begin(LINK_SERVER);
	s.cfg.mru = 1500;
	s.cfg.methods[0] = AUTH_NONE;
	script_open(&s);
	script_step(&s, "< c021 01 01 len 05 06 magic");
}
END_TEST

START_TEST(mru_naked)
{
	begin(LINK_SERVER);
	script_open(&s);
	script_step(&s, "skip");
	script_step(&s, "> c021 03 01 len 01 04 0514"); /* 1300: less is fine */
	script_step(&s, "< c021 01 02 len 01 04 0514 03 05 c223 81 05 06 magic");
	script_step(&s, "> c021 03 02 len 01 04 05dc"); /* 1500: more is not */
	script_step(&s, "< c021 01 03 len 01 04 0514 03 05 c223 81 05 06 magic");
	script_step(&s, "> c021 03 03 len 01 04 0001");
	script_step(&s, "< c021 01 04 len 01 04 0514 03 05 c223 81 05 06 magic");
	script_step(&s, "> c021 04 04 len 01 04 0514");
	script_step(&s, "< c021 01 05 len 03 05 c223 81 05 06 magic");
}
END_TEST

START_TEST(magic_rejected)
{
	begin(LINK_SERVER);
	script_open(&s);
	script_step(&s, "skip");
	script_step(&s, "> c021 04 01 len 05 06 00000000");
	script_step(&s, "< c021 01 02 len 01 04 0578 03 05 c223 81");
	script_step(&s, "ack c021");
	script_step(&s, "> c021 01 01 len");
	script_step(&s, "< c021 02 01 len");
	script_step(&s, "skip");
	script_step(&s, "> c021 09 01 len 00000000");
	script_step(&s, "< c021 0a 01 len 00000000");
}
END_TEST

/* A peer that says what it wants instead gets that, not our next best. */
START_TEST(method_named)
{
	begin(LINK_SERVER);
	script_open(&s);
	script_step(&s, "skip");
	script_step(&s, "> c021 03 01 len 03 04 c023");
	script_step(&s, "< c021 01 02 len 01 04 0578 03 04 c023 05 06 magic");
	script_step(&s, "> c021 03 02 len 03 05 c223 81"); /* which it has just refused */
	script_step(&s, "< c021 01 03 len 01 04 0578 03 05 c223 05 05 06 magic");
}
END_TEST

/* RFC 1661 6.4: when it may be a loop, nothing else is said. */
START_TEST(own_magic_alone)
{
	begin(LINK_SERVER);
	script_open(&s);
	script_step(&s, "skip");
	script_step(&s, "> c021 01 01 len 01 04 0001 0d 03 06 05 06 magic 01 04 0002");
	script_step(&s, "< c021 03 01 len 05 06 ?4");
}
END_TEST

START_TEST(long_identification)
{
	begin(LINK_SERVER);
	script_open(&s);
	script_step(&s, "> c021 0c 01 len 11223344 41*400");
	ck_assert_uint_eq(s.link.lcp.ident_len, LCP_IDENT_MAX);
	ck_assert_uint_eq(strlen(s.note), LCP_IDENT_MAX);
}
END_TEST

/* Once our own number in an echo, as some peers do by mistake: no loop. */
START_TEST(own_magic_once)
{
	begin(LINK_SERVER);
	s.cfg.echo = 10 * USEC_PER_SEC;
	script_open(&s);
	script_run(&s, script_lcp_up);
	script_run(&s, script_authenticated);
	script_step(&s, "ack 8021");
	script_step(&s, "> 8021 01 01 len 03 06 0a000064");
	script_step(&s, "> c021 09 01 len magic");
	for (int i = 1; i < 10; i++) {
		script_step(&s, "wait 10000");
		script_step(&s, "> c021 0a 01 len 11223344");
		script_step(&s, "phase network");
	}
	/* and when there is no other answer than our own */
	for (int i = 1; i < 5; i++) {
		script_step(&s, "wait 10000");
		script_step(&s, "> c021 0a 01 len magic");
	}
	script_step(&s, "end loopback");
}
END_TEST

START_TEST(bad_values)
{
	begin(LINK_SERVER);
	script_open(&s);
	script_step(&s, "skip");
	script_step(&s, "> c021 01 01 len 01 04 0000 05 06 00000000");
	script_step(&s, "< c021 03 01 len 01 04 0080 05 06 ?4");
	script_step(&s, "> c021 01 02 len 01 04 0080 03 05 c223 81");
	script_step(&s, "< c021 04 02 len 03 05 c223 81"); /* who is the server here? */
	script_step(&s, "> c021 01 03 len 01 03 05 07 03 00 02 02");
	script_step(&s, "< c021 04 03 len 01 03 05 07 03 00 02 02");
	script_step(&s, "> c021 01 04 len 01 04 0080");
	script_step(&s, "< c021 02 04 len 01 04 0080");
	ck_assert_uint_eq(s.link.lcp.peer_mru, 128);
}
END_TEST

/* RFC 1661 5.2: not the id, not the options that we sent: not an answer. */
START_TEST(answers_that_are_none)
{
	begin(LINK_SERVER);
	script_open(&s);
	script_step(&s, "> c021 01 01 len");
	script_step(&s, "skip");
	script_step(&s, "> c021 02 02 len 01 04 0578 03 05 c223 81 05 06 magic");
	script_step(&s, "> c021 02 00 len 01 04 0578 03 05 c223 81 05 06 magic");
	script_step(&s, "> c021 02 01 len 01 04 0578 05 06 magic");
	script_step(&s, "> c021 02 01 len");
	script_step(&s, "> c021 03 07 len 01 04 0500");
	script_step(&s, "> c021 04 07 len 03 05 c223 81");
	script_step(&s, "> c021 03 01 len 01 00"); /* cannot be read */
	script_step(&s, "silent");
	script_step(&s, "phase establish");
	script_step(&s, "ack c021");
	script_step(&s, "phase authenticate");
	script_step(&s, "skip");
	script_step(&s, "ack c021"); /* a repeat */
	script_step(&s, "silent");
	script_step(&s, "phase authenticate");
}
END_TEST

/* Options that we do not send may be naked and rejected as the peer likes. */
START_TEST(refuses_what_is_not_there)
{
	begin(LINK_SERVER);
	script_open(&s);
	script_step(&s, "skip");
	script_step(&s, "> c021 04 01 len 07 02 08 02 02 06 00000000 fe 02");
	script_step(&s, "< c021 01 02 len 01 04 0578 03 05 c223 81 05 06 magic");
	script_step(&s, "> c021 03 02 len 11 04 0640");
	script_step(&s, "< c021 01 03 len 01 04 0578 03 05 c223 81 05 06 magic");
	script_step(&s, "> c021 03 03 len");
	script_step(&s, "< c021 01 04 len 01 04 0578 03 05 c223 81 05 06 magic");
}
END_TEST

/* An option that is naked without end is given up, except the one that we insist on. */
START_TEST(nak_becomes_reject)
{
	char step[64];

	begin(LINK_SERVER);
	script_open(&s);
	for (unsigned int i = 1; i <= 6; i++) {
		script_step(&s, "skip");
		snprintf(step, sizeof(step), "> c021 03 %02x len 01 04 05dc", i);
		script_step(&s, step);
	}
	script_step(&s, "< c021 01 07 len 03 05 c223 81 05 06 magic");
}
END_TEST

START_TEST(code_rejected)
{
	begin(LINK_SERVER);
	s.cfg.echo = 10 * USEC_PER_SEC;
	script_open(&s);
	script_run(&s, script_lcp_up);
	script_run(&s, script_authenticated);
	script_step(&s, "ack 8021");
	script_step(&s, "> 8021 01 01 len 03 06 0a000064");
	script_step(&s, "skip");
	script_step(&s, "wait 10000");
	script_step(&s, "< c021 09 01 len magic");
	script_step(&s, "> c021 07 01 len 09 01 0008 00000000");
	script_step(&s, "wait 100000"); /* it does not know echoes: it is not asked again */
	script_step(&s, "silent");
	script_step(&s, "phase network");
	script_step(&s, "> c021 07 02 len 01 01 0004"); /* and now it does not know requests */
	script_step(&s, "< c021 05 02 len");
	script_step(&s, "end protocol-error");
	script_step(&s, "wait 6000");
	script_step(&s, "phase dead");
}
END_TEST

START_TEST(lcp_rejected)
{
	begin_open();
	script_step(&s, "> c021 08 01 len c021 0101 0004");
	script_step(&s, "< c021 05 02 len");
	script_step(&s, "end protocol-error");
}
END_TEST

START_TEST(auth_rejected)
{
	begin(LINK_SERVER);
	script_open(&s);
	script_run(&s, script_lcp_up);
	script_step(&s, "skip");
	script_step(&s, "> c021 08 01 len c223 01010010");
	script_step(&s, "< c021 05 02 *");
	script_step(&s, "end no-common-auth");
}
END_TEST

START_TEST(ipcp_rejected)
{
	begin_open();
	script_step(&s, "> c021 08 01 len 8021 01010010");
	script_step(&s, "< c021 05 02 len 'No network protocol'");
	script_step(&s, "end no-network-protocol");
}
END_TEST

/* IPv6 alone is a network, too; a rejected data protocol means its NCP. */
START_TEST(ipcp_rejected_ipv6_stays)
{
	begin(LINK_SERVER);
	s.cfg.ipv6 = true;
	script_open(&s);
	script_run(&s, script_lcp_up);
	script_run(&s, script_authenticated);
	script_step(&s, "< 8057 01 01 *");
	script_step(&s, "> c021 08 01 len 0021 45");
	script_step(&s, "silent");
	script_step(&s, "ack 8057");
	script_step(&s, "> 8057 01 01 len 01 0a 021122fffe334455");
	script_step(&s, "< 8057 02 01 *");
	script_step(&s, "up 8057");
	script_step(&s, "wait 100000");
	script_step(&s, "phase network");
}
END_TEST

/* Rejected before LCP is open, or with nothing in it: nothing. */
START_TEST(reject_out_of_place)
{
	begin(LINK_SERVER);
	script_open(&s);
	script_step(&s, "skip");
	script_step(&s, "> c021 08 01 len c021 0101 0004");
	script_step(&s, "> c021 08 01 len c0");
	script_step(&s, "> c021 08 01 len");
	script_step(&s, "> c021 07 01 len");
	script_step(&s, "> c021 0a 01 len 11");
	script_step(&s, "> c021 0c 01 len 11");
	script_step(&s, "> c021 09 01 len 11223344"); /* RFC 1661 5.8: only in Opened */
	script_step(&s, "> c021 0b 01 len");
	script_step(&s, "silent");
	script_step(&s, "phase establish");
}
END_TEST

/* A request from before, that the wire has kept: not a new negotiation. */
START_TEST(old_request)
{
	begin(LINK_SERVER);
	script_open(&s);
	script_step(&s, "skip");
	script_step(&s, "> c021 01 fe len 0d 03 06");
	script_step(&s, "> c021 01 ff len 05 06 11223344");
	script_step(&s, "skip");
	script_step(&s, "> c021 01 fe len 0d 03 06");
	script_step(&s, "silent");
	script_step(&s, "ack c021");
	script_step(&s, "phase authenticate");
	script_step(&s, "skip");
	script_step(&s, "> c021 01 fe len 0d 03 06");
	script_step(&s, "silent");
	script_step(&s, "> c021 01 ff len 05 06 11223344");
	script_step(&s, "< c021 02 ff len 05 06 11223344");
	script_step(&s, "silent");
	script_step(&s, "> c021 01 00 len 05 06 11223345"); /* a new one */
	script_step(&s, "< c021 01 02 *");
	script_step(&s, "< c021 02 00 len 05 06 11223345");
	script_step(&s, "phase establish");
}
END_TEST

START_TEST(terminated_while_establishing)
{
	begin(LINK_SERVER);
	script_open(&s);
	script_step(&s, "skip");
	script_step(&s, "> c021 05 02 len 'no thanks'");
	script_step(&s, "< c021 06 02 len");
	script_step(&s, "wait 15000");
	script_step(&s, "phase dead");
	script_step(&s, "end peer-request");
	ck_assert_uint_eq(s.downs, 1);
}
END_TEST

/* Its Terminate-Ack is lost: ours again, twice in all, then the end. */
START_TEST(terminate_retried)
{
	begin_open();
	script_step(&s, "close");
	script_step(&s, "< c021 05 02 len 'bye'");
	script_step(&s, "wait 3000");
	script_step(&s, "< c021 05 03 len");
	script_step(&s, "> c021 09 09 len 11223344");
	script_step(&s, "> 8021 01 01 len 03 06 0a000064");
	script_step(&s, "> c223 02 01 len 31 00*49");
	script_step(&s, "silent");
	script_step(&s, "wait 3000");
	script_step(&s, "silent");
	script_step(&s, "phase dead");
	script_step(&s, "end local-request");
	ck_assert_uint_eq(s.downs, 1);
	script_step(&s, "> c021 05 01 len");
	script_step(&s, "silent");
}
END_TEST

/* Cut at each byte, with the Length as it was and with one that fits. */
START_TEST(truncated)
{
	static const uint8_t whole[] = { 0xc0, 0x21, 1,    7,    0,    0x15, 1,    4,
					 5,    0x78, 5,    6,    0x11, 0x22, 0x33, 0x44,
					 7,    2,    8,    2,    0x0d, 3,    6 };

	for (size_t n = 0; n < sizeof(whole); n++) {
		for (int fit = 0; fit < 2; fit++) {
			uint8_t *copy = malloc(n ? n : 1);

			begin(LINK_SERVER);
			script_open(&s);
			script_step(&s, "skip");
			memcpy(copy, whole, n);
			if (fit && n >= 6)
				copy[5] = (uint8_t)(n - 2);
			link_input(&s.link, copy, n, &s.env);
			script_take(&s);
			free(copy);
			/* options that end where the packet does are accepted, anything else not */
			if (fit && (n == 6 || n == 10 || n == 16 || n == 18 || n == 20))
				script_step(&s, "< c021 02 07 *");
			script_step(&s, "silent");
		}
	}
}
END_TEST

/* Data and others' frames in each phase: not a word before the network phase. */
START_TEST(wrong_phase)
{
	static const char *const frames[] = { "> 8021 01 01 len 03 06 00000000", "> 80fd 01 01 len",
					      "> 0021 45", "> 8235 00", "> c227 01 01 len",
					      "> c223 02 01 len 10 00*16", "> c025 00" };

	begin(LINK_SERVER);
	script_open(&s);
	script_step(&s, "skip");
	for (size_t i = 0; i < ARRAY_SIZE(frames); i++)
		script_step(&s, frames[i]);
	script_step(&s, "silent");
	begin(LINK_SERVER);
	script_open(&s);
	script_run(&s, script_lcp_up);
	script_step(&s, "skip");
	for (size_t i = 0; i + 2 < ARRAY_SIZE(frames); i++)
		script_step(&s, frames[i]);
	script_step(&s, "silent");
	script_step(&s, "asked 0");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lcp");
	TCase *t = tcase_create("lcp");
	SRunner *sr;
	int failed;

	tcase_add_test(t, no_mru);
	tcase_add_test(t, mru_naked);
	tcase_add_test(t, magic_rejected);
	tcase_add_test(t, method_named);
	tcase_add_test(t, own_magic_alone);
	tcase_add_test(t, long_identification);
	tcase_add_test(t, own_magic_once);
	tcase_add_test(t, bad_values);
	tcase_add_test(t, answers_that_are_none);
	tcase_add_test(t, refuses_what_is_not_there);
	tcase_add_test(t, nak_becomes_reject);
	tcase_add_test(t, code_rejected);
	tcase_add_test(t, lcp_rejected);
	tcase_add_test(t, auth_rejected);
	tcase_add_test(t, ipcp_rejected);
	tcase_add_test(t, ipcp_rejected_ipv6_stays);
	tcase_add_test(t, reject_out_of_place);
	tcase_add_test(t, old_request);
	tcase_add_test(t, terminated_while_establishing);
	tcase_add_test(t, terminate_retried);
	tcase_add_test(t, truncated);
	tcase_add_test(t, wrong_phase);
	suite_add_tcase(suite, t);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
