// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The protocol role's end of its socket to the kernel role: configuration, sockets and orders come
 * in, requests go out, answers come later.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/config/config.h"
#include "daemon/protocol.h"

#define MESSAGES_PER_TURN 64

static size_t expected_size(uint16_t type)
{
	switch ((enum wire_kern_type)type) {
	case KERN_START:
	case KERN_RELOADED:
		return sizeof(struct kern_start);
	case KERN_LISTENER:
		return sizeof(struct kern_listener);
	case KERN_CONTROL:
		return sizeof(struct kern_control);
	case KERN_READY:
		return sizeof(struct kern_ready);
	case KERN_DONE:
		return sizeof(struct kern_done);
	case KERN_STATS:
		return sizeof(struct kern_stats);
	case KERN_GONE:
		return sizeof(struct kern_gone);
	case KERN_STOP:
		return sizeof(struct kern_stop);
	case KERN_IKE:
		return sizeof(struct kern_ike);
	case KERN_CLIENT:
		return sizeof(struct kern_client);
	case KERN_KEPT:
		return sizeof(struct kern_kept);
	case KERN_RELOAD_DONE:
		return sizeof(struct kern_reload_done);
	case KERN_AAA:
		return sizeof(struct kern_aaa);
	case KERN_DRAIN:
		return sizeof(struct kern_drain);
	case KERN_TUNNEL_ADD:
	case KERN_TUNNEL_DEL:
	case KERN_SESSION_ADD:
	case KERN_SESSION_DEL:
	case KERN_SESSION_SET:
	case KERN_STATS_GET:
	case KERN_STOPPED:
	case KERN_IKE_LOST:
	case KERN_SA_ADD:
	case KERN_SA_SET:
	case KERN_SA_DEL:
	case KERN_TUNNEL_SET:
	case KERN_CLIENT_OPEN:
	case KERN_CLIENT_CLOSE:
	case KERN_RELOAD:
	case KERN_UPGRADE:
	case KERN_DRAINING:
	case KERN_DRAINED:
		return 0; /* ours to send */
	}
	return 0;
}

static int take_config(struct protocol *pr, const struct kern_start *m, int *fds)
{
	int err = pr->cfg ? -EEXIST : config_from_memfd(fds[0], &pr->cfg);

	if (err)
		return err;
	pr->state_fd = fds[1];
	fds[1] = -1;
	pr->resumed = m->resumed;
	pr->protocol_restarts = m->protocol_restarts;
	pr->aaa_restarts = m->aaa_restarts;
	pr->layout = (enum kern_layout)m->layout;
	snprintf(pr->kernel_release, sizeof(pr->kernel_release), "%.*s",
		 (int)sizeof(m->kernel) - 1, m->kernel);
	log_set_level(&pr->log, pr->cfg->debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	return 0;
}

static int take_listener(struct protocol *pr, const struct kern_listener *m, int *fd)
{
	int err = udp_add_listener(&pr->udp, m->index, *fd);

	if (!err)
		*fd = -1;
	return err;
}

static int take_kept(struct protocol *pr, const struct wire *w, int *fds, size_t nfds)
{
	int err = pr->engine ? 0 : protocol_begin(pr);

	if (err)
		return err;
	engine_kernel_kept(pr->engine, (const struct kern_kept *)(const void *)w, fds, nfds,
			   loop_now(&pr->loop));
	for (size_t i = 0; i < nfds; i++)
		fds[i] = -1;
	return 0;
}

static int take_aaa(struct protocol *pr, const struct kern_aaa *m, int *fd)
{
	int taken = *fd;

	*fd = -1;
	pr->aaa_restarts = m->restarts;
	return aaa_client_replace(pr, taken);
}

static int take_ike(struct protocol *pr, int *fd)
{
	int err = pr->engine ? protocol_ike_open(pr, *fd) : -EBADMSG;

	if (!err)
		*fd = -1;
	return err;
}

/* Messages that are not for the engine; 0 or -errno. */
static int take_start(struct protocol *pr, const struct wire *w, int *fds, size_t nfds)
{
	if (w->type == KERN_READY)
		return protocol_ready(pr);
	if (w->type == KERN_KEPT && !pr->ready)
		return take_kept(pr, w, fds, nfds);
	if (w->type == KERN_START && nfds == 2)
		return take_config(pr, (const struct kern_start *)(const void *)w, fds);
	if (w->type == KERN_RELOAD_DONE)
		return protocol_reload_done(pr, (const struct kern_reload_done *)(const void *)w,
					    nfds == 1 ? fds[0] : -1);
	if (nfds != 1)
		return -EBADMSG;
	if (w->type == KERN_RELOADED)
		return protocol_reloaded(pr, fds[0]);
	if (w->type == KERN_LISTENER)
		return take_listener(pr, (const struct kern_listener *)(const void *)w, &fds[0]);
	if (w->type == KERN_IKE)
		return take_ike(pr, &fds[0]);
	if (w->type == KERN_AAA)
		return take_aaa(pr, (const struct kern_aaa *)(const void *)w, &fds[0]);
	if (w->type == KERN_CONTROL && pr->control_fd < 0) {
		pr->control_fd = fds[0];
		fds[0] = -1;
		return 0;
	}
	return -EBADMSG;
}

static void close_rest(int *fds, size_t nfds)
{
	for (size_t i = 0; i < nfds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void upgraded(struct protocol *pr, const struct kern_done *m)
{
	pr->upgrade = m->error;
	snprintf(pr->upgrade_why, sizeof(pr->upgrade_why), "%.*s", (int)sizeof(m->detail) - 1,
		 m->detail);
	if (pr->control)
		control_wake(pr->control);
}

static void to_engine(struct protocol *pr, const struct wire *w, int *fds, size_t nfds)
{
	usec_t now = loop_now(&pr->loop);
	const void *m = w;

	if (w->type == KERN_DONE && w->id == PROTOCOL_UPGRADE_ID) {
		upgraded(pr, m);
	} else if (w->type == KERN_DONE) {
		engine_kernel_done(pr->engine, m, fds, nfds, now);
		for (size_t i = 0; i < nfds; i++)
			fds[i] = -1;
	} else if (w->type == KERN_CLIENT) {
		engine_client_opened(pr->engine, m, nfds == 1 ? fds[0] : -1, now);
		if (nfds == 1)
			fds[0] = -1;
	} else if (w->type == KERN_STATS) {
		engine_kernel_stats(pr->engine, m, now);
	} else if (w->type == KERN_GONE) {
		engine_kernel_gone(pr->engine, m, now);
	} else if (w->type == KERN_DRAIN) {
		const struct kern_drain *d = m;

		engine_drain(pr->engine, d->kick_rate, d->exit, now);
	} else if (w->type == KERN_STOP) {
		pr->stopping = true;
		engine_stop(pr->engine, now);
	}
}

static bool from_engine_on(const struct wire *w)
{
	return w->type == KERN_DONE || w->type == KERN_CLIENT || w->type == KERN_STATS ||
	       w->type == KERN_GONE || w->type == KERN_STOP || w->type == KERN_DRAIN;
}

/* It is whole; and what is told of an earlier process finds an engine. */
static int check(struct protocol *pr, const struct wire *w, size_t len)
{
	if (len < sizeof(*w) || w->version != WIRE_VERSION || len != expected_size(w->type))
		return -EBADMSG;
	return w->type == KERN_CLIENT && !pr->engine ? protocol_begin(pr) : 0;
}

static void take(struct protocol *pr, const struct wire *w, size_t len, int *fds, size_t nfds)
{
	int err = check(pr, w, len);

	if (!err && from_engine_on(w) && pr->engine)
		to_engine(pr, w, fds, nfds);
	else if (!err && w->type == KERN_STOP)
		protocol_quit(pr, 0);
	else if (!err)
		err = take_start(pr, w, fds, nfds);
	close_rest(fds, nfds);
	if (!err)
		return;
	log_say(&pr->log, LOG_LEVEL_ERROR, LOG_CLASS_BUG,
		"message %u of %zu bytes from the kernel role: %s", len >= sizeof(*w) ? w->type : 0,
		len, strerror(-err));
	protocol_quit(pr, 1);
}

static void ready(struct watch *w, uint32_t events)
{
	struct role_client *rc = container_of(w, struct role_client, watch);
	struct protocol *pr = container_of(rc, struct protocol, kernel);
	union {
		struct wire wire;
		char bytes[WIRE_SIZE_MAX];
	} buf;

	if (events & EPOLLOUT)
		role_client_flush(rc);
	for (int i = 0; i < MESSAGES_PER_TURN && !pr->quit; i++) {
		int fds[WIRE_FDS_MAX];
		size_t nfds = WIRE_FDS_MAX;
		ssize_t n = imsg_recv(w->fd, &buf, sizeof(buf), fds, &nfds);

		if (n == -EAGAIN || n == -EINTR)
			return;
		if (n <= 0) { /* without the parent nobody can be served */
			protocol_quit(pr, 1);
			return;
		}
		take(pr, &buf.wire, (size_t)n, fds, nfds);
	}
}

int kernel_client_init(struct protocol *pr, int fd)
{
	return role_client_init(&pr->kernel, &pr->loop, fd, ready);
}

void kernel_client_fini(struct protocol *pr)
{
	role_client_fini(&pr->kernel);
}

int kernel_client_send(struct protocol *pr, const void *msg, size_t len)
{
	return role_client_send(&pr->kernel, msg, len);
}
