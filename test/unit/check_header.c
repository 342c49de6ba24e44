// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The header that control and data packets share.
 */
#include <errno.h>

#include "daemon/l2tp/msg.h"
#include "test/unit/ends.h"
#include "test/unit/l2tp_samples.h"

START_TEST(control_header)
{
	static const uint8_t zlb[] = { 0xc8, 2, 0, 12, 0, 7, 0, 9, 0, 3, 0, 4 };
	struct l2tp_header h;

	ck_assert_int_eq(msg_header(zlb, sizeof(zlb), &h), 0);
	ck_assert(h.control && h.has_length && h.has_sequence && !h.has_offset && !h.priority);
	ck_assert_uint_eq(h.tunnel, 7);
	ck_assert_uint_eq(h.session, 9);
	ck_assert_uint_eq(h.ns, 3);
	ck_assert_uint_eq(h.nr, 4);
	ck_assert_uint_eq(h.payload, 12);
	ck_assert_uint_eq(h.payload_len, 0);
	for (size_t cut = 0; cut < sizeof(zlb); cut++)
		ck_assert_int_eq(msg_header(zlb, cut, &h), -EBADMSG);
}
END_TEST

/* RFC 2661 3.1: all 2^16 first words. */
START_TEST(control_header_flags)
{
	uint8_t data[64] = { 0 };
	struct l2tp_header h;

	data[3] = 40;
	for (unsigned int flags = 0; flags <= 0xffff; flags++) {
		int err;

		data[0] = (uint8_t)(flags >> 8);
		data[1] = (uint8_t)flags;
		err = msg_header(data, sizeof(data), &h);
		if ((flags & 15) != 2)
			ck_assert_int_eq(err, -EPROTONOSUPPORT);
		else if (flags & 0x8000 && (flags & 0x4a00) != 0x4800)
			ck_assert_int_eq(err, -EBADMSG);
		else
			ck_assert_int_eq(err, 0);
	}
}
END_TEST

START_TEST(length_field)
{
	uint8_t data[32] = { 0xc8, 2 };
	struct l2tp_header h;

	for (unsigned int len = 0; len < 64; len++) {
		data[3] = (uint8_t)len;
		if (len < 12 || len > sizeof(data)) {
			ck_assert_int_eq(msg_header(data, sizeof(data), &h), -EBADMSG);
			continue;
		}
		/* a datagram longer than its message: padding of the link below */
		ck_assert_int_eq(msg_header(data, sizeof(data), &h), 0);
		ck_assert_uint_eq(h.payload_len, len - 12);
	}
}
END_TEST

START_TEST(data_headers)
{
	static const uint8_t plain[] = { 0, 2, 0, 7, 0, 9, 0xff, 3, 0xc0, 0x21 };
	static const uint8_t full[] = { 0x4a, 2, 0, 20, 0, 7, 0, 9, 0, 5, 0, 0, 0, 2, 0, 0,
					0xff, 3, 0xc0, 0x21, 'j', 'u', 'n', 'k' };
	static const uint8_t far[] = { 2, 2, 0, 7, 0, 9, 0, 5, 1, 2, 3, 4 };
	uint8_t made[L2TP_DATA_HEADER_LEN];
	struct l2tp_data d;

	ck_assert_int_eq(msg_data(plain, sizeof(plain), &d), 0);
	ck_assert_uint_eq(d.tunnel, 7);
	ck_assert_uint_eq(d.session, 9);
	ck_assert(!d.has_sequence);
	ck_assert_ptr_eq(d.frame, plain + 6);
	ck_assert_uint_eq(d.len, 4);
	ck_assert_int_eq(msg_data(full, sizeof(full), &d), 0);
	ck_assert(d.has_sequence);
	ck_assert_uint_eq(d.ns, 5);
	ck_assert_ptr_eq(d.frame, full + 16);
	ck_assert_uint_eq(d.len, 4);
	ck_assert_int_eq(msg_data(far, sizeof(far), &d), -EBADMSG);
	ck_assert_int_eq(msg_data(sample_windows, sizeof(sample_windows), &d), -EINVAL);
	for (size_t cut = 0; cut < 6; cut++)
		ck_assert_int_eq(msg_data(plain, cut, &d), -EBADMSG);
	for (size_t cut = 0; cut < 20; cut++)
		ck_assert_int_eq(msg_data(full, cut, &d), -EBADMSG);
	msg_data_header(made, 7, 9);
	ck_assert_mem_eq(made, plain, sizeof(made));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		control_header,
		control_header_flags,
		length_field,
		data_headers,
	};

	return test_main("header", tests, ARRAY_SIZE(tests));
}
