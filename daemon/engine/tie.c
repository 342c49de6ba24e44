// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/engine/tie.h"

#include <string.h>

#include "daemon/engine/engine_state.h"

#define AWAY	    (30 * USEC_PER_SEC) /* charon may take so long to come back */
#define MOVE_SETTLE (5 * USEC_PER_SEC)	/* after charon's word old addresses prove nothing */
#define ASK_OTHERS  16
#define MRU_MIN	    576 /* RFC 791 3.1; a smaller path must cope with fragments */

bool tie_required(const struct engine *e, uint8_t listener)
{
	return e->cfg->listeners[listener].ipsec == CONFIG_IPSEC_REQUIRE;
}

/* Only tunnels that somebody else has made: what we dial has a socket of its own. */
static bool tied(const struct engine *e, const struct peer *p)
{
	return p->server->role == L2TP_LNS && tie_required(e, p->listener);
}

struct carrier *tie_carrier(const struct engine *e, const struct datagram *d)
{
	struct carrier *c = carrier_find(e, d->mark & e->ike_mask);

	return c && c->ready && c->listener == d->listener ? c : NULL;
}

/* --- to whom a tunnel belongs ----------------------------------------------------------------- */

static void set_remote(struct engine *e, struct peer *p, const struct endpoint *host)
{
	uint16_t port = p->carrier && p->carrier->port ? p->carrier->port : p->remote.port;

	p->remote = *host;
	p->remote.port = port;
	peer_rehash(e, p);
}

static void set_kernel(struct engine *e, struct peer *p)
{
	struct kern_tunnel_set m = {
		.wire = {.type = KERN_TUNNEL_SET, .version = WIRE_VERSION},
		.tunnel = p->tunnel.id,
		.mark = p->mark,
		.peer = p->remote,
	};

	if (p->offload != OFFLOAD_ADDING && p->offload != OFFLOAD_READY)
		return;
	m.wire.id = engine_request_id(e);
	e->ops->kernel(e->ctx, &m, sizeof(m));
}

/* RFC 3193 4.1: what does not fit is fragmented, before ESP or after it; better nothing is. */
static void set_mru(struct engine *e, struct peer *p, const struct carrier *c)
{
	const struct sa *sa = sa_by_mark(&e->sas, c->mark);
	uint16_t path = e->cfg->listeners[c->listener].path_mtu, mtu;

	if (c->path_mtu && c->path_mtu < path)
		path = c->path_mtu;
	mtu = sa ? carrier_mtu(&sa->child, path) : 0;
	p->mru_most = mtu >= MRU_MIN ? mtu : 0;
}

void tie_make(struct engine *e, struct peer *p, struct carrier *c)
{
	struct list *l, *next;

	/* who sends an SCCRQ through it has not lost a tunnel there, whatever we had guessed */
	list_for_each_safe (l, next, &c->peers) {
		struct peer *other = list_entry(l, struct peer, in_carrier);

		if (other->guessed)
			tie_lose(e, other);
	}
	p->carrier = c;
	p->mark = c->mark;
	p->identity = c->identity;
	set_mru(e, p, c);
	list_add_tail(&c->peers, &p->in_carrier);
	list_add_tail(&c->identity->peers, &p->in_identity);
	peer_rehash(e, p);
}

bool tie_resume(struct engine *e, struct peer *p, const struct state_tunnel *s)
{
	bool dead = s->mark == KERN_MARK_DEAD;
	struct carrier *c = dead ? NULL : carrier_resume(e, p, s);
	struct identity *id = dead ? identity_resume(e, s) : c ? c->identity : NULL;

	if (!id)
		return false;
	p->carrier = c;
	p->mark = s->mark;
	p->identity = id;
	p->grace_deadline = e->env.now + AWAY;
	list_add_tail(c ? &c->peers : &e->orphans, &p->in_carrier);
	list_add_tail(&id->peers, &p->in_identity);
	peer_rehash(e, p);
	return true;
}

void tie_end(struct engine *e, struct peer *p)
{
	struct identity *id = p->identity;

	list_del(&p->in_carrier);
	list_del(&p->in_identity);
	p->identity = NULL;
	if (p->carrier && p->up_since)
		carrier_idle(e, p->carrier);
	p->carrier = NULL;
	identity_put(e, id);
}

/* From now on p is c's. */
static void take_up(struct engine *e, struct peer *p, struct carrier *c,
		    const struct endpoint *host, bool guessed)
{
	list_del(&p->in_carrier);
	list_add_tail(&c->peers, &p->in_carrier);
	p->carrier = c;
	p->mark = c->mark;
	p->guessed = guessed;
	p->grace_deadline = USEC_NEVER;
	set_remote(e, p, host);
	set_kernel(e, p);
	engine_event(e, ENGINE_RETIED, p, NULL,
		     guessed ? "same identity and host" : "same identity");
	if (guessed) /* its answer tells */
		tunnel_probe(&p->tunnel, &e->env);
	engine_apply(e, p, NULL);
}

void tie_lose(struct engine *e, struct peer *p)
{
	bool lives_on = !p->carrier->gone; /* KERN_SA_DEL is enough for its tunnels otherwise */

	list_del(&p->in_carrier);
	list_add_tail(&e->orphans, &p->in_carrier);
	p->carrier = NULL;
	p->mark = KERN_MARK_DEAD;
	p->guessed = false;
	p->grace_deadline =
		e->env.now + (e->ike_settled ? e->cfg->ike_grace_s * USEC_PER_SEC : AWAY);
	peer_rehash(e, p);
	if (lives_on)
		set_kernel(e, p);
	if (p->down) /* the answer to its StopCCN cannot come any more */
		p->finished = true;
	peer_settle(e, p);
}

void tie_rest(struct engine *e, struct peer *p)
{
	p->grace_deadline = e->env.now + AWAY;
	peer_settle(e, p);
}

void tie_move(struct engine *e, struct peer *p, const struct endpoint *host)
{
	set_remote(e, p, host);
	if (p->carrier && p->carrier->ready)
		set_kernel(e, p);
}

void tie_change_identity(struct engine *e, struct peer *p, struct identity *id)
{
	uint32_t n = 0;
	struct list *l;

	(void)e;
	list_for_each (l, &p->calls)
		n += list_entry(l, struct call, in_peer)->of_identity;
	p->identity->sessions -= n;
	id->sessions += n;
	list_del(&p->in_identity);
	list_add_tail(&id->peers, &p->in_identity);
	p->identity = id;
}

/* --- charon's word ---------------------------------------------------------------------------- */

/* Is c the one that lost tunnel p may be taken up by, as far as one can guess? */
static bool may_guess(const struct peer *p, const struct carrier *c)
{
	return c->ready && list_empty(&c->peers) && c->listener == p->listener &&
	       c->identity == p->identity && endpoint_same_host(&c->remote, &p->remote);
}

/*
 * Its own carrier stands as far as charon knows; but a client that has started anew may have c alone,
 * and where it says nothing by itself it would wait for its old SA's end.  Its answer moves it.
 */
static void ask_through(struct engine *e, struct peer *p, struct carrier *c)
{
	struct carrier *own = p->carrier;

	p->carrier = c;
	tunnel_probe(&p->tunnel, &e->env);
	engine_apply(e, p, NULL);
	p->carrier = own;
}

static void guess(struct engine *e, struct carrier *c)
{
	struct list *l;

	if (!e->ike_settled)
		return;
	list_for_each (l, &c->identity->peers) {
		struct peer *p = list_entry(l, struct peer, in_identity);

		if (p->down || !may_guess(p, c))
			continue;
		if (p->carrier) {
			ask_through(e, p, c);
			continue;
		}
		take_up(e, p, c, &c->remote, true);
		return;
	}
}

void tie_ready(struct engine *e, struct carrier *c)
{
	struct list *l, *next;

	list_for_each_safe (l, next, &c->peers) {
		struct peer *p = list_entry(l, struct peer, in_carrier);

		p->grace_deadline = USEC_NEVER;
		set_remote(e, p, &c->remote);
		set_kernel(e, p);
		peer_settle(e, p);
	}
	guess(e, c);
	held_release(e, c);
}

void ties_settled(struct engine *e)
{
	struct list *l, *next;

	e->ike_settled = true;
	list_for_each (l, &e->orphans) {
		struct peer *p = list_entry(l, struct peer, in_carrier);

		p->grace_deadline = e->env.now + e->cfg->ike_grace_s * USEC_PER_SEC;
		peer_settle(e, p);
	}
	list_for_each_safe (l, next, &e->carriers)
		guess(e, list_entry(l, struct carrier, all));
}

void tie_ask_others(struct engine *e, const struct carrier *c)
{
	struct list *l, *next;
	int asked = 0;

	list_for_each_safe (l, next, &c->identity->peers) {
		struct peer *p = list_entry(l, struct peer, in_identity);

		if (p->carrier == c || p->down || !endpoint_same_host(&p->remote, &c->remote))
			continue;
		tunnel_probe(&p->tunnel, &e->env);
		engine_apply(e, p, NULL);
		if (++asked == ASK_OTHERS)
			return;
	}
}

/* --- packets ---------------------------------------------------------------------------------- */

static bool refuse(struct engine *e, struct peer *p, enum engine_drop why)
{
	engine_drop(e, why);
	if (why == ENGINE_DROP_WRONG_SA)
		engine_event(e, ENGINE_WRONG_SA, p, NULL,
			     "a packet for this tunnel came through the SA of somebody else");
	return false;
}

/* The right SA; the address of its other end may have changed (NAT) before charon knew. */
static bool takes_from(struct engine *e, struct peer *p, const struct datagram *d, bool control)
{
	struct carrier *c = p->carrier;

	if (control)
		p->guessed = false;
	if (endpoint_equal(&p->remote, &d->peer))
		return true;
	if (p->remote.port != d->peer.port || p->remote.family != d->peer.family)
		return refuse(e, p, ENGINE_DROP_WRONG_PEER);
	if (control && e->env.now >= c->moved + MOVE_SETTLE)
		carrier_move(e, c, &d->peer);
	return true;
}

/*
 * A profile's tunnel is spoken to through the profile's socket alone: that one is known to be
 * protected, when the profile asks for it.
 */
static bool wrong_peer(const struct peer *p, const struct datagram *d)
{
	return !endpoint_equal(&p->remote, &d->peer) ||
	       ((p->dial || d->listener >= CONFIG_LISTENERS_MAX) && d->listener != p->listener);
}

bool tie_takes(struct engine *e, struct peer *p, const struct datagram *d, bool control)
{
	struct carrier *c;

	if (!tied(e, p))
		return !wrong_peer(p, d) || refuse(e, p, ENGINE_DROP_WRONG_PEER);
	c = tie_carrier(e, d);
	if (!c)
		return refuse(e, p, ENGINE_DROP_NO_SA);
	if (c == p->carrier)
		return takes_from(e, p, d, control);
	if (!control || p->down || c->identity != p->identity || c->listener != p->listener ||
	    (!c->port && p->remote.port != d->peer.port))
		return refuse(e, p, ENGINE_DROP_WRONG_SA);
	take_up(e, p, c, &d->peer, false);
	return true;
}

bool tie_sends(const struct engine *e, const struct peer *p, const struct udp_socket **ret_via)
{
	*ret_via = NULL;
	if (!tied(e, p))
		return true;
	if (!p->carrier || !p->carrier->ready)
		return false;
	*ret_via = &p->carrier->socket;
	return true;
}

uint32_t tie_mark(const struct engine *e, const struct peer *p)
{
	if (!tied(e, p))
		return 0;
	return p->carrier && p->carrier->ready ? p->mark : KERN_MARK_DEAD;
}

bool tie_alone(const struct engine *e, const struct peer *p)
{
	const struct list *l = &p->in_carrier;

	if (!e->cfg->ike_terminate)
		return false;
	if (p->dial)
		return p->dial->sa != 0;
	return p->carrier && l->next == &p->carrier->peers && l->prev == &p->carrier->peers;
}

/* --- time ------------------------------------------------------------------------------------- */

void tie_expire(struct engine *e, struct peer *p)
{
	p->grace_deadline = USEC_NEVER;
	p->finished = true;
	if (!p->down) {
		p->reason = "sa-down";
		l2tp_end_set(&p->tunnel.end, L2TP_END_LOCAL, L2TP_STOP_NONE, L2TP_ERROR_NONE,
			     "its SA has gone");
		peer_down(e, p);
	}
	peer_settle(e, p);
}
