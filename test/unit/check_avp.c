// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The format of AVPs and the table of attributes.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/l2tp/avp.h"
#include "daemon/l2tp/avp_table.h"
#include "test/unit/ends.h"

START_TEST(walks_header_and_value)
{
	static const uint8_t data[] = { 0x80, 8, 0, 0, 0, 2, 1, 0, /* Protocol Version */
					0x40, 6, 0x0d, 0xe9, 0, 1, /* hidden, vendor 3561 */
					0x24, 7, 0, 0, 0, 7, 'x' };
	struct reader r;
	struct avp avp;

	reader_init(&r, data, sizeof(data));
	ck_assert_int_eq(avp_next(&r, &avp), AVP_WALK_OK);
	ck_assert(avp.mandatory && !avp.hidden && !avp.reserved);
	ck_assert_uint_eq(avp.vendor, 0);
	ck_assert_uint_eq(avp.attribute, AVP_PROTOCOL_VERSION);
	ck_assert_uint_eq(avp.len, 2);
	ck_assert_ptr_eq(avp.value, data + 6);
	ck_assert_int_eq(avp_next(&r, &avp), AVP_WALK_OK);
	ck_assert(!avp.mandatory && avp.hidden && !avp.reserved);
	ck_assert_uint_eq(avp.vendor, 3561);
	ck_assert_uint_eq(avp.len, 0);
	ck_assert_int_eq(avp_next(&r, &avp), AVP_WALK_OK);
	ck_assert(avp.reserved);
	ck_assert_uint_eq(avp.len, 1);
	ck_assert_int_eq(avp_next(&r, &avp), AVP_WALK_END);
}
END_TEST

START_TEST(each_reserved_bit_counts)
{
	for (unsigned int bit = 0x04; bit <= 0x20; bit <<= 1) {
		uint8_t data[] = { (uint8_t)bit, 6, 0, 0, 0, 7 };
		struct reader r;
		struct avp avp;

		reader_init(&r, data, sizeof(data));
		ck_assert_int_eq(avp_next(&r, &avp), AVP_WALK_OK);
		ck_assert(avp.reserved);
	}
}
END_TEST

/* Every length from 0 to the largest, in 20 bytes: below the header's and beyond the end fail. */
START_TEST(length_has_two_bounds)
{
	for (unsigned int len = 0; len <= AVP_LEN_MAX; len++) {
		uint8_t data[20] = { (uint8_t)(0x80 | len >> 8), (uint8_t)len };
		struct reader r;
		struct avp avp;

		reader_init(&r, data, sizeof(data));
		ck_assert_int_eq(avp_next(&r, &avp),
				 len >= 6 && len <= 20 ? AVP_WALK_OK : AVP_WALK_MALFORMED);
	}
}
END_TEST

START_TEST(every_cut_of_a_header_fails)
{
	static const uint8_t data[] = { 0x80, 6, 0, 0, 0, 7 };

	for (size_t cut = 1; cut < sizeof(data); cut++) {
		struct reader r;
		struct avp avp;

		reader_init(&r, data, cut);
		ck_assert_int_eq(avp_next(&r, &avp), AVP_WALK_MALFORMED);
	}
}
END_TEST

START_TEST(puts_what_it_walks)
{
	uint8_t value[AVP_VALUE_MAX + 1] = { 0 };
	uint8_t data[AVP_LEN_MAX + 10];
	struct writer w;
	struct reader r;
	struct avp avp;

	for (size_t len = 0; len <= AVP_VALUE_MAX; len += 113) {
		writer_init(&w, data, sizeof(data));
		avp_put(&w, AVP_HOST_NAME, true, value, len);
		reader_init(&r, data, writer_len(&w));
		ck_assert_int_eq(avp_next(&r, &avp), AVP_WALK_OK);
		ck_assert_uint_eq(avp.len, len);
		ck_assert(avp.mandatory);
		ck_assert_int_eq(avp_next(&r, &avp), AVP_WALK_END);
	}
	writer_init(&w, data, sizeof(data));
	avp_put(&w, AVP_HOST_NAME, true, value, AVP_VALUE_MAX + 1);
	ck_assert(w.bad);
}
END_TEST

START_TEST(table_knows_its_attributes)
{
	static const uint16_t none[] = { 20, 40, 41, 42, 43, 44, 45, 47, 48, 0xffff };
	int known = 0;

	for (unsigned int a = 0; a <= 0xffff; a++)
		known += avp_row((uint16_t)a) != NULL;
	ck_assert_int_eq(known, 40); /* 39 of RFC 2661 4.4 and one of RFC 3145 */
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ck_assert_ptr_null(avp_row(none[i]));
	ck_assert_str_eq(avp_name(AVP_HOST_NAME), "Host Name");
	ck_assert_str_eq(avp_name(20), "?");
}
END_TEST

START_TEST(table_is_consistent)
{
	for (uint16_t a = 0; a < AVP_ATTRIBUTES; a++) {
		const struct avp_row *row = avp_row(a);

		if (!row)
			continue;
		ck_assert_uint_le(row->min, row->max);
		ck_assert_uint_le(row->max, AVP_VALUE_MAX);
		if (row->kind == AVP_KIND_U16)
			ck_assert_uint_eq(row->min + row->max, 4);
		if (row->kind == AVP_KIND_U64)
			ck_assert_uint_eq(row->min + row->max, 16);
	}
	/* RFC 2661 4.4: what must not be hidden */
	ck_assert(!avp_row(AVP_MESSAGE_TYPE)->may_hide);
	ck_assert(!avp_row(AVP_RANDOM_VECTOR)->may_hide);
	ck_assert(!avp_row(AVP_RESULT_CODE)->may_hide);
	ck_assert(!avp_row(AVP_PROTOCOL_VERSION)->may_hide);
	ck_assert(!avp_row(AVP_HOST_NAME)->may_hide);
	ck_assert(!avp_row(AVP_TIE_BREAKER)->may_hide);
	ck_assert(!avp_row(AVP_SEQUENCING_REQUIRED)->may_hide);
	ck_assert(!avp_row(AVP_DISCONNECT_CAUSE)->mandatory); /* RFC 3145 2 */
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		walks_header_and_value,
		each_reserved_bit_counts,
		length_has_two_bounds,
		every_cut_of_a_header_fails,
		puts_what_it_walks,
		table_knows_its_attributes,
		table_is_consistent,
	};

	return test_main("avp", tests, ARRAY_SIZE(tests));
}
