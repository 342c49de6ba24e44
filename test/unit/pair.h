/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests: a PPP server and a client on a wire in memory with a clock that jumps.  The wire
 * loses, repeats and delays as it is told, the same way for the same seed.  The server's end has a
 * small user data base: one user with one password, asked with a delay.
 */
#ifndef CULVERT_TEST_PAIR_H
#define CULVERT_TEST_PAIR_H

#include "daemon/ppp/link.h"

#define PAIR_FRAMES 512 /* under way */
#define PAIR_FRAME  1600

#define PAIR_LOCAL  0x0a000001u /* 10.0.0.1 */
#define PAIR_REMOTE 0x0a000064u /* 10.0.0.100 */
#define PAIR_DNS    0x0a000035u
#define PAIR_USER   "User"
#define PAIR_SECRET "clientPass"

struct pair_rng {
	struct rng rng;
	uint64_t state;
};

void pair_rng_init(struct pair_rng *r, uint64_t seed);
uint32_t pair_random(struct pair_rng *r, uint32_t below);

struct pair;

struct pair_end {
	struct pair *world;
	struct link_config cfg;
	struct link link;
	struct effects fx;
	struct env env;
	unsigned int frames;           /* sent */
	unsigned int requests[2];      /* Configure-Requests sent: LCP, IPCP */
	unsigned int asked;            /* EFFECT_AUTH */
	unsigned int ncp_up, ncp_down; /* effects */
	unsigned int downs;            /* EFFECT_LINK_DOWN */
	bool ipcp, ipv6cp;             /* open, as the effects say */
	unsigned int notes[NOTE_RATE_LIMITED + 1];
	enum link_phase phase;         /* as the effects say */
	struct auth_request request;   /* the last one */
};

struct pair_frame {
	usec_t at;
	struct pair_end *to;
	size_t len;
	uint8_t data[PAIR_FRAME];
};

struct pair {
	struct pair_end server, client;
	struct pair_rng rng;
	usec_t now;
	unsigned int loss, twice, late; /* per cent */
	usec_t delay;
	/* the data base */
	const char *user, *password;
	usec_t aaa_delay, aaa_at; /* aaa_at: when the answer comes; USEC_NEVER: none is under way */
	/* NULL, or says which frames are lost */
	bool (*lose)(struct pair *p, const struct pair_end *from, const uint8_t *data, size_t len);
	void *ctx;
	size_t count;
	struct pair_frame wire[PAIR_FRAMES];
};

/* Defaults: MS-CHAPv2 then CHAP-MD5 then PAP, MRU 1400, no loss, 10 ms of delay, gates open. */
void pair_init(struct pair *p, uint64_t seed);

/* Both lower layers come up; cfg of both ends may be changed before. */
void pair_open(struct pair *p);

/* Until nothing is left to happen or that much time has passed. */
void pair_run(struct pair *p, usec_t time);

/* Carry out what a call of a link function decided; the caller used end->env. */
void pair_apply(struct pair_end *e);

/* What the data base says to a request. */
void pair_check(const struct pair *p, const struct auth_request *request,
		struct auth_result *ret);

/* Both ends have IPCP open and agree on everything. */
bool pair_agree(const struct pair *p);

#endif
