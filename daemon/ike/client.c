// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/ike/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compiler.h"
#include "daemon/ike/message.h"

#define MESSAGES_PER_TURN 64

void ike_client_init(struct ike_client *c, struct loop *loop)
{
	memset(c, 0, sizeof(*c));
	c->loop = loop;
	c->watch.fd = -1;
}

void ike_client_close(struct ike_client *c)
{
	if (c->watch.fd < 0)
		return;
	loop_del(c->loop, &c->watch);
	imsg_queue_fini(&c->queue);
	close(c->watch.fd);
	c->watch.fd = -1;
	c->greeted = false;
}

static void lose(struct ike_client *c, const char *why)
{
	if (c->watch.fd < 0)
		return;
	ike_client_close(c);
	c->lost(c, why);
}

/* --- in --- */

static void take_hello(struct ike_client *c, const struct ike_head *m)
{
	/* another one begins another snapshot: charon could not tell us everything */
	memcpy(&c->hello, m, sizeof(c->hello));
	c->greeted = true;
	c->up(c);
}

static void take(struct ike_client *c, const struct ike_head *m, size_t len)
{
	int err = ike_message_check(m, len, IKE_FROM_CHARON);

	if (err == -EPROTO)
		lose(c, "charon's plugin speaks another version: install the one that was built "
			"with this culvertd, and restart charon");
	else if (err)
		lose(c, "charon's plugin sent a message that is none");
	else if (m->type == IKE_HELLO)
		take_hello(c, m);
	else if (!c->greeted)
		lose(c, "charon's plugin did not begin with a hello");
	else
		c->message(c, m);
}

static void flush(struct ike_client *c)
{
	int err = imsg_queue_flush(&c->queue);

	if (!err)
		loop_mod(c->loop, &c->watch, EPOLLIN);
	else if (err != -EAGAIN)
		lose(c, strerror(-err));
}

static void ready(struct watch *w, uint32_t events)
{
	struct ike_client *c = container_of(w, struct ike_client, watch);
	union {
		struct ike_head head;
		char bytes[IKE_MESSAGE_MAX];
	} buf;

	if (events & EPOLLOUT)
		flush(c);
	for (int i = 0; i < MESSAGES_PER_TURN && w->fd >= 0; i++) {
		ssize_t n = imsg_recv(w->fd, &buf, sizeof(buf), NULL, NULL);

		if (n == -EAGAIN || n == -EINTR)
			return;
		if (n > 0)
			take(c, &buf.head, (size_t)n);
		else if (n == -EMSGSIZE)
			lose(c, "charon's plugin sent a message that is too long");
		else
			lose(c, n ? strerror((int)-n) : "charon has closed the connection");
	}
}

/* --- out --- */

int ike_client_send(struct ike_client *c, const void *msg, size_t len)
{
	int err;

	if (c->watch.fd < 0)
		return -ENOTCONN;
	err = imsg_queue_send(&c->queue, msg, len, NULL, 0);
	if (err == -ENOBUFS) /* what it does not hear it would never know */
		shutdown(c->watch.fd, SHUT_RDWR);
	if (!imsg_queue_idle(&c->queue))
		loop_mod(c->loop, &c->watch, EPOLLIN | EPOLLOUT);
	return err;
}

int ike_client_open(struct ike_client *c, int fd, const char *software)
{
	struct ike_hello hello = {
		.head = {.type = IKE_HELLO, .version = IKE_VERSION},
	};
	int err;

	ike_client_close(c);
	c->watch = (struct watch){.fd = fd, .ready = ready};
	c->greeted = false;
	imsg_queue_init(&c->queue, fd, IKE_CLIENT_QUEUE_MAX);
	err = loop_add(c->loop, &c->watch, EPOLLIN);
	if (err) {
		c->watch.fd = -1;
		return err;
	}
	snprintf(hello.software, sizeof(hello.software), "%s", software);
	ike_client_send(c, &hello, sizeof(hello));
	return 0;
}
