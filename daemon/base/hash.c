// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/base/hash.h"

#include <string.h>

#include "compiler.h"

/* The finalizer of splitmix64: every bit of the input reaches every bit of the output. */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebu;
	x ^= x >> 31;
	return x;
}

static struct hash_node **bucket_of(const struct hash *h, uint64_t key)
{
	return &h->bucket[mix(key ^ h->seed) & (h->size - 1)];
}

void hash_init(struct hash *h, struct hash_node **buckets, size_t size, uint64_t seed)
{
	BUG_ON(size == 0 || (size & (size - 1)));
	h->bucket = buckets;
	h->size = size;
	h->count = 0;
	h->seed = seed;
	memset(buckets, 0, size * sizeof(*buckets));
}

void hash_grow(struct hash *h, struct hash_node **buckets, size_t size)
{
	struct hash old = *h;

	hash_init(h, buckets, size, old.seed);
	for (size_t i = 0; i < old.size; i++) {
		struct hash_node *n = old.bucket[i];

		while (n) {
			struct hash_node *next = n->next;

			hash_add(h, n, n->key);
			n = next;
		}
	}
}

void hash_add(struct hash *h, struct hash_node *node, uint64_t key)
{
	struct hash_node **b = bucket_of(h, key);

	node->key = key;
	node->next = *b;
	*b = node;
	h->count++;
}

void hash_del(struct hash *h, struct hash_node *node)
{
	struct hash_node **p = bucket_of(h, node->key);

	while (*p && *p != node)
		p = &(*p)->next;
	BUG_ON(!*p);
	*p = node->next;
	node->next = NULL;
	h->count--;
}

struct hash_node *hash_find(const struct hash *h, uint64_t key)
{
	struct hash_node *n = *bucket_of(h, key);

	while (n && n->key != key)
		n = n->next;
	return n;
}

struct hash_node *hash_next(const struct hash_node *node)
{
	struct hash_node *n = node->next;

	while (n && n->key != node->key)
		n = n->next;
	return n;
}

uint64_t hash_bytes(const struct hash *h, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t x = h->seed ^ len;

	for (; len >= 8; len -= 8, p += 8) {
		uint64_t word;

		memcpy(&word, p, sizeof(word));
		x = mix(x ^ word);
	}
	if (len) {
		uint64_t word = 0;

		memcpy(&word, p, len);
		x = mix(x ^ word);
	}
	return x;
}
