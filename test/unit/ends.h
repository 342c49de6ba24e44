/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests: an LAC and an LNS, each a tunnel with some calls, on a wire in memory with a clock
 * that jumps.  The wire loses, repeats and delays as it is told, the same way for the same seed.
 */
#ifndef CULVERT_TEST_ENDS_H
#define CULVERT_TEST_ENDS_H

#include <check.h>

#include "daemon/l2tp/session.h"
#include "daemon/l2tp/tunnel.h"

#define END_CALLS    8
#define END_MESSAGES 256  /* objects in each end's slab */
#define WIRE_MAX     1024 /* packets under way */
#define WIRE_PACKET  1200

struct test_rng {
	struct rng rng;
	uint64_t state;
};

void test_rng_init(struct test_rng *r, uint64_t seed);

struct ends;

struct end {
	struct ends *world;
	struct env env;
	struct effects fx;
	struct slab slab;
	struct tunnel_config cfg;
	struct tunnel t;
	bool exists;             /* t is initialized */
	int ups, downs, frees;   /* effects seen */
	struct session call[END_CALLS];
	int call_ups[END_CALLS], call_downs[END_CALLS];
	unsigned int calls;
	unsigned int notes[NOTE_RATE_LIMITED + 1];
	char note[64];           /* text of the last one */
	unsigned int sent;       /* datagrams */
	unsigned int sent_zlb;
	uint8_t last[WIRE_PACKET]; /* the last datagram sent */
	size_t last_len;
	uint8_t memory[END_MESSAGES][CHANNEL_MESSAGE_SIZE] __attribute__((aligned(16)));
};

struct packet {
	usec_t at;
	struct end *to;
	size_t len;
	uint8_t data[WIRE_PACKET];
};

struct ends {
	struct end lac, lns;
	struct test_rng rng;
	usec_t now;
	unsigned int loss, twice, late; /* per cent */
	usec_t delay;
	/* NULL, or says which datagrams are lost */
	bool (*lose)(struct ends *w, const struct end *from, const uint8_t *data, size_t len);
	int counter;                    /* for lose() */
	size_t packets;
	struct packet packet[WIRE_MAX];
};

/* Allocated, because it is large; both configurations are the defaults and may be changed. */
struct ends *ends_new(uint64_t seed);
void ends_free(struct ends *w);

/* LAC: make the tunnel and send the SCCRQ. */
void ends_open(struct ends *w);

/* LAC: another call; returns its place. */
unsigned int ends_call(struct ends *w);

/* Carry out what an end's step decided; i: the call stepped, or -1. */
void end_apply(struct end *e, int i);

/* Let an end have a datagram now. */
void end_input(struct end *e, const uint8_t *data, size_t len);

/* Let time pass until then, with everything that happens on the way. */
void ends_run(struct ends *w, usec_t duration);

/* The type of a control message in a datagram, MSG_ZLB for none; -1: not a control message. */
int datagram_type(const uint8_t *data, size_t len);

/* A control message made by hand. */
struct hand {
	uint8_t data[1024];
	struct writer w;
};

void hand_begin(struct hand *h, uint16_t tunnel, uint16_t session, uint16_t ns, uint16_t nr,
		uint16_t type);
void hand_u16(struct hand *h, uint16_t attribute, uint16_t v);

/* Finish it and let an end have it. */
void hand_input(struct hand *h, struct end *to);

/* main() of a test program: run them all, return the exit status. */
int test_main(const char *suite, const TTest *const *tests, size_t count);

/*
 * Compare with test/golden/NAME, or write it when the environment has GOLDEN_WRITE.  Returns
 * whether they are the same, and prints the first difference.
 */
bool golden(const char *name, const char *text);

#endif
