/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets and control messages: the header (RFC 2661 3.1), the messages (6) and the values of
 * their AVPs (4.4), decoded by table into one struct and encoded from it.
 *
 * A decoded message holds views into the datagram, or into its own `clear` for values that were
 * hidden; nothing is copied.  What is wrong with a message is its verdict; what follows from that
 * for the tunnel or the call is decided by tunnel.c and session.c.
 */
#ifndef CULVERT_L2TP_MSG_H
#define CULVERT_L2TP_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"
#include "daemon/base/buf.h"
#include "daemon/base/names.h"
#include "daemon/base/rng.h"
#include "daemon/l2tp/avp_table.h"
#include "daemon/l2tp/codes.h"

#define L2TP_CONTROL_HEADER_LEN 12     /* RFC 2661 3.1: T, L and S set, O clear */
#define L2TP_PROTOCOL_VERSION   0x0100 /* version 1, revision 0: RFC 2661 4.4.3 */
#define L2TP_WINDOW_DEFAULT     4      /* without a Receive Window Size AVP, RFC 2661 4.4.3 */
#define L2TP_FRAMING_SYNC       1      /* RFC 2661 4.4.3, 4.4.4 */
#define L2TP_FRAMING_ASYNC      2      /* RFC 2661 4.4.3, 4.4.4 */

struct l2tp_header {
	bool control;        /* T */
	bool has_length;     /* L */
	bool has_sequence;   /* S */
	bool has_offset;     /* O */
	bool priority;       /* P */
	uint16_t tunnel;     /* the receiver's id; 0 in SCCRQ */
	uint16_t session;    /* the receiver's id; 0: the tunnel itself or not known yet */
	uint16_t ns, nr;
	size_t payload;      /* where it begins in the datagram */
	size_t payload_len;  /* 0 in a control message: a ZLB */
};

/*
 * Read the header of a datagram, control or data; the payload is inside the datagram then.
 * -EPROTONOSUPPORT: not version 2 (L2F, L2TPv3); -EBADMSG: bits that RFC 2661 3.1 forbids, or
 * lengths that do not fit.
 */
MUST_CHECK int msg_header(const uint8_t *data, size_t len, struct l2tp_header *ret_h);

/* A data packet, in short: whose it is and the PPP frame in it, as it came (RFC 2661 3.1). */
struct l2tp_data {
	uint16_t tunnel, session;
	bool has_sequence;
	uint16_t ns;
	const uint8_t *frame;
	size_t len;
};

/* Errors of msg_header(), and -EINVAL for a control message. */
MUST_CHECK int msg_data(const uint8_t *data, size_t len, struct l2tp_data *ret_data);

/* A data header without optional fields before a frame: 6 bytes at `to`. */
#define L2TP_DATA_HEADER_LEN 6
void msg_data_header(uint8_t *to, uint16_t tunnel, uint16_t session);

/* RFC 2661 3.2 and 4.4.1 */
enum msg_type {
	MSG_ZLB = 0, /* no AVP at all: an acknowledgement, RFC 2661 5.8 */
	MSG_SCCRQ = 1,
	MSG_SCCRP = 2,
	MSG_SCCCN = 3,
	MSG_STOPCCN = 4,
	MSG_HELLO = 6,
	MSG_OCRQ = 7,
	MSG_OCRP = 8,
	MSG_OCCN = 9,
	MSG_ICRQ = 10,
	MSG_ICRP = 11,
	MSG_ICCN = 12,
	MSG_CDN = 14,
	MSG_WEN = 15,
	MSG_SLI = 16,

	MSG_TYPES = 17, /* one more than the largest */
};

/* "ICRQ"; "?" for a number that is no message's. */
const char *msg_type_name(unsigned int type);

/* Does it concern one call rather than the tunnel?  (RFC 2661 3.2) */
bool msg_is_call(unsigned int type);

#define MSG_VERDICT_LIST(X)                                                                        \
	X(MSG_OK, "ok")                                                                            \
	/* a type that is not known and may be ignored (RFC 2661 4.4.1) */                         \
	X(MSG_IGNORE, "ignored")                                                                   \
	/* AVP lengths that cannot be, no Message Type, too many AVPs */                           \
	X(MSG_MALFORMED, "malformed")                                                              \
	/* a type that is not known and mandatory: the tunnel is cleared (RFC 2661 4.4.1) */       \
	X(MSG_UNKNOWN_TYPE, "unknown message type")                                                \
	/* an AVP that is not known, or cannot be read, and mandatory (RFC 2661 4.1) */            \
	X(MSG_UNKNOWN_MANDATORY, "unknown mandatory AVP")                                          \
	/* a mandatory AVP that is too short or too long (RFC 2661 7.1) */                         \
	X(MSG_BAD_LENGTH, "AVP of wrong length")                                                   \
	X(MSG_BAD_VALUE, "AVP of bad value")                                                       \
	/* an AVP that the message cannot do without (RFC 2661 6) */                               \
	X(MSG_MISSING, "missing AVP")

NAMES_ENUM(msg_verdict, MSG_VERDICT_LIST);

/* What was tolerated. */
#define MSG_QUIRK_RESULT_LE    1u /* result and error code little-endian (macOS) */
#define MSG_QUIRK_RESULT_SHORT 2u /* no error code (RouterOS) */
#define MSG_QUIRK_MISSING      4u /* an AVP that RFC 2661 6 asks for and nobody misses */

#define MSG_IGNORED_MAX 4    /* ignored AVPs that are remembered */
#define MSG_CLEAR_MAX   1024 /* unhidden values of one message */

struct msg_view {
	const uint8_t *data;
	size_t len;
};

struct msg_ignored {
	uint16_t vendor, attribute;
};

struct msg {
	uint16_t type;    /* enum msg_type, or what the peer made up */
	uint16_t tunnel;  /* of the header */
	uint16_t session; /* of the header */
	enum msg_verdict verdict;
	uint16_t bad_vendor, bad_attribute; /* where, unless MSG_OK */
	uint32_t quirks;
	unsigned int ignored_count;         /* may exceed MSG_IGNORED_MAX */
	struct msg_ignored ignored[MSG_IGNORED_MAX];

	uint64_t present; /* bit n: attribute n; ask msg_has() */

	/* The values, each valid where its attribute is present. */
	uint16_t result, error;
	struct msg_view result_text;
	uint16_t protocol_version;
	uint32_t framing_capabilities, bearer_capabilities;
	uint64_t tie_breaker;
	uint16_t firmware_revision;
	struct msg_view host_name, vendor_name;
	uint16_t assigned_tunnel, window;
	struct msg_view challenge, response;

	uint16_t q931_cause;
	uint8_t q931_message;
	struct msg_view q931_text;
	uint16_t assigned_session;
	uint32_t call_serial, minimum_bps, maximum_bps, bearer_type, framing_type;
	struct msg_view called, calling, sub_address;
	uint32_t tx_speed, rx_speed, physical_channel;
	struct msg_view private_group;

	struct msg_view lcp_initial, lcp_sent, lcp_received;
	uint16_t proxy_type;
	struct msg_view proxy_name, proxy_challenge, proxy_response;
	uint16_t proxy_id;

	/* CRC, framing, hardware overrun, buffer overrun, timeout, alignment: RFC 2661 4.4.6 */
	uint32_t call_errors[6];
	uint32_t accm_send, accm_receive;

	uint16_t cause, cause_protocol; /* RFC 3145 2 */
	uint8_t cause_direction;
	struct msg_view cause_text;

	struct msg_view random_vector; /* the last one */
	size_t clear_len;
	uint8_t clear[MSG_CLEAR_MAX];
};

static inline bool msg_has(const struct msg *m, enum avp_attribute attribute)
{
	return m->present >> attribute & 1;
}

/* An empty message of a type, to be filled with msg_set() and encoded. */
void msg_init(struct msg *m, enum msg_type type);

static inline void msg_set(struct msg *m, enum avp_attribute attribute)
{
	m->present |= (uint64_t)1 << attribute;
}

/*
 * Decode a control message that msg_header() accepted.  secret opens hidden AVPs; NULL: there is
 * none.  What could be read is in m whatever the verdict, so that a refusal finds its addressee.
 */
enum msg_verdict msg_decode(struct msg *m, const struct l2tp_header *h, const uint8_t *data,
			    const uint8_t *secret, size_t secret_len);

struct msg_hiding {
	const uint8_t *secret; /* NULL: nothing is hidden */
	size_t secret_len;
	struct rng *rng;
};

/*
 * Append a control message, header included; Ns and Nr are the channel's to fill.  The AVPs go in
 * ascending order after the Message Type.  w becomes bad where it does not fit.
 */
void msg_encode(struct writer *w, const struct msg *m, uint16_t tunnel, uint16_t session,
		const struct msg_hiding *hiding);

/* A control header alone, for a payload of len bytes: a ZLB where that is 0. */
void msg_put_header(struct writer *w, uint16_t tunnel, uint16_t session, size_t len);

/*
 * What to tell the peer about a verdict other than MSG_OK and MSG_IGNORE: result code (the same in
 * StopCCN and CDN), error code and a text (RFC 2661 4.4.2).
 */
void msg_fault(const struct msg *m, struct l2tp_end *ret_end);

#endif
