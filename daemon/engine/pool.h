/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Client addresses: which are in use, and which is next.
 *
 * One bitmap per pool of the configuration.  A user gets the address it had before where that is
 * still free; an address that was given back is not given to somebody else while others are
 * left: clients remember routes, and filters their counters.  Addresses that belong to no pool can
 * be reserved as well (users with an address of their own).  Host byte order throughout.
 *
 * Owned by the protocol role; allocates.
 */
#ifndef CULVERT_POOL_H
#define CULVERT_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct pools;

struct pool_stats {
	const char *name;
	uint32_t first, last;
	uint32_t total;	   /* addresses that can be given out */
	uint32_t used;	   /* taken or reserved */
	uint32_t excluded; /* our own ends of links, that lie in the range */
	uint64_t taken;	   /* since the start */
	uint64_t refused;  /* because the pool was full */
};

/* NULL: out of memory.  The names of c are used as long as the pools live. */
struct pools *pool_new(const struct config *c);
void pool_free(struct pools *p);

/*
 * The address for a user; user is a hash of its name.  0, or -ENOSPC when the pool is full.
 */
int pool_take(struct pools *p, unsigned int pool, uint64_t user, uint32_t *ret);

/* One address for somebody: 0, -EADDRINUSE, -EADDRNOTAVAIL for one of our own, or -ENOMEM. */
int pool_reserve(struct pools *p, uint32_t address);

/* Give back what was taken or reserved; must be one or the other. */
void pool_release(struct pools *p, uint32_t address);

/*
 * Move what is in use to the pools of a new configuration; an address that lies in none of them
 * stays reserved until it is released.  0 or -ENOMEM, then nothing has changed.  The names of the
 * configuration before are not used any more.
 */
int pool_reload(struct pools *p, const struct config *c);

size_t pool_count(const struct pools *p);
struct pool_stats pool_stats(const struct pools *p, size_t pool);

/* Addresses in use that belong to no pool. */
size_t pool_outside(const struct pools *p);

#endif
