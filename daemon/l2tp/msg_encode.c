// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Encoding of a control message from struct msg, by the same tables that decode it.
 */
#include <string.h>

#include "daemon/l2tp/avp.h"
#include "daemon/l2tp/hide.h"
#include "daemon/l2tp/msg.h"
#include "daemon/l2tp/msg_fields.h"

#define CONTROL_FLAGS 0xc802 /* T, L, S and version 2: RFC 2661 3.1 */
#define VECTOR_LEN    16     /* of our Random Vectors; RFC 2661 4.3 leaves it open */
#define VALUE_MAX     512    /* of one AVP that we send */

static void write_view(struct writer *w, const struct msg_view *view)
{
	writer_bytes(w, view->data, view->len);
}

static void write_struct(struct writer *w, const struct msg *m, uint16_t attribute)
{
	switch (attribute) {
	case AVP_RESULT_CODE: /* RFC 2661 4.4.2 */
		writer_u16(w, m->result);
		writer_u16(w, m->error);
		write_view(w, &m->result_text);
		break;
	case AVP_Q931_CAUSE_CODE: /* RFC 2661 4.4.4 */
		writer_u16(w, m->q931_cause);
		writer_u8(w, m->q931_message);
		write_view(w, &m->q931_text);
		break;
	case AVP_CALL_ERRORS: /* RFC 2661 4.4.6 */
		writer_u16(w, 0);
		for (size_t i = 0; i < ARRAY_SIZE(m->call_errors); i++)
			writer_u32(w, m->call_errors[i]);
		break;
	case AVP_ACCM: /* RFC 2661 4.4.6 */
		writer_u16(w, 0);
		writer_u32(w, m->accm_send);
		writer_u32(w, m->accm_receive);
		break;
	case AVP_DISCONNECT_CAUSE: /* RFC 3145 2 */
		writer_u16(w, m->cause);
		writer_u16(w, m->cause_protocol);
		writer_u8(w, m->cause_direction);
		write_view(w, &m->cause_text);
		break;
	}
}

static void write_value(struct writer *w, const struct msg *m, uint16_t attribute)
{
	const void *field = (const char *)m + msg_field(attribute);

	switch (avp_row(attribute)->kind) {
	case AVP_KIND_U16:
		writer_u16(w, *(const uint16_t *)field);
		break;
	case AVP_KIND_U32:
		writer_u32(w, *(const uint32_t *)field);
		break;
	case AVP_KIND_U64:
		writer_u64(w, *(const uint64_t *)field);
		break;
	case AVP_KIND_BYTES:
	case AVP_KIND_TEXT:
		write_view(w, field);
		break;
	case AVP_KIND_STRUCT:
		write_struct(w, m, attribute);
		break;
	case AVP_KIND_FLAG:
	case AVP_KIND_NONE:
		break;
	}
}

/* RFC 2661 4.3; the Random Vector has gone out before, padded to hide how long the value is. */
static void put_hidden(struct writer *w, const struct msg *m, uint16_t attribute,
		       const struct hide_key *key, struct rng *rng)
{
	uint8_t padding[16], value[HIDE_OVERHEAD + VALUE_MAX];
	struct writer v;
	size_t len;

	writer_init(&v, value, sizeof(value));
	writer_u16(&v, 0);
	write_value(&v, m, attribute);
	writer_patch_u16(&v, 0, (uint16_t)(writer_len(&v) - HIDE_OVERHEAD));
	len = sizeof(padding) - writer_len(&v) % sizeof(padding);
	rng_fill(rng, padding, len);
	writer_bytes(&v, padding, len);
	len = writer_len(&v);
	if (v.bad) {
		w->bad = true;
		return;
	}
	hide(key, attribute, value, len);
	avp_put_header(w, attribute, avp_row(attribute)->mandatory, true, len);
	writer_bytes(w, value, len);
}

static void put_clear(struct writer *w, const struct msg *m, uint16_t attribute)
{
	uint8_t value[VALUE_MAX];
	struct writer v;

	writer_init(&v, value, sizeof(value));
	write_value(&v, m, attribute);
	if (v.bad)
		w->bad = true;
	else
		avp_put(w, attribute, avp_row(attribute)->mandatory, value, writer_len(&v));
}

static void put_avps(struct writer *w, const struct msg *m, const struct msg_hiding *hiding)
{
	struct hide_key key = { .secret = hiding->secret, .secret_len = hiding->secret_len };
	uint8_t vector[VECTOR_LEN];

	for (uint16_t a = AVP_RESULT_CODE; a < AVP_ATTRIBUTES; a++) {
		if (!msg_has(m, a) || a == AVP_RANDOM_VECTOR)
			continue;
		if (!key.secret || !avp_row(a)->may_hide) {
			put_clear(w, m, a);
			continue;
		}
		if (!key.vector) {
			/* one for all that follow, RFC 2661 4.3 */
			rng_fill(hiding->rng, vector, sizeof(vector));
			avp_put(w, AVP_RANDOM_VECTOR, true, vector, sizeof(vector));
			key.vector = vector;
			key.vector_len = sizeof(vector);
		}
		put_hidden(w, m, a, &key, hiding->rng);
	}
}

void msg_put_header(struct writer *w, uint16_t tunnel, uint16_t session, size_t len)
{
	writer_u16(w, CONTROL_FLAGS);
	writer_u16(w, (uint16_t)(L2TP_CONTROL_HEADER_LEN + len));
	writer_u16(w, tunnel);
	writer_u16(w, session);
	writer_u32(w, 0);
}

void msg_encode(struct writer *w, const struct msg *m, uint16_t tunnel, uint16_t session,
		const struct msg_hiding *hiding)
{
	size_t start = writer_len(w);
	uint8_t type[2] = { (uint8_t)(m->type >> 8), (uint8_t)m->type };

	msg_put_header(w, tunnel, session, 0);
	if (m->type != MSG_ZLB) {
		avp_put(w, AVP_MESSAGE_TYPE, true, type, sizeof(type));
		put_avps(w, m, hiding);
	}
	writer_patch_u16(w, start + 2, (uint16_t)(writer_len(w) - start));
}
