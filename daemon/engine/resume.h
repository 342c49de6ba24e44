/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking up what an earlier process has left: its records, and what the kernel role has kept.
 *
 *	record and kernel object	it goes on
 *	record alone			its peer is told: CDN, or StopCCN
 *	kernel object alone		it is deleted: an orphan
 *
 * Every value of a record is checked before anything is made of it; what cannot be is lost alone.
 */
#ifndef CULVERT_ENGINE_RESUME_H
#define CULVERT_ENGINE_RESUME_H

#include "daemon/engine/engine_state.h"
#include "daemon/engine/keep.h"

/* --- resume.c --- */
void resume_free(struct engine *e);

/* --- resume_record.c --- */
/* Make tunnels and calls of all records. */
void resume_records(struct engine *e);

/* --- orphan.c --- */
/* The kernel has this, and nobody knows it. */
void orphan_add(struct engine *e, uint16_t tunnel, uint16_t session);
/* Ask for as many to go as may be asked at once. */
void orphans_next(struct engine *e);
/* Is this the answer to one of them? */
bool orphan_done(struct engine *e, const struct kern_done *m);

#endif
