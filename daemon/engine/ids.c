// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/engine/ids.h"

#include <stdbool.h>
#include <string.h>

#include "compiler.h"

#define IDS_LIVE_MAX 32768

static bool is_used(const struct ids *ids, uint16_t id)
{
	return ids->used[id / 64] >> (id % 64) & 1;
}

void ids_reserve(struct ids *ids, uint16_t id)
{
	ids->used[id / 64] |= (uint64_t)1 << (id % 64);
}

void ids_init(struct ids *ids)
{
	memset(ids, 0, sizeof(*ids));
	ids_reserve(ids, 0); /* RFC 2661 3.1: 0 means "not assigned yet" */
}

uint16_t ids_take(struct ids *ids, struct rng *rng)
{
	uint16_t id;

	if (ids->live >= IDS_LIVE_MAX)
		return 0;
	/* at least (65536 - 32768 - 1024) / 65536 of the tries hit */
	do {
		id = rng_u16(rng);
	} while (is_used(ids, id));
	ids_reserve(ids, id);
	ids->live++;
	return id;
}

bool ids_claim(struct ids *ids, uint16_t id)
{
	if (is_used(ids, id) || ids->live >= IDS_LIVE_MAX)
		return false;
	ids_reserve(ids, id);
	ids->live++;
	return true;
}

void ids_release(struct ids *ids, uint16_t id)
{
	uint16_t *place = &ids->resting[ids->rest_next];

	BUG_ON(id == 0 || !is_used(ids, id) || ids->live == 0);
	if (*place)
		ids->used[*place / 64] &= ~((uint64_t)1 << (*place % 64));
	*place = id;
	ids->rest_next = (ids->rest_next + 1) % IDS_RESTING;
	ids->live--;
}

uint32_t ids_next(const struct ids *ids, uint32_t from)
{
	while (from < 65536) {
		uint64_t word = ids->used[from / 64] >> (from % 64);

		if (word)
			return from + (uint32_t)__builtin_ctzll(word);
		from = (from / 64 + 1) * 64;
	}
	return 65536;
}
