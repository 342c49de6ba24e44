/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control connection's table (RFC 2661 7.2.1), one per role.  tunnel.c classifies and acts.
 */
#ifndef CULVERT_L2TP_TUNNEL_TABLE_H
#define CULVERT_L2TP_TUNNEL_TABLE_H

#include "daemon/base/names.h"
#include "daemon/l2tp/tunnel.h"

#define TUNNEL_EVENT_LIST(X)                                                                       \
	X(TUNNEL_EV_OPEN, "local open request")                                                    \
	X(TUNNEL_EV_SCCRQ_OK, "SCCRQ acceptable")                                                  \
	X(TUNNEL_EV_SCCRQ_BAD, "SCCRQ not acceptable")                                             \
	X(TUNNEL_EV_TIE_WON, "SCCRQ loses the tie")                                                \
	X(TUNNEL_EV_TIE_LOST, "SCCRQ wins the tie")                                                \
	X(TUNNEL_EV_SCCRP_OK, "SCCRP acceptable")                                                  \
	X(TUNNEL_EV_SCCRP_BAD, "SCCRP not acceptable")                                             \
	X(TUNNEL_EV_SCCCN_OK, "SCCCN acceptable")                                                  \
	X(TUNNEL_EV_SCCCN_BAD, "SCCCN not acceptable")                                             \
	X(TUNNEL_EV_STOPCCN, "StopCCN")                                                            \
	X(TUNNEL_EV_HELLO, "HELLO")                                                                \
	X(TUNNEL_EV_CALL, "message of a call")                                                     \
	X(TUNNEL_EV_FAULT, "unrecoverable message")                                                \
	X(TUNNEL_EV_IGNORED, "unknown message, not mandatory")                                     \
	X(TUNNEL_EV_CLOSE, "local close request")                                                  \
	X(TUNNEL_EV_SETUP_TIMEOUT, "set-up timeout")                                               \
	X(TUNNEL_EV_SILENCE, "silence")                                                            \
	X(TUNNEL_EV_PEER_LOST, "no acknowledgement")                                               \
	X(TUNNEL_EV_NO_MEMORY, "no memory for a message")                                          \
	X(TUNNEL_EV_DRAINED, "all acknowledged")                                                   \
	X(TUNNEL_EV_LINGERED, "retransmission cycle over")                                         \
	X(TUNNEL_EV_ANY, "anything else")

NAMES_ENUM(tunnel_event, TUNNEL_EVENT_LIST);

#define TUNNEL_ACTION_LIST(X)                                                                      \
	X(TUNNEL_DO_NOTHING, "-")                                                                  \
	X(TUNNEL_DO_NOTE, "note")                                                                  \
	X(TUNNEL_DO_SEND_SCCRQ, "send SCCRQ")                                                      \
	X(TUNNEL_DO_SEND_SCCRP, "send SCCRP")                                                      \
	X(TUNNEL_DO_SEND_SCCCN, "send SCCCN, up")                                                  \
	X(TUNNEL_DO_UP, "up")                                                                      \
	X(TUNNEL_DO_HELLO, "send HELLO")                                                           \
	X(TUNNEL_DO_DELIVER, "give to the call")                                                   \
	X(TUNNEL_DO_STOP, "send StopCCN, down")                                                    \
	X(TUNNEL_DO_STOP_FSM, "send StopCCN 7, down")                                              \
	X(TUNNEL_DO_STOPPED, "down, linger")                                                       \
	X(TUNNEL_DO_LINGER, "linger")                                                              \
	X(TUNNEL_DO_ABANDON, "down, free")                                                         \
	X(TUNNEL_DO_FREE, "free")

NAMES_ENUM(tunnel_action, TUNNEL_ACTION_LIST);

struct tunnel_rule {
	enum tunnel_state state;
	enum tunnel_event event;
	enum tunnel_action action;
	enum tunnel_state next;
};

/* The row that applies; every state has one for "anything else". */
const struct tunnel_rule *tunnel_rule(enum l2tp_role role, enum tunnel_state state,
				      enum tunnel_event event);

#endif
