/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PPP link as a record (include/state.h) and back.
 *
 * Only a link in the network phase can be saved: what is before it is negotiated anew, from LCP on,
 * by the call's next attempt.
 */
#ifndef CULVERT_PPP_LINK_STATE_H
#define CULVERT_PPP_LINK_STATE_H

#include "daemon/ppp/link.h"
#include "include/state.h"

/* Is it in a state that can be saved? */
bool link_savable(const struct link *l);
void link_save(const struct link *l, struct state_link *ret);
/* When its next echo is due, which is not worth a record. */
usec_t link_echo_at(const struct link *l);

/*
 * Into what link_init() has made.  Echoes and restart timers begin anew.  False: impossible values,
 * and *l is of no use.
 */
bool link_restore(struct link *l, const struct state_link *s, usec_t echo_at, struct env *env);

#endif
