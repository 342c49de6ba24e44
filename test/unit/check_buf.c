// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cursors at every boundary: what is not there reads as zero and is remembered.
 */
#include "daemon/base/buf.h"

#include <string.h>

#include "compiler.h"
#include "test/unit/dies.h"
#include "test/unit/suite.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

START_TEST(reads)
{
	struct reader r;

	reader_init(&r, bytes, sizeof(bytes));
	ck_assert_uint_eq(reader_left(&r), 15);
	ck_assert_uint_eq(reader_u8(&r), 1);
	ck_assert_uint_eq(reader_u16(&r), 0x0203);
	ck_assert_uint_eq(reader_u32(&r), 0x04050607);
	ck_assert(reader_u64(&r) == 0x08090a0b0c0d0e0fu);
	ck_assert_uint_eq(reader_left(&r), 0);
	ck_assert(!r.bad);
	ck_assert_uint_eq(reader_u8(&r), 0);
	ck_assert(r.bad);
}
END_TEST

/* Every width at every length shorter than it. */
START_TEST(short_reads)
{
	static const size_t widths[] = {1, 2, 4, 8};

	for (size_t w = 0; w < ARRAY_SIZE(widths); w++) {
		for (size_t len = 0; len <= widths[w]; len++) {
			struct reader r;
			uint64_t v = 0;

			reader_init(&r, bytes, len);
			switch (widths[w]) {
			case 1:
				v = reader_u8(&r);
				break;
			case 2:
				v = reader_u16(&r);
				break;
			case 4:
				v = reader_u32(&r);
				break;
			case 8:
				v = reader_u64(&r);
				break;
			}
			ck_assert(r.bad == (len < widths[w]));
			ck_assert((v == 0) == r.bad);
			ck_assert_uint_eq(reader_left(&r), 0);
			/* bad stays, and nothing is there any more */
			ck_assert_uint_eq(reader_u8(&r), 0);
			ck_assert(r.bad);
		}
	}
}
END_TEST

START_TEST(reads_bytes)
{
	struct reader r;

	reader_init(&r, bytes, sizeof(bytes));
	ck_assert_ptr_eq(reader_bytes(&r, 5), bytes);
	ck_assert_ptr_eq(reader_bytes(&r, 0), bytes + 5);
	ck_assert_ptr_null(reader_bytes(&r, 11));
	ck_assert(r.bad);
	ck_assert_uint_eq(reader_left(&r), 0);
	reader_init(&r, bytes, sizeof(bytes));
	ck_assert_ptr_null(reader_bytes(&r, SIZE_MAX));
	ck_assert(r.bad);
}
END_TEST

START_TEST(empty)
{
	struct reader r, sub;

	reader_init(&r, NULL, 0);
	ck_assert_uint_eq(reader_left(&r), 0);
	sub = reader_sub(&r, 0);
	ck_assert(!r.bad && !sub.bad);
	ck_assert_uint_eq(reader_left(&sub), 0);
	ck_assert_uint_eq(reader_u16(&r), 0);
	ck_assert(r.bad);
}
END_TEST

START_TEST(sub_readers)
{
	struct reader r, sub;

	reader_init(&r, bytes, sizeof(bytes));
	reader_u8(&r);
	sub = reader_sub(&r, 4);
	ck_assert_uint_eq(reader_left(&sub), 4);
	ck_assert_uint_eq(reader_left(&r), 10);
	ck_assert_uint_eq(reader_u32(&sub), 0x02030405);
	/* the end of the inner one is not the end of the outer one */
	ck_assert_uint_eq(reader_u8(&sub), 0);
	ck_assert(sub.bad && !r.bad);
	ck_assert_uint_eq(reader_u8(&r), 6);
	sub = reader_sub(&r, 10);
	ck_assert(sub.bad && r.bad);
	ck_assert_uint_eq(reader_left(&sub), 0);
	ck_assert_uint_eq(reader_u8(&sub), 0);
}
END_TEST

START_TEST(writes)
{
	static const uint8_t expected[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 'a'};
	uint8_t out[16];
	struct writer w;

	writer_init(&w, out, sizeof(out));
	writer_u8(&w, 1);
	writer_u16(&w, 0x0203);
	writer_u32(&w, 0x04050607);
	writer_u64(&w, 0x08090a0b0c0d0e0fu);
	ck_assert_uint_eq(writer_room(&w), 1);
	writer_bytes(&w, "a", 1);
	writer_bytes(&w, NULL, 0);
	ck_assert(!w.bad);
	ck_assert_uint_eq(writer_len(&w), 16);
	ck_assert_mem_eq(out, expected, sizeof(out));
}
END_TEST

/* A write that does not fit writes nothing, and neither does any after it. */
START_TEST(overflow)
{
	for (size_t size = 0; size < 8; size++) {
		uint8_t out[9];
		struct writer w;

		memset(out, 0xee, sizeof(out));
		writer_init(&w, out, size);
		writer_u64(&w, 0x1111111111111111u);
		ck_assert(w.bad);
		ck_assert_uint_eq(writer_len(&w), 0);
		writer_u8(&w, 1);
		writer_bytes(&w, bytes, 0);
		ck_assert_uint_eq(writer_len(&w), 0);
		writer_patch_u16(&w, 0, 0x2222); /* ignored, not a bug: the decoder asks later */
		for (size_t i = 0; i < sizeof(out); i++)
			ck_assert_uint_eq(out[i], 0xee);
	}
}
END_TEST

START_TEST(no_memory_at_all)
{
	struct writer w;

	writer_init(&w, NULL, 0);
	writer_bytes(&w, bytes, 0);
	ck_assert(!w.bad);
	ck_assert_uint_eq(writer_len(&w), 0);
	writer_u8(&w, 1);
	ck_assert(w.bad);
}
END_TEST

static void patch_beyond(void *arg)
{
	writer_patch_u16(arg, 3, 0);
}

START_TEST(patches)
{
	uint8_t out[8];
	struct writer w;

	writer_init(&w, out, sizeof(out));
	writer_u32(&w, 0);
	writer_patch_u16(&w, 2, 0xabcd);
	ck_assert_mem_eq(out, "\0\0\xab\xcd", 4);
	ck_assert_uint_eq(writer_len(&w), 4);
	ck_assert(dies(patch_beyond, &w));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("buf");
	TCase *t = tcase_create("cursors");

	tcase_add_test(t, reads);
	tcase_add_test(t, short_reads);
	tcase_add_test(t, reads_bytes);
	tcase_add_test(t, empty);
	tcase_add_test(t, sub_readers);
	tcase_add_test(t, writes);
	tcase_add_test(t, overflow);
	tcase_add_test(t, no_memory_at_all);
	tcase_add_test(t, patches);
	suite_add_tcase(s, t);
	return suite_run(s);
}
