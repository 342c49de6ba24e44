// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every failure gives one line that fits, and the usual ones say what to do.
 */
#include "netlink/advice.h"

#include <errno.h>
#include <string.h>

#include "test/unit/suite.h"

static char buf[KERN_DETAIL_MAX];

static const char *text(enum kern_stage stage, int error, const char *words)
{
	return advice_text(stage, error, words, buf, sizeof(buf));
}

START_TEST(usual_ones)
{
	ck_assert_ptr_nonnull(
		strstr(text(KERN_STAGE_PPPOX, -EPROTONOSUPPORT, NULL), "modprobe l2tp_ppp"));
	ck_assert_ptr_nonnull(strstr(text(KERN_STAGE_UNIT, -EMFILE, ""), "LimitNOFILE"));
	ck_assert_ptr_nonnull(strstr(text(KERN_STAGE_SOCKET, -ENETUNREACH, ""), "no route"));
	ck_assert_ptr_nonnull(strstr(text(KERN_STAGE_ROUTE, -EEXIST, ""), "ip route"));
	ck_assert_str_eq(text(KERN_STAGE_CHECK, -EINVAL, "tunnel id 0"), "refused: tunnel id 0");
	ck_assert_str_eq(text(KERN_STAGE_UNIT, -ECANCELED, ""), "cancelled");
}
END_TEST

START_TEST(others_keep_the_kernels_words)
{
	ck_assert_ptr_nonnull(
		strstr(text(KERN_STAGE_UNIT, -EINVAL, "MTU too large"), "MTU too large"));
	ck_assert_ptr_null(strchr(text(KERN_STAGE_UNIT, -EINVAL, ""), '('));
}
END_TEST

START_TEST(every_stage_and_error)
{
	for (int stage = KERN_STAGE_NONE; stage <= KERN_STAGE_ROUTE; stage++) {
		for (int error = 1; error < 134; error++) {
			text((enum kern_stage)stage, -error, "words");
			ck_assert_uint_lt(strlen(buf), sizeof(buf) - 1);
			ck_assert_ptr_null(strchr(buf, '\n'));
			ck_assert(buf[0] != '?');
		}
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("advice");
	TCase *tc = tcase_create("all");

	suite_add_tcase(s, tc);
	tcase_add_test(tc, usual_ones);
	tcase_add_test(tc, others_keep_the_kernels_words);
	tcase_add_test(tc, every_stage_and_error);
	return suite_run(s);
}
