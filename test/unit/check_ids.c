// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ids: unique, never 0, not given again soon, and refused before guessing gets easy.
 */
#include "daemon/engine/ids.h"

#include <string.h>

#include "test/unit/dies.h"
#include "test/unit/seed.h"
#include "test/unit/suite.h"

#define LIVE_MAX 32768

static struct ids ids;
static struct seed seed;

static void begin(void)
{
	seed_init(&seed, 1);
	ids_init(&ids);
}

START_TEST(unique)
{
	static bool seen[65536];

	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < LIVE_MAX; i++) {
		uint16_t id = ids_take(&ids, &seed.rng);

		ck_assert_uint_ne(id, 0);
		ck_assert(!seen[id]);
		seen[id] = true;
	}
	/* half of them is all there are */
	ck_assert_uint_eq(ids_take(&ids, &seed.rng), 0);
	ck_assert_uint_eq(ids_take(&ids, &seed.rng), 0);
	for (uint32_t id = 1; id < 65536; id++)
		if (seen[id])
			ids_release(&ids, (uint16_t)id);
	ck_assert_uint_eq(ids.live, 0);
	ck_assert_uint_ne(ids_take(&ids, &seed.rng), 0);
}
END_TEST

/* After its release an id comes back at the earliest when 1024 others have been released. */
START_TEST(rests)
{
	static uint32_t released_at[65536]; /* 0: never */
	uint32_t n = 0;

	memset(released_at, 0, sizeof(released_at));
	for (int round = 0; round < 20000; round++) {
		uint16_t id = ids_take(&ids, &seed.rng);

		ck_assert(!released_at[id] || n - released_at[id] >= IDS_RESTING);
		ids_release(&ids, id);
		released_at[id] = ++n;
	}
}
END_TEST

/* With nearly everything taken the few ids that rest are not given out either. */
START_TEST(rests_when_crowded)
{
	uint16_t kept[10];
	size_t k = 0;

	for (int i = 0; i < LIVE_MAX; i++) {
		uint16_t id = ids_take(&ids, &seed.rng);

		if (k < 10)
			kept[k++] = id;
	}
	for (size_t i = 0; i < 10; i++)
		ids_release(&ids, kept[i]);
	for (size_t i = 0; i < 10; i++) {
		uint16_t id = ids_take(&ids, &seed.rng);

		ck_assert_uint_ne(id, 0);
		for (size_t n = 0; n < 10; n++)
			ck_assert_uint_ne(id, kept[n]);
	}
	ck_assert_uint_eq(ids_take(&ids, &seed.rng), 0);
}
END_TEST

START_TEST(reserved)
{
	ids_reserve(&ids, 1701);
	ids_reserve(&ids, 1701);
	for (int i = 0; i < LIVE_MAX; i++)
		ck_assert_uint_ne(ids_take(&ids, &seed.rng), 1701);
}
END_TEST

START_TEST(walks)
{
	uint16_t id;

	ck_assert_uint_eq(ids_next(&ids, 0), 0); /* reserved */
	ck_assert_uint_eq(ids_next(&ids, 1), 65536);
	ids_reserve(&ids, 63);
	ids_reserve(&ids, 64);
	ids_reserve(&ids, 65535);
	ck_assert_uint_eq(ids_next(&ids, 1), 63);
	ck_assert_uint_eq(ids_next(&ids, 63), 63);
	ck_assert_uint_eq(ids_next(&ids, 64), 64);
	ck_assert_uint_eq(ids_next(&ids, 65), 65535);
	ck_assert_uint_eq(ids_next(&ids, 65536), 65536);
	id = ids_take(&ids, &seed.rng);
	ck_assert_uint_eq(ids_next(&ids, id), id);
	for (uint32_t from = 0, n = 0; from < 65536; from++, n++) {
		from = ids_next(&ids, from);
		ck_assert_uint_le(n, 5);
	}
}
END_TEST

static void release_unknown(void *arg)
{
	uint16_t *id = arg;

	ids_release(&ids, *id);
}

START_TEST(bugs)
{
	uint16_t a = ids_take(&ids, &seed.rng), b = (uint16_t)(a ^ 1), zero = 0;

	ck_assert(dies(release_unknown, &b));
	ck_assert(dies(release_unknown, &zero));
	ids_release(&ids, a);
	ck_assert(dies(release_unknown, &a)); /* nothing is out */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ids");
	TCase *t = tcase_create("ids");

	tcase_add_checked_fixture(t, begin, NULL);
	tcase_add_test(t, unique);
	tcase_add_test(t, rests);
	tcase_add_test(t, rests_when_crowded);
	tcase_add_test(t, reserved);
	tcase_add_test(t, walks);
	tcase_add_test(t, bugs);
	suite_add_tcase(s, t);
	return suite_run(s);
}
