/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A wire in memory: it loses, doubles, damages, delays and so reorders datagrams, all from one
 * seed.
 *
 * Time is the caller's.  A datagram that was sent sits in a heap until its moment has come and
 * lossy_receive() hands it over.
 */
#ifndef CULVERT_SIM_LOSSY_H
#define CULVERT_SIM_LOSSY_H

#include <stdint.h>
#include <stdio.h>

#include "daemon/base/rng.h"
#include "daemon/base/timer.h"
#include "test/sim/pcap.h"

#define LOSSY_PACKETS	 256 /* under way at once; one more is lost, as on a full queue */
#define LOSSY_PACKET_MAX 2048

struct seeded {
	struct rng rng;
	uint64_t state;
};

void seeded_init(struct seeded *s, uint64_t seed);
uint64_t seeded_next(struct seeded *s);
uint32_t seeded_below(struct seeded *s, uint32_t limit);

struct lossy_weather {
	unsigned loss;	    /* in 1000 */
	unsigned duplicate; /* in 1000 */
	unsigned damage;    /* in 1000: a byte changed, or the end cut off */
	usec_t delay_min, delay_max;
};

struct lossy_packet {
	struct timer due;
	struct lossy_packet *next_free;
	struct pcap_end from, to;
	size_t len;
	uint8_t data[LOSSY_PACKET_MAX];
};

struct lossy {
	struct lossy_weather weather;
	struct seeded chance;
	struct timers timers;
	struct timer *heap[LOSSY_PACKETS];
	struct lossy_packet *free;
	usec_t newest; /* arrival, while the delay is constant */
	FILE *pcap;    /* NULL: none */
	uint64_t sent, lost, doubled, damaged;
	struct lossy_packet packets[LOSSY_PACKETS];
};

void lossy_init(struct lossy *w, uint64_t seed);
void lossy_send(struct lossy *w, usec_t now, const struct pcap_end *from, const struct pcap_end *to,
		const void *data, size_t len);

/* When the next one arrives, USEC_NEVER if nothing is under way. */
usec_t lossy_next(const struct lossy *w);

/* The next one that has arrived by now, or NULL; give it back with lossy_done(). */
struct lossy_packet *lossy_receive(struct lossy *w, usec_t now);
void lossy_done(struct lossy *w, struct lossy_packet *p);

#endif
