// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A control datagram, three ways: the decoder alone; what decodes without a fault survives another
 * encoding; and a tunnel, once an LNS's and once an LAC's, that takes the input as a series of
 * datagrams, each after two bytes of length.
 */
#include <string.h>

#include "daemon/l2tp/session.h"
#include "daemon/l2tp/tunnel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fill(struct rng *rng, void *to, size_t len)
{
	(void)rng;
	memset(to, 0x5a, len);
}

static struct rng rng = { fill };
static const uint8_t secret[] = "s3cret";

static void round_trip(const struct msg *m)
{
	static uint8_t one[65536], two[65536];
	struct msg_hiding hiding = { .secret = NULL };
	struct l2tp_header h;
	struct writer w;
	struct msg back;
	size_t len;

	writer_init(&w, one, sizeof(one));
	msg_encode(&w, m, 1, 2, &hiding);
	if (w.bad) /* a value larger than any that we send */
		return;
	len = writer_len(&w);
	BUG_ON(msg_header(one, len, &h));
	BUG_ON(msg_decode(&back, &h, one, NULL, 0) != MSG_OK);
	writer_init(&w, two, sizeof(two));
	msg_encode(&w, &back, 1, 2, &hiding);
	BUG_ON(w.bad || writer_len(&w) != len || memcmp(one, two, len));
}

static void decode(const uint8_t *data, size_t size)
{
	struct l2tp_header h;
	struct l2tp_data d;
	struct l2tp_end end;
	struct msg m;

	if (!msg_data(data, size, &d))
		BUG_ON(d.frame < data || d.frame + d.len > data + size);
	if (msg_header(data, size, &h) || !h.control)
		return;
	BUG_ON(h.payload + h.payload_len > size);
	if (msg_decode(&m, &h, data, secret, sizeof(secret) - 1) == MSG_OK && m.type != MSG_ZLB)
		round_trip(&m);
	else
		msg_fault(&m, &end);
}

/* --- a tunnel --- */

#define OBJECTS 64
#define CALLS   4

struct world {
	struct effects fx;
	struct slab slab;
	struct env env;
	struct tunnel t;
	struct session call[CALLS];
	int calls;
	int ups, downs, frees;
	uint8_t memory[OBJECTS][CHANNEL_MESSAGE_SIZE] __attribute__((aligned(16)));
};

static const struct tunnel_config cfg = {
	.host_name = "lns",
	.secret = secret,
	.secret_len = sizeof(secret) - 1,
	.window = 8,
	.hello = 60 * USEC_PER_SEC,
	.retransmit = USEC_PER_SEC,
	.retransmit_max = 8 * USEC_PER_SEC,
	.retransmit_limit = 5,
	.setup_timeout = 60 * USEC_PER_SEC,
};

static void apply(struct world *w)
{
	for (size_t i = 0; i < w->fx.count; i++) {
		w->ups += w->fx.list[i].kind == EFFECT_TUNNEL_UP;
		w->downs += w->fx.list[i].kind == EFFECT_TUNNEL_DOWN;
		w->frees += w->fx.list[i].kind == EFFECT_TUNNEL_FREE;
	}
	BUG_ON(w->ups > 1 || w->downs > 1 || w->frees > 1 || w->frees > w->downs);
	effects_reset(&w->fx);
}

static void call(struct world *w, const struct msg *m)
{
	struct session *s = &w->call[m->session % CALLS];

	if (w->t.role == L2TP_LNS && m->type == MSG_ICRQ && w->calls < CALLS) {
		s = &w->call[w->calls];
		session_init(s, L2TP_LNS, (uint16_t)(w->calls++ + CALLS));
	} else if (w->calls <= m->session % CALLS) {
		session_refuse(&w->t, m, 0, L2TP_CALL_NO_FACILITIES, 0, NULL, &w->env);
		return;
	}
	session_input(s, &w->t, m, &w->env);
}

static void datagram(struct world *w, const uint8_t *data, size_t size)
{
	struct l2tp_header h;
	struct msg m;

	if (msg_header(data, size, &h) || !h.control || w->frees)
		return;
	/* numbers that fit, or the fuzzer would never get far */
	h.ns = (uint16_t)(w->t.channel.nr + h.ns % 16 - 4 * (h.ns % 16 > 8));
	h.nr = (uint16_t)(w->t.channel.oldest + h.nr % 4);
	tunnel_datagram(&w->t, &h, data, size, &w->env);
	apply(w);
	while (tunnel_next(&w->t, &m, &w->env)) {
		apply(w);
		call(w, &m);
		apply(w);
	}
	apply(w);
	if (w->t.role == L2TP_LAC && w->t.state == TUNNEL_ESTABLISHED && w->calls < CALLS) {
		session_init(&w->call[w->calls], L2TP_LAC, (uint16_t)(w->calls + CALLS));
		session_open(&w->call[w->calls++], &w->t, &w->env);
		apply(w);
	}
	w->env.now += USEC_PER_SEC * (h.session % 8);
	if (!w->frees && tunnel_deadline(&w->t) <= w->env.now)
		tunnel_expire(&w->t, &w->env);
	apply(w);
}

static void life(enum l2tp_role role, const uint8_t *data, size_t size)
{
	static struct world w;
	struct reader r;

	memset(&w, 0, sizeof(w));
	slab_init(&w.slab, CHANNEL_MESSAGE_SIZE);
	slab_give(&w.slab, w.memory, sizeof(w.memory));
	w.env = (struct env){ USEC_PER_SEC, &rng, &w.slab, &w.fx };
	tunnel_init(&w.t, &cfg, role, 20, &w.env);
	if (role == L2TP_LAC)
		tunnel_open(&w.t, &w.env);
	apply(&w);
	reader_init(&r, data, size);
	while (reader_left(&r) > 2) {
		size_t len = reader_u16(&r);

		if (len > reader_left(&r))
			len = reader_left(&r);
		datagram(&w, r.pos, len);
		reader_bytes(&r, len);
	}
	tunnel_fini(&w.t, &w.slab);
	BUG_ON(w.slab.used);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode(data, size);
	life(L2TP_LNS, data, size);
	life(L2TP_LAC, data, size);
	return 0;
}
