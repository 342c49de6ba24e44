// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * To be read beside RFC 2661 7.4.1 (LAC) and 7.4.2 (LNS).  Its "wait-tunnel" is not here: a call is
 * opened when the tunnel is.  Its "idle" after a call is SESSION_CLOSED, which hears nothing more.
 * "Clean up" is "down", "prepare for data" is "up".
 */
#include "daemon/l2tp/session_table.h"

#include "compiler.h"

NAMES_FUNCTION(session_event, SESSION_EVENT_LIST)
NAMES_FUNCTION(session_action, SESSION_ACTION_LIST)

/* clang-format off */
#define R(state, event, action, next) \
	{ SESSION_##state, SESSION_EV_##event, SESSION_DO_##action, SESSION_##next }

/* What ends a call under way is the same everywhere. */
#define ENDS(state) \
	R(state, CDN,             DOWN,       CLOSED), \
	R(state, CLOSE,           CDN,        CLOSED), \
	R(state, FAULT,           CDN,        CLOSED)  /* 4.1, 7.1: the call alone */

/* RFC 2661 7.4.2: state, event, action, next state */
static const struct session_rule lns[] = {
	R(IDLE, ICRQ_OK,          SEND_ICRP,  WAIT_CONNECT),
	R(IDLE, ICRQ_BAD,         CDN,        CLOSED),
	R(IDLE, ICRP_OK,          CDN_UNEXPECTED, CLOSED),
	R(IDLE, ICRP_BAD,         CDN_UNEXPECTED, CLOSED),
	R(IDLE, ICCN_OK,          DOWN,       CLOSED),
	R(IDLE, ICCN_BAD,         DOWN,       CLOSED),
	R(IDLE, CDN,              DOWN,       CLOSED),
	R(IDLE, CLOSE,            DOWN,       CLOSED),  /* nothing was said */
	R(IDLE, OUTGOING,         CDN_UNEXPECTED, CLOSED),
	R(IDLE, FAULT,            CDN,        CLOSED),
	R(IDLE, ANY,              NOTE,       IDLE),

	R(WAIT_CONNECT, ICCN_OK,  UP,         ESTABLISHED),
	R(WAIT_CONNECT, ICCN_BAD, CDN,        CLOSED),
	R(WAIT_CONNECT, ICRQ_OK,  CDN_UNEXPECTED, CLOSED),
	R(WAIT_CONNECT, ICRQ_BAD, CDN_UNEXPECTED, CLOSED),
	R(WAIT_CONNECT, ICRP_OK,  CDN_UNEXPECTED, CLOSED),
	R(WAIT_CONNECT, ICRP_BAD, CDN_UNEXPECTED, CLOSED),
	R(WAIT_CONNECT, OUTGOING, CDN_UNEXPECTED, CLOSED),
	R(WAIT_CONNECT, SETUP_TIMEOUT, CDN,   CLOSED),
	ENDS(WAIT_CONNECT),
	R(WAIT_CONNECT, SLI,      LINE,       WAIT_CONNECT), /* 6.14; harmless when early */
	R(WAIT_CONNECT, ANY,      NOTE,       WAIT_CONNECT),

	R(ESTABLISHED, ICRQ_OK,   CDN_UNEXPECTED, CLOSED),
	R(ESTABLISHED, ICRQ_BAD,  CDN_UNEXPECTED, CLOSED),
	R(ESTABLISHED, ICRP_OK,   CDN_UNEXPECTED, CLOSED),
	R(ESTABLISHED, ICRP_BAD,  CDN_UNEXPECTED, CLOSED),
	R(ESTABLISHED, ICCN_OK,   CDN_UNEXPECTED, CLOSED),
	R(ESTABLISHED, ICCN_BAD,  CDN_UNEXPECTED, CLOSED),
	R(ESTABLISHED, OUTGOING,  CDN_UNEXPECTED, CLOSED),
	ENDS(ESTABLISHED),
	R(ESTABLISHED, WEN,       COUNT,      ESTABLISHED), /* 6.13 */
	R(ESTABLISHED, SLI,       LINE,       ESTABLISHED), /* 6.14: Windows sends it to the LNS */
	R(ESTABLISHED, ANY,       NOTE,       ESTABLISHED),

	R(CLOSED, ANY,            NOTHING,    CLOSED),
	R(WAIT_REPLY, ANY,        NOTHING,    WAIT_REPLY), /* not a state of this role */
};

/* RFC 2661 7.4.1 */
static const struct session_rule lac[] = {
	R(IDLE, OPEN,             SEND_ICRQ,  WAIT_REPLY),
	R(IDLE, ICCN_OK,          DOWN,       CLOSED),
	R(IDLE, ICCN_BAD,         DOWN,       CLOSED),
	R(IDLE, ICRP_OK,          DOWN,       CLOSED),
	R(IDLE, ICRP_BAD,         DOWN,       CLOSED),
	R(IDLE, CDN,              DOWN,       CLOSED),
	R(IDLE, CLOSE,            DOWN,       CLOSED),  /* nothing was said */
	R(IDLE, ANY,              NOTE,       IDLE),

	R(WAIT_REPLY, ICRP_OK,    SEND_ICCN,  ESTABLISHED),
	R(WAIT_REPLY, ICRP_BAD,   CDN,        CLOSED),
	R(WAIT_REPLY, ICRQ_OK,    CDN_UNEXPECTED, CLOSED),
	R(WAIT_REPLY, ICRQ_BAD,   CDN_UNEXPECTED, CLOSED),
	R(WAIT_REPLY, ICCN_OK,    DOWN,       CLOSED),
	R(WAIT_REPLY, ICCN_BAD,   DOWN,       CLOSED),
	R(WAIT_REPLY, OUTGOING,   CDN_UNEXPECTED, CLOSED),
	R(WAIT_REPLY, SETUP_TIMEOUT, CDN,     CLOSED),
	ENDS(WAIT_REPLY),
	R(WAIT_REPLY, ANY,        NOTE,       WAIT_REPLY),

	R(ESTABLISHED, ICRQ_OK,   CDN_UNEXPECTED, CLOSED),
	R(ESTABLISHED, ICRQ_BAD,  CDN_UNEXPECTED, CLOSED),
	R(ESTABLISHED, ICRP_OK,   CDN_UNEXPECTED, CLOSED),
	R(ESTABLISHED, ICRP_BAD,  CDN_UNEXPECTED, CLOSED),
	R(ESTABLISHED, ICCN_OK,   CDN_UNEXPECTED, CLOSED),
	R(ESTABLISHED, ICCN_BAD,  CDN_UNEXPECTED, CLOSED),
	R(ESTABLISHED, OUTGOING,  CDN_UNEXPECTED, CLOSED),
	ENDS(ESTABLISHED),
	R(ESTABLISHED, WEN,       COUNT,      ESTABLISHED),
	R(ESTABLISHED, SLI,       LINE,       ESTABLISHED), /* 6.14 */
	R(ESTABLISHED, ANY,       NOTE,       ESTABLISHED),

	R(CLOSED, ANY,            NOTHING,    CLOSED),
	R(WAIT_CONNECT, ANY,      NOTHING,    WAIT_CONNECT), /* not a state of this role */
};
/* clang-format on */

const struct session_rule *session_rule(enum l2tp_role role, enum session_state state,
					enum session_event event)
{
	const struct session_rule *rule = role == L2TP_LNS ? lns : lac;
	const struct session_rule *end =
		rule + (role == L2TP_LNS ? ARRAY_SIZE(lns) : ARRAY_SIZE(lac));

	for (; rule < end; rule++) {
		if (rule->state == state && (rule->event == event || rule->event == SESSION_EV_ANY))
			return rule;
	}
	abort();
}
