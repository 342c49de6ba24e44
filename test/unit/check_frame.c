// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The outside of a frame: what is read, what is refused, what is written.
 */
#include "daemon/ppp/frame.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

static struct effects fx;

START_TEST(good)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint16_t protocol;
		size_t info;
	} rows[] = {
		{ "\xc0\x21\x01", 3, PPP_LCP, 1 },
		{ "\xff\x03\xc0\x21\x01", 5, PPP_LCP, 1 },
		{ "\xc0\x21", 2, PPP_LCP, 0 },
		{ "\x00\x21\x45", 3, PPP_IP, 1 },
		{ "\x21\x45", 2, PPP_IP, 1 },             /* RFC 1661 6.5 */
		{ "\xff\x03\x21\x45", 4, PPP_IP, 1 },
		{ "\xff\x21", 2, 0xff, 1 },               /* not FF 03 */
		{ "\x03", 1, 3, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct frame f;

		ck_assert_msg(frame_parse((const uint8_t *)rows[i].bytes, rows[i].len, &f),
			      "row %zu", i);
		ck_assert_uint_eq(f.protocol, rows[i].protocol);
		ck_assert_uint_eq(f.len, rows[i].info);
		ck_assert_ptr_eq(f.info, (const uint8_t *)rows[i].bytes + rows[i].len - f.len);
	}
}
END_TEST

START_TEST(bad)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
		{ "", 0 },
		{ "\xff\x03", 2 },
		{ "\xc0", 1 },
		{ "\xff\x03\xc0", 3 },
		{ "\xc0\x20\x01", 3 }, /* RFC 1661 2: the last byte is odd */
		{ "\x00\x00\x00", 3 },
	};
	struct frame f;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_msg(!frame_parse((const uint8_t *)rows[i].bytes, rows[i].len, &f),
			      "row %zu", i);
}
END_TEST

START_TEST(build)
{
	struct writer w;

	effects_reset(&fx);
	frame_begin(&w, &fx, PPP_CHAP, 100);
	writer_u8(&w, 3);
	frame_end(&w, &fx);
	ck_assert_uint_eq(fx.count, 1);
	ck_assert_int_eq(fx.list[0].kind, EFFECT_FRAME);
	ck_assert_uint_eq(fx.list[0].len, 3);
	ck_assert_mem_eq(effect_bytes(&fx, &fx.list[0]), "\xc2\x23\x03", 3);
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(frame_protocol_name(0x80fd), "CCP");
	ck_assert_str_eq(frame_protocol_name(0x1234), "?");
}
END_TEST

START_TEST(sum)
{
	ck_assert_uint_eq(frame_sum((const uint8_t *)"ab", 2), frame_sum((const uint8_t *)"ab", 2));
	ck_assert_uint_ne(frame_sum((const uint8_t *)"ab", 2), frame_sum((const uint8_t *)"ba", 2));
	ck_assert_uint_ne(frame_sum((const uint8_t *)"ab", 2), frame_sum((const uint8_t *)"ab", 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("frame");
	TCase *t = tcase_create("frame");
	SRunner *sr;
	int failed;

	tcase_add_test(t, good);
	tcase_add_test(t, bad);
	tcase_add_test(t, build);
	tcase_add_test(t, names);
	tcase_add_test(t, sum);
	suite_add_tcase(suite, t);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
