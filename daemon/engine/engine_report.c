// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the engine knows of a tunnel or a session, flat, for the log and for `culvert show`.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/engine/dial.h"
#include "daemon/report.h"

static enum report_state tunnel_report_state(const struct peer *p)
{
	if (p->down)
		return REPORT_CLOSING;
	return p->up_since ? REPORT_UP : REPORT_SETUP;
}

/* The dead mark is nobody's. */
static uint32_t add_ike(const struct peer *p, struct report_ike *r)
{
	const struct identity *id = p->identity;
	const struct sa *sa = p->carrier ? sa_by_mark(&p->engine->sas, p->mark) : NULL;

	if (id) {
		memcpy(r->connection, id->connection, sizeof(r->connection));
		memcpy(r->id, id->remote_id, sizeof(r->id));
		memcpy(r->name, id->remote_name, sizeof(r->name));
	}
	if (sa) {
		r->child = sa->child.unique;
		r->spi_in = sa->child.spi_in;
		r->spi_out = sa->child.spi_out;
	}
	return p->carrier ? p->mark : 0;
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
	ret->mark = add_ike(p, &ret->ike);
	memcpy(ret->client_host, t->peer_host, sizeof(ret->client_host));
	memcpy(ret->client_vendor, t->peer_vendor, sizeof(ret->client_vendor));
	if (p->dial)
		snprintf(ret->profile, sizeof(ret->profile), "%s", p->dial->cfg->name);
	if (!p->down)
		return;
	ret->reason = p->reason ? p->reason : engine_end_word(&t->end);
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
	if (c->peer->dial) {
		snprintf(r->profile, sizeof(r->profile), "%s", c->peer->dial->cfg->name);
		r->address = r->local_address = c->address;
		memcpy(r->dns, c->link.ipcp.dns, sizeof(r->dns));
		return;
	}
	if (c->user_len)
		memcpy(r->group, g->name, sizeof(r->group));
	if (!c->address)
		return;
	r->address = c->address;
	r->local_address = c->link.ipcp.local;
	memcpy(r->dns, c->link.ipcp.dns, sizeof(r->dns));
	memcpy(r->nbns, c->link.ipcp.nbns, sizeof(r->nbns));
}

static void add_peer(const struct peer *p, struct session_report *r)
{
	r->tunnel = p->tunnel.id;
	r->peer_tunnel = p->tunnel.peer_id;
	r->peer = p->remote;
	r->local = p->local;
	r->layout = p->layout;
	r->mark = add_ike(p, &r->ike);
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

bool engine_report_client(const struct engine *e, uint8_t client, struct client_report *ret)
{
	const struct dial *d = &e->dials[client];
	const struct call *c;

	if (client >= e->cfg->n_clients)
		return false;
	memset(ret, 0, sizeof(*ret));
	if (d->cfg->removed && d->state == DIAL_IDLE)
		return true;
	c = d->call;
	*ret = (struct client_report){
		.state = dial_state_name(d->state),
		.ipsec = d->cfg->ipsec == CONFIG_IPSEC_REQUIRE,
		.peer = d->gateway,
		.local = d->local,
		.tunnel = d->peer ? d->peer->tunnel.id : 0,
		.session = c ? c->session.id : 0,
		.up_since = d->up_since,
		.retry = d->state == DIAL_WAITING ? d->deadline : 0,
		.failures = d->failures,
		.result = d->result,
		.lines = d->lines,
	};
	memcpy(ret->name, d->cfg->name, sizeof(ret->name));
	memcpy(ret->gateway, d->cfg->gateway, sizeof(ret->gateway));
	memcpy(ret->user, d->cfg->user, sizeof(ret->user));
	if (d->state != DIAL_UP)
		snprintf(ret->reason, sizeof(ret->reason), "%s", d->why);
	if (!c || !c->address)
		return true;
	memcpy(ret->interface, c->ifname, sizeof(ret->interface));
	ret->address = c->address;
	ret->remote_address = c->link.ipcp.remote;
	memcpy(ret->dns, c->link.ipcp.dns, sizeof(ret->dns));
	return true;
}

const char *engine_client_line(const struct engine *e, uint8_t client, uint32_t *seq)
{
	const struct dial *d = &e->dials[client];

	if (client >= e->cfg->n_clients || *seq >= d->lines)
		return NULL;
	if (d->lines - *seq > ENGINE_CLIENT_LINES)
		*seq = d->lines - ENGINE_CLIENT_LINES;
	return d->line[*seq % ENGINE_CLIENT_LINES];
}

bool engine_ike_connected(const struct engine *e, uint32_t *ret_sas)
{
	*ret_sas = (uint32_t)sa_table_count(&e->sas);
	return e->ike_up;
}

struct pools *engine_pools(struct engine *e)
{
	return e->pools;
}

uint16_t engine_call_id(const struct call *c)
{
	return c->session.id;
}
