// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/ike/sa_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

#define SIZE_FIRST 64

static int make_hash(struct hash *h, uint64_t seed)
{
	struct hash_node **buckets = malloc(SIZE_FIRST * sizeof(struct hash_node *));

	if (!buckets)
		return -ENOMEM;
	hash_init(h, buckets, SIZE_FIRST, seed);
	return 0;
}

int sa_table_init(struct sa_table *t, uint64_t seed)
{
	int err;

	memset(t, 0, sizeof(*t));
	list_init(&t->all);
	err = make_hash(&t->by_unique, seed);
	if (!err)
		err = make_hash(&t->by_mark, seed);
	if (err)
		sa_table_fini(t);
	return err;
}

void sa_table_fini(struct sa_table *t)
{
	struct sa *sa;

	while ((sa = sa_table_first(t)))
		sa_table_remove(t, sa);
	free(t->by_unique.bucket);
	free(t->by_mark.bucket);
	t->by_unique.bucket = t->by_mark.bucket = NULL;
}

static void grow(struct hash *h)
{
	struct hash_node **buckets, **old = h->bucket;

	if (h->count <= h->size)
		return;
	buckets = malloc(2 * h->size * sizeof(struct hash_node *));
	if (!buckets)
		return;
	hash_grow(h, buckets, 2 * h->size);
	free(old);
}

struct sa *sa_by_unique(const struct sa_table *t, uint32_t unique)
{
	struct hash_node *n = hash_find(&t->by_unique, unique);

	return n ? container_of(n, struct sa, by_unique) : NULL;
}

struct sa *sa_by_mark(const struct sa_table *t, uint32_t mark)
{
	struct hash_node *n = mark ? hash_find(&t->by_mark, mark) : NULL;

	return n ? container_of(n, struct sa, by_mark) : NULL;
}

static bool same_sa(const struct ike_child *a, const struct ike_child *b)
{
	return a->spi_in == b->spi_in && a->spi_out == b->spi_out && a->mark_in == b->mark_in &&
	       a->mark_out == b->mark_out;
}

struct sa *sa_table_impostor(const struct sa_table *t, const struct ike_child *m)
{
	struct sa *sa = sa_by_unique(t, m->unique);

	return sa && !same_sa(&sa->child, m) ? sa : NULL;
}

static void link_sa(struct sa_table *t, struct sa *sa)
{
	hash_add(&t->by_unique, &sa->by_unique, sa->child.unique);
	grow(&t->by_unique);
	list_add_tail(&t->all, &sa->list);
	sa->told = t->snapshot;
	if (!sa->child.mark_in)
		return;
	hash_add(&t->by_mark, &sa->by_mark, sa->child.mark_in);
	grow(&t->by_mark);
}

static void unlink_sa(struct sa_table *t, struct sa *sa)
{
	hash_del(&t->by_unique, &sa->by_unique);
	list_del(&sa->list);
	if (sa->child.mark_in)
		hash_del(&t->by_mark, &sa->by_mark);
}

static struct sa *sa_new(struct sa_table *t, const struct ike_child *m)
{
	struct sa *sa = calloc(1, sizeof(*sa));

	if (!sa)
		return NULL;
	sa->child = *m;
	link_sa(t, sa);
	return sa;
}

/* Without that mark its client would be somebody else's (a rekeying keeps marks). */
static struct sa *predecessor(const struct sa_table *t, const struct ike_child *m)
{
	struct sa *old = m->replaces ? sa_by_unique(t, m->replaces) : NULL;

	return old && old->child.mark_in == m->mark_in ? old : NULL;
}

int sa_table_put(struct sa_table *t, const struct ike_child *m, struct sa **ret,
		 enum sa_change *ret_change)
{
	struct sa *sa = sa_by_unique(t, m->unique);

	if (sa) {
		bool moved = !endpoint_equal(&sa->child.remote, &m->remote) ||
			     !endpoint_equal(&sa->child.local, &m->local);

		*ret_change = moved ? SA_MOVED : SA_SAME;
	} else {
		sa = predecessor(t, m);
		*ret_change = sa ? SA_REKEYED : SA_NEW;
	}
	if (!sa && sa_table_count(t) >= SA_TABLE_MAX)
		return -ENOSPC;
	if (!sa) {
		sa = sa_new(t, m);
		if (!sa)
			return -ENOMEM;
	} else {
		unlink_sa(t, sa);
		sa->child = *m;
		link_sa(t, sa);
	}
	*ret = sa;
	return 0;
}

void sa_table_remove(struct sa_table *t, struct sa *sa)
{
	unlink_sa(t, sa);
	free(sa);
}

struct sa *sa_table_first(const struct sa_table *t)
{
	return list_empty(&t->all) ? NULL : list_entry(list_first(&t->all), struct sa, list);
}

struct sa *sa_table_doubted(const struct sa_table *t)
{
	struct sa *sa = sa_table_first(t);

	return sa && sa->told != t->snapshot ? sa : NULL;
}

void sa_table_begin(struct sa_table *t)
{
	t->snapshot++;
}
