/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One end of a tunnel with its calls: the machines of daemon/l2tp and daemon/ppp tied together the
 * way daemon/engine.c does it, with callbacks in place of sockets, kernel and aaa role.
 *
 * The simulation has one at each end of its wire and the load generator has thousands, each the
 * size of a client.  Nothing here allocates: the owner embeds struct peer and struct call.  A
 * callback must not step the peer that called it.
 */
#ifndef CULVERT_SIM_PEER_H
#define CULVERT_SIM_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/l2tp/session.h"
#include "daemon/l2tp/tunnel.h"
#include "daemon/ppp/link.h"
#include "test/sim/watch.h"

struct peer;

enum call_stage {
	CALL_NONE,   /* not in use */
	CALL_WANTED, /* waits for its tunnel */
	CALL_SETUP,  /* ICRQ to ICCN */
	CALL_PPP,    /* LCP to IPCP */
	CALL_UP,     /* IPCP is opened */
	CALL_GONE,   /* over; the owner may reuse it after PEER_CALL_DOWN */
};

struct call {
	struct session session;
	struct link link;
	struct peer *peer;
	struct call *next; /* of the peer */
	enum call_stage stage;
	bool was_up;
	usec_t gate_at;    /* server: when its kernel will be ready */
	usec_t answer_at;  /* server: when its aaa role will answer, with: */
	struct auth_result answer;
	struct watch_call watch;
	uint16_t held_len; /* a client that lets the server begin keeps its IPCP request back */
	uint8_t held[64];
};

enum peer_event {
	PEER_TUNNEL_UP,
	PEER_TUNNEL_DOWN, /* tunnel.end says why; its calls went down before */
	PEER_TUNNEL_FREE, /* nothing is left to say; everything was given back */
	PEER_CALL_NEW,    /* server: the call that call_new() gave is in use */
	PEER_CALL_UP,     /* IPCP is opened */
	PEER_CALL_DOWN,   /* session.end and link.end say why */
};

/* Shared by many peers; outlives them. */
struct peer_profile {
	const struct tunnel_config *tunnel;
	const struct link_config *link;
	bool server_first; /* client: say nothing in PPP before the server did */

	void (*transmit)(struct peer *p, const uint8_t *data, size_t len);
	void (*event)(struct peer *p, enum peer_event event, struct call *c);

	/* server only: a call for an ICRQ, or NULL to refuse it; ret_id is its session id */
	struct call *(*call_new)(struct peer *p, uint16_t *ret_id);
	/* server only: decide, at a time of its own; sets what IPCP gives with link_set_ipv4() */
	usec_t (*auth)(struct peer *p, struct call *c, const struct auth_request *request,
		       struct auth_result *ret_result);
	/* server only: when the kernel would be ready that is asked now */
	usec_t (*gate)(struct peer *p, struct call *c);
};

struct peer {
	const struct peer_profile *profile;
	struct tunnel tunnel;
	struct call *calls;
	bool alive;  /* between peer_init() and PEER_TUNNEL_FREE */
	bool up, was_up;
	struct watch_tunnel watch;
	struct watch_counts *counts; /* the owner's; may be shared */
};

void peer_init(struct peer *p, const struct peer_profile *profile, enum l2tp_role role,
	       uint16_t id, struct watch_counts *counts, struct env *env);

/* Client: send the SCCRQ. */
void peer_open(struct peer *p, struct env *env);

/* Client: bring up a call as soon as the tunnel is there. id: not 0, the session's. */
void peer_call(struct peer *p, struct call *c, uint16_t id, struct env *env);

/* A datagram from the other end, control or data. */
void peer_datagram(struct peer *p, const uint8_t *data, size_t len, struct env *env);

enum peer_bye {
	PEER_BYE_PPP,     /* Terminate-Request, then CDN when it was answered */
	PEER_BYE_CDN,     /* CDN at once */
};

void peer_hang_up(struct peer *p, struct call *c, enum peer_bye how, struct env *env);

/* Send StopCCN. */
void peer_close(struct peer *p, struct env *env);

/* What IPCP gave or was given to the client of this call, host byte order; 0: nothing yet. */
uint32_t peer_call_address(const struct call *c);

usec_t peer_deadline(const struct peer *p);
void peer_expire(struct peer *p, struct env *env);

/* Crash: forget everything, say nothing. */
void peer_drop(struct peer *p, struct env *env);

/*
 * The tunnel (ret_tunnel) a datagram is for, and for an SCCRQ, which names none, the id that its
 * sender assigned (ret_assigned).  False if it is no L2TPv2 datagram.
 */
bool peer_address(const uint8_t *data, size_t len, uint16_t *ret_tunnel, uint16_t *ret_assigned);

#endif
