/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event loop of a role: ready descriptors and one clock reading per turn.  Timers are data of
 * the code that needs them; the owner of the loop tells each turn how long it may sleep.
 */
#ifndef CULVERT_LOOP_H
#define CULVERT_LOOP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "daemon/base/monotime.h"

#define LOOP_BATCH 64

/* Embedded in what owns the descriptor; the loop never closes it. */
struct watch {
	int fd;
	void (*ready)(struct watch *w, uint32_t events);
};

struct loop {
	int epoll;
	usec_t now; /* monotonic, read once per turn */
	int batch_len;
	struct epoll_event batch[LOOP_BATCH];
};

int loop_init(struct loop *loop);
void loop_fini(struct loop *loop);

int loop_add(struct loop *loop, struct watch *w, uint32_t events);
int loop_mod(struct loop *loop, struct watch *w, uint32_t events);

/* Safe from within any ready(), for any watch: its event of this batch is dropped too. */
void loop_del(struct loop *loop, struct watch *w);

/* Wait until something is ready or the deadline has come; call what is ready; 0 or -errno. */
int loop_turn(struct loop *loop, usec_t deadline);

static inline usec_t loop_now(const struct loop *loop)
{
	return loop->now;
}

/* Read the clock; also the one of code that has no loop yet. */
usec_t loop_clock(void);

#endif
