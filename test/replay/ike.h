/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A charon that a scenario commands: which SAs there are, and its comings and goings.
 */
#ifndef CULVERT_REPLAY_IKE_H
#define CULVERT_REPLAY_IKE_H

#include <stdbool.h>
#include <stddef.h>

#include "test/replay/words.h"

struct world;

/* What the engine said to charon: 0 or -errno, like struct engine_ops's ike(). */
int ike_said(struct world *w, const void *msg, size_t len);

/* "ike hello", "ike up mark=2 id=bob host=192.0.2.1", "ike down unique=3", "ike end", "ike lost" */
bool ike_command(struct world *w, const struct words *words);

#endif
