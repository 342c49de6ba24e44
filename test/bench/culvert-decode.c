// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * culvert-decode: what it costs to read an SCCRQ, natively, in nanoseconds.  The message is the
 * one that our own client sends; every datagram of a stranger is read this way, before anything
 * else is known about it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/l2tp/tunnel.h"
#include "test/sim/lossy.h"

#define ROUNDS 1000000
#define AIM_NS 2000

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(void)
{
	static const struct tunnel_config cfg = {
		.host_name = "client.example.net",
		.vendor_name = "Culvert",
		.window = 8,
		.hello = USEC_NEVER,
		.retransmit = USEC_PER_SEC,
		.retransmit_max = USEC_PER_SEC,
		.retransmit_limit = 5,
		.setup_timeout = USEC_PER_SEC,
	};
	static _Alignas(16) uint8_t memory[16 * CHANNEL_MESSAGE_SIZE];
	static struct effects fx;
	static struct msg m;
	struct slab messages;
	struct seeded random;
	struct env env = {.now = 1, .rng = &random.rng, .messages = &messages, .fx = &fx};
	struct tunnel t;
	const uint8_t *data;
	size_t len;
	double began;
	unsigned i, good = 0;

	seeded_init(&random, 1);
	slab_init(&messages, CHANNEL_MESSAGE_SIZE);
	slab_give(&messages, memory, sizeof(memory));
	effects_reset(&fx);
	tunnel_init(&t, &cfg, L2TP_LAC, 1, &env);
	tunnel_open(&t, &env);
	data = effect_bytes(&fx, &fx.list[0]);
	len = fx.list[0].len;
	began = now_ns();
	for (i = 0; i < ROUNDS; i++) {
		struct l2tp_header h;

		if (!msg_header(data, len, &h) && msg_decode(&m, &h, data, NULL, 0) == MSG_OK)
			good++;
	}
	printf("decode of an SCCRQ of %zu bytes: %.0f ns (aimed at: %d)\n", len,
	       (now_ns() - began) / ROUNDS, AIM_NS);
	tunnel_fini(&t, &messages);
	return good != ROUNDS;
}
