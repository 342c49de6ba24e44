// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report of a reload, from role to role: what is written is read again, and nothing else is.
 */
#include "daemon/reload_report.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/config/config_errors.h"
#include "daemon/config/config_keys.h"

static const struct reload_change change = {RELOAD_CHANGED, CONFIG_APPLY_START, "layout",
					    "auto",	    "classic",		"every socket"};

static struct reload_report_text text, again;

static void teardown(void)
{
	reload_report_fini(&text);
	reload_report_fini(&again);
}

START_TEST(there_and_back)
{
	int fd;

	text.head.generation = 7;
	reload_report_change(&text, &change);
	reload_report_change(&text, &change);
	reload_report_error(&text, "%s:%d: no", "culvert.conf", 3);
	fd = reload_report_memfd(&text);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "x", 1), -1); /* for nobody to change */
	ck_assert_int_eq(reload_report_read(fd, &again), 0);
	close(fd);
	ck_assert_uint_eq(again.head.n_changes, 2);
	ck_assert_uint_eq(again.head.n_start, 2);
	ck_assert_uint_eq(again.head.generation, 7);
	ck_assert_mem_eq(&again.changes[1], &change, sizeof(change));
	ck_assert_str_eq(again.errors[0].text, "culvert.conf:3: no");
}
END_TEST

START_TEST(errors)
{
	struct config_errors errs;

	config_errors_init(&errs);
	config_errors_add(&errs, "a", 1, "first");
	config_errors_add(&errs, "b", 0, "second");
	errs.dropped = 4;
	reload_report_errors(&text, &errs);
	config_errors_fini(&errs);
	ck_assert_uint_eq(text.head.n_errors, 3);
	ck_assert_str_eq(text.errors[0].text, "a:1: first");
	ck_assert_str_eq(text.errors[2].text, "and 4 more");
	for (int i = 0; i < 2 * RELOAD_ERRORS_MAX; i++)
		reload_report_error(&text, "more");
	ck_assert_uint_eq(text.head.n_errors, RELOAD_ERRORS_MAX);
}
END_TEST

/* A memfd with this report's bytes, of which the one at `at` is `value`. */
static int spoiled(size_t at, uint8_t value, size_t cut)
{
	int fd = reload_report_memfd(&text), copy = memfd_create("x", MFD_ALLOW_SEALING);
	static uint8_t bytes[65536];
	ssize_t n = pread(fd, bytes, sizeof(bytes), 0);

	bytes[at] = value;
	ck_assert_int_eq(write(copy, bytes, (size_t)n - cut), n - (ssize_t)cut);
	ck_assert_int_eq(
		fcntl(copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
		0);
	close(fd);
	return copy;
}

static void refused(size_t at, uint8_t value, size_t cut, int error)
{
	int fd = spoiled(at, value, cut);

	ck_assert_int_eq(reload_report_read(fd, &again), error);
	close(fd);
}

START_TEST(hostile)
{
	const size_t first = sizeof(struct reload_report);
	struct reload_change unended = change;
	int fd;

	reload_report_change(&text, &change);
	refused(offsetof(struct reload_report, version), 99, 0, -EPROTO);
	refused(offsetof(struct reload_report, n_changes), 2, 0, -EMSGSIZE);
	refused(offsetof(struct reload_report, n_changes) + 3, 0xff, 0, -EPROTO);
	refused(offsetof(struct reload_report, n_errors) + 1, 1, 0, -EPROTO);
	refused(0, RELOAD_VERSION, 1, -EMSGSIZE);
	refused(0, RELOAD_VERSION, first + sizeof(change) - 3, -EMSGSIZE);
	refused(first + offsetof(struct reload_change, kind), 9, 0, -EPROTO);
	refused(first + offsetof(struct reload_change, apply), 0, 0, -EPROTO);
	memset(unended.now, 'x', sizeof(unended.now));
	reload_report_change(&text, &unended);
	refused(0, RELOAD_VERSION, 0, -EPROTO);
	fd = memfd_create("x", 0); /* not sealed: it may change while it is looked at */
	ck_assert_int_eq(ftruncate(fd, (off_t)first), 0);
	ck_assert_int_eq(reload_report_read(fd, &again), -EPERM);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("reload_report");
	TCase *t = tcase_create("reload_report");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, there_and_back);
	tcase_add_test(t, errors);
	tcase_add_test(t, hostile);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
