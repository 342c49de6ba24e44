// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kernel tunnels.
 *
 * Making one is quick (four system calls and one generic netlink command), so it is done at once
 * and a KERN_SESSION_ADD may follow.  Deleting is closing the UDP socket, which on some kernels
 * walks all tunnels, so a thread does it; it is answered when the kernel no longer knows the id,
 * because only then can the id be used again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "netlink/check.h"
#include "netlink/kern_int.h"
#include "netlink/layout.h"

#define CLOSING_TICKS 500 /* 5 s; then answer anyhow, with an error */

/* --- add ------------------------------------------------------------------------------------- */

/* A parked socket is in nobody's way, unless the listener has all addresses. */
static int open_socket(struct kern *k, const struct ktunnel *t)
{
	int listener = k->listener[t->add.listener], fd;
	struct kern_tunnel_add m = t->add;
	bool share = t->layout == KERN_LAYOUT_CLASSIC || kern_wildcard(k, t->add.listener);
	bool esp = kern_requires(k, t->add.listener);

	if (share && listener >= 0)
		layout_guard(listener, false);
	if (k->nft.rewrite) /* its peer's port says which SA it is */
		m.mark = 0;
	fd = t->layout == KERN_LAYOUT_PARKED ? layout_parked(&m, esp) : layout_classic(&m, esp);
	if (share && listener >= 0)
		layout_guard(listener, true);
	return fd;
}

/* A client's tunnel is made of the socket that its profile has; the protocol role has it, too. */
static int dup_client(struct kern *k, struct ktunnel *t)
{
	const struct kclient *c = kclient_of(k, t->add.client);
	int fd = c ? fcntl(c->fd, F_DUPFD_CLOEXEC, 0) : -1;

	if (!c)
		return -ENOENT;
	return fd < 0 ? -errno : fd;
}

static int open_tunnel(struct kern *k, struct ktunnel *t, enum kern_stage *ret_stage)
{
	int error;

	*ret_stage = KERN_STAGE_SOCKET;
	t->layout = KERN_LAYOUT_CLASSIC;
	if (k->layout == KERN_LAYOUT_PARKED && !t->add.client && layout_source_matches(&t->add))
		t->layout = KERN_LAYOUT_PARKED;
	t->fd = t->add.client ? dup_client(k, t) : open_socket(k, t);
	if (t->fd < 0)
		return t->fd;
	*ret_stage = KERN_STAGE_TUNNEL;
	error = l2tp_genl_tunnel_add(&k->genl, t->add.tunnel, t->add.peer_tunnel, t->fd);
	if (error)
		close(t->fd);
	return error;
}

void ktunnel_to_tables(struct kern *k, struct ktunnel *t)
{
	list_add_tail(&k->tunnels, &t->all);
	k->tunnel[t->add.tunnel] = t;
	k->n_tunnels++;
	if (!t->add.client)
		k->server_tunnels[t->server]++;
	t->sa = ksa_of_mark(k, t->add.mark);
	if (t->sa)
		list_add_tail(&t->sa->tunnels, &t->of_sa);
	if (t->sa)
		knft_tie(k, t, t->sa->mark);
}

static void refuse(struct kern *k, const struct wire *w, uint16_t tunnel,
		   const struct kern_failure *failure)
{
	struct kern_done done;

	kern_done_init(&done, w->id, tunnel, 0);
	kern_done_fail(&done, failure);
	kern_answer(k, &done, NULL, 0);
}

static struct check check_add(struct kern *k, const struct kern_tunnel_add *m)
{
	const struct config *cfg = k->cfg;
	const struct ksa *sa = ksa_of_mark(k, m->mark);
	struct check_tunnel now = {
		.exists = k->tunnel[m->tunnel],
		.sa_exists = sa,
		.sa_listener = sa ? sa->listener : 0,
	};

	if (m->client) {
		const struct kclient *c = kclient_of(k, m->client);

		return check_client_tunnel(m, c ? &c->local : NULL, c ? &c->peer : NULL, &now);
	}
	if (m->listener < cfg->n_listeners)
		now.tunnels = k->server_tunnels[cfg->listeners[m->listener].server];
	return check_tunnel_add(cfg, m, &now);
}

void ktunnel_add(struct kern *k, const struct kern_tunnel_add *m)
{
	struct check verdict = check_add(k, m);
	struct kern_failure failure = {verdict.error, KERN_STAGE_CHECK, verdict.why};
	struct kern_done done;
	struct ktunnel *t;
	bool classic;

	if (failure.error) {
		refuse(k, &m->wire, m->tunnel, &failure);
		return;
	}
	t = calloc(1, sizeof(*t));
	if (!t) {
		failure = (struct kern_failure){-ENOMEM, KERN_STAGE_SOCKET, NULL};
		refuse(k, &m->wire, m->tunnel, &failure);
		return;
	}
	t->add = *m;
	t->server = m->client ? 0 : k->cfg->listeners[m->listener].server;
	list_init(&t->all);
	list_init(&t->of_sa);
	list_init(&t->session_list);
	failure.error = open_tunnel(k, t, &failure.stage);
	if (failure.error) {
		free(t);
		refuse(k, &m->wire, m->tunnel, &failure);
		return;
	}
	ktunnel_to_tables(k, t);
	kern_done_init(&done, m->wire.id, m->tunnel, 0);
	done.layout = (uint8_t)t->layout;
	classic = t->layout == KERN_LAYOUT_CLASSIC && !m->client;
	kern_answer(k, &done, classic ? &t->fd : NULL, classic);
}

/* --- delete ---------------------------------------------------------------------------------- */

static void tunnel_gone(struct kern *k, struct ktunnel *t, int error)
{
	struct kern_failure failure = {error, KERN_STAGE_TUNNEL, "the kernel does not let it go"};
	struct kern_done done;

	kern_done_init(&done, t->del_id, t->add.tunnel, 0);
	if (error)
		kern_done_fail(&done, &failure);
	list_del(&t->all);
	knft_untie(k, t);
	k->tunnel[t->add.tunnel] = NULL;
	k->n_tunnels--;
	if (!t->add.client)
		k->server_tunnels[t->server]--;
	free(t);
	kern_answer(k, &done, NULL, 0);
}

/* The kernel deletes tunnels in a work item of its own; usually it has been quicker than we. */
static bool try_finish(struct kern *k, struct ktunnel *t)
{
	bool known = l2tp_genl_tunnel_get(&k->genl, t->add.tunnel) != -ENOENT;

	if (known && t->ticks++ < CLOSING_TICKS)
		return false;
	tunnel_gone(k, t, known ? -EBUSY : 0);
	return true;
}

bool ktunnel_tick(struct kern *k)
{
	struct list *pos, *tmp;
	bool more = false;

	list_for_each_safe (pos, tmp, &k->tunnels) {
		struct ktunnel *t = list_entry(pos, struct ktunnel, all);

		if (t->closed)
			more |= !try_finish(k, t);
	}
	return more;
}

static void close_run(struct job *job)
{
	struct ktunnel *t = container_of(job, struct ktunnel, job);

	close(t->fd);
}

static void close_done(void *ctx, struct job *job)
{
	struct ktunnel *t = container_of(job, struct ktunnel, job);
	struct kern *k = ctx;

	t->closed = true;
	if (!try_finish(k, t))
		kern_tick(k);
}

/* The classic socket may be open in the protocol role as well, so closing ours is not enough. */
static void close_tunnel(struct kern *k, struct ktunnel *t)
{
	list_del(&t->of_sa); /* the descriptor is the thread's from now on */
	if (t->layout == KERN_LAYOUT_CLASSIC)
		(void)l2tp_genl_tunnel_del(&k->genl, t->add.tunnel);
	t->job.run = close_run;
	t->job.done = close_done;
	workers_submit(k->workers, &t->job);
}

void ktunnel_session_gone(struct kern *k, struct ktunnel *t)
{
	if (t->dying && !t->sessions)
		close_tunnel(k, t);
}

void ktunnel_start_del(struct kern *k, struct ktunnel *t, uint32_t id)
{
	struct list *pos, *tmp;

	t->del_id = id;
	if (t->dying)
		return;
	t->dying = true;
	if (!t->sessions) {
		close_tunnel(k, t);
		return;
	}
	list_for_each_safe (pos, tmp, &t->session_list)
		ksession_start_del(k, list_entry(pos, struct ksession, of_tunnel), 0);
}

void ktunnel_del(struct kern *k, const struct kern_tunnel_del *m)
{
	struct ktunnel *t = k->tunnel[m->tunnel];
	struct kern_failure failure = {-ENOENT, KERN_STAGE_CHECK, "no such tunnel"};

	if (!t || t->dying)
		refuse(k, &m->wire, m->tunnel, &failure);
	else
		ktunnel_start_del(k, t, m->wire.id);
}
