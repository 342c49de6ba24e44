// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/sim/lns.h"

#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "daemon/base/secret.h"
#include "daemon/ppp/mschapv2.h"

#define BUCKETS 256 /* a power of two; a chain of 20 at 5000 tunnels is nothing here */

static struct lns_tunnel *tunnel_of(struct station *p)
{
	return container_of(p, struct lns_tunnel, station);
}

static struct lns_call *call_of(struct call *c)
{
	return container_of(c, struct lns_call, call);
}

static usec_t after(struct lns *l, usec_t max)
{
	return l->env->now + (max ? rng_u32(l->env->rng) % (max + 1) : 0);
}

/* --- what the stations call --- */

static void on_transmit(struct station *p, const uint8_t *data, size_t len)
{
	struct lns_tunnel *t = tunnel_of(p);

	t->lns->cfg->transmit(t->lns, &t->from, data, len);
}

static void on_event(struct station *p, enum station_event event, struct call *c)
{
	struct lns_tunnel *t = tunnel_of(p);

	if (event == STATION_CALL_UP) {
		t->lns->n_up++;
	} else if (event == STATION_CALL_DOWN) {
		t->n_calls--;
		hash_del(&t->lns->by_session, &call_of(c)->by_id);
		secret_wipe(&c->answer, sizeof(c->answer));
		free(call_of(c));
	}
}

static uint16_t new_id(struct lns *l, const struct hash *used)
{
	uint16_t id;

	do
		id = rng_u16(l->env->rng);
	while (!id || hash_find(used, id));
	return id;
}

static struct call *on_call(struct station *p, uint16_t *ret_id)
{
	struct lns_tunnel *t = tunnel_of(p);
	struct lns_call *c;

	if (t->n_calls >= t->lns->cfg->max_calls)
		return NULL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	t->n_calls++;
	*ret_id = new_id(t->lns, &t->lns->by_session);
	hash_add(&t->lns->by_session, &c->by_id, *ret_id);
	return &c->call;
}

static bool check_mschapv2(const struct auth_request *q, const uint8_t *password, size_t len,
			   struct auth_result *r)
{
	uint8_t hash[MSCHAPV2_HASH_LEN], want[MSCHAPV2_RESPONSE_LEN];
	const uint8_t *response = q->data + 24; /* RFC 2759 4 */

	if (q->data_len != MSCHAP_RESPONSE || q->challenge_len != MSCHAP_CHALLENGE ||
	    mschapv2_nt_hash(password, len, hash))
		return false;
	mschapv2_nt_response(q->challenge, q->data, q->user, q->user_len, hash, want);
	if (!secret_equal(want, response, sizeof(want)))
		return false;
	mschapv2_authenticator_response(hash, response, q->data, q->challenge, q->user, q->user_len,
					r->proof);
	r->proof_len = MSCHAPV2_PROOF_LEN;
	return true;
}

static bool check_password(const struct lns_config *cfg, const struct auth_request *q,
			   struct auth_result *r)
{
	const uint8_t *password = (const uint8_t *)cfg->password;
	size_t len = strlen(cfg->password);
	uint8_t want[CHAP_MD5_LEN];

	if (q->user_len != strlen(cfg->user) || memcmp(q->user, cfg->user, q->user_len))
		return false;
	if (q->method == AUTH_MSCHAPV2)
		return check_mschapv2(q, password, len, r);
	if (q->method == AUTH_PAP)
		return q->data_len == len && secret_equal(q->data, password, len);
	chap_md5_response(q->id, password, len, q->challenge, q->challenge_len, want);
	return q->method == AUTH_CHAP_MD5 && q->data_len == sizeof(want) &&
	       secret_equal(want, q->data, sizeof(want));
}

static usec_t on_auth(struct station *p, struct call *c, const struct auth_request *request,
		      struct auth_result *ret_result)
{
	static const uint32_t dns[2] = {LNS_DNS, 0}, nbns[2];
	struct lns *l = tunnel_of(p)->lns;

	memset(ret_result, 0, sizeof(*ret_result));
	if (!check_password(l->cfg, request, ret_result)) {
		ret_result->verdict = AUTH_REJECT;
		ret_result->reason = AUTH_REASON_WRONG_PASSWORD;
		return after(l, l->cfg->aaa_max);
	}
	ret_result->verdict = AUTH_ACCEPT;
	ret_result->user_len = request->user_len;
	memcpy(ret_result->user, request->user, request->user_len);
	call_of(c)->address = LNS_LOCAL + 0x100 + l->addresses++ % 0x3f0000;
	link_set_ipv4(&c->link, LNS_LOCAL, call_of(c)->address, dns, nbns);
	return after(l, l->cfg->aaa_max);
}

static usec_t on_gate(struct station *p, struct call *c)
{
	struct lns *l = tunnel_of(p)->lns;

	(void)c;
	return after(l, l->cfg->kernel_max);
}

/* --- tunnels --- */

/* After every step: a new deadline, or the end. */
static void settle(struct lns_tunnel *t)
{
	struct lns *l = t->lns;

	if (t->station.alive) {
		timer_start(&l->timers, &t->timer, station_deadline(&t->station));
		return;
	}
	timer_stop(&l->timers, &t->timer);
	hash_del(&l->by_id, &t->by_id);
	hash_del(&l->by_sccrq, &t->by_sccrq);
	list_del(&t->link);
	free(t);
}

static uint64_t sccrq_key(const struct pcap_end *from, uint16_t assigned)
{
	return (uint64_t)from->address << 32 | (uint32_t)from->port << 16 | assigned;
}

static struct lns_tunnel *tunnel_new(struct lns *l, const struct pcap_end *from, uint16_t assigned)
{
	struct lns_tunnel *t;
	uint16_t id;

	if (l->stopped || l->by_id.count >= l->cfg->max_tunnels)
		return NULL;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->lns = l;
	t->from = *from;
	t->assigned = assigned;
	id = new_id(l, &l->by_id);
	hash_add(&l->by_id, &t->by_id, id);
	hash_add(&l->by_sccrq, &t->by_sccrq, sccrq_key(from, assigned));
	list_add_tail(&l->tunnels, &t->link);
	station_init(&t->station, &l->profile, L2TP_LNS, id, &l->counts, l->env);
	return t;
}

static struct lns_tunnel *find_tunnel(const struct lns *l, uint16_t id)
{
	struct hash_node *n = hash_find(&l->by_id, id);

	return n ? container_of(n, struct lns_tunnel, by_id) : NULL;
}

/* An SCCRQ names no tunnel of ours; a repeat of it belongs to the one that the first made. */
static struct lns_tunnel *tunnel_for_sccrq(struct lns *l, const struct pcap_end *from,
					   uint16_t assigned)
{
	struct hash_node *n = hash_find(&l->by_sccrq, sccrq_key(from, assigned));

	return n ? container_of(n, struct lns_tunnel, by_sccrq) : tunnel_new(l, from, assigned);
}

void lns_datagram(struct lns *l, const struct pcap_end *from, const uint8_t *data, size_t len)
{
	struct lns_tunnel *t = NULL;
	uint16_t id, assigned;

	if (!station_address(data, len, &id, &assigned))
		return;
	if (id)
		t = find_tunnel(l, id);
	else if (assigned)
		t = tunnel_for_sccrq(l, from, assigned);
	if (!t || memcmp(&t->from, from, sizeof(*from)))
		return;
	station_datagram(&t->station, data, len, l->env);
	settle(t);
}

usec_t lns_next(const struct lns *l)
{
	return timers_next(&l->timers);
}

void lns_expire(struct lns *l)
{
	struct timer *due;

	while ((due = timers_expired(&l->timers, l->env->now))) {
		struct lns_tunnel *t = container_of(due, struct lns_tunnel, timer);

		station_expire(&t->station, l->env);
		settle(t);
	}
}

void lns_stop(struct lns *l)
{
	struct list *at, *next;

	l->stopped = true;
	list_for_each_safe (at, next, &l->tunnels) {
		struct lns_tunnel *t = list_entry(at, struct lns_tunnel, link);

		station_close(&t->station, l->env);
		settle(t);
	}
}

struct lns_call *lns_find_call(const struct lns *l, uint16_t tunnel, uint16_t session)
{
	struct lns_tunnel *t = find_tunnel(l, tunnel);
	struct call *c;

	for (c = t ? t->station.calls : NULL; c; c = c->next)
		if (c->session.id == session)
			return call_of(c);
	return NULL;
}

bool lns_init(struct lns *l, const struct lns_config *cfg, struct env *env)
{
	struct hash_node **buckets = calloc(3, BUCKETS * sizeof(*buckets));
	struct timer **heap = calloc(cfg->max_tunnels, sizeof(*heap));

	memset(l, 0, sizeof(*l));
	if (!buckets || !heap) {
		free(buckets);
		free(heap);
		return false;
	}
	l->cfg = cfg;
	l->env = env;
	l->profile = (struct station_profile){
		.tunnel = cfg->tunnel,
		.link = cfg->link,
		.transmit = on_transmit,
		.event = on_event,
		.call_new = on_call,
		.auth = on_auth,
		.gate = on_gate,
	};
	hash_init(&l->by_id, buckets, BUCKETS, 1);
	hash_init(&l->by_sccrq, buckets + BUCKETS, BUCKETS, 2);
	hash_init(&l->by_session, buckets + 2 * BUCKETS, BUCKETS, 3);
	timers_init(&l->timers, heap, cfg->max_tunnels);
	list_init(&l->tunnels);
	return true;
}

void lns_fini(struct lns *l)
{
	struct list *at, *next;

	list_for_each_safe (at, next, &l->tunnels) {
		struct lns_tunnel *t = list_entry(at, struct lns_tunnel, link);

		station_drop(&t->station, l->env);
		settle(t);
	}
	free(l->by_id.bucket);
	free(l->timers.heap);
}
