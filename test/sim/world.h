/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulation: one concentrator, a few clients, one wire, and a clock that jumps from event to
 * event.  Everything that happens follows from the seed.
 */
#ifndef CULVERT_SIM_WORLD_H
#define CULVERT_SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler.h"
#include "test/sim/lns.h"
#include "test/sim/lossy.h"
#include "test/sim/station.h"

#define WORLD_CLIENTS  3
#define WORLD_CALLS    2    /* of a client */
#define WORLD_MESSAGES 1024 /* control messages that may wait for an acknowledgement */

struct world_client {
	struct station station;
	struct call calls[WORLD_CALLS];
	unsigned n_calls;
	struct pcap_end at;
	struct watch_counts counts;
	unsigned ups; /* calls that came up, ever */
};

struct world {
	uint64_t seed;
	struct seeded random; /* of the machines */
	struct seeded chance; /* of the scenario */
	struct env env;
	struct effects fx;
	struct slab messages;
	void *memory;
	struct lossy wire;

	/* the scenario may change these before it dials */
	struct tunnel_config tunnel[2]; /* by enum l2tp_role */
	struct link_config link[2];	/* by enum link_role */
	struct lns_config lns_config;
	struct station_profile profile; /* of the clients */

	struct lns lns;
	struct world_client client[WORLD_CLIENTS];
	unsigned n_clients;

	bool failed;
	char failure[256];
};

/* pcap may be NULL. */
bool world_init(struct world *w, uint64_t seed, FILE *pcap);
void world_fini(struct world *w);

/* Remember the first thing that is wrong. */
void world_fail(struct world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A number from 0 to limit - 1, and a time from min to max. */
unsigned world_pick(struct world *w, unsigned limit);
usec_t world_pick_time(struct world *w, usec_t min, usec_t max);

/* Make the concentrator forget everything, as after kill -9. */
void world_restart_lns(struct world *w);

/* Client i dials with a new tunnel and n calls. */
void world_dial(struct world *w, unsigned i, unsigned n_calls);

/* Let time pass; world_run_until() stops earlier when done() says so, and tells. */
void world_run(struct world *w, usec_t duration);
bool world_run_until(struct world *w, usec_t duration, bool (*done)(const struct world *));

bool world_all_up(const struct world *w);   /* every call at both ends, network protocols open */
bool world_all_gone(const struct world *w); /* no tunnel at either end, nothing on the wire */

/* What must hold whenever the wire has been quiet for long. */
void world_check_agree(struct world *w);
/* What must hold when all is gone. */
void world_check_empty(struct world *w);

#endif
