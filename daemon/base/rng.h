/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Randomness is an argument: getrandom() in the daemon, a seeded generator in tests.
 */
#ifndef CULVERT_BASE_RNG_H
#define CULVERT_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	void (*fill)(struct rng *rng, void *to, size_t len);
};

static inline void rng_fill(struct rng *rng, void *to, size_t len)
{
	rng->fill(rng, to, len);
}

static inline uint16_t rng_u16(struct rng *rng)
{
	uint16_t v;

	rng_fill(rng, &v, sizeof(v));
	return v;
}

static inline uint32_t rng_u32(struct rng *rng)
{
	uint32_t v;

	rng_fill(rng, &v, sizeof(v));
	return v;
}

#endif
