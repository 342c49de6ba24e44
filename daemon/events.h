/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last things that happened, in a ring; `culvert events` reads it and follows.  Each event has
 * a number that counts from 1 and never goes back, so that a reader that was too slow knows how
 * many it missed.  The ring owns copies; names are stable (culvert-json(7)).
 */
#ifndef CULVERT_EVENTS_H
#define CULVERT_EVENTS_H

#include "daemon/report.h"

#define EVENT_LIST(X)                                                                              \
	X(EVENT_STARTED, "started")   /* the daemon serves */                                      \
	X(EVENT_STOPPING, "stopping") /* it ends every session, then itself */                     \
	X(EVENT_RELOADED, "reloaded") /* a new configuration is in force */                        \
	X(EVENT_TUNNEL_UP, "tunnel-up")                                                            \
	X(EVENT_TUNNEL_DOWN, "tunnel-down")                                                        \
	X(EVENT_SESSION_UP, "session-up")                                                          \
	X(EVENT_SESSION_DOWN, "session-down")                                                      \
	X(EVENT_SESSION_FAILED, "session-failed") /* ended before it was up */                     \
	X(EVENT_AUTH_FAILED, "auth-failed")                                                        \
	X(EVENT_LIMIT_REACHED, "limit-reached") /* reason: which; something was refused */         \
	X(EVENT_POOL_EXHAUSTED, "pool-exhausted")                                                  \
	X(EVENT_KICKED, "kicked")		  /* by the command; detail: the reason given */   \
	X(EVENT_DRAIN, "drain")			  /* detail: what becomes of those that are up */  \
	X(EVENT_UNDRAIN, "undrain")		  /* newcomers are taken again */                  \
	X(EVENT_DRAINED, "drained")		  /* nobody is left */                             \
	X(EVENT_KERNEL_FAILED, "kernel-failed")	  /* the kernel refused a tunnel or session */     \
	X(EVENT_FOREIGN_DELETE, "foreign-delete") /* somebody deleted an object of ours */         \
	X(EVENT_RESUMED, "resumed")		  /* detail: what of an earlier process goes on */ \
	X(EVENT_CLIENT_UP, "client-up")		  /* reason: the profile that we dialed */         \
	X(EVENT_CLIENT_DOWN, "client-down")                                                        \
	X(EVENT_CLIENT_FAILED, "client-failed") /* reason: the profile; detail: why */

NAMES_ENUM(event_kind, EVENT_LIST);

#define EVENTS_MAX 1024 /* a power of two */

struct event {
	uint64_t seq;  /* given by events_add() */
	uint64_t time; /* microseconds since 1970, UTC; given by events_add() */
	enum event_kind kind;
	uint16_t tunnel, session;
	struct endpoint peer;
	uint32_t address; /* host byte order */
	uint32_t mark;	  /* of its SA */
	char ike_id[IKE_ID_MAX];
	char interface[KERN_IFNAME_MAX];
	char group[CONFIG_NAME_MAX];
	uint8_t user_len;
	uint8_t user[AUTH_USER_MAX + 1]; /* any bytes */
	char reason[32];
	char detail[96]; /* terminated, any bytes */
	uint64_t rx_bytes, tx_bytes;
	uint32_t duration; /* seconds; EVENT_SESSION_DOWN */
};

struct events {
	uint64_t next; /* number of the next event; the first is 1 */
	struct event ring[EVENTS_MAX];
};

void events_init(struct events *ev);

/* Copies e; wall is the time of day in microseconds since 1970. */
void events_add(struct events *ev, const struct event *e, uint64_t wall);

/*
 * From a report; now is the clock of the report's times.  EVENT_SESSION_DOWN of a session that was
 * never up is EVENT_SESSION_FAILED, as report_session_down() logs it.
 */
void events_tunnel(struct events *ev, enum event_kind kind, const struct tunnel_report *r,
		   uint64_t wall);
void events_session(struct events *ev, enum event_kind kind, const struct session_report *r,
		    usec_t now, uint64_t wall);

/* With nothing but a reason and words; either may be NULL. */
void events_note(struct events *ev, enum event_kind kind, const char *reason, const char *detail,
		 uint64_t wall);

/*
 * The event with this number, or the oldest one after it that is still there; NULL if there is
 * none yet.
 */
const struct event *events_get(const struct events *ev, uint64_t seq);

#endif
