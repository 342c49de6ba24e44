// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decoding of a control message: walk its AVPs, check each against its row, keep its value.
 *
 * The first fault is the verdict; the walk goes on behind it as far as the lengths make sense,
 * because a refusal needs the ids that may come later.  A fault in an AVP whose M bit is not set is
 * none: the AVP is ignored (RFC 2661 4.1, 7.1).
 */
#include <stdio.h>
#include <string.h>

#include "daemon/l2tp/avp.h"
#include "daemon/l2tp/hide.h"
#include "daemon/l2tp/msg.h"
#include "daemon/l2tp/msg_fields.h"

struct decoder {
	struct msg *m;
	const struct msg_row *row;
	struct hide_key key; /* vector NULL until a Random Vector was seen */
};

static void fault(struct msg *m, enum msg_verdict verdict, uint16_t vendor, uint16_t attribute)
{
	if (m->verdict != MSG_OK)
		return;
	m->verdict = verdict;
	m->bad_vendor = vendor;
	m->bad_attribute = attribute;
}

/* What cannot be used ends the scope of the message if it is mandatory (RFC 2661 4.1). */
static void unusable(struct msg *m, const struct avp *avp, enum msg_verdict verdict)
{
	if (avp->mandatory) {
		fault(m, verdict, avp->vendor, avp->attribute);
		return;
	}
	if (m->ignored_count < MSG_IGNORED_MAX) {
		m->ignored[m->ignored_count].vendor = avp->vendor;
		m->ignored[m->ignored_count].attribute = avp->attribute;
	}
	m->ignored_count++;
}

static uint16_t swap(uint16_t v)
{
	return (uint16_t)(v << 8 | v >> 8);
}

static struct msg_view rest(struct reader *r)
{
	struct msg_view view = { .data = r->pos, .len = reader_left(r) };

	return view;
}

/*
 * Result Code (RFC 2661 4.4.2).  macOS sends both numbers little-endian, and no code has a zero
 * low byte; RouterOS leaves the error code out.
 */
static void read_result(struct msg *m, struct reader *r)
{
	m->result = reader_u16(r);
	m->error = 0;
	if (reader_left(r) >= 2)
		m->error = reader_u16(r);
	else
		m->quirks |= MSG_QUIRK_RESULT_SHORT;
	if (m->result > 0xff && (m->result & 0xff) == 0) {
		m->quirks |= MSG_QUIRK_RESULT_LE;
		m->result = swap(m->result);
		/* 5: the error code is a version, 0x0100 by itself (RFC 2661 4.4.2) */
		if (m->error > 0xff && m->result != L2TP_STOP_VERSION)
			m->error = swap(m->error);
	}
	m->result_text = rest(r);
}

static void read_struct(struct msg *m, uint16_t attribute, struct reader *r)
{
	switch (attribute) {
	case AVP_RESULT_CODE:
		read_result(m, r);
		break;
	case AVP_Q931_CAUSE_CODE: /* RFC 2661 4.4.4 */
		m->q931_cause = reader_u16(r);
		m->q931_message = reader_u8(r);
		m->q931_text = rest(r);
		break;
	case AVP_CALL_ERRORS: /* RFC 2661 4.4.6 */
		reader_u16(r);
		for (size_t i = 0; i < ARRAY_SIZE(m->call_errors); i++)
			m->call_errors[i] = reader_u32(r);
		break;
	case AVP_ACCM: /* RFC 2661 4.4.6 */
		reader_u16(r);
		m->accm_send = reader_u32(r);
		m->accm_receive = reader_u32(r);
		break;
	case AVP_DISCONNECT_CAUSE: /* RFC 3145 2 */
		m->cause = reader_u16(r);
		m->cause_protocol = reader_u16(r);
		m->cause_direction = reader_u8(r);
		m->cause_text = rest(r);
		break;
	}
}

/* The length has been checked against the row: nothing here can run out of bytes. */
static void read_value(struct msg *m, const struct avp_row *row, const struct avp *avp)
{
	void *field = (char *)m + msg_field(avp->attribute);
	struct reader r;

	reader_init(&r, avp->value, avp->len);
	switch (row->kind) {
	case AVP_KIND_U16:
		*(uint16_t *)field = reader_u16(&r);
		break;
	case AVP_KIND_U32: /* a shorter row minimum is a quirk: two bytes */
		*(uint32_t *)field = avp->len == 2 ? reader_u16(&r) : reader_u32(&r);
		break;
	case AVP_KIND_U64:
		*(uint64_t *)field = reader_u64(&r);
		break;
	case AVP_KIND_BYTES:
	case AVP_KIND_TEXT:
		*(struct msg_view *)field = rest(&r);
		break;
	case AVP_KIND_STRUCT:
		read_struct(m, avp->attribute, &r);
		break;
	case AVP_KIND_FLAG:
	case AVP_KIND_NONE:
		break;
	}
	m->present |= (uint64_t)1 << avp->attribute;
}

/* Replace a hidden value by the clear one (RFC 2661 4.3). */
static bool reveal(struct decoder *d, struct avp *avp)
{
	struct msg *m = d->m;
	uint8_t *to = m->clear + m->clear_len;
	size_t len;

	if (!d->key.secret || !d->key.vector || avp->len > MSG_CLEAR_MAX - m->clear_len)
		return false;
	if (unhide(&d->key, avp->attribute, avp->value, avp->len, to, &len))
		return false;
	m->clear_len += HIDE_OVERHEAD + len;
	avp->value = to + HIDE_OVERHEAD;
	avp->len = len;
	return true;
}

static bool length_ok(const struct avp_row *row, size_t len)
{
	switch (row->kind) {
	case AVP_KIND_FLAG:
	case AVP_KIND_U16:
	case AVP_KIND_U32:
	case AVP_KIND_U64:
		return len == row->min || len == row->max;
	case AVP_KIND_BYTES:
	case AVP_KIND_TEXT:
	case AVP_KIND_STRUCT:
		return len >= row->min && len <= row->max;
	case AVP_KIND_NONE:
		break;
	}
	return false;
}

static void take_avp(struct decoder *d, struct avp *avp)
{
	const struct avp_row *row = avp_row(avp->attribute);
	struct msg *m = d->m;
	uint64_t bit;

	if (avp->vendor || avp->reserved || !row) {
		unusable(m, avp, MSG_UNKNOWN_MANDATORY);
		return;
	}
	bit = (uint64_t)1 << avp->attribute;
	if (avp->attribute == AVP_RANDOM_VECTOR && !avp->hidden) {
		/* for the hidden ones up to the next Random Vector: RFC 2661 4.3 */
		if (!length_ok(row, avp->len)) {
			unusable(m, avp, MSG_BAD_LENGTH);
			return;
		}
		d->key.vector = avp->value;
		d->key.vector_len = avp->len;
		m->random_vector.data = avp->value;
		m->random_vector.len = avp->len;
		m->present |= bit;
		return;
	}
	/* known, but not of this message, or said before: the first one counts */
	if (!((d->row->required | d->row->expected | d->row->optional) & bit) || m->present & bit)
		return;
	if (avp->hidden && !row->may_hide) {
		unusable(m, avp, MSG_BAD_VALUE);
		return;
	}
	if (avp->hidden && !reveal(d, avp)) {
		unusable(m, avp, MSG_UNKNOWN_MANDATORY);
		return;
	}
	if (!length_ok(row, avp->len)) {
		unusable(m, avp, MSG_BAD_LENGTH);
		return;
	}
	read_value(m, row, avp);
}

/* The first AVP says what the message is (RFC 2661 4.4.1).  False: nothing more to read. */
static bool take_type(struct decoder *d, struct reader *r)
{
	struct msg *m = d->m;
	struct avp avp;

	if (avp_next(r, &avp) != AVP_WALK_OK || avp.vendor || avp.hidden || avp.reserved ||
	    avp.attribute != AVP_MESSAGE_TYPE || avp.len != 2) {
		fault(m, MSG_MALFORMED, 0, AVP_MESSAGE_TYPE);
		return false;
	}
	m->type = (uint16_t)(avp.value[0] << 8 | avp.value[1]);
	m->present = (uint64_t)1 << AVP_MESSAGE_TYPE;
	d->row = msg_row(m->type);
	if (d->row)
		return true;
	/* RFC 2661 4.4.1: its M bit says whether the tunnel can go on without it */
	fault(m, avp.mandatory ? MSG_UNKNOWN_TYPE : MSG_IGNORE, 0, AVP_MESSAGE_TYPE);
	return false;
}

static void check_missing(struct decoder *d)
{
	struct msg *m = d->m;
	uint64_t missing = d->row->required & ~m->present;

	if (missing)
		fault(m, MSG_MISSING, 0, (uint16_t)__builtin_ctzll(missing));
	if (d->row->expected & ~m->present)
		m->quirks |= MSG_QUIRK_MISSING;
}

/* Not the views and numbers: `present` says which of them have been written. */
static void reset(struct msg *m, uint16_t type)
{
	memset(m, 0, offsetof(struct msg, clear));
	m->type = type;
}

void msg_init(struct msg *m, enum msg_type type)
{
	reset(m, (uint16_t)type);
	msg_set(m, AVP_MESSAGE_TYPE);
}

enum msg_verdict msg_decode(struct msg *m, const struct l2tp_header *h, const uint8_t *data,
			    const uint8_t *secret, size_t secret_len)
{
	struct decoder d = { .m = m, .key = { .secret = secret, .secret_len = secret_len } };
	enum avp_walk walk = AVP_WALK_OK;
	struct reader r;
	struct avp avp;

	reset(m, MSG_ZLB);
	m->tunnel = h->tunnel;
	m->session = h->session;
	if (h->payload_len == 0)
		return MSG_OK;
	reader_init(&r, data + h->payload, h->payload_len);
	if (!take_type(&d, &r))
		return m->verdict;
	for (size_t n = 1; n < AVP_PER_MESSAGE; n++) {
		walk = avp_next(&r, &avp);
		if (walk != AVP_WALK_OK)
			break;
		take_avp(&d, &avp);
	}
	if (walk != AVP_WALK_END)
		fault(m, MSG_MALFORMED, 0, AVP_MESSAGE_TYPE);
	check_missing(&d);
	return m->verdict;
}

static uint16_t fault_error(enum msg_verdict verdict)
{
	switch (verdict) {
	case MSG_MALFORMED:
	case MSG_BAD_LENGTH:
		return L2TP_ERROR_LENGTH;
	case MSG_UNKNOWN_TYPE:
	case MSG_UNKNOWN_MANDATORY:
		return L2TP_ERROR_UNKNOWN_AVP;
	case MSG_BAD_VALUE:
	case MSG_MISSING:
		return L2TP_ERROR_VALUE;
	case MSG_OK:
	case MSG_IGNORE:
		break;
	}
	return L2TP_ERROR_NONE;
}

void msg_fault(const struct msg *m, struct l2tp_end *ret_end)
{
	char text[L2TP_TEXT_MAX];

	if (m->verdict == MSG_UNKNOWN_TYPE)
		snprintf(text, sizeof(text), "unknown message type %u", m->type);
	else if (m->bad_vendor || !avp_row(m->bad_attribute))
		snprintf(text, sizeof(text), "%s: %s (vendor %u, attribute %u)",
			 msg_type_name(m->type), msg_verdict_name(m->verdict), m->bad_vendor,
			 m->bad_attribute);
	else
		snprintf(text, sizeof(text), "%s: %s: %s", msg_type_name(m->type),
			 msg_verdict_name(m->verdict), avp_name(m->bad_attribute));
	/* 2 is "general error" in both messages, RFC 2661 4.4.2 */
	l2tp_end_set(ret_end, L2TP_END_LOCAL, L2TP_STOP_ERROR, fault_error(m->verdict), text);
}
