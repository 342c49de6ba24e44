/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control connection (RFC 2661 7.2): from SCCRQ to StopCCN, with the reliable channel that
 * carries it and the calls' messages.
 *
 * One struct tunnel belongs to whoever embeds it; nothing in it is allocated but the messages in
 * the channel's queues, which come from env->messages and go back with tunnel_fini().  A datagram
 * is taken in with tunnel_datagram(); then tunnel_next() yields, in order, each message that
 * concerns a call, and handles the others itself.  Decisions are effects: EFFECT_TRANSMIT,
 * EFFECT_TUNNEL_UP, EFFECT_TUNNEL_DOWN, EFFECT_TUNNEL_FREE, EFFECT_NOTE.
 */
#ifndef CULVERT_L2TP_TUNNEL_H
#define CULVERT_L2TP_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/env.h"
#include "daemon/base/names.h"
#include "daemon/l2tp/channel.h"
#include "daemon/l2tp/msg.h"

enum l2tp_role {
	L2TP_LNS, /* answers SCCRQ and ICRQ */
	L2TP_LAC, /* sends them */
};

/* Shared by the tunnels of one server or client profile; outlives them. */
struct tunnel_config {
	const char *host_name;   /* Host Name AVP, not empty */
	const char *vendor_name; /* Vendor Name AVP; NULL: none sent */
	const uint8_t *secret;   /* tunnel authentication and hiding; NULL: none */
	uint16_t secret_len;
	bool challenge;          /* challenge the peer (needs secret) */
	bool hide;               /* hide what may be hidden (needs secret) */
	uint16_t window;         /* our Receive Window Size AVP, 1 to 16 */
	usec_t hello;            /* silence before a Hello; USEC_NEVER: none */
	usec_t retransmit;       /* first wait for an acknowledgement; doubles (5.8) */
	usec_t retransmit_max;   /* and does not exceed this */
	uint8_t retransmit_limit; /* retransmissions before the peer is given up */
	usec_t setup_timeout;    /* from the first message to established */
};

#define TUNNEL_STATE_LIST(X)                                                                       \
	X(TUNNEL_IDLE, "idle")                                                                     \
	X(TUNNEL_WAIT_CTL_REPLY, "wait-ctl-reply")                                                 \
	X(TUNNEL_WAIT_CTL_CONN, "wait-ctl-conn")                                                   \
	X(TUNNEL_ESTABLISHED, "established")                                                       \
	/* StopCCN sent or received: only answers repeats until the channel has drained (5.7) */   \
	X(TUNNEL_CLOSING, "closing")                                                               \
	/* EFFECT_TUNNEL_FREE was made: hears and says nothing any more */                         \
	X(TUNNEL_GONE, "gone")

NAMES_ENUM(tunnel_state, TUNNEL_STATE_LIST);

struct tunnel {
	const struct tunnel_config *cfg;
	enum l2tp_role role;
	enum tunnel_state state;
	uint16_t id, peer_id;     /* ours; the peer's, 0 until known */
	struct channel channel;
	usec_t setup_deadline;
	usec_t heard;             /* last packet of the peer's, data included */
	usec_t linger;            /* closing: when to forget a peer's StopCCN; else USEC_NEVER */
	struct l2tp_end end;      /* valid once EFFECT_TUNNEL_DOWN was made */
	char peer_host[64];       /* Host Name AVP as received, terminated, any bytes */
	char peer_vendor[32];
	uint16_t peer_firmware;
	uint32_t peer_framing, peer_bearer;
	uint8_t challenge[16];    /* the one that we sent */
	uint64_t tie_breaker;     /* sent with our SCCRQ */
	bool has_tie_breaker;
};

/* id: ours, not 0, random, unique.  Nothing is sent. */
void tunnel_init(struct tunnel *t, const struct tunnel_config *cfg, enum l2tp_role role,
		 uint16_t id, struct env *env);

/* LAC: send the SCCRQ. */
void tunnel_open(struct tunnel *t, struct env *env);

/*
 * A control datagram for this tunnel.  h is msg_header()'s reading of it.  An LNS gives the SCCRQ
 * that made the tunnel, and every repeat of it, here as well.
 */
void tunnel_datagram(struct tunnel *t, const struct l2tp_header *h, const uint8_t *data,
		     size_t len, struct env *env);

/*
 * The next message in order that concerns a call (its views are valid until the next call of
 * tunnel_next() or tunnel_datagram()); false when there is none, which includes a tunnel that has
 * gone down on the way.  Call it until it says so: only then is everything acknowledged.
 */
bool tunnel_next(struct tunnel *t, struct msg *ret_msg, struct env *env);

/* Send StopCCN and go down.  text may be NULL. */
void tunnel_close(struct tunnel *t, uint16_t result, uint16_t error, const char *text,
		  struct env *env);

/* The peer was heard at this time by other means: data packets (RFC 2661 6.5: silence). */
void tunnel_heard(struct tunnel *t, usec_t when);

/* Ask at once, and impatiently, whether the peer is still there. */
void tunnel_probe(struct tunnel *t, struct env *env);

/*
 * LAC, waiting for the SCCRP: the peer's own SCCRQ came (RFC 2661 4.4.3, Tie Breaker).  NONE: both
 * tunnels are made.  WON: ignore the SCCRQ.  LOST: this tunnel is down and to be freed, as its
 * effects say; take the SCCRQ.
 */
enum tunnel_tie {
	TUNNEL_TIE_NONE,
	TUNNEL_TIE_WON,
	TUNNEL_TIE_LOST,
};

enum tunnel_tie tunnel_tie(struct tunnel *t, const struct msg *sccrq, struct env *env);

/*
 * Answer an SCCRQ with a StopCCN and keep nothing of it: for limits.  h and sccrq are the readings
 * of its datagram.
 */
void tunnel_refuse(const struct l2tp_header *h, const struct msg *sccrq, uint16_t result,
		   uint16_t error, const char *text, struct env *env);

/*
 * For session.c: send a call's message to the peer's session id.  False: the tunnel is not open, or
 * there was no memory and it has gone down now, which ends all its sessions.
 */
bool tunnel_send(struct tunnel *t, const struct msg *m, uint16_t session, struct env *env);

/* It is over, and is there for repeats of the peer's StopCCN alone. */
bool tunnel_lingers(const struct tunnel *t);

/* When tunnel_expire() wants to be called next.  Changes with every step. */
usec_t tunnel_deadline(const struct tunnel *t);
void tunnel_expire(struct tunnel *t, struct env *env);

/* Give the queued messages back; the memory of t is the caller's. */
void tunnel_fini(struct tunnel *t, struct slab *messages);

#endif
