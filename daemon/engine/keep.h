/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of tunnels and calls, for the process that comes after this one: written before what
 * they say can be seen by anybody else, given back when their objects die.
 *
 * A tunnel has one while it is established, a call from its first answer on: ids alone until it is
 * up, and again when it is over, until the peer has acknowledged all that we had to say (a
 * farewell). The call's is written before the tunnel's, so that no message is marked as received
 * whose effect is not on record.
 */
#ifndef CULVERT_ENGINE_KEEP_H
#define CULVERT_ENGINE_KEEP_H

#include "daemon/engine/engine_state.h"

struct farewell {
	slot_t next;
	uint16_t ns; /* acknowledged when the channel's oldest is this */
};

struct keep {
	struct slots *state;
	struct farewell *farewell; /* by slot */
	bool full;		   /* for some there was no room, which has been said */
};

int keep_init(struct engine *e, struct slots *state);
void keep_free(struct engine *e);

/* All that is worth a record, where it has changed; c may be NULL. */
void keep(struct engine *e, struct peer *p, struct call *c);
void keep_peer(struct engine *e, struct peer *p);
void keep_call(struct engine *e, struct call *c);

/* They are dead. */
void keep_no_peer(struct engine *e, struct peer *p);
void keep_no_call(struct engine *e, struct call *c);

/* This record of a call that p once had is to be told. */
void keep_farewell(struct engine *e, struct peer *p, slot_t slot, uint16_t ns);

#endif
