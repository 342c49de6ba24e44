/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every attribute that this program knows: RFC 2661 4.4 and RFC 3145 2.  One row says what a
 * decoder must check before it looks at a value.
 */
#ifndef CULVERT_L2TP_AVP_TABLE_H
#define CULVERT_L2TP_AVP_TABLE_H

#include <stdbool.h>
#include <stdint.h>

enum avp_attribute {
	AVP_MESSAGE_TYPE = 0,
	AVP_RESULT_CODE = 1,
	AVP_PROTOCOL_VERSION = 2,
	AVP_FRAMING_CAPABILITIES = 3,
	AVP_BEARER_CAPABILITIES = 4,
	AVP_TIE_BREAKER = 5,
	AVP_FIRMWARE_REVISION = 6,
	AVP_HOST_NAME = 7,
	AVP_VENDOR_NAME = 8,
	AVP_ASSIGNED_TUNNEL_ID = 9,
	AVP_RECEIVE_WINDOW_SIZE = 10,
	AVP_CHALLENGE = 11,
	AVP_Q931_CAUSE_CODE = 12,
	AVP_CHALLENGE_RESPONSE = 13,
	AVP_ASSIGNED_SESSION_ID = 14,
	AVP_CALL_SERIAL_NUMBER = 15,
	AVP_MINIMUM_BPS = 16,
	AVP_MAXIMUM_BPS = 17,
	AVP_BEARER_TYPE = 18,
	AVP_FRAMING_TYPE = 19,
	AVP_CALLED_NUMBER = 21,
	AVP_CALLING_NUMBER = 22,
	AVP_SUB_ADDRESS = 23,
	AVP_TX_CONNECT_SPEED = 24,
	AVP_PHYSICAL_CHANNEL_ID = 25,
	AVP_INITIAL_LCP_CONFREQ = 26,
	AVP_LAST_SENT_LCP_CONFREQ = 27,
	AVP_LAST_RECEIVED_LCP_CONFREQ = 28,
	AVP_PROXY_AUTHEN_TYPE = 29,
	AVP_PROXY_AUTHEN_NAME = 30,
	AVP_PROXY_AUTHEN_CHALLENGE = 31,
	AVP_PROXY_AUTHEN_ID = 32,
	AVP_PROXY_AUTHEN_RESPONSE = 33,
	AVP_CALL_ERRORS = 34,
	AVP_ACCM = 35,
	AVP_RANDOM_VECTOR = 36,
	AVP_PRIVATE_GROUP_ID = 37,
	AVP_RX_CONNECT_SPEED = 38,
	AVP_SEQUENCING_REQUIRED = 39,
	AVP_DISCONNECT_CAUSE = 46,

	AVP_ATTRIBUTES = 47, /* one more than the largest */
};

enum avp_kind {
	AVP_KIND_NONE,   /* not an attribute of ours */
	AVP_KIND_FLAG,   /* its presence is what it says */
	AVP_KIND_U16,
	AVP_KIND_U32,
	AVP_KIND_U64,
	AVP_KIND_BYTES,  /* binary */
	AVP_KIND_TEXT,   /* for people */
	AVP_KIND_STRUCT, /* several fields: the decoder of that one attribute knows */
};

struct avp_row {
	const char *name;
	enum avp_kind kind;
	uint16_t min, max;   /* of the value without its header; a number has one or the other */
	bool may_hide;
	bool mandatory;      /* M as we send it; any M is accepted */
};

/* NULL for an attribute that is not known. */
const struct avp_row *avp_row(uint16_t attribute);

/* "?" for an attribute that is not known. */
const char *avp_name(uint16_t attribute);

#endif
