/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intrusive hash table over 64-bit keys.  A key is what hash_bytes() or the caller makes of the
 * real one; entries of one key are told apart by the caller, who walks them with hash_next().
 * The owner supplies the buckets and may exchange them for more.
 */
#ifndef CULVERT_BASE_HASH_H
#define CULVERT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_node {
	struct hash_node *next;
	uint64_t key;
};

struct hash {
	struct hash_node **bucket;
	size_t size; /* buckets, a power of two */
	size_t count;
	uint64_t seed; /* random, so that a peer cannot aim at one bucket */
};

void hash_init(struct hash *h, struct hash_node **buckets, size_t size, uint64_t seed);

/* Rehash into size zeroed buckets; the old ones may be freed afterwards. */
void hash_grow(struct hash *h, struct hash_node **buckets, size_t size);
void hash_add(struct hash *h, struct hash_node *node, uint64_t key);
void hash_del(struct hash *h, struct hash_node *node); /* must be in it */

/* The first entry with this key, and the next one with the same key; NULL at the end. */
struct hash_node *hash_find(const struct hash *h, uint64_t key);
struct hash_node *hash_next(const struct hash_node *node);

uint64_t hash_bytes(const struct hash *h, const void *data, size_t len);

#endif
