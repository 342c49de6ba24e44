/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interface names: a prefix and the lowest number that we know to be free.  Pure but for memory.
 */
#ifndef CULVERT_NETLINK_IFNAME_H
#define CULVERT_NETLINK_IFNAME_H

#include <stdint.h>

#include "wire_kern.h"

#define IFNAME_NUMBERS 65536

struct ifname_pool; /* one prefix */

struct ifnames {
	struct ifname_pool *first;
};

struct ifname {
	struct ifname_pool *pool; /* NULL: none taken */
	uint32_t number;
	char text[KERN_IFNAME_MAX];
};

/* -ENOMEM, or -ENOSPC when every number is taken. */
int ifname_take(struct ifnames *names, const char *prefix, struct ifname *ret);

/* One that has been taken by an earlier process: only its number is noted. */
int ifname_claim(struct ifnames *names, const char *prefix, const char *text, struct ifname *ret);

/* Harmless for one that was put already. */
void ifname_put(struct ifname *name);

/* The name is somebody else's: not offered again. */
void ifname_foreign(struct ifname *name);

void ifnames_free(struct ifnames *names);

#endif
