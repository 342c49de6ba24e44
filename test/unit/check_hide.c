// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hidden values and tunnel authentication.  The expected bytes were computed with another
 * implementation of MD5 (Python's hashlib) straight from the formulas of RFC 2661 4.3 and 5.1.1.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/l2tp/auth.h"
#include "daemon/l2tp/avp_table.h"
#include "daemon/l2tp/hide.h"
#include "test/unit/ends.h"

static const uint8_t secret[] = "s3cret";
static const uint8_t vector[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

static const struct hide_key key = {
	.secret = secret,
	.secret_len = sizeof(secret) - 1,
	.vector = vector,
	.vector_len = sizeof(vector),
};

static const uint8_t hidden[] = {
	0xd0, 0xb5, 0x72, 0x7d, 0xf0, 0x63, 0xc3, 0xaa, 0xdb, 0x03, 0xa8, 0x0b,
	0x12, 0x71, 0xdf, 0x30, 0x54, 0xe9, 0xee, 0xee, 0x83, 0xb7, 0x4f, 0x39,
	0x8f, 0x55, 0x41, 0xae, 0xea, 0xd9, 0xed, 0x5e, 0x4e, 0xd4, 0x63, 0x8d,
	0x93, 0x33, 0x33, 0x0c, 0x16, 0xf4, 0x29, 0x18, 0xd0, 0x30,
};
static const char clear[] = "a vendor with a name of more than two blocks";

START_TEST(hides_as_the_formula_says)
{
	uint8_t data[64];
	size_t len = strlen(clear);

	data[0] = 0;
	data[1] = (uint8_t)len;
	memcpy(data + 2, clear, len);
	hide(&key, AVP_VENDOR_NAME, data, len + 2);
	ck_assert_uint_eq(len + 2, sizeof(hidden));
	ck_assert_mem_eq(data, hidden, sizeof(hidden));
}
END_TEST

START_TEST(unhides_it_again)
{
	uint8_t to[64];
	size_t len;

	ck_assert_int_eq(unhide(&key, AVP_VENDOR_NAME, hidden, sizeof(hidden), to, &len), 0);
	ck_assert_uint_eq(len, strlen(clear));
	ck_assert_mem_eq(to + HIDE_OVERHEAD, clear, len);
}
END_TEST

START_TEST(another_attribute_is_another_key)
{
	uint8_t to[64];
	size_t len = 0;
	int err = unhide(&key, AVP_HOST_NAME, hidden, sizeof(hidden), to, &len);

	ck_assert(err == -EBADMSG || len != strlen(clear) || memcmp(to + 2, clear, len));
}
END_TEST

START_TEST(every_length_and_padding)
{
	for (size_t len = 0; len < 60; len++) {
		for (size_t pad = 0; pad < 20; pad++) {
			uint8_t data[100], to[100];
			size_t got;

			memset(data, 0xa5, sizeof(data));
			data[0] = 0;
			data[1] = (uint8_t)len;
			hide(&key, AVP_CHALLENGE, data, 2 + len + pad);
			ck_assert_int_eq(
				unhide(&key, AVP_CHALLENGE, data, 2 + len + pad, to, &got), 0);
			ck_assert_uint_eq(got, len);
			for (size_t i = 0; i < len; i++)
				ck_assert_uint_eq(to[2 + i], 0xa5);
		}
	}
}
END_TEST

START_TEST(inner_length_is_checked)
{
	uint8_t data[10] = { 0, 9 }, to[10];
	size_t len;

	hide(&key, AVP_CHALLENGE, data, sizeof(data));
	ck_assert_int_eq(unhide(&key, AVP_CHALLENGE, data, sizeof(data), to, &len), -EBADMSG);
	ck_assert_int_eq(unhide(&key, AVP_CHALLENGE, data, 1, to, &len), -EBADMSG);
	ck_assert_int_eq(unhide(&key, AVP_CHALLENGE, data, 0, to, &len), -EBADMSG);
}
END_TEST

static const uint8_t challenge[] = { 0xde, 0xad, 0xbe, 0xef };
static const uint8_t response2[] = {
	0xc4, 0xd4, 0x43, 0x48, 0x4e, 0xa2, 0xa0, 0x9f, 0xbd, 0xd4, 0x2e, 0xed,
	0x4c, 0xf6, 0x04, 0xb8,
};
static const uint8_t response3[] = {
	0x50, 0x93, 0x7c, 0x56, 0xb8, 0x09, 0xb6, 0xe6, 0x67, 0xb4, 0x4a, 0x77,
	0x44, 0x02, 0x84, 0x58,
};

START_TEST(response_depends_on_the_message)
{
	struct l2tp_proof proof = { 2, secret, sizeof(secret) - 1, challenge, sizeof(challenge) };
	uint8_t got[L2TP_RESPONSE_LEN];

	l2tp_auth_response(&proof, got); /* in SCCRP */
	ck_assert_mem_eq(got, response2, sizeof(got));
	ck_assert(l2tp_auth_check(&proof, got, sizeof(got)));
	proof.id = 3; /* in SCCCN */
	ck_assert(!l2tp_auth_check(&proof, got, sizeof(got)));
	l2tp_auth_response(&proof, got);
	ck_assert_mem_eq(got, response3, sizeof(got));
	ck_assert(!l2tp_auth_check(&proof, got, sizeof(got) - 1));
	got[15] ^= 1;
	ck_assert(!l2tp_auth_check(&proof, got, sizeof(got)));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		hides_as_the_formula_says,
		unhides_it_again,
		another_attribute_is_another_key,
		every_length_and_padding,
		inner_length_is_checked,
		response_depends_on_the_message,
	};

	return test_main("hide", tests, ARRAY_SIZE(tests));
}
