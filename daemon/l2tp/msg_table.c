// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which AVPs a message has (RFC 2661 6), and where struct msg keeps them.
 *
 * An attribute that is known but not listed for a message is ignored there, as RFC 2661 says
 * nothing against it and real peers do it.
 */
#include "daemon/l2tp/msg.h"
#include "daemon/l2tp/msg_fields.h"

#define A(attribute) ((uint64_t)1 << AVP_##attribute)

#define CONNECTION_OPTIONAL                                                                        \
	(A(BEARER_CAPABILITIES) | A(RECEIVE_WINDOW_SIZE) | A(CHALLENGE) | A(FIRMWARE_REVISION) |   \
	 A(VENDOR_NAME))

#define PROXY                                                                                      \
	(A(INITIAL_LCP_CONFREQ) | A(LAST_SENT_LCP_CONFREQ) | A(LAST_RECEIVED_LCP_CONFREQ) |        \
	 A(PROXY_AUTHEN_TYPE) | A(PROXY_AUTHEN_NAME) | A(PROXY_AUTHEN_CHALLENGE) |                 \
	 A(PROXY_AUTHEN_ID) | A(PROXY_AUTHEN_RESPONSE))

static const struct msg_row rows[MSG_TYPES] = {
	[MSG_SCCRQ] = { /* RFC 2661 6.1 */
		.name = "SCCRQ",
		.required = A(PROTOCOL_VERSION) | A(HOST_NAME) | A(FRAMING_CAPABILITIES) |
			    A(ASSIGNED_TUNNEL_ID),
		.optional = CONNECTION_OPTIONAL | A(TIE_BREAKER),
	},
	[MSG_SCCRP] = { /* RFC 2661 6.2 */
		.name = "SCCRP",
		.required = A(PROTOCOL_VERSION) | A(HOST_NAME) | A(FRAMING_CAPABILITIES) |
			    A(ASSIGNED_TUNNEL_ID),
		.optional = CONNECTION_OPTIONAL | A(CHALLENGE_RESPONSE),
	},
	[MSG_SCCCN] = { /* RFC 2661 6.3 */
		.name = "SCCCN",
		.optional = A(CHALLENGE_RESPONSE),
	},
	[MSG_STOPCCN] = { /* RFC 2661 6.4 */
		.name = "StopCCN",
		.expected = A(ASSIGNED_TUNNEL_ID) | A(RESULT_CODE),
	},
	[MSG_HELLO] = { .name = "HELLO" }, /* RFC 2661 6.5 */
	[MSG_ICRQ] = { /* RFC 2661 6.6 */
		.name = "ICRQ",
		.call = true,
		.required = A(ASSIGNED_SESSION_ID),
		.expected = A(CALL_SERIAL_NUMBER),
		.optional = A(BEARER_TYPE) | A(PHYSICAL_CHANNEL_ID) | A(CALLING_NUMBER) |
			    A(CALLED_NUMBER) | A(SUB_ADDRESS),
	},
	[MSG_ICRP] = { /* RFC 2661 6.7 */
		.name = "ICRP",
		.call = true,
		.required = A(ASSIGNED_SESSION_ID),
	},
	[MSG_ICCN] = { /* RFC 2661 6.8 */
		.name = "ICCN",
		.call = true,
		.expected = A(TX_CONNECT_SPEED) | A(FRAMING_TYPE),
		.optional = PROXY | A(PRIVATE_GROUP_ID) | A(RX_CONNECT_SPEED) |
			    A(SEQUENCING_REQUIRED),
	},
	[MSG_OCRQ] = { /* RFC 2661 6.9 */
		.name = "OCRQ",
		.call = true,
		.required = A(ASSIGNED_SESSION_ID),
		.expected = A(CALL_SERIAL_NUMBER) | A(MINIMUM_BPS) | A(MAXIMUM_BPS) |
			    A(BEARER_TYPE) | A(FRAMING_TYPE) | A(CALLED_NUMBER),
		.optional = A(SUB_ADDRESS),
	},
	[MSG_OCRP] = { /* RFC 2661 6.10 */
		.name = "OCRP",
		.call = true,
		.required = A(ASSIGNED_SESSION_ID),
		.optional = A(PHYSICAL_CHANNEL_ID),
	},
	[MSG_OCCN] = { /* RFC 2661 6.11 */
		.name = "OCCN",
		.call = true,
		.expected = A(TX_CONNECT_SPEED) | A(FRAMING_TYPE),
		.optional = A(RX_CONNECT_SPEED) | A(SEQUENCING_REQUIRED),
	},
	[MSG_CDN] = { /* RFC 2661 6.12; the cause is RFC 3145 2 */
		.name = "CDN",
		.call = true,
		.expected = A(RESULT_CODE) | A(ASSIGNED_SESSION_ID),
		.optional = A(Q931_CAUSE_CODE) | A(DISCONNECT_CAUSE),
	},
	[MSG_WEN] = { /* RFC 2661 6.13 */
		.name = "WEN",
		.call = true,
		.expected = A(CALL_ERRORS),
	},
	[MSG_SLI] = { /* RFC 2661 6.14 */
		.name = "SLI",
		.call = true,
		.expected = A(ACCM),
	},
};

#define F(attribute, field) [AVP_##attribute] = offsetof(struct msg, field)

static const uint16_t fields[AVP_ATTRIBUTES] = {
	F(PROTOCOL_VERSION, protocol_version),
	F(FRAMING_CAPABILITIES, framing_capabilities),
	F(BEARER_CAPABILITIES, bearer_capabilities),
	F(TIE_BREAKER, tie_breaker),
	F(FIRMWARE_REVISION, firmware_revision),
	F(HOST_NAME, host_name),
	F(VENDOR_NAME, vendor_name),
	F(ASSIGNED_TUNNEL_ID, assigned_tunnel),
	F(RECEIVE_WINDOW_SIZE, window),
	F(CHALLENGE, challenge),
	F(CHALLENGE_RESPONSE, response),
	F(ASSIGNED_SESSION_ID, assigned_session),
	F(CALL_SERIAL_NUMBER, call_serial),
	F(MINIMUM_BPS, minimum_bps),
	F(MAXIMUM_BPS, maximum_bps),
	F(BEARER_TYPE, bearer_type),
	F(FRAMING_TYPE, framing_type),
	F(CALLED_NUMBER, called),
	F(CALLING_NUMBER, calling),
	F(SUB_ADDRESS, sub_address),
	F(TX_CONNECT_SPEED, tx_speed),
	F(RX_CONNECT_SPEED, rx_speed),
	F(PHYSICAL_CHANNEL_ID, physical_channel),
	F(PRIVATE_GROUP_ID, private_group),
	F(INITIAL_LCP_CONFREQ, lcp_initial),
	F(LAST_SENT_LCP_CONFREQ, lcp_sent),
	F(LAST_RECEIVED_LCP_CONFREQ, lcp_received),
	F(PROXY_AUTHEN_TYPE, proxy_type),
	F(PROXY_AUTHEN_NAME, proxy_name),
	F(PROXY_AUTHEN_CHALLENGE, proxy_challenge),
	F(PROXY_AUTHEN_ID, proxy_id),
	F(PROXY_AUTHEN_RESPONSE, proxy_response),
};

const struct msg_row *msg_row(unsigned int type)
{
	return type < MSG_TYPES && rows[type].name ? &rows[type] : NULL;
}

size_t msg_field(uint16_t attribute)
{
	return attribute < AVP_ATTRIBUTES ? fields[attribute] : 0;
}

const char *msg_type_name(unsigned int type)
{
	const struct msg_row *row = msg_row(type);

	return row ? row->name : type == MSG_ZLB ? "ZLB" : "?";
}

bool msg_is_call(unsigned int type)
{
	const struct msg_row *row = msg_row(type);

	return row && row->call;
}

NAMES_FUNCTION(msg_verdict, MSG_VERDICT_LIST)
