/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is different between the configuration in force and another, key by key, and what of it can
 * be put in force while everybody stays.
 *
 * Blocks are the same if they have the same name, listeners if they have the same address and port.
 * The table of keys says for each when a change of it counts (daemon/config/config_keys.h).
 */
#ifndef CULVERT_CONFIG_DIFF_H
#define CULVERT_CONFIG_DIFF_H

#include "include/config.h"
#include "include/reload.h"

/*
 * Give the groups of `wanted` that have not written an id those that they have in `running`, or
 * free ones.  Before the other two.
 */
void config_keep_ids(const struct config *running, struct config *wanted);

/* Calls each() for every change, in the order of the file's printing. */
void config_diff(const struct config *running, const struct config *wanted,
		 void (*each)(void *ctx, const struct reload_change *change), void *ctx);

/* Places that somebody is still at, so that no other block may get them. */
struct config_busy {
	bool server[CONFIG_SERVERS_MAX];
	bool group[CONFIG_GROUPS_MAX];
	bool client[CONFIG_CLIENTS_MAX];
};

/*
 * *ret: `wanted` with the places of `running`, with what counts at the next start alone as it was,
 * and with what was removed.  0, or -ENOSPC with *ret_what a word for what there are too many of.
 */
int config_adopt(const struct config *running, const struct config *wanted,
		 const struct config_busy *busy, struct config *ret, const char **ret_what);

#endif
