/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A role's end of its socket to another role: what cannot be sent at once waits, in order, and goes
 * out when the loop says that there is room.
 */
#ifndef CULVERT_ROLE_CLIENT_H
#define CULVERT_ROLE_CLIENT_H

#include "daemon/imsg.h"
#include "daemon/loop.h"

#define ROLE_CLIENT_QUEUE_MAX 4096 /* messages that may wait */

struct role_client {
	struct watch watch;
	struct imsg_queue queue;
	struct loop *loop;
};

/* Takes fd; ready is called when there is something to read, or room to write. */
int role_client_init(struct role_client *rc, struct loop *loop, int fd,
		     void (*ready)(struct watch *w, uint32_t events));
/* Closes it; may be called again. */
void role_client_fini(struct role_client *rc);

/* 0: sent or waiting; or -errno. */
int role_client_send(struct role_client *rc, const void *msg, size_t len);

/* To be called from ready() with EPOLLOUT. */
void role_client_flush(struct role_client *rc);

static inline bool role_client_connected(const struct role_client *rc)
{
	return rc->watch.fd >= 0;
}

#endif
