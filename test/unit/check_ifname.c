// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers of interface names: the lowest first, none twice, none of somebody else's again.
 */
#include "netlink/ifname.h"

#include <errno.h>
#include <stdlib.h>

#include "test/unit/suite.h"

START_TEST(lowest_first)
{
	struct ifnames names = {0};
	struct ifname a, b, c, other;

	ck_assert_int_eq(ifname_take(&names, "ppp", &a), 0);
	ck_assert_int_eq(ifname_take(&names, "ppp", &b), 0);
	ck_assert_int_eq(ifname_take(&names, "vpn", &other), 0);
	ck_assert_str_eq(a.text, "ppp0");
	ck_assert_str_eq(b.text, "ppp1");
	ck_assert_str_eq(other.text, "vpn0");
	ifname_put(&a);
	ifname_put(&a);
	ck_assert_int_eq(ifname_take(&names, "ppp", &c), 0);
	ck_assert_str_eq(c.text, "ppp0");
	ifnames_free(&names);
}
END_TEST

START_TEST(foreign_is_passed_over)
{
	struct ifnames names = {0};
	struct ifname a, b;

	ck_assert_int_eq(ifname_take(&names, "ppp", &a), 0);
	ifname_foreign(&a);
	ifname_put(&a); /* not ours to give back */
	ck_assert_int_eq(ifname_take(&names, "ppp", &b), 0);
	ck_assert_str_eq(b.text, "ppp1");
	ifnames_free(&names);
}
END_TEST

START_TEST(all_of_them)
{
	struct ifname *all = calloc(IFNAME_NUMBERS, sizeof(*all));
	struct ifnames names = {0};
	struct ifname more;

	ck_assert_ptr_nonnull(all);
	for (uint32_t i = 0; i < IFNAME_NUMBERS; i++) {
		ck_assert_int_eq(ifname_take(&names, "vpn-abc", &all[i]), 0);
		ck_assert_uint_eq(all[i].number, i);
	}
	ck_assert_str_eq(all[65535].text, "vpn-abc65535");
	ck_assert_int_eq(ifname_take(&names, "vpn-abc", &more), -ENOSPC);
	ifname_put(&all[40000]);
	ck_assert_int_eq(ifname_take(&names, "vpn-abc", &more), 0);
	ck_assert_uint_eq(more.number, 40000);
	ifnames_free(&names);
	free(all);
}
END_TEST

/* By an earlier process: its numbers are taken, and given back like others. */
START_TEST(claimed)
{
	struct ifnames names = {0};
	struct ifname one, renamed, foreign, more;

	ck_assert_int_eq(ifname_claim(&names, "vpn", "vpn0", &one), 0);
	ck_assert_str_eq(one.text, "vpn0");
	ck_assert_int_eq(ifname_claim(&names, "vpn", "office", &renamed), 0);
	ck_assert_str_eq(renamed.text, "office");
	ck_assert_int_eq(ifname_claim(&names, "vpn", "vpn99999999", &foreign), 0);
	ck_assert_ptr_null(foreign.pool);
	ck_assert_int_eq(ifname_take(&names, "vpn", &more), 0);
	ck_assert_str_eq(more.text, "vpn1");
	ifname_put(&renamed);
	ifname_put(&one);
	ck_assert_int_eq(ifname_take(&names, "vpn", &more), 0);
	ck_assert_str_eq(more.text, "vpn0");
	ifnames_free(&names);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ifname");
	TCase *tc = tcase_create("all");

	suite_add_tcase(s, tc);
	tcase_add_test(tc, lowest_first);
	tcase_add_test(tc, foreign_is_passed_over);
	tcase_add_test(tc, all_of_them);
	tcase_add_test(tc, claimed);
	return suite_run(s);
}
