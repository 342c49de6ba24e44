// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/role_client.h"

#include <errno.h>
#include <unistd.h>

int role_client_init(struct role_client *rc, struct loop *loop, int fd,
		     void (*ready)(struct watch *w, uint32_t events))
{
	rc->loop = loop;
	rc->watch = (struct watch){ .fd = fd, .ready = ready };
	imsg_queue_init(&rc->queue, fd, ROLE_CLIENT_QUEUE_MAX);
	return loop_add(loop, &rc->watch, EPOLLIN);
}

void role_client_fini(struct role_client *rc)
{
	if (rc->watch.fd < 0)
		return;
	loop_del(rc->loop, &rc->watch);
	imsg_queue_fini(&rc->queue);
	close(rc->watch.fd);
	rc->watch.fd = -1;
}

int role_client_send(struct role_client *rc, const void *msg, size_t len)
{
	int err = imsg_queue_send(&rc->queue, msg, len, NULL, 0);

	if (!imsg_queue_idle(&rc->queue))
		loop_mod(rc->loop, &rc->watch, EPOLLIN | EPOLLOUT);
	return err;
}

void role_client_flush(struct role_client *rc)
{
	if (imsg_queue_flush(&rc->queue) != -EAGAIN)
		loop_mod(rc->loop, &rc->watch, EPOLLIN);
}
