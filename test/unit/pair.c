// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/unit/pair.h"

#include <string.h>

#include "compiler.h"
#include "daemon/ppp/frame.h"
#include "daemon/ppp/mschapv2.h"

static uint64_t next(struct pair_rng *r)
{
	/* xorshift64* */
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * 2685821657736338717u;
}

static void fill(struct rng *rng, void *to, size_t len)
{
	struct pair_rng *r = container_of(rng, struct pair_rng, rng);
	uint8_t *p = to;

	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(next(r) >> 32);
}

void pair_rng_init(struct pair_rng *r, uint64_t seed)
{
	r->rng.fill = fill;
	r->state = seed * 0x9e3779b97f4a7c15u + 1;
	for (int i = 0; i < 8; i++)
		next(r);
}

uint32_t pair_random(struct pair_rng *r, uint32_t below)
{
	return (uint32_t)((next(r) >> 32) % below);
}

static void init_end(struct pair *p, struct pair_end *e, enum link_role role)
{
	e->world = p;
	e->env.rng = &p->rng.rng;
	e->env.fx = &e->fx;
	e->cfg = (struct link_config){
		.role = role,
		.name = "concentrator",
		.methods = { AUTH_MSCHAPV2, AUTH_CHAP_MD5, AUTH_PAP },
		.mru = 1400,
		.echo = USEC_NEVER,
		.echo_failures = 4,
		.restart = 3 * USEC_PER_SEC,
		.max_configure = 10,
		.max_terminate = 2,
		.max_failure = 5,
		.auth_timeout = 60 * USEC_PER_SEC,
		.user = PAIR_USER,
		.password = (const uint8_t *)PAIR_SECRET,
		.password_len = sizeof(PAIR_SECRET) - 1,
	};
	e->phase = LINK_DEAD;
}

void pair_init(struct pair *p, uint64_t seed)
{
	memset(p, 0, sizeof(*p));
	pair_rng_init(&p->rng, seed);
	p->now = 1000 * USEC_PER_SEC;
	p->delay = 10 * USEC_PER_MSEC;
	p->user = PAIR_USER;
	p->password = PAIR_SECRET;
	p->aaa_at = USEC_NEVER;
	init_end(p, &p->server, LINK_SERVER);
	init_end(p, &p->client, LINK_CLIENT);
}

static bool chance(struct pair *p, unsigned int percent)
{
	return percent && pair_random(&p->rng, 100) < percent;
}

static void put_on_wire(struct pair_end *from, const uint8_t *data, size_t len)
{
	struct pair *p = from->world;
	int copies = chance(p, p->twice) ? 2 : 1;

	from->frames++;
	if (len > 3 && data[2] == 1)
		for (int i = 0; i < 2; i++)
			from->requests[i] += data[0] == (i ? 0x80 : 0xc0) && data[1] == 0x21;
	if (p->lose && p->lose(p, from, data, len))
		return;
	while (copies--) {
		struct pair_frame *f = &p->wire[p->count];

		if (chance(p, p->loss))
			continue;
		BUG_ON(p->count == PAIR_FRAMES || len > sizeof(f->data));
		f->at = p->now + p->delay;
		if (chance(p, p->late))
			f->at += pair_random(&p->rng, 200) * USEC_PER_MSEC;
		f->to = from == &p->server ? &p->client : &p->server;
		f->len = len;
		memcpy(f->data, data, len);
		p->count++;
	}
}

static void on_effect(struct pair_end *e, const struct effect *fx)
{
	struct pair *p = e->world;
	const uint8_t *bytes = effect_bytes(&e->fx, fx);

	switch (fx->kind) {
	case EFFECT_FRAME:
		put_on_wire(e, bytes, fx->len);
		break;
	case EFFECT_PHASE:
		e->phase = (enum link_phase)fx->value;
		break;
	case EFFECT_AUTH:
		e->asked++;
		memcpy(&e->request, bytes, sizeof(e->request));
		p->aaa_at = p->now + p->aaa_delay;
		break;
	case EFFECT_NCP_UP:
	case EFFECT_NCP_DOWN:
		*(fx->value == PPP_IPCP ? &e->ipcp : &e->ipv6cp) = fx->kind == EFFECT_NCP_UP;
		*(fx->kind == EFFECT_NCP_UP ? &e->ncp_up : &e->ncp_down) += 1;
		break;
	case EFFECT_LINK_DOWN:
		e->downs++;
		break;
	case EFFECT_NOTE:
		e->notes[fx->value]++;
		break;
	case EFFECT_TRANSMIT:
	case EFFECT_TUNNEL_UP:
	case EFFECT_TUNNEL_DOWN:
	case EFFECT_TUNNEL_FREE:
	case EFFECT_CALL_UP:
	case EFFECT_CALL_DOWN:
		abort();
	}
}

void pair_apply(struct pair_end *e)
{
	for (size_t i = 0; i < e->fx.count; i++)
		on_effect(e, &e->fx.list[i]);
	effects_reset(&e->fx);
}

void pair_check(const struct pair *p, const struct auth_request *r, struct auth_result *ret)
{
	const uint8_t *secret = (const uint8_t *)p->password;
	size_t secret_len = strlen(p->password);
	uint8_t hash[16], expected[24];
	bool right = false;

	memset(ret, 0, sizeof(*ret));
	if (r->user_len == strlen(p->user) && !memcmp(r->user, p->user, r->user_len)) {
		if (r->method == AUTH_PAP) {
			right = r->data_len == secret_len && !memcmp(r->data, secret, secret_len);
		} else if (r->method == AUTH_CHAP_MD5) {
			chap_md5_response(r->id, secret, secret_len, r->challenge,
					  r->challenge_len, expected);
			right = !memcmp(r->data, expected, 16);
		} else {
			mschapv2_nt_hash(secret, secret_len, hash);
			mschapv2_nt_response(r->challenge, r->data, r->user, r->user_len, hash,
					     expected);
			right = !memcmp(r->data + 24, expected, 24);
			mschapv2_authenticator_response(hash, expected, r->data, r->challenge,
							r->user, r->user_len, ret->proof);
			ret->proof_len = AUTH_PROOF_MAX;
		}
	}
	ret->verdict = right ? AUTH_ACCEPT : AUTH_REJECT;
	ret->reason = right ? AUTH_REASON_NONE : AUTH_REASON_WRONG_PASSWORD;
}

static void answer(struct pair *p)
{
	static const uint32_t dns[2] = { PAIR_DNS, PAIR_DNS + 1 }, none[2];
	struct auth_result result;

	p->aaa_at = USEC_NEVER;
	pair_check(p, &p->server.request, &result);
	link_set_ipv4(&p->server.link, PAIR_LOCAL, PAIR_REMOTE, dns, none);
	p->server.env.now = p->now;
	link_auth_result(&p->server.link, &result, &p->server.env);
	pair_apply(&p->server);
}

void pair_open(struct pair *p)
{
	static const uint32_t dns[2] = { PAIR_DNS, PAIR_DNS + 1 }, none[2];
	struct pair_end *ends[] = { &p->server, &p->client };

	for (int i = 0; i < 2; i++) {
		ends[i]->env.now = p->now;
		link_init(&ends[i]->link, &ends[i]->cfg);
		link_gate_open(&ends[i]->link, &ends[i]->env);
	}
	link_set_ipv4(&p->server.link, PAIR_LOCAL, PAIR_REMOTE, dns, none);
	for (int i = 0; i < 2; i++) {
		link_open(&ends[i]->link, &ends[i]->env);
		pair_apply(ends[i]);
	}
}

static void deliver(struct pair *p, size_t i)
{
	struct pair_frame f = p->wire[i];

	memmove(&p->wire[i], &p->wire[i + 1], (p->count - i - 1) * sizeof(p->wire[0]));
	p->count--;
	f.to->env.now = p->now;
	link_input(&f.to->link, f.data, f.len, &f.to->env);
	pair_apply(f.to);
}

static void expire(struct pair *p, struct pair_end *e)
{
	if (link_deadline(&e->link) > p->now)
		return;
	e->env.now = p->now;
	link_expire(&e->link, &e->env);
	pair_apply(e);
	BUG_ON(link_deadline(&e->link) <= p->now); /* what was due has been done */
}

void pair_run(struct pair *p, usec_t time)
{
	usec_t end = p->now + time;

	for (;;) {
		usec_t next_at = usec_min(link_deadline(&p->server.link),
					  link_deadline(&p->client.link));
		size_t first = SIZE_MAX;

		next_at = usec_min(next_at, p->aaa_at);
		for (size_t i = 0; i < p->count; i++) {
			if (p->wire[i].at < next_at || (first == SIZE_MAX && p->wire[i].at == next_at)) {
				next_at = p->wire[i].at;
				first = i;
			}
		}
		if (next_at > end)
			break;
		p->now = next_at > p->now ? next_at : p->now;
		if (first != SIZE_MAX)
			deliver(p, first);
		else if (p->aaa_at <= p->now)
			answer(p);
		else {
			expire(p, &p->server);
			expire(p, &p->client);
		}
	}
	p->now = end;
}

bool pair_agree(const struct pair *p)
{
	const struct ipcp *s = &p->server.link.ipcp, *c = &p->client.link.ipcp;

	return p->server.ipcp && p->client.ipcp && cp_opened(&s->cp) && cp_opened(&c->cp) &&
	       c->local == s->remote && c->remote == s->local && c->dns[0] == s->dns[0] &&
	       c->dns[1] == s->dns[1];
}
