/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The incoming call (RFC 2661 7.4), both roles; outgoing calls are refused (7.5, "appropriate
 * facilities are not available").
 *
 * A session's messages travel in its tunnel's channel, so every step takes the tunnel.  Decisions
 * are effects: EFFECT_TRANSMIT, EFFECT_CALL_UP, EFFECT_CALL_DOWN, EFFECT_NOTE.  After
 * EFFECT_CALL_DOWN the caller may free the session: repeats of its CDN are the channel's business.
 * Where there is no memory for a message the tunnel goes down instead, and its EFFECT_TUNNEL_DOWN
 * stands for all its sessions: none has an EFFECT_CALL_DOWN of its own then.
 */
#ifndef CULVERT_L2TP_SESSION_H
#define CULVERT_L2TP_SESSION_H

#include <stdint.h>

#include "daemon/l2tp/tunnel.h"

#define SESSION_STATE_LIST(X)                                                                      \
	X(SESSION_IDLE, "idle")                                                                    \
	X(SESSION_WAIT_REPLY, "wait-reply")                                                        \
	X(SESSION_WAIT_CONNECT, "wait-connect")                                                    \
	X(SESSION_ESTABLISHED, "established")                                                      \
	X(SESSION_CLOSED, "closed")

NAMES_ENUM(session_state, SESSION_STATE_LIST);

struct session {
	enum l2tp_role role;
	enum session_state state;
	uint16_t id, peer_id;
	usec_t setup_deadline;
	struct l2tp_end end;     /* valid once EFFECT_CALL_DOWN was made */
	uint32_t call_serial;
	uint32_t tx_speed, rx_speed; /* bits per second as the LAC says */
	uint32_t framing;
	uint32_t accm_send, accm_receive; /* SLI; informational, HDLC is not ours */
	uint32_t line_errors;    /* WEN: sum of its counters */
	bool sequencing_required;
	char calling[32], called[32]; /* Calling/Called Number, terminated, any bytes, cut */
};

/* id: ours, not 0, random, unique in the network namespace. */
void session_init(struct session *s, enum l2tp_role role, uint16_t id);

/* LAC: send the ICRQ.  The tunnel is established. */
void session_open(struct session *s, struct tunnel *t, struct env *env);

/* A message that tunnel_next() gave, for this session; an LNS's first is the ICRQ. */
void session_input(struct session *s, struct tunnel *t, const struct msg *m, struct env *env);

/*
 * Send CDN and go down.  cause: RFC 3145 disconnect cause, L2TP_CAUSE_NONE for none; text may be
 * NULL.
 */
void session_close(struct session *s, struct tunnel *t, uint16_t result, uint16_t error,
		   uint16_t cause, const char *text, struct env *env);

/* Refuse an ICRQ (or OCRQ) for which no session is made. */
void session_refuse(struct tunnel *t, const struct msg *request, uint16_t id, uint16_t result,
		    uint16_t error, const char *text, struct env *env);

usec_t session_deadline(const struct session *s);
void session_expire(struct session *s, struct tunnel *t, struct env *env);

#endif
