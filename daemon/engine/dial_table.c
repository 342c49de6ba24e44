// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/engine/dial_table.h"

#include <stddef.h>

#include "compiler.h"

NAMES_FUNCTION(dial_state, DIAL_STATE_LIST)
NAMES_FUNCTION(dial_event, DIAL_EVENT_LIST)
NAMES_FUNCTION(dial_action, DIAL_ACTION_LIST)

/* clang-format off */
#define R(state, event, action, next) \
	{ DIAL_##state, DIAL_EV_##event, DIAL_DO_##action, DIAL_##next }

/* While there is a tunnel, everything that ends it does so in the same way. */
#define ENDS(state) \
	R(state, DISCONNECT,  HANG_UP,  CLOSING), \
	R(state, SA_DOWN,     DROP,     CLOSING), \
	R(state, ENDED,       HANG_UP,  CLOSING), \
	R(state, TIMEOUT,     HANG_UP,  CLOSING), \
	R(state, GONE,        RELEASE,  WAITING)

static const struct dial_rule rules[] = {
	R(IDLE,    CONNECT,     OPEN,     OPENING),
	R(IDLE,    CONNECT_IKE, INITIATE, IKE),
	R(IDLE,    SA_UP,       OPEN,     OPENING),

	R(IKE,     SA_UP,       OPEN,     OPENING),
	R(IKE,     IKE_FAILED,  SETTLE,   WAITING),
	R(IKE,     DISCONNECT,  SETTLE,   WAITING),
	R(IKE,     TIMEOUT,     SETTLE,   WAITING),

	R(OPENING, OPENED,      SCCRQ,    TUNNEL),
	R(OPENING, OPEN_FAILED, SETTLE,   WAITING),
	R(OPENING, DISCONNECT,  CANCEL,   CLOSING),
	R(OPENING, SA_DOWN,     CANCEL,   CLOSING),
	R(OPENING, TIMEOUT,     CANCEL,   CLOSING),

	R(TUNNEL,  TUNNEL_UP,   ICRQ,     CALL),
	ENDS(TUNNEL),
	R(CALL,    CALL_UP,     TELL_PPP, PPP),
	ENDS(CALL),
	R(PPP,     SESSION_UP,  TELL_UP,  UP),
	ENDS(PPP),
	ENDS(UP),

	R(CLOSING, ENDED,       HANG_UP,  CLOSING), /* the call has gone, now the tunnel */
	R(CLOSING, SA_DOWN,     DROP,     CLOSING),
	R(CLOSING, OPENED,      RELEASE,  WAITING), /* the answer was under way */
	R(CLOSING, OPEN_FAILED, SETTLE,   WAITING),
	R(CLOSING, GONE,        RELEASE,  WAITING),

	R(WAITING, CONNECT,     OPEN,     OPENING),
	R(WAITING, CONNECT_IKE, INITIATE, IKE),
	R(WAITING, SA_UP,       OPEN,     OPENING),
	R(WAITING, TIMEOUT,     RETRY,    WAITING),
	R(WAITING, DISCONNECT,  NOTHING,  IDLE),
	R(WAITING, UNWANTED,    NOTHING,  IDLE),
};
/* clang-format on */

const struct dial_rule *dial_rule(enum dial_state state, enum dial_event event)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].state == state && rules[i].event == event)
			return &rules[i];
	return NULL;
}
