// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Control messages: decoding by table, encoding, hidden values, quirks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/l2tp/avp.h"
#include "daemon/l2tp/hide.h"
#include "daemon/l2tp/msg.h"
#include "daemon/l2tp/msg_fields.h"
#include "test/unit/ends.h"
#include "test/unit/l2tp_samples.h"

static const uint8_t secret[] = "s3cret";

/* A datagram under construction. */
struct built {
	uint8_t data[4096];
	struct writer w;
};

static void begin(struct built *b, unsigned int type)
{
	uint8_t value[2] = { (uint8_t)(type >> 8), (uint8_t)type };

	writer_init(&b->w, b->data, sizeof(b->data));
	msg_put_header(&b->w, 7, 9, 0);
	avp_put(&b->w, AVP_MESSAGE_TYPE, true, value, sizeof(value));
}

static enum msg_verdict decode_bytes(struct msg *m, const uint8_t *data, size_t len,
				     const char *with)
{
	struct l2tp_header h;

	ck_assert_int_eq(msg_header(data, len, &h), 0);
	return msg_decode(m, &h, data, (const uint8_t *)with, with ? strlen(with) : 0);
}

static enum msg_verdict finish(struct built *b, struct msg *m)
{
	ck_assert(!b->w.bad);
	writer_patch_u16(&b->w, 2, (uint16_t)writer_len(&b->w));
	return decode_bytes(m, b->data, writer_len(&b->w), NULL);
}

static void put_u16(struct built *b, uint16_t attribute, uint16_t v)
{
	uint8_t value[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	avp_put(&b->w, attribute, true, value, sizeof(value));
}

/* An attribute with a value of len bytes. */
static void put_any(struct built *b, uint16_t attribute, bool mandatory, size_t len)
{
	uint8_t value[AVP_VALUE_MAX];

	memset(value, 1, sizeof(value));
	avp_put(&b->w, attribute, mandatory, value, len);
}

static void put_required(struct built *b, unsigned int type, int but)
{
	for (int a = 1; a < AVP_ATTRIBUTES; a++) {
		if (msg_row(type)->required >> a & 1 && a != but)
			put_any(b, (uint16_t)a, true, avp_row((uint16_t)a)->min);
	}
}

static const uint8_t message_types[] = { MSG_SCCRQ, MSG_SCCRP, MSG_SCCCN, MSG_STOPCCN, MSG_HELLO,
					 MSG_OCRQ,  MSG_OCRP,  MSG_OCCN,  MSG_ICRQ,    MSG_ICRP,
					 MSG_ICCN,  MSG_CDN,   MSG_WEN,   MSG_SLI };

/* --- samples --- */

static bool view_is(const struct msg_view *v, const char *text)
{
	return v->len == strlen(text) && !memcmp(v->data, text, v->len);
}

START_TEST(windows_sccrq)
{
	struct msg m;

	ck_assert_int_eq(decode_bytes(&m, sample_windows, sizeof(sample_windows), NULL), MSG_OK);
	ck_assert_uint_eq(m.type, MSG_SCCRQ);
	ck_assert_uint_eq(m.protocol_version, L2TP_PROTOCOL_VERSION);
	ck_assert_uint_eq(m.framing_capabilities, 1);
	ck_assert_uint_eq(m.bearer_capabilities, 0);
	ck_assert_uint_eq(m.firmware_revision, 0x0a00);
	ck_assert(view_is(&m.host_name, "DESKTOP-4R0K2PM"));
	ck_assert(view_is(&m.vendor_name, "Microsoft"));
	ck_assert_uint_eq(m.assigned_tunnel, 1);
	ck_assert_uint_eq(m.window, 8);
	ck_assert(!msg_has(&m, AVP_CHALLENGE));
}
END_TEST

START_TEST(macos_sccrq)
{
	struct msg m;

	ck_assert_int_eq(decode_bytes(&m, sample_macos, sizeof(sample_macos), NULL), MSG_OK);
	ck_assert(view_is(&m.host_name, "mac.local"));
	ck_assert(!msg_has(&m, AVP_VENDOR_NAME) && !msg_has(&m, AVP_BEARER_CAPABILITIES));
	ck_assert_uint_eq(m.window, 4);
	ck_assert_uint_eq(m.assigned_tunnel, 2);
}
END_TEST

START_TEST(xl2tpd_sccrq)
{
	struct msg m;

	ck_assert_int_eq(decode_bytes(&m, sample_xl2tpd, sizeof(sample_xl2tpd), NULL), MSG_OK);
	ck_assert(view_is(&m.vendor_name, "xelerance.com"));
	ck_assert_uint_eq(m.framing_capabilities, 3);
	ck_assert_uint_eq(m.window, 4);
}
END_TEST

START_TEST(routeros_sccrq)
{
	struct msg m;

	ck_assert_int_eq(decode_bytes(&m, sample_routeros, sizeof(sample_routeros), NULL), MSG_OK);
	ck_assert(view_is(&m.host_name, "MikroTik"));
	ck_assert(view_is(&m.vendor_name, "MikroTik"));
	ck_assert(!msg_has(&m, AVP_RECEIVE_WINDOW_SIZE));
	ck_assert_uint_eq(m.assigned_tunnel, 0x01f3);
}
END_TEST

/* --- round trips --- */

/* A message with everything that its type may have. */
static void fill_all(struct msg *m, enum msg_type type)
{
	static const uint8_t bytes[] = "sixteen bytes...";
	static const struct msg_view view = { bytes, 16 };
	const struct msg_row *row = msg_row(type);

	msg_init(m, type);
	m->present |= row->required | row->expected | row->optional;
	m->result = 2;
	m->error = 6;
	m->protocol_version = 0x0100;
	m->framing_capabilities = 3;
	m->bearer_capabilities = 2;
	m->tie_breaker = 0x1122334455667788;
	m->firmware_revision = 0x0690;
	m->assigned_tunnel = 4242;
	m->window = 10;
	m->q931_cause = 16;
	m->q931_message = 5;
	m->assigned_session = 777;
	m->call_serial = 0xfeedbeef;
	m->minimum_bps = 1200;
	m->maximum_bps = 100000000;
	m->bearer_type = 1;
	m->framing_type = 1;
	m->tx_speed = 10000000;
	m->rx_speed = 20000000;
	m->physical_channel = 99;
	m->proxy_type = 2;
	m->proxy_id = 17;
	for (uint32_t i = 0; i < 6; i++)
		m->call_errors[i] = i * 1000;
	m->accm_send = 0xffffffff;
	m->accm_receive = 0x000a0000;
	m->cause = 16;
	m->cause_protocol = 0xc223;
	m->cause_direction = 1;
	m->result_text = m->host_name = m->vendor_name = m->challenge = m->response = view;
	m->q931_text = m->called = m->calling = m->sub_address = m->private_group = view;
	m->lcp_initial = m->lcp_sent = m->lcp_received = m->proxy_name = view;
	m->proxy_challenge = m->proxy_response = m->cause_text = view;
}

static size_t encode(uint8_t *data, size_t size, const struct msg *m, const char *with)
{
	struct test_rng rng;
	struct msg_hiding hiding = {
		.secret = (const uint8_t *)with,
		.secret_len = with ? strlen(with) : 0,
		.rng = &rng.rng,
	};
	struct writer w;

	test_rng_init(&rng, 1);
	writer_init(&w, data, size);
	msg_encode(&w, m, 7, 9, &hiding);
	ck_assert(!w.bad);
	return writer_len(&w);
}

START_TEST(every_message_round_trip)
{
	uint8_t one[1024], two[1024];
	struct msg m, back;

	for (size_t i = 0; i < sizeof(message_types); i++) {
		size_t len;

		fill_all(&m, message_types[i]);
		len = encode(one, sizeof(one), &m, NULL);
		ck_assert_int_eq(decode_bytes(&back, one, len, NULL), MSG_OK);
		ck_assert_uint_eq(back.present, m.present);
		ck_assert_uint_eq(back.ignored_count, 0);
		ck_assert_uint_eq(back.quirks, 0);
		ck_assert_uint_eq(back.session, 9);
		ck_assert_uint_eq(encode(two, sizeof(two), &back, NULL), len);
		ck_assert_mem_eq(one, two, len);
	}
}
END_TEST

START_TEST(every_message_round_trip_hidden)
{
	uint8_t clear[1024], one[2048], two[1024];
	struct msg m, back;

	for (size_t i = 0; i < sizeof(message_types); i++) {
		size_t len, clear_len;

		fill_all(&m, message_types[i]);
		clear_len = encode(clear, sizeof(clear), &m, NULL);
		len = encode(one, sizeof(one), &m, "s3cret");
		ck_assert_int_eq(decode_bytes(&back, one, len, "s3cret"), MSG_OK);
		ck_assert_uint_eq(encode(two, sizeof(two), &back, NULL), clear_len);
		ck_assert_mem_eq(clear, two, clear_len);
	}
}
END_TEST

/*
 * At every byte, with the header's length corrected: OK only between two AVPs and with what is
 * required; the sanitizers watch the rest.
 */
START_TEST(cut_at_every_byte)
{
	uint8_t whole[1024];
	struct msg m;

	for (size_t i = 0; i < sizeof(message_types); i++) {
		size_t len, ok = 0;

		fill_all(&m, message_types[i]);
		len = encode(whole, sizeof(whole), &m, NULL);
		for (size_t cut = 12; cut < len; cut++) {
			uint8_t *data = malloc(cut); /* exact, for the sanitizers */

			memcpy(data, whole, cut);
			data[2] = (uint8_t)(cut >> 8);
			data[3] = (uint8_t)cut;
			ok += decode_bytes(&m, data, cut, NULL) == MSG_OK && cut > 12;
			free(data);
		}
		ck_assert_uint_lt(ok, (size_t)__builtin_popcountll(m.present) + 1);
	}
}
END_TEST

/* --- faults --- */

/* One less than the least and one more than the most, for every AVP of every message. */
START_TEST(every_length_bound)
{
	for (size_t i = 0; i < sizeof(message_types); i++) {
		unsigned int type = message_types[i];
		uint64_t all = msg_row(type)->required | msg_row(type)->expected |
			       msg_row(type)->optional;

		for (uint16_t a = 1; a < AVP_ATTRIBUTES; a++) {
			const struct avp_row *row = avp_row(a);
			bool required = msg_row(type)->required >> a & 1;
			struct built b;
			struct msg m;

			if (!(all >> a & 1))
				continue;
			for (int end = 0; end < 4; end++) {
				bool good = end == 0 || end == 1;
				size_t len = end == 0 ? row->min :
					     end == 1 ? row->max :
					     end == 2 ? (size_t)row->min - 1 : (size_t)row->max + 1;

				if (len > AVP_VALUE_MAX)
					continue;
				begin(&b, type);
				put_required(&b, type, a);
				put_any(&b, a, true, len);
				ck_assert_int_eq(finish(&b, &m), good ? MSG_OK : MSG_BAD_LENGTH);
				ck_assert(good == msg_has(&m, a));
				/* RFC 2661 7.1: without the M bit it is only not there */
				begin(&b, type);
				put_required(&b, type, a);
				put_any(&b, a, false, len);
				ck_assert_int_eq(finish(&b, &m),
						 good || !required ? MSG_OK : MSG_MISSING);
				ck_assert(good == msg_has(&m, a));
				ck_assert_uint_eq(m.ignored_count, !good);
			}
		}
	}
}
END_TEST

START_TEST(every_missing_avp)
{
	for (size_t i = 0; i < sizeof(message_types); i++) {
		unsigned int type = message_types[i];

		for (int a = 1; a < AVP_ATTRIBUTES; a++) {
			struct built b;
			struct msg m;

			if (!(msg_row(type)->required >> a & 1))
				continue;
			begin(&b, type);
			put_required(&b, type, a);
			ck_assert_int_eq(finish(&b, &m), MSG_MISSING);
			ck_assert_uint_eq(m.bad_attribute, a);
		}
	}
}
END_TEST

START_TEST(unknown_avps)
{
	struct l2tp_end end;
	struct built b;
	struct msg m;

	begin(&b, MSG_HELLO);
	put_any(&b, 4000, true, 3);
	ck_assert_int_eq(finish(&b, &m), MSG_UNKNOWN_MANDATORY);
	ck_assert_uint_eq(m.bad_attribute, 4000);
	msg_fault(&m, &end);
	ck_assert_uint_eq(end.result, 2); /* RFC 2661 4.4.2 */
	ck_assert_uint_eq(end.error, 8);
	ck_assert_str_eq(end.text, "HELLO: unknown mandatory AVP (vendor 0, attribute 4000)");

	begin(&b, MSG_HELLO);
	for (int i = 0; i < 9; i++)
		put_any(&b, 4000, false, 3);
	ck_assert_int_eq(finish(&b, &m), MSG_OK);
	ck_assert_uint_eq(m.ignored_count, 9);
}
END_TEST

/* RFC 2661 4.1: with a reserved bit a known AVP is an unknown one. */
START_TEST(reserved_bit)
{
	struct built b;
	struct msg m;

	begin(&b, MSG_SCCCN);
	put_any(&b, AVP_CHALLENGE_RESPONSE, true, 16);
	b.data[20] |= 0x10;
	ck_assert_int_eq(finish(&b, &m), MSG_UNKNOWN_MANDATORY);
	ck_assert(!msg_has(&m, AVP_CHALLENGE_RESPONSE));
	b.data[20] &= 0x7f;
	ck_assert_int_eq(finish(&b, &m), MSG_OK);
	ck_assert(!msg_has(&m, AVP_CHALLENGE_RESPONSE));
}
END_TEST

/* An AVP of another vendor with a number of the IETF's is not the IETF's. */
START_TEST(vendor_avp)
{
	struct built b;
	struct msg m;

	begin(&b, MSG_ICRQ);
	put_u16(&b, AVP_ASSIGNED_SESSION_ID, 5);
	put_any(&b, AVP_RESULT_CODE, false, 1); /* would be too short for a Result Code */
	b.data[12 + 8 + 8 + 2] = 3561 >> 8;
	b.data[12 + 8 + 8 + 3] = 3561 & 0xff;
	ck_assert_int_eq(finish(&b, &m), MSG_OK);
	ck_assert_uint_eq(m.ignored_count, 1);
	ck_assert_uint_eq(m.ignored[0].vendor, 3561);
	ck_assert(!msg_has(&m, AVP_RESULT_CODE));
	b.data[12 + 8 + 8] |= 0x80;
	ck_assert_int_eq(finish(&b, &m), MSG_UNKNOWN_MANDATORY);
	ck_assert_uint_eq(m.bad_vendor, 3561);
}
END_TEST

START_TEST(known_avp_of_another_message)
{
	struct built b;
	struct msg m;

	begin(&b, MSG_HELLO);
	put_u16(&b, AVP_ASSIGNED_TUNNEL_ID, 5);
	ck_assert_int_eq(finish(&b, &m), MSG_OK);
	ck_assert(!msg_has(&m, AVP_ASSIGNED_TUNNEL_ID));
}
END_TEST

START_TEST(first_of_two_counts)
{
	struct built b;
	struct msg m;

	begin(&b, MSG_ICRP);
	put_u16(&b, AVP_ASSIGNED_SESSION_ID, 5);
	put_u16(&b, AVP_ASSIGNED_SESSION_ID, 6);
	ck_assert_int_eq(finish(&b, &m), MSG_OK);
	ck_assert_uint_eq(m.assigned_session, 5);
}
END_TEST

START_TEST(unknown_types)
{
	struct l2tp_end end;
	struct built b;
	struct msg m;

	for (unsigned int type = 0; type < 300; type++) {
		if (msg_row(type))
			continue;
		begin(&b, type);
		ck_assert_int_eq(finish(&b, &m), MSG_UNKNOWN_TYPE);
		msg_fault(&m, &end);
		ck_assert_uint_eq(end.error, L2TP_ERROR_UNKNOWN_AVP);
		b.data[12] &= 0x7f; /* RFC 2661 4.4.1: not mandatory */
		ck_assert_int_eq(finish(&b, &m), MSG_IGNORE);
		ck_assert_uint_eq(m.type, type);
	}
}
END_TEST

START_TEST(first_avp_is_the_type)
{
	struct built b;
	struct msg m;

	writer_init(&b.w, b.data, sizeof(b.data));
	msg_put_header(&b.w, 7, 0, 0);
	put_u16(&b, AVP_ASSIGNED_TUNNEL_ID, 5);
	put_u16(&b, AVP_MESSAGE_TYPE, MSG_HELLO);
	ck_assert_int_eq(finish(&b, &m), MSG_MALFORMED);
	/* hidden, of a vendor, or three bytes long: no type either */
	begin(&b, MSG_HELLO);
	b.data[12] |= 0x40;
	ck_assert_int_eq(finish(&b, &m), MSG_MALFORMED);
	begin(&b, MSG_HELLO);
	b.data[15] = 9;
	ck_assert_int_eq(finish(&b, &m), MSG_MALFORMED);
}
END_TEST

START_TEST(avp_count_is_limited)
{
	struct built b;
	struct msg m;

	begin(&b, MSG_HELLO);
	for (int i = 1; i < AVP_PER_MESSAGE; i++) {
		ck_assert_int_eq(finish(&b, &m), MSG_OK);
		put_any(&b, 4000, false, 0);
	}
	ck_assert_int_eq(finish(&b, &m), MSG_MALFORMED);
}
END_TEST

/* --- hiding --- */

static void put_hidden(struct built *b, uint16_t attribute, const char *text,
		       const uint8_t *vector, size_t vector_len)
{
	struct hide_key key = { secret, sizeof(secret) - 1, vector, vector_len };
	size_t len = strlen(text);
	uint8_t value[64];

	value[0] = 0;
	value[1] = (uint8_t)len;
	memcpy(value + 2, text, len);
	hide(&key, attribute, value, len + 2);
	avp_put_header(&b->w, attribute, true, true, len + 2);
	writer_bytes(&b->w, value, len + 2);
}

/* RFC 2661 4.3: the last Random Vector before it. */
START_TEST(several_random_vectors)
{
	static const uint8_t v1[] = "first", v2[] = "second vector";
	struct built b;
	struct msg m;

	begin(&b, MSG_ICRQ);
	put_u16(&b, AVP_ASSIGNED_SESSION_ID, 5);
	avp_put(&b.w, AVP_RANDOM_VECTOR, true, v1, 5);
	put_hidden(&b, AVP_CALLED_NUMBER, "100", v1, 5);
	avp_put(&b.w, AVP_RANDOM_VECTOR, true, v2, 13);
	put_hidden(&b, AVP_CALLING_NUMBER, "a rather long number", v2, 13);
	put_hidden(&b, AVP_SUB_ADDRESS, "", v2, 13);
	finish(&b, &m);
	ck_assert_int_eq(decode_bytes(&m, b.data, writer_len(&b.w), "s3cret"), MSG_OK);
	ck_assert(view_is(&m.called, "100"));
	ck_assert(view_is(&m.calling, "a rather long number"));
	ck_assert(view_is(&m.sub_address, ""));
	ck_assert(msg_has(&m, AVP_SUB_ADDRESS));
}
END_TEST

START_TEST(empty_random_vector)
{
	struct built b;
	struct msg m;

	begin(&b, MSG_HELLO);
	avp_put(&b.w, AVP_RANDOM_VECTOR, true, "", 0);
	ck_assert_int_eq(finish(&b, &m), MSG_BAD_LENGTH);
	ck_assert_uint_eq(m.bad_attribute, AVP_RANDOM_VECTOR);
}
END_TEST

START_TEST(hidden_that_cannot_be_read)
{
	static const uint8_t v1[] = "first";
	struct built b;
	struct msg m;

	/* no Random Vector before it */
	begin(&b, MSG_ICRQ);
	put_u16(&b, AVP_ASSIGNED_SESSION_ID, 5);
	put_hidden(&b, AVP_CALLED_NUMBER, "100", v1, 5);
	avp_put(&b.w, AVP_RANDOM_VECTOR, true, v1, 5);
	finish(&b, &m);
	ck_assert_int_eq(decode_bytes(&m, b.data, writer_len(&b.w), "s3cret"),
			 MSG_UNKNOWN_MANDATORY);
	/* no secret */
	begin(&b, MSG_ICRQ);
	put_u16(&b, AVP_ASSIGNED_SESSION_ID, 5);
	avp_put(&b.w, AVP_RANDOM_VECTOR, true, v1, 5);
	put_hidden(&b, AVP_CALLED_NUMBER, "100", v1, 5);
	ck_assert_int_eq(finish(&b, &m), MSG_UNKNOWN_MANDATORY);
	ck_assert_uint_eq(m.assigned_session, 5);
	ck_assert_int_eq(decode_bytes(&m, b.data, writer_len(&b.w), "s3cret"), MSG_OK);
	/* what must not be hidden: RFC 2661 4.4.3 */
	begin(&b, MSG_SCCRQ);
	avp_put(&b.w, AVP_RANDOM_VECTOR, true, v1, 5);
	put_hidden(&b, AVP_HOST_NAME, "host", v1, 5);
	finish(&b, &m);
	ck_assert_int_eq(decode_bytes(&m, b.data, writer_len(&b.w), "s3cret"), MSG_BAD_VALUE);
}
END_TEST

START_TEST(clear_text_is_limited)
{
	static const uint8_t v1[] = "first";
	uint8_t value[900] = { 0 };
	struct built b;
	struct msg m;

	begin(&b, MSG_ICRQ);
	put_u16(&b, AVP_ASSIGNED_SESSION_ID, 5);
	avp_put(&b.w, AVP_RANDOM_VECTOR, true, v1, 5);
	for (uint16_t a = AVP_CALLED_NUMBER; a <= AVP_SUB_ADDRESS; a++) {
		struct hide_key key = { secret, sizeof(secret) - 1, v1, 5 };

		memset(value, 0, sizeof(value));
		value[0] = 3; /* 768 bytes */
		hide(&key, a, value, sizeof(value));
		avp_put_header(&b.w, a, true, true, sizeof(value));
		writer_bytes(&b.w, value, sizeof(value));
	}
	finish(&b, &m);
	ck_assert_int_eq(decode_bytes(&m, b.data, writer_len(&b.w), "s3cret"),
			 MSG_UNKNOWN_MANDATORY);
	ck_assert_uint_eq(m.called.len, 768);
	ck_assert(!msg_has(&m, AVP_CALLING_NUMBER));
}
END_TEST

/* --- quirks --- */

static void result_code(struct msg *m, unsigned int type, const uint8_t *value, size_t len)
{
	static struct built b; /* m has views into it */

	begin(&b, type);
	avp_put(&b.w, AVP_RESULT_CODE, true, value, len);
	ck_assert_int_eq(finish(&b, m), MSG_OK);
}

/* macOS: 0x0100 for 1, 0x0300 for 3. */
START_TEST(little_endian_result)
{
	struct msg m;

	result_code(&m, MSG_STOPCCN, (uint8_t[]){ 1, 0, 0, 0 }, 4);
	ck_assert_uint_eq(m.result, L2TP_STOP_CLEAR);
	ck_assert_uint_eq(m.error, 0);
	ck_assert(m.quirks & MSG_QUIRK_RESULT_LE);
	result_code(&m, MSG_CDN, (uint8_t[]){ 3, 0, 0, 0 }, 4);
	ck_assert_uint_eq(m.result, L2TP_CALL_ADMIN);
	result_code(&m, MSG_CDN, (uint8_t[]){ 2, 0, 6, 0 }, 4);
	ck_assert_uint_eq(m.error, L2TP_ERROR_VENDOR);
	result_code(&m, MSG_STOPCCN, (uint8_t[]){ 5, 0, 1, 0 }, 4);
	ck_assert_uint_eq(m.result, L2TP_STOP_VERSION);
	ck_assert_uint_eq(m.error, 0x0100); /* a version, not a code */
	result_code(&m, MSG_CDN, (uint8_t[]){ 3, 0 }, 2);
	ck_assert_uint_eq(m.result, L2TP_CALL_ADMIN);
	/* the right way round nothing is touched */
	result_code(&m, MSG_CDN, (uint8_t[]){ 0, 2, 0, 6, 'x' }, 5);
	ck_assert_uint_eq(m.result, 2);
	ck_assert_uint_eq(m.error, 6);
	ck_assert_uint_eq(m.quirks & MSG_QUIRK_RESULT_LE, 0);
	ck_assert(view_is(&m.result_text, "x"));
	result_code(&m, MSG_STOPCCN, (uint8_t[]){ 0, 5, 1, 0 }, 4);
	ck_assert_uint_eq(m.error, 0x0100);
}
END_TEST

/* RouterOS: an AVP of 8 bytes, no error code. */
START_TEST(short_result)
{
	struct msg m;

	result_code(&m, MSG_CDN, (uint8_t[]){ 0, 3 }, 2);
	ck_assert_uint_eq(m.result, L2TP_CALL_ADMIN);
	ck_assert_uint_eq(m.error, 0);
	ck_assert_uint_eq(m.result_text.len, 0);
	ck_assert(m.quirks & MSG_QUIRK_RESULT_SHORT);
	result_code(&m, MSG_CDN, (uint8_t[]){ 0, 3, 0 }, 3);
	ck_assert_uint_eq(m.result, L2TP_CALL_ADMIN);
	result_code(&m, MSG_CDN, (uint8_t[]){ 0, 3, 0, 0 }, 4);
	ck_assert_uint_eq(m.quirks & MSG_QUIRK_RESULT_SHORT, 0);
}
END_TEST

START_TEST(short_call_serial_number)
{
	struct built b;
	struct msg m;

	begin(&b, MSG_ICRQ);
	put_u16(&b, AVP_ASSIGNED_SESSION_ID, 5);
	put_u16(&b, AVP_CALL_SERIAL_NUMBER, 0x1234);
	ck_assert_int_eq(finish(&b, &m), MSG_OK);
	ck_assert_uint_eq(m.call_serial, 0x1234);
	begin(&b, MSG_ICRQ);
	put_u16(&b, AVP_ASSIGNED_SESSION_ID, 5);
	put_any(&b, AVP_CALL_SERIAL_NUMBER, true, 3);
	ck_assert_int_eq(finish(&b, &m), MSG_BAD_LENGTH);
}
END_TEST

/* RFC 2661 7.1 has this very example. */
START_TEST(short_rx_speed)
{
	struct built b;
	struct msg m;

	begin(&b, MSG_ICCN);
	put_any(&b, AVP_TX_CONNECT_SPEED, true, 4);
	put_any(&b, AVP_RX_CONNECT_SPEED, false, 2);
	ck_assert_int_eq(finish(&b, &m), MSG_OK);
	ck_assert(!msg_has(&m, AVP_RX_CONNECT_SPEED));
	ck_assert(m.quirks & MSG_QUIRK_MISSING); /* the Framing Type */
}
END_TEST

START_TEST(disconnect_cause)
{
	static const uint8_t cause[] = { 0, 16, 0xc2, 0x23, 1, 'n', 'o' };
	struct built b;
	struct msg m;

	begin(&b, MSG_CDN);
	avp_put(&b.w, AVP_DISCONNECT_CAUSE, false, cause, sizeof(cause));
	ck_assert_int_eq(finish(&b, &m), MSG_OK);
	ck_assert_uint_eq(m.cause, L2TP_CAUSE_AUTH_FAILED);
	ck_assert_uint_eq(m.cause_protocol, 0xc223);
	ck_assert_uint_eq(m.cause_direction, 1);
	ck_assert(view_is(&m.cause_text, "no"));
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(msg_type_name(MSG_ICRQ), "ICRQ");
	ck_assert_str_eq(msg_type_name(MSG_ZLB), "ZLB");
	ck_assert_str_eq(msg_type_name(5), "?");
	ck_assert_str_eq(msg_type_name(70000), "?");
	ck_assert(msg_is_call(MSG_CDN) && !msg_is_call(MSG_HELLO) && !msg_is_call(99));
	ck_assert_str_eq(l2tp_stop_name(6), "shutting-down");
	ck_assert_str_eq(l2tp_call_name(10), "not-established-in-time");
	ck_assert_str_eq(l2tp_call_name(12), "?");
	ck_assert_str_eq(l2tp_error_name(7), "try-another");
	ck_assert_str_eq(l2tp_cause_name(8), "lcp-echo-timeout");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		windows_sccrq, macos_sccrq, xl2tpd_sccrq, routeros_sccrq,
		every_message_round_trip, every_message_round_trip_hidden, cut_at_every_byte,
		every_length_bound, every_missing_avp, unknown_avps, reserved_bit, vendor_avp,
		known_avp_of_another_message, first_of_two_counts, unknown_types,
		first_avp_is_the_type, avp_count_is_limited, several_random_vectors,
		empty_random_vector, hidden_that_cannot_be_read,
		clear_text_is_limited, little_endian_result, short_result, short_call_serial_number,
		short_rx_speed, disconnect_cause, names,
	};

	return test_main("msg", tests, ARRAY_SIZE(tests));
}
