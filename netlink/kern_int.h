/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the kernel role, shared by netlink/kern*.c.
 *
 * Ownership is a tree: kern -> tunnel -> session.  A tunnel owns its UDP socket; a session owns
 * its PPPoX socket (the kernel's session lives as long) and its unit (the device lives as long).
 * While an object's job is with a thread, the thread alone touches the fields marked so; all the
 * rest belongs to the loop's thread.
 */
#ifndef CULVERT_NETLINK_KERN_INT_H
#define CULVERT_NETLINK_KERN_INT_H

#include "daemon/base/hash.h"
#include "daemon/base/list.h"
#include "netlink/ifname.h"
#include "netlink/kern.h"
#include "netlink/kern_net.h"
#include "netlink/kern_nft.h"
#include "netlink/l2tp_genl.h"
#include "netlink/rtnl.h"
#include "netlink/workers.h"
#include "netlink/xfrm.h"

#define KERN_IDS      65536
#define KERN_SUSPECTS 64
#define KERN_WHY_MAX  64
#define KERN_TICK_MS  10

enum serial_op {
	SERIAL_LINK_ADD,
	SERIAL_LINK_DEL,
	SERIAL_LINK_SET,
	SERIAL_STATS,
};

/* What the serial thread takes. */
struct serial_job {
	struct job job;
	enum serial_op op;
};

/* A CHILD_SA: what leaves with its mark leaves through it. */
struct ksa {
	struct list all; /* kern.sas */
	struct hash_node by_mark;
	struct list tunnels; /* ktunnel.of_sa */
	uint32_t mark;
	uint8_t listener, server; /* indices */
	struct endpoint peer;
	uint16_t port; /* that stands for it, where ports do; else 0 */
	bool unconfirmed; /* by the protocol role that is there now */
	int fd;	       /* else -1 */
};

struct ktunnel {
	struct list all;   /* kern.tunnels */
	struct list of_sa; /* ksa.tunnels */
	struct ksa *sa;	   /* NULL: it has none, or a dead one */
	bool guarded;	   /* kern_nft.c: it knows the tunnel, */
	uint32_t tied;	   /* and which mark it comes with; 0: none */
	struct job job;
	struct kern_tunnel_add add;
	enum kern_layout layout;
	uint8_t server; /* index */
	bool dying;	/* goes when its last session has gone */
	bool closed;	/* its socket is; the kernel may still be at it */
	bool gone_told; /* KERN_GONE was sent */
	int fd;
	uint32_t del_id; /* request to answer when it has gone; 0: none */
	unsigned ticks;	 /* waited for the kernel */
	unsigned sessions;
	struct list session_list;
};

enum ksession_state {
	KSESSION_CHANNEL, /* pool: PPPoX socket and channel */
	KSESSION_LINK,	  /* serial thread: device, addresses, route */
	KSESSION_UP,
	KSESSION_SETTING, /* serial thread: NP modes; else as UP */
	KSESSION_UNLINK,  /* serial thread: device goes */
	KSESSION_CLOSE,	  /* pool: descriptors are closed */
};

struct ksession {
	struct serial_job work;
	struct list of_tunnel;
	struct hash_node by_ifindex;
	struct kern *k;
	struct ktunnel *tunnel;
	struct kern_session_add add;
	enum ksession_state state;
	struct knet *net; /* of one that we dialed, else NULL */
	bool hashed;
	bool gone_told;
	bool del_wanted;	 /* while it is being made */
	uint32_t add_id, del_id, set_id; /* requests to answer; 0: none */
	char prefix[8];			 /* of the device's name */
	uint32_t group, mtu;
	uint32_t device_mtu; /* less than mtu if lean */
	uint8_t route_protocol;
	bool want4, want6; /* NP modes, asked for */
	bool routes_due;   /* its profile has others by now */
	uint64_t want_iid; /* the peer's */

	/* the thread's, while one has the job */
	bool np4, np6; /* NP modes, set */
	bool has6;     /* the link-local address is there */
	uint64_t remote_iid;
	int pppox, channel_fd, unit_fd;
	uint32_t channel;
	int ifindex;
	struct ifname name;
	struct kern_counters counters;
	int error;
	enum kern_stage stage;
	char why[KERN_WHY_MAX]; /* the kernel's words */
};

/* Block policies of listeners with ipsec = require. */
struct kguard {
	bool on[CONFIG_LISTENERS_MAX];
	struct endpoint local[CONFIG_LISTENERS_MAX]; /* as they were when it was put on */
	struct endpoint gateway[CONFIG_CLIENTS_MAX]; /* family 0: none */
	struct xfrm xfrm;
	int monitor, timer; /* -1: no listener needs them */
	uint64_t clear;	    /* packets without IPsec that have been told of */
	unsigned silent;    /* looks until more are told of */
};

enum kclient_state {
	KCLIENT_CLOSED,
	KCLIENT_OPENING, /* pool: the name is resolved */
	KCLIENT_OPEN,
};

/* A profile's socket to its gateway. */
struct kclient {
	struct job job;
	enum kclient_state state;
	uint8_t index;
	bool cancelled;
	uint32_t id; /* request to answer; 0: none */
	int fd;
	struct config_client profile; /* without its secret */
	struct endpoint local;

	/* the thread's, while it is being opened */
	struct endpoint peer;
	int error;
	char why[KERN_DETAIL_MAX];
};

/* Somebody may have deleted it: asked again each tick until the kernel says so. */
struct suspect {
	uint32_t tunnel, session;
	unsigned tries;
};

struct kern {
	const struct config *cfg;
	const struct kern_ops *ops;
	void *ctx;
	enum kern_layout layout;
	int epoll, monitor, timer, sa_timer;
	bool deaf;	    /* no protocol role serves: deletes by others are told later */
	struct kkept *kept; /* what the next one is being told */
	size_t n_kept, next_kept;
	bool ticking;
	bool resync; /* events were lost */
	struct workers *workers;
	struct l2tp_genl genl;
	int listener[CONFIG_LISTENERS_MAX];

	unsigned requests; /* not answered yet */
	struct list tunnels;
	unsigned n_tunnels, n_sessions;
	unsigned server_tunnels[CONFIG_SERVERS_MAX], server_sessions[CONFIG_SERVERS_MAX];
	struct kguard guard;
	struct kclient client[CONFIG_CLIENTS_MAX];
	struct knft nft;
	struct list sas;
	uint32_t mark_mask; /* of their marks */
	unsigned server_sas[CONFIG_SERVERS_MAX];
	struct hash sa_by_mark;
	struct hash_node **sa_buckets;
	struct ktunnel **tunnel;   /* by id */
	struct ksession **session; /* by id */
	struct hash ifindex;
	struct hash_node **ifindex_buckets;
	struct ifnames names;
	struct suspect suspect[KERN_SUSPECTS];
	unsigned n_suspects;
	bool stats_busy;   /* a dump is under way */
	uint32_t stats_id; /* for this request; 0: its asker has died */

	/* the serial thread's */
	struct rtnl rtnl;
	uint32_t dying_group;
	int inet_fd; /* for SIOCGIFINDEX */
};

/* --- kern.c: answers ------------------------------------------------------------------------- */

struct kern_failure {
	int error;
	enum kern_stage stage;
	const char *words; /* what the checks or the kernel say; may be empty or NULL */
};

/* Start an answer; the caller fills in what belongs to its type and calls kern_answer(). */
void kern_done_init(struct kern_done *done, uint32_t id, uint16_t tunnel, uint16_t session);
void kern_done_fail(struct kern_done *done, const struct kern_failure *failure);

/* Sends it unless its id is 0, and counts the request as answered. */
void kern_answer(struct kern *k, const struct kern_done *done, const int *fds, size_t nfds);
void kern_log(struct kern *k, int priority, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Have kern_poll() look at it. */
int kern_watch(struct kern *k, int fd);

/* Has the listener every address, so that no other socket can share its port? */
bool kern_wildcard(const struct kern *k, uint8_t listener);
bool kern_requires(const struct kern *k, uint8_t listener); /* IPsec */

/* Have ktunnel_tick() and kmonitor_tick() called soon. */
void kern_tick(struct kern *k);

/* --- kern_tunnel.c --------------------------------------------------------------------------- */

void ktunnel_add(struct kern *k, const struct kern_tunnel_add *m);
void ktunnel_del(struct kern *k, const struct kern_tunnel_del *m);

/* Delete it and its sessions; id is of the request to answer, or 0. */
void ktunnel_start_del(struct kern *k, struct ktunnel *t, uint32_t id);

/* One of its sessions has gone. */
void ktunnel_session_gone(struct kern *k, struct ktunnel *t);

/* True if there is something to come back for. */
bool ktunnel_tick(struct kern *k);

/* --- kern_sa.c ------------------------------------------------------------------------------- */

void ksa_undo(struct kern *k, uint32_t mark);		      /* 0: nothing */
struct ksa *ksa_of_mark(const struct kern *k, uint32_t mark); /* NULL: none */
void ksa_add(struct kern *k, const struct kern_sa_add *m);
void ksa_set(struct kern *k, const struct kern_sa_set *m);
void ksa_del(struct kern *k, const struct kern_sa_del *m);
void ksa_drop_all(struct kern *k);
void ktunnel_set(struct kern *k, const struct kern_tunnel_set *m);

/* --- kern_guard.c ---------------------------------------------------------------------------- */

int kguard_listener(struct kern *k, uint8_t index); /* before its socket */
/* Before a profile's socket; NULL: after it. */
int kguard_client(struct kern *k, uint8_t index, const struct endpoint *gateway);
void kguard_mask(struct kern *k, uint32_t mask); /* of the marks from now on */
int kguard_take(struct kern *k);		 /* those of an earlier execution */
void kguard_event(struct kern *k);
void kguard_timer(struct kern *k);
void kguard_clean(struct kern *k);
void kguard_close(struct kern *k);

/* --- kern_client.c --------------------------------------------------------------------------- */

void kclient_open(struct kern *k, const struct kern_client_open *m);
void kclient_close(struct kern *k, const struct kern_client_close *m);
void kclient_cancel(struct kern *k); /* those that are being opened */
void kclient_drop_all(struct kern *k);
void kclient_tell(struct kern *k); /* a new protocol role */
bool kclient_idle(const struct kern *k);
/* The open socket that kern_tunnel_add.client means, or NULL. */
const struct kclient *kclient_of(const struct kern *k, uint8_t number);

/* --- kern_session.c -------------------------------------------------------------------------- */

void ksession_add(struct kern *k, const struct kern_session_add *m);
void ksession_del(struct kern *k, const struct kern_session_del *m);
void ksession_set(struct kern *k, const struct kern_session_set *m);
/* The configuration is another: routes of a session that we dialed. */
void ksession_reload(struct kern *k, struct ksession *s);
void ksession_start_del(struct kern *k, struct ksession *s, uint32_t id);
struct ksession *ksession_of_ifindex(struct kern *k, int ifindex);

/* --- kern_serial.c: the serial thread -------------------------------------------------------- */

void kserial_run(void *ctx, struct list *jobs);

/* --- kern_keep.c ----------------------------------------------------------------------------- */

void kkeep_sa_timer(struct kern *k);

/* --- kern.c, for kern_load.c; AUTO: find out --- */
int kern_make(const struct config *cfg, enum kern_layout layout, const struct kern_ops *ops,
	      void *ctx, struct kern **ret_kern);
void ktunnel_to_tables(struct kern *k, struct ktunnel *t);
void ksession_to_tables(struct kern *k, struct ksession *s);
void ksession_hash(struct kern *k, struct ksession *s);

/* --- kern_stats.c ---------------------------------------------------------------------------- */

void kstats_get(struct kern *k, const struct kern_stats_get *m);
void kstats_collect(struct rtnl *r, struct serial_job *work); /* serial thread */

/* --- kern_monitor.c -------------------------------------------------------------------------- */

void kmonitor_links(struct kern *k);
void kmonitor_genl(struct kern *k);
bool kmonitor_tick(struct kern *k);
void kmonitor_tell(struct kern *k, uint16_t tunnel, uint16_t session, const char *what);

#endif
