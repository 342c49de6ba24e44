// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the engine knows of a tunnel or a session, flat, for the log and for `culvert show`.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/engine/engine_state.h"
#include "daemon/report.h"

static enum report_state tunnel_report_state(const struct peer *p)
{
	if (p->down)
		return REPORT_CLOSING;
	return p->up_since ? REPORT_UP : REPORT_SETUP;
}

void engine_report_tunnel(const struct peer *p, struct tunnel_report *ret)
{
	const struct tunnel *t = &p->tunnel;

	*ret = (struct tunnel_report){
		.tunnel = t->id,
		.peer_tunnel = t->peer_id,
		.state = tunnel_report_state(p),
		.control_state = tunnel_state_name(t->state),
		.peer = p->remote,
		.local = p->local,
		.layout = p->layout,
		.firmware = t->peer_firmware,
		.sessions = p->n_calls,
		.created = p->created,
		.up_since = p->up_since,
		.heard = t->heard,
		.window = t->channel.peer_window,
		.ns = t->channel.ns,
		.nr = t->channel.nr,
		.queued = t->channel.count,
		.retransmits = t->channel.retransmits,
	};
	memcpy(ret->client_host, t->peer_host, sizeof(ret->client_host));
	memcpy(ret->client_vendor, t->peer_vendor, sizeof(ret->client_vendor));
	if (!p->down)
		return;
	ret->reason = engine_end_word(&t->end);
	snprintf(ret->detail, sizeof(ret->detail), "%s", t->end.text);
	ret->result = t->end.result;
	ret->error = t->end.error;
}

static enum report_state session_report_state(const struct call *c)
{
	switch (c->state) {
	case CALL_SETUP:
	case CALL_ASKING:
	case CALL_ACCEPTED:
		return REPORT_SETUP;
	case CALL_UP:
		return REPORT_UP;
	case CALL_CLOSING:
	case CALL_DEAD:
		return REPORT_CLOSING;
	}
	return REPORT_SETUP;
}

static void add_user(const struct call *c, struct session_report *r)
{
	const struct config_group *g = &c->peer->engine->cfg->groups[c->group];

	r->auth = c->method;
	r->user_len = c->user_len;
	memcpy(r->user, c->user, c->user_len);
	if (c->user_len)
		memcpy(r->group, g->name, sizeof(r->group));
	if (!c->address)
		return;
	r->address = c->address;
	r->local_address = g->local_address;
	memcpy(r->dns, g->dns, sizeof(r->dns));
	memcpy(r->nbns, g->nbns, sizeof(r->nbns));
}

static void add_peer(const struct peer *p, struct session_report *r)
{
	r->tunnel = p->tunnel.id;
	r->peer_tunnel = p->tunnel.peer_id;
	r->peer = p->remote;
	r->local = p->local;
	r->layout = p->layout;
	memcpy(r->client_host, p->tunnel.peer_host, sizeof(r->client_host));
	memcpy(r->client_vendor, p->tunnel.peer_vendor, sizeof(r->client_vendor));
}

void engine_report_session(const struct call *c, struct session_report *ret)
{
	const struct lcp *lcp = &c->link.lcp;

	*ret = (struct session_report){
		.session = c->session.id,
		.peer_session = c->session.peer_id,
		.state = session_report_state(c),
		.call_state = session_state_name(c->session.state),
		.phase = link_phase_name(c->link.phase),
		.ifindex = c->ifindex,
		.mru = lcp->mru,
		.mtu = link_mtu(&c->link),
		.created = c->created,
		.up_since = c->up_since,
		.counters = c->counters,
		.reason = c->reason,
		.result = c->session.end.result,
		.error = c->session.end.error,
		.cause = L2TP_CAUSE_CODE(c->session.end.cause),
	};
	add_peer(c->peer, ret);
	add_user(c, ret);
	memcpy(&ret->iid, c->link.ipv6cp.remote, sizeof(ret->iid));
	memcpy(ret->interface, c->ifname, sizeof(ret->interface));
	memcpy(ret->identification, lcp->ident, lcp->ident_len);
	memcpy(ret->calling, c->session.calling, sizeof(ret->calling));
	memcpy(ret->detail, c->detail, sizeof(c->detail));
}

struct pools *engine_pools(struct engine *e)
{
	return e->pools;
}

uint16_t engine_call_id(const struct call *c)
{
	return c->session.id;
}
