// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tunnels and calls of records.
 */
#include <string.h>

#include "daemon/engine/dial.h"
#include "daemon/engine/resume.h"
#include "daemon/l2tp/tunnel_state.h"
#include "daemon/ppp/link_state.h"

#define NOT_TOLD 0x4000 /* a number that is not acknowledged before it has been told */

static bool terminated(const char *text, size_t size)
{
	return memchr(text, '\0', size);
}

static usec_t past(uint64_t when, usec_t now)
{
	return when < now ? when : now;
}

/* --- tunnels --- */

static bool endpoint_possible(const struct endpoint *ep)
{
	return (ep->family == ENDPOINT_IPV4 || ep->family == ENDPOINT_IPV6) && ep->port;
}

static bool tunnel_possible(const struct state_tunnel *s)
{
	return endpoint_possible(&s->local) && endpoint_possible(&s->remote) &&
	       s->local.family == s->remote.family && s->has_identity <= 1 &&
	       s->has_identity == (s->mark != 0) && s->layout <= KERN_LAYOUT_CLASSIC &&
	       terminated(s->client, sizeof(s->client)) &&
	       terminated(s->connection, sizeof(s->connection)) &&
	       terminated(s->remote_id, sizeof(s->remote_id)) &&
	       terminated(s->remote_name, sizeof(s->remote_name));
}

static int listener_at(const struct engine *e, const struct endpoint *address)
{
	for (int i = 0; i < e->cfg->n_listeners; i++)
		if (endpoint_equal(&e->cfg->listeners[i].address, address))
			return i;
	return -1;
}

/* The tunnel without what its own machine knows; NULL: it has no place, which is counted. */
static struct peer *make_peer(struct engine *e, const struct state_tunnel *s)
{
	int listener = listener_at(e, &s->listener);
	struct peer *p = NULL;

	if (listener < 0 || tie_required(e, (uint8_t)listener) != (s->mark != 0)) {
		e->resumed.unfit++;
		return NULL;
	}
	if (!ids_claim(&e->tunnel_ids, s->id)) {
		e->resumed.impossible++;
		return NULL;
	}
	p = peer_new_as(e, &e->servers[e->cfg->listeners[listener].server], (uint8_t)listener,
			&s->local, &s->remote, s->id);
	if (!p) {
		ids_release(&e->tunnel_ids, s->id);
		engine_drop(e, ENGINE_DROP_MEMORY);
	}
	return p;
}

/* Nothing of it was told to anybody. */
static void unmake_peer(struct engine *e, struct peer *p)
{
	e->resumed.impossible++;
	p->finished = true;
	peer_settle(e, p);
}

static void set_peer(struct engine *e, struct peer *p, const struct state_tunnel *s, slot_t slot)
{
	p->slot = slot;
	p->created = past(s->created, e->env.now);
	p->up_since = past(s->up_since ? s->up_since : s->created, e->env.now);
	p->served = s->flags & STATE_TUNNEL_SERVED;
	p->mru_most = s->mru;
	p->sccrq_len = s->sccrq_len;
	p->sccrq_hash = s->sccrq_hash;
	e->stats.established++;
	peer_proved(e, p);
}

/* False: its slot is free again. */
static bool resume_tunnel(struct engine *e, slot_t slot, const struct state_tunnel *s)
{
	struct peer *p;

	if (!tunnel_possible(s) || s->role != (s->client[0] ? L2TP_LAC : L2TP_LNS)) {
		e->resumed.impossible++;
		return false;
	}
	p = s->client[0] ? dial_recall(e, s) : make_peer(e, s);
	if (!p)
		return false;
	if (!tunnel_restore(&p->tunnel, s, &e->env) || (s->mark && !tie_resume(e, p, s))) {
		unmake_peer(e, p);
		return false;
	}
	set_peer(e, p, s, slot);
	return true;
}

/* --- calls --- */

static int group_called(const struct engine *e, const char *name)
{
	for (int i = 0; i < e->cfg->n_groups; i++)
		if (!strcmp(e->cfg->groups[i].name, name))
			return i;
	return -1;
}

static bool call_possible(const struct state_session *s)
{
	return s->user_len <= CALL_USER_MAX && terminated(s->group, sizeof(s->group)) &&
	       terminated(s->ifname, sizeof(s->ifname)) && s->method <= AUTH_MSCHAPV2 &&
	       s->address && s->address == (s->role == L2TP_LNS ? s->link.remote4 : s->link.local4);
}

static void set_call(struct engine *e, struct call *c, const struct state_session *s)
{
	c->state = CALL_UP;
	c->was_up = true;
	c->created = past(s->created, e->env.now);
	c->up_since = past(s->up_since, e->env.now);
	c->method = s->method;
	c->stopped_ncp = s->flags & STATE_SESSION_STOPPED_NCP;
	c->user_len = s->user_len;
	memcpy(c->user, s->user, s->user_len);
	memcpy(c->ifname, s->ifname, sizeof(c->ifname));
	c->ifindex = s->ifindex;
	c->counters =
		(struct kern_counters){s->rx_packets, s->rx_bytes, s->tx_packets, s->tx_bytes};
	if (c->peer->dial)
		c->peer->dial->call = c;
	else
		call_count_user(e, c);
	e->stats.sessions_up++;
	e->stats.sessions_started++;
}

/* A call that is up on record; NULL: it cannot be, which is counted. */
static struct call *make_call(struct engine *e, struct peer *p, const struct state_session *s)
{
	int group = 0;
	struct call *c;

	if (!call_possible(s) || call_find(e, s->id) || (p->dial && p->n_calls)) {
		e->resumed.impossible++;
		return NULL;
	}
	if (!p->dial)
		group = group_called(e, s->group);
	if (group < 0 || (!p->dial && pool_reserve(e->pools, s->address))) {
		e->resumed.unfit++;
		return NULL;
	}
	c = !engine_reserve_timers(e, 1) && ids_claim(&e->session_ids, s->id)
		    ? call_new_as(e, p, s->id)
		    : NULL;
	if (!c) {
		if (!p->dial)
			pool_release(e->pools, s->address);
		engine_drop(e, ENGINE_DROP_MEMORY);
		return NULL;
	}
	c->group = (uint8_t)group;
	c->address = s->address;
	return c;
}

static bool resume_call(struct engine *e, struct peer *p, slot_t slot,
			const struct state_session *s)
{
	struct call *c = make_call(e, p, s);

	if (!c)
		return false;
	if (!session_restore(&c->session, s) ||
	    !link_restore(&c->link, &s->link, s->echo_at, &e->env)) {
		e->resumed.impossible++;
		c->reason = "restart";
		c->session.state = SESSION_CLOSED;
		call_gone(e, c);
		return false;
	}
	c->slot = slot;
	set_call(e, c, s);
	return true;
}

/* What does not go on is told to its peer, as far as the record says who that is. */
static bool resume_session(struct engine *e, slot_t slot, const struct state_session *s)
{
	struct peer *p = peer_find(e, s->tunnel);
	bool up = s->stage == STATE_SESSION_UP;

	if (!s->stage || s->stage > STATE_SESSION_UP || !s->id || !s->peer_id) {
		e->resumed.impossible++;
		return false;
	}
	if (!p || !p->slot) {
		e->resumed.lost += up;
		e->resumed.half_open += s->stage == STATE_SESSION_HALF_OPEN;
		return false;
	}
	if (up && resume_call(e, p, slot, s))
		return true;
	e->resumed.lost += up;
	e->resumed.half_open += s->stage == STATE_SESSION_HALF_OPEN;
	keep_farewell(e, p, slot, (uint16_t)(p->tunnel.channel.oldest + NOT_TOLD));
	return true;
}

/* --- all --- */

union record {
	struct state_tunnel tunnel;
	struct state_session session;
};

/* Records of one kind: those that are of use stay in their slots. */
static void resume_kind(struct engine *e, enum state_kind kind)
{
	struct slots *state = e->keep->state;
	union record r;

	for (slot_t slot = 1; slot <= slots_last(state); slot++) {
		enum state_kind is;

		if (slots_read(state, slot, &is, &r, sizeof(r)) != SLOTS_GOOD || is != kind)
			continue;
		if (kind == STATE_TUNNEL ? resume_tunnel(e, slot, &r.tunnel)
					 : resume_session(e, slot, &r.session))
			slots_keep(state, slot);
		else
			slots_forget(state, slot);
	}
}

static void forget_bad(struct engine *e)
{
	struct slots *state = e->keep->state;
	union record r;

	for (slot_t slot = 1; slot <= slots_last(state); slot++) {
		enum state_kind is;

		if (slots_read(state, slot, &is, &r, sizeof(r)) != SLOTS_BAD)
			continue;
		e->resumed.bad++;
		slots_forget(state, slot);
	}
}

void resume_records(struct engine *e)
{
	forget_bad(e);
	resume_kind(e, STATE_TUNNEL);
	resume_kind(e, STATE_SESSION);
}
