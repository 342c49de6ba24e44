/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine: where everything that arrives meets the object that it concerns.
 *
 * It finds the tunnel or session, steps its machines, and carries out what they decided
 * (engine_apply() in engine.c).  It decides nothing that a machine could: its own part is
 * admission and limits, the marriage of a call with its link, its user, its address and its
 * kernel objects, and the lifetime of all of them.
 *
 * The outside is struct engine_ops, so that whole days of a concentrator can be replayed in
 * memory.  Objects are freed by engine_reap() alone, which the owner calls between two inputs.
 */
#ifndef CULVERT_ENGINE_H
#define CULVERT_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "include/config.h"
#include "daemon/base/env.h"
#include "daemon/base/names.h"
#include "daemon/engine/drain.h"
#include "daemon/pppdev.h"
#include "daemon/udp.h"
#include "ike.h"
#include "wire_aaa.h"
#include "wire_kern.h"

struct engine;
struct peer;
struct call;

#define ENGINE_EVENT_LIST(X)                                                                       \
	X(ENGINE_TUNNEL_UP, "tunnel-up")                                                           \
	X(ENGINE_TUNNEL_DOWN, "tunnel-down")                                                       \
	X(ENGINE_SESSION_UP, "session-up")                                                         \
	X(ENGINE_SESSION_DOWN, "session-down")                                                     \
	X(ENGINE_PHASE, "phase") /* text: the phase entered */                                     \
	X(ENGINE_AUTH_FAILED, "auth-failed")                                                       \
	X(ENGINE_LIMIT, "limit-reached")	  /* text: which */                                \
	X(ENGINE_OFFLOAD_FAILED, "kernel-failed") /* text: the kernel role's explanation */        \
	X(ENGINE_FOREIGN_DELETE, "foreign-delete")                                                 \
	X(ENGINE_NOTE, "note")                                                                     \
	X(ENGINE_REPLACED, "tunnel-replaced") /* a client came back: its old tunnel is given up */ \
	X(ENGINE_NO_SA, "no-sa")       /* text: an SCCRQ that came through no SA that we know */   \
	X(ENGINE_WRONG_SA, "wrong-sa") /* a tunnel's packet came through another's SA */           \
	X(ENGINE_RETIED, "tunnel-retied") /* a tunnel goes on through another SA of its client */  \
	X(ENGINE_RESUMED, "resumed")	  /* text: what of an earlier process goes on */           \
	X(ENGINE_DRAIN, "drain")	  /* text: what becomes of those that are up */            \
	X(ENGINE_UNDRAIN, "undrain")                                                               \
	X(ENGINE_DRAINED, "drained") /* nobody is left */

NAMES_ENUM(engine_event, ENGINE_EVENT_LIST);

/* What is told of a client profile. */
#define ENGINE_CLIENT_NEWS_LIST(X)                                                                 \
	X(ENGINE_CLIENT_PROGRESS, "client-progress")                                               \
	X(ENGINE_CLIENT_UP, "client-up")                                                           \
	X(ENGINE_CLIENT_FAILED, "client-failed") /* it was not up */                               \
	X(ENGINE_CLIENT_DOWN, "client-down")	 /* it was */

NAMES_ENUM(engine_client_news, ENGINE_CLIENT_NEWS_LIST);

#define ENGINE_CLIENT_TEXT  160 /* of a line, with terminator */
#define ENGINE_CLIENT_LINES 16	/* that are kept for who reads later */

/* Why a datagram or frame was dropped; counted, shown by `culvert status`. */
#define ENGINE_DROP_LIST(X)                                                                        \
	X(ENGINE_DROP_HEADER, "bad-header")                                                        \
	X(ENGINE_DROP_VERSION, "other-version")                                                    \
	X(ENGINE_DROP_MESSAGE, "bad-message")                                                      \
	X(ENGINE_DROP_UNKNOWN_TUNNEL, "unknown-tunnel")                                            \
	X(ENGINE_DROP_UNKNOWN_SESSION, "unknown-session")                                          \
	X(ENGINE_DROP_WRONG_PEER, "wrong-peer")                                                    \
	X(ENGINE_DROP_HALF_OPEN, "half-open-limit")                                                \
	X(ENGINE_DROP_BUSY, "busy")                                                                \
	X(ENGINE_DROP_TUNNELS, "tunnel-limit")                                                     \
	X(ENGINE_DROP_STATE, "wrong-state")                                                        \
	X(ENGINE_DROP_NO_SA, "no-sa")                                                              \
	X(ENGINE_DROP_WRONG_SA, "wrong-sa")                                                        \
	X(ENGINE_DROP_DRAINING, "draining")                                                        \
	X(ENGINE_DROP_MEMORY, "memory")

NAMES_ENUM(engine_drop, ENGINE_DROP_LIST);
#define ENGINE_DROPS (ENGINE_DROP_MEMORY + 1)

struct engine_stats {
	uint64_t drops[ENGINE_DROPS];
	uint64_t tunnels_total, sessions_total;
	uint64_t sessions_started; /* that were up, once */
	uint64_t auth_accepted, auth_rejected;
	uint64_t sccrq_repeated; /* answered again, not doubled */
	uint32_t tunnels, sessions, sessions_up;
	uint32_t half_open;   /* tunnels whose peer has proved nothing yet */
	uint32_t established; /* tunnels, until they are forgotten */
	uint32_t offloading; /* sessions that wait for the kernel role */
};

/* What has become of what an earlier process had. */
struct engine_resumed {
	uint32_t tunnels, sessions; /* that go on */
	uint32_t lost;		    /* sessions that were up and do not */
	uint32_t half_open;	    /* calls that begin anew */
	uint32_t bad;		    /* records that nobody can read */
	uint32_t impossible;	    /* or believe */
	uint32_t unfit;		    /* that the configuration has no place for any more */
	uint32_t no_kernel;	    /* sessions that the kernel has not */
	uint32_t orphans;	    /* kernel objects without a record */
};

struct engine_ops {
	/* via: a socket of add_socket() to send by; NULL, or one without a descriptor: the
	 * listener's */
	void (*send)(void *ctx, uint8_t listener, const struct udp_socket *via,
		     const struct endpoint *local, const struct endpoint *peer,
		     const struct iovec *iov, size_t iovlen);
	/* a message to charon (include/ike.h): 0 or -errno */
	int (*ike)(void *ctx, const void *msg, size_t len);
	/* a request for the kernel or the aaa role: 0, or -errno if it cannot even wait */
	int (*kernel)(void *ctx, const void *msg, size_t len);
	int (*aaa)(void *ctx, const struct wire_aaa_auth *msg);
	/* the descriptors of an offloaded session; see pppdev.h, whose contracts these share */
	int (*attach)(void *ctx, struct pppdev *dev, int channel, int unit);
	void (*detach)(void *ctx, struct pppdev *dev);
	int (*frame)(void *ctx, struct pppdev *dev, const uint8_t *frame, size_t len);
	uint32_t (*idle)(void *ctx, const struct pppdev *dev);
	/* read this socket, of a tunnel or an SA, from now on; and no longer */
	int (*add_socket)(void *ctx, struct udp_socket *s, uint8_t listener, int fd);
	void (*remove_socket)(void *ctx, struct udp_socket *s);
	/* peer and call may be NULL, text may be NULL, bytes of it may be anything */
	void (*event)(void *ctx, enum engine_event event, const struct peer *peer,
		      const struct call *call, const void *text, size_t len);
	/* a profile's own socket: take it over, or -errno; datagrams of it have its DIAL_LISTENER
	 */
	int (*open_client)(void *ctx, uint8_t client, int fd);
	void (*close_client)(void *ctx, uint8_t client);
	void (*client)(void *ctx, uint8_t client, enum engine_client_news news, const char *text);
	/* the counters asked for by engine_refresh() have come */
	void (*refreshed)(void *ctx);
	/* a drain that is to end the daemon has nobody left */
	void (*drained)(void *ctx);
	/* engine_stop() has finished */
	void (*stopped)(void *ctx);
};

/* cfg outlives the engine or its next engine_reload(); NULL when out of memory. */
struct engine *engine_new(const struct config *cfg, enum kern_layout layout,
			  const struct engine_ops *ops, void *ctx, struct rng *rng);
void engine_free(struct engine *e);

/* --- doors --- */
void engine_datagram(struct engine *e, const struct datagram *d, usec_t now);
/* From the channel or the unit of a call; len 0: the kernel has taken it away. */
void engine_frame(struct engine *e, struct pppdev *dev, const uint8_t *frame, size_t len,
		  usec_t now);
/* Wipe *msg afterwards: it may carry a proof. */
void engine_aaa(struct engine *e, const struct wire_aaa_result *msg, usec_t now);
/* Takes the descriptors. */
void engine_kernel_done(struct engine *e, const struct kern_done *msg, int *fds, size_t nfds,
			usec_t now);
void engine_kernel_stats(struct engine *e, const struct kern_stats *msg, usec_t now);
void engine_kernel_gone(struct engine *e, const struct kern_gone *msg, usec_t now);

/* Charon is there, has said something that daemon/ike/message.h found in order, is gone. */
void engine_ike_up(struct engine *e, const struct ike_hello *hello, usec_t now);
void engine_ike(struct engine *e, const struct ike_head *m, usec_t now);
void engine_ike_lost(struct engine *e, usec_t now);

/* The answer to KERN_CLIENT_OPEN; takes fd, -1: none. */
void engine_client_opened(struct engine *e, const struct kern_client *msg, int fd, usec_t now);

/* --- client profiles, by their index in the configuration --- */
/*
 * Bring it up: 0, and ops->client() tells how it goes; -EALREADY, it is up; -ENOENT; -ESHUTDOWN.
 * One that is under way goes on.  -EBUSY: there is a drain.
 */
int engine_connect(struct engine *e, uint8_t client, usec_t now);
/* And down, and leave it so: 0; -EALREADY, it is; -ENOENT.  text is a constant. */
int engine_disconnect(struct engine *e, uint8_t client, const char *text, usec_t now);
/* Its SA is up, with this peer, which starts the dial; or (NULL) is gone, which ends it. */
void engine_client_sa(struct engine *e, uint8_t client, const struct endpoint *peer, usec_t now);
void engine_client_ike_failed(struct engine *e, uint8_t client, const char *text, usec_t now);

/* --- sessions that outlive the process --- */
struct slots;
/*
 * Keep records in there from now on; old: it has those of an earlier process, whose tunnels and
 * sessions are taken up.  Then each KERN_KEPT (which takes the descriptors), then
 * engine_resumed(): what has found its counterpart goes on, the others are told.  0 or -ENOMEM.
 */
int engine_keep(struct engine *e, struct slots *state, bool old, usec_t now);
void engine_kernel_kept(struct engine *e, const struct kern_kept *msg, int *fds, size_t nfds,
			usec_t now);
void engine_resumed(struct engine *e, usec_t now);

usec_t engine_deadline(const struct engine *e);
void engine_expire(struct engine *e, usec_t now);

/*
 * Another configuration from now on, made of the one before by config_adopt(); that one is not
 * needed afterwards.  0, or -ENOMEM and nothing has changed.
 */
int engine_reload(struct engine *e, const struct config *cfg, usec_t now);

/* Free what has died.  No pointer to a peer, call, device or socket survives it. */
void engine_reap(struct engine *e);

/* --- for the operator --- */
const struct engine_stats *engine_stats(const struct engine *e);

/* The session id of a call. */
uint16_t engine_call_id(const struct call *c);

/*
 * Ask for fresh counters of all sessions: true if ops->refreshed() will be called when they are
 * there, false if they cannot be had.
 */
bool engine_refresh(struct engine *e, usec_t now);

/* The call or peer with the smallest id >= from; NULL: none. */
struct call *engine_next_call(struct engine *e, uint32_t from);
struct peer *engine_next_peer(struct engine *e, uint32_t from);

struct tunnel_report;
struct session_report;
struct client_report;

/* Zeroes and fills *ret (daemon/report.h). */
void engine_report_tunnel(const struct peer *p, struct tunnel_report *ret);
void engine_report_session(const struct call *c, struct session_report *ret);
/* False: there is no such profile, nor one after it; no name: it was removed. */
bool engine_report_client(const struct engine *e, uint8_t client, struct client_report *ret);
/* Line number seq (counted from 0) of a profile, or the oldest after it that is kept; NULL: none.
 */
const char *engine_client_line(const struct engine *e, uint8_t client, uint32_t *seq);

/* Is charon there, and how many SAs has it told of? */
bool engine_ike_connected(const struct engine *e, uint32_t *ret_sas);

struct pools;
struct pools *engine_pools(struct engine *e);

/* End a session: Terminate-Request, CDN "administrative reasons". text may be NULL. */
void engine_kick(struct engine *e, struct call *call, const char *text, usec_t now);

/*
 * Refuse new tunnels and calls, and dial nobody; end kick_rate of the sessions that were dialed to
 * us a second, 0: none; once none is left, with exit, ops->drained().  A second call replaces what
 * the first one said.  0, -ESHUTDOWN.
 */
int engine_drain(struct engine *e, uint32_t kick_rate, bool exit, usec_t now);
/* 0, -EALREADY: there is no drain; -ESHUTDOWN. */
int engine_undrain(struct engine *e, usec_t now);
bool engine_draining(const struct engine *e, struct drain *ret);

/* StopCCN to everybody, kernel objects away, then ops->stopped(). */
void engine_stop(struct engine *e, usec_t now);

#endif
