// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The L2TP header (RFC 2661 3.1), which control and data packets share.
 */
#include <errno.h>

#include "daemon/l2tp/msg.h"

#define HEADER_T       0x8000 /* RFC 2661 3.1, as the rest */
#define HEADER_L       0x4000
#define HEADER_S       0x0800
#define HEADER_O       0x0200
#define HEADER_P       0x0100
#define HEADER_VERSION 0x000f
#define L2TP_VERSION   2      /* RFC 2661 3.1; 1 is L2F, 3 is L2TPv3 */

static void read_flags(uint16_t flags, struct l2tp_header *h)
{
	h->control = flags & HEADER_T;
	h->has_length = flags & HEADER_L;
	h->has_sequence = flags & HEADER_S;
	h->has_offset = flags & HEADER_O;
	h->priority = flags & HEADER_P;
}

/* RFC 2661 3.1: a control message has a length and sequence numbers, and no offset. */
static bool control_flags_ok(const struct l2tp_header *h)
{
	return h->has_length && h->has_sequence && !h->has_offset;
}

int msg_header(const uint8_t *data, size_t len, struct l2tp_header *ret_h)
{
	struct l2tp_header h = { .control = false };
	size_t end = len;
	struct reader r;
	uint16_t flags;

	reader_init(&r, data, len);
	flags = reader_u16(&r);
	if (r.bad)
		return -EBADMSG;
	if ((flags & HEADER_VERSION) != L2TP_VERSION)
		return -EPROTONOSUPPORT;
	read_flags(flags, &h);
	if (h.control && !control_flags_ok(&h))
		return -EBADMSG;
	if (h.has_length)
		end = reader_u16(&r);
	h.tunnel = reader_u16(&r);
	h.session = reader_u16(&r);
	if (h.has_sequence) {
		h.ns = reader_u16(&r);
		h.nr = reader_u16(&r);
	}
	if (h.has_offset)
		reader_bytes(&r, reader_u16(&r));
	h.payload = (size_t)(r.pos - data);
	/* the length may be less than the datagram's, never more, and never cut the header */
	if (r.bad || end > len || end < h.payload)
		return -EBADMSG;
	h.payload_len = end - h.payload;
	*ret_h = h;
	return 0;
}

int msg_data(const uint8_t *data, size_t len, struct l2tp_data *ret_data)
{
	struct l2tp_header h;
	int err = msg_header(data, len, &h);

	if (err)
		return err;
	if (h.control)
		return -EINVAL;
	ret_data->tunnel = h.tunnel;
	ret_data->session = h.session;
	ret_data->has_sequence = h.has_sequence;
	ret_data->ns = h.ns;
	ret_data->frame = data + h.payload;
	ret_data->len = h.payload_len;
	return 0;
}

void msg_data_header(uint8_t *to, uint16_t tunnel, uint16_t session)
{
	struct writer w;

	writer_init(&w, to, L2TP_DATA_HEADER_LEN);
	writer_u16(&w, L2TP_VERSION);
	writer_u16(&w, tunnel);
	writer_u16(&w, session);
}
