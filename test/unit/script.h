/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests: one link, and a script that plays its peer.  A step is a line:
 *
 *	> c021 01 01 len 05 06 11223344     a frame comes in
 *	< c021 02 01 len 05 06 11223344     the next frame that the link sent is this
 *	ack c021        its last Configure-Request of that protocol is acknowledged
 *	accept, reject, error, limit        the verdict on the EFFECT_AUTH that is open
 *	shut            the gate, which is open at first
 *	gate            opens
 *	close           link_close()
 *	wait 3000       milliseconds pass, timers run
 *	silent          nothing (more) was sent
 *	skip            whatever was sent is of no interest
 *	asked 1         so many EFFECT_AUTH in all
 *	phase network   the link's phase
 *	end peer-request
 *	up 8021, down 8021                  EFFECT_NCP_UP and _DOWN, since the last such step
 *	noted N         a note of this name was made
 *
 * In a frame: hexadecimal digits; 'text'; len, the length from two bytes before to the end; magic,
 * the link's own; cid, the identifier of its Challenge; 00*16, a byte so many times; ?16, that many
 * bytes of anything; *, anything up to the end.
 */
#ifndef CULVERT_TEST_SCRIPT_H
#define CULVERT_TEST_SCRIPT_H

#include "test/unit/pair.h"

#define SCRIPT_SENT 256

struct script {
	struct pair_rng rng;
	struct link_config cfg;
	struct link link;
	struct effects fx;
	struct env env;
	usec_t now;
	const char *name;             /* of the case, for messages */
	uint8_t cid;
	unsigned int asked;
	uint16_t ncp_up, ncp_down;    /* the last one */
	unsigned int downs;
	unsigned int notes[NOTE_RATE_LIMITED + 1];
	char note[256];               /* the last one's text */
	struct auth_request request;
	struct auth_result verdict;   /* what "accept" says */
	uint32_t local, remote, dns[2], nbns[2];
	uint8_t last_request[4][256]; /* protocol, id, length, options; by protocol */
	size_t last_len[4];
	size_t count, taken;
	struct {
		size_t len;
		uint8_t data[PAIR_FRAME];
	} sent[SCRIPT_SENT];
};

void script_init(struct script *s, enum link_role role);

/* link_init() and link_open() with what is in cfg now. */
void script_open(struct script *s);

/* One step, or several up to a NULL. */
void script_step(struct script *s, const char *step);
void script_run(struct script *s, const char *const *steps);

/* The link is stepped by hand: take over what it decided. */
void script_take(struct script *s);

/* LCP up, for a peer that asks for nothing special; then authenticated. */
extern const char *const script_lcp_up[];
extern const char *const script_authenticated[];

#endif
