/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers that say why something ended (RFC 2661 4.4.2, RFC 3145 2.2), their names, and struct
 * l2tp_end, which keeps what is known about an end.
 */
#ifndef CULVERT_L2TP_CODES_H
#define CULVERT_L2TP_CODES_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/base/names.h"

/* Result Code of StopCCN, RFC 2661 4.4.2; the value is the place in the list. */
#define L2TP_STOP_LIST(X)                                                                          \
	X(L2TP_STOP_NONE, "none")                                                                  \
	X(L2TP_STOP_CLEAR, "cleared")                                                              \
	X(L2TP_STOP_ERROR, "general-error")                                                        \
	X(L2TP_STOP_EXISTS, "already-exists")                                                      \
	X(L2TP_STOP_NOT_AUTHORIZED, "not-authorized")                                              \
	X(L2TP_STOP_VERSION, "version-not-supported")                                              \
	X(L2TP_STOP_SHUTDOWN, "shutting-down")                                                     \
	X(L2TP_STOP_FSM, "state-machine-error")

NAMES_ENUM(l2tp_stop, L2TP_STOP_LIST);

/* Result Code of CDN, RFC 2661 4.4.2. */
#define L2TP_CALL_LIST(X)                                                                          \
	X(L2TP_CALL_NONE, "none")                                                                  \
	X(L2TP_CALL_CARRIER_LOST, "carrier-lost")                                                  \
	X(L2TP_CALL_ERROR, "general-error")                                                        \
	X(L2TP_CALL_ADMIN, "administrative")                                                       \
	X(L2TP_CALL_NO_FACILITIES, "no-facilities-now")                                            \
	X(L2TP_CALL_NEVER_FACILITIES, "no-facilities")                                             \
	X(L2TP_CALL_DESTINATION, "invalid-destination")                                            \
	X(L2TP_CALL_NO_CARRIER, "no-carrier")                                                      \
	X(L2TP_CALL_BUSY, "busy")                                                                  \
	X(L2TP_CALL_NO_DIAL_TONE, "no-dial-tone")                                                  \
	X(L2TP_CALL_TIMEOUT, "not-established-in-time")                                            \
	X(L2TP_CALL_NO_FRAMING, "no-framing")

NAMES_ENUM(l2tp_call, L2TP_CALL_LIST);

/* General error code, RFC 2661 4.4.2. */
#define L2TP_ERROR_LIST(X)                                                                         \
	X(L2TP_ERROR_NONE, "none")                                                                 \
	X(L2TP_ERROR_NO_CONNECTION, "no-control-connection")                                       \
	X(L2TP_ERROR_LENGTH, "wrong-length")                                                       \
	X(L2TP_ERROR_VALUE, "bad-value")                                                           \
	X(L2TP_ERROR_RESOURCES, "no-resources")                                                    \
	X(L2TP_ERROR_SESSION_ID, "invalid-session-id")                                             \
	X(L2TP_ERROR_VENDOR, "vendor-error")                                                       \
	X(L2TP_ERROR_TRY_ANOTHER, "try-another")                                                   \
	X(L2TP_ERROR_UNKNOWN_AVP, "unknown-mandatory-avp")

NAMES_ENUM(l2tp_error, L2TP_ERROR_LIST);

/* Disconnect Code, RFC 3145 2.2. */
#define L2TP_CAUSE_LIST(X)                                                                         \
	X(L2TP_CAUSE_NONE, "none")                                                                 \
	X(L2TP_CAUSE_ADMIN, "administrative")                                                      \
	X(L2TP_CAUSE_NO_RENEGOTIATION, "lcp-renegotiation-disabled")                               \
	X(L2TP_CAUSE_NORMAL, "normal")                                                             \
	X(L2TP_CAUSE_ENCRYPTION, "encryption-refused")                                             \
	X(L2TP_CAUSE_LCP_TIMEOUT, "lcp-timeout")                                                   \
	X(L2TP_CAUSE_LCP_SILENT, "no-lcp-packet")                                                  \
	X(L2TP_CAUSE_LCP_LOOP, "lcp-loopback")                                                     \
	X(L2TP_CAUSE_LCP_ECHO, "lcp-echo-timeout")                                                 \
	X(L2TP_CAUSE_MP_DISCRIMINATOR, "unexpected-endpoint-discriminator")                        \
	X(L2TP_CAUSE_MP_MRRU, "unexpected-mrru")                                                   \
	X(L2TP_CAUSE_MP_SEQUENCE, "unexpected-short-sequence")                                     \
	X(L2TP_CAUSE_CALLBACK, "callback-refused")                                                 \
	X(L2TP_CAUSE_AUTH_TIMEOUT, "auth-timeout")                                                 \
	X(L2TP_CAUSE_AUTH_MP_NAME, "unexpected-name")                                              \
	X(L2TP_CAUSE_AUTH_PROTOCOL, "auth-protocol-unacceptable")                                  \
	X(L2TP_CAUSE_AUTH_FAILED, "auth-failed")                                                   \
	X(L2TP_CAUSE_NCP_TIMEOUT, "ncp-timeout")                                                   \
	X(L2TP_CAUSE_NCP_NONE, "no-ncp")                                                           \
	X(L2TP_CAUSE_NCP_ADDRESS, "no-acceptable-address")                                         \
	X(L2TP_CAUSE_NCP_NOT_PERMITTED, "address-not-permitted")

NAMES_ENUM(l2tp_cause, L2TP_CAUSE_LIST);

/* To be or-ed to a cause: at whose end it happened (Direction, RFC 3145 2.3). */
#define L2TP_CAUSE_AT_PEER  0x0100
#define L2TP_CAUSE_AT_LOCAL 0x0200
#define L2TP_CAUSE_CODE(c)  ((c) & 0xff)

/* Who ended it. */
#define L2TP_END_LIST(X)                                                                           \
	X(L2TP_END_NONE, "none")                                                                   \
	X(L2TP_END_LOCAL, "local")                                                                 \
	X(L2TP_END_PEER, "peer")                                                                   \
	X(L2TP_END_TIMEOUT, "timeout")

NAMES_ENUM(l2tp_end_by, L2TP_END_LIST);

#define L2TP_TEXT_MAX 80 /* of a peer's message we keep this much, terminator included */

struct l2tp_end {
	enum l2tp_end_by by;
	uint16_t result; /* enum l2tp_stop or enum l2tp_call */
	uint16_t error;  /* enum l2tp_error; with L2TP_STOP_VERSION: the version that is spoken */
	uint16_t cause;  /* enum l2tp_cause, perhaps with a direction; what either end said */
	char text[L2TP_TEXT_MAX]; /* terminated; a peer's may hold any bytes */
};

/* text may be NULL or cut. */
void l2tp_end_set(struct l2tp_end *end, enum l2tp_end_by by, uint16_t result, uint16_t error,
		  const char *text);

/* Copy a peer's bytes as a terminated string, up to the first zero byte. */
void l2tp_text(char *to, size_t size, const uint8_t *bytes, size_t len);

#endif
