// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of a client profile: dial_table.c says what follows on what, this carries it out.
 *
 * Decides whether and when to try again.
 */
#include "daemon/engine/dial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/addr.h"

#define STEADY (60 * USEC_PER_SEC) /* up for so long, a session was no failure to connect */

static void step(struct engine *e, struct dial *d, enum dial_event event);

/* --- actions --- */

static void begin(struct engine *e, struct dial *d)
{
	d->why[0] = d->peer_words[0] = '\0';
	d->refused = false;
	d->up_since = 0;
	d->lines_before = d->lines;
	d->deadline = e->env.now + d->cfg->timeout_s * USEC_PER_SEC;
	d->initiated = false;
}

static void do_open(struct engine *e, struct dial *d)
{
	char at[ADDR_TEXT_MAX];
	struct kern_client_open m = {
		.wire = {.type = KERN_CLIENT_OPEN, .version = WIRE_VERSION},
		.client = d->index,
		.peer = d->sa_peer,
	};

	m.wire.id = d->kern_id = engine_request_id(e);
	if (m.peer.family)
		dial_say(d, ENGINE_CLIENT_PROGRESS, "IPsec to %s is up", addr_text(&m.peer, at));
	else
		dial_say(d, ENGINE_CLIENT_PROGRESS, "looking for %s", d->cfg->gateway);
	if (!e->ops->kernel(e->ctx, &m, sizeof(m)))
		return;
	dial_why(d, "no room for another request to the kernel role");
	dial_note(d, DIAL_EV_OPEN_FAILED);
}

static void do_initiate(struct engine *e, struct dial *d)
{
	int err;

	dial_say(d, ENGINE_CLIENT_PROGRESS, "asking charon for connection %s",
		 d->cfg->ike[0] ? d->cfg->ike : d->cfg->name);
	d->initiated = true;
	err = dial_ike_initiate(e, d);
	if (!err)
		return;
	dial_why(d, "charon cannot be asked: %s",
		 err == -ENOTCONN ? "its plugin l2tp is not connected" : strerror(-err));
	dial_note(d, DIAL_EV_IKE_FAILED);
}

static void send_close(struct engine *e, struct dial *d)
{
	struct kern_client_close m = {
		.wire = {.type = KERN_CLIENT_CLOSE, .version = WIRE_VERSION},
		.client = d->index,
	};

	m.wire.id = engine_request_id(e);
	e->ops->kernel(e->ctx, &m, sizeof(m));
}

static void do_sccrq(struct engine *e, struct dial *d)
{
	struct terms *terms = terms_of_client(d->cfg);
	char at[ADDR_TEXT_MAX];
	struct peer *p = NULL;

	if (terms) {
		terms_put(d->server.terms);
		d->server.terms = terms;
	}
	if (terms && !engine_reserve_timers(e, 1))
		p = peer_new(e, &d->server, DIAL_LISTENER(d->index), &d->local, &d->gateway);
	if (!p) {
		dial_why(d, "out of memory");
		dial_note(d, DIAL_EV_GONE);
		return;
	}
	p->dial = d;
	p->mru_most = d->mru_most;
	d->peer = p;
	dial_say(d, ENGINE_CLIENT_PROGRESS, "tunnel to %s", addr_text(&d->gateway, at));
	tunnel_open(&p->tunnel, &e->env);
	engine_apply(e, p, NULL);
}

static void do_icrq(struct engine *e, struct dial *d)
{
	struct peer *p = d->peer;
	struct call *c = NULL;

	if (!p || p->down)
		return; /* that it is so has been noted */
	if (!engine_reserve_timers(e, 1))
		c = call_new(e, p);
	if (!c) {
		dial_why(d, "out of memory");
		peer_close(e, p, L2TP_STOP_CLEAR, 0, "out of memory");
		return;
	}
	d->call = c;
	dial_say(d, ENGINE_CLIENT_PROGRESS, "tunnel %u is up", p->tunnel.id);
	session_open(&c->session, &p->tunnel, &e->env);
	engine_apply(e, p, c);
}

static void do_tell_up(struct engine *e, struct dial *d)
{
	const struct call *c = d->call;
	char ours[ADDR_TEXT_MAX];

	if (!c)
		return;
	d->up_since = e->env.now;
	d->deadline = USEC_NEVER;
	d->failures = 0;
	if (d->cfg->reconnect)
		d->keep = true;
	d->result = 1;
	dial_say(d, ENGINE_CLIENT_UP, "up: %s on %s", addr_text4(c->address, ours), c->ifname);
}

/* PPP says goodbye in the call, the call in the tunnel: each ends the next by DIAL_EV_ENDED. */
static void do_hang_up(struct engine *e, struct dial *d)
{
	struct peer *p = d->peer;

	d->deadline = USEC_NEVER;
	if (!p || p->down)
		return;
	if (d->call && d->call->session.state != SESSION_CLOSED)
		call_close(e, d->call, "disconnected", L2TP_CALL_ADMIN, 0, d->goodbye);
	else
		peer_close(e, p, L2TP_STOP_CLEAR, 0, d->goodbye);
}

void dial_drop(struct engine *e, struct dial *d)
{
	struct peer *p = d->peer;

	d->deadline = USEC_NEVER;
	if (!p || p->finished)
		return;
	l2tp_end_set(&p->tunnel.end, L2TP_END_LOCAL, L2TP_STOP_CLEAR, L2TP_ERROR_NONE, "SA lost");
	p->finished = true;
	if (!p->down)
		peer_down(e, p);
	peer_settle(e, p);
}

/* The next wait: doubled from failure to failure, and spread, for others may have failed as well.
 */
static usec_t next_wait(struct engine *e, struct dial *d)
{
	usec_t wait = d->cfg->retry_s * USEC_PER_SEC, max = d->cfg->retry_max_s * USEC_PER_SEC;

	for (unsigned int i = 0; i < d->failures && wait < max; i++)
		wait *= 2;
	if (wait > max || d->refused) /* guessing a password again and again locks an account */
		wait = max;
	d->failures++;
	return wait + wait * (rng_u16(e->env.rng) & 0xff) / 1024;
}

static void do_settle(struct engine *e, struct dial *d)
{
	bool was_up = d->up_since != 0;
	usec_t wait;

	if (!d->again)
		dial_ike_end(e, d);
	if (was_up && e->env.now - d->up_since < STEADY)
		d->failures = 1;
	d->kern_id = 0;
	d->up_since = 0;
	d->deadline = USEC_NEVER;
	memset(&d->local, 0, sizeof(d->local));
	if (!was_up && !d->again)
		d->result = -1;
	if (d->again || !d->keep) {
		d->deadline = d->again ? e->env.now : USEC_NEVER;
		if (!d->again)
			step(e, d, DIAL_EV_UNWANTED);
		d->again = false;
		dial_say(d, was_up ? ENGINE_CLIENT_DOWN : ENGINE_CLIENT_FAILED, "%s",
			 d->why[0] ? d->why : "disconnected");
		return;
	}
	wait = next_wait(e, d);
	d->deadline = e->env.now + wait;
	dial_say(d, was_up ? ENGINE_CLIENT_DOWN : ENGINE_CLIENT_FAILED, "%s; again in %u s",
		 d->why[0] ? d->why : "ended",
		 (unsigned int)((wait + USEC_PER_SEC / 2) / USEC_PER_SEC));
}

void dial_release_socket(struct engine *e, struct dial *d)
{
	e->ops->close_client(e->ctx, d->index);
	send_close(e, d);
	d->kept = false;
}

static void do_release(struct engine *e, struct dial *d)
{
	dial_release_socket(e, d);
	do_settle(e, d);
}

static enum dial_event connect_event(const struct dial *d)
{
	return d->cfg->ipsec == CONFIG_IPSEC_REQUIRE && !d->sa_peer.family ? DIAL_EV_CONNECT_IKE
									   : DIAL_EV_CONNECT;
}

static void act(struct engine *e, struct dial *d, enum dial_action action)
{
	switch (action) {
	case DIAL_DO_NOTHING:
		return;
	case DIAL_DO_INITIATE:
		do_initiate(e, d);
		return;
	case DIAL_DO_OPEN:
		do_open(e, d);
		return;
	case DIAL_DO_CANCEL:
		send_close(e, d);
		return;
	case DIAL_DO_SCCRQ:
		do_sccrq(e, d);
		return;
	case DIAL_DO_ICRQ:
		do_icrq(e, d);
		return;
	case DIAL_DO_TELL_PPP:
		dial_say(d, ENGINE_CLIENT_PROGRESS, "call is up, PPP as %s", d->cfg->user);
		return;
	case DIAL_DO_TELL_UP:
		do_tell_up(e, d);
		return;
	case DIAL_DO_HANG_UP:
		do_hang_up(e, d);
		return;
	case DIAL_DO_DROP:
		dial_drop(e, d);
		return;
	case DIAL_DO_RELEASE:
		do_release(e, d);
		return;
	case DIAL_DO_SETTLE:
		do_settle(e, d);
		return;
	case DIAL_DO_RETRY:
		d->deadline = USEC_NEVER;
		step(e, d, connect_event(d));
		return;
	}
}

static void arm(struct engine *e, struct dial *d)
{
	timer_start(&e->timers, &d->timer, d->pending ? e->env.now : d->deadline);
}

/* Something that is not under way yet. */
static bool begins(enum dial_state before, const struct dial_rule *rule)
{
	return (before == DIAL_IDLE || before == DIAL_WAITING) &&
	       (rule->action == DIAL_DO_INITIATE || rule->action == DIAL_DO_OPEN ||
		rule->action == DIAL_DO_RETRY);
}

/* The new state first: an action may lead to the next event at once. */
static void step(struct engine *e, struct dial *d, enum dial_event event)
{
	const struct dial_rule *rule = dial_rule(d->state, event);
	enum dial_state before = d->state;

	if (!rule)
		return;
	if (e->drain.on && begins(before, rule)) {
		d->put_off = true;
		arm(e, d);
		return;
	}
	d->state = rule->next;
	if (rule->action == DIAL_DO_INITIATE ||
	    (rule->action == DIAL_DO_OPEN && before != DIAL_IKE))
		begin(e, d);
	act(e, d, rule->action);
	arm(e, d);
}

/* --- what happens to it --- */

void dial_note(struct dial *d, enum dial_event event)
{
	d->pending |= 1u << event;
	arm(d->engine, d);
}

void dial_peer_gone(struct dial *d)
{
	d->peer = NULL;
	dial_note(d, DIAL_EV_GONE);
}

void dial_call_gone(struct dial *d)
{
	d->call = NULL;
}

void dial_expire(struct engine *e, struct dial *d)
{
	uint32_t pending = d->pending;

	d->pending = 0;
	for (int event = DIAL_EV_CONNECT; event <= DIAL_EV_UNWANTED; event++)
		if (pending & 1u << event)
			step(e, d, (enum dial_event)event);
	if (e->env.now >= d->deadline) {
		d->deadline = USEC_NEVER;
		if (d->state != DIAL_WAITING)
			dial_why(d, "not up within %u s", d->cfg->timeout_s);
		step(e, d, DIAL_EV_TIMEOUT);
	}
	arm(e, d);
}

static uint32_t address4(const struct endpoint *ep)
{
	const uint8_t *a = ep->addr;

	if (ep->family != ENDPOINT_IPV4)
		return 0;
	return (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 | a[3];
}

/* RFC 1122 3.2.1.3: not this network, not loopback, not multicast and what is above. */
static bool host4(uint32_t a)
{
	return a >> 24 != 0 && a >> 24 != 127 && a >> 28 < 0xe;
}

void dial_session(const struct call *c, struct kern_session_add *m)
{
	const struct ipcp *ipcp = &c->link.ipcp;

	m->local4 = ipcp->local;
	m->remote4 = ipcp->remote;
	/* some say their outer address, or ours: a route there would turn the tunnel into itself */
	if (m->remote4 == m->local4 || m->remote4 == address4(&c->peer->remote) ||
	    !host4(m->remote4))
		m->remote4 = 0;
	for (size_t i = 0, n = 0; i < ARRAY_SIZE(ipcp->dns); i++)
		if (host4(ipcp->dns[i]))
			m->dns[n++] = ipcp->dns[i];
}

/* --- doors --- */

static struct dial *dial_of(struct engine *e, uint8_t client)
{
	return client < e->cfg->n_clients ? &e->dials[client] : NULL;
}

int engine_connect(struct engine *e, uint8_t client, usec_t now)
{
	struct dial *d = dial_of(e, client);

	if (!d || d->cfg->removed)
		return -ENOENT;
	engine_begin(e, now);
	if (e->stopping)
		return -ESHUTDOWN;
	if (d->state == DIAL_UP)
		return -EALREADY;
	if (e->drain.on && (d->state == DIAL_IDLE || d->state == DIAL_WAITING))
		return -EBUSY;
	d->result = 0;
	if (d->state == DIAL_CLOSING)
		d->again = true; /* as soon as it is free */
	if (d->state == DIAL_WAITING)
		d->failures = 0;
	step(e, d, connect_event(d));
	return 0;
}

int engine_disconnect(struct engine *e, uint8_t client, const char *text, usec_t now)
{
	struct dial *d = dial_of(e, client);

	if (!d)
		return -ENOENT;
	engine_begin(e, now);
	d->put_off = false;
	if (d->state == DIAL_IDLE)
		return -EALREADY;
	d->keep = d->again = false;
	d->failures = 0;
	d->goodbye = text;
	dial_why(d, "%s", text);
	step(e, d, DIAL_EV_DISCONNECT);
	return 0;
}

void engine_client_opened(struct engine *e, const struct kern_client *m, int fd, usec_t now)
{
	struct dial *d = dial_of(e, m->client);
	int err = m->error;

	engine_begin(e, now);
	if (d && e->resuming && !m->wire.id) {
		dial_kept(e, d, m, fd);
		return;
	}
	if (!d || m->wire.id != d->kern_id || !d->kern_id) {
		if (fd >= 0)
			close(fd);
		return;
	}
	if (!err)
		err = fd < 0 ? -EBADMSG : e->ops->open_client(e->ctx, d->index, fd);
	else if (fd >= 0)
		close(fd);
	d->kern_id = 0;
	d->local = m->local;
	d->gateway = m->peer;
	d->path_mtu = m->path_mtu;
	dial_set_mru(e, d);
	if (err)
		dial_why(d, "%.*s", KERN_DETAIL_MAX - 1, m->detail[0] ? m->detail : strerror(-err));
	step(e, d, err ? DIAL_EV_OPEN_FAILED : DIAL_EV_OPENED);
}

void engine_client_sa(struct engine *e, uint8_t client, const struct endpoint *peer, usec_t now)
{
	static const struct endpoint none;
	struct dial *d = dial_of(e, client);

	if (!d)
		return;
	engine_begin(e, now);
	d->sa_peer = peer ? *peer : none;
	if (peer && d->state == DIAL_CLOSING)
		d->again = true;
	if (!peer) {
		dial_why(d, "the SA was taken down");
		/* who brought it up brings it up again; charon has settings of its own for that */
		d->keep = d->keep && (d->initiated || d->cfg->autostart);
		d->put_off = d->put_off && d->keep;
	}
	step(e, d, peer ? DIAL_EV_SA_UP : DIAL_EV_SA_DOWN);
}

void engine_client_ike_failed(struct engine *e, uint8_t client, const char *text, usec_t now)
{
	struct dial *d = dial_of(e, client);

	if (!d || d->state != DIAL_IKE)
		return;
	engine_begin(e, now);
	dial_why(d, "%s", text);
	step(e, d, DIAL_EV_IKE_FAILED);
}

/* --- life --- */

void dial_init(struct engine *e, uint8_t index)
{
	struct dial *d = &e->dials[index];

	d->engine = e;
	d->index = index;
	d->cfg = &e->cfg->clients[index];
	d->state = DIAL_IDLE;
	d->timer.kind = ENGINE_TIMER_DIAL;
	d->deadline = USEC_NEVER;
	d->server.role = L2TP_LAC;
	if (!d->cfg->autostart)
		return;
	d->keep = true;
	dial_note(d, connect_event(d));
}

void dial_resume(struct engine *e, struct dial *d)
{
	if (!d->put_off)
		return;
	d->put_off = false;
	step(e, d, connect_event(d));
}

void dial_reload(struct engine *e, uint8_t index, const struct config_client *was)
{
	struct dial *d = &e->dials[index];
	bool new = !was || was->removed;

	if (!was) {
		dial_init(e, index);
		return;
	}
	d->cfg = &e->cfg->clients[index];
	if (d->cfg->removed) {
		engine_disconnect(e, index, "removed from the configuration", e->env.now);
		return;
	}
	if (strcmp(was->name, d->cfg->name) != 0) { /* another one at the same place */
		d->lines = 0;
		d->result = 0;
		d->why[0] = '\0';
	}
	if (d->state != DIAL_IDLE || !d->cfg->autostart || (!new && was->autostart))
		return;
	d->keep = true;
	dial_note(d, connect_event(d));
}

void dial_stop(struct engine *e, struct dial *d)
{
	d->keep = d->again = false;
	if (d->state == DIAL_IKE || d->state == DIAL_WAITING || d->state == DIAL_OPENING)
		step(e, d, DIAL_EV_DISCONNECT);
}
