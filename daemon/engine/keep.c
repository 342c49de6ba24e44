// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/engine/keep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/dial.h"
#include "daemon/l2tp/tunnel_state.h"
#include "daemon/ppp/link_state.h"

_Static_assert(STATE_USER_MAX == CALL_USER_MAX && STATE_NAME_MAX == CONFIG_NAME_MAX &&
		       STATE_IKE_ID_MAX == IKE_ID_MAX && STATE_IKE_CONN_MAX == IKE_NAME_MAX,
	       "the record's room");

int keep_init(struct engine *e, struct slots *state)
{
	struct keep *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->state = state;
	k->farewell = calloc((size_t)state->n_slots + 1, sizeof(*k->farewell));
	if (!k->farewell) {
		free(k);
		return -ENOMEM;
	}
	e->keep = k;
	return 0;
}

void keep_free(struct engine *e)
{
	if (!e->keep)
		return;
	free(e->keep->farewell);
	free(e->keep);
	e->keep = NULL;
}

/* Without a record it lives as well, but not longer than this process. */
static bool take(struct engine *e, slot_t *slot)
{
	if (!*slot)
		*slot = slots_take(e->keep->state);
	if (!*slot && !e->keep->full) {
		e->keep->full = true;
		engine_event(e, ENGINE_LIMIT, NULL, NULL, "memory for records");
	}
	return *slot;
}

static void give_back(struct engine *e, slot_t *slot)
{
	if (*slot)
		slots_release(e->keep->state, *slot);
	*slot = 0;
}

/* --- farewells --- */

void keep_farewell(struct engine *e, struct peer *p, slot_t slot, uint16_t ns)
{
	e->keep->farewell[slot] = (struct farewell){.next = p->farewells, .ns = ns};
	p->farewells = slot;
}

static bool acknowledged(const struct channel *c, uint16_t ns)
{
	return (uint16_t)(c->oldest - ns) < 0x8000;
}

static void drop_farewells(struct engine *e, struct peer *p, bool all)
{
	slot_t *at = &p->farewells;

	while (*at) {
		slot_t slot = *at;
		struct farewell *f = &e->keep->farewell[slot];

		if (!all && !acknowledged(&p->tunnel.channel, f->ns)) {
			at = &f->next;
			continue;
		}
		*at = f->next;
		slots_release(e->keep->state, slot);
	}
}

/* --- tunnels --- */

/*
 * A LAC's is on record when its SCCCN has been taken, because nothing else may have that number.
 * One that is closing is as long as the peer may not know.
 */
static bool worth_keeping(const struct peer *p)
{
	const struct tunnel *t = &p->tunnel;

	if (p->dead || p->finished)
		return false;
	if (t->state == TUNNEL_CLOSING)
		return p->slot && t->end.by == L2TP_END_LOCAL && t->channel.count;
	return t->state == TUNNEL_ESTABLISHED &&
	       (p->slot || t->role == L2TP_LNS || t->channel.oldest >= 2);
}

static void save_identity(const struct peer *p, struct state_tunnel *s)
{
	const struct identity *id = p->identity;

	if (!id)
		return;
	s->has_identity = 1;
	s->carrier_port = p->carrier ? p->carrier->remote.port : 0;
	s->identity_host = id->host;
	memcpy(s->connection, id->connection, sizeof(s->connection));
	memcpy(s->remote_id, id->remote_id, sizeof(s->remote_id));
	memcpy(s->remote_name, id->remote_name, sizeof(s->remote_name));
}

static void save_peer(const struct engine *e, const struct peer *p, struct state_tunnel *s)
{
	memset(s, 0, sizeof(*s));
	tunnel_save(&p->tunnel, s);
	s->layout = p->layout;
	if (p->dial)
		memcpy(s->client, p->dial->cfg->name, sizeof(s->client));
	else
		s->listener = e->cfg->listeners[p->listener].address;
	s->local = p->local;
	s->remote = p->remote;
	s->mark = p->mark;
	s->mru = p->mru_most;
	s->flags = p->served ? STATE_TUNNEL_SERVED : 0;
	s->sccrq_len = p->sccrq_len;
	s->sccrq_hash = p->sccrq_hash;
	s->created = p->created;
	s->up_since = p->up_since;
	save_identity(p, s);
}

void keep_peer(struct engine *e, struct peer *p)
{
	struct state_tunnel s;

	if (!e->keep || e->resuming)
		return;
	if (!worth_keeping(p)) {
		keep_no_peer(e, p);
		return;
	}
	if (take(e, &p->slot)) {
		save_peer(e, p, &s);
		slots_write(e->keep->state, p->slot, STATE_TUNNEL, &s, sizeof(s),
			    offsetof(struct state_tunnel, heard));
	}
	if (p->farewells)
		drop_farewells(e, p, false);
}

void keep_no_peer(struct engine *e, struct peer *p)
{
	if (!e->keep)
		return;
	drop_farewells(e, p, true);
	give_back(e, &p->slot);
}

/* --- calls --- */

/* 0: none is needed, because the peer knows of none, or has ended it itself. */
static uint8_t stage_of(const struct call *c)
{
	const struct session *s = &c->session;

	if (c->state == CALL_DEAD || !s->peer_id || c->peer->down)
		return 0;
	switch (s->state) {
	case SESSION_IDLE:
	case SESSION_WAIT_REPLY:
		return 0;
	case SESSION_CLOSED:
		return c->slot && s->end.by != L2TP_END_PEER ? STATE_SESSION_FAREWELL : 0;
	case SESSION_WAIT_CONNECT:
		return STATE_SESSION_HALF_OPEN;
	case SESSION_ESTABLISHED:
		break;
	}
	return c->state == CALL_UP && c->offload == OFFLOAD_READY && link_savable(&c->link)
		       ? STATE_SESSION_UP
		       : STATE_SESSION_HALF_OPEN;
}

static void save_call(const struct engine *e, const struct call *c, struct state_session *s)
{
	session_save(&c->session, s);
	link_save(&c->link, &s->link);
	s->echo_at = link_echo_at(&c->link);
	s->created = c->created;
	s->up_since = c->up_since;
	s->address = c->address;
	s->ifindex = c->ifindex;
	memcpy(s->ifname, c->ifname, sizeof(s->ifname));
	if (!c->peer->dial)
		memcpy(s->group, e->cfg->groups[c->group].name, sizeof(s->group));
	s->method = c->method;
	if (c->of_identity)
		s->flags |= STATE_SESSION_OF_IDENTITY;
	if (c->stopped_ncp)
		s->flags |= STATE_SESSION_STOPPED_NCP;
	s->user_len = c->user_len;
	memcpy(s->user, c->user, c->user_len);
	s->rx_packets = c->counters.rx_packets;
	s->rx_bytes = c->counters.rx_bytes;
	s->tx_packets = c->counters.tx_packets;
	s->tx_bytes = c->counters.tx_bytes;
}

/*
 * Its device was taken away, perhaps because the kernel role is dying, which we hear of later:
 * until that role says that it was somebody else, the record tells the next daemon who was on.
 */
static bool may_be_the_end(const struct call *c)
{
	return c->slot && c->reason && !strcmp(c->reason, "foreign-delete") &&
	       c->offload != OFFLOAD_GONE;
}

void keep_call(struct engine *e, struct call *c)
{
	struct state_session s;
	uint8_t stage;

	if (!e->keep || e->resuming)
		return;
	if (may_be_the_end(c))
		return;
	stage = stage_of(c);
	if (!stage) {
		give_back(e, &c->slot);
		return;
	}
	if (!take(e, &c->slot))
		return;
	memset(&s, 0, sizeof(s));
	s.stage = stage;
	session_save_ids(&c->session, c->peer->tunnel.id, &s);
	if (stage == STATE_SESSION_UP) {
		save_call(e, c, &s);
		slots_write(e->keep->state, c->slot, STATE_SESSION, &s, sizeof(s),
			    offsetof(struct state_session, echo_at));
	} else {
		slots_write(e->keep->state, c->slot, STATE_SESSION, &s, STATE_SESSION_SMALL,
			    STATE_SESSION_SMALL);
	}
}

void keep_no_call(struct engine *e, struct call *c)
{
	const struct channel *channel = &c->peer->tunnel.channel;

	if (!e->keep || !c->slot)
		return;
	if (c->peer->tunnel.state == TUNNEL_ESTABLISHED && channel->count &&
	    c->session.end.by != L2TP_END_PEER)
		keep_farewell(e, c->peer, c->slot, channel->ns);
	else
		slots_release(e->keep->state, c->slot);
	c->slot = 0;
}

void keep(struct engine *e, struct peer *p, struct call *c)
{
	if (c && c->state != CALL_DEAD)
		keep_call(e, c);
	if (!p->dead)
		keep_peer(e, p);
}
