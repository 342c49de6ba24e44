/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carriers: what brings and takes one client's packets, which is all the CHILD_SAs of one mark.
 *
 * A carrier exists while charon says that one of its SAs does.  The kernel role is told of it
 * (KERN_SA_ADD) before anything is taken from it, and that it has gone (KERN_SA_DEL) the moment it
 * has: from then on nothing can leave by its mark, whoever gets that mark next.  When charon itself
 * is lost all carriers rest, in the same way, until its next snapshot says which SAs are still
 * there: a charon that has started anew counts marks from 1 again.
 *
 * Requests are sent one after the other, at most CARRIERS_ASKED without an answer, so that the
 * kernel role sees an old mark's end before its new beginning.
 */
#ifndef CULVERT_CARRIER_H
#define CULVERT_CARRIER_H

#include "daemon/base/hash.h"
#include "daemon/base/list.h"
#include "daemon/udp.h"
#include "ike.h"

#define CARRIERS_ASKED 256 /* requests to the kernel role without an answer */

struct engine;
struct identity;
struct peer;
struct sa;
struct kern_done;

struct carrier {
	struct hash_node by_mark;
	struct list all;	 /* engine.carriers */
	struct list in_identity; /* identity.carriers */
	struct list todo;  /* engine.carriers_todo: the kernel role has to be told something */
	struct list idle;  /* engine.carriers_idle: its last tunnel has ended */
	struct list peers; /* peer.in_carrier */
	struct identity *identity;
	uint32_t mark;
	uint32_t kern_id; /* of the KERN_SA_ADD that is to be answered */
	bool wanted;	  /* charon is there and vouches for it */
	bool gone;	  /* it is in no table; freed when the kernel role knows */
	bool told;	  /* the kernel role has it, or has been asked to */
	bool stale;	  /* but what it has must go first */
	bool resumed;	  /* from an earlier process, and is to be asked for again */
	bool ready;	  /* it has answered: packets are taken and sent */
	uint8_t listener;
	uint16_t port;		       /* classic layout: stands for the SA; 0: none does */
	uint16_t path_mtu;	       /* of the way to its other end; 0: not known */
	struct endpoint local, remote; /* of its L2TP */
	usec_t moved;		       /* when charon last said where its other end is */
	usec_t idle_deadline;	       /* then charon is asked to take it down */
	struct udp_socket socket;      /* parked layout: sends with the mark */
};

struct carrier *carrier_find(const struct engine *e, uint32_t mark);

/* What charon says of an SA for L2TP that somebody else has initiated. */
void carrier_child(struct engine *e, const struct sa *sa);
/* The one of p, which a record speaks of; it waits for charon's word.  NULL: it is another's. */
struct state_tunnel;
struct carrier *carrier_resume(struct engine *e, const struct peer *p,
			       const struct state_tunnel *s);
/* Charon has told of all its SAs: whoever is not among them has gone. */
void carriers_settled(struct engine *e);
/* The last SA of this mark has gone. */
void carrier_gone(struct engine *e, struct carrier *c);
/* Charon is lost. */
void carriers_rest(struct engine *e);
/* Its other end sends from here now. */
void carrier_move(struct engine *e, struct carrier *c, const struct endpoint *host);

/* An answer of the kernel role that is about no tunnel; true: it was about a carrier. */
bool carrier_done(struct engine *e, const struct kern_done *m, int *fds, size_t nfds);
/* Tell the kernel role what it should know. */
void carriers_next(struct engine *e);

/* The last tunnel of it has ended: unless another comes, its SA goes as well. */
void carrier_idle(struct engine *e, struct carrier *c);
usec_t carriers_deadline(const struct engine *e);
void carriers_expire(struct engine *e);

/* ESP leaves this much of a packet of so many bytes to what is sent on a session (MTU). */
uint16_t carrier_mtu(const struct ike_child *m, uint16_t path);

void carriers_free(struct engine *e);

#endif
