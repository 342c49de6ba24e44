// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table through growth, with equal keys and with keys that meet in one bucket.
 */
#include "daemon/base/hash.h"

#include "compiler.h"
#include "test/unit/dies.h"
#include "test/unit/seed.h"
#include "test/unit/suite.h"

#define N 1000

struct entry {
	struct hash_node node;
	bool in;
};

static size_t count_key(const struct hash *h, uint64_t key)
{
	size_t n = 0;

	for (struct hash_node *node = hash_find(h, key); node; node = hash_next(node)) {
		ck_assert(node->key == key);
		n++;
	}
	return n;
}

static void holds(const struct hash *h, const struct entry *e)
{
	size_t in = 0;

	for (size_t i = 0; i < N; i++) {
		size_t same = 0;

		in += e[i].in;
		for (size_t k = 0; k < N; k++)
			same += e[k].in && e[k].node.key == e[i].node.key;
		if (e[i].in)
			ck_assert_uint_eq(count_key(h, e[i].node.key), same);
	}
	ck_assert_uint_eq(h->count, in);
}

/* Few keys for many entries, added and deleted at random, with more and more buckets. */
START_TEST(random_life)
{
	static struct hash_node *buckets[4][1024];
	static struct entry e[N];
	static const size_t sizes[] = {1, 16, 128, 1024};
	struct hash h;
	struct seed s;

	seed_init(&s, 5);
	memset(e, 0, sizeof(e));
	hash_init(&h, buckets[0], sizes[0], 77);
	for (size_t g = 1; g <= ARRAY_SIZE(sizes); g++) {
		for (int step = 0; step < 3000; step++) {
			struct entry *x = &e[seed_below(&s, N)];

			if (x->in)
				hash_del(&h, &x->node);
			else
				hash_add(&h, &x->node, seed_below(&s, 300) * UINT64_C(0x100000001));
			x->in = !x->in;
		}
		holds(&h, e);
		if (g < ARRAY_SIZE(sizes)) {
			hash_grow(&h, buckets[g], sizes[g]);
			memset(buckets[g - 1], 0xff, sizeof(buckets[0])); /* used no more */
			holds(&h, e);
		}
	}
}
END_TEST

START_TEST(same_keys)
{
	struct hash_node *buckets[4];
	struct hash_node a, b, c, other;
	struct hash h;

	hash_init(&h, buckets, 4, 0);
	ck_assert_ptr_null(hash_find(&h, 1));
	hash_add(&h, &a, 1);
	hash_add(&h, &b, 1);
	hash_add(&h, &other, 2);
	hash_add(&h, &c, 1);
	ck_assert_uint_eq(count_key(&h, 1), 3);
	hash_del(&h, &b); /* from between */
	ck_assert_uint_eq(count_key(&h, 1), 2);
	hash_del(&h, &c);
	hash_del(&h, &a);
	ck_assert_ptr_null(hash_find(&h, 1));
	ck_assert_ptr_eq(hash_find(&h, 2), &other);
	ck_assert_uint_eq(h.count, 1);
}
END_TEST

struct pair {
	struct hash *h;
	struct hash_node *node;
};

static void delete_it(void *arg)
{
	struct pair *p = arg;

	hash_del(p->h, p->node);
}

static void three_buckets(void *arg)
{
	struct hash_node *buckets[3];
	struct hash h;

	(void)arg;
	hash_init(&h, buckets, 3, 0);
}

START_TEST(bugs)
{
	struct hash_node *buckets[2];
	struct hash_node a;
	struct hash h;
	struct pair p = {&h, &a};

	hash_init(&h, buckets, 2, 9);
	hash_add(&h, &a, 1);
	hash_del(&h, &a);
	ck_assert(dies(delete_it, &p));
	ck_assert(dies(three_buckets, NULL));
}
END_TEST

/* Each length and each bit counts, and so does the seed. */
START_TEST(bytes)
{
	struct hash_node *buckets[1];
	uint8_t data[40] = {0};
	struct hash h, other;

	hash_init(&h, buckets, 1, 1);
	hash_init(&other, buckets, 1, 2);
	for (size_t len = 0; len < sizeof(data); len++) {
		uint64_t x = hash_bytes(&h, data, len);

		ck_assert(x != hash_bytes(&h, data, len + 1));
		ck_assert(x != hash_bytes(&other, data, len));
		for (size_t bit = 0; bit < 8 * len; bit++) {
			data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			ck_assert(x != hash_bytes(&h, data, len));
			data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		ck_assert(x == hash_bytes(&h, data, len));
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hash");
	TCase *t = tcase_create("table");

	tcase_add_test(t, random_life);
	tcase_add_test(t, same_keys);
	tcase_add_test(t, bugs);
	tcase_add_test(t, bytes);
	suite_add_tcase(s, t);
	return suite_run(s);
}
