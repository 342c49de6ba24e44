/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Randomness from a seed, for tests that try many things and must be able to do so again
 * (splitmix64).
 */
#ifndef CULVERT_TEST_SEED_H
#define CULVERT_TEST_SEED_H

#include <stdint.h>
#include <string.h>

#include "daemon/base/rng.h"

struct seed {
	struct rng rng; /* first: seed_fill() is its fill */
	uint64_t state;
};

static inline uint64_t seed_next(struct seed *s)
{
	uint64_t x = s->state += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static inline uint32_t seed_below(struct seed *s, uint32_t limit)
{
	return (uint32_t)(seed_next(s) % limit);
}

static inline void seed_fill(struct rng *rng, void *to, size_t len)
{
	struct seed *s = (struct seed *)(void *)rng;
	uint8_t *p = to;

	while (len) {
		uint64_t v = seed_next(s);
		size_t n = len < sizeof(v) ? len : sizeof(v);

		memcpy(p, &v, n);
		p += n;
		len -= n;
	}
}

static inline void seed_init(struct seed *s, uint64_t seed)
{
	s->rng.fill = seed_fill;
	s->state = seed;
}

#endif
