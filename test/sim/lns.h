/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A concentrator without a kernel: many stations, told apart by tunnel id, with one user, a pool of
 * addresses that never runs out, and an aaa role and a kernel that answer after a while.
 *
 * It is the far end of the simulation's wire, and lnsd.c puts it behind a socket for tests of the
 * load generator.  The daemon's own dispatcher is not in it.
 */
#ifndef CULVERT_SIM_LNS_H
#define CULVERT_SIM_LNS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/hash.h"
#include "daemon/base/list.h"
#include "daemon/base/timer.h"
#include "test/sim/pcap.h"
#include "test/sim/station.h"

#define LNS_LOCAL 0x0a400001u /* 10.64.0.1 */
#define LNS_DNS	  0x0a400035u /* 10.64.0.53 */

struct lns;

struct lns_config {
	const struct tunnel_config *tunnel;
	const struct link_config *link;
	const char *user, *password;
	usec_t aaa_max;	   /* answers come after 0 to this */
	usec_t kernel_max; /* the gate opens after 0 to this */
	size_t max_tunnels;
	unsigned max_calls; /* in a tunnel */
	void (*transmit)(struct lns *l, const struct pcap_end *to, const uint8_t *data, size_t len);
};

struct lns_tunnel {
	struct station station;
	struct lns *lns;
	struct pcap_end from;
	uint16_t assigned; /* what its SCCRQ said */
	unsigned n_calls;
	struct timer timer;
	struct hash_node by_id, by_sccrq;
	struct list link;
};

struct lns_call {
	struct call call;
	uint32_t address; /* what its client gets, host byte order */
	struct hash_node by_id;
};

struct lns {
	const struct lns_config *cfg;
	struct env *env;
	struct station_profile profile;
	struct timers timers;
	struct hash by_id, by_sccrq, by_session;
	struct list tunnels;
	bool stopped;	    /* no new tunnels */
	uint32_t addresses; /* given so far */
	struct watch_counts counts;
	uint64_t n_up; /* calls that came up */
};

/* cfg and env outlive it. false: no memory. */
bool lns_init(struct lns *l, const struct lns_config *cfg, struct env *env);
void lns_datagram(struct lns *l, const struct pcap_end *from, const uint8_t *data, size_t len);
usec_t lns_next(const struct lns *l);
void lns_expire(struct lns *l);

/* StopCCN to everybody, and nobody new. */
void lns_stop(struct lns *l);

/* Call that a client knows by these ids of ours, or NULL. */
struct lns_call *lns_find_call(const struct lns *l, uint16_t tunnel, uint16_t session);

/* Frees everything without a word. */
void lns_fini(struct lns *l);

#endif
