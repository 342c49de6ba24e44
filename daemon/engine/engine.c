// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The dispatcher: doors in, engine_apply() out, time, memory, and the end of everything.
 *
 * A step is one call of a machine.  What it decided is carried out at once by engine_apply(),
 * which is called for the same peer and call again from within when carrying out one decision led
 * to the next; a step of any other object never happens inside it.
 */
#include "daemon/engine/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/secret.h"
#include "daemon/engine/dial.h"
#include "daemon/engine/keep.h"
#include "daemon/engine/resume.h"

#define SLAB_CHUNK      (64 * 1024)
#define SLAB_RESERVE    (2 * EFFECTS_MAX) /* more messages than one step can queue */
#define MESSAGES_PER_TUNNEL 4             /* that may wait for an acknowledgement, on average */
#define HASH_SIZE_FIRST 64
#define NOTE_TEXT_MAX	    192

NAMES_FUNCTION(engine_event, ENGINE_EVENT_LIST)
NAMES_FUNCTION(engine_drop, ENGINE_DROP_LIST)
NAMES_FUNCTION(engine_client_news, ENGINE_CLIENT_NEWS_LIST)

/* --- memory --- */

struct chunk {
	struct list list;
	unsigned char memory[SLAB_CHUNK] __attribute__((aligned(16)));
};

static void feed_slab(struct engine *e)
{
	struct chunk *chunk;

	if (e->messages.total - e->messages.used >= SLAB_RESERVE ||
	    e->messages.total >= e->messages_max)
		return;
	chunk = malloc(sizeof(*chunk));
	if (!chunk)
		return;
	list_add_tail(&e->chunks, &chunk->list);
	slab_give(&e->messages, chunk->memory, sizeof(chunk->memory));
}

int engine_reserve_timers(struct engine *e, size_t more)
{
	size_t capacity = e->timers.capacity;
	struct timer **memory, **old = e->timers.heap;

	if (e->stats.tunnels + e->stats.sessions + e->cfg->n_clients + more <= capacity)
		return 0;
	memory = malloc(2 * capacity * sizeof(struct timer *));
	if (!memory)
		return -ENOMEM;
	timers_grow(&e->timers, memory, 2 * capacity);
	free(old);
	return 0;
}

void engine_grow_hash(struct hash *h)
{
	struct hash_node **buckets, **old = h->bucket;

	if (h->count <= h->size)
		return;
	buckets = malloc(2 * h->size * sizeof(struct hash_node *));
	if (!buckets)
		return;
	hash_grow(h, buckets, 2 * h->size);
	free(old);
}

static int make_hash(struct engine *e, struct hash *h)
{
	struct hash_node **buckets = malloc(HASH_SIZE_FIRST * sizeof(struct hash_node *));

	if (!buckets)
		return -ENOMEM;
	hash_init(h, buckets, HASH_SIZE_FIRST,
		  (uint64_t)rng_u32(e->env.rng) << 32 | rng_u32(e->env.rng));
	return 0;
}

void engine_set_servers(struct engine *e, struct terms *terms[CONFIG_SERVERS_MAX])
{
	e->messages_max = e->cfg->n_clients * (MESSAGES_PER_TUNNEL + 4 * SLAB_RESERVE);
	for (size_t i = 0; i < e->cfg->n_servers; i++) {
		struct server *s = &e->servers[i];

		terms_put(s->terms); /* those that are there keep what they began with */
		s->terms = terms[i];
		terms[i] = NULL;
		s->cfg = &e->cfg->servers[i];
		s->role = L2TP_LNS;
		e->messages_max +=
			(size_t)s->cfg->max_tunnels * MESSAGES_PER_TUNNEL + 4 * SLAB_RESERVE;
	}
}

static int set_up_servers(struct engine *e)
{
	struct terms *terms[CONFIG_SERVERS_MAX] = {NULL};
	int err = terms_of_servers(e->cfg, terms);

	if (err)
		terms_put_all(terms);
	else
		engine_set_servers(e, terms);
	return err;
}

static int make_tables(struct engine *e)
{
	struct timer **timers = malloc(HASH_SIZE_FIRST * sizeof(struct timer *));

	if (!timers)
		return -ENOMEM;
	timers_init(&e->timers, timers, HASH_SIZE_FIRST);
	e->pools = pool_new(e->cfg);
	if (!e->pools || make_hash(e, &e->peers) || make_hash(e, &e->peers_by_remote) ||
	    make_hash(e, &e->half_open_by_host) || make_hash(e, &e->calls) ||
	    make_hash(e, &e->calls_by_user) || make_hash(e, &e->carriers_by_mark) ||
	    make_hash(e, &e->identities) || sa_table_init(&e->sas, rng_u32(e->env.rng)))
		return -ENOMEM;
	return 0;
}

struct engine *engine_new(const struct config *cfg, enum kern_layout layout,
			  const struct engine_ops *ops, void *ctx, struct rng *rng)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->cfg = cfg;
	e->ops = ops;
	e->ctx = ctx;
	e->layout = layout;
	e->env = (struct env){ .rng = rng, .messages = &e->messages, .fx = &e->effects };
	e->carriers_retry = USEC_NEVER;
	e->ike_mask = UINT32_MAX;
	slab_init(&e->messages, CHANNEL_MESSAGE_SIZE);
	list_init(&e->chunks);
	list_init(&e->waiting);
	list_init(&e->leaving_calls);
	list_init(&e->leaving_peers);
	list_init(&e->dead_peers);
	list_init(&e->dead_calls);
	list_init(&e->carriers);
	list_init(&e->carriers_todo);
	list_init(&e->carriers_idle);
	list_init(&e->orphans);
	list_init(&e->held);
	list_init(&e->orphans_told);
	list_init(&e->orphans_asked);
	ids_init(&e->tunnel_ids);
	ids_init(&e->session_ids);
	if (set_up_servers(e) || make_tables(e)) {
		engine_free(e);
		return NULL;
	}
	for (uint8_t i = 0; i < cfg->n_clients; i++)
		dial_init(e, i);
	return e;
}

/* Without a word to anybody: what should be said was said before, by engine_stop(). */
void engine_free(struct engine *e)
{
	struct list *l, *next;

	if (!e)
		return;
	keep_free(e); /* what it has stays for the next */
	resume_free(e);
	/* without its first table it was never complete, and has nobody */
	for (struct peer *p; e->peers.bucket && (p = engine_next_peer(e, 0));) {
		struct list *c, *next_call;

		p->finished = true;
		list_for_each_safe(c, next_call, &p->calls) {
			struct call *call = list_entry(c, struct call, in_peer);

			list_del(&call->waiting);
			call->session.state = SESSION_CLOSED;
			call_gone(e, call);
		}
		p->offload = OFFLOAD_NONE;
		peer_settle(e, p);
	}
	engine_reap(e);
	held_free(e);
	carriers_free(e);
	if (e->sas.by_mark.bucket)
		sa_table_fini(&e->sas);
	list_for_each_safe(l, next, &e->chunks)
		free(list_entry(l, struct chunk, list));
	free(e->timers.heap);
	free(e->peers.bucket);
	free(e->peers_by_remote.bucket);
	free(e->half_open_by_host.bucket);
	free(e->calls.bucket);
	free(e->calls_by_user.bucket);
	free(e->carriers_by_mark.bucket);
	free(e->identities.bucket);
	pool_free(e->pools);
	for (size_t i = 0; i < ARRAY_SIZE(e->servers); i++)
		terms_put(e->servers[i].terms);
	for (size_t i = 0; i < ARRAY_SIZE(e->dials); i++)
		terms_put(e->dials[i].server.terms);
	secret_wipe(e, sizeof(*e));
	free(e);
}

void engine_reap(struct engine *e)
{
	struct list *l, *next;

	list_for_each_safe(l, next, &e->dead_calls) {
		list_del(l);
		call_free(e, list_entry(l, struct call, waiting));
	}
	list_for_each_safe(l, next, &e->dead_peers) {
		list_del(l);
		peer_free(e, list_entry(l, struct peer, dead_list));
	}
}

/* --- small services of the other files --- */

void engine_begin(struct engine *e, usec_t now)
{
	e->env.now = now;
	feed_slab(e);
}

void engine_drop(struct engine *e, enum engine_drop why)
{
	e->stats.drops[why]++;
}

void engine_event(struct engine *e, enum engine_event event, const struct peer *p,
		  const struct call *c, const char *text)
{
	e->ops->event(e->ctx, event, p, c, text, text ? strlen(text) : 0);
}

uint32_t engine_request_id(struct engine *e)
{
	if (++e->next_id == 0)
		e->next_id = 1; /* 0: not an answer to a request */
	return e->next_id;
}

const char *engine_end_word(const struct l2tp_end *end)
{
	switch (end->by) {
	case L2TP_END_NONE:
		return "none";
	case L2TP_END_LOCAL:
		return "local";
	case L2TP_END_PEER:
		return "peer";
	case L2TP_END_TIMEOUT:
		return "peer-timeout";
	}
	return "?";
}

/* --- carrying out --- */

static void send_frame(struct engine *e, struct peer *p, struct call *c, const uint8_t *frame,
		       size_t len)
{
	if (pppdev_attached(&c->dev))
		e->ops->frame(e->ctx, &c->dev, frame, len);
	else if (c->offload != OFFLOAD_DELETING && c->offload != OFFLOAD_GONE)
		peer_send_frame(e, p, c, frame, len);
}

static void apply_call(struct engine *e, struct call *c, const struct effect *x)
{
	const uint8_t *bytes = effect_bytes(&e->effects, x);

	switch (x->kind) {
	case EFFECT_FRAME:
		send_frame(e, c->peer, c, bytes, x->len);
		if (c->peer->dial) /* RFC 1334 2.2.1: a request of ours has the password */
			secret_wipe(e->effects.bytes + x->off, x->len);
		return;
	case EFFECT_CALL_UP:
		call_up(e, c);
		return;
	case EFFECT_CALL_DOWN:
		call_session_down(e, c);
		return;
	case EFFECT_PHASE:
		call_phase(e, c, (enum link_phase)x->value);
		return;
	case EFFECT_AUTH:
		call_authenticate(e, c, (const struct auth_request *)(const void *)bytes);
		secret_wipe(e->effects.bytes + x->off, x->len);
		return;
	case EFFECT_NCP_UP:
	case EFFECT_NCP_DOWN:
		call_ncp(e, c, (uint16_t)x->value, x->kind == EFFECT_NCP_UP);
		return;
	case EFFECT_LINK_DOWN:
		call_link_down(e, c);
		return;
	case EFFECT_TRANSMIT:
	case EFFECT_TUNNEL_UP:
	case EFFECT_TUNNEL_DOWN:
	case EFFECT_TUNNEL_FREE:
	case EFFECT_NOTE:
		return;
	}
}

/* What a machine noticed, and what of the peer's it noticed that in: "kind: words". */
static void tell_note(struct engine *e, struct peer *p, struct call *c, const struct effect *x)
{
	char text[NOTE_TEXT_MAX];
	size_t len = (size_t)snprintf(text, sizeof(text), "%s%s", note_name((enum note)x->value),
				      x->len ? ": " : "");
	size_t more = x->len < sizeof(text) - len ? x->len : sizeof(text) - len;

	memcpy(text + len, effect_bytes(&e->effects, x), more);
	if (p->dial && x->value == NOTE_PEER_REASON)
		dial_peer_reason(p->dial, effect_bytes(&e->effects, x), x->len);
	e->ops->event(e->ctx, ENGINE_NOTE, p, c, text, len + more);
}

static void apply_one(struct engine *e, struct peer *p, struct call *c, const struct effect *x)
{
	switch (x->kind) {
	case EFFECT_TRANSMIT:
		peer_transmit(e, p, effect_bytes(&e->effects, x), x->len);
		return;
	case EFFECT_TUNNEL_UP:
		peer_up(e, p);
		return;
	case EFFECT_TUNNEL_DOWN:
		peer_down(e, p);
		return;
	case EFFECT_TUNNEL_FREE:
		p->finished = true;
		stop_answered(e, p);
		return;
	case EFFECT_NOTE:
		tell_note(e, p, c, x);
		return;
	case EFFECT_CALL_UP:
	case EFFECT_CALL_DOWN:
	case EFFECT_FRAME:
	case EFFECT_PHASE:
	case EFFECT_AUTH:
	case EFFECT_NCP_UP:
	case EFFECT_NCP_DOWN:
	case EFFECT_LINK_DOWN:
		if (c && c->state != CALL_DEAD)
			apply_call(e, c, x);
		return;
	}
}

void engine_apply(struct engine *e, struct peer *p, struct call *c)
{
	if (e->applying_peer) { /* what was added is carried out by the outer one */
		BUG_ON(e->applying_peer != p || (c && e->applying_call != c));
		return;
	}
	e->applying_peer = p;
	e->applying_call = c;
	for (size_t i = 0, kept = 0; i < e->effects.count; i++) {
		struct effect x = e->effects.list[i];

		if (i == kept) { /* what the peer sees next is on record before */
			keep(e, p, c);
			kept = e->effects.count;
		}
		apply_one(e, p, c, &x);
	}
	effects_reset(&e->effects);
	e->applying_peer = NULL;
	e->applying_call = NULL;
	if (c)
		call_settle(e, c);
	peer_settle(e, p);
}

/* --- doors --- */

void engine_data(struct engine *e, struct call *c, const uint8_t *frame, size_t len)
{
	if (c->session.state != SESSION_ESTABLISHED) {
		/* it overtook its ICCN: keep the first, the peer repeats the others */
		if (c->session.state == SESSION_WAIT_CONNECT && !c->early_len &&
		    len <= CALL_EARLY_MAX) {
			memcpy(c->early, frame, len);
			c->early_len = (uint8_t)len;
		} else {
			engine_drop(e, ENGINE_DROP_STATE);
		}
		return;
	}
	link_input(&c->link, frame, len, &e->env);
	engine_apply(e, c->peer, c);
}

static void data_packet(struct engine *e, const struct datagram *d)
{
	struct l2tp_data data;
	struct call *c;

	if (msg_data(d->data, d->len, &data)) {
		engine_drop(e, ENGINE_DROP_HEADER);
		return;
	}
	c = call_find(e, data.session);
	if (!c || c->peer->tunnel.id != data.tunnel)
		return engine_drop(e, ENGINE_DROP_UNKNOWN_SESSION);
	if (!tie_takes(e, c->peer, d, false))
		return;
	tunnel_heard(&c->peer->tunnel, e->env.now);
	if (c->session.state != SESSION_CLOSED)
		engine_data(e, c, data.frame, data.len);
}

static void control_packet(struct engine *e, const struct datagram *d,
			   const struct l2tp_header *h)
{
	struct peer *p;

	if (h->tunnel == 0 && d->listener >= CONFIG_LISTENERS_MAX) {
		return engine_drop(e, ENGINE_DROP_UNKNOWN_TUNNEL); /* nobody dials us there */
	} else if (h->tunnel == 0) {
		p = peer_for_new(e, d, h);
		if (!p)
			return;
	} else {
		p = peer_find(e, h->tunnel);
		if (!p)
			return engine_drop(e, ENGINE_DROP_UNKNOWN_TUNNEL);
		if (!tie_takes(e, p, d, true))
			return;
	}
	peer_datagram(e, p, h, d);
}

void engine_datagram(struct engine *e, const struct datagram *d, usec_t now)
{
	struct l2tp_header h;
	int err;

	engine_begin(e, now);
	err = msg_header(d->data, d->len, &h);
	if (err)
		engine_drop(e, err == -EPROTONOSUPPORT ? ENGINE_DROP_VERSION : ENGINE_DROP_HEADER);
	else if (h.control)
		control_packet(e, d, &h);
	else
		data_packet(e, d);
}

void engine_frame(struct engine *e, struct pppdev *dev, const uint8_t *frame, size_t len,
		  usec_t now)
{
	struct call *c = container_of(dev, struct call, dev);

	engine_begin(e, now);
	if (c->state == CALL_DEAD || c->session.state == SESSION_CLOSED)
		return;
	if (len) {
		engine_data(e, c, frame, len);
		return;
	}
	engine_event(e, ENGINE_FOREIGN_DELETE, c->peer, c, "channel or interface closed");
	e->ops->detach(e->ctx, dev);
	call_close(e, c, "foreign-delete", L2TP_CALL_ADMIN, 0, "the interface was deleted");
}

/* --- time --- */

usec_t engine_deadline(const struct engine *e)
{
	usec_t when = usec_min(timers_next(&e->timers), stop_deadline(e));

	when = usec_min(when, drain_deadline(e));

	return usec_min(when, usec_min(held_deadline(e), carriers_deadline(e)));
}

static void expire_one(struct engine *e, struct timer *t)
{
	switch ((enum engine_timer)t->kind) {
	case ENGINE_TIMER_PEER:
		peer_expire(e, container_of(t, struct peer, timer));
		return;
	case ENGINE_TIMER_CALL:
		call_expire(e, container_of(t, struct call, timer));
		return;
	case ENGINE_TIMER_DIAL:
		dial_expire(e, container_of(t, struct dial, timer));
		return;
	}
}

void engine_expire(struct engine *e, usec_t now)
{
	struct timer *t;

	engine_begin(e, now);
	while ((t = timers_expired(&e->timers, now))) {
		feed_slab(e);
		expire_one(e, t);
	}
	held_expire(e);
	carriers_expire(e);
	drain_expire(e);
	stop_expire(e);
}

/* --- for the operator --- */

const struct engine_stats *engine_stats(const struct engine *e)
{
	return &e->stats;
}

struct call *engine_next_call(struct engine *e, uint32_t from)
{
	for (; from <= UINT16_MAX; from++) {
		from = ids_next(&e->session_ids, from);
		if (from <= UINT16_MAX && call_find(e, (uint16_t)from))
			return call_find(e, (uint16_t)from);
	}
	return NULL;
}

struct peer *engine_next_peer(struct engine *e, uint32_t from)
{
	for (; from <= UINT16_MAX; from++) {
		from = ids_next(&e->tunnel_ids, from);
		if (from <= UINT16_MAX && peer_find(e, (uint16_t)from))
			return peer_find(e, (uint16_t)from);
	}
	return NULL;
}
