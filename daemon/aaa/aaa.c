// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The loop of the aaa role.
 *
 * One message is taken in, answered, and wiped before the next.  An answer that its socket has no
 * room for stays in the one place there is for it, and nothing more is read from that socket until
 * it has gone: the askers wait in their own queues, not in ours.
 *
 * The protocol role may die; the kernel role then brings a connection to the next one.
 */
#include "daemon/aaa/aaa.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/aaa/users.h"
#include "daemon/aaa/verify.h"
#include "daemon/base/secret.h"
#include "daemon/config/config_errors.h"
#include "daemon/imsg.h"
#include "wire_aaa.h"

union message {
	struct wire wire;
	struct wire_aaa_auth auth;
	struct wire_aaa_result result;
	struct wire_aaa_users users;
	struct wire_aaa_peer peer;
	struct wire_aaa_users_done users_done;
	uint8_t bytes[WIRE_SIZE_MAX];
};

struct end {
	int fd;
	union message answer;
	size_t answer_len; /* 0: none waits */
};

struct aaa {
	struct end protocol, kernel;
	struct users *users; /* NULL until the kernel role has sent some that are right */
};

/* --- requests --------------------------------------------------------------------------------- */

static void answer(struct end *e, enum wire_aaa_type type, uint32_t id, size_t len)
{
	e->answer.wire = (struct wire){
		.type = (uint16_t)type,
		.version = WIRE_VERSION,
		.id = id,
	};
	e->answer_len = len;
}

static int do_auth(struct aaa *a, const union message *m)
{
	verify(a->users, &m->auth.request, &a->protocol.answer.result.result);
	answer(&a->protocol, WIRE_AAA_RESULT, m->wire.id, sizeof(m->result));
	return 0;
}

/* The new users are in force only if all of their file is right. */
static int do_users(struct aaa *a, union message *m, int fd)
{
	struct wire_aaa_users_done *done = &a->kernel.answer.users_done;
	struct config_errors errs;
	struct users *new = NULL;

	if (m->users.n_groups > AAA_GROUPS_MAX)
		return -EPROTO;
	for (size_t i = 0; i < m->users.n_groups; i++)
		m->users.group[i].name[AUTH_GROUP_MAX - 1] = '\0';
	m->users.path[sizeof(m->users.path) - 1] = '\0';
	memset(done, 0, sizeof(*done));
	config_errors_init(&errs);
	if (users_load(fd, m->users.path, &new, &errs) == 0 && m->users.n_groups)
		users_check(new, m->users.path, m->users.group, m->users.n_groups, &errs);
	if (errs.count || errs.dropped) {
		users_free(new);
	} else {
		users_free(a->users);
		a->users = new;
	}
	done->errors = (uint32_t)(errs.count + errs.dropped);
	if (errs.count)
		config_error_text(&errs.list[0], done->first_error, sizeof(done->first_error));
	else if (done->errors)
		snprintf(done->first_error, sizeof(done->first_error), "users file: out of memory");
	done->users = a->users ? (uint32_t)users_count(a->users) : 0;
	config_errors_fini(&errs);
	answer(&a->kernel, WIRE_AAA_USERS_DONE, m->wire.id, sizeof(*done));
	return 0;
}

static void lose_protocol(struct aaa *a)
{
	if (a->protocol.fd >= 0)
		close(a->protocol.fd);
	secret_wipe(&a->protocol, sizeof(a->protocol));
	a->protocol.fd = -1;
}

static int do_peer(struct aaa *a, int *fd)
{
	lose_protocol(a);
	a->protocol.fd = *fd;
	*fd = -1;
	return 0;
}

/* Each end may ask its own questions only, in exactly their length. */
static int dispatch(struct aaa *a, const struct end *from, union message *m, size_t len, int *fd)
{
	if (len < sizeof(m->wire) || m->wire.version != WIRE_VERSION)
		return -EPROTO;
	if (from == &a->protocol && m->wire.type == WIRE_AAA_AUTH)
		return len == sizeof(m->auth) && *fd < 0 ? do_auth(a, m) : -EPROTO;
	if (from == &a->kernel && m->wire.type == WIRE_AAA_USERS)
		return len == sizeof(m->users) && *fd >= 0 ? do_users(a, m, *fd) : -EPROTO;
	if (from == &a->kernel && m->wire.type == WIRE_AAA_PEER)
		return len == sizeof(m->peer) && *fd >= 0 ? do_peer(a, fd) : -EPROTO;
	return -EPROTO;
}

/* --- sockets ---------------------------------------------------------------------------------- */

/* 0 when nothing waits any more, -EAGAIN when there is no room yet. */
static int flush_answer(struct end *e)
{
	int r;

	if (!e->answer_len)
		return 0;
	r = imsg_send(e->fd, &e->answer, e->answer_len, NULL, 0);
	if (r == -EAGAIN || r == -EINTR)
		return -EAGAIN;
	secret_wipe(&e->answer, e->answer_len);
	e->answer_len = 0;
	return r;
}

/* 1: something was done; 0: nothing there; -EPIPE: closed; or another error. */
static int serve_one(struct aaa *a, struct end *e)
{
	union message m;
	int fd = -1;
	size_t nfds = 1;
	ssize_t n;
	int r;

	n = imsg_recv(e->fd, &m, sizeof(m), &fd, &nfds);
	if (n == -EAGAIN || n == -EINTR)
		return 0;
	if (n <= 0)
		return n ? (int)n : -EPIPE;
	if (nfds == 0)
		fd = -1;
	r = dispatch(a, e, &m, (size_t)n, &fd);
	if (fd >= 0)
		close(fd);
	secret_wipe(&m, (size_t)n);
	return r < 0 ? r : 1;
}

static int serve(struct aaa *a, struct end *e, short events)
{
	int r;

	if (!events)
		return 0;
	do {
		r = flush_answer(e);
		if (r == -EAGAIN)
			return 0;
		if (r == 0)
			r = serve_one(a, e);
	} while (r > 0);
	return r;
}

static bool closed(int r)
{
	return r == -EPIPE || r == -ECONNRESET || r == -ENOTCONN;
}

static int serve_protocol(struct aaa *a, short events)
{
	int r = serve(a, &a->protocol, events);

	if (!closed(r))
		return r;
	lose_protocol(a);
	return 0;
}

static short wanted(const struct end *e)
{
	return e->answer_len ? POLLOUT : POLLIN;
}

int aaa_main(int protocol_fd, int kernel_fd)
{
	struct aaa a = {.protocol.fd = protocol_fd, .kernel.fd = kernel_fd};
	int r = 0;

	while (r == 0) {
		struct pollfd p[] = {
			{.fd = kernel_fd, .events = wanted(&a.kernel)},
			{.fd = a.protocol.fd, .events = wanted(&a.protocol)},
		};

		if (poll(p, 2, -1) < 0) {
			r = errno == EINTR ? 0 : -errno;
			continue;
		}
		r = serve(&a, &a.kernel, p[0].revents);
		if (r == 0 && a.protocol.fd == p[1].fd)
			r = serve_protocol(&a, p[1].revents);
	}
	users_free(a.users);
	secret_wipe(&a, sizeof(a));
	/* the kernel role has gone, and this one with it */
	return closed(r) ? 0 : r;
}
