// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One datagram is one message; see include/wire.h for what is in it.
 */
#include "daemon/imsg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/base/secret.h"
#include "wire.h"

union control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(WIRE_FDS_MAX * sizeof(int))];
};

struct waiting {
	struct list list;
	size_t len;
	size_t nfds;
	int fds[WIRE_FDS_MAX];
	char bytes[];
};

int imsg_send(int fd, const void *msg, size_t len, const int *fds, size_t nfds)
{
	struct iovec iov = { .iov_base = (void *)msg, .iov_len = len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control ctl;

	BUG_ON(nfds > WIRE_FDS_MAX || len > WIRE_SIZE_MAX);
	if (nfds) {
		struct cmsghdr *c;

		memset(&ctl, 0, sizeof(ctl));
		mh.msg_control = ctl.buf;
		mh.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	if (sendmsg(fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

static void close_all(const int *fds, size_t nfds)
{
	for (size_t i = 0; i < nfds; i++)
		close(fds[i]);
}

/* Every descriptor of the message, to fds while there is room; says whether all had room. */
static bool take_fds(struct msghdr *mh, int *fds, size_t room, size_t *ret_nfds)
{
	bool fits = !(mh->msg_flags & MSG_CTRUNC);
	size_t n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		size_t have = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < have; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (n < room) {
				fds[n++] = fd;
			} else {
				close(fd);
				fits = false;
			}
		}
	}
	*ret_nfds = n;
	return fits;
}

ssize_t imsg_recv(int fd, void *buf, size_t size, int *fds, size_t *nfds)
{
	struct iovec iov = { .iov_base = buf, .iov_len = size };
	union control ctl;
	struct msghdr mh = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = ctl.buf,
		.msg_controllen = sizeof(ctl.buf),
	};
	size_t room = nfds ? *nfds : 0;
	size_t got;
	ssize_t n;

	if (nfds)
		*nfds = 0;
	n = recvmsg(fd, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -errno;
	if (!take_fds(&mh, fds, room, &got) || (mh.msg_flags & MSG_TRUNC)) {
		close_all(fds, got);
		return -EMSGSIZE;
	}
	if (nfds)
		*nfds = got;
	return n;
}

void imsg_queue_init(struct imsg_queue *q, int fd, size_t max)
{
	q->fd = fd;
	list_init(&q->waiting);
	q->count = 0;
	q->max = max;
}

static void drop(struct imsg_queue *q, struct waiting *w)
{
	list_del(&w->list);
	q->count--;
	close_all(w->fds, w->nfds);
	secret_wipe(w->bytes, w->len); /* it may ask about a password */
	free(w);
}

void imsg_queue_fini(struct imsg_queue *q)
{
	while (!list_empty(&q->waiting))
		drop(q, list_entry(list_first(&q->waiting), struct waiting, list));
}

static int enqueue(struct imsg_queue *q, const void *msg, size_t len, const int *fds, size_t nfds)
{
	struct waiting *w;

	if (q->count == q->max)
		return -ENOBUFS;
	w = malloc(sizeof(*w) + len);
	if (!w)
		return -ENOMEM;
	memcpy(w->bytes, msg, len);
	w->len = len;
	for (w->nfds = 0; w->nfds < nfds; w->nfds++) {
		w->fds[w->nfds] = fcntl(fds[w->nfds], F_DUPFD_CLOEXEC, 0);
		if (w->fds[w->nfds] < 0) {
			int err = -errno;

			close_all(w->fds, w->nfds);
			free(w);
			return err;
		}
	}
	list_add_tail(&q->waiting, &w->list);
	q->count++;
	return 0;
}

int imsg_queue_send(struct imsg_queue *q, const void *msg, size_t len, const int *fds, size_t nfds)
{
	int err;

	if (q->count == 0) {
		err = imsg_send(q->fd, msg, len, fds, nfds);
		if (err != -EAGAIN)
			return err;
	}
	return enqueue(q, msg, len, fds, nfds);
}

int imsg_queue_flush(struct imsg_queue *q)
{
	while (!list_empty(&q->waiting)) {
		struct waiting *w = list_entry(list_first(&q->waiting), struct waiting, list);
		int err = imsg_send(q->fd, w->bytes, w->len, w->fds, w->nfds);

		if (err)
			return err;
		drop(q, w);
	}
	return 0;
}
