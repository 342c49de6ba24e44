/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The format of one attribute-value pair (RFC 2661 4.1), without its meaning: header bits, both
 * bounds of the length, the value as a view.  What an attribute is, avp_table.h knows; what it
 * says, msg.h.
 */
#ifndef CULVERT_L2TP_AVP_H
#define CULVERT_L2TP_AVP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/buf.h"

#define AVP_HEADER_LEN  6     /* RFC 2661 4.1 */
#define AVP_LEN_MAX     1023  /* RFC 2661 4.1: ten bits, header included */
#define AVP_VALUE_MAX   (AVP_LEN_MAX - AVP_HEADER_LEN)
#define AVP_PER_MESSAGE 64    /* the largest defined message has 17; more is an attack */

struct avp {
	bool mandatory; /* M, RFC 2661 4.1 */
	bool hidden;    /* H, RFC 2661 4.3 */
	bool reserved;  /* one of the four reserved bits is set: treat as unknown, RFC 2661 4.1 */
	uint16_t vendor;
	uint16_t attribute;
	const uint8_t *value;
	size_t len; /* of the value */
};

enum avp_walk {
	AVP_WALK_OK,
	AVP_WALK_END,
	AVP_WALK_MALFORMED, /* a length below the header's or beyond the message */
};

/* The next AVP of a message.  Nothing is read beyond r, whatever the lengths say. */
enum avp_walk avp_next(struct reader *r, struct avp *ret_avp);

/* Append an AVP of vendor 0; what does not fit in ten bits of length makes w bad. */
void avp_put(struct writer *w, uint16_t attribute, bool mandatory, const void *value, size_t len);

/* The header alone, for a value of len bytes that the caller writes next. */
void avp_put_header(struct writer *w, uint16_t attribute, bool mandatory, bool hidden, size_t len);

#endif
