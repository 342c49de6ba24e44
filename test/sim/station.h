/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One end of a tunnel with its calls: the machines of daemon/l2tp and daemon/ppp tied together the
 * way daemon/engine/engine.c does it, with callbacks in place of sockets, kernel and aaa role.
 *
 * The simulation has one at each end of its wire and the load generator has thousands, each the
 * size of a client.  Nothing here allocates: the owner embeds struct station and struct call.  A
 * callback must not step the station that called it.
 */
#ifndef CULVERT_SIM_STATION_H
#define CULVERT_SIM_STATION_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/l2tp/session.h"
#include "daemon/l2tp/tunnel.h"
#include "daemon/ppp/link.h"
#include "test/sim/watch.h"

struct station;

enum call_stage {
	CALL_NONE,   /* not in use */
	CALL_WANTED, /* waits for its tunnel */
	CALL_SETUP,  /* ICRQ to ICCN */
	CALL_PPP,    /* LCP to IPCP */
	CALL_UP,     /* IPCP is opened */
	CALL_GONE,   /* over; the owner may reuse it after STATION_CALL_DOWN */
};

struct call {
	struct session session;
	struct link link;
	struct station *station;
	struct call *next; /* of the station */
	enum call_stage stage;
	bool was_up;
	usec_t gate_at;	  /* server: when its kernel will be ready */
	usec_t answer_at; /* server: when its aaa role will answer, with: */
	struct auth_result answer;
	struct watch_call watch;
	uint16_t held_len; /* a client that lets the server begin keeps its IPCP request back */
	uint8_t held[64];
	uint8_t early_len; /* server: a frame that came before its ICCN */
	uint8_t early[128];
};

enum station_event {
	STATION_TUNNEL_UP,
	STATION_TUNNEL_DOWN, /* tunnel.end says why; its calls went down before */
	STATION_TUNNEL_FREE, /* nothing is left to say; everything was given back */
	STATION_CALL_NEW,    /* server: the call that call_new() gave is in use */
	STATION_CALL_UP,     /* IPCP is opened */
	STATION_CALL_DOWN,   /* session.end and link.end say why */
};

/* Shared by many stations; outlives them. */
struct station_profile {
	const struct tunnel_config *tunnel;
	const struct link_config *link;
	bool server_first; /* client: say nothing in PPP before the server did */

	void (*transmit)(struct station *p, const uint8_t *data, size_t len);
	void (*event)(struct station *p, enum station_event event, struct call *c);

	/* server only: a call for an ICRQ, or NULL to refuse it; ret_id is its session id */
	struct call *(*call_new)(struct station *p, uint16_t *ret_id);
	/* server only: decide, at a time of its own; sets what IPCP gives with link_set_ipv4() */
	usec_t (*auth)(struct station *p, struct call *c, const struct auth_request *request,
		       struct auth_result *ret_result);
	/* server only: when the kernel would be ready that is asked now */
	usec_t (*gate)(struct station *p, struct call *c);
};

struct station {
	const struct station_profile *profile;
	struct tunnel tunnel;
	struct call *calls;
	bool alive; /* between station_init() and STATION_TUNNEL_FREE */
	bool up, was_up;
	struct watch_tunnel watch;
	struct watch_counts *counts; /* the owner's; may be shared */
};

void station_init(struct station *p, const struct station_profile *profile, enum l2tp_role role,
		  uint16_t id, struct watch_counts *counts, struct env *env);

/* Client: send the SCCRQ. */
void station_open(struct station *p, struct env *env);

/* Client: bring up a call as soon as the tunnel is there. id: not 0, the session's. */
void station_call(struct station *p, struct call *c, uint16_t id, struct env *env);

/* A datagram from the other end, control or data. */
void station_datagram(struct station *p, const uint8_t *data, size_t len, struct env *env);

enum station_bye {
	STATION_BYE_PPP, /* Terminate-Request, then CDN when it was answered */
	STATION_BYE_CDN, /* CDN at once */
};

void station_hang_up(struct station *p, struct call *c, enum station_bye how, struct env *env);

/* Send StopCCN. */
void station_close(struct station *p, struct env *env);

/* What IPCP gave or was given to the client of this call, host byte order; 0: nothing yet. */
uint32_t station_call_address(const struct call *c);

usec_t station_deadline(const struct station *p);
void station_expire(struct station *p, struct env *env);

/* Crash: forget everything, say nothing. */
void station_drop(struct station *p, struct env *env);

/*
 * The tunnel (ret_tunnel) a datagram is for, and for an SCCRQ, which names none, the id that its
 * sender assigned (ret_assigned).  False if it is no L2TPv2 datagram.
 */
bool station_address(const uint8_t *data, size_t len, uint16_t *ret_tunnel, uint16_t *ret_assigned);

#endif
