// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config/config_kind.h"

#include <string.h>

#include "compiler.h"

#define KIND(s, list, n, limit, gone)                                                              \
	{                                                                                          \
		.scope = s, .array = offsetof(struct config, list),                                \
		.count = offsetof(struct config, n), .max = limit,                                 \
		.entry = sizeof(((struct config *)0)->list[0]), .removed = gone                    \
	}

const struct config_kind config_kinds[CONFIG_KINDS] = {
	KIND(CONFIG_SERVER, servers, n_servers, CONFIG_SERVERS_MAX,
	     offsetof(struct config_server, removed)),
	KIND(CONFIG_GROUP, groups, n_groups, CONFIG_GROUPS_MAX,
	     offsetof(struct config_group, removed)),
	KIND(CONFIG_POOL, pools, n_pools, CONFIG_POOLS_MAX, 0),
	KIND(CONFIG_CLIENT, clients, n_clients, CONFIG_CLIENTS_MAX,
	     offsetof(struct config_client, removed)),
};

const struct config_kind *config_kind_of(enum config_scope scope)
{
	for (size_t i = 0; i < CONFIG_KINDS; i++)
		if (config_kinds[i].scope == scope)
			return &config_kinds[i];
	return NULL;
}

size_t config_kind_count(const struct config *c, const struct config_kind *k)
{
	return *((const uint8_t *)c + k->count);
}

const char *config_kind_entry(const struct config *c, const struct config_kind *k, size_t i)
{
	return (const char *)c + k->array + i * k->entry;
}

bool config_kind_removed(const struct config *c, const struct config_kind *k, size_t i)
{
	return k->removed && *(const bool *)(config_kind_entry(c, k, i) + k->removed);
}

int config_kind_find(const struct config *c, const struct config_kind *k, const char *name)
{
	for (size_t i = 0; i < config_kind_count(c, k); i++)
		if (!strcmp(config_kind_entry(c, k, i), name))
			return (int)i;
	return -1;
}

const char *config_ref_name(const struct config *c, const struct config_key *key, const void *base)
{
	const struct config_kind *k = config_kind_of(key->ref);
	const uint8_t *from = (const uint8_t *)base + key->offset;
	int16_t index = *from;

	if (key->size == sizeof(index))
		memcpy(&index, from, sizeof(index));
	if (!k || index < 0 || (size_t)index >= config_kind_count(c, k))
		return NULL;
	return config_kind_entry(c, k, (size_t)index);
}

void config_ref_store(const struct config_key *key, void *base, int index)
{
	uint8_t *to = (uint8_t *)base + key->offset;
	int16_t index16 = (int16_t)index;

	if (key->size == sizeof(index16))
		memcpy(to, &index16, sizeof(index16));
	else
		*to = index < 0 ? 0 : (uint8_t)index;
}
