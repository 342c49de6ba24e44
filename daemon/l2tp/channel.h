/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reliable delivery of control messages (RFC 2661 5.8, appendix A): Ns and Nr, the windows, slow
 * start, retransmission, acknowledgement.
 *
 * The channel knows nothing of what a message says.  Messages that wait, for an acknowledgement or
 * for the one before them, are slab objects of one size; an idle channel has none.  Everything
 * that a peer can make grow has a limit here.
 */
#ifndef CULVERT_L2TP_CHANNEL_H
#define CULVERT_L2TP_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/buf.h"
#include "daemon/base/env.h"
#include "daemon/l2tp/msg.h"

#define CHANNEL_MESSAGE_SIZE 512  /* objects of env->messages have at least this size */
#define CHANNEL_WINDOW_MAX   32   /* messages under way, whatever window the peer offers */
#define CHANNEL_QUEUE_MAX    1024 /* messages of ours that wait; then the tunnel is given up */
/* While half of the slab is used, a channel with so many waiting takes no new message in. */
#define CHANNEL_CROWD        8

struct channel_message {
	struct channel_message *next;
	uint16_t ns;
	uint16_t len;
	uint8_t data[CHANNEL_MESSAGE_SIZE - sizeof(void *) - 2 * sizeof(uint16_t)];
};

struct channel {
	/* Waiting for an acknowledgement, then waiting to be sent; ascending by Ns. */
	struct channel_message *out, *out_last;
	/* Received ahead of their turn, ascending by Ns. */
	struct channel_message *in;
	struct channel_message *delivered; /* channel_next() gave a view into it */
	const uint8_t *datagram;           /* in its turn, not yet delivered; the caller's memory */
	size_t datagram_len;
	usec_t retransmit_at;              /* USEC_NEVER: nothing is under way */
	usec_t retransmit, retransmit_max; /* first wait; longest wait */
	uint16_t ns;          /* of the next message queued */
	uint16_t nr;          /* expected next */
	uint16_t oldest;      /* first not acknowledged */
	uint16_t sent;        /* next to transmit; moves back when a timer expires */
	uint16_t highest;     /* one more than the highest ever transmitted */
	uint16_t count;       /* in `out` */
	uint16_t window;      /* ours: how far ahead of nr a message may be */
	uint16_t peer_window; /* theirs */
	uint16_t congestion;  /* CWND, appendix A */
	uint16_t threshold;   /* SSTHRESH, appendix A */
	uint16_t progress;    /* acknowledgements towards the next increase, appendix A */
	uint32_t retransmits; /* by the timer, since the beginning; for the operator */
	uint8_t tries;        /* transmissions of `oldest` by the timer */
	uint8_t limit;        /* of them */
	bool hurry;           /* no backoff, few tries: somebody doubts that the peer lives */
	bool ack;             /* something received is not acknowledged yet */
};

struct channel_timing {
	usec_t retransmit, retransmit_max;
	uint8_t limit;
};

void channel_init(struct channel *c, uint16_t window, const struct channel_timing *timing);
void channel_fini(struct channel *c, struct slab *messages);

/* The peer's Receive Window Size AVP. */
void channel_peer_window(struct channel *c, uint16_t window);

/* NULL: the queue is full or memory is out.  Hand it to channel_send() next. */
struct channel_message *channel_new(struct channel *c, struct env *env);

/* Queue a message with its header (12 bytes, Ns and Nr as yet unset); send what may be sent. */
void channel_send(struct channel *c, struct channel_message *m, struct env *env);

enum channel_verdict {
	CHANNEL_TAKEN,     /* ZLB, next in turn, or kept for its turn */
	CHANNEL_DUPLICATE, /* had it; to be acknowledged again */
	CHANNEL_DROPPED,   /* beyond the window, or no room: comes again */
};

/*
 * Take in a control datagram: its acknowledgement, and the message if it is one.  data must stay
 * until channel_next() has returned false.
 */
enum channel_verdict channel_receive(struct channel *c, const struct l2tp_header *h,
				     const uint8_t *data, size_t len, struct env *env);

/* The next message in turn, as a datagram; valid until the next call or channel_receive(). */
bool channel_next(struct channel *c, const uint8_t **ret_data, size_t *ret_len, struct env *env);

/* Acknowledge what has not been acknowledged by a message meanwhile: a ZLB to that tunnel id. */
void channel_flush(struct channel *c, uint16_t tunnel, struct env *env);

/* Transmit the oldest message again, without waiting. */
void channel_resend(struct channel *c, struct env *env);

/* Forget messages that were never transmitted; or all. */
void channel_drop_unsent(struct channel *c, struct slab *messages);
void channel_drop_all(struct channel *c, struct slab *messages);

/* No backoff and few tries until the queue is empty. */
void channel_hurry(struct channel *c, usec_t now);

usec_t channel_deadline(const struct channel *c);

/* The deadline has passed.  False: the peer has not answered the last try either. */
bool channel_expire(struct channel *c, struct env *env);

/* How long a peer may go on with retransmissions: all tries and the wait after the last. */
usec_t channel_cycle(const struct channel *c);

#endif
