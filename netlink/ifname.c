// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A bitmap of numbers for each prefix.  The kernel would choose names itself, but by trying one
 * after the other, and a name given at creation saves renaming.  Devices of others with our prefix
 * (a pppd's "ppp0") are found out by their EEXIST, once each.
 */
#include "netlink/ifname.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS (IFNAME_NUMBERS / 64)

struct ifname_pool {
	struct ifname_pool *next;
	char prefix[8];
	uint32_t hint; /* no word before it has a free bit */
	uint64_t used[WORDS];
};

static struct ifname_pool *pool_of(struct ifnames *names, const char *prefix)
{
	struct ifname_pool *pool;

	for (pool = names->first; pool; pool = pool->next)
		if (!strcmp(pool->prefix, prefix))
			return pool;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	snprintf(pool->prefix, sizeof(pool->prefix), "%s", prefix);
	pool->next = names->first;
	names->first = pool;
	return pool;
}

int ifname_take(struct ifnames *names, const char *prefix, struct ifname *ret)
{
	struct ifname_pool *pool = pool_of(names, prefix);

	if (!pool)
		return -ENOMEM;
	while (pool->hint < WORDS && !~pool->used[pool->hint])
		pool->hint++;
	if (pool->hint == WORDS)
		return -ENOSPC;
	ret->pool = pool;
	ret->number = pool->hint * 64 + (uint32_t)__builtin_ctzll(~pool->used[pool->hint]);
	pool->used[pool->hint] |= (uint64_t)1 << ret->number % 64;
	snprintf(ret->text, sizeof(ret->text), "%s%u", pool->prefix, ret->number);
	return 0;
}

int ifname_claim(struct ifnames *names, const char *prefix, const char *text, struct ifname *ret)
{
	size_t len = strlen(prefix);
	struct ifname_pool *pool;
	unsigned long number;
	char *end;

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->text, sizeof(ret->text), "%s", text);
	if (strncmp(text, prefix, len) || text[len] < '0' || text[len] > '9')
		return 0; /* somebody has renamed it */
	number = strtoul(text + len, &end, 10);
	if (*end || number >= IFNAME_NUMBERS)
		return 0;
	pool = pool_of(names, prefix);
	if (!pool)
		return -ENOMEM;
	ret->pool = pool;
	ret->number = (uint32_t)number;
	pool->used[number / 64] |= (uint64_t)1 << number % 64;
	return 0;
}

void ifname_put(struct ifname *name)
{
	struct ifname_pool *pool = name->pool;
	uint32_t word = name->number / 64;

	if (!pool)
		return;
	pool->used[word] &= ~((uint64_t)1 << name->number % 64);
	if (word < pool->hint)
		pool->hint = word;
	name->pool = NULL;
}

void ifname_foreign(struct ifname *name)
{
	name->pool = NULL;
}

void ifnames_free(struct ifnames *names)
{
	struct ifname_pool *pool, *next;

	for (pool = names->first; pool; pool = next) {
		next = pool->next;
		free(pool);
	}
	names->first = NULL;
}
