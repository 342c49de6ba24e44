// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Level-triggered epoll.  Nothing else: see loop.h for what is left to the owner.
 */
#include "daemon/loop.h"

#include <errno.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

usec_t loop_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000;
}

int loop_init(struct loop *loop)
{
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0)
		return -errno;
	loop->now = loop_clock();
	loop->batch_len = 0;
	return 0;
}

void loop_fini(struct loop *loop)
{
	close(loop->epoll);
	loop->epoll = -1;
}

static int control(struct loop *loop, int op, struct watch *w, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	return epoll_ctl(loop->epoll, op, w->fd, &ev) < 0 ? -errno : 0;
}

int loop_add(struct loop *loop, struct watch *w, uint32_t events)
{
	return control(loop, EPOLL_CTL_ADD, w, events);
}

int loop_mod(struct loop *loop, struct watch *w, uint32_t events)
{
	return control(loop, EPOLL_CTL_MOD, w, events);
}

void loop_del(struct loop *loop, struct watch *w)
{
	control(loop, EPOLL_CTL_DEL, w, 0);
	for (int i = 0; i < loop->batch_len; i++)
		if (loop->batch[i].data.ptr == w)
			loop->batch[i].data.ptr = NULL;
}

/* Rounded up: a turn that wakes before its deadline would find nothing to do. */
static int timeout_ms(usec_t now, usec_t deadline)
{
	usec_t ms;

	if (deadline == USEC_NEVER)
		return -1;
	if (deadline <= now)
		return 0;
	ms = (deadline - now + USEC_PER_MSEC - 1) / USEC_PER_MSEC;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

int loop_turn(struct loop *loop, usec_t deadline)
{
	int n = epoll_wait(loop->epoll, loop->batch, LOOP_BATCH,
			   timeout_ms(loop_clock(), deadline));

	if (n < 0 && errno != EINTR)
		return -errno;
	loop->now = loop_clock();
	loop->batch_len = n < 0 ? 0 : n;
	for (int i = 0; i < loop->batch_len; i++) {
		struct watch *w = loop->batch[i].data.ptr;

		if (w)
			w->ready(w, loop->batch[i].events);
	}
	loop->batch_len = 0;
	return 0;
}
