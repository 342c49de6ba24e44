/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A control connection and a call, as records (include/state.h) and back.
 *
 * The part of a record that is the machine's own; what else it says is the engine's.  A restore
 * believes nothing: it says no to what no machine of ours can have been in.
 */
#ifndef CULVERT_L2TP_TUNNEL_STATE_H
#define CULVERT_L2TP_TUNNEL_STATE_H

#include <stdbool.h>

#include "daemon/l2tp/session.h"
#include "daemon/l2tp/tunnel.h"
#include "include/state.h"

/* Of a tunnel that is established, or that we are closing. */
void tunnel_save(const struct tunnel *t, struct state_tunnel *ret);

/*
 * Into what tunnel_init() has made, with the record's id and role; it is established then.  False:
 * impossible values, and *t is of no use.
 */
bool tunnel_restore(struct tunnel *t, const struct state_tunnel *s, struct env *env);

/*
 * Once, after tunnel_restore(): messages that nobody has any more, but which the peer may have
 * got or not, are sent as Hellos, because it must get something of each number (RFC 2661 5.8) and
 * takes a Hello at any time (6.5).
 */
void tunnel_repair(struct tunnel *t, const struct state_tunnel *s, struct env *env);

/* Of a call that is established; and what it needs to be ended, which is all of a small record. */
void session_save(const struct session *s, struct state_session *ret);
void session_save_ids(const struct session *s, uint16_t tunnel, struct state_session *ret);
bool session_restore(struct session *s, const struct state_session *r);

#endif
