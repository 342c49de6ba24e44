/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timers as plain objects on a binary heap.
 *
 * The owner embeds a struct timer, zeroed, in what it times and supplies the heap's memory; the
 * heap stores pointers, so a timer must be stopped before its memory goes.  Nothing fires by
 * itself: the loop asks timers_next() how long to sleep and takes the expired ones with
 * timers_expired().
 */
#ifndef CULVERT_BASE_TIMER_H
#define CULVERT_BASE_TIMER_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/base/monotime.h"

struct timer {
	usec_t when;
	size_t slot; /* place in the heap plus one; 0: not running */
	int kind;    /* the owner's: what it is embedded in, where a heap is shared */
};

struct timers {
	struct timer **heap;
	size_t count;
	size_t capacity;
};

/* memory for capacity pointers; the caller keeps owning it. */
void timers_init(struct timers *ts, struct timer **memory, size_t capacity);

/*
 * Move to a larger memory (the old one may be freed afterwards).  The owner calls this before it
 * makes more timed objects than the capacity: timer_start() on a full heap is a bug.
 */
void timers_grow(struct timers *ts, struct timer **memory, size_t capacity);

/* Start, or move a running timer.  USEC_NEVER stops it. */
void timer_start(struct timers *ts, struct timer *t, usec_t when);
void timer_stop(struct timers *ts, struct timer *t);
bool timer_running(const struct timer *t);

/* The earliest deadline, USEC_NEVER if there is none. */
usec_t timers_next(const struct timers *ts);

/* Take the earliest timer that is due at now off the heap; NULL when there is none. */
struct timer *timers_expired(struct timers *ts, usec_t now);

#endif
