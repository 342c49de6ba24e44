/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control connection's own messages (RFC 2661 6.1 to 6.4), as we send them.  The bytes of a
 * response and of a text are the caller's until the message is encoded.
 */
#ifndef CULVERT_L2TP_TUNNEL_MSG_H
#define CULVERT_L2TP_TUNNEL_MSG_H

#include "daemon/l2tp/auth.h"
#include "daemon/l2tp/tunnel.h"

/* Do we challenge the peer?  (RFC 2661 5.1.1) */
bool tunnel_challenges(const struct tunnel *t);

/* These two make a new challenge where one is sent. */
void tunnel_msg_sccrq(struct tunnel *t, struct msg *m, struct rng *rng);
void tunnel_msg_sccrp(struct tunnel *t, struct msg *m, const struct msg *sccrq,
		      uint8_t response[L2TP_RESPONSE_LEN], struct rng *rng);
void tunnel_msg_scccn(const struct tunnel *t, struct msg *m, const struct msg *sccrp,
		      uint8_t response[L2TP_RESPONSE_LEN]);
void tunnel_msg_stopccn(struct msg *m, uint16_t id, const struct l2tp_end *end);

#endif
