// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The walk over Configuration Options.
 */
#include "daemon/ppp/option.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

/* Windows' first Configure-Request. */
static const uint8_t windows[] = { 0x01, 0x04, 0x05, 0x78, 0x05, 0x06, 0x11, 0x22, 0x33, 0x44,
				   0x07, 0x02, 0x08, 0x02, 0x0d, 0x03, 0x06 };

START_TEST(walk)
{
	static const uint8_t types[] = { 1, 5, 7, 8, 13 }, lens[] = { 4, 6, 2, 2, 3 };
	struct reader r;
	struct option o;

	reader_init(&r, windows, sizeof(windows));
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		ck_assert_int_eq(option_next(&r, &o), OPTION_FOUND);
		ck_assert_uint_eq(o.type, types[i]);
		ck_assert_uint_eq(o.len, lens[i]);
		if (o.type == 1)
			ck_assert_uint_eq(option_u16(&o), 1400);
		if (o.type == 5)
			ck_assert_uint_eq(option_u32(&o), 0x11223344);
		if (o.type == 7)
			ck_assert_uint_eq(option_u32(&o), 0);
	}
	ck_assert_int_eq(option_next(&r, &o), OPTION_END);
}
END_TEST

/* Cut at each byte: sound only where an option ends. */
START_TEST(truncated)
{
	for (size_t n = 0; n <= sizeof(windows); n++) {
		bool whole = n == 0 || n == 4 || n == 10 || n == 12 || n == 14 || n == 17;
		uint8_t *copy = malloc(n ? n : 1);

		memcpy(copy, windows, n);
		ck_assert_msg(option_list_sound(copy, n) == whole, "%zu bytes", n);
		free(copy);
	}
}
END_TEST

START_TEST(lengths)
{
	ck_assert(!option_list_sound((const uint8_t *)"\x05\x00", 2));
	ck_assert(!option_list_sound((const uint8_t *)"\x05\x01", 2));
	ck_assert(option_list_sound((const uint8_t *)"\x05\x02", 2));
	ck_assert(!option_list_sound((const uint8_t *)"\x05\xff\x00", 3));
}
END_TEST

START_TEST(put)
{
	uint8_t out[32];
	struct writer w;
	struct reader r;
	struct option o;

	reader_init(&r, windows, sizeof(windows));
	writer_init(&w, out, sizeof(out));
	while (option_next(&r, &o) == OPTION_FOUND)
		option_put(&w, &o);
	ck_assert_uint_eq(writer_len(&w), sizeof(windows));
	ck_assert_mem_eq(out, windows, sizeof(windows));
	writer_init(&w, out, sizeof(out));
	option_put_u16(&w, 1, 1400);
	option_put_u32(&w, 5, 0x11223344);
	ck_assert_mem_eq(out, windows, 10);
}
END_TEST

START_TEST(find)
{
	static const struct option_row rows[] = { { .type = 3 }, { .type = 129 } };

	ck_assert_int_eq(option_find(rows, 2, 3), 0);
	ck_assert_int_eq(option_find(rows, 2, 129), 1);
	ck_assert_int_eq(option_find(rows, 2, 4), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("option");
	TCase *t = tcase_create("option");
	SRunner *sr;
	int failed;

	tcase_add_test(t, walk);
	tcase_add_test(t, truncated);
	tcase_add_test(t, lengths);
	tcase_add_test(t, put);
	tcase_add_test(t, find);
	suite_add_tcase(suite, t);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
