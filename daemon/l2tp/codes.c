// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/l2tp/codes.h"

#include <string.h>

NAMES_FUNCTION(l2tp_stop, L2TP_STOP_LIST)
NAMES_FUNCTION(l2tp_call, L2TP_CALL_LIST)
NAMES_FUNCTION(l2tp_error, L2TP_ERROR_LIST)
NAMES_FUNCTION(l2tp_cause, L2TP_CAUSE_LIST)
NAMES_FUNCTION(l2tp_end_by, L2TP_END_LIST)

_Static_assert(L2TP_STOP_FSM == 7, "RFC 2661 4.4.2");
_Static_assert(L2TP_CALL_NO_FRAMING == 11, "RFC 2661 4.4.2");
_Static_assert(L2TP_ERROR_UNKNOWN_AVP == 8, "RFC 2661 4.4.2");
_Static_assert(L2TP_CAUSE_AUTH_FAILED == 16, "RFC 3145 2.2");
_Static_assert(L2TP_CAUSE_NCP_NOT_PERMITTED == 20, "RFC 3145 2.2");

void l2tp_text(char *to, size_t size, const uint8_t *bytes, size_t len)
{
	size_t n = len < size - 1 ? len : size - 1;

	if (n)
		memcpy(to, bytes, n);
	to[n] = '\0';
}

void l2tp_end_set(struct l2tp_end *end, enum l2tp_end_by by, uint16_t result, uint16_t error,
		  const char *text)
{
	end->by = by;
	end->result = result;
	end->error = error;
	end->cause = L2TP_CAUSE_NONE;
	l2tp_text(end->text, sizeof(end->text), (const uint8_t *)text, text ? strlen(text) : 0);
}
