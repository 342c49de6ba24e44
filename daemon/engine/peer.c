// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Peers: one control connection each, from the SCCRQ that asks for it to the last repeat of its
 * StopCCN that might still want an answer.
 *
 * Admission is decided here: how many tunnels there may be, how many of them half open in all and
 * from one address, and what an SCCRQ from an address that already has a tunnel means.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/addr.h"
#include "daemon/engine/dial.h"
#include "daemon/engine/keep.h"

#define PEER_IDLE       (60 * USEC_PER_SEC) /* a tunnel without a call is closed after this */
#define PEER_IDLE_TIED	(5 * USEC_PER_SEC)  /* and this, where its SA should follow its last call */
#define PEER_LINGER_TIED (2 * USEC_PER_SEC)  /* after a StopCCN that is its SA's end, too */
#define PEER_REPEAT_AGE (60 * USEC_PER_SEC) /* no SCCRQ is repeated for longer (5.8: 31 s) */
#define PEER_IDLE_ASK   16 /* calls asked for data before a Hello; one answer is enough */
#define OFFLOAD_DEEP    256 /* calls that wait for the kernel: newcomers wait, too */

struct peer *peer_find(const struct engine *e, uint16_t id)
{
	struct hash_node *n = hash_find(&e->peers, id);

	return n ? container_of(n, struct peer, by_id) : NULL;
}

/* Clients behind one NAT may have the same address and port: the marks of their SAs differ. */
static uint64_t host_key(const struct engine *e, const struct endpoint *ep, uint32_t mark)
{
	return hash_bytes(&e->half_open_by_host, ep->addr, sizeof(ep->addr)) + mark;
}

static uint64_t remote_key(const struct engine *e, const struct endpoint *ep, uint32_t mark)
{
	return hash_bytes(&e->peers_by_remote, ep, sizeof(*ep)) + mark;
}

static bool is_from(const struct peer *p, const struct datagram *d, uint32_t mark)
{
	return endpoint_equal(&p->remote, &d->peer) && p->mark == mark && !p->dead;
}

/* --- admission --- */

static uint32_t half_open_from(const struct engine *e, const struct endpoint *remote, uint32_t mark)
{
	uint32_t n = 0;

	for (struct hash_node *h = hash_find(&e->half_open_by_host, host_key(e, remote, mark)); h;
	     h = hash_next(h)) {
		const struct peer *p = container_of(h, struct peer, by_host);

		n += endpoint_same_host(&p->remote, remote) && p->mark == mark;
	}
	return n;
}

/* A StopCCN that keeps no state: RFC 2661 4.4.2. */
static void refuse(struct engine *e, const struct datagram *d, const struct carrier *c,
		   const struct l2tp_header *h, const struct msg *sccrq)
{
	struct effects *fx = &e->effects;

	if (e->drain.on)
		tunnel_refuse(h, sccrq, L2TP_STOP_ERROR, L2TP_ERROR_TRY_ANOTHER,
			      "the server is being drained", &e->env);
	else
		tunnel_refuse(h, sccrq, L2TP_STOP_ERROR, L2TP_ERROR_RESOURCES, "too many tunnels",
			      &e->env);
	for (size_t i = 0; i < fx->count; i++) {
		struct iovec iov = {
			.iov_base = fx->bytes + fx->list[i].off,
			.iov_len = fx->list[i].len,
		};

		if (fx->list[i].kind == EFFECT_TRANSMIT)
			e->ops->send(e->ctx, d->listener, c ? &c->socket : NULL, &d->local,
				     &d->peer, &iov, 1);
	}
	effects_reset(fx);
}

/*
 * May this SCCRQ make a tunnel?  What is full for a moment is not told: the client asks again by
 * itself, and by then there may be room; telling would cost more than silence in a flood.
 */
static bool admitted(struct engine *e, const struct datagram *d, const struct carrier *c,
		     const struct l2tp_header *h, const struct msg *sccrq)
{
	const struct server *s = &e->servers[e->cfg->listeners[d->listener].server];
	enum engine_drop why;

	if (!e->stopping && e->drain.on)
		why = ENGINE_DROP_DRAINING;
	else if (e->stopping || e->stats.offloading >= OFFLOAD_DEEP)
		why = ENGINE_DROP_BUSY;
	else if (s->cfg->removed || s->tunnels >= s->cfg->max_tunnels)
		why = ENGINE_DROP_TUNNELS;
	else if (e->stats.half_open >= s->cfg->max_half_open ||
		 half_open_from(e, &d->peer, c ? c->mark : 0) >= s->cfg->max_half_open_per_address)
		why = ENGINE_DROP_HALF_OPEN;
	else
		return true;
	engine_drop(e, why);
	if (why != ENGINE_DROP_BUSY && why != ENGINE_DROP_DRAINING)
		engine_event(e, ENGINE_LIMIT, NULL, NULL, engine_drop_name(why));
	if (why == ENGINE_DROP_TUNNELS || why == ENGINE_DROP_DRAINING)
		refuse(e, d, c, h, sccrq);
	return false;
}

/* --- beginning --- */

/* Where the next SCCRQ from there finds it; what we dialed is none of an SCCRQ's business. */
static void enter_remote(struct engine *e, struct peer *p)
{
	hash_add(&e->peers_by_remote, &p->by_remote, remote_key(e, &p->remote, p->mark));
	engine_grow_hash(&e->peers_by_remote);
	hash_add(&e->half_open_by_host, &p->by_host, host_key(e, &p->remote, p->mark));
	engine_grow_hash(&e->half_open_by_host);
	p->half_open = true;
	e->stats.half_open++;
}

void peer_rehash(struct engine *e, struct peer *p)
{
	hash_del(&e->peers_by_remote, &p->by_remote);
	hash_add(&e->peers_by_remote, &p->by_remote, remote_key(e, &p->remote, p->mark));
	if (!p->half_open)
		return;
	hash_del(&e->half_open_by_host, &p->by_host);
	hash_add(&e->half_open_by_host, &p->by_host, host_key(e, &p->remote, p->mark));
}

struct peer *peer_new(struct engine *e, struct server *server, uint8_t listener,
		      const struct endpoint *local, const struct endpoint *remote)
{
	uint16_t id = ids_take(&e->tunnel_ids, e->env.rng);
	struct peer *p = id ? peer_new_as(e, server, listener, local, remote, id) : NULL;

	if (id && !p)
		ids_release(&e->tunnel_ids, id);
	return p;
}

struct peer *peer_new_as(struct engine *e, struct server *server, uint8_t listener,
			 const struct endpoint *local, const struct endpoint *remote, uint16_t id)
{
	struct peer *p = engine_reserve_timers(e, 1) ? NULL : calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->engine = e;
	p->local = *local;
	p->remote = *remote;
	p->listener = listener;
	p->server = server;
	p->terms = terms_get(server->terms);
	p->created = e->env.now;
	p->idle_deadline = p->grace_deadline = USEC_NEVER;
	list_init(&p->in_carrier);
	list_init(&p->in_identity);
	p->socket.watch.fd = -1;
	p->timer.kind = ENGINE_TIMER_PEER;
	list_init(&p->calls);
	list_init(&p->dead_list);
	tunnel_init(&p->tunnel, &p->terms->tunnel, server->role, id, &e->env);
	hash_add(&e->peers, &p->by_id, id);
	engine_grow_hash(&e->peers);
	if (server->role == L2TP_LNS)
		enter_remote(e, p);
	server->tunnels++;
	e->stats.tunnels++;
	e->stats.tunnels_total++;
	return p;
}

void peer_proved(struct engine *e, struct peer *p)
{
	if (!p->half_open)
		return;
	p->half_open = false;
	hash_del(&e->half_open_by_host, &p->by_host);
	e->stats.half_open--;
}

/*
 * The client has come back with the same tunnel id: whatever we said to the old tunnel would now
 * reach the new one, so the old one goes without a word.
 */
static void replace(struct engine *e, struct peer *p)
{
	engine_event(e, ENGINE_REPLACED, p, NULL, "the client has started anew");
	l2tp_end_set(&p->tunnel.end, L2TP_END_PEER, L2TP_STOP_NONE, L2TP_ERROR_NONE, "replaced");
	p->finished = true;
	peer_down(e, p);
	peer_settle(e, p);
}

/*
 * What an SCCRQ from this endpoint means to the tunnels that it already has: a repeat of theirs
 * is theirs; the same tunnel id again is a client that has crashed and come back; anything else
 * may be either a second tunnel or a comeback, and a question to the old one will tell.
 */
static struct peer *judge_known(struct engine *e, const struct datagram *d, uint32_t mark,
				uint16_t peer_id, uint64_t sccrq_hash)
{
	struct hash_node *h = hash_find(&e->peers_by_remote, remote_key(e, &d->peer, mark));

	while (h) {
		struct peer *p = container_of(h, struct peer, by_remote);

		h = hash_next(h); /* p may leave the table */
		if (!is_from(p, d, mark))
			continue;
		if (p->sccrq_hash == sccrq_hash && p->sccrq_len == d->len &&
		    e->env.now - p->created < PEER_REPEAT_AGE)
			return p;
		if (p->down)
			continue;
		if (p->tunnel.peer_id == peer_id) {
			replace(e, p);
		} else {
			tunnel_probe(&p->tunnel, &e->env);
			engine_apply(e, p, NULL);
		}
	}
	return NULL;
}

static struct peer *for_sccrq(struct engine *e, const struct datagram *d, struct carrier *c,
			      const struct l2tp_header *h, const struct msg *sccrq)
{
	uint64_t sccrq_hash = hash_bytes(&e->peers_by_remote, d->data, d->len);
	struct peer *p = judge_known(e, d, c ? c->mark : 0, sccrq->assigned_tunnel, sccrq_hash);

	if (p) {
		e->stats.sccrq_repeated++;
		return p;
	}
	if (!admitted(e, d, c, h, sccrq))
		return NULL;
	p = peer_new(e, &e->servers[e->cfg->listeners[d->listener].server], d->listener, &d->local,
		     &d->peer);
	if (!p) {
		engine_drop(e, ENGINE_DROP_MEMORY);
		return NULL;
	}
	if (c) {
		tie_make(e, p, c);
		tie_ask_others(e, c);
	}
	p->sccrq_hash = sccrq_hash;
	p->sccrq_len = (uint32_t)d->len;
	return p;
}

/* The tunnel that a peer which does not know our id yet means by its own (RFC 2661 6.4). */
static struct peer *by_peer_id(const struct engine *e, const struct datagram *d, uint32_t mark,
			       uint16_t peer_id)
{
	struct hash_node *h = hash_find(&e->peers_by_remote, remote_key(e, &d->peer, mark));

	for (; h; h = hash_next(h)) {
		struct peer *p = container_of(h, struct peer, by_remote);

		if (is_from(p, d, mark) && p->tunnel.peer_id == peer_id)
			return p;
	}
	return NULL;
}

void peer_say_no_sa(struct engine *e, const struct datagram *d)
{
	char from[ADDR_TEXT_MAX], text[160];

	addr_text(&d->peer, from);
	if (!e->ike_up)
		snprintf(text, sizeof(text), "from %s: charon's plugin l2tp is not connected",
			 from);
	else if (!(d->mark & e->ike_mask))
		snprintf(text, sizeof(text), "from %s: its SA has no mark (is forecast loaded?)",
			 from);
	else
		snprintf(text, sizeof(text), "from %s: no SA for L2TP has the mark %u", from,
			 d->mark);
	engine_event(e, ENGINE_NO_SA, NULL, NULL, text);
}

/* It came through no SA that is known: it may be too early, or nothing that we want. */
static struct peer *without_sa(struct engine *e, const struct datagram *d, bool sccrq)
{
	if (sccrq && d->mark & e->ike_mask && held_add(e, d))
		return NULL;
	engine_drop(e, ENGINE_DROP_NO_SA);
	if (sccrq)
		peer_say_no_sa(e, d);
	return NULL;
}

struct peer *peer_for_new(struct engine *e, const struct datagram *d,
			  const struct l2tp_header *h)
{
	struct carrier *c = NULL;
	const struct server *s = &e->servers[e->cfg->listeners[d->listener].server];
	struct peer *p;
	struct msg m;

	msg_decode(&m, h, d->data, s->terms->tunnel.secret, s->terms->tunnel.secret_len);
	if (!msg_has(&m, AVP_ASSIGNED_TUNNEL_ID) || !m.assigned_tunnel) {
		engine_drop(e, ENGINE_DROP_MESSAGE);
		return NULL;
	}
	if (tie_required(e, d->listener)) {
		c = tie_carrier(e, d);
		if (!c)
			return without_sa(e, d, m.type == MSG_SCCRQ && h->ns == 0);
	}
	/* the first message has Ns 0 (5.8); what waits for one before it would wait for ever */
	if (m.type == MSG_SCCRQ && h->ns == 0)
		return for_sccrq(e, d, c, h, &m);
	p = m.type == MSG_STOPCCN ? by_peer_id(e, d, c ? c->mark : 0, m.assigned_tunnel) : NULL;
	if (!p)
		engine_drop(e, ENGINE_DROP_UNKNOWN_TUNNEL);
	return p;
}

void peer_datagram(struct engine *e, struct peer *p, const struct l2tp_header *h,
		   const struct datagram *d)
{
	struct msg m;

	if (p->finished) {
		engine_drop(e, ENGINE_DROP_UNKNOWN_TUNNEL);
		return;
	}
	tunnel_datagram(&p->tunnel, h, d->data, d->len, &e->env);
	engine_apply(e, p, NULL);
	while (!p->finished && tunnel_next(&p->tunnel, &m, &e->env)) {
		engine_apply(e, p, NULL);
		call_message(e, p, &m);
	}
	if (!p->dead)
		engine_apply(e, p, NULL);
}

static usec_t idle_time(const struct engine *e, const struct peer *p)
{
	if (p->dial)
		return PEER_IDLE;
	return drain_idle_time(e, p->identity && p->served && e->cfg->ike_terminate ? PEER_IDLE_TIED
										    : PEER_IDLE);
}

void peer_up(struct engine *e, struct peer *p)
{
	/* an SCCCN proves an address; the tunnel's secret and IKE prove more */
	if (p->mark || (p->half_open && p->terms->tunnel.challenge))
		peer_proved(e, p);
	p->up_since = e->env.now;
	e->stats.established++;
	p->idle_deadline = e->env.now + idle_time(e, p);
	engine_event(e, ENGINE_TUNNEL_UP, p, NULL, NULL);
	if (p->dial)
		dial_note(p->dial, DIAL_EV_TUNNEL_UP);
}

/* --- sending --- */

void peer_transmit(struct engine *e, const struct peer *p, const uint8_t *data, size_t len)
{
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };
	const struct udp_socket *via;

	if (tie_sends(e, p, &via))
		e->ops->send(e->ctx, p->listener, via, &p->local, &p->remote, &iov, 1);
}

/* A frame of a session that the kernel does not know yet: RFC 2661 3.1, no optional fields. */
void peer_send_frame(struct engine *e, const struct peer *p, const struct call *c,
		     const uint8_t *frame, size_t len)
{
	uint8_t header[L2TP_DATA_HEADER_LEN + 2];
	struct iovec iov[2] = {
		{ .iov_base = header, .iov_len = sizeof(header) },
		{ .iov_base = (void *)frame, .iov_len = len },
	};
	const struct udp_socket *via;

	msg_data_header(header, p->tunnel.peer_id, c->session.peer_id);
	header[L2TP_DATA_HEADER_LEN] = 0xff; /* RFC 1662 3.1 */
	header[L2TP_DATA_HEADER_LEN + 1] = 0x03;
	if (tie_sends(e, p, &via))
		e->ops->send(e->ctx, p->listener, via, &p->local, &p->remote, iov, 2);
}

/* --- ending --- */

void peer_close(struct engine *e, struct peer *p, uint16_t result, uint16_t error,
		const char *text)
{
	tunnel_close(&p->tunnel, result, error, text, &e->env);
	engine_apply(e, p, NULL);
}

void peer_down(struct engine *e, struct peer *p)
{
	struct list *l, *next;

	p->down = true;
	p->idle_deadline = USEC_NEVER;
	peer_proved(e, p);
	list_for_each_safe(l, next, &p->calls)
		call_tunnel_down(e, list_entry(l, struct call, in_peer));
	engine_event(e, ENGINE_TUNNEL_DOWN, p, NULL, NULL);
	if (p->dial)
		dial_ended(p->dial, p, NULL);
}

static void bury(struct engine *e, struct peer *p)
{
	p->dead = true;
	keep_no_peer(e, p);
	timer_stop(&e->timers, &p->timer);
	tunnel_fini(&p->tunnel, &e->messages);
	tie_end(e, p);
	hash_del(&e->peers, &p->by_id);
	if (p->server->role == L2TP_LNS)
		hash_del(&e->peers_by_remote, &p->by_remote);
	peer_proved(e, p);
	ids_release(&e->tunnel_ids, p->tunnel.id);
	p->server->tunnels--;
	e->stats.tunnels--;
	if (p->up_since)
		e->stats.established--;
	list_del(&p->dead_list);
	list_add_tail(&e->dead_peers, &p->dead_list);
	if (p->dial)
		dial_peer_gone(p->dial);
}

/*
 * Repeats of a peer's StopCCN are acknowledged for a full cycle of them (RFC 2661 5.7).  But tunnel
 * and SA end together (RFC 3193 2.1), and who has said that it is over should not find half of it
 * there for half a minute: without the SA no repeat comes.
 */
static void linger_less(struct engine *e, struct peer *p)
{
	if (p->down && p->tunnel.linger != USEC_NEVER && p->grace_deadline == USEC_NEVER &&
	    tie_alone(e, p))
		p->grace_deadline = e->env.now + PEER_LINGER_TIED;
}

void peer_settle(struct engine *e, struct peer *p)
{
	if (p->dead || e->applying_peer == p)
		return;
	linger_less(e, p);
	keep_peer(e, p);
	if (p->down && !p->n_calls && p->offload == OFFLOAD_READY)
		offload_stop_peer(e, p);
	if (p->finished && !p->n_calls &&
	    (p->offload == OFFLOAD_NONE || p->offload == OFFLOAD_GONE)) {
		bury(e, p);
		return;
	}
	if (!p->down && !p->n_calls && p->up_since && p->idle_deadline == USEC_NEVER)
		p->idle_deadline = e->env.now + idle_time(e, p);
	timer_start(&e->timers, &p->timer,
		    p->finished ? USEC_NEVER
				: usec_min(usec_min(tunnel_deadline(&p->tunnel), p->idle_deadline),
					   p->grace_deadline));
}

void peer_free(struct engine *e, struct peer *p)
{
	e->ops->remove_socket(e->ctx, &p->socket);
	terms_put(p->terms);
	free(p);
}

/* --- time --- */

/* RFC 2661 6.5: a Hello is for silence; data that only the kernel saw breaks it as well. */
static void notice_data(struct engine *e, struct peer *p)
{
	struct list *l;
	int asked = 0;

	list_for_each(l, &p->calls) {
		struct call *c = list_entry(l, struct call, in_peer);
		uint32_t idle;

		if (c->offload != OFFLOAD_READY)
			continue;
		idle = e->ops->idle(e->ctx, &c->dev);
		if (idle != UINT32_MAX && e->env.now > idle * USEC_PER_SEC)
			tunnel_heard(&p->tunnel, e->env.now - idle * USEC_PER_SEC);
		if (++asked == PEER_IDLE_ASK)
			return;
	}
}

void peer_expire(struct engine *e, struct peer *p)
{
	if (e->env.now >= p->grace_deadline) {
		tie_expire(e, p);
		return;
	}
	if (e->env.now >= p->idle_deadline) {
		p->idle_deadline = USEC_NEVER;
		if (e->drain.on && !p->dial)
			peer_close(e, p, L2TP_STOP_ERROR, L2TP_ERROR_TRY_ANOTHER,
				   "the server is being drained");
		else
			peer_close(e, p, L2TP_STOP_CLEAR, 0, "no call");
		return;
	}
	if (p->tunnel.state == TUNNEL_ESTABLISHED && e->env.now >= tunnel_deadline(&p->tunnel))
		notice_data(e, p);
	if (e->env.now >= tunnel_deadline(&p->tunnel)) {
		tunnel_expire(&p->tunnel, &e->env);
		engine_apply(e, p, NULL);
	} else {
		peer_settle(e, p);
	}
}
