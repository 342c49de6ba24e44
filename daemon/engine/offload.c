// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel objects of a call: asked for when its user has been accepted, never before; taken
 * away when PPP or L2TP has ended it.
 *
 * At most OFFLOAD_PARALLEL requests to make a session are under way; the other calls wait, the
 * oldest first.  A call is never asked for and taken away at the same time: what ends while it is
 * being made is deleted when the answer has come.  Deletions wait for their turn as well, because
 * the kernel role turns away what exceeds KERN_QUEUE_MAX, and thousands may end at once.  They go
 * in lots, the next when half of the last are done: what the kernel role is asked for at once it
 * deletes at once, at the price of one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/engine/dial.h"
#include "daemon/engine/resume.h"

#define OFFLOAD_PARALLEL 128 /* shared grace periods want many at once; see the kernel role */
#define OFFLOAD_DELETES	       (KERN_QUEUE_MAX / 2)  /* deletions of sessions under way */
#define OFFLOAD_REFILL	       (OFFLOAD_DELETES / 2) /* once as many were, not before so few are */
#define OFFLOAD_DELETES_TUNNEL (KERN_QUEUE_MAX / 4)
#define MTU_MIN          576 /* RFC 791 3.1: what everybody takes, whatever its MRU says */

NAMES_FUNCTION(offload, OFFLOAD_LIST)

static struct wire wire(struct engine *e, enum wire_kern_type type, uint32_t *ret_id)
{
	*ret_id = engine_request_id(e);
	return (struct wire){ .type = (uint16_t)type, .version = WIRE_VERSION, .id = *ret_id };
}

static int add_tunnel(struct engine *e, struct peer *p)
{
	struct kern_tunnel_add m = {
		.wire = wire(e, KERN_TUNNEL_ADD, &p->kern_id),
		.tunnel = p->tunnel.id,
		.peer_tunnel = p->tunnel.peer_id,
		.listener = p->dial ? 0 : p->listener,
		.client = p->dial ? (uint8_t)(p->dial->index + 1) : 0,
		.local = p->local,
		.peer = p->remote,
		.mark = tie_mark(e, p),
	};
	int err = e->ops->kernel(e->ctx, &m, sizeof(m));

	if (!err)
		p->offload = OFFLOAD_ADDING;
	return err;
}

static uint16_t session_mtu(const struct call *c, uint16_t most)
{
	uint16_t mtu = link_mtu(&c->link);

	if (!mtu || mtu > most)
		return most;
	return mtu < MTU_MIN ? MTU_MIN : mtu;
}

static int add_session(struct engine *e, struct call *c)
{
	const struct config_group *g = &e->cfg->groups[c->group];
	uint16_t mtu = session_mtu(c, g->mtu);
	bool ipv6 = g->ipv6 && mtu >= IPV6CP_MTU_MIN;
	struct kern_session_add m = {
		.wire = wire(e, KERN_SESSION_ADD, &c->kern_id),
		.tunnel = c->peer->tunnel.id,
		.session = c->session.id,
		.peer_session = c->session.peer_id,
		.group = c->group,
		.ipv4 = true, /* IPv6 follows when IPV6CP has opened: its address costs the kernel
			       */
		.mtu = mtu,
		.local4 = g->local_address,
		.remote4 = c->address,
	};

	if (ipv6) {
		ipv6cp_choose(&c->link.ipv6cp, &e->env);
		memcpy(&m.local_iid, c->link.ipv6cp.local, sizeof(m.local_iid));
	}
	c->offload = OFFLOAD_ADDING;
	return e->ops->kernel(e->ctx, &m, sizeof(m));
}

/* The client's end: what its profile and the gateway say. */
static int add_dialed(struct engine *e, struct call *c)
{
	struct kern_session_add m = {
		.wire = wire(e, KERN_SESSION_ADD, &c->kern_id),
		.tunnel = c->peer->tunnel.id,
		.session = c->session.id,
		.peer_session = c->session.peer_id,
		.ipv4 = true,
		.mtu = session_mtu(c, c->ppp.mru),
	};

	dial_session(c, &m);
	c->offload = OFFLOAD_ADDING;
	return e->ops->kernel(e->ctx, &m, sizeof(m));
}

static void add(struct engine *e, struct call *c)
{
	int err = 0;

	e->adding++;
	if (c->peer->offload == OFFLOAD_NONE)
		err = add_tunnel(e, c->peer);
	if (!err)
		err = c->peer->dial ? add_dialed(e, c) : add_session(e, c);
	if (!err)
		return;
	e->adding--;
	e->stats.offloading--;
	c->offload = OFFLOAD_NONE;
	c->kern_id = 0;
	call_close(e, c, "kernel-busy", L2TP_CALL_ERROR, L2TP_ERROR_RESOURCES,
		   "no room for another request to the kernel");
}

void offload_next(struct engine *e)
{
	while (!list_empty(&e->waiting) && e->adding < OFFLOAD_PARALLEL) {
		struct call *c = list_entry(list_first(&e->waiting), struct call, waiting);

		list_del(&c->waiting);
		add(e, c);
	}
}

void offload_start(struct engine *e, struct call *c)
{
	c->offload = OFFLOAD_WAITING;
	e->stats.offloading++;
	list_add_tail(&e->waiting, &c->waiting);
	offload_next(e);
}

static void ask_del_session(struct engine *e, struct call *c)
{
	struct kern_session_del m = {
		.wire = wire(e, KERN_SESSION_DEL, &c->kern_id),
		.tunnel = c->peer->tunnel.id,
		.session = c->session.id,
	};

	if (!e->ops->kernel(e->ctx, &m, sizeof(m))) {
		if (++e->deleting >= OFFLOAD_DELETES)
			e->deletes_full = true;
	} else {
		c->offload = OFFLOAD_GONE;
		call_gone(e, c);
	}
}

static void ask_del_tunnel(struct engine *e, struct peer *p)
{
	struct kern_tunnel_del m = {
		.wire = wire(e, KERN_TUNNEL_DEL, &p->kern_id),
		.tunnel = p->tunnel.id,
	};

	if (!e->ops->kernel(e->ctx, &m, sizeof(m))) {
		e->deleting_peers++;
	} else {
		p->offload = OFFLOAD_GONE;
		peer_settle(e, p);
	}
}

bool offload_wants_deletes(const struct engine *e)
{
	return list_empty(&e->leaving_calls) && !e->deletes_full;
}

static void next_deletes(struct engine *e)
{
	while (!list_empty(&e->leaving_calls) && !e->deletes_full) {
		struct call *c = list_entry(list_first(&e->leaving_calls), struct call, waiting);

		list_del(&c->waiting);
		ask_del_session(e, c);
	}
	while (!list_empty(&e->leaving_peers) && e->deleting_peers < OFFLOAD_DELETES_TUNNEL) {
		struct peer *p = list_entry(list_first(&e->leaving_peers), struct peer, dead_list);

		list_del(&p->dead_list);
		ask_del_tunnel(e, p);
	}
}

static void del_session(struct engine *e, struct call *c)
{
	e->ops->detach(e->ctx, &c->dev);
	c->offload = OFFLOAD_DELETING;
	list_add_tail(&e->leaving_calls, &c->waiting);
	next_deletes(e);
}

void offload_stop(struct engine *e, struct call *c)
{
	switch (c->offload) {
	case OFFLOAD_WAITING:
		list_del(&c->waiting);
		e->stats.offloading--;
		c->offload = OFFLOAD_NONE;
		call_gone(e, c);
		return;
	case OFFLOAD_NONE:
	case OFFLOAD_GONE:
		call_gone(e, c);
		return;
	case OFFLOAD_READY:
		del_session(e, c);
		return;
	case OFFLOAD_ADDING:   /* the answer brings us back here */
	case OFFLOAD_DELETING:
		return;
	}
}

void offload_stop_peer(struct engine *e, struct peer *p)
{
	if (p->offload != OFFLOAD_READY || p->n_calls)
		return;
	e->ops->remove_socket(e->ctx, &p->socket);
	p->offload = OFFLOAD_DELETING;
	list_add_tail(&e->leaving_peers, &p->dead_list);
	next_deletes(e);
}

void offload_set(struct engine *e, struct call *c)
{
	uint32_t id;
	struct kern_session_set m = {
		.wire = wire(e, KERN_SESSION_SET, &id),
		.tunnel = c->peer->tunnel.id,
		.session = c->session.id,
		.ipv4 = cp_opened(&c->link.ipcp.cp) || !c->stopped_ncp,
		.ipv6 = cp_opened(&c->link.ipv6cp.cp),
	};

	if (m.ipv6)
		memcpy(&m.remote_iid, c->link.ipv6cp.remote, sizeof(m.remote_iid));
	if (c->offload == OFFLOAD_READY)
		e->ops->kernel(e->ctx, &m, sizeof(m));
}

static void failed(struct engine *e, struct peer *p, struct call *c, const struct kern_done *m)
{
	char text[KERN_DETAIL_MAX];

	snprintf(text, sizeof(text), "%.*s", KERN_DETAIL_MAX - 1, m->detail);
	engine_event(e, ENGINE_OFFLOAD_FAILED, p, c, text[0] ? text : strerror(-m->error));
}

static void session_added(struct engine *e, struct call *c, const struct kern_done *m, int *fds,
			  size_t nfds)
{
	int err = m->error;

	e->adding--;
	e->stats.offloading--;
	if (err)
		failed(e, c->peer, c, m);
	c->offload = err ? OFFLOAD_NONE : OFFLOAD_READY;
	if (!err && nfds == 2) {
		err = e->ops->attach(e->ctx, &c->dev, fds[0], fds[1]);
		fds[0] = fds[1] = -1;
	} else if (!err) {
		err = -EBADMSG;
	}
	c->ifindex = m->ifindex;
	snprintf(c->ifname, sizeof(c->ifname), "%.*s", KERN_IFNAME_MAX - 1, m->ifname);
	if (c->session.state == SESSION_CLOSED) {
		offload_stop(e, c);
	} else if (err) {
		call_close(e, c, "kernel-failed", L2TP_CALL_ERROR, L2TP_ERROR_RESOURCES,
			   "the kernel could not make the interface");
	} else if (c->peer->dial) {
		if (c->state == CALL_ACCEPTED)
			call_established(e, c);
		call_settle(e, c);
	} else {
		link_gate_open(&c->link, &e->env);
		engine_apply(e, c->peer, c);
	}
}

static void call_done(struct engine *e, struct call *c, const struct kern_done *m, int *fds,
		      size_t nfds)
{
	if (m->wire.id != c->kern_id) { /* KERN_SESSION_SET's: the rest of the session works */
		if (m->error && c->offload == OFFLOAD_READY)
			failed(e, c->peer, c, m);
		return;
	}
	c->kern_id = 0;
	if (c->offload == OFFLOAD_ADDING) {
		session_added(e, c, m, fds, nfds);
	} else if (c->offload == OFFLOAD_DELETING) {
		if (--e->deleting <= OFFLOAD_REFILL)
			e->deletes_full = false;
		c->counters = m->counters;
		c->offload = OFFLOAD_GONE;
		call_gone(e, c);
	}
}

static void peer_done(struct engine *e, struct peer *p, const struct kern_done *m, int *fds,
		      size_t nfds)
{
	if (m->wire.id != p->kern_id)
		return;
	p->kern_id = 0;
	if (p->offload == OFFLOAD_DELETING) {
		e->deleting_peers--;
		p->offload = OFFLOAD_GONE;
	} else if (p->offload == OFFLOAD_ADDING && m->error) {
		failed(e, p, NULL, m); /* its calls fail by their own answers */
		p->offload = OFFLOAD_NONE;
	} else if (p->offload == OFFLOAD_ADDING) {
		p->offload = OFFLOAD_READY;
		p->layout = m->layout;
		if (nfds && !e->ops->add_socket(e->ctx, &p->socket, p->listener, fds[0]))
			fds[0] = -1;
	}
	peer_settle(e, p);
}

void engine_kernel_done(struct engine *e, const struct kern_done *m, int *fds, size_t nfds,
			usec_t now)
{
	struct peer *p = peer_find(e, m->tunnel);
	struct call *c = m->session ? call_find(e, m->session) : NULL;

	engine_begin(e, now);
	stop_progress(e);
	if (!list_empty(&e->orphans_asked) && orphan_done(e, m))
		c = NULL;
	else if (!m->tunnel && !m->session)
		carrier_done(e, m, fds, nfds);
	else if (c)
		call_done(e, c, m, fds, nfds);
	else if (p && !m->session)
		peer_done(e, p, m, fds, nfds);
	for (size_t i = 0; i < nfds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	next_deletes(e);
	offload_next(e);
}

void engine_kernel_gone(struct engine *e, const struct kern_gone *m, usec_t now)
{
	struct peer *p = peer_find(e, m->tunnel);
	struct call *c = m->session ? call_find(e, m->session) : NULL;

	engine_begin(e, now);
	if (c) {
		engine_event(e, ENGINE_FOREIGN_DELETE, c->peer, c, m->detail);
		call_close(e, c, "foreign-delete", L2TP_CALL_ADMIN, 0,
			   "the kernel session was deleted");
	} else if (p && !m->session) {
		engine_event(e, ENGINE_FOREIGN_DELETE, p, NULL, m->detail);
		peer_close(e, p, L2TP_STOP_ERROR, L2TP_ERROR_RESOURCES,
			   "the kernel tunnel was deleted");
	}
}

void engine_kernel_stats(struct engine *e, const struct kern_stats *m, usec_t now)
{
	engine_begin(e, now);
	for (size_t i = 0; i < m->count && i < KERN_STATS_MAX; i++) {
		struct call *c = call_find(e, m->entry[i].session);

		if (c && c->peer->tunnel.id == m->entry[i].tunnel)
			c->counters = m->entry[i].counters;
	}
	if (m->last && m->wire.id == e->refresh_id) {
		e->refresh_id = 0;
		e->ops->refreshed(e->ctx);
	}
}

bool engine_refresh(struct engine *e, usec_t now)
{
	struct kern_stats_get m;
	uint32_t id;

	engine_begin(e, now);
	if (e->refresh_id)
		return true;
	m.wire = wire(e, KERN_STATS_GET, &id);
	if (e->ops->kernel(e->ctx, &m, sizeof(m)))
		return false;
	e->refresh_id = id;
	return true;
}
