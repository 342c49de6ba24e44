/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random 16-bit ids, unique, and not given again at once: a packet that is still under way for
 * the old owner must not meet a new one, and on kernels that find sessions by id alone a guess is
 * all that an intruder has (the ids are what he has to guess).
 */
#ifndef CULVERT_IDS_H
#define CULVERT_IDS_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/rng.h"

#define IDS_RESTING 1024 /* released ids that are kept back, oldest first */

struct ids {
	uint64_t used[65536 / 64]; /* a bit each; resting ids count as used */
	uint16_t resting[IDS_RESTING];
	size_t rest_next;
	size_t live;
};

void ids_init(struct ids *ids);

/* A free id, not 0; 0 when half of all ids are taken (then guessing would become easy). */
uint16_t ids_take(struct ids *ids, struct rng *rng);

/* Mark an id that somebody else chose; it is never given out. */
void ids_reserve(struct ids *ids, uint16_t id);
/* This one, which an earlier process has given out; false: it is in use, or 0. */
bool ids_claim(struct ids *ids, uint16_t id);
void ids_release(struct ids *ids, uint16_t id);

/* The lowest id >= from that is in use (reserved and resting ones included); 65536: none. */
uint32_t ids_next(const struct ids *ids, uint32_t from);

#endif
