// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/sim/lossy.h"

#include <string.h>

#include "compiler.h"

/* splitmix64: one multiplication chain a number, and every seed is a good one */
uint64_t seeded_next(struct seeded *s)
{
	uint64_t z = (s->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint32_t seeded_below(struct seeded *s, uint32_t limit)
{
	return limit ? (uint32_t)(seeded_next(s) % limit) : 0;
}

static void seeded_fill(struct rng *rng, void *to, size_t len)
{
	struct seeded *s = container_of(rng, struct seeded, rng);
	uint8_t *p = to;

	while (len) {
		uint64_t v = seeded_next(s);
		size_t n = len < sizeof(v) ? len : sizeof(v);

		memcpy(p, &v, n);
		p += n;
		len -= n;
	}
}

void seeded_init(struct seeded *s, uint64_t seed)
{
	s->rng.fill = seeded_fill;
	s->state = seed * 0x2545f4914f6cdd1du + 1;
}

void lossy_init(struct lossy *w, uint64_t seed)
{
	size_t i;

	memset(w, 0, offsetof(struct lossy, packets));
	seeded_init(&w->chance, seed);
	timers_init(&w->timers, w->heap, LOSSY_PACKETS);
	for (i = 0; i < LOSSY_PACKETS; i++) {
		w->packets[i].due.slot = 0;
		w->packets[i].next_free = w->free;
		w->free = &w->packets[i];
	}
}

static usec_t delay(struct lossy *w)
{
	const struct lossy_weather *h = &w->weather;

	return h->delay_min + seeded_below(&w->chance, (uint32_t)(h->delay_max - h->delay_min + 1));
}

/* A wire whose delay never changes keeps the order; the heap alone would not, at equal times. */
static usec_t arrival(struct lossy *w, usec_t now)
{
	usec_t when = now + delay(w);

	if (w->weather.delay_min != w->weather.delay_max)
		return when;
	if (when <= w->newest)
		when = w->newest + 1;
	w->newest = when;
	return when;
}

static void damage(struct lossy *w, struct lossy_packet *p)
{
	uint32_t at = seeded_below(&w->chance, (uint32_t)p->len);

	if (!p->len || seeded_below(&w->chance, 1000) >= w->weather.damage)
		return;
	w->damaged++;
	if (seeded_below(&w->chance, 4))
		p->data[at] ^= (uint8_t)(1 + seeded_below(&w->chance, 255));
	else
		p->len = at;
}

static void put(struct lossy *w, usec_t now, const struct pcap_end *from, const struct pcap_end *to,
		const void *data, size_t len)
{
	struct lossy_packet *p = w->free;

	if (!p || len > sizeof(p->data)) {
		w->lost++;
		return;
	}
	w->free = p->next_free;
	p->from = *from;
	p->to = *to;
	p->len = len;
	memcpy(p->data, data, len);
	damage(w, p);
	timer_start(&w->timers, &p->due, arrival(w, now));
}

void lossy_send(struct lossy *w, usec_t now, const struct pcap_end *from, const struct pcap_end *to,
		const void *data, size_t len)
{
	w->sent++;
	if (w->pcap)
		pcap_write(w->pcap, now, from, to, data, len);
	if (seeded_below(&w->chance, 1000) < w->weather.loss) {
		w->lost++;
		return;
	}
	put(w, now, from, to, data, len);
	if (seeded_below(&w->chance, 1000) < w->weather.duplicate) {
		w->doubled++;
		put(w, now, from, to, data, len);
	}
}

usec_t lossy_next(const struct lossy *w)
{
	return timers_next(&w->timers);
}

struct lossy_packet *lossy_receive(struct lossy *w, usec_t now)
{
	struct timer *t = timers_expired(&w->timers, now);

	return t ? container_of(t, struct lossy_packet, due) : NULL;
}

void lossy_done(struct lossy *w, struct lossy_packet *p)
{
	p->next_free = w->free;
	w->free = p;
}
