/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What follows when something happens to a profile that we dial: pure, one row an event.
 */
#ifndef CULVERT_ENGINE_DIAL_TABLE_H
#define CULVERT_ENGINE_DIAL_TABLE_H

#include "daemon/base/names.h"

#define DIAL_STATE_LIST(X)                                                                         \
	X(DIAL_IDLE, "idle")                                                                       \
	X(DIAL_IKE, "ike")	   /* charon brings its SA up */                                   \
	X(DIAL_OPENING, "opening") /* the kernel role finds the gateway and makes a socket */      \
	X(DIAL_TUNNEL, "tunnel")   /* RFC 2661 7.2.1, until it is established */                   \
	X(DIAL_CALL, "call")	   /* RFC 2661 7.4.1, likewise */                                  \
	X(DIAL_PPP, "ppp")	   /* LCP, authentication, IPCP, and the kernel */                 \
	X(DIAL_UP, "up")                                                                           \
	X(DIAL_CLOSING, "closing")                                                                 \
	X(DIAL_WAITING, "waiting") /* to try again */

NAMES_ENUM(dial_state, DIAL_STATE_LIST);

/* Those that wait to be looked at are looked at in this order. */
#define DIAL_EVENT_LIST(X)                                                                         \
	X(DIAL_EV_CONNECT, "connect")	      /* nothing is in the way */                          \
	X(DIAL_EV_CONNECT_IKE, "connect-ike") /* but an SA is needed first */                      \
	X(DIAL_EV_DISCONNECT, "disconnect")                                                        \
	X(DIAL_EV_SA_UP, "sa-up")                                                                  \
	X(DIAL_EV_SA_DOWN, "sa-down")                                                              \
	X(DIAL_EV_IKE_FAILED, "ike-failed")                                                        \
	X(DIAL_EV_OPENED, "opened")                                                                \
	X(DIAL_EV_OPEN_FAILED, "open-failed")                                                      \
	X(DIAL_EV_TUNNEL_UP, "tunnel-up")                                                          \
	X(DIAL_EV_CALL_UP, "call-up")                                                              \
	X(DIAL_EV_SESSION_UP, "session-up")                                                        \
	X(DIAL_EV_ENDED, "ended") /* the call, or the tunnel */                                    \
	X(DIAL_EV_GONE, "gone")	  /* nothing of either is left */                                  \
	X(DIAL_EV_TIMEOUT, "timeout")                                                              \
	X(DIAL_EV_UNWANTED, "unwanted") /* nobody wants it up again */

NAMES_ENUM(dial_event, DIAL_EVENT_LIST);

#define DIAL_ACTION_LIST(X)                                                                        \
	X(DIAL_DO_NOTHING, "nothing")                                                              \
	X(DIAL_DO_INITIATE, "initiate") /* ask charon */                                           \
	X(DIAL_DO_OPEN, "open")		/* ask the kernel role */                                  \
	X(DIAL_DO_CANCEL, "cancel")	/* tell it that we don't want the answer any more */       \
	X(DIAL_DO_SCCRQ, "sccrq")                                                                  \
	X(DIAL_DO_ICRQ, "icrq")                                                                    \
	X(DIAL_DO_TELL_PPP, "tell-ppp")                                                            \
	X(DIAL_DO_TELL_UP, "tell-up")                                                              \
	X(DIAL_DO_HANG_UP, "hang-up") /* PPP, the call, then the tunnel, each in its turn */       \
	X(DIAL_DO_DROP, "drop")	      /* the same without a word: nothing can be said */           \
	X(DIAL_DO_RELEASE, "release") /* close the socket, then as settle */                       \
	X(DIAL_DO_SETTLE, "settle")   /* say how it ended; try again in a while, or not */         \
	X(DIAL_DO_RETRY, "retry")

NAMES_ENUM(dial_action, DIAL_ACTION_LIST);

struct dial_rule {
	enum dial_state state;
	enum dial_event event;
	enum dial_action action;
	enum dial_state next;
};

/* What is not in the table changes nothing. */
const struct dial_rule *dial_rule(enum dial_state state, enum dial_event event);

#endif
