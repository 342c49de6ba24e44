/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's own objects; included by the files of this folder only.
 *
 * Ownership is a tree: engine -> peer (one control connection) -> call (one session with its PPP
 * link, by value).  An object that has died is unlinked from every table at once and put on the
 * engine's dead list; engine_reap() frees it.
 */
#ifndef CULVERT_ENGINE_STATE_H
#define CULVERT_ENGINE_STATE_H

#include "daemon/base/hash.h"
#include "daemon/base/list.h"
#include "daemon/base/timer.h"
#include "daemon/engine/carrier.h"
#include "daemon/engine/dial_table.h"
#include "daemon/engine/drain.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/identity.h"
#include "daemon/engine/ids.h"
#include "daemon/engine/terms.h"
#include "daemon/engine/tie.h"
#include "daemon/ike/sa_table.h"
#include "daemon/l2tp/session.h"
#include "daemon/l2tp/tunnel.h"
#include "daemon/engine/pool.h"
#include "daemon/ppp/link.h"
#include "daemon/state/slots.h"

#define CALL_USER_MAX  128 /* longer names are refused; RFC 2865 5.1 users rarely pass 63 */
#define CALL_EARLY_MAX 96  /* a PPP frame that overtook its ICCN */

/* Where the kernel objects of a peer or a call are. */
#define OFFLOAD_LIST(X)                                                                            \
	X(OFFLOAD_NONE, "none")                                                                    \
	X(OFFLOAD_WAITING, "waiting")   /* for its turn */                                         \
	X(OFFLOAD_ADDING, "adding")     /* asked for */                                            \
	X(OFFLOAD_READY, "ready")                                                                  \
	X(OFFLOAD_DELETING, "deleting") /* asked to go */                                          \
	X(OFFLOAD_GONE, "gone")

NAMES_ENUM(offload, OFFLOAD_LIST);

/* What an expired timer is embedded in. */
enum engine_timer {
	ENGINE_TIMER_PEER,
	ENGINE_TIMER_CALL,
	ENGINE_TIMER_DIAL,
};

struct server;
struct dial;

struct peer {
	struct tunnel tunnel;
	struct engine *engine;
	struct endpoint local, remote;
	uint8_t listener;
	struct server *server;
	struct terms *terms;   /* the server's when it began */
	struct dial *dial;     /* whose it is; NULL: it dialed us */
	uint8_t layout;        /* enum kern_layout, once offloaded */
	bool half_open;	       /* has proved nothing yet: counted, and in half_open_by_host */
	bool down;             /* EFFECT_TUNNEL_DOWN was seen */
	bool finished;         /* EFFECT_TUNNEL_FREE was seen */
	bool dead;             /* on the dead list */
	enum offload offload;
	uint32_t kern_id;      /* request under way */
	struct hash_node by_id, by_remote, by_host;
	struct list calls;
	uint32_t n_calls;
	struct list dead_list;    /* or, before that, leaving_peers */
	struct timer timer;
	struct udp_socket socket; /* classic layout */
	usec_t created, up_since;
	usec_t idle_deadline;  /* established without a call */
	struct carrier *carrier;   /* where the listener requires IPsec; NULL: it has lost it */
	struct identity *identity; /* and of whom */
	struct list in_carrier;	   /* or, without one, engine.orphans */
	struct list in_identity;
	uint32_t mark;		 /* the carrier's; KERN_MARK_DEAD: none any more; 0: no IPsec */
	bool told;		 /* the goodbye of engine_stop(), and has not answered */
	bool served;		 /* one of its sessions was up */
	bool guessed;		 /* whether the carrier is the right one, nothing has shown yet */
	usec_t grace_deadline;	 /* for another carrier */
	uint16_t mru_most;	 /* what ESP leaves of a packet; 0: no matter */
	const char *reason;	 /* why it ended, if not as tunnel.end says */
	slot_t slot;		 /* its record; 0: none */
	slot_t farewells;	 /* records of calls whose CDN is not acknowledged: keep.h */
	uint32_t sccrq_len;    /* of the SCCRQ that made it, and its hash: to know repeats */
	uint64_t sccrq_hash;
};

#define CALL_STATE_LIST(X)                                                                         \
	X(CALL_SETUP, "setup")          /* L2TP and LCP */                                         \
	X(CALL_ASKING, "asking")        /* the aaa role has been asked */                          \
	X(CALL_ACCEPTED, "accepted")    /* authenticated; kernel and NCPs under way */             \
	X(CALL_UP, "up")                                                                           \
	X(CALL_CLOSING, "closing")      /* PPP or L2TP is saying goodbye */                        \
	X(CALL_DEAD, "dead")

NAMES_ENUM(call_state, CALL_STATE_LIST);

struct call {
	struct session session;
	struct link link;
	struct link_config ppp; /* the terms', with the MRU that fits */
	struct terms *terms;	/* the server's when it began */
	struct peer *peer;
	enum call_state state;
	enum offload offload;
	struct list in_peer;
	struct list waiting;      /* for the kernel's turn, oldest first; or dead */
	struct hash_node by_id, by_user;
	struct timer timer;
	struct pppdev dev;
	slot_t slot; /* its record; 0: none */
	usec_t created, up_since;
	uint32_t aaa_id, kern_id; /* requests under way; 0: none */
	uint32_t address;         /* host byte order; 0: none yet */
	uint8_t group;
	uint8_t method;           /* enum auth_method that let the user in */
	uint8_t early_len;
	uint8_t user_len;
	bool was_up;
	bool set_again;		  /* the kernel may have missed what it was asked last */
	bool stopped_ncp;         /* a network protocol was closed and may open again */
	bool end_said;            /* session-down has been reported */
	bool of_identity;	  /* counted in identity.sessions */
	const char *reason;       /* why it ended, a stable word */
	uint16_t result, error;	  /* and the Result Code of our CDN once PPP has ended (4.4.2) */
	char detail[80];          /* and what was said */
	uint16_t cause;           /* RFC 3145 disconnect cause, 0: none */
	uint32_t ifindex;
	char ifname[KERN_IFNAME_MAX];
	struct kern_counters counters;
	uint8_t user[CALL_USER_MAX];
	uint8_t early[CALL_EARLY_MAX];
};

/* What the tunnels of a server, or of a profile, have in common. */
struct server {
	const struct config_server *cfg; /* NULL: a profile's */
	enum l2tp_role role;		 /* ours */
	struct terms *terms;		 /* of those that come from now on */
	uint32_t tunnels, sessions;
};

/* A client profile and what has become of it: dial.h. */
struct dial {
	struct engine *engine;
	const struct config_client *cfg;
	uint8_t index;
	enum dial_state state;
	struct server server;
	struct peer *peer;
	struct call *call;
	struct timer timer;
	uint32_t pending; /* events to be looked at, a bit each */
	uint32_t kern_id; /* KERN_CLIENT_OPEN under way */
	struct endpoint local, gateway;
	uint16_t path_mtu;		   /* of the route to it; 0: not known */
	struct endpoint sa_peer, sa_local; /* of its SA; family 0: none */
	uint16_t mru_most;		   /* what its SA leaves of a packet; 0: no matter */
	uint32_t sa;			   /* its unique id; 0: none */
	uint32_t ike_id;		   /* of an IKE_INITIATE that is not answered */
	uint32_t waiter;		   /* id of the IKE_CONNECT that waits; 0: nobody does */
	usec_t deadline;		   /* of this attempt, or for the next */
	usec_t up_since;
	unsigned int failures; /* in a row */
	bool kept;	       /* the kernel role has its socket from an earlier process */
	bool keep;	       /* try again when it has ended */
	bool again;	       /* at once */
	bool initiated;	       /* charon brought the SA up because we asked */
	bool refused;	       /* for who we are, so trying again is of little use */
	bool put_off;	       /* until nothing is drained any more */
	int result;	       /* of the last attempt: 0 under way, 1 it was up, -1 it failed */
	const char *goodbye;
	uint32_t lines;	       /* said so far */
	uint32_t lines_before; /* this attempt */
	char line[ENGINE_CLIENT_LINES][ENGINE_CLIENT_TEXT];
	char why[ENGINE_CLIENT_TEXT - 24]; /* it ended; the first reason counts */
	char peer_words[64];
};

/* A request about a carrier that the kernel role has not answered. */
struct asked {
	uint32_t id;
	uint32_t mark; /* 0: nobody waits for the answer */
};

struct engine {
	const struct config *cfg;
	const struct engine_ops *ops;
	void *ctx;
	enum kern_layout layout;
	struct env env;
	struct slab messages;
	size_t messages_max;
	struct list chunks;             /* memory given to the slab */
	struct timers timers;
	struct hash peers, peers_by_remote, half_open_by_host;
	struct hash calls, calls_by_user;
	struct ids tunnel_ids, session_ids;
	struct list waiting;            /* calls that wait for the kernel role, oldest first */
	uint32_t adding;                /* requests to make sessions that are under way */
	struct list leaving_calls, leaving_peers; /* whose kernel objects wait to be deleted */
	uint32_t deleting;	 /* requests to delete sessions that are under way */
	uint32_t deleting_peers; /* and tunnels */
	bool deletes_full;	 /* there were as many as there may be */
	struct list dead_peers, dead_calls;
	struct sa_table sas; /* of charon */
	struct hash carriers_by_mark, identities;
	struct list carriers, carriers_todo, carriers_idle;
	struct list orphans; /* tunnels that have lost their carrier */
	struct list held;    /* SCCRQs */
	uint32_t n_held, n_asked;
	struct asked asked[CARRIERS_ASKED];
	usec_t carriers_retry;
	uint32_t ike_mask;	  /* the bits of a mark that are charon's */
	bool ike_up, ike_settled; /* charon is there; and has told of all its SAs */
	struct pools *pools;
	struct engine_stats stats;
	uint32_t next_id;               /* of requests */
	uint32_t refresh_id;            /* of the counters asked for, 0: none */
	struct drain drain;
	struct {
		uint32_t next;		   /* tunnel id to go on with */
		uint32_t unanswered;	   /* goodbyes, lately */
		usec_t pace_at;		   /* then the unanswered ones are not counted any more */
		usec_t told_at, kernel_at; /* the last goodbye, the kernel role's last answer */
		bool kernel_lost;	   /* it does not answer any more */
	} stop;
	bool stopping, stopped;
	const struct peer *applying_peer; /* whose decisions engine_apply() carries out just now */
	const struct call *applying_call;
	struct keep *keep; /* records for the process after this one; NULL: none are kept */
	struct list orphans_told, orphans_asked; /* kernel objects that nobody knows: resume.c */
	struct engine_resumed resumed;
	bool resuming; /* until engine_resumed() */
	struct server servers[CONFIG_SERVERS_MAX];
	struct dial dials[CONFIG_CLIENTS_MAX];
	struct effects effects;
};

/* --- engine.c --- */
/* Set the clock of this step and make sure that there is memory for messages. */
void engine_begin(struct engine *e, usec_t now);
/*
 * Carry out what the last step decided, and arm the timers anew; call is NULL when the tunnel alone
 * was stepped.  Afterwards either may be dead, and is still there until engine_reap().
 */
void engine_apply(struct engine *e, struct peer *p, struct call *c);
void engine_drop(struct engine *e, enum engine_drop why);
void engine_event(struct engine *e, enum engine_event event, const struct peer *p,
		  const struct call *c, const char *text);
uint32_t engine_request_id(struct engine *e);
/* What servers are from now on; takes the terms over. */
void engine_set_servers(struct engine *e, struct terms *terms[CONFIG_SERVERS_MAX]);
/* A stable word for the end of a tunnel or session. */
const char *engine_end_word(const struct l2tp_end *end);
/* Room for one more timer; 0 or -ENOMEM. */
int engine_reserve_timers(struct engine *e, size_t more);
/* Double the buckets when there are more entries than buckets; stays as it is without memory. */
void engine_grow_hash(struct hash *h);
void engine_data(struct engine *e, struct call *c, const uint8_t *frame, size_t len);

/* --- peer.c: tunnels --- */
struct peer *peer_find(const struct engine *e, uint16_t id);
/* A tunnel between these two, which nothing was said in yet; NULL: no memory, or no id. */
struct peer *peer_new(struct engine *e, struct server *server, uint8_t listener,
		      const struct endpoint *local, const struct endpoint *remote);
/* The same with an id that was claimed. */
struct peer *peer_new_as(struct engine *e, struct server *server, uint8_t listener,
			 const struct endpoint *local, const struct endpoint *remote, uint16_t id);
/* Its remote end or its mark has changed. */
void peer_rehash(struct engine *e, struct peer *p);
/* An SCCRQ that came through no SA is given up. */
void peer_say_no_sa(struct engine *e, const struct datagram *d);
/*
 * A control datagram with tunnel id 0.  An SCCRQ: the tunnel it repeats or a new one; a StopCCN: the
 * one it means by the peer's id; NULL: dropped and counted.
 */
struct peer *peer_for_new(struct engine *e, const struct datagram *d,
			  const struct l2tp_header *h);
/* A control datagram for p. */
void peer_datagram(struct engine *e, struct peer *p, const struct l2tp_header *h,
		   const struct datagram *d);
void peer_up(struct engine *e, struct peer *p);
/* It is half open no longer: a user of its has logged in, or it has proved itself before that. */
void peer_proved(struct engine *e, struct peer *p);
void peer_down(struct engine *e, struct peer *p);
/* Arm its timer again; bury it if nothing is left.  engine_apply() does it at its end. */
void peer_settle(struct engine *e, struct peer *p);
void peer_expire(struct engine *e, struct peer *p);
void peer_close(struct engine *e, struct peer *p, uint16_t result, uint16_t error,
		const char *text);
void peer_free(struct engine *e, struct peer *p);
void peer_send_frame(struct engine *e, const struct peer *p, const struct call *c,
		     const uint8_t *frame, size_t len);
void peer_transmit(struct engine *e, const struct peer *p, const uint8_t *data, size_t len);

/* --- call.c: sessions --- */
struct call *call_new(struct engine *e, struct peer *p);
/* The same with an id that was claimed. */
struct call *call_new_as(struct engine *e, struct peer *p, uint16_t id);
/* Its user counts from now on, here and in its identity. */
void call_count_user(struct engine *e, struct call *c);
struct call *call_find(const struct engine *e, uint16_t id);
/* An ICRQ or another message of a call that tunnel_next() gave. */
void call_message(struct engine *e, struct peer *p, const struct msg *m);
void call_up(struct engine *e, struct call *c);
void call_phase(struct engine *e, struct call *c, enum link_phase phase);
void call_authenticate(struct engine *e, struct call *c, const struct auth_request *request);
void call_authenticated(struct engine *e, struct call *c, const struct auth_result *result);
/* The session is up. */
void call_established(struct engine *e, struct call *c);
void call_ncp(struct engine *e, struct call *c, uint16_t protocol, bool up);
/* PPP has ended: say so in L2TP. */
void call_link_down(struct engine *e, struct call *c);
/* L2TP has ended it, or its tunnel has. */
void call_session_down(struct engine *e, struct call *c);
void call_tunnel_down(struct engine *e, struct call *c);
/* End it from our side with a word to the peer. */
void call_close(struct engine *e, struct call *c, const char *reason, uint16_t result,
		uint16_t error, const char *text);
void call_settle(struct engine *e, struct call *c);
void call_expire(struct engine *e, struct call *c);
void call_free(struct engine *e, struct call *c);
/* The kernel objects are gone (or never were): nothing holds it any more. */
void call_gone(struct engine *e, struct call *c);

/* --- stop.c --- */
usec_t stop_deadline(const struct engine *e);
void stop_expire(struct engine *e);
/* A peer has finished; the kernel role has answered. */
void stop_answered(struct engine *e, struct peer *p);
void stop_progress(struct engine *e);

/* --- drain.c --- */
usec_t drain_deadline(const struct engine *e);
void drain_expire(struct engine *e);
/* How long a tunnel may be without a call. */
usec_t drain_idle_time(const struct engine *e, usec_t otherwise);

/* --- offload.c: kernel objects --- */
void offload_start(struct engine *e, struct call *c);
void offload_stop(struct engine *e, struct call *c);
void offload_stop_peer(struct engine *e, struct peer *p);
void offload_set(struct engine *e, struct call *c);
void offload_next(struct engine *e);
/* There is room for another lot of deletions. */
bool offload_wants_deletes(const struct engine *e);

#endif
