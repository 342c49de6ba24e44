// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pools of addresses: nobody gets what somebody has, everything is given out before anything is
 * refused, the same user comes to the same address, and what was given back rests.
 */
#include "daemon/engine/pool.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "include/config.h"

#define NET(a) (0x0a000000u + (a)) /* 10.0.0.0 */

static struct config conf;
static struct pools *pools;

static void add_pool(const char *name, uint32_t first, uint32_t last)
{
	struct config_pool *p = &conf.pools[conf.n_pools++];

	strcpy(p->name, name);
	p->first = first;
	p->last = last;
}

static void add_group(uint32_t local)
{
	conf.groups[conf.n_groups++].local_address = local;
}

static void setup(void)
{
	memset(&conf, 0, sizeof(conf));
	add_pool("small", NET(1), NET(10));
	add_pool("big", NET(0x10000), NET(0x10000 + 999));
	add_group(NET(1));
	pools = pool_new(&conf);
	ck_assert_ptr_nonnull(pools);
}

static void teardown(void)
{
	pool_free(pools);
}

/* A user's hash: users that differ differ in all of it. */
static uint64_t user(uint64_t n)
{
	n = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
	return n ^ n >> 29;
}

static uint32_t take(unsigned int pool, uint64_t hash)
{
	uint32_t a = 0;

	ck_assert_int_eq(pool_take(pools, pool, hash, &a), 0);
	ck_assert_uint_ge(a, conf.pools[pool].first);
	ck_assert_uint_le(a, conf.pools[pool].last);
	return a;
}

START_TEST(all_and_no_more)
{
	bool seen[11] = {false};
	struct pool_stats s;
	uint32_t a = 7;

	for (unsigned int i = 0; i < 9; i++) {
		uint32_t got = take(0, user(i)) - NET(0);

		ck_assert(!seen[got]);
		seen[got] = true;
	}
	ck_assert(!seen[1]); /* our own end of the links */
	ck_assert_int_eq(pool_take(pools, 0, user(99), &a), -ENOSPC);
	ck_assert_uint_eq(a, 7);
	s = pool_stats(pools, 0);
	ck_assert_str_eq(s.name, "small");
	ck_assert_uint_eq(s.total, 9);
	ck_assert_uint_eq(s.used, 9);
	ck_assert_uint_eq(s.excluded, 1);
	ck_assert_uint_eq(s.taken, 9);
	ck_assert_uint_eq(s.refused, 1);
	ck_assert_uint_eq(s.first, NET(1));
	ck_assert_uint_eq(s.last, NET(10));
	ck_assert_uint_eq(pool_stats(pools, 1).used, 0);
	ck_assert_uint_eq(pool_count(pools), 2);
	pool_release(pools, NET(5));
	ck_assert_uint_eq(take(0, user(99)), NET(5));
}
END_TEST

START_TEST(same_user_same_address)
{
	uint32_t a = take(1, user(1));
	uint32_t b;

	for (unsigned int i = 0; i < 5; i++) {
		pool_release(pools, a);
		ck_assert_uint_eq(take(1, user(1)), a);
	}
	/* a second session of the same user gets another one */
	b = take(1, user(1));
	ck_assert_uint_ne(b, a);
	pool_release(pools, b);
	pool_release(pools, a);
	ck_assert_uint_eq(take(1, user(1)), a);
}
END_TEST

START_TEST(given_back_rests)
{
	uint32_t a = take(1, user(1));

	pool_release(pools, a);
	/* somebody else, whose hash leads to just this address */
	ck_assert_uint_ne(take(1, user(1) ^ UINT64_C(0x5555) << 48), a);
	/* 990 strangers more, and still nobody has got it */
	for (unsigned int i = 0; i < 990; i++)
		ck_assert_uint_ne(take(1, user(1000000 + i)), a);
	ck_assert_uint_eq(take(1, user(1)), a);
}
END_TEST

/* A user that comes and goes does not shorten the rest of the others' addresses. */
START_TEST(rest_is_not_cut_short)
{
	uint32_t a = take(1, user(1));

	pool_release(pools, a);
	for (unsigned int i = 0; i < 1500; i++)
		pool_release(pools, take(1, user(2)));
	ck_assert_uint_ne(take(1, user(1) ^ UINT64_C(0x5555) << 48), a);
}
END_TEST

START_TEST(resting_ones_wake_up)
{
	for (unsigned int i = 0; i < 9; i++)
		take(0, user(i));
	for (unsigned int i = 2; i <= 10; i++)
		pool_release(pools, NET(i));
	ck_assert_uint_eq(pool_stats(pools, 0).used, 0);
	for (unsigned int i = 100; i < 109; i++)
		take(0, user(i));
	ck_assert_uint_eq(pool_stats(pools, 0).used, 9);
}
END_TEST

START_TEST(reserved)
{
	ck_assert_int_eq(pool_reserve(pools, NET(1)), -EADDRNOTAVAIL);
	ck_assert_int_eq(pool_reserve(pools, NET(4)), 0);
	ck_assert_int_eq(pool_reserve(pools, NET(4)), -EADDRINUSE);
	for (unsigned int i = 0; i < 8; i++)
		ck_assert_uint_ne(take(0, user(i)), NET(4));
	ck_assert_int_eq(pool_take(pools, 0, user(0), &(uint32_t){0}), -ENOSPC);
	ck_assert_int_eq(pool_reserve(pools, NET(5)), -EADDRINUSE);
	pool_release(pools, NET(4));
	ck_assert_int_eq(pool_reserve(pools, NET(4)), 0);
}
END_TEST

START_TEST(outside)
{
	for (uint32_t i = 0; i < 5000; i++)
		ck_assert_int_eq(pool_reserve(pools, NET(0x80000 + i)), 0);
	ck_assert_uint_eq(pool_outside(pools), 5000);
	for (uint32_t i = 0; i < 5000; i++)
		ck_assert_int_eq(pool_reserve(pools, NET(0x80000 + i)), -EADDRINUSE);
	for (uint32_t i = 0; i < 5000; i += 2)
		pool_release(pools, NET(0x80000 + i));
	ck_assert_uint_eq(pool_outside(pools), 2500);
	ck_assert_int_eq(pool_reserve(pools, NET(0x80000)), 0);
	ck_assert_int_eq(pool_reserve(pools, NET(0x80001)), -EADDRINUSE);
}
END_TEST

START_TEST(new_configuration)
{
	struct config old = conf;
	uint32_t a = take(1, user(1)), b = take(0, user(2));

	ck_assert_int_eq(pool_reserve(pools, NET(500)), 0);
	/* the small pool has gone, another covers what was outside, a is an end of ours now */
	conf.n_pools = 0;
	conf.n_groups = 0;
	add_pool("big", NET(0x10000), NET(0x10000 + 999));
	add_pool("new", NET(400), NET(600));
	add_group(a);
	ck_assert_int_eq(pool_reload(pools, &conf), 0);
	ck_assert_uint_eq(pool_outside(pools), 2); /* a and b */
	ck_assert_uint_eq(pool_stats(pools, 0).used, 0);
	ck_assert_uint_eq(pool_stats(pools, 0).excluded, 1);
	ck_assert_uint_eq(pool_stats(pools, 1).used, 1);
	ck_assert_int_eq(pool_reserve(pools, NET(500)), -EADDRINUSE);
	pool_release(pools, a);
	pool_release(pools, b);
	pool_release(pools, NET(500));
	ck_assert_uint_eq(pool_outside(pools), 0);
	ck_assert_int_eq(pool_reserve(pools, a), -EADDRNOTAVAIL);
	conf = old;
	ck_assert_int_eq(pool_reload(pools, &conf), 0);
	ck_assert_uint_eq(take(1, user(1)), a); /* remembered */
}
END_TEST

START_TEST(no_pools)
{
	teardown();
	memset(&conf, 0, sizeof(conf));
	pools = pool_new(&conf);
	ck_assert_ptr_nonnull(pools);
	ck_assert_uint_eq(pool_count(pools), 0);
	ck_assert_int_eq(pool_reserve(pools, NET(1)), 0);
}
END_TEST

/* The edges of words of the bitmap: every size from one address to beyond two words. */
START_TEST(every_size)
{
	for (uint32_t size = 1; size <= 130; size++) {
		uint32_t a;

		teardown();
		memset(&conf, 0, sizeof(conf));
		add_pool("p", NET(7), NET(7) + size - 1);
		pools = pool_new(&conf);
		for (uint32_t i = 0; i < size; i++)
			take(0, user(i));
		ck_assert_int_eq(pool_take(pools, 0, UINT64_MAX, &a), -ENOSPC);
		pool_release(pools, NET(7) + size - 1);
		ck_assert_uint_eq(take(0, 0), NET(7) + size - 1);
	}
}
END_TEST

/* A long life, against a list of who has what. */
START_TEST(random_life)
{
	static uint32_t has[1500];
	unsigned int rnd = 1, n = 0, full = 0;

	for (unsigned int step = 0; step < 50000; step++) {
		unsigned int who = rand_r((unsigned int *)&rnd) % 1500u;
		uint32_t a;

		if (has[who]) {
			pool_release(pools, has[who]);
			has[who] = 0;
			n--;
			continue;
		}
		if (pool_take(pools, 1, user(who), &a)) {
			full++;
			ck_assert_uint_eq(n, 1000);
			continue;
		}
		for (unsigned int i = 0; i < 1500 && step % 16 == 0; i++)
			ck_assert_uint_ne(has[i], a);
		has[who] = a;
		ck_assert_uint_eq(pool_stats(pools, 1).used, ++n);
	}
	ck_assert_uint_eq(pool_stats(pools, 1).refused, full);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pool");
	TCase *c = tcase_create("pool");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, all_and_no_more);
	tcase_add_test(c, same_user_same_address);
	tcase_add_test(c, given_back_rests);
	tcase_add_test(c, rest_is_not_cut_short);
	tcase_add_test(c, resting_ones_wake_up);
	tcase_add_test(c, reserved);
	tcase_add_test(c, outside);
	tcase_add_test(c, new_configuration);
	tcase_add_test(c, no_pools);
	tcase_add_test(c, every_size);
	tcase_add_test(c, random_life);
	suite_add_tcase(s, c);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
