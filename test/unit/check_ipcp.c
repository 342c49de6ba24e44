// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IPCP, both sides, beyond what clients usually do.
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
	script_open(&s);
	script_run(&s, script_lcp_up);
	script_run(&s, script_authenticated);
}

static void begin_client(void)
{
	script_init(&s, LINK_CLIENT);
	s.name = "ipcp client";
	script_open(&s);
	script_step(&s, "> c021 01 01 len");
	script_step(&s, "ack c021");
	script_step(&s, "phase network");
	script_step(&s, "< c021 01 *");
	script_step(&s, "< c021 02 *");
	script_step(&s, "< 8021 01 01 len 03 06 00000000 81 06 00000000 83 06 00000000");
}

/* What there is not is rejected, all of it at once. */
START_TEST(nothing_to_give)
{
	script_init(&s, LINK_SERVER);
	s.dns[0] = s.dns[1] = 0;
	begin();
	script_step(&s, "> 8021 01 01 len 03 06 00000000 81 06 00000000 82 06 00000000");
	script_step(&s, "< 8021 04 01 len 81 06 00000000 82 06 00000000");
	script_step(&s, "> 8021 01 02 len 03 06 00000000");
	script_step(&s, "< 8021 03 02 len 03 06 0a000064");
}
END_TEST

/* A peer that insists on an address of its own does not get it. */
START_TEST(wants_another)
{
	char step[64];

	script_init(&s, LINK_SERVER);
	begin();
	for (unsigned int i = 1; i <= 5; i++) {
		snprintf(step, sizeof(step), "> 8021 01 %02x len 03 06 c0a80001", i);
		script_step(&s, step);
		snprintf(step, sizeof(step), "< 8021 03 %02x len 03 06 0a000064", i);
		script_step(&s, step);
	}
	for (unsigned int i = 6; i <= 10; i++) {
		snprintf(step, sizeof(step), "> 8021 01 %02x len 03 06 c0a80001", i);
		script_step(&s, step);
		snprintf(step, sizeof(step), "< 8021 04 %02x len 03 06 c0a80001", i);
		script_step(&s, step);
	}
	script_step(&s, "> 8021 01 0b len 03 06 c0a80001");
	script_step(&s, "< 8021 05 *");
	script_step(&s, "< c021 05 *");
	script_step(&s, "end no-network-protocol");
}
END_TEST

/* One that does not ask for an address is told that it has one; if it will not, so be it. */
START_TEST(asks_for_none)
{
	char step[64];

	script_init(&s, LINK_SERVER);
	begin();
	for (unsigned int i = 1; i <= 5; i++) {
		snprintf(step, sizeof(step), "> 8021 01 %02x len", i);
		script_step(&s, step);
		snprintf(step, sizeof(step), "< 8021 03 %02x len 03 06 0a000064", i);
		script_step(&s, step);
	}
	script_step(&s, "> 8021 01 06 len");
	script_step(&s, "< 8021 02 06 len");
}
END_TEST

START_TEST(short_options)
{
	script_init(&s, LINK_SERVER);
	begin();
	script_step(&s, "> 8021 01 01 len 03 04 0000 81 07 0000000000");
	script_step(&s, "< 8021 04 01 len 03 04 0000 81 07 0000000000");
	script_step(&s, "> 8021 01 02 len 01 0a 00*8 ff 02");
	script_step(&s, "< 8021 04 02 len 01 0a 00*8 ff 02");
}
END_TEST

/* Our own address is not the peer's to choose; whether it wants to know it is. */
START_TEST(our_address)
{
	script_init(&s, LINK_SERVER);
	begin();
	script_step(&s, "> 8021 03 01 len 03 06 c0a80001");
	script_step(&s, "< 8021 01 02 len 03 06 0a000001");
	script_step(&s, "> 8021 04 02 len 03 06 0a000001");
	script_step(&s, "< 8021 01 03 len");
	script_step(&s, "ack 8021");
	script_step(&s, "> 8021 01 01 len 03 06 0a000064");
	script_step(&s, "< 8021 02 01 len 03 06 0a000064");
	script_step(&s, "up 8021");
}
END_TEST

START_TEST(no_address_of_ours)
{
	static const char *const authenticated[] = {
		"< c223 01 *", "> c223 02 cid len 31 00*49 'User'", "accept", "< c223 03 *",
		"< 8021 01 01 len", NULL,
	};

	script_init(&s, LINK_SERVER);
	s.local = 0;
	script_open(&s);
	script_run(&s, script_lcp_up);
	script_run(&s, authenticated);
}
END_TEST

/* A frame that comes while the verdict is awaited is not lost, nor acted upon before. */
START_TEST(early)
{
	script_init(&s, LINK_SERVER);
	s.name = "early";
	script_open(&s);
	script_step(&s, "shut");
	script_run(&s, script_lcp_up);
	script_step(&s, "skip");
	script_step(&s, "> c223 02 cid len 31 00*49 'User'");
	script_step(&s, "> 8021 01 05 len 03 06 00000000");
	script_step(&s, "> 8021 01 06 000a 03 06 00000000 0000"); /* the newest counts */
	script_step(&s, "silent");
	script_step(&s, "accept");
	script_step(&s, "silent"); /* the gate is closed */
	script_step(&s, "> 8021 01 07 len 03 06 00000000");
	script_step(&s, "silent");
	script_step(&s, "gate");
	script_step(&s, "< c223 03 *");
	script_step(&s, "< 8021 01 01 *");
	script_step(&s, "< 8021 03 07 len 03 06 0a000064");
	script_step(&s, "ack 8021");
	script_step(&s, "silent");
	script_step(&s, "> 8021 01 09 len 03 06 0a000064");
	script_step(&s, "< 8021 02 09 len 03 06 0a000064");
	script_step(&s, "up 8021");
}
END_TEST

START_TEST(held_then_terminated)
{
	script_init(&s, LINK_SERVER);
	script_open(&s);
	script_run(&s, script_lcp_up);
	script_step(&s, "> 8021 01 07 len 03 06 0a000064");
	script_step(&s, "> 8021 05 08 len");
	script_run(&s, script_authenticated);
	script_step(&s, "silent");
}
END_TEST

/* Longer than what may be kept: dropped, and taken when it comes again. */
START_TEST(too_long_to_hold)
{
	script_init(&s, LINK_SERVER);
	script_open(&s);
	script_run(&s, script_lcp_up);
	s.name = "long";
	script_step(&s, "> 8021 01 07 len 03 06 0a000064 03 06 0a000064 03 06 0a000064"
			" 03 06 0a000064 03 06 0a000064 03 06 0a000064 03 06 0a000064"
			" 03 06 0a000064 03 06 0a000064 03 06 0a000064 03 06 0a000064"
			" 03 06 0a000064 03 06 0a000064 03 06 0a000064 03 06 0a000064"
			" 03 06 0a000064");
	script_run(&s, script_authenticated);
	script_step(&s, "silent");
	script_step(&s, "> 8021 01 07 len 03 06 0a000064");
	script_step(&s, "< 8021 02 07 len 03 06 0a000064");
}
END_TEST

/* IPCP closed by the peer may be opened again; if it is not, the link goes. */
START_TEST(closed_by_peer)
{
	script_init(&s, LINK_SERVER);
	s.name = "closed";
	begin();
	script_step(&s, "ack 8021");
	script_step(&s, "> 8021 01 01 len 03 06 0a000064");
	script_step(&s, "< 8021 02 01 *");
	script_step(&s, "up 8021");
	script_step(&s, "> 8021 05 02 len");
	script_step(&s, "< 8021 06 02 len");
	script_step(&s, "down 8021");
	script_step(&s, "wait 4000");
	script_step(&s, "phase network");
	script_step(&s, "> 8021 01 03 len 03 06 0a000064");
	script_step(&s, "< 8021 01 02 len 03 06 0a000001");
	script_step(&s, "< 8021 02 03 *");
	script_step(&s, "ack 8021");
	script_step(&s, "up 8021");
	script_step(&s, "> 8021 05 04 len");
	script_step(&s, "down 8021");
	script_step(&s, "wait 70000");
	script_step(&s, "end no-network-protocol");
}
END_TEST

/* A new request on an open IPCP: down, and up with what comes of it. */
START_TEST(renegotiated)
{
	script_init(&s, LINK_SERVER);
	s.name = "renegotiated";
	begin();
	script_step(&s, "ack 8021");
	script_step(&s, "> 8021 01 01 len 03 06 0a000064");
	script_step(&s, "skip");
	script_step(&s, "up 8021");
	script_step(&s, "> 8021 01 02 len 03 06 00000000");
	script_step(&s, "down 8021");
	script_step(&s, "< 8021 01 02 len 03 06 0a000001");
	script_step(&s, "< 8021 03 02 len 03 06 0a000064");
	script_step(&s, "ack 8021");
	script_step(&s, "> 8021 01 03 len 03 06 0a000064");
	script_step(&s, "up 8021");
	script_step(&s, "phase network");
}
END_TEST

START_TEST(client)
{
	begin_client();
	script_step(&s, "> 8021 04 01 len 83 06 00000000");
	script_step(&s, "< 8021 01 02 len 03 06 00000000 81 06 00000000");
	script_step(&s, "> 8021 03 02 len 03 06 0a000064 81 06 0a000035");
	script_step(&s, "< 8021 01 03 len 03 06 0a000064 81 06 0a000035");
	script_step(&s, "> 8021 01 01 len 02 06 002d 0f 01 03 06 0a000001 81 06 00000000");
	script_step(&s, "< 8021 04 01 len 02 06 002d 0f 01 81 06 00000000");
	script_step(&s, "> 8021 01 02 len 03 06 0a000001");
	script_step(&s, "< 8021 02 02 len 03 06 0a000001");
	script_step(&s, "ack 8021");
	script_step(&s, "up 8021");
	ck_assert_uint_eq(s.link.ipcp.local, 0x0a000064);
	ck_assert_uint_eq(s.link.ipcp.remote, 0x0a000001);
	ck_assert_uint_eq(s.link.ipcp.dns[0], 0x0a000035);
	ck_assert_uint_eq(s.link.ipcp.dns[1], 0);
}
END_TEST

/* A server that has no address for us is of no use. */
START_TEST(client_gets_nothing)
{
	begin_client();
	script_step(&s, "ack 8021"); /* 0.0.0.0 */
	script_step(&s, "> 8021 01 01 len 03 06 0a000001");
	script_step(&s, "up 0");
	script_step(&s, "end no-network-protocol");
	begin_client();
	script_step(&s, "> 8021 04 01 len 03 06 00000000");
	script_step(&s, "end no-network-protocol");
}
END_TEST

START_TEST(client_asked_for_address)
{
	begin_client();
	script_step(&s, "> 8021 01 01 len 03 06 00000000");
	script_step(&s, "< 8021 04 01 len 03 06 00000000");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ipcp");
	TCase *t = tcase_create("ipcp");
	SRunner *sr;
	int failed;

	tcase_add_test(t, nothing_to_give);
	tcase_add_test(t, wants_another);
	tcase_add_test(t, asks_for_none);
	tcase_add_test(t, short_options);
	tcase_add_test(t, our_address);
	tcase_add_test(t, no_address_of_ours);
	tcase_add_test(t, early);
	tcase_add_test(t, held_then_terminated);
	tcase_add_test(t, too_long_to_hold);
	tcase_add_test(t, closed_by_peer);
	tcase_add_test(t, renegotiated);
	tcase_add_test(t, client);
	tcase_add_test(t, client_gets_nothing);
	tcase_add_test(t, client_asked_for_address);
	suite_add_tcase(suite, t);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
