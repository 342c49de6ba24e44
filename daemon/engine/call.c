// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls: the marriage of an L2TP session, a PPP link, a user, an address and kernel objects.
 *
 * What each of them does is decided by its own machine; this file passes on what one has decided
 * to the others, admits users to their address and limits, and sees that an end by any of them
 * ends all.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/secret.h"
#include "daemon/engine/dial.h"
#include "daemon/engine/keep.h"
#include "daemon/ppp/frame.h"

NAMES_FUNCTION(call_state, CALL_STATE_LIST)

struct call *call_find(const struct engine *e, uint16_t id)
{
	struct hash_node *n = hash_find(&e->calls, id);

	return n ? container_of(n, struct call, by_id) : NULL;
}

static uint64_t user_key(const struct engine *e, const struct call *c)
{
	return hash_bytes(&e->calls_by_user, c->user, c->user_len);
}

/* --- beginning --- */

struct call *call_new(struct engine *e, struct peer *p)
{
	uint16_t id = ids_take(&e->session_ids, e->env.rng);
	struct call *c = id ? call_new_as(e, p, id) : NULL;

	if (id && !c)
		ids_release(&e->session_ids, id);
	return c;
}

struct call *call_new_as(struct engine *e, struct peer *p, uint16_t id)
{
	struct call *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->peer = p;
	c->group = p->dial ? 0 : p->server->cfg->default_group;
	c->created = e->env.now;
	c->timer.kind = ENGINE_TIMER_CALL;
	list_init(&c->waiting);
	pppdev_init(&c->dev);
	session_init(&c->session, p->server->role, id);
	c->terms = terms_get(p->server->terms);
	c->ppp = c->terms->link;
	if (p->mru_most && p->mru_most < c->ppp.mru)
		c->ppp.mru = p->mru_most;
	link_init(&c->link, &c->ppp);
	hash_add(&e->calls, &c->by_id, c->session.id);
	engine_grow_hash(&e->calls);
	list_add_tail(&p->calls, &c->in_peer);
	p->n_calls++;
	p->idle_deadline = USEC_NEVER;
	p->server->sessions++;
	e->stats.sessions++;
	e->stats.sessions_total++;
	return c;
}

/* The limit that a new call of this tunnel would break, or NULL. */
static const char *call_limit(const struct engine *e, const struct peer *p)
{
	const struct server *s = p->server;

	if (e->stopping)
		return "shutting down";
	if (e->drain.on)
		return "the server is being drained";
	if (s->cfg->removed)
		return "the server was removed";
	if (s->sessions >= s->cfg->max_sessions)
		return "max-sessions";
	if (p->n_calls >= s->cfg->max_sessions_per_tunnel)
		return "max-sessions-per-tunnel";
	return NULL;
}

/* The call that this ICRQ has made already: a repeat that the channel could not know as one. */
static struct call *same_request(const struct peer *p, const struct msg *m)
{
	struct list *l;

	list_for_each(l, &p->calls) {
		struct call *c = list_entry(l, struct call, in_peer);

		if (c->session.peer_id == m->assigned_session &&
		    c->session.state != SESSION_CLOSED)
			return c;
	}
	return NULL;
}

static void incoming(struct engine *e, struct peer *p, const struct msg *m)
{
	const char *limit = call_limit(e, p);
	struct call *c = NULL;

	if (m->assigned_session && same_request(p, m))
		return engine_drop(e, ENGINE_DROP_STATE);
	if (!limit && !engine_reserve_timers(e, 1))
		c = call_new(e, p);
	if (!c) {
		if (limit && e->drain.on)
			engine_drop(e, ENGINE_DROP_DRAINING);
		else
			engine_event(e, ENGINE_LIMIT, p, NULL, limit ? limit : "memory");
		session_refuse(&p->tunnel, m, 0, L2TP_CALL_NO_FACILITIES, 0,
			       limit ? limit : "out of memory", &e->env);
		engine_apply(e, p, NULL);
		return;
	}
	session_input(&c->session, &p->tunnel, m, &e->env);
	engine_apply(e, p, c);
}

void call_message(struct engine *e, struct peer *p, const struct msg *m)
{
	struct call *c;

	if (m->type == MSG_ICRQ && !p->dial) {
		incoming(e, p, m);
		return;
	}
	if (m->type == MSG_ICRQ || m->type == MSG_OCRQ) {
		session_refuse(&p->tunnel, m, 0, L2TP_CALL_NEVER_FACILITIES, 0,
			       m->type == MSG_OCRQ ? "outgoing calls are not available"
						   : "calls are placed here, not taken",
			       &e->env);
		engine_apply(e, p, NULL);
		return;
	}
	c = call_find(e, m->session);
	/* a CDN for a call that we have not answered yet carries the peer's id alone (4.4.4) */
	if (!c && m->type == MSG_CDN && m->assigned_session)
		c = same_request(p, m);
	if (!c || c->peer != p || c->session.state == SESSION_CLOSED)
		return engine_drop(e, ENGINE_DROP_UNKNOWN_SESSION);
	session_input(&c->session, &p->tunnel, m, &e->env);
	engine_apply(e, p, c);
}

void call_up(struct engine *e, struct call *c)
{
	if (c->peer->dial)
		dial_note(c->peer->dial, DIAL_EV_CALL_UP);
	link_open(&c->link, &e->env);
	if (!c->early_len)
		return;
	link_input(&c->link, c->early, c->early_len, &e->env);
	c->early_len = 0;
}

void call_phase(struct engine *e, struct call *c, enum link_phase phase)
{
	/* the link does not wait for this answer any more: it has given up, or begins anew */
	if (c->state == CALL_ASKING && phase != LINK_AUTHENTICATE) {
		c->state = CALL_SETUP;
		c->aaa_id = 0;
	}
	engine_event(e, ENGINE_PHASE, c->peer, c, link_phase_name(phase));
}

/* --- authentication --- */

void call_authenticate(struct engine *e, struct call *c, const struct auth_request *request)
{
	struct wire_aaa_auth m = {
		.wire = { .type = WIRE_AAA_AUTH, .version = WIRE_VERSION },
		.peer = c->peer->remote,
		.request = *request,
	};
	struct auth_result result = { .verdict = AUTH_ERROR, .reason = AUTH_REASON_BACKEND };

	/* the session's id in the upper half finds the call again, the lower tells the question */
	m.wire.id = (uint32_t)c->session.id << 16 | (engine_request_id(e) & 0xffff);
	c->aaa_id = m.wire.id;
	c->state = CALL_ASKING;
	c->method = request->method;
	c->user_len = request->user_len;
	if (request->user_len > CALL_USER_MAX) {
		c->user_len = CALL_USER_MAX;
		result.verdict = AUTH_REJECT;
		result.reason = AUTH_REASON_UNKNOWN_USER;
	}
	memcpy(c->user, request->user, c->user_len);
	if (result.verdict == AUTH_REJECT || e->ops->aaa(e->ctx, &m))
		call_authenticated(e, c, &result);
	secret_wipe(&m, sizeof(m));
}

static int find_group(const struct engine *e, const char *name)
{
	for (int i = 0; i < e->cfg->n_groups; i++)
		if (!e->cfg->groups[i].removed && !strcmp(e->cfg->groups[i].name, name))
			return i;
	return -1;
}

/* Sessions of this user that are up or coming up, this one not counted. */
static uint32_t sessions_of_user(struct engine *e, const struct call *c)
{
	uint32_t n = 0;

	for (struct hash_node *h = hash_find(&e->calls_by_user, user_key(e, c)); h;
	     h = hash_next(h)) {
		struct call *other = container_of(h, struct call, by_user);

		if (other->user_len != c->user_len ||
		    memcmp(other->user, c->user, c->user_len))
			continue;
		n++;
		/* a stale one of a client that has crashed should not lock its user out for long */
		tunnel_probe(&other->peer->tunnel, &e->env);
		engine_apply(e, other->peer, NULL);
	}
	return n;
}

static bool take_address(struct engine *e, struct call *c, uint32_t fixed)
{
	const struct config_group *g = &e->cfg->groups[c->group];

	if (fixed) {
		if (pool_reserve(e->pools, fixed))
			return false;
		c->address = fixed;
		return true;
	}
	return g->pool >= 0 &&
	       !pool_take(e->pools, (unsigned int)g->pool, user_key(e, c), &c->address);
}

/* What the data base allowed, held against limits and what is left; the reason if it may not. */
static enum auth_reason admit(struct engine *e, struct call *c, const struct auth_result *r)
{
	int group = r->group[0] ? find_group(e, r->group) : c->group;
	const struct config_group *g;
	enum auth_reason reason;

	if (group < 0 || e->cfg->groups[group].removed)
		return AUTH_REASON_BACKEND;
	c->group = (uint8_t)group;
	g = &e->cfg->groups[group];
	if (r->user_len && r->user_len <= CALL_USER_MAX) {
		memcpy(c->user, r->user, r->user_len);
		c->user_len = r->user_len;
	}
	reason = identity_admits(e, c, g);
	if (reason)
		return reason;
	if (g->sessions_per_user && sessions_of_user(e, c) >= g->sessions_per_user)
		return AUTH_REASON_LIMIT;
	if (!take_address(e, c, r->address)) {
		if (r->address) /* is whoever has this user's own address still there? */
			sessions_of_user(e, c);
		return AUTH_REASON_NO_ADDRESS;
	}
	return AUTH_REASON_NONE;
}

static const char *reason_text(uint8_t reason)
{
	switch ((enum auth_reason)reason) {
	case AUTH_REASON_NONE:
		return "none";
	case AUTH_REASON_UNKNOWN_USER:
		return "unknown-user";
	case AUTH_REASON_WRONG_PASSWORD:
		return "wrong-password";
	case AUTH_REASON_METHOD:
		return "secret-unfit-for-method";
	case AUTH_REASON_LIMIT:
		return "sessions-per-user";
	case AUTH_REASON_NO_ADDRESS:
		return "no-address-left";
	case AUTH_REASON_BACKEND:
		return "backend";
	case AUTH_REASON_TIMEOUT:
		return "timeout";
	case AUTH_REASON_IDENTITY:
		return "user-match";
	case AUTH_REASON_IDENTITY_LIMIT:
		return "sessions-per-identity";
	}
	return "?";
}

void call_count_user(struct engine *e, struct call *c)
{
	hash_add(&e->calls_by_user, &c->by_user, user_key(e, c));
	engine_grow_hash(&e->calls_by_user);
	c->of_identity = c->peer->identity;
	if (c->of_identity)
		c->peer->identity->sessions++;
}

static void accepted(struct engine *e, struct call *c)
{
	const struct config_group *g = &e->cfg->groups[c->group];

	e->stats.auth_accepted++;
	peer_proved(e, c->peer);
	c->state = CALL_ACCEPTED;
	call_count_user(e, c);
	link_set_ipv4(&c->link, g->local_address, c->address, g->dns, g->nbns);
	link_set_ipv6(&c->link, g->ipv6);
	offload_start(e, c);
}

void call_authenticated(struct engine *e, struct call *c, const struct auth_result *result)
{
	struct auth_result r = *result;

	c->aaa_id = 0;
	c->state = CALL_SETUP;
	if (r.verdict == AUTH_ACCEPT) {
		r.reason = (uint8_t)admit(e, c, &r);
		if (r.reason)
			r.verdict = AUTH_REJECT;
	}
	if (r.verdict == AUTH_ACCEPT) {
		accepted(e, c);
	} else {
		e->stats.auth_rejected++;
		engine_event(e, ENGINE_AUTH_FAILED, c->peer, c, reason_text(r.reason));
		/* to PPP it is as final as that: another password would not help */
		if (r.reason == AUTH_REASON_IDENTITY || r.reason == AUTH_REASON_IDENTITY_LIMIT)
			r.reason = AUTH_REASON_LIMIT;
	}
	if (c->session.state == SESSION_ESTABLISHED)
		link_auth_result(&c->link, &r, &e->env);
	secret_wipe(&r, sizeof(r));
	engine_apply(e, c->peer, c);
}

void engine_aaa(struct engine *e, const struct wire_aaa_result *m, usec_t now)
{
	struct call *c = call_find(e, (uint16_t)(m->wire.id >> 16));

	engine_begin(e, now);
	if (!c || c->aaa_id != m->wire.id || c->state != CALL_ASKING)
		return; /* its call ended while the question was open */
	call_authenticated(e, c, &m->result);
}

/* --- network protocols --- */

void call_established(struct engine *e, struct call *c)
{
	c->state = CALL_UP;
	c->up_since = e->env.now;
	c->was_up = true;
	c->peer->served = true;
	e->stats.sessions_up++;
	e->stats.sessions_started++;
	engine_event(e, ENGINE_SESSION_UP, c->peer, c, NULL);
	if (c->peer->dial)
		dial_note(c->peer->dial, DIAL_EV_SESSION_UP);
}

/* We were given an address: the device that has it can be made.  Another one is another call. */
static void dialed_ncp(struct engine *e, struct call *c, bool up)
{
	if (up && c->state == CALL_SETUP) {
		c->state = CALL_ACCEPTED;
		c->method = c->link.lcp.auth;
		c->user_len = (uint8_t)strlen(c->terms->user);
		memcpy(c->user, c->terms->user, c->user_len);
		c->address = c->link.ipcp.local;
		offload_start(e, c);
	} else if (c->link.phase == LINK_NETWORK || c->link.phase == LINK_ESTABLISH) {
		call_close(e, c, "renegotiated", L2TP_CALL_ADMIN, 0, "IPCP began anew");
	}
}

void call_ncp(struct engine *e, struct call *c, uint16_t protocol, bool up)
{
	if (c->peer->dial) {
		dialed_ncp(e, c, up);
		return;
	}
	if (up && c->state == CALL_ACCEPTED)
		call_established(e, c);
	/* the kernel lets IPv4 alone pass at first; a link that ends takes its device with it */
	if (!up)
		c->stopped_ncp = true;
	if (c->state == CALL_UP && c->link.phase == LINK_NETWORK &&
	    (c->stopped_ncp || protocol == PPP_IPV6CP))
		offload_set(e, c);
}

/* --- ending --- */

static void leave_up(struct engine *e, struct call *c, enum call_state next)
{
	if (c->state == CALL_UP)
		e->stats.sessions_up--;
	c->state = next;
}

static void set_reason(struct call *c, const char *reason, const char *text)
{
	if (c->reason)
		return;
	c->reason = reason;
	if (text)
		snprintf(c->detail, sizeof(c->detail), "%s", text);
}

/* RFC 3145 2.2: what the other side of the tunnel should note as the reason of PPP's end. */
static uint16_t cause_of(enum link_end end)
{
	switch (end) {
	case LINK_END_NONE:
		return L2TP_CAUSE_NONE;
	case LINK_END_PEER:
		return L2TP_CAUSE_NORMAL;
	case LINK_END_LOCAL:
		return L2TP_CAUSE_ADMIN;
	case LINK_END_LCP_TIMEOUT:
		return L2TP_CAUSE_LCP_TIMEOUT;
	case LINK_END_LCP_FAILED:
		return L2TP_CAUSE_LCP_TIMEOUT;
	case LINK_END_LOOPBACK:
		return L2TP_CAUSE_LCP_LOOP;
	case LINK_END_ECHO:
		return L2TP_CAUSE_LCP_ECHO;
	case LINK_END_AUTH_METHOD:
		return L2TP_CAUSE_AUTH_PROTOCOL;
	case LINK_END_AUTH_FAILED:
	case LINK_END_AUTH_UNPROVED:
		return L2TP_CAUSE_AUTH_FAILED;
	case LINK_END_AUTH_TIMEOUT:
		return L2TP_CAUSE_AUTH_TIMEOUT;
	case LINK_END_NCP_FAILED:
		return L2TP_CAUSE_NCP_TIMEOUT;
	case LINK_END_PROTOCOL:
		return L2TP_CAUSE_NONE;
	}
	return L2TP_CAUSE_NONE;
}

void call_link_down(struct engine *e, struct call *c)
{
	set_reason(c, link_end_name(c->link.end), NULL);
	leave_up(e, c, CALL_CLOSING);
	if (c->session.state == SESSION_CLOSED)
		return;
	session_close(&c->session, &c->peer->tunnel, c->result ? c->result : L2TP_CALL_ADMIN,
		      c->error, cause_of(c->link.end), c->detail[0] ? c->detail : NULL, &e->env);
}

void call_session_down(struct engine *e, struct call *c)
{
	/* a client that ends PPP and L2TP in one breath: PPP's word says more */
	if (c->link.end == LINK_END_PEER)
		set_reason(c, link_end_name(c->link.end), NULL);
	set_reason(c, engine_end_word(&c->session.end), c->session.end.text);
	leave_up(e, c, CALL_CLOSING);
	c->aaa_id = 0;
	link_lower_down(&c->link);
	if (c->peer->dial)
		dial_ended(c->peer->dial, c->peer, c);
	e->ops->detach(e->ctx, &c->dev);
	offload_stop(e, c);
}

void call_tunnel_down(struct engine *e, struct call *c)
{
	if (c->session.state == SESSION_CLOSED)
		return;
	if (c->peer->reason)
		set_reason(c, c->peer->reason, c->peer->tunnel.end.text);
	else
		set_reason(c, "tunnel-down", engine_end_word(&c->peer->tunnel.end));
	c->session.state = SESSION_CLOSED;
	call_session_down(e, c);
}

void call_close(struct engine *e, struct call *c, const char *reason, uint16_t result,
		uint16_t error, const char *text)
{
	struct peer *p = c->peer;

	if (c->session.state == SESSION_CLOSED)
		return;
	set_reason(c, reason, text);
	c->result = result;
	c->error = error;
	if (c->link.phase != LINK_DEAD && c->offload != OFFLOAD_ADDING &&
	    c->link.phase != LINK_TERMINATE)
		link_close(&c->link, LINK_END_LOCAL, text, &e->env);
	else
		session_close(&c->session, &p->tunnel, result, error, L2TP_CAUSE_ADMIN, text,
			      &e->env);
	engine_apply(e, p, c);
}

void engine_kick(struct engine *e, struct call *c, const char *text, usec_t now)
{
	engine_begin(e, now);
	call_close(e, c, "kicked", L2TP_CALL_ADMIN, 0, text);
}

void call_gone(struct engine *e, struct call *c)
{
	struct peer *p = c->peer;

	if (c->state == CALL_DEAD)
		return;
	leave_up(e, c, CALL_DEAD);
	keep_no_call(e, c);
	engine_event(e, ENGINE_SESSION_DOWN, p, c, NULL);
	timer_stop(&e->timers, &c->timer);
	hash_del(&e->calls, &c->by_id);
	ids_release(&e->session_ids, c->session.id);
	if (c->by_user.key)
		hash_del(&e->calls_by_user, &c->by_user);
	if (c->of_identity)
		p->identity->sessions--;
	if (p->dial)
		dial_call_gone(p->dial);
	else if (c->address)
		pool_release(e->pools, c->address);
	list_del(&c->in_peer);
	p->n_calls--;
	p->server->sessions--;
	e->stats.sessions--;
	list_add_tail(&e->dead_calls, &c->waiting);
	peer_settle(e, p);
}

void call_free(struct engine *e, struct call *c)
{
	e->ops->detach(e->ctx, &c->dev);
	secret_wipe(&c->link, sizeof(c->link));
	terms_put(c->terms);
	free(c);
}

/* --- time --- */

void call_settle(struct engine *e, struct call *c)
{
	usec_t when = usec_min(session_deadline(&c->session), link_deadline(&c->link));

	if (c->state == CALL_DEAD)
		return;
	keep_call(e, c);
	if (c->session.state == SESSION_CLOSED)
		when = USEC_NEVER;
	timer_start(&e->timers, &c->timer, when);
}

/* Data that has come in spares the peer an echo. */
static void notice_data(struct engine *e, struct call *c)
{
	uint32_t idle;

	if (c->offload != OFFLOAD_READY)
		return;
	idle = e->ops->idle(e->ctx, &c->dev);
	if (idle != UINT32_MAX && e->env.now > idle * USEC_PER_SEC)
		link_heard(&c->link, e->env.now - idle * USEC_PER_SEC);
}

void call_expire(struct engine *e, struct call *c)
{
	struct peer *p = c->peer;

	if (e->env.now >= session_deadline(&c->session)) {
		session_expire(&c->session, &p->tunnel, &e->env);
		engine_apply(e, p, c);
	}
	if (c->session.state != SESSION_CLOSED && e->env.now >= link_deadline(&c->link)) {
		notice_data(e, c);
		if (e->env.now >= link_deadline(&c->link)) {
			link_expire(&c->link, &e->env);
			engine_apply(e, p, c);
		}
	}
	call_settle(e, c);
}
