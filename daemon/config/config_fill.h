/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what was written to the flat struct: defaults, values, references between blocks.
 */
#ifndef CULVERT_CONFIG_FILL_H
#define CULVERT_CONFIG_FILL_H

#include "include/config.h"
#include "daemon/config/config_doc.h"

/* Where each entry of the struct was written; NULL for one that was not. */
struct config_places {
	const struct config_block *listeners[CONFIG_LISTENERS_MAX];
	const struct config_block *servers[CONFIG_SERVERS_MAX];
	const struct config_block *groups[CONFIG_GROUPS_MAX];
	const struct config_block *pools[CONFIG_POOLS_MAX];
	const struct config_block *clients[CONFIG_CLIENTS_MAX];
};

/* Fills what can be filled; every error is added to errs. */
void config_fill(const struct config_doc *doc, struct config *c, struct config_places *places,
		 struct config_errors *errs);

#endif
