/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The option negotiation automaton (RFC 1661 4), one table for LCP and every network control
 * protocol.
 *
 * automaton_step() looks the row up, keeps the restart counter and timer, sets the state and
 * returns the actions that are left for the caller: frames to send and layers to tell.  Which
 * frame is good or bad is the caller's decision (cp.c); so is everything about options.
 */
#ifndef CULVERT_PPP_AUTOMATON_H
#define CULVERT_PPP_AUTOMATON_H

#include <stdint.h>

#include "daemon/base/monotime.h"
#include "daemon/base/names.h"
#include "daemon/ppp/link_config.h"

/* RFC 1661 4.2, in the order of the table's columns. */
#define AUTOMATON_STATE_LIST(X)                                                                    \
	X(AUTOMATON_INITIAL, "Initial")                                                            \
	X(AUTOMATON_STARTING, "Starting")                                                          \
	X(AUTOMATON_CLOSED, "Closed")                                                              \
	X(AUTOMATON_STOPPED, "Stopped")                                                            \
	X(AUTOMATON_CLOSING, "Closing")                                                            \
	X(AUTOMATON_STOPPING, "Stopping")                                                          \
	X(AUTOMATON_REQ_SENT, "Req-Sent")                                                          \
	X(AUTOMATON_ACK_RCVD, "Ack-Rcvd")                                                          \
	X(AUTOMATON_ACK_SENT, "Ack-Sent")                                                          \
	X(AUTOMATON_OPENED, "Opened")

#define AUTOMATON_STATES 10
NAMES_ENUM(automaton_state, AUTOMATON_STATE_LIST);

/* RFC 1661 4.3, in the order of the table's rows. */
#define AUTOMATON_EVENT_LIST(X)                                                                    \
	X(AUTOMATON_UP, "Up")           /* lower layer is up */                                    \
	X(AUTOMATON_DOWN, "Down")       /* lower layer is down */                                  \
	X(AUTOMATON_OPEN, "Open")       /* administrative */                                       \
	X(AUTOMATON_CLOSE, "Close")     /* administrative */                                       \
	X(AUTOMATON_TO_RETRY, "TO+")    /* timeout, restart counter > 0 */                         \
	X(AUTOMATON_TO_EXPIRED, "TO-")  /* timeout, restart counter expired */                     \
	X(AUTOMATON_RCR_GOOD, "RCR+")   /* Configure-Request, good */                              \
	X(AUTOMATON_RCR_BAD, "RCR-")    /* Configure-Request, bad */                               \
	X(AUTOMATON_RCA, "RCA")         /* Configure-Ack */                                        \
	X(AUTOMATON_RCN, "RCN")         /* Configure-Nak or -Reject */                             \
	X(AUTOMATON_RTR, "RTR")         /* Terminate-Request */                                    \
	X(AUTOMATON_RTA, "RTA")         /* Terminate-Ack */                                        \
	X(AUTOMATON_RUC, "RUC")         /* unknown code */                                         \
	X(AUTOMATON_RXJ_GOOD, "RXJ+")   /* Code- or Protocol-Reject that can be borne */           \
	X(AUTOMATON_RXJ_BAD, "RXJ-")    /* Code- or Protocol-Reject that is the end */             \
	X(AUTOMATON_RXR, "RXR")         /* Echo-Request, Echo-Reply, Discard-Request */

#define AUTOMATON_EVENTS 16
NAMES_ENUM(automaton_event, AUTOMATON_EVENT_LIST);

/* RFC 1661 4.4 */
enum automaton_action {
	AUTOMATON_TLU = 1 << 0,  /* this layer up */
	AUTOMATON_TLD = 1 << 1,  /* this layer down */
	AUTOMATON_TLS = 1 << 2,  /* this layer started */
	AUTOMATON_TLF = 1 << 3,  /* this layer finished */
	AUTOMATON_IRC = 1 << 4,  /* initialize restart counter (done by automaton_step()) */
	AUTOMATON_ZRC = 1 << 5,  /* zero restart counter (done by automaton_step()) */
	AUTOMATON_SCR = 1 << 6,  /* send Configure-Request */
	AUTOMATON_SCA = 1 << 7,  /* send Configure-Ack */
	AUTOMATON_SCN = 1 << 8,  /* send Configure-Nak or -Reject */
	AUTOMATON_STR = 1 << 9,  /* send Terminate-Request */
	AUTOMATON_STA = 1 << 10, /* send Terminate-Ack */
	AUTOMATON_SCJ = 1 << 11, /* send Code-Reject */
	AUTOMATON_SER = 1 << 12, /* send Echo-Reply */
};

struct automaton {
	enum automaton_state state;
	uint8_t restart; /* transmissions left */
	usec_t deadline; /* restart timer; USEC_NEVER when it is stopped */
};

void automaton_init(struct automaton *a);

/* Returns the actions, IRC and ZRC included; 0 where the table has "-": the state stays. */
unsigned int automaton_step(struct automaton *a, enum automaton_event event,
			    const struct link_config *cfg, usec_t now);

/* The table's next state, or -1 where it has "-". */
int automaton_next(enum automaton_event event, enum automaton_state state);

/* The restart timer is due: which event that is.  Only to be called when deadline <= now. */
enum automaton_event automaton_timeout(const struct automaton *a);

#endif
