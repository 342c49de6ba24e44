/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * protocol <-> kernel: the closed set of operations that touch the kernel.
 *
 * The kernel role checks each request against the configuration and against what it made before
 * (netlink/check.c), carries it out, and answers with the same id; what fails half-way is undone
 * in reverse order before the answer.  Requests on one tunnel take effect in the order sent, so a
 * KERN_SESSION_ADD may follow its KERN_TUNNEL_ADD at once.  The kernel role owns every descriptor
 * of a live session (UDP, PPPoX, unit) and hands out duplicates of the channel and the unit.
 */
#ifndef CULVERT_WIRE_KERN_H
#define CULVERT_WIRE_KERN_H

#include <stdbool.h>
#include <stdint.h>

#include "endpoint.h"
#include "ike.h"
#include "wire.h"

#define KERN_IFNAME_MAX   16
#define KERN_QUEUE_MAX	  2048 /* requests under way; beyond it -EBUSY is answered at once */
#define KERN_STATS_MAX    32   /* sessions in one KERN_STATS answer */
#define KERN_DETAIL_MAX   128


enum kern_layout {
	KERN_LAYOUT_AUTO = 0,
	KERN_LAYOUT_PARKED,  /* one listener receives, each tunnel sends by a parked socket */
	KERN_LAYOUT_CLASSIC, /* one connected socket per tunnel (kernels before 6.11) */
};

enum wire_kern_type {
	/* kernel -> protocol */
	KERN_START = 1, /* struct kern_start; descriptors: the configuration, the state */
	KERN_LISTENER,	/* struct kern_listener; descriptor: a bound UDP socket */
	KERN_CONTROL,	/* struct kern_control; descriptor: the listening control socket */
	KERN_READY,	/* struct kern_ready: all of the above is sent; serve */
	KERN_DONE,	/* struct kern_done: answer to a request, with its descriptors */
	KERN_STATS,	/* struct kern_stats: part of the answer to KERN_STATS_GET */
	KERN_GONE,	/* struct kern_gone: somebody else deleted something of ours */
	KERN_STOP,	/* struct kern_stop: end every session properly, then exit */
	KERN_RELOADED,	/* struct kern_start with a new memfd: a new configuration (SIGHUP) */
	KERN_IKE,	/* struct kern_ike; descriptor: a connection to charon's plugin */
	KERN_CLIENT,	/* struct kern_client: answer to KERN_CLIENT_OPEN; descriptor: its socket */
	KERN_KEPT,	/* struct kern_kept, before KERN_READY: what an earlier role had made */
	KERN_AAA,   /* struct kern_aaa; descriptor: to the aaa role, instead of the one before */
	KERN_DRAIN, /* struct kern_drain: go on with what another protocol role began */
	KERN_RELOAD_DONE, /* struct kern_reload_done: answer to KERN_RELOAD; descriptor: reload.h */

	/* protocol -> kernel */
	KERN_TUNNEL_ADD = 64, /* struct kern_tunnel_add; DONE carries the UDP socket if classic */
	KERN_TUNNEL_DEL,      /* struct kern_tunnel_del */
	KERN_SESSION_ADD,     /* struct kern_session_add; DONE carries channel and unit */
	KERN_SESSION_DEL,     /* struct kern_session_del; DONE carries the final counters */
	KERN_SESSION_SET,     /* struct kern_session_set: NP modes */
	KERN_STATS_GET,	      /* struct kern_stats_get: counters of every session */
	KERN_STOPPED,	      /* struct kern_stop: no session is left */
	KERN_IKE_LOST,	      /* struct kern_ike: that connection has ended; try again */
	KERN_SA_ADD,	      /* struct kern_sa_add; DONE carries the socket if parked */
	KERN_SA_SET,	      /* struct kern_sa_set: its peer has moved */
	KERN_SA_DEL,	      /* struct kern_sa_del: from now on nothing leaves by its mark */
	KERN_TUNNEL_SET,      /* struct kern_tunnel_set: its mark or its peer has changed */
	KERN_CLIENT_OPEN,     /* struct kern_client_open: find the gateway, make a socket to it */
	KERN_CLIENT_CLOSE,    /* struct kern_client_close: it is not needed any more; no answer */
	KERN_RELOAD,	      /* struct kern_reload: read the configuration again */
	KERN_UPGRADE,	      /* struct kern_upgrade: become the binary that is on disk now */
	KERN_DRAINING,	      /* struct kern_drain: remember it; or it is over */
	KERN_DRAINED,	      /* struct kern_stop: nobody is left, and that was to be the end */
};

/*
 * The state file is the protocol role's to write (include/state.h); the kernel role keeps it from
 * one protocol role to the next and never believes a word of it.
 */
struct kern_start {
	struct wire wire;
	uint8_t layout; /* what the self-test chose */
	bool resumed;	/* an earlier role has written the state file: KERN_KEPT follows */
	uint32_t protocol_restarts, aaa_restarts; /* of roles that died */
	char kernel[64]; /* release */
};

/*
 * One of these for each tunnel, then one for each session, whose request was answered with success.
 * What the role that died had asked for without having got an answer is taken back, and what is
 * not told any more has gone.  With it come the descriptors of KERN_DONE: the UDP socket of a
 * classic tunnel (not of a profile's), channel and unit of a session.  A profile's open socket
 * comes before its tunnel as a KERN_CLIENT that answers no request.  SAs are not told: charon's
 * plugin tells them, and a KERN_SA_ADD for a mark that the listener has is answered with what is
 * there.
 */
struct kern_kept {
	struct wire wire;
	uint16_t tunnel, session; /* session 0: the tunnel itself */
	uint8_t layout;		  /* enum kern_layout of the tunnel */
	uint8_t client;		  /* as in kern_tunnel_add */
	bool ipv4, ipv6;	  /* NP modes of the session */
	uint32_t mark;		  /* that the tunnel has now, or KERN_MARK_DEAD; 0: none */
	struct endpoint peer;	  /* that the tunnel sends to now */
	uint32_t ifindex, channel;
	char ifname[KERN_IFNAME_MAX];
};

/* The one before may still have answers in it; what was asked through it is answered there or
 * never. */
struct kern_aaa {
	struct wire wire;
	uint32_t restarts; /* of the aaa role */
};

enum kern_reload_what {
	KERN_RELOAD_APPLY = 1, /* read the file and put it in force */
	KERN_RELOAD_LOOK,      /* say what would be different */
	KERN_RELOAD_CONFIRM,   /* keep what was put in force */
	KERN_RELOAD_REVERT,    /* the one before again */
};

#define KERN_RELOAD_CONFIRM_MAX 86400

/*
 * One at a time.  What is put in force comes as a KERN_RELOADED before the answer.  With confirm_s
 * the kernel role takes it back by itself after that time, whoever may have died meanwhile.
 */
struct kern_reload {
	struct wire wire;
	uint8_t what;	    /* enum kern_reload_what */
	uint32_t confirm_s; /* of KERN_RELOAD_APPLY: 0, or seconds */
};

struct kern_reload_done {
	struct wire wire;
	int32_t error; /* 0 or a negative errno; the errors are in the report */
};

/* DONE says what failed, and then everything goes on as it was; success is told before it begins.
 */
struct kern_upgrade {
	struct wire wire;
};

struct kern_listener {
	struct wire wire;
	uint8_t index; /* into the configuration's listeners */
};

struct kern_control {
	struct wire wire;
};

struct kern_ready {
	struct wire wire;
};

struct kern_stop {
	struct wire wire;
};

/* What an operator asked for outlives the protocol role. */
struct kern_drain {
	struct wire wire;
	uint8_t on, exit; /* not 0: yes */
	uint32_t kick_rate;
};

/* Make the kernel tunnel that a control connection sends its data through. */
struct kern_tunnel_add {
	struct wire wire;
	uint16_t tunnel, peer_tunnel; /* not 0 */
	uint8_t listener;             /* index */
	uint8_t client;		      /* 1 + index of the profile whose socket it is; 0: none */
	struct endpoint local;        /* the address and port that the SCCRQ came to */
	struct endpoint peer;
	uint32_t mark; /* of a kern_sa_add; 0 where the listener has ipsec = off */
};

struct kern_tunnel_del {
	struct wire wire;
	uint16_t tunnel;
};

struct kern_ike {
	struct wire wire;
};

/* The mark of what must not leave: the block policies match it, no SA does within its mask. */
#define KERN_MARK_DEAD IKE_MARK_NOBODY

/*
 * A CHILD_SA through which a client may talk to this listener.  DONE carries a socket with its mark
 * for control messages to it; name both ends in each one (IP_PKTINFO), because its own local
 * address is where nothing arrives.  Or, in the classic layout, DONE.port is a port that stands for
 * the SA: what came through it comes from peer's address and that port, and what is sent there by
 * whatever socket leaves through it.
 */
struct kern_sa_add {
	struct wire wire;
	uint32_t mark; /* not 0, not KERN_MARK_DEAD; one SA a mark */
	uint32_t mask; /* bits of a packet's mark that count; one mask for all, the last one's */
	uint8_t listener;
	struct endpoint local; /* with the listener's port */
	struct endpoint peer;  /* with the port that its L2TP comes from */
};

struct kern_sa_set {
	struct wire wire;
	uint32_t mark;
	struct endpoint peer;
};

/* Its socket and its tunnels have KERN_MARK_DEAD before this is answered. */
struct kern_sa_del {
	struct wire wire;
	uint32_t mark;
};

/*
 * mark: of a kern_sa_add of the same listener, or KERN_MARK_DEAD, and then peer does not matter;
 * only for tunnels that were made with a mark.
 */
struct kern_tunnel_set {
	struct wire wire;
	uint16_t tunnel;
	uint32_t mark;
	struct endpoint peer;
};

/* PPPoX session, channel, unit, device, address, route: all or nothing. */
struct kern_session_add {
	struct wire wire;
	uint16_t tunnel;
	uint16_t session, peer_session; /* not 0; session unique in the network namespace */
	uint8_t group;                  /* index; gives interface prefix, group number, MTU limit */
	bool ipv4, ipv6;                /* network protocols that may pass from the start */
	uint16_t mtu;                   /* at most the group's */
	uint32_t local4, remote4;       /* host byte order; remote inside the pool or fixed */
	uint64_t local_iid, remote_iid; /* interface identifiers, network byte order as bytes; 0: none */
	uint32_t dns[2];		/* a client's: what it was given; 0: none */
};

/*
 * A socket to a profile's gateway, in a thread, because names are resolved.  There is one at a
 * time; a KERN_TUNNEL_ADD with the profile's number makes a kernel tunnel of it, whose sessions get
 * what the profile says: device, address, routes and name servers.
 */
struct kern_client_open {
	struct wire wire;
	uint8_t client;	      /* index of the profile */
	struct endpoint peer; /* the other end of its SA; family 0: resolve the gateway's name */
};

/* Its tunnel is gone.  One that is still being opened is answered with -ECANCELED. */
struct kern_client_close {
	struct wire wire;
	uint8_t client;
};

struct kern_client {
	struct wire wire;
	uint8_t client;
	int32_t error; /* 0 or a negative errno */
	struct endpoint local, peer;
	uint16_t path_mtu;	      /* of the route to the gateway; 0: not known */
	char detail[KERN_DETAIL_MAX]; /* what failed, in words */
};

struct kern_session_del {
	struct wire wire;
	uint16_t tunnel, session;
};

struct kern_session_set {
	struct wire wire;
	uint16_t tunnel, session;
	bool ipv4, ipv6; /* PPPIOCSNPMODE pass or error; not answered unless it fails */
	uint64_t remote_iid; /* of IPV6CP, as in kern_session_add; 0: as it was */
};

struct kern_stats_get {
	struct wire wire;
};

/* Of the ppp device: payload only, seen from us (rx: from the client). */
struct kern_counters {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
};

/* How far a request came before it failed; for the log. */
enum kern_stage {
	KERN_STAGE_NONE = 0,
	KERN_STAGE_CHECK,   /* refused by the checks */
	KERN_STAGE_SOCKET,  /* socket, bind, connect */
	KERN_STAGE_TUNNEL,  /* generic netlink TUNNEL_CREATE */
	KERN_STAGE_PPPOX,
	KERN_STAGE_CHANNEL,
	KERN_STAGE_UNIT,    /* RTM_NEWLINK and PPPIOCCONNECT */
	KERN_STAGE_ADDRESS,
	KERN_STAGE_ROUTE,
};

struct kern_done {
	struct wire wire;
	int32_t error; /* 0 or a negative errno */
	uint8_t stage; /* enum kern_stage, where error is not 0 */
	uint8_t layout; /* KERN_TUNNEL_ADD: the layout of this tunnel */
	uint16_t port;	/* KERN_SA_ADD, classic: stands for the SA */
	uint16_t path_mtu; /* KERN_SA_ADD: of the route to the peer; 0: not known */
	uint16_t tunnel, session;
	uint32_t ifindex;
	uint32_t channel;
	char ifname[KERN_IFNAME_MAX];
	struct kern_counters counters; /* KERN_SESSION_DEL */
	char detail[KERN_DETAIL_MAX];  /* what failed, in words, with what to do about it */
};

struct kern_stats {
	struct wire wire;
	uint8_t count;
	bool last; /* nothing more follows for this id */
	struct {
		uint16_t tunnel, session;
		struct kern_counters counters;
	} entry[KERN_STATS_MAX];
};

struct kern_gone {
	struct wire wire;
	uint16_t tunnel, session; /* session 0: the tunnel */
	char detail[KERN_DETAIL_MAX];
};

#endif
