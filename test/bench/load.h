/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The generator as a whole: admits sessions, moves between its phases, owns everything.
 */
#ifndef CULVERT_BENCH_LOAD_H
#define CULVERT_BENCH_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/list.h"
#include "daemon/base/timer.h"
#include "test/bench/client.h"
#include "test/bench/sockets.h"
#include "test/bench/stats.h"
#include "test/sim/lossy.h"
#include "test/sim/station.h"

struct options;

enum load_phase {
	LOAD_SETUP,
	LOAD_HOLD,
	LOAD_TEARDOWN,
};

struct load {
	const struct options *opt;
	enum load_phase phase;
	struct env env;
	struct effects fx;
	struct seeded random;
	struct slab messages;
	void *memory; /* of the messages */
	struct sockets sockets;
	struct timers timers;
	struct tunnel_config tunnel;
	struct link_config *links;	  /* one for each user */
	struct station_profile *profiles; /* likewise */
	struct client *clients;
	struct client_call *calls; /* of all clients, in the order of their start */
	unsigned total, started, underway, up;
	unsigned patient; /* no call before this one is under way */
	usec_t began;	  /* open loop: the first arrival */
	struct list todo; /* clients to be looked at after this turn */
	struct stats stats;
	struct watch_counts counts;
	unsigned second_tunnels;
	unsigned alive; /* tunnels that have something left to say */
	usec_t teardown_began, teardown_took;
	uint64_t repeats_before;	/* of the server's messages, when the teardown began */
	usec_t last_down;		/* when the last session heard of its end */
	double flood_ns, flood_busy_ns; /* per packet, at best: wall, and CPU of the machine */
	uint64_t flooded;
};

/* 0 or a negative errno, with a message on stderr. */
int load_init(struct load *l, const struct options *opt);
void load_fini(struct load *l);

/* Do everything; 0: all came up and stayed, 1: not all, or a negative errno. */
int load_run(struct load *l);

#endif
