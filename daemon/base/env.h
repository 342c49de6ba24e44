/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a step may know and use of the world: the time, randomness, memory for messages that wait
 * to be acknowledged, and the list for its decisions.
 */
#ifndef CULVERT_BASE_ENV_H
#define CULVERT_BASE_ENV_H

#include "daemon/base/effects.h"
#include "daemon/base/monotime.h"
#include "daemon/base/rng.h"
#include "daemon/base/slab.h"

struct env {
	usec_t now;
	struct rng *rng;
	struct slab *messages; /* struct channel's queued messages; NULL where no L2TP is stepped */
	struct effects *fx;
};

#endif
