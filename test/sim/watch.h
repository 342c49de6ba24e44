/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts what passes on the wire of one tunnel and that nobody wants to see: repeats.
 *
 * It looks at bytes alone, so that what it counts does not depend on the machines under test.
 */
#ifndef CULVERT_SIM_WATCH_H
#define CULVERT_SIM_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum watch_way {
	WATCH_OUT,
	WATCH_IN,
	WATCH_WAYS,
};

/* Of everybody who shares it; a struct of counters that are only ever added to. */
struct watch_counts {
	uint64_t control[WATCH_WAYS]; /* messages, ZLBs not included */
	uint64_t control_repeats[WATCH_WAYS];
	uint64_t stopccn[WATCH_WAYS], cdn[WATCH_WAYS]; /* repeats not included */
	uint64_t frames[WATCH_WAYS];
	uint64_t ppp_repeats[WATCH_WAYS]; /* Configure-Request, PAP, CHAP: the same once more */
	uint64_t echo_requests[WATCH_WAYS];
	uint64_t echo_replies[WATCH_WAYS];
};

struct watch_tunnel {
	uint16_t next[WATCH_WAYS]; /* the Ns that would be new */
	uint16_t assigned;	   /* tunnel id of the first SCCRP */
	bool second;		   /* and another one came with another id */
};

#define WATCH_PROTOCOLS 5

struct watch_call {
	uint32_t last[WATCH_WAYS][WATCH_PROTOCOLS]; /* hash of the last request; 0: none */
};

/* RFC 2661 3.2 */
#define WATCH_SCCRQ 1
#define WATCH_SCCRP 2
#define WATCH_STOPCCN 4
#define WATCH_CDN     14

/* Assigned Tunnel ID (RFC 2661 4.4.3) of a message of this type, 0 for any other. */
uint16_t watch_assigned(const uint8_t *data, size_t len, uint16_t message);

/* A control datagram, header included. */
void watch_control(struct watch_counts *c, struct watch_tunnel *t, enum watch_way way,
		   const uint8_t *data, size_t len);

/* A PPP frame, two bytes of protocol first. */
void watch_frame(struct watch_counts *c, struct watch_call *call, enum watch_way way,
		 const uint8_t *frame, size_t len);

#endif
