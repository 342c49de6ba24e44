// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * To be read beside RFC 2661 7.2.1.  Its "idle" is three states here: TUNNEL_IDLE before
 * anything was said, TUNNEL_CLOSING as long as a StopCCN may have to be repeated or acknowledged
 * once more (5.7), and TUNNEL_GONE when nothing is left to say.  "Clean up" is "down".  What RFC
 * 2661 doesn't say, a comment does; the last row of each state says what becomes of everything
 * else.
 */
#include "daemon/l2tp/tunnel_table.h"

#include "compiler.h"

NAMES_FUNCTION(tunnel_event, TUNNEL_EVENT_LIST)
NAMES_FUNCTION(tunnel_action, TUNNEL_ACTION_LIST)

/* clang-format off */
#define R(state, event, action, next) \
	{ TUNNEL_##state, TUNNEL_EV_##event, TUNNEL_DO_##action, TUNNEL_##next }

/* What ends an open tunnel is the same everywhere. */
#define ENDS(state) \
	R(state, STOPCCN,         STOPPED,    CLOSING), /* 7.2.1; 5.7: keep acknowledging */ \
	R(state, CLOSE,           STOP,       CLOSING), /* 7.2.1: admin tunnel close */ \
	R(state, FAULT,           STOP,       CLOSING), /* 7.1: cleared to a known state */ \
	R(state, PEER_LOST,       ABANDON,    GONE),    /* 5.8: the peer is not there any more */ \
	R(state, NO_MEMORY,       ABANDON,    GONE)     /* a promise that cannot be kept */

/* RFC 2661 5.7 */
#define CLOSING_ROWS \
	R(CLOSING, STOPCCN,       LINGER,     CLOSING), /* both stopped at once */ \
	R(CLOSING, DRAINED,       FREE,       GONE),    /* our StopCCN is acknowledged */ \
	R(CLOSING, PEER_LOST,     FREE,       GONE), \
	R(CLOSING, NO_MEMORY,     FREE,       GONE), \
	R(CLOSING, LINGERED,      FREE,       GONE),    /* 5.7: a full retransmission cycle */ \
	R(CLOSING, ANY,           NOTHING,    CLOSING), \
	R(GONE, ANY,              NOTHING,    GONE)

/* RFC 2661 7.2.1, the side that is called: state, event, action, next state */
static const struct tunnel_rule lns[] = {
	R(IDLE, SCCRQ_OK,         SEND_SCCRP, WAIT_CTL_CONN),
	R(IDLE, SCCRQ_BAD,        STOP,       CLOSING),
	R(IDLE, SCCRP_OK,         STOP_FSM,   CLOSING),
	R(IDLE, SCCRP_BAD,        STOP_FSM,   CLOSING),
	R(IDLE, SCCCN_OK,         ABANDON,    GONE),
	R(IDLE, SCCCN_BAD,        ABANDON,    GONE),
	R(IDLE, STOPCCN,          STOPPED,    CLOSING),
	R(IDLE, FAULT,            STOP,       CLOSING),
	R(IDLE, CLOSE,            ABANDON,    GONE),    /* nothing was said */
	R(IDLE, SETUP_TIMEOUT,    ABANDON,    GONE),    /* an SCCRQ out of turn, and no other */
	R(IDLE, NO_MEMORY,        ABANDON,    GONE),
	R(IDLE, ANY,              NOTE,       IDLE),

	R(WAIT_CTL_CONN, SCCCN_OK,  UP,       ESTABLISHED),
	R(WAIT_CTL_CONN, SCCCN_BAD, STOP,     CLOSING),
	R(WAIT_CTL_CONN, SCCRP_OK,  STOP_FSM, CLOSING),
	R(WAIT_CTL_CONN, SCCRP_BAD, STOP_FSM, CLOSING),
	R(WAIT_CTL_CONN, SCCRQ_OK,  STOP_FSM, CLOSING), /* a second one; a repeat never gets here */
	R(WAIT_CTL_CONN, SCCRQ_BAD, STOP_FSM, CLOSING),
	R(WAIT_CTL_CONN, SETUP_TIMEOUT, STOP, CLOSING),
	R(WAIT_CTL_CONN, HELLO,     NOTHING,  WAIT_CTL_CONN), /* 6.5: acknowledging it is all */
	ENDS(WAIT_CTL_CONN),
	R(WAIT_CTL_CONN, ANY,       NOTE,     WAIT_CTL_CONN),

	R(ESTABLISHED, CALL,      DELIVER,    ESTABLISHED),
	R(ESTABLISHED, HELLO,     NOTHING,    ESTABLISHED), /* 6.5 */
	R(ESTABLISHED, SILENCE,   HELLO,      ESTABLISHED), /* 5.5 */
	R(ESTABLISHED, SCCRQ_OK,  STOP_FSM,   CLOSING),
	R(ESTABLISHED, SCCRQ_BAD, STOP_FSM,   CLOSING),
	R(ESTABLISHED, SCCRP_OK,  STOP_FSM,   CLOSING),
	R(ESTABLISHED, SCCRP_BAD, STOP_FSM,   CLOSING),
	R(ESTABLISHED, SCCCN_OK,  STOP_FSM,   CLOSING),
	R(ESTABLISHED, SCCCN_BAD, STOP_FSM,   CLOSING),
	ENDS(ESTABLISHED),
	R(ESTABLISHED, ANY,       NOTE,       ESTABLISHED),

	CLOSING_ROWS,

	R(WAIT_CTL_REPLY, ANY,    NOTHING,    WAIT_CTL_REPLY), /* not a state of this role */
};

/* RFC 2661 7.2.1, the side that calls */
static const struct tunnel_rule lac[] = {
	R(IDLE, OPEN,             SEND_SCCRQ, WAIT_CTL_REPLY),
	R(IDLE, CLOSE,            ABANDON,    GONE),    /* nothing was said */
	R(IDLE, NO_MEMORY,        ABANDON,    GONE),
	R(IDLE, ANY,              NOTE,       IDLE),

	R(WAIT_CTL_REPLY, SCCRP_OK,  SEND_SCCCN, ESTABLISHED),
	R(WAIT_CTL_REPLY, SCCRP_BAD, STOP,    CLOSING),
	R(WAIT_CTL_REPLY, TIE_LOST,  ABANDON, GONE),    /* 4.4.3: silently */
	R(WAIT_CTL_REPLY, TIE_WON,   NOTHING, WAIT_CTL_REPLY),
	R(WAIT_CTL_REPLY, SCCRQ_OK,  STOP_FSM, CLOSING), /* to our id: not the peer's own attempt */
	R(WAIT_CTL_REPLY, SCCRQ_BAD, STOP_FSM, CLOSING),
	R(WAIT_CTL_REPLY, SCCCN_OK,  STOP_FSM, CLOSING),
	R(WAIT_CTL_REPLY, SCCCN_BAD, STOP_FSM, CLOSING),
	R(WAIT_CTL_REPLY, SETUP_TIMEOUT, STOP, CLOSING),
	R(WAIT_CTL_REPLY, HELLO,     NOTHING, WAIT_CTL_REPLY),
	ENDS(WAIT_CTL_REPLY),
	R(WAIT_CTL_REPLY, ANY,       NOTE,    WAIT_CTL_REPLY),

	R(ESTABLISHED, CALL,      DELIVER,    ESTABLISHED),
	R(ESTABLISHED, HELLO,     NOTHING,    ESTABLISHED), /* 6.5 */
	R(ESTABLISHED, SILENCE,   HELLO,      ESTABLISHED), /* 5.5 */
	R(ESTABLISHED, SCCRQ_OK,  STOP_FSM,   CLOSING),
	R(ESTABLISHED, SCCRQ_BAD, STOP_FSM,   CLOSING),
	R(ESTABLISHED, SCCRP_OK,  STOP_FSM,   CLOSING),
	R(ESTABLISHED, SCCRP_BAD, STOP_FSM,   CLOSING),
	R(ESTABLISHED, SCCCN_OK,  STOP_FSM,   CLOSING),
	R(ESTABLISHED, SCCCN_BAD, STOP_FSM,   CLOSING),
	ENDS(ESTABLISHED),
	R(ESTABLISHED, ANY,       NOTE,       ESTABLISHED),

	CLOSING_ROWS,

	R(WAIT_CTL_CONN, ANY,     NOTHING,    WAIT_CTL_CONN), /* not a state of this role */
};
/* clang-format on */

const struct tunnel_rule *tunnel_rule(enum l2tp_role role, enum tunnel_state state,
				      enum tunnel_event event)
{
	const struct tunnel_rule *rule = role == L2TP_LNS ? lns : lac;
	const struct tunnel_rule *end =
		rule + (role == L2TP_LNS ? ARRAY_SIZE(lns) : ARRAY_SIZE(lac));

	for (; rule < end; rule++) {
		if (rule->state == state && (rule->event == event || rule->event == TUNNEL_EV_ANY))
			return rule;
	}
	abort();
}
