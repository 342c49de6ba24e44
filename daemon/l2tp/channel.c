// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sequence numbers are modulo 65536; "ahead" and "behind" are differences as uint16_t, which the
 * windows keep far below half of the range (RFC 2661 5.8).
 *
 * When the timer expires the window collapses to one and only the oldest message is transmitted
 * again; what was under way behind it is sent again as acknowledgements open the window, unless an
 * acknowledgement jumps over it because the peer had kept it.
 */
#include "daemon/l2tp/channel.h"

#include <string.h>

#include "compiler.h"

#define OFFSET_NS 8 /* in the header of a control message, RFC 2661 3.1 */
#define OFFSET_NR 10

#define HURRY_TRIES 3

_Static_assert(sizeof(struct channel_message) == CHANNEL_MESSAGE_SIZE, "the slab's object");

void channel_init(struct channel *c, uint16_t window, const struct channel_timing *timing)
{
	memset(c, 0, sizeof(*c));
	c->window = window;
	c->retransmit = timing->retransmit;
	c->retransmit_max = timing->retransmit_max;
	c->limit = timing->limit;
	c->retransmit_at = USEC_NEVER;
	c->peer_window = L2TP_WINDOW_DEFAULT; /* until it says otherwise, RFC 2661 4.4.3 */
	c->congestion = 1;                    /* appendix A: slow start begins with one */
	c->threshold = L2TP_WINDOW_DEFAULT;
}

void channel_peer_window(struct channel *c, uint16_t window)
{
	/* 0 is not allowed (RFC 2661 4.4.3) and would stop everything: take it for 1 */
	if (window == 0)
		window = 1;
	c->peer_window = window < CHANNEL_WINDOW_MAX ? window : CHANNEL_WINDOW_MAX;
	c->threshold = c->peer_window;
	if (c->congestion > c->peer_window)
		c->congestion = c->peer_window;
}

static void put_list(struct channel_message *m, struct slab *messages)
{
	while (m) {
		struct channel_message *next = m->next;

		slab_put(messages, m);
		m = next;
	}
}

void channel_fini(struct channel *c, struct slab *messages)
{
	channel_drop_all(c, messages);
	put_list(c->in, messages);
	slab_put(messages, c->delivered);
	c->in = NULL;
	c->delivered = NULL;
	c->datagram = NULL;
}

/* --- sending --- */

static void emit(struct channel *c, const uint8_t *data, size_t len, uint16_t ns, struct env *env)
{
	struct effects *fx = env->fx;
	struct writer w;
	uint8_t *to;

	c->ack = false; /* everything that is sent acknowledges */
	/* what does not fit in this step is as good as lost on the way, and comes again */
	if (fx->count >= EFFECTS_MAX - 8 || EFFECTS_BYTES - fx->used < len + 2048)
		return;
	to = effects_room(fx, EFFECT_TRANSMIT, 0, len);
	writer_init(&w, to, len);
	writer_bytes(&w, data, len);
	writer_patch_u16(&w, OFFSET_NS, ns);
	writer_patch_u16(&w, OFFSET_NR, c->nr);
}

static void emit_message(struct channel *c, const struct channel_message *m, struct env *env)
{
	emit(c, m->data, m->len, m->ns, env);
	if ((uint16_t)(m->ns + 1 - c->oldest) > (uint16_t)(c->highest - c->oldest))
		c->highest = (uint16_t)(m->ns + 1);
}

/* The wait after so many tries: doubling, up to the maximum (RFC 2661 5.8). */
static usec_t wait_after(const struct channel *c, unsigned int tries)
{
	usec_t wait = c->retransmit;

	if (c->hurry)
		return wait;
	while (tries-- && wait < c->retransmit_max)
		wait *= 2;
	return usec_min(wait, c->retransmit_max);
}

static bool window_open(const struct channel *c)
{
	uint16_t window = c->congestion < c->peer_window ? c->congestion : c->peer_window;

	return c->sent != c->ns && (uint16_t)(c->sent - c->oldest) < window;
}

static struct channel_message *find(struct channel *c, uint16_t ns)
{
	struct channel_message *m = c->out;

	while (m && m->ns != ns)
		m = m->next;
	return m;
}

/* Send what the windows allow (appendix A). */
static void pump(struct channel *c, struct env *env)
{
	struct channel_message *m = find(c, c->sent);

	for (; m && window_open(c); m = m->next) {
		emit_message(c, m, env);
		c->sent++;
		if (c->retransmit_at == USEC_NEVER)
			c->retransmit_at = env->now + wait_after(c, c->tries);
	}
}

struct channel_message *channel_new(struct channel *c, struct env *env)
{
	if (c->count >= CHANNEL_QUEUE_MAX)
		return NULL;
	return slab_take(env->messages);
}

void channel_send(struct channel *c, struct channel_message *m, struct env *env)
{
	m->next = NULL;
	m->ns = c->ns++;
	if (c->out)
		c->out_last->next = m;
	else
		c->out = m;
	c->out_last = m;
	c->count++;
	pump(c, env);
}

void channel_resend(struct channel *c, struct env *env)
{
	if (c->out && c->sent != c->oldest)
		emit_message(c, c->out, env);
}

void channel_flush(struct channel *c, uint16_t tunnel, struct env *env)
{
	uint8_t zlb[L2TP_CONTROL_HEADER_LEN];
	struct writer w;

	if (!c->ack)
		return;
	writer_init(&w, zlb, sizeof(zlb));
	msg_put_header(&w, tunnel, 0, 0);
	emit(c, zlb, sizeof(zlb), c->highest, env); /* the next Ns, not consumed: RFC 2661 5.8 */
}

void channel_drop_unsent(struct channel *c, struct slab *messages)
{
	struct channel_message **p = &c->out;

	c->out_last = NULL;
	while (*p && (*p)->ns != c->highest) {
		c->out_last = *p;
		p = &(*p)->next;
	}
	put_list(*p, messages);
	*p = NULL;
	c->ns = c->highest;
	c->count = (uint16_t)(c->highest - c->oldest);
}

void channel_drop_all(struct channel *c, struct slab *messages)
{
	put_list(c->out, messages);
	c->out = NULL;
	c->out_last = NULL;
	c->oldest = c->ns;
	c->sent = c->ns;
	c->highest = c->ns;
	c->count = 0;
	c->retransmit_at = USEC_NEVER;
}

/* --- acknowledgements --- */

/* Appendix A: exponential up to the threshold, then one more for each full window. */
static void widen(struct channel *c)
{
	if (c->congestion >= c->peer_window)
		return;
	if (c->congestion < c->threshold) {
		c->congestion++;
	} else if (++c->progress >= c->congestion) {
		c->congestion++;
		c->progress = 0;
	}
}

static void acknowledge(struct channel *c, uint16_t nr, struct env *env)
{
	uint16_t acked = (uint16_t)(nr - c->oldest);

	/* 0: nothing new; more than was ever sent: old, or invented */
	if (acked == 0 || acked > (uint16_t)(c->highest - c->oldest))
		return;
	if ((uint16_t)(c->sent - c->oldest) < acked)
		c->sent = nr;
	while (c->oldest != nr) {
		struct channel_message *m = c->out;

		c->out = m->next;
		slab_put(env->messages, m);
		c->oldest++;
		c->count--;
		widen(c);
	}
	c->tries = 0;
	if (!c->out) {
		c->out_last = NULL;
		c->hurry = false;
	}
	c->retransmit_at = c->sent == c->oldest ? USEC_NEVER : env->now + wait_after(c, 0);
	pump(c, env);
}

/* --- receiving --- */

/*
 * A peer that makes us answer and never acknowledges would fill the memory of all; while there is
 * plenty nobody is held back, because two ends that both wait would wait for ever.
 */
static bool crowded(const struct channel *c, const struct slab *messages)
{
	return c->count >= CHANNEL_CROWD && messages->used > messages->total / 2;
}

static bool keep(struct channel *c, uint16_t ns, const uint8_t *data, size_t len, struct env *env)
{
	struct channel_message **p = &c->in;
	struct channel_message *m;

	while (*p && (uint16_t)((*p)->ns - c->nr) < (uint16_t)(ns - c->nr))
		p = &(*p)->next;
	if (*p && (*p)->ns == ns)
		return true;
	if (len > sizeof(m->data))
		return false;
	m = slab_take(env->messages);
	if (!m)
		return false;
	m->ns = ns;
	m->len = (uint16_t)len;
	memcpy(m->data, data, len);
	m->next = *p;
	*p = m;
	return true;
}

enum channel_verdict channel_receive(struct channel *c, const struct l2tp_header *h,
				     const uint8_t *data, size_t len, struct env *env)
{
	uint16_t ahead = (uint16_t)(h->ns - c->nr);

	acknowledge(c, h->nr, env);
	if (h->payload_len == 0)
		return CHANNEL_TAKEN; /* a ZLB: its Ns is not a message's, RFC 2661 5.8 */
	if (ahead >= 0x8000) {
		c->ack = true; /* RFC 2661 5.8: a duplicate must be acknowledged */
		return CHANNEL_DUPLICATE;
	}
	if (ahead >= c->window || crowded(c, env->messages))
		return CHANNEL_DROPPED;
	if (ahead == 0) {
		c->datagram = data;
		c->datagram_len = len;
		return CHANNEL_TAKEN;
	}
	return keep(c, h->ns, data, len, env) ? CHANNEL_TAKEN : CHANNEL_DROPPED;
}

bool channel_next(struct channel *c, const uint8_t **ret_data, size_t *ret_len, struct env *env)
{
	struct channel_message *m = c->in;

	slab_put(env->messages, c->delivered);
	c->delivered = NULL;
	if (c->datagram) {
		*ret_data = c->datagram;
		*ret_len = c->datagram_len;
		c->datagram = NULL;
		/* kept ahead of its turn as well, when it was sent twice */
		if (m && m->ns == c->nr) {
			c->in = m->next;
			slab_put(env->messages, m);
		}
	} else if (m && m->ns == c->nr) {
		c->in = m->next;
		c->delivered = m;
		*ret_data = m->data;
		*ret_len = m->len;
	} else {
		return false;
	}
	c->nr++;
	c->ack = true;
	return true;
}

/* --- time --- */

void channel_hurry(struct channel *c, usec_t now)
{
	c->hurry = true;
	c->tries = 0;
	if (c->retransmit_at != USEC_NEVER)
		c->retransmit_at = usec_min(c->retransmit_at, now + c->retransmit);
}

usec_t channel_deadline(const struct channel *c)
{
	return c->retransmit_at;
}

bool channel_expire(struct channel *c, struct env *env)
{
	uint16_t window = (uint16_t)(c->sent - c->oldest);
	unsigned int limit = c->hurry && c->limit > HURRY_TRIES ? HURRY_TRIES : c->limit;

	if (c->retransmit_at == USEC_NEVER || env->now < c->retransmit_at)
		return true;
	if (c->tries >= limit) {
		c->retransmit_at = USEC_NEVER;
		return false;
	}
	c->tries++;
	c->retransmits++;
	/* appendix A: half of what was under way becomes the threshold, and slow start again */
	if (c->tries == 1)
		c->threshold = window / 2 > 1 ? window / 2 : 1;
	c->congestion = 1;
	c->progress = 0;
	c->sent = c->oldest;
	c->retransmit_at = env->now + wait_after(c, c->tries);
	pump(c, env);
	return true;
}

usec_t channel_cycle(const struct channel *c)
{
	usec_t sum = 0;

	for (unsigned int i = 0; i <= c->limit; i++)
		sum += wait_after(c, i);
	return sum;
}
