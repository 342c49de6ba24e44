/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tie of a tunnel to the SAs of its client (RFC 3193 2.1, 3.1: all of a tunnel's packets go
 * through an SA of those who made it).
 *
 * Where a listener requires IPsec, a tunnel is made only through a carrier, takes only what bears
 * its carrier's mark, and sends only with it.  A tunnel that has lost its carrier waits a while for
 * another of the same identity; nothing of it leaves before.  It is taken up by the carrier that
 * one of its own control messages comes through, or by one that comes from the same host and is
 * nobody else's; the latter is a guess, which the next tunnel's SCCRQ through it disproves.
 */
#ifndef CULVERT_TIE_H
#define CULVERT_TIE_H

#include "daemon/engine/engine.h"

struct carrier;
struct identity;
struct peer;

/* Does the listener that it came in by require IPsec? */
bool tie_required(const struct engine *e, uint8_t listener);

/* The ready carrier that this datagram came through; NULL: none. */
struct carrier *tie_carrier(const struct engine *e, const struct datagram *d);

/* A new tunnel of this carrier. */
void tie_make(struct engine *e, struct peer *p, struct carrier *c);
/* A tunnel of an earlier process, which waits for charon's word; false: not with this mark. */
struct state_tunnel;
bool tie_resume(struct engine *e, struct peer *p, const struct state_tunnel *s);
void tie_end(struct engine *e, struct peer *p);

/* May p have this? Otherwise it is dropped, and counted. */
bool tie_takes(struct engine *e, struct peer *p, const struct datagram *d, bool control);
/* May p send?  If so *ret_via is what it sends through; NULL: its listener. */
bool tie_sends(const struct engine *e, const struct peer *p, const struct udp_socket **ret_via);
/* SO_MARK for its kernel tunnel. */
uint32_t tie_mark(const struct engine *e, const struct peer *p);

/* --- for carriers --- */
void tie_ready(struct engine *e, struct carrier *c);
void tie_lose(struct engine *e, struct peer *p);
/* Charon is lost: it may tell of the same SA again. */
void tie_rest(struct engine *e, struct peer *p);
void tie_move(struct engine *e, struct peer *p, const struct endpoint *host);
void tie_change_identity(struct engine *e, struct peer *p, struct identity *id);
/* Charon has told of every SA: whoever has none waits for ike-grace from now on. */
void ties_settled(struct engine *e);

/* Does its end take its SA along?  Not while the SA has other tunnels. */
bool tie_alone(const struct engine *e, const struct peer *p);

/* p has waited long enough. */
void tie_expire(struct engine *e, struct peer *p);

/* Tunnels of the same identity and host that have other SAs: are they still there? */
void tie_ask_others(struct engine *e, const struct carrier *c);

/* --- held.c: SCCRQs that came before their SA was known --- */
/* A copy of d waits for its carrier; true: it will come in again, or be dropped and counted. */
bool held_add(struct engine *e, const struct datagram *d);
void held_release(struct engine *e, const struct carrier *c);
usec_t held_deadline(const struct engine *e);
void held_expire(struct engine *e);
void held_free(struct engine *e);

#endif
