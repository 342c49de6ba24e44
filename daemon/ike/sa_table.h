/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The CHILD_SAs that charon has told of: by their unique id, and by the mark that their packets
 * bear.
 *
 * Several may share a mark: a rekeyed one, its successor, and a loser of two rekeyings at a time.
 * The table only knows what is there; what a change means to a tunnel is the engine's.
 *
 * Snapshots: after a connection charon tells everything again.  sa_table_begin() doubts all that
 * is known; whatever charon tells is believed again; sa_table_end() gives what was not, one by one.
 * A charon that has started anew counts unique ids and marks from 1 again, so an id alone proves
 * nothing: only one with the same SPIs and the same mark is the same SA (RFC 4301 4.4.2.1).
 */
#ifndef CULVERT_IKE_SA_TABLE_H
#define CULVERT_IKE_SA_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/hash.h"
#include "daemon/base/list.h"
#include "ike.h"

#define SA_TABLE_MAX 65536 /* more is a fault of charon's or of its plugin */

struct sa {
	struct hash_node by_unique, by_mark; /* the latter only with a mark */
	struct list list;		     /* of all, those told longest ago first */
	struct ike_child child;
	uint64_t told; /* in which snapshot, or after it */
};

struct sa_table {
	struct hash by_unique, by_mark;
	struct list all;
	uint64_t snapshot;
};

enum sa_change {
	SA_NEW,	    /* was not known */
	SA_REKEYED, /* takes the place of another, whose entry it has got */
	SA_MOVED,   /* its other end has another address now */
	SA_SAME,    /* nothing that matters */
};

/* 0 or -ENOMEM. */
int sa_table_init(struct sa_table *t, uint64_t seed);
void sa_table_fini(struct sa_table *t);

struct sa *sa_by_unique(const struct sa_table *t, uint32_t unique);
/* Any one of them; NULL: none, and for mark 0. */
struct sa *sa_by_mark(const struct sa_table *t, uint32_t mark);

/*
 * The one that this message replaces in its own right: the same id, but another SA.  It has to be
 * removed before sa_table_put(); NULL: there is none.
 */
struct sa *sa_table_impostor(const struct sa_table *t, const struct ike_child *m);

/* Take what an IKE_CHILD says: 0, -ENOMEM or -ENOSPC. */
int sa_table_put(struct sa_table *t, const struct ike_child *m, struct sa **ret,
		 enum sa_change *ret_change);
/* Forget it; sa is freed. */
void sa_table_remove(struct sa_table *t, struct sa *sa);

void sa_table_begin(struct sa_table *t);
/* One that is still doubted; NULL: none is. */
struct sa *sa_table_doubted(const struct sa_table *t);

/* Any one; NULL: the table is empty. */
struct sa *sa_table_first(const struct sa_table *t);

static inline size_t sa_table_count(const struct sa_table *t)
{
	return t->by_unique.count;
}

/* Is the SA for L2TP, through a mark, and are we the one who was called? */
static inline bool sa_serves(const struct sa *sa)
{
	return sa->child.mark_in && !(sa->child.flags & IKE_CHILD_INITIATOR);
}

#endif
