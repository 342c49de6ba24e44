// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/unit/ends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/l2tp/avp.h"

static void fill(struct rng *rng, void *to, size_t len)
{
	struct test_rng *r = container_of(rng, struct test_rng, rng);
	uint8_t *p = to;

	while (len--) {
		r->state = r->state * 6364136223846793005u + 1442695040888963407u;
		*p++ = (uint8_t)(r->state >> 56);
	}
}

void test_rng_init(struct test_rng *r, uint64_t seed)
{
	r->rng.fill = fill;
	r->state = seed * 0x9e3779b97f4a7c15u + 1;
}

static bool chance(struct ends *w, unsigned int percent)
{
	return percent && rng_u32(&w->rng.rng) % 100 < percent;
}

static void end_init(struct ends *w, struct end *e, const char *name)
{
	e->world = w;
	slab_init(&e->slab, CHANNEL_MESSAGE_SIZE);
	slab_give(&e->slab, e->memory, sizeof(e->memory));
	e->env.rng = &w->rng.rng;
	e->env.messages = &e->slab;
	e->env.fx = &e->fx;
	e->cfg = (struct tunnel_config){
		.host_name = name,
		.vendor_name = "test",
		.window = 4,
		.hello = 60 * USEC_PER_SEC,
		.retransmit = USEC_PER_SEC,
		.retransmit_max = 8 * USEC_PER_SEC,
		.retransmit_limit = 5,
		.setup_timeout = 30 * USEC_PER_SEC,
	};
}

struct ends *ends_new(uint64_t seed)
{
	struct ends *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	test_rng_init(&w->rng, seed);
	w->now = 1000 * USEC_PER_SEC;
	w->delay = 10 * USEC_PER_MSEC;
	end_init(w, &w->lac, "lac");
	end_init(w, &w->lns, "lns");
	return w;
}

void ends_free(struct ends *w)
{
	if (w->lac.exists)
		tunnel_fini(&w->lac.t, &w->lac.slab);
	if (w->lns.exists)
		tunnel_fini(&w->lns.t, &w->lns.slab);
	if (w->lac.slab.used || w->lns.slab.used)
		abort(); /* a message leaked */
	free(w);
}

int datagram_type(const uint8_t *data, size_t len)
{
	struct l2tp_header h;

	if (msg_header(data, len, &h) || !h.control)
		return -1;
	if (h.payload_len < 8)
		return MSG_ZLB;
	return data[h.payload + 6] << 8 | data[h.payload + 7];
}

static void put_packet(struct ends *w, struct end *to, const uint8_t *data, size_t len)
{
	struct packet *p = &w->packet[w->packets];

	if (w->packets == WIRE_MAX || len > WIRE_PACKET)
		abort();
	p->at = w->now + w->delay;
	if (chance(w, w->late))
		p->at += rng_u32(&w->rng.rng) % (5 * w->delay);
	p->to = to;
	p->len = len;
	memcpy(p->data, data, len);
	w->packets++;
}

static void transmit(struct end *e, const uint8_t *data, size_t len)
{
	struct ends *w = e->world;
	struct end *to = e == &w->lac ? &w->lns : &w->lac;

	e->sent++;
	e->sent_zlb += datagram_type(data, len) == MSG_ZLB;
	memcpy(e->last, data, len);
	e->last_len = len;
	if (w->lose && w->lose(w, e, data, len))
		return;
	if (!chance(w, w->loss))
		put_packet(w, to, data, len);
	if (chance(w, w->twice))
		put_packet(w, to, data, len);
}

static void apply_one(struct end *e, int i, const struct effect *x)
{
	switch (x->kind) {
	case EFFECT_TRANSMIT:
		transmit(e, effect_bytes(&e->fx, x), x->len);
		break;
	case EFFECT_TUNNEL_UP:
		e->ups++;
		break;
	case EFFECT_TUNNEL_DOWN:
		e->downs++;
		break;
	case EFFECT_TUNNEL_FREE:
		e->frees++;
		break;
	case EFFECT_CALL_UP:
		e->call_ups[i]++;
		break;
	case EFFECT_CALL_DOWN:
		e->call_downs[i]++;
		break;
	case EFFECT_NOTE:
		e->notes[x->value]++;
		l2tp_text(e->note, sizeof(e->note), effect_bytes(&e->fx, x), x->len);
		break;
	case EFFECT_FRAME:
	case EFFECT_PHASE:
	case EFFECT_AUTH:
	case EFFECT_NCP_UP:
	case EFFECT_NCP_DOWN:
	case EFFECT_LINK_DOWN:
		abort();
	}
}

void end_apply(struct end *e, int i)
{
	for (size_t n = 0; n < e->fx.count; n++)
		apply_one(e, i, &e->fx.list[n]);
	effects_reset(&e->fx);
	e->env.now = e->world->now;
}

static int find_call(const struct end *e, uint16_t id)
{
	for (unsigned int i = 0; i < e->calls; i++) {
		if (e->call[i].id == id)
			return (int)i;
	}
	return -1;
}

static void call_input(struct end *e, const struct msg *m)
{
	int i = find_call(e, m->session);

	if (m->type == MSG_OCRQ || (m->type == MSG_ICRQ && e->calls == END_CALLS)) {
		session_refuse(&e->t, m, 0, L2TP_CALL_NO_FACILITIES, 0, "none here", &e->env);
		end_apply(e, -1);
		return;
	}
	if (m->type == MSG_ICRQ) {
		i = (int)e->calls++;
		session_init(&e->call[i], L2TP_LNS, (uint16_t)(2000 + i));
	}
	if (i < 0)
		return;
	session_input(&e->call[i], &e->t, m, &e->env);
	end_apply(e, i);
}

void end_input(struct end *e, const uint8_t *data, size_t len)
{
	struct l2tp_header h;
	struct msg m;

	e->env.now = e->world->now;
	if (msg_header(data, len, &h) || !h.control)
		return;
	if (!e->exists && e == &e->world->lns) {
		tunnel_init(&e->t, &e->cfg, L2TP_LNS, 20, &e->env);
		e->exists = true;
	}
	if (!e->exists || e->frees)
		return;
	tunnel_datagram(&e->t, &h, data, len, &e->env);
	while (tunnel_next(&e->t, &m, &e->env)) {
		end_apply(e, -1);
		call_input(e, &m);
	}
	end_apply(e, -1);
}

void ends_open(struct ends *w)
{
	w->lac.env.now = w->now;
	tunnel_init(&w->lac.t, &w->lac.cfg, L2TP_LAC, 10, &w->lac.env);
	w->lac.exists = true;
	tunnel_open(&w->lac.t, &w->lac.env);
	end_apply(&w->lac, -1);
}

unsigned int ends_call(struct ends *w)
{
	unsigned int i = w->lac.calls++;

	w->lac.env.now = w->now;
	session_init(&w->lac.call[i], L2TP_LAC, (uint16_t)(1000 + i));
	session_open(&w->lac.call[i], &w->lac.t, &w->lac.env);
	end_apply(&w->lac, (int)i);
	return i;
}

static usec_t end_deadline(const struct end *e)
{
	usec_t when;

	if (!e->exists || e->frees)
		return USEC_NEVER;
	when = tunnel_deadline(&e->t);
	for (unsigned int i = 0; i < e->calls && !e->downs; i++)
		when = usec_min(when, session_deadline(&e->call[i]));
	return when;
}

static void end_expire(struct end *e)
{
	e->env.now = e->world->now;
	for (unsigned int i = 0; i < e->calls && !e->downs; i++) {
		if (session_deadline(&e->call[i]) <= e->env.now) {
			session_expire(&e->call[i], &e->t, &e->env);
			end_apply(e, (int)i);
		}
	}
	if (tunnel_deadline(&e->t) <= e->env.now)
		tunnel_expire(&e->t, &e->env);
	end_apply(e, -1);
}

static struct packet *next_packet(struct ends *w)
{
	struct packet *first = NULL;

	for (size_t i = 0; i < w->packets; i++) {
		if (!first || w->packet[i].at < first->at)
			first = &w->packet[i];
	}
	return first;
}

/* One event, not later than end; false: there is none. */
static bool run_one(struct ends *w, usec_t end)
{
	usec_t timer = usec_min(end_deadline(&w->lac), end_deadline(&w->lns));
	struct packet *p = next_packet(w);
	struct packet copy;

	if ((p ? usec_min(p->at, timer) : timer) > end)
		return false;
	if (p && p->at <= timer) {
		copy = *p;
		*p = w->packet[--w->packets];
		if (copy.at > w->now)
			w->now = copy.at;
		end_input(copy.to, copy.data, copy.len);
		return true;
	}
	if (timer > w->now)
		w->now = timer;
	end_expire(end_deadline(&w->lac) <= w->now ? &w->lac : &w->lns);
	return true;
}

void ends_run(struct ends *w, usec_t duration)
{
	usec_t end = w->now + duration;
	int events = 0;

	while (run_one(w, end)) {
		if (++events > 1000000)
			abort(); /* a timer that fires for ever */
	}
	w->now = end;
	w->lac.env.now = end;
	w->lns.env.now = end;
}

void hand_begin(struct hand *h, uint16_t tunnel, uint16_t session, uint16_t ns, uint16_t nr,
		uint16_t type)
{
	writer_init(&h->w, h->data, sizeof(h->data));
	msg_put_header(&h->w, tunnel, session, 0);
	writer_patch_u16(&h->w, 8, ns);
	writer_patch_u16(&h->w, 10, nr);
	hand_u16(h, AVP_MESSAGE_TYPE, type);
}

void hand_u16(struct hand *h, uint16_t attribute, uint16_t v)
{
	uint8_t value[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	avp_put(&h->w, attribute, true, value, sizeof(value));
}

void hand_input(struct hand *h, struct end *to)
{
	writer_patch_u16(&h->w, 2, (uint16_t)writer_len(&h->w));
	end_input(to, h->data, writer_len(&h->w));
}

int test_main(const char *suite, const TTest *const *tests, size_t count)
{
	Suite *s = suite_create(suite);
	TCase *t = tcase_create(suite);
	SRunner *r;
	int failed;

	for (size_t i = 0; i < count; i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* --- golden files --- */

static bool golden_same(FILE *f, const char *name, const char *text)
{
	char want[512];
	int line = 1;

	for (; fgets(want, sizeof(want), f); line++) {
		size_t len = strlen(want);

		if (strncmp(text, want, len)) {
			printf("test/golden/%s:%d: want %s, have %.*s\n", name, line, want,
			       (int)strcspn(text, "\n"), text);
			return false;
		}
		text += len;
	}
	if (*text)
		printf("test/golden/%s:%d: more than expected\n", name, line);
	return !*text;
}

bool golden(const char *name, const char *text)
{
	bool write = getenv("GOLDEN_WRITE");
	char path[256];
	bool same = true;
	FILE *f;

	snprintf(path, sizeof(path), "test/golden/%s", name);
	f = fopen(path, write ? "w" : "r");
	if (!f) {
		printf("%s: cannot be opened\n", path);
		return false;
	}
	if (write)
		fputs(text, f);
	else
		same = golden_same(f, name, text);
	fclose(f);
	return same;
}
