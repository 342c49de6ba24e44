/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A control protocol: the packets of RFC 1661 5 on top of the automaton, the same for LCP, IPCP
 * and IPV6CP.
 *
 * What differs is in a struct cp_protocol: the option table and a few functions.  A struct cp is
 * the first member of struct lcp, ipcp and ipv6cp, which embed it by value; it holds no memory.
 * Functions return what the layer above must know as CP_* bits; frames are effects at once.
 *
 * Limits (RFC 1661 4.6): Configure-Naks in a row become Configure-Rejects after Max-Failure, and
 * after as many more refusals on either side the protocol has failed.
 */
#ifndef CULVERT_PPP_CP_H
#define CULVERT_PPP_CP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/buf.h"
#include "daemon/base/env.h"
#include "daemon/ppp/automaton.h"
#include "daemon/ppp/link_config.h"
#include "daemon/ppp/option.h"

/* RFC 1661 5; above 7 only LCP has codes: RFC 1661 5.7 to 5.9, RFC 1570 2 */
enum cp_code {
	CP_CONFIGURE_REQUEST = 1,
	CP_CONFIGURE_ACK,
	CP_CONFIGURE_NAK,
	CP_CONFIGURE_REJECT,
	CP_TERMINATE_REQUEST,
	CP_TERMINATE_ACK,
	CP_CODE_REJECT,
	CP_PROTOCOL_REJECT,
	CP_ECHO_REQUEST,
	CP_ECHO_REPLY,
	CP_DISCARD_REQUEST,
	CP_IDENTIFICATION,
	CP_TIME_REMAINING,
};

#define CP_HEADER 4

/* What happened, for the layer above. */
enum cp_outcome {
	CP_UP = 1 << 0,         /* opened */
	CP_DOWN = 1 << 1,       /* opened no more */
	CP_FINISHED = 1 << 2,   /* nothing is left to be said */
	CP_FAILED = 1 << 3,     /* no agreement: the layer above must close it */
	CP_PEER_CLOSED = 1 << 4, /* the peer sent a Terminate-Request */
	CP_REJECTED = 1 << 5,   /* the peer does not know what we cannot do without */
};

struct cp_packet {
	uint8_t code, id;
	size_t len;          /* of data, as the Length field says; padding is left out */
	const uint8_t *data;
};

struct cp;

struct cp_protocol {
	uint16_t number;
	const struct option_row *rows;
	size_t n_rows; /* at most 32 */

	/* The peer asks for an option whose rule is OPTION_JUDGE and whose length fits. */
	enum option_verdict (*judge)(struct cp *cp, const struct option *o, struct writer *nak,
				     struct env *env);
	/* Nothing to reject: options that the peer should have asked for. seen: bit per row. */
	void (*append)(const struct cp *cp, uint32_t seen, struct writer *nak);
	/* A request is accepted: back to the defaults, then every option of it. */
	void (*accept)(struct cp *cp, const struct option *o); /* o NULL: the defaults */
	/* Data of an option that we ask for. */
	void (*put)(const struct cp *cp, uint8_t type, struct writer *w);
	/* The peer naks an option of ours with o; true: asked again with a new value or the old. */
	bool (*nak)(struct cp *cp, const struct option *o, struct env *env);
	/* The peer rejects an option of ours; true: we can do without. */
	bool (*reject)(struct cp *cp, uint8_t type);
	/* A code above 7 (false: unknown), or a Code-Reject of one.  NULL: all are unknown. */
	bool (*code)(struct cp *cp, const struct cp_packet *p, struct env *env);
};

struct cp {
	const struct cp_protocol *proto;
	const struct link_config *cfg;
	struct automaton fsm;
	uint32_t wish;       /* options that we ask for, a bit per row */
	uint16_t mtu;        /* information bytes that the peer takes */
	uint8_t request_id;  /* of our last Configure-Request */
	bool answered;       /* it was; what comes after is a repeat */
	uint8_t last_id;     /* of whatever we sent last that carries an id of ours */
	uint8_t naks;        /* Configure-Naks that we sent in a row */
	uint8_t refusals;    /* Configure-Naks and -Rejects that we sent in a row */
	uint8_t refused;     /* and that we got in a row */
	bool unique;         /* it has a magic number: whoever starts anew sends another */
	uint8_t acked_id;    /* the peer's request that we acknowledged last */
	uint32_t acked_sum;
	usec_t acked_at;
};

void cp_init(struct cp *cp, const struct cp_protocol *proto, const struct link_config *cfg);

/* Administrative and lower layer events: AUTOMATON_UP, _DOWN, _OPEN. */
unsigned int cp_event(struct cp *cp, enum automaton_event event, struct env *env);

/* AUTOMATON_CLOSE; text for the Terminate-Request may be NULL. */
unsigned int cp_close(struct cp *cp, const char *text, struct env *env);

/* The peer rejected the protocol. */
unsigned int cp_rejected(struct cp *cp, struct env *env);

/* One packet: a frame's information. */
unsigned int cp_input(struct cp *cp, const uint8_t *info, size_t len, struct env *env);

usec_t cp_deadline(const struct cp *cp);
unsigned int cp_expire(struct cp *cp, struct env *env);

/* For the protocols' own codes. False: malformed. */
bool cp_packet_parse(const uint8_t *info, size_t len, struct cp_packet *ret);

/* Send a packet; what does not fit the peer's MRU is cut. */
void cp_send(struct cp *cp, uint8_t code, uint8_t id, const void *data, size_t len,
	     struct env *env);

static inline bool cp_opened(const struct cp *cp)
{
	return cp->fsm.state == AUTOMATON_OPENED;
}

/* Negotiating or opened. */
static inline bool cp_alive(const struct cp *cp)
{
	return cp->fsm.state >= AUTOMATON_REQ_SENT;
}

#endif
