// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which CHILD_SAs there are: rekeyings, addresses that change, snapshots, a charon that counts
 * from 1 again.
 */
#include "daemon/ike/sa_table.h"

#include <errno.h>
#include <string.h>

#include "test/unit/suite.h"

static struct sa_table table;

static void begin(void)
{
	ck_assert_int_eq(sa_table_init(&table, 42), 0);
}

static void end(void)
{
	sa_table_fini(&table);
}

static struct ike_child child(uint32_t unique, uint32_t mark)
{
	return (struct ike_child){
		.head = {.type = IKE_CHILD, .version = IKE_VERSION},
		.unique = unique,
		.mark_in = mark,
		.mark_out = mark,
		.spi_in = 1000 + unique,
		.spi_out = 2000 + unique,
		.ike_version = 1,
		.local = {.family = ENDPOINT_IPV4, .port = 4500, .addr = {192, 0, 2, 1}},
		.remote = {.family = ENDPOINT_IPV4, .port = 4500, .addr = {192, 0, 2, 9}},
	};
}

static struct sa *put(const struct ike_child *m, enum sa_change expected)
{
	enum sa_change change;
	struct sa *sa;

	ck_assert_int_eq(sa_table_put(&table, m, &sa, &change), 0);
	ck_assert_int_eq(change, expected);
	ck_assert_ptr_eq(sa_by_unique(&table, m->unique), sa);
	return sa;
}

START_TEST(found_by_both)
{
	struct ike_child m = child(1, 7), unmarked = child(2, 0);
	struct sa *sa = put(&m, SA_NEW);

	put(&unmarked, SA_NEW);
	ck_assert_ptr_eq(sa_by_mark(&table, 7), sa);
	ck_assert_ptr_null(sa_by_mark(&table, 0));
	ck_assert(sa_serves(sa));
	ck_assert(!sa_serves(sa_by_unique(&table, 2)));
	m.flags = IKE_CHILD_INITIATOR;
	ck_assert(!sa_serves(put(&m, SA_SAME)));
	sa_table_remove(&table, sa);
	ck_assert_ptr_null(sa_by_unique(&table, 1));
	ck_assert_ptr_null(sa_by_mark(&table, 7));
	ck_assert_uint_eq(sa_table_count(&table), 1);
}
END_TEST

START_TEST(rekeyed)
{
	struct ike_child m = child(1, 7), next = child(2, 7);
	struct sa *sa = put(&m, SA_NEW);

	next.replaces = 1;
	ck_assert_ptr_eq(put(&next, SA_REKEYED), sa);
	ck_assert_ptr_null(sa_by_unique(&table, 1));
	ck_assert_ptr_eq(sa_by_mark(&table, 7), sa);
	ck_assert_uint_eq(sa->child.spi_in, 1002);
	/* both ends rekeyed the same one at a time: the second finds no predecessor */
	next = child(3, 7);
	next.replaces = 1;
	put(&next, SA_NEW);
	sa_table_remove(&table, sa_by_unique(&table, 3));
	ck_assert_ptr_eq(sa_by_mark(&table, 7), sa);
}
END_TEST

START_TEST(rekeyed_with_another_mark)
{
	struct ike_child m = child(1, 7), next = child(2, 8);

	put(&m, SA_NEW);
	next.replaces = 1;
	put(&next, SA_NEW); /* what had mark 7 does not get mark 8 by somebody's word */
	ck_assert_ptr_nonnull(sa_by_mark(&table, 7));
	ck_assert_ptr_nonnull(sa_by_mark(&table, 8));
}
END_TEST

START_TEST(moved)
{
	struct ike_child m = child(1, 7);

	put(&m, SA_NEW);
	m.remote.port = 33000;
	put(&m, SA_MOVED);
	m.local.addr[3] = 77;
	put(&m, SA_MOVED);
	m.reqid = 5;
	put(&m, SA_SAME);
}
END_TEST

START_TEST(snapshot)
{
	struct ike_child a = child(1, 7), b = child(2, 8), c = child(3, 9);

	put(&a, SA_NEW);
	put(&b, SA_NEW);
	ck_assert_ptr_null(sa_table_doubted(&table));
	sa_table_begin(&table);
	put(&b, SA_SAME);
	put(&c, SA_NEW);
	ck_assert_uint_eq(sa_table_doubted(&table)->child.unique, 1);
	sa_table_remove(&table, sa_table_doubted(&table));
	ck_assert_ptr_null(sa_table_doubted(&table));
	ck_assert_uint_eq(sa_table_count(&table), 2);
}
END_TEST

START_TEST(counted_from_1_again)
{
	struct ike_child a = child(1, 1), other = child(1, 1);

	put(&a, SA_NEW);
	ck_assert_ptr_null(sa_table_impostor(&table, &a));
	other.spi_in = 4711;
	ck_assert_ptr_eq(sa_table_impostor(&table, &other), sa_by_unique(&table, 1));
	other = a;
	other.mark_in = 2;
	ck_assert_ptr_nonnull(sa_table_impostor(&table, &other));
	other.unique = 2;
	ck_assert_ptr_null(sa_table_impostor(&table, &other));
}
END_TEST

START_TEST(many)
{
	enum sa_change change;
	struct ike_child m;
	struct sa *sa;

	for (uint32_t i = 1; i <= SA_TABLE_MAX; i++) {
		m = child(i, i);
		put(&m, SA_NEW);
	}
	m = child(SA_TABLE_MAX + 1, 1);
	ck_assert_int_eq(sa_table_put(&table, &m, &sa, &change), -ENOSPC);
	sa_table_begin(&table);
	while ((sa = sa_table_doubted(&table)))
		sa_table_remove(&table, sa);
	ck_assert_ptr_null(sa_table_first(&table));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sa_table");
	TCase *t = tcase_create("table");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, found_by_both);
	tcase_add_test(t, rekeyed);
	tcase_add_test(t, rekeyed_with_another_mark);
	tcase_add_test(t, moved);
	tcase_add_test(t, snapshot);
	tcase_add_test(t, counted_from_1_again);
	tcase_add_test(t, many);
	suite_add_tcase(s, t);
	return suite_run(s);
}
