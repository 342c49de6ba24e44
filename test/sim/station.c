// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Steps the machines and carries their effects out.
 *
 * The order is the engine's: step, then walk the list, which may grow while it is walked (an
 * established call starts its link, an authenticated one opens its gate), then let calls begin
 * that waited for the tunnel.  A call or tunnel that is over is handed back only after the walk.
 */
#include "test/sim/station.h"

#include <string.h>

#include "compiler.h"
#include "daemon/base/buf.h"

#define DATA_MAX     2048
#define FLAG_CONTROL 0x8000 /* RFC 2661 3.1 */
#define FLAG_LENGTH  0x4000
#define HDLC	     0xff03 /* address and control; may be there or not (RFC 1661 6.6) */

#define PROTOCOL_IPCP 0x8021

#define ROUNDS_MAX 100000 /* a machine that is due for ever has a bug */

#define ROUNDS_MAX 100000 /* a machine that is due for ever has a bug */

#define L2TP_CALL_ADMIN		3 /* RFC 2661 4.4.2: administrative reasons */
#define L2TP_CALL_NO_FACILITIES 4 /* no appropriate facilities, temporarily */
#define L2TP_STOP_CLEAR		1 /* general request to clear control connection */

static void transmit(struct station *p, const uint8_t *data, size_t len)
{
	watch_control(p->counts, &p->watch, WATCH_OUT, data, len);
	p->profile->transmit(p, data, len);
}

static void transmit_frame(struct station *p, struct call *c, const uint8_t *frame, size_t len)
{
	uint8_t data[DATA_MAX];
	struct writer w;

	watch_frame(p->counts, &c->watch, WATCH_OUT, frame, len);
	msg_data_header(data, p->tunnel.peer_id, c->session.peer_id);
	writer_init(&w, data + L2TP_DATA_HEADER_LEN, sizeof(data) - L2TP_DATA_HEADER_LEN);
	writer_u16(&w, HDLC);
	writer_bytes(&w, frame, len);
	BUG_ON(w.bad);
	p->profile->transmit(p, data, L2TP_DATA_HEADER_LEN + writer_len(&w));
}

static uint16_t frame_protocol(const uint8_t *frame, size_t len)
{
	struct reader r;

	reader_init(&r, frame, len);
	return reader_u16(&r);
}

/* A client that lets the server begin keeps its first IPCP request until the server's came. */
static bool hold_frame(struct station *p, struct call *c, const uint8_t *frame, size_t len)
{
	if (!p->profile->server_first || c->link.cfg->role == LINK_SERVER || c->held_len == 0xffff)
		return false;
	if (frame_protocol(frame, len) != PROTOCOL_IPCP || len > sizeof(c->held))
		return false;
	memcpy(c->held, frame, len);
	c->held_len = (uint16_t)len;
	return true;
}

static void release_frame(struct station *p, struct call *c, const uint8_t *frame, size_t len)
{
	uint16_t held = c->held_len;

	if (held == 0xffff || frame_protocol(frame, len) != PROTOCOL_IPCP)
		return;
	c->held_len = 0xffff;
	if (held)
		transmit_frame(p, c, c->held, held);
}

static void start_link(struct station *p, struct call *c, struct env *env)
{
	link_init(&c->link, p->profile->link);
	if (!p->profile->gate)
		link_gate_open(&c->link, env); /* there is no kernel to wait for */
	c->stage = CALL_PPP;
	if (p->profile->server_first && p->profile->link->role == LINK_CLIENT)
		return; /* the server's first frame opens it */
	link_open(&c->link, env);
	if (c->early_len)
		link_input(&c->link, c->early, c->early_len, env);
}

/* A frame that overtook its ICCN; the other end repeats what it sends after it. */
static void keep_early(struct call *c, const uint8_t *frame, size_t len)
{
	if (c->session.role != L2TP_LNS || c->early_len || len > sizeof(c->early))
		return;
	memcpy(c->early, frame, len);
	c->early_len = (uint8_t)len;
}

static void on_auth(struct station *p, struct call *c, const struct effect *e, struct env *env)
{
	const void *bytes = effect_bytes(env->fx, e);

	BUG_ON(!p->profile->auth);
	c->answer_at = p->profile->auth(p, c, bytes, &c->answer);
}

static void on_ncp_up(struct station *p, struct call *c, uint32_t protocol)
{
	if (protocol != PROTOCOL_IPCP)
		return;
	c->stage = CALL_UP;
	c->was_up = true;
	p->profile->event(p, STATION_CALL_UP, c);
}

static void on_link_down(struct station *p, struct call *c, struct env *env)
{
	if (c->session.state == SESSION_CLOSED)
		return;
	session_close(&c->session, &p->tunnel, L2TP_CALL_ADMIN, 0, L2TP_CAUSE_NONE, NULL, env);
}

/* One effect that is a call's. */
static void apply_call(struct station *p, struct call *c, const struct effect *e, struct env *env)
{
	if (!c || c->stage == CALL_NONE || c->stage == CALL_GONE)
		return;
	if (e->kind == EFFECT_CALL_UP)
		start_link(p, c, env);
	else if (e->kind == EFFECT_CALL_DOWN)
		c->stage = CALL_GONE;
	else if (e->kind == EFFECT_FRAME && !hold_frame(p, c, effect_bytes(env->fx, e), e->len))
		transmit_frame(p, c, effect_bytes(env->fx, e), e->len);
	else if (e->kind == EFFECT_AUTH)
		on_auth(p, c, e, env);
	else if (e->kind == EFFECT_NCP_UP)
		on_ncp_up(p, c, e->value);
	else if (e->kind == EFFECT_LINK_DOWN)
		on_link_down(p, c, env);
}

static void end_call(struct station *p, struct call *c)
{
	struct call **at;

	for (at = &p->calls; *at != c; at = &(*at)->next)
		;
	*at = c->next;
	c->stage = CALL_GONE;
	link_lower_down(&c->link);
	p->profile->event(p, STATION_CALL_DOWN, c);
}

static void tunnel_is_down(struct station *p)
{
	p->up = false;
	while (p->calls)
		end_call(p, p->calls);
	p->profile->event(p, STATION_TUNNEL_DOWN, NULL);
}

static void tunnel_is_free(struct station *p, struct env *env)
{
	tunnel_fini(&p->tunnel, env->messages);
	p->alive = false;
	p->profile->event(p, STATION_TUNNEL_FREE, NULL);
}

/* Carry the list out; c is the call that was stepped, or NULL. */
static void apply(struct station *p, struct call *c, struct env *env)
{
	bool gone = false;
	size_t i;

	for (i = 0; i < env->fx->count; i++) {
		const struct effect *e = &env->fx->list[i];

		if (e->kind == EFFECT_TRANSMIT) {
			transmit(p, effect_bytes(env->fx, e), e->len);
		} else if (e->kind == EFFECT_TUNNEL_UP) {
			p->up = p->was_up = true;
			p->profile->event(p, STATION_TUNNEL_UP, NULL);
		} else if (e->kind == EFFECT_TUNNEL_DOWN) {
			tunnel_is_down(p);
			c = NULL;
		} else if (e->kind == EFFECT_TUNNEL_FREE) {
			gone = true;
		} else {
			apply_call(p, c, e, env);
		}
	}
	effects_reset(env->fx);
	if (c && c->stage == CALL_GONE)
		end_call(p, c);
	if (gone)
		tunnel_is_free(p, env);
}

/* Let the calls begin that waited for the tunnel. */
static void begin_calls(struct station *p, struct env *env)
{
	struct call *c, *next;

	if (!p->alive || !p->up)
		return;
	for (c = p->calls; c; c = next) {
		next = c->next;
		if (c->stage != CALL_WANTED)
			continue;
		c->stage = CALL_SETUP;
		session_open(&c->session, &p->tunnel, env);
		apply(p, c, env);
		if (!p->up)
			return;
	}
}

void station_init(struct station *p, const struct station_profile *profile, enum l2tp_role role,
		  uint16_t id, struct watch_counts *counts, struct env *env)
{
	memset(p, 0, sizeof(*p));
	p->profile = profile;
	p->counts = counts;
	p->alive = true;
	tunnel_init(&p->tunnel, profile->tunnel, role, id, env);
}

void station_open(struct station *p, struct env *env)
{
	effects_reset(env->fx);
	tunnel_open(&p->tunnel, env);
	apply(p, NULL, env);
}

static void add_call(struct station *p, struct call *c, enum call_stage stage)
{
	memset(c, 0, sizeof(*c));
	c->station = p;
	c->next = p->calls;
	c->stage = stage;
	c->gate_at = USEC_NEVER;
	c->answer_at = USEC_NEVER;
	p->calls = c;
	link_init(&c->link, p->profile->link);
}

void station_call(struct station *p, struct call *c, uint16_t id, struct env *env)
{
	add_call(p, c, CALL_WANTED);
	session_init(&c->session, L2TP_LAC, id);
	effects_reset(env->fx);
	begin_calls(p, env);
}

static struct call *find_call(const struct station *p, uint16_t id)
{
	struct call *c;

	for (c = p->calls; c; c = c->next)
		if (c->session.id == id)
			return c;
	return NULL;
}

static struct call *new_call(struct station *p, const struct msg *m, struct env *env)
{
	struct call *c = NULL;
	uint16_t id = 0;

	if (p->profile->call_new)
		c = p->profile->call_new(p, &id);
	if (!c) {
		session_refuse(&p->tunnel, m, id, L2TP_CALL_NO_FACILITIES, 0, NULL, env);
		return NULL;
	}
	add_call(p, c, CALL_SETUP);
	session_init(&c->session, L2TP_LNS, id);
	p->profile->event(p, STATION_CALL_NEW, c);
	return c;
}

static void drain(struct station *p, struct env *env)
{
	struct msg m;
	struct call *c;

	while (p->alive && tunnel_next(&p->tunnel, &m, env)) {
		if (m.session)
			c = find_call(p, m.session);
		else
			c = new_call(p, &m, env);
		if (c)
			session_input(&c->session, &p->tunnel, &m, env);
		apply(p, c, env);
	}
	if (p->alive)
		apply(p, NULL, env);
}

static void control_datagram(struct station *p, const uint8_t *data, size_t len, struct env *env)
{
	struct l2tp_header h;

	if (msg_header(data, len, &h) != 0)
		return;
	watch_control(p->counts, &p->watch, WATCH_IN, data, len);
	tunnel_datagram(&p->tunnel, &h, data, len, env);
	drain(p, env);
}

static void data_datagram(struct station *p, const uint8_t *data, size_t len, struct env *env)
{
	struct l2tp_data d;
	struct call *c;

	if (msg_data(data, len, &d))
		return;
	tunnel_heard(&p->tunnel, env->now);
	if (d.len >= 2 && d.frame[0] == HDLC >> 8 && d.frame[1] == (HDLC & 0xff)) {
		d.frame += 2;
		d.len -= 2;
	}
	c = find_call(p, d.session);
	if (c && c->stage == CALL_SETUP)
		keep_early(c, d.frame, d.len);
	if (!c || !d.len || c->stage < CALL_PPP || c->stage > CALL_UP)
		return;
	watch_frame(p->counts, &c->watch, WATCH_IN, d.frame, d.len);
	if (c->link.phase == LINK_DEAD && c->link.end == LINK_END_NONE)
		link_open(&c->link, env);
	if (p->profile->server_first)
		release_frame(p, c, d.frame, d.len);
	link_input(&c->link, d.frame, d.len, env);
	apply(p, c, env);
}

void station_datagram(struct station *p, const uint8_t *data, size_t len, struct env *env)
{
	uint16_t tunnel, assigned;

	if (!p->alive || !station_address(data, len, &tunnel, &assigned))
		return;
	if (tunnel != p->tunnel.id && !assigned)
		return; /* for one that was here before */
	effects_reset(env->fx);
	if (data[0] & FLAG_CONTROL >> 8)
		control_datagram(p, data, len, env);
	else
		data_datagram(p, data, len, env);
	begin_calls(p, env);
}

void station_hang_up(struct station *p, struct call *c, enum station_bye how, struct env *env)
{
	effects_reset(env->fx);
	if (how == STATION_BYE_PPP && (c->stage == CALL_PPP || c->stage == CALL_UP))
		link_close(&c->link, LINK_END_LOCAL, NULL, env);
	else
		session_close(&c->session, &p->tunnel, L2TP_CALL_ADMIN, 0, L2TP_CAUSE_NONE, NULL,
			      env);
	apply(p, c, env);
}

void station_close(struct station *p, struct env *env)
{
	effects_reset(env->fx);
	tunnel_close(&p->tunnel, L2TP_STOP_CLEAR, 0, NULL, env);
	apply(p, NULL, env);
}

uint32_t station_call_address(const struct call *c)
{
	return c->link.cfg->role == LINK_SERVER ? c->link.ipcp.remote : c->link.ipcp.local;
}

static bool call_is_timed(const struct call *c)
{
	return c->stage == CALL_SETUP || c->stage == CALL_PPP || c->stage == CALL_UP;
}

static usec_t call_deadline(const struct call *c)
{
	usec_t when = usec_min(c->gate_at, c->answer_at);

	when = usec_min(when, session_deadline(&c->session));
	if (c->stage != CALL_SETUP)
		when = usec_min(when, link_deadline(&c->link));
	return when;
}

usec_t station_deadline(const struct station *p)
{
	usec_t when = USEC_NEVER;
	const struct call *c;

	if (!p->alive)
		return USEC_NEVER;
	when = tunnel_deadline(&p->tunnel);
	for (c = p->calls; c; c = c->next)
		if (call_is_timed(c))
			when = usec_min(when, call_deadline(c));
	return when;
}

/* One thing of this call that is due; false if there is none. */
static bool expire_call(struct station *p, struct call *c, struct env *env)
{
	if (call_deadline(c) > env->now)
		return false;
	if (c->answer_at <= env->now) {
		c->answer_at = USEC_NEVER;
		link_auth_result(&c->link, &c->answer, env);
		if (c->answer.verdict == AUTH_ACCEPT && p->profile->gate)
			c->gate_at = p->profile->gate(p, c);
	} else if (c->gate_at <= env->now) {
		c->gate_at = USEC_NEVER;
		link_gate_open(&c->link, env);
	} else if (session_deadline(&c->session) <= env->now) {
		session_expire(&c->session, &p->tunnel, env);
	} else {
		link_expire(&c->link, env);
	}
	apply(p, c, env);
	return true;
}

static bool expire_calls(struct station *p, struct env *env)
{
	struct call *c;

	for (c = p->calls; c; c = c->next)
		if (call_is_timed(c) && expire_call(p, c, env))
			return true; /* the list may have changed */
	return false;
}

void station_expire(struct station *p, struct env *env)
{
	unsigned rounds = 0;

	effects_reset(env->fx);
	while (p->alive && expire_calls(p, env))
		BUG_ON(++rounds > ROUNDS_MAX);
	while (p->alive && tunnel_deadline(&p->tunnel) <= env->now) {
		BUG_ON(++rounds > ROUNDS_MAX);
		tunnel_expire(&p->tunnel, env);
		drain(p, env);
	}
	begin_calls(p, env);
}

void station_drop(struct station *p, struct env *env)
{
	if (!p->alive)
		return;
	p->up = false;
	while (p->calls)
		end_call(p, p->calls);
	tunnel_is_free(p, env);
}

bool station_address(const uint8_t *data, size_t len, uint16_t *ret_tunnel, uint16_t *ret_assigned)
{
	struct reader r;
	uint16_t flags;

	reader_init(&r, data, len);
	flags = reader_u16(&r);
	if ((flags & 0xf) != 2) /* RFC 2661 3.1: version */
		return false;
	if (flags & FLAG_LENGTH)
		reader_u16(&r);
	*ret_tunnel = reader_u16(&r);
	*ret_assigned = watch_assigned(data, len, WATCH_SCCRQ);
	return !r.bad;
}
