/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages between roles over SOCK_SEQPACKET, with descriptors.
 */
#ifndef CULVERT_IMSG_H
#define CULVERT_IMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "daemon/base/list.h"

/*
 * Send one message without blocking: 0, -EAGAIN when the peer's queue is full, or -errno.  The
 * descriptors stay the caller's.
 */
int imsg_send(int fd, const void *msg, size_t len, const int *fds, size_t nfds);

/*
 * Receive one message without blocking: its length, 0 when the peer has closed, -EAGAIN when
 * there is none, -EMSGSIZE for one that is longer than size or brings more descriptors than
 * *nfds.  *nfds says how many fds has room for and is set to how many came; they are the caller's
 * and are closed here when the message is refused.
 */
ssize_t imsg_recv(int fd, void *buf, size_t size, int *fds, size_t *nfds);

/*
 * A bounded queue for a socket that may be full.  Messages go out in order; what waits owns copies
 * of its bytes and duplicates of its descriptors.
 */
struct imsg_queue {
	int fd;
	struct list waiting;
	size_t count;
	size_t max;
};

void imsg_queue_init(struct imsg_queue *q, int fd, size_t max);
void imsg_queue_fini(struct imsg_queue *q);

/* 0: sent or waiting; -ENOBUFS: the queue is full; or -errno. */
int imsg_queue_send(struct imsg_queue *q, const void *msg, size_t len, const int *fds,
		    size_t nfds);

/* Send what can be sent: 0 when nothing waits any more, -EAGAIN when something does, or -errno. */
int imsg_queue_flush(struct imsg_queue *q);

static inline bool imsg_queue_idle(const struct imsg_queue *q)
{
	return q->count == 0;
}

#endif
