// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IPV6CP: identifiers that are missing, zero, the same or refused.
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
	s.name = "ipv6cp";
	s.cfg.ipv6 = true;
	script_open(&s);
	script_run(&s, script_lcp_up);
	script_run(&s, script_authenticated);
	script_step(&s, "< 8057 01 01 len 01 0a ?8");
}

static bool offered(const uint8_t *local)
{
	static const uint8_t zero[8];
	const uint8_t *nak = s.sent[s.count - 1].data;

	return nak[2] == 3 && memcmp(nak + 8, zero, 8) && memcmp(nak + 8, local, 8);
}

/* RFC 5072 4.1: something that is neither zero nor ours is proposed. */
START_TEST(proposed)
{
	char step[80];
	const uint8_t *l;

	begin();
	l = s.link.ipv6cp.local;
	ck_assert_uint_eq(l[0] & 2, 0);
	script_step(&s, "> 8057 01 01 len 01 0a 00*8");
	ck_assert(offered(l));
	script_step(&s, "skip");
	script_step(&s, "> 8057 01 02 len");
	ck_assert(offered(l));
	script_step(&s, "skip");
	snprintf(step, sizeof(step), "> 8057 01 03 len 01 0a %02x%02x%02x%02x%02x%02x%02x%02x", l[0],
		 l[1], l[2], l[3], l[4], l[5], l[6], l[7]);
	script_step(&s, step);
	ck_assert(offered(l));
	script_step(&s, "skip");
	script_step(&s, "> 8057 01 04 len 02 04 004f 01 0a 021122fffe334455");
	script_step(&s, "< 8057 04 04 len 02 04 004f");
	script_step(&s, "> 8057 01 05 len 01 0a 021122fffe334455");
	script_step(&s, "< 8057 02 05 len 01 0a 021122fffe334455");
	ck_assert_mem_eq(s.link.ipv6cp.remote, "\x02\x11\x22\xff\xfe\x33\x44\x55", 8);
}
END_TEST

/* The kernel may have ours already: it stays, whatever the peer proposes. */
START_TEST(ours_stays)
{
	uint8_t before[8];

	begin();
	memcpy(before, s.link.ipv6cp.local, 8);
	script_step(&s, "> 8057 03 01 len 01 0a 021122fffe334455");
	script_step(&s, "< 8057 01 02 len 01 0a ?8");
	ck_assert_mem_eq(s.link.ipv6cp.local, before, 8);
}
END_TEST

/* Without an identifier of ours there is no IPv6; IPv4 does not mind. */
START_TEST(ours_rejected)
{
	begin();
	script_step(&s, "> 8057 04 01 len 01 0a 00*8");
	script_step(&s, "< 8057 05 02 len");
	script_step(&s, "phase network");
	script_step(&s, "ack 8021");
	script_step(&s, "> 8021 01 01 len 03 06 0a000064");
	script_step(&s, "up 8021");
	script_step(&s, "wait 100000");
	script_step(&s, "phase network");
}
END_TEST

START_TEST(client_takes)
{
	script_init(&s, LINK_CLIENT);
	s.cfg.ipv6 = true;
	script_open(&s);
	script_step(&s, "> c021 01 01 len");
	script_step(&s, "ack c021");
	script_step(&s, "skip");
	script_step(&s, "> 8057 03 01 len 01 0a 021122fffe334455");
	script_step(&s, "< 8057 01 02 len 01 0a 021122fffe334455");
	script_step(&s, "> 8057 03 02 len 01 0a 00*8"); /* zero is no proposal */
	script_step(&s, "< 8057 01 03 len 01 0a 021122fffe334455");
	script_step(&s, "> 8057 03 03 len 01 04 0000");
	script_step(&s, "< 8057 01 04 len 01 0a 021122fffe334455");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ipv6cp");
	TCase *t = tcase_create("ipv6cp");
	SRunner *sr;
	int failed;

	tcase_add_test(t, proposed);
	tcase_add_test(t, ours_stays);
	tcase_add_test(t, ours_rejected);
	tcase_add_test(t, client_takes);
	suite_add_tcase(suite, t);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
