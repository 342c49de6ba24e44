// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A binary heap whose entries know their place, so that moving and stopping cost O(log n).
 */
#include "daemon/base/timer.h"

#include <string.h>

#include "compiler.h"

void timers_init(struct timers *ts, struct timer **memory, size_t capacity)
{
	ts->heap = memory;
	ts->count = 0;
	ts->capacity = capacity;
}

void timers_grow(struct timers *ts, struct timer **memory, size_t capacity)
{
	BUG_ON(capacity < ts->count);
	if (ts->count)
		memcpy(memory, ts->heap, ts->count * sizeof(*memory));
	ts->heap = memory;
	ts->capacity = capacity;
}

static void place(struct timers *ts, struct timer *t, size_t i)
{
	ts->heap[i] = t;
	t->slot = i + 1;
}

static void sift_up(struct timers *ts, struct timer *t, size_t i)
{
	while (i > 0) {
		size_t parent = (i - 1) / 2;

		if (ts->heap[parent]->when <= t->when)
			break;
		place(ts, ts->heap[parent], i);
		i = parent;
	}
	place(ts, t, i);
}

static void sift_down(struct timers *ts, struct timer *t, size_t i)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= ts->count)
			break;
		if (child + 1 < ts->count && ts->heap[child + 1]->when < ts->heap[child]->when)
			child++;
		if (t->when <= ts->heap[child]->when)
			break;
		place(ts, ts->heap[child], i);
		i = child;
	}
	place(ts, t, i);
}

static void settle(struct timers *ts, struct timer *t, size_t i)
{
	if (i > 0 && t->when < ts->heap[(i - 1) / 2]->when)
		sift_up(ts, t, i);
	else
		sift_down(ts, t, i);
}

void timer_start(struct timers *ts, struct timer *t, usec_t when)
{
	if (when == USEC_NEVER) {
		timer_stop(ts, t);
		return;
	}
	t->when = when;
	if (t->slot) {
		settle(ts, t, t->slot - 1);
		return;
	}
	BUG_ON(ts->count == ts->capacity);
	ts->count++;
	sift_up(ts, t, ts->count - 1);
}

void timer_stop(struct timers *ts, struct timer *t)
{
	size_t i = t->slot;
	struct timer *last;

	if (!i)
		return;
	t->slot = 0;
	ts->count--;
	last = ts->heap[ts->count];
	if (last != t)
		settle(ts, last, i - 1);
}

bool timer_running(const struct timer *t)
{
	return t->slot != 0;
}

usec_t timers_next(const struct timers *ts)
{
	return ts->count ? ts->heap[0]->when : USEC_NEVER;
}

struct timer *timers_expired(struct timers *ts, usec_t now)
{
	struct timer *t;

	if (!ts->count || ts->heap[0]->when > now)
		return NULL;
	t = ts->heap[0];
	timer_stop(ts, t);
	return t;
}
