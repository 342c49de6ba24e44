/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads for kernel calls that wait.
 *
 * Two kinds of call would stop the loop: those that wait for an RCU grace period (8 to 40 ms each,
 * but many callers share one period, so they get many threads) and those that take the kernel's
 * RTNL lock (one at a time in the kernel anyway, so they get exactly one thread, which can then
 * make batches of what waits).  Jobs are embedded in the caller's objects; a job belongs to the
 * threads from submit until its done function is called, in workers_reap(), on the loop's thread.
 */
#ifndef CULVERT_NETLINK_WORKERS_H
#define CULVERT_NETLINK_WORKERS_H

#include "daemon/base/list.h"

struct job {
	struct list node;
	void (*run)(struct job *job);		  /* in some thread of the pool */
	void (*done)(void *ctx, struct job *job); /* on the loop's thread */
};

struct workers;

/*
 * serial(ctx, jobs) runs in the one serial thread with every job that waits there; it takes some
 * or all of them off the list and hands each to workers_finish().
 */
struct workers_config {
	unsigned threads_max; /* of the pool; they start as they are needed */
	void (*serial)(void *ctx, struct list *jobs);
	void *ctx; /* of serial and of the jobs' done */
};

int workers_new(const struct workers_config *config, struct workers **ret_workers);

/*
 * The serial thread and the first of the pool; not earlier than this, so that they inherit what
 * the process has given up by then.  0, also when they run already, or -errno.
 */
int workers_start(struct workers *w);

/* Waits for the threads; there must be no job left. NULL is allowed. */
void workers_free(struct workers *w);

/* An eventfd, readable when workers_reap() has something to do. */
int workers_fd(const struct workers *w);

void workers_submit(struct workers *w, struct job *job);
void workers_submit_serial(struct workers *w, struct job *job);
void workers_finish(struct workers *w, struct job *job);

/* Call done for what has finished; the number of jobs. */
unsigned workers_reap(struct workers *w);

#endif
