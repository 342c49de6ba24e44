// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * min and max are RFC 2661's lengths less the header of six, except where a comment names a client
 * that sends less.  20 was left unassigned by RFC 2661; 40 to 45 belong to other documents, and
 * what they would say is none of ours.  A section without a document is RFC 2661's.
 */
#include "daemon/l2tp/avp_table.h"

#include <stddef.h>

#include "daemon/l2tp/avp.h"

#define ANY AVP_VALUE_MAX

static const struct avp_row rows[AVP_ATTRIBUTES] = {
#define ROW(attribute, name, kind, min, max, bits) \
	[AVP_##attribute] = { name, AVP_KIND_##kind, min, max, (bits) & 1, (bits) & 2 }
#define NN 0 /* not to be hidden, not mandatory */
#define HN 1 /* may be hidden, not mandatory */
#define NM 2 /* not to be hidden, mandatory */
#define HM 3 /* may be hidden, mandatory */

	/* clang-format off */
	ROW(MESSAGE_TYPE,        "Message Type",         U16,    2,  2,   NM), /* 4.4.1 */
	ROW(RANDOM_VECTOR,       "Random Vector",        BYTES,  1,  ANY, NM), /* 4.4.1 */

	/* RouterOS leaves the error code out: two bytes, not four */
	ROW(RESULT_CODE,         "Result Code",          STRUCT, 2,  ANY, NM), /* 4.4.2 */

	ROW(PROTOCOL_VERSION,    "Protocol Version",     U16,    2,  2,   NM), /* 4.4.3 */
	ROW(FRAMING_CAPABILITIES, "Framing Capabilities", U32,    4,  4,   HM), /* 4.4.3 */
	ROW(BEARER_CAPABILITIES, "Bearer Capabilities",  U32,    4,  4,   HM), /* 4.4.3 */
	ROW(TIE_BREAKER,         "Tie Breaker",          U64,    8,  8,   NN), /* 4.4.3 */
	ROW(FIRMWARE_REVISION,   "Firmware Revision",    U16,    2,  2,   HN), /* 4.4.3 */
	ROW(HOST_NAME,           "Host Name",            TEXT,   1,  ANY, NM), /* 4.4.3 */
	ROW(VENDOR_NAME,         "Vendor Name",          TEXT,   0,  ANY, HN), /* 4.4.3 */
	ROW(ASSIGNED_TUNNEL_ID,  "Assigned Tunnel ID",   U16,    2,  2,   HM), /* 4.4.3 */
	ROW(RECEIVE_WINDOW_SIZE, "Receive Window Size",  U16,    2,  2,   NM), /* 4.4.3 */
	ROW(CHALLENGE,           "Challenge",            BYTES,  1,  ANY, HM), /* 4.4.3 */
	ROW(CHALLENGE_RESPONSE,  "Challenge Response",   BYTES,  16, 16,  HM), /* 4.4.3 */

	ROW(Q931_CAUSE_CODE,     "Q.931 Cause Code",     STRUCT, 3,  ANY, NM), /* 4.4.4 */
	ROW(ASSIGNED_SESSION_ID, "Assigned Session ID",  U16,    2,  2,   HM), /* 4.4.4 */
	/* a client for Android sends two bytes */
	ROW(CALL_SERIAL_NUMBER,  "Call Serial Number",   U32,    2,  4,   HM), /* 4.4.4 */
	ROW(MINIMUM_BPS,         "Minimum BPS",          U32,    4,  4,   HM), /* 4.4.4 */
	ROW(MAXIMUM_BPS,         "Maximum BPS",          U32,    4,  4,   HM), /* 4.4.4 */
	ROW(BEARER_TYPE,         "Bearer Type",          U32,    4,  4,   HM), /* 4.4.4 */
	ROW(FRAMING_TYPE,        "Framing Type",         U32,    4,  4,   HM), /* 4.4.4 */
	ROW(CALLED_NUMBER,       "Called Number",        TEXT,   0,  ANY, HM), /* 4.4.4 */
	ROW(CALLING_NUMBER,      "Calling Number",       TEXT,   0,  ANY, HM), /* 4.4.4 */
	ROW(SUB_ADDRESS,         "Sub-Address",          TEXT,   0,  ANY, HM), /* 4.4.4 */
	ROW(TX_CONNECT_SPEED,    "(Tx) Connect Speed",   U32,    4,  4,   HM), /* 4.4.4 */
	ROW(RX_CONNECT_SPEED,    "Rx Connect Speed",     U32,    4,  4,   HN), /* 4.4.4 */
	ROW(PHYSICAL_CHANNEL_ID, "Physical Channel ID",  U32,    4,  4,   HN), /* 4.4.4 */
	ROW(PRIVATE_GROUP_ID,    "Private Group ID",     BYTES,  0,  ANY, HN), /* 4.4.4 */
	ROW(SEQUENCING_REQUIRED, "Sequencing Required",  FLAG,   0,  0,   NM), /* 4.4.4 */

	ROW(INITIAL_LCP_CONFREQ, "Initial Received LCP CONFREQ", BYTES,  0,  ANY, HN), /* 4.4.5 */
	ROW(LAST_SENT_LCP_CONFREQ, "Last Sent LCP CONFREQ", BYTES,  0,  ANY, HN), /* 4.4.5 */
	ROW(LAST_RECEIVED_LCP_CONFREQ, "Last Received LCP CONFREQ",
	                                             BYTES,  0,  ANY, HN), /* 4.4.5 */
	ROW(PROXY_AUTHEN_TYPE,   "Proxy Authen Type",    U16,    2,  2,   HN), /* 4.4.5 */
	ROW(PROXY_AUTHEN_NAME,   "Proxy Authen Name",    TEXT,   0,  ANY, HN), /* 4.4.5 */
	ROW(PROXY_AUTHEN_CHALLENGE, "Proxy Authen Challenge", BYTES,  1,  ANY, HN), /* 4.4.5 */
	ROW(PROXY_AUTHEN_ID,     "Proxy Authen ID",      U16,    2,  2,   HN), /* 4.4.5 */
	ROW(PROXY_AUTHEN_RESPONSE, "Proxy Authen Response", BYTES,  0,  ANY, HN), /* 4.4.5 */

	ROW(CALL_ERRORS,         "Call Errors",          STRUCT, 26, 26,  HM), /* 4.4.6 */
	ROW(ACCM,                "ACCM",                 STRUCT, 10, 10,  HM), /* 4.4.6 */

	ROW(DISCONNECT_CAUSE,    "PPP Disconnect Cause Code", STRUCT, 5,  ANY, HN), /* RFC 3145 2 */
	/* clang-format on */
};

const struct avp_row *avp_row(uint16_t attribute)
{
	if (attribute >= AVP_ATTRIBUTES || rows[attribute].kind == AVP_KIND_NONE)
		return NULL;
	return &rows[attribute];
}

const char *avp_name(uint16_t attribute)
{
	const struct avp_row *row = avp_row(attribute);

	return row ? row->name : "?";
}
