// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bitmaps of addresses.
 *
 * Where to start looking: at the address that the user's hash points to, so that the same user
 * comes to the same address as long as nobody else has it; two users that point to the same one
 * share it in turns.  From there the next free address that was not given back lately.  "Lately"
 * is a second bitmap: an address is marked there when it is given back, and all marks of a pool
 * are wiped when only marked ones are left.  The user that an address was given to last may have
 * it back at once; a small hash per address tells.
 */
#include "daemon/engine/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "daemon/base/hash.h"
#include "include/config.h"

#define WORD_BITS 64u

struct pool {
	const char *name;
	uint32_t first, size;
	uint32_t used, excluded;
	uint32_t resting; /* free, but given back lately */
	uint64_t taken, refused;
	uint64_t *busy; /* taken, reserved or excluded */
	uint64_t *rest; /* given back lately */
	uint16_t *last; /* part of the hash of who had it last, 0: nobody */
};

struct outsider {
	struct hash_node node; /* key: the address */
};

struct pools {
	struct pool *list;
	size_t count;
	uint32_t *own; /* local addresses of the groups */
	size_t n_own;
	struct hash outside;
};

static bool bit_get(const uint64_t *map, uint32_t i)
{
	return map[i / WORD_BITS] >> (i % WORD_BITS) & 1;
}

static void bit_set(uint64_t *map, uint32_t i)
{
	map[i / WORD_BITS] |= UINT64_C(1) << (i % WORD_BITS);
}

static void bit_clear(uint64_t *map, uint32_t i)
{
	map[i / WORD_BITS] &= ~(UINT64_C(1) << (i % WORD_BITS));
}

static size_t words_of(uint32_t size)
{
	return (size + WORD_BITS - 1) / WORD_BITS;
}

static void pool_fini(struct pool *p)
{
	free(p->busy);
	free(p->rest);
	free(p->last);
}

/* The bits beyond the end of the last word are busy for ever, so that no search finds them. */
static bool pool_init(struct pool *p, const struct config_pool *cfg)
{
	p->name = cfg->name;
	p->first = cfg->first;
	p->size = cfg->last - cfg->first + 1;
	p->busy = calloc(words_of(p->size), sizeof(*p->busy));
	p->rest = calloc(words_of(p->size), sizeof(*p->rest));
	p->last = calloc(p->size, sizeof(*p->last));
	if (!p->busy || !p->rest || !p->last) {
		pool_fini(p);
		return false;
	}
	for (uint32_t i = p->size; i < words_of(p->size) * WORD_BITS; i++)
		bit_set(p->busy, i);
	return true;
}

static struct pool *pool_of(const struct pools *ps, uint32_t address)
{
	for (size_t i = 0; i < ps->count; i++)
		if (address - ps->list[i].first < ps->list[i].size)
			return &ps->list[i];
	return NULL;
}

static bool is_own(const struct pools *ps, uint32_t address)
{
	for (size_t i = 0; i < ps->n_own; i++)
		if (ps->own[i] == address)
			return true;
	return false;
}

static void exclude_own(struct pools *ps)
{
	for (size_t i = 0; i < ps->n_own; i++) {
		struct pool *p = pool_of(ps, ps->own[i]);

		if (!p || bit_get(p->busy, ps->own[i] - p->first))
			continue;
		bit_set(p->busy, ps->own[i] - p->first);
		p->excluded++;
	}
}

static void drop_lists(struct pools *ps)
{
	for (size_t i = 0; i < ps->count; i++)
		pool_fini(&ps->list[i]);
	free(ps->list);
	free(ps->own);
}

static bool make_lists(struct pools *ps, const struct config *c)
{
	ps->count = 0;
	ps->n_own = c->n_groups;
	ps->list = calloc(c->n_pools + 1u, sizeof(*ps->list));
	ps->own = calloc(c->n_groups + 1u, sizeof(*ps->own));
	if (!ps->list || !ps->own)
		goto out;
	for (; ps->count < c->n_pools; ps->count++)
		if (!pool_init(&ps->list[ps->count], &c->pools[ps->count]))
			goto out;
	for (size_t i = 0; i < c->n_groups; i++)
		ps->own[i] = c->groups[i].local_address;
	exclude_own(ps);
	return true;
out:
	drop_lists(ps);
	return false;
}

#define OUTSIDE_BUCKETS 64

struct pools *pool_new(const struct config *c)
{
	struct pools *ps = calloc(1, sizeof(*ps));
	struct hash_node **buckets = calloc(OUTSIDE_BUCKETS, sizeof(struct hash_node *));

	if (!ps || !buckets || !make_lists(ps, c)) {
		free(buckets);
		free(ps);
		return NULL;
	}
	hash_init(&ps->outside, buckets, OUTSIDE_BUCKETS, 0);
	return ps;
}

void pool_free(struct pools *ps)
{
	if (!ps)
		return;
	for (size_t i = 0; i < ps->outside.size; i++) {
		struct hash_node *n = ps->outside.bucket[i];

		while (n) {
			struct hash_node *next = n->next;

			free(container_of(n, struct outsider, node));
			n = next;
		}
	}
	free(ps->outside.bucket);
	drop_lists(ps);
	free(ps);
}

/* --- taking ----------------------------------------------------------------------------------- */

/* Not 0. */
static uint16_t mark_of(uint64_t user)
{
	uint16_t mark = (uint16_t)(user >> 48 ^ user >> 32 ^ user);

	return mark ? mark : 1;
}

static void wake_all(struct pool *p)
{
	memset(p->rest, 0, words_of(p->size) * sizeof(*p->rest));
	p->resting = 0;
}

/* The first address from start on, around the end, that is neither busy nor resting. */
static uint32_t next_free(const struct pool *p, uint32_t start)
{
	size_t words = words_of(p->size);
	size_t w = start / WORD_BITS;
	uint64_t mask = UINT64_MAX << (start % WORD_BITS);

	for (size_t i = 0; i <= words; i++) {
		uint64_t open = ~(p->busy[w] | p->rest[w]) & mask;

		if (open)
			return (uint32_t)(w * WORD_BITS) + (uint32_t)__builtin_ctzll(open);
		mask = UINT64_MAX;
		w = w + 1 < words ? w + 1 : 0;
	}
	return p->size;
}

static void occupy(struct pool *p, uint32_t i)
{
	bit_set(p->busy, i);
	p->used++;
	if (bit_get(p->rest, i)) {
		bit_clear(p->rest, i);
		p->resting--;
	}
}

int pool_take(struct pools *ps, unsigned int pool, uint64_t user, uint32_t *ret)
{
	struct pool *p = &ps->list[pool];
	uint32_t start, i;

	BUG_ON(pool >= ps->count);
	if (p->used + p->excluded == p->size) {
		p->refused++;
		return -ENOSPC;
	}
	if (p->used + p->excluded + p->resting >= p->size)
		wake_all(p);
	start = (uint32_t)((user & UINT32_MAX) * p->size >> 32);
	i = start;
	if (bit_get(p->busy, i) || (bit_get(p->rest, i) && p->last[i] != mark_of(user)))
		i = next_free(p, start);
	BUG_ON(i >= p->size);
	occupy(p, i);
	p->last[i] = mark_of(user);
	p->taken++;
	*ret = p->first + i;
	return 0;
}

/* --- single addresses ------------------------------------------------------------------------- */

static struct outsider *find_outsider(const struct pools *ps, uint32_t address)
{
	struct hash_node *n = hash_find(&ps->outside, address);

	return n ? container_of(n, struct outsider, node) : NULL;
}

static int add_outsider(struct pools *ps, uint32_t address)
{
	struct outsider *o;

	if (find_outsider(ps, address))
		return -EADDRINUSE;
	o = malloc(sizeof(*o));
	if (!o)
		return -ENOMEM;
	if (ps->outside.count > 2 * ps->outside.size) {
		struct hash_node **old = ps->outside.bucket;
		struct hash_node **more = calloc(ps->outside.size * 4, sizeof(struct hash_node *));

		if (more) { /* else it only gets slower */
			hash_grow(&ps->outside, more, ps->outside.size * 4);
			free(old);
		}
	}
	hash_add(&ps->outside, &o->node, address);
	return 0;
}

int pool_reserve(struct pools *ps, uint32_t address)
{
	struct pool *p = pool_of(ps, address);

	if (is_own(ps, address))
		return -EADDRNOTAVAIL;
	if (!p || find_outsider(ps, address))
		return add_outsider(ps, address);
	if (bit_get(p->busy, address - p->first))
		return -EADDRINUSE;
	occupy(p, address - p->first);
	return 0;
}

void pool_release(struct pools *ps, uint32_t address)
{
	struct outsider *o = find_outsider(ps, address);
	struct pool *p = pool_of(ps, address);
	uint32_t i;

	if (o) {
		hash_del(&ps->outside, &o->node);
		free(o);
		return;
	}
	BUG_ON(!p);
	i = address - p->first;
	BUG_ON(!bit_get(p->busy, i));
	bit_clear(p->busy, i);
	bit_set(p->rest, i);
	p->used--;
	p->resting++;
}

/* --- a new configuration ---------------------------------------------------------------------- */

/* In its pool, if it has one where its place is free, or outside. */
static int place(struct pools *to, uint32_t address)
{
	struct pool *p = pool_of(to, address);

	if (!p || bit_get(p->busy, address - p->first))
		return add_outsider(to, address);
	occupy(p, address - p->first);
	return 0;
}

static int move_pool(struct pools *to, const struct pools *from, const struct pool *p)
{
	int r = 0;

	for (uint32_t i = 0; i < p->size && r == 0; i++) {
		uint32_t address = p->first + i;
		struct pool *q = pool_of(to, address);

		if (q)
			q->last[address - q->first] = p->last[i];
		if (bit_get(p->busy, i) && !is_own(from, address))
			r = place(to, address);
	}
	return r;
}

static int move_outsiders(struct pools *to, const struct pools *from)
{
	int r = 0;

	for (size_t i = 0; i < from->outside.size; i++)
		for (struct hash_node *n = from->outside.bucket[i]; n && r == 0; n = n->next)
			r = place(to, (uint32_t)n->key);
	return r;
}

/* What has been counted since the start goes on under the same name. */
static void move_counts(struct pools *to, const struct pools *from)
{
	for (size_t i = 0; i < to->count; i++)
		for (size_t j = 0; j < from->count; j++)
			if (!strcmp(to->list[i].name, from->list[j].name)) {
				to->list[i].taken = from->list[j].taken;
				to->list[i].refused = from->list[j].refused;
			}
}

int pool_reload(struct pools *ps, const struct config *c)
{
	struct pools *new = pool_new(c);
	struct pools old = *ps;
	int r = new ? move_outsiders(new, ps) : -ENOMEM;

	for (size_t i = 0; i < ps->count && r == 0; i++)
		r = move_pool(new, ps, &ps->list[i]);
	if (r == 0) {
		move_counts(new, ps);
		*ps = *new;
		*new = old;
	}
	pool_free(new);
	return r;
}

/* --- figures ---------------------------------------------------------------------------------- */

size_t pool_count(const struct pools *ps)
{
	return ps->count;
}

struct pool_stats pool_stats(const struct pools *ps, size_t pool)
{
	const struct pool *p = &ps->list[pool];

	BUG_ON(pool >= ps->count);
	return (struct pool_stats){
		.name = p->name,
		.first = p->first,
		.last = p->first + p->size - 1,
		.total = p->size - p->excluded,
		.used = p->used,
		.excluded = p->excluded,
		.taken = p->taken,
		.refused = p->refused,
	};
}

size_t pool_outside(const struct pools *ps)
{
	return ps->outside.count;
}
