/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The incoming call's table (RFC 2661 7.4), one per role.  session.c classifies and acts.
 */
#ifndef CULVERT_L2TP_SESSION_TABLE_H
#define CULVERT_L2TP_SESSION_TABLE_H

#include "daemon/base/names.h"
#include "daemon/l2tp/session.h"

#define SESSION_EVENT_LIST(X)                                                                      \
	X(SESSION_EV_OPEN, "local open request")                                                   \
	X(SESSION_EV_ICRQ_OK, "ICRQ acceptable")                                                   \
	X(SESSION_EV_ICRQ_BAD, "ICRQ not acceptable")                                              \
	X(SESSION_EV_ICRP_OK, "ICRP acceptable")                                                   \
	X(SESSION_EV_ICRP_BAD, "ICRP not acceptable")                                              \
	X(SESSION_EV_ICCN_OK, "ICCN acceptable")                                                   \
	X(SESSION_EV_ICCN_BAD, "ICCN not acceptable")                                              \
	X(SESSION_EV_CDN, "CDN")                                                                   \
	X(SESSION_EV_WEN, "WEN")                                                                   \
	X(SESSION_EV_SLI, "SLI")                                                                   \
	X(SESSION_EV_OUTGOING, "message of an outgoing call")                                      \
	X(SESSION_EV_FAULT, "unrecoverable message")                                               \
	X(SESSION_EV_CLOSE, "local close request")                                                 \
	X(SESSION_EV_SETUP_TIMEOUT, "set-up timeout")                                              \
	X(SESSION_EV_ANY, "anything else")

NAMES_ENUM(session_event, SESSION_EVENT_LIST);

#define SESSION_ACTION_LIST(X)                                                                     \
	X(SESSION_DO_NOTHING, "-")                                                                 \
	X(SESSION_DO_NOTE, "note")                                                                 \
	X(SESSION_DO_SEND_ICRQ, "send ICRQ")                                                       \
	X(SESSION_DO_SEND_ICRP, "send ICRP")                                                       \
	X(SESSION_DO_SEND_ICCN, "send ICCN, up")                                                   \
	X(SESSION_DO_UP, "up")                                                                     \
	X(SESSION_DO_COUNT, "add line errors")                                                     \
	X(SESSION_DO_LINE, "keep line info")                                                       \
	X(SESSION_DO_CDN, "send CDN, down")                                                        \
	X(SESSION_DO_CDN_UNEXPECTED, "send CDN 2, down")                                           \
	X(SESSION_DO_DOWN, "down")

NAMES_ENUM(session_action, SESSION_ACTION_LIST);

struct session_rule {
	enum session_state state;
	enum session_event event;
	enum session_action action;
	enum session_state next;
};

/* The row that applies; every state has one for "anything else". */
const struct session_rule *session_rule(enum l2tp_role role, enum session_state state,
					enum session_event event);

#endif
