/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dialing: what brings the tunnel and the session of a client profile up, and up again.
 *
 * What is on the wire is made by the same machines as an LNS's, in a struct peer and a struct call
 * whose peer.dial points here.  Their hooks only note what has happened (dial_note()); it is looked
 * at when the dial's timer fires, which is at once, so that nothing is stepped inside a step.
 */
#ifndef CULVERT_ENGINE_DIAL_H
#define CULVERT_ENGINE_DIAL_H

#include "daemon/engine/dial_table.h"
#include "daemon/engine/engine_state.h"

/* Datagrams of a profile's socket carry this as the number of their listener. */
#define DIAL_LISTENER(index) ((uint8_t)(CONFIG_LISTENERS_MAX + (index)))

void dial_init(struct engine *e, uint8_t index);
/* The configuration is another one; what it said before of this profile, NULL: nothing. */
void dial_reload(struct engine *e, uint8_t index, const struct config_client *was);
/* For engine_stop(): try nothing again.  The tunnels are closed by whoever calls it. */
void dial_stop(struct engine *e, struct dial *d);

/* After a drain: do what was put off. */
void dial_resume(struct engine *e, struct dial *d);

/* To be looked at soon. */
void dial_note(struct dial *d, enum dial_event event);
/* peer or call have been buried. */
void dial_peer_gone(struct dial *d);
void dial_call_gone(struct dial *d);
void dial_expire(struct engine *e, struct dial *d);

/* The addresses that the device of its session gets, and its route's other end. */
struct kern_session_add;
void dial_session(const struct call *c, struct kern_session_add *m);

/* Its tunnel and call end without a word. */
void dial_drop(struct engine *e, struct dial *d);
/* Its socket is not needed any more, here and in the kernel role. */
void dial_release_socket(struct engine *e, struct dial *d);

/* --- dial_resume.c --- */
struct state_tunnel;
/* The tunnel of a record, which is a profile's; NULL: it has no place, which is counted. */
struct peer *dial_recall(struct engine *e, const struct state_tunnel *s);
/* The kernel role has kept its socket; takes fd. */
void dial_kept(struct engine *e, struct dial *d, const struct kern_client *m, int fd);
/* All has been told. */
void dials_resumed(struct engine *e);

/* --- dial_tell.c --- */
/* A line for who waits. */
void dial_say(struct dial *d, enum engine_client_news news, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Why it has ended, unless that is known already. */
void dial_why(struct dial *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The call (which may be NULL) or tunnel is over: keep why. */
void dial_ended(struct dial *d, const struct peer *p, const struct call *c);
/* What the gateway said when it refused us. */
void dial_peer_reason(struct dial *d, const uint8_t *text, size_t len);

/* --- dial_ike.c --- */
/* Ask for its SA: 0 or -errno; -ENOTCONN: charon is not there. */
int dial_ike_initiate(struct engine *e, struct dial *d);
/* What its SA and the way to the gateway leave room for. */
void dial_set_mru(struct engine *e, struct dial *d);
/* It is over: its SA goes as well. */
void dial_ike_end(struct engine *e, struct dial *d);
/* To who waits in charon, if anybody does. */
void dial_ike_tell(struct engine *e, struct dial *d, enum engine_client_news news,
		   const char *text);
/* Charon has told of a CHILD_SA, has taken one down, or asks something. */
void dial_ike_child(struct engine *e, const struct ike_child *child);
void dial_ike_child_gone(struct engine *e, uint32_t unique);
/* Charon has told of all its SAs: what failed for want of it need not wait any longer. */
void dial_ike_settled(struct engine *e);
void dial_ike_message(struct engine *e, const struct ike_head *m);

#endif
