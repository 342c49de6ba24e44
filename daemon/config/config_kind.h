/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The blocks that have a name, all in one way: which array of struct config holds them.
 */
#ifndef CULVERT_CONFIG_KIND_H
#define CULVERT_CONFIG_KIND_H

#include "daemon/config/config_keys.h"
#include "include/config.h"

struct config_kind {
	enum config_scope scope;
	size_t array, count; /* offsets into struct config */
	size_t entry, max;
	size_t removed; /* offset into an entry; 0: they are not kept when they are removed */
};

#define CONFIG_KINDS 4

/* Servers, groups, pools, clients. */
extern const struct config_kind config_kinds[CONFIG_KINDS];

const struct config_kind *config_kind_of(enum config_scope scope);
size_t config_kind_count(const struct config *c, const struct config_kind *k);
/* Each begins with its name. */
const char *config_kind_entry(const struct config *c, const struct config_kind *k, size_t i);
bool config_kind_removed(const struct config *c, const struct config_kind *k, size_t i);
/* By name, the removed ones too; -1: none. */
int config_kind_find(const struct config *c, const struct config_kind *k, const char *name);

/* The name of the block that a CONFIG_REF at base means; NULL: none. */
const char *config_ref_name(const struct config *c, const struct config_key *key, const void *base);
void config_ref_store(const struct config_key *key, void *base, int index); /* -1: none */

#endif
