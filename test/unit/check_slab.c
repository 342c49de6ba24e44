// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Objects come from what was given, aligned, and from nothing else.
 */
#include "daemon/base/slab.h"

#include <stdint.h>
#include <string.h>

#include "test/unit/dies.h"
#include "test/unit/suite.h"

static unsigned char memory[4096] __attribute__((aligned(16)));

START_TEST(takes_all)
{
	void *taken[64];
	struct slab s;
	size_t n = 0;

	slab_init(&s, 40);
	ck_assert_uint_eq(s.object, 48);
	ck_assert_ptr_null(slab_take(&s));
	slab_give(&s, memory, 48 * 3 + 47); /* the rest is too small for another */
	ck_assert_uint_eq(s.total, 3);
	while ((taken[n] = slab_take(&s))) {
		ck_assert(((uintptr_t)taken[n] & 15) == 0);
		ck_assert((unsigned char *)taken[n] >= memory);
		ck_assert((unsigned char *)taken[n] + s.object <= memory + 48 * 3);
		memset(taken[n], (int)n, s.object);
		n++;
	}
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(s.used, 3);
	for (size_t i = 0; i < n; i++) /* none lies in another */
		for (size_t k = 0; k < s.object; k++)
			ck_assert_uint_eq(((unsigned char *)taken[i])[k], i);
}
END_TEST

START_TEST(reuses)
{
	struct slab s;
	void *a, *b;

	slab_init(&s, 512);
	slab_give(&s, memory, 1024);
	a = slab_take(&s);
	b = slab_take(&s);
	ck_assert_ptr_null(slab_take(&s));
	slab_put(&s, a);
	slab_put(&s, NULL);
	ck_assert_uint_eq(s.used, 1);
	ck_assert_ptr_eq(slab_take(&s), a);
	slab_give(&s, memory + 1024, 512);
	ck_assert_ptr_nonnull(slab_take(&s));
	ck_assert_ptr_null(slab_take(&s));
	ck_assert_uint_eq(s.total, 3);
	slab_put(&s, b);
	ck_assert_uint_eq(s.used, 2);
}
END_TEST

START_TEST(too_little)
{
	struct slab s;

	slab_init(&s, 512);
	slab_give(&s, memory, 511);
	slab_give(&s, memory, 0);
	ck_assert_uint_eq(s.total, 0);
	ck_assert_ptr_null(slab_take(&s));
}
END_TEST

static void crooked(void *arg)
{
	slab_give(arg, memory + 8, 1024);
}

static void tiny(void *arg)
{
	slab_init(arg, sizeof(void *) - 1);
}

static void returned_twice(void *arg)
{
	slab_put(arg, memory);
	slab_put(arg, memory);
}

START_TEST(bugs)
{
	struct slab s;

	slab_init(&s, 512);
	ck_assert(dies(crooked, &s));
	ck_assert(dies(tiny, &s));
	slab_give(&s, memory, 512);
	slab_take(&s);
	ck_assert(dies(returned_twice, &s));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slab");
	TCase *t = tcase_create("objects");

	tcase_add_test(t, takes_all);
	tcase_add_test(t, reuses);
	tcase_add_test(t, too_little);
	tcase_add_test(t, bugs);
	suite_add_tcase(s, t);
	return suite_run(s);
}
