// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The records from one execution of the parent to the next: of other versions, and broken ones.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "netlink/save.h"
#include "test/unit/suite.h"

static const struct save_sa sa = {.mark = 7, .fd = 12, .listener = 1, .port = 10000};

static int write_two(void)
{
	struct save_kern kern = {.layout = 2, .nft = 1};
	struct save_writer w;
	int fd;

	save_begin(&w);
	save_put(&w, SAVE_KERN, &kern, sizeof(kern));
	save_put(&w, SAVE_SA, &sa, sizeof(sa));
	fd = save_end(&w);
	ck_assert_int_ge(fd, 0);
	return fd;
}

START_TEST(what_is_written_is_read)
{
	struct save_reader r;
	struct save_sa got;
	const void *record;
	size_t size;
	int fd = write_two();

	ck_assert_int_eq(save_open(&r, fd), 0);
	ck_assert_int_eq(save_next(&r, &record, &size), SAVE_KERN);
	ck_assert_int_eq(save_next(&r, &record, &size), SAVE_SA);
	save_get(&got, sizeof(got), record, size);
	ck_assert_mem_eq(&got, &sa, sizeof(sa));
	ck_assert_int_eq(save_next(&r, &record, &size), 0);
	ck_assert_int_eq(save_next(&r, &record, &size), 0);
	save_close(&r);
	close(fd);
}
END_TEST

/* What the writer did not have is zero, what the reader does not know is left out. */
START_TEST(other_sizes)
{
	struct {
		struct save_sa sa;
		uint64_t more;
	} longer = {sa, 99};
	struct save_writer w;
	struct save_reader r;
	struct save_sa got;
	const void *record;
	size_t size;
	int fd;

	save_begin(&w);
	save_put(&w, SAVE_SA, &longer, sizeof(longer));
	save_put(&w, SAVE_SA, &sa, 8);
	save_put(&w, (enum save_type)999, &sa, sizeof(sa));
	save_put(&w, SAVE_SA, &sa, 3); /* filled up to 8 */
	fd = save_end(&w);
	ck_assert_int_eq(save_open(&r, fd), 0);
	ck_assert_int_eq(save_next(&r, &record, &size), SAVE_SA);
	save_get(&got, sizeof(got), record, size);
	ck_assert_mem_eq(&got, &sa, sizeof(sa));
	ck_assert_int_eq(save_next(&r, &record, &size), SAVE_SA);
	save_get(&got, sizeof(got), record, size);
	ck_assert_uint_eq(got.mark, 7);
	ck_assert_int_eq(got.fd, 12);
	ck_assert_uint_eq(got.port, 0);
	ck_assert_int_eq(save_next(&r, &record, &size), 999);
	ck_assert_int_eq(save_next(&r, &record, &size), SAVE_SA);
	ck_assert_uint_eq(size, 8);
	ck_assert_int_eq(save_next(&r, &record, &size), 0);
	save_close(&r);
	close(fd);
}
END_TEST

static int altered(const void *bytes, size_t len, off_t at)
{
	int fd = write_two();

	ck_assert_int_eq(pwrite(fd, bytes, len, at), (ssize_t)len);
	return fd;
}

static int opens(int fd)
{
	struct save_reader r;
	int err = save_open(&r, fd);

	if (!err)
		save_close(&r);
	close(fd);
	return err;
}

START_TEST(versions)
{
	const uint16_t later[2] = {SAVE_VERSION + 1, SAVE_VERSION};
	const uint16_t too_late[2] = {SAVE_VERSION + 1, SAVE_VERSION + 1};
	const uint32_t other = 1, short_head = 8, long_head = 1 << 20;

	ck_assert_int_eq(opens(altered(later, 4, 4)), 0);
	ck_assert_int_eq(opens(altered(too_late, 4, 4)), -EPROTO);
	ck_assert_int_eq(opens(altered(&other, 4, 0)), -EBADMSG);
	ck_assert_int_eq(opens(altered(&short_head, 4, 8)), -EBADMSG);
	ck_assert_int_eq(opens(altered(&long_head, 4, 8)), -EBADMSG);
	ck_assert_int_eq(opens(memfd_create("empty", 0)), -EBADMSG);
}
END_TEST

/* Reads to the end, or says that something is wrong; never past it. */
static int read_through(int fd)
{
	struct save_reader r;
	const void *record;
	size_t size;
	int type, err = save_open(&r, fd);

	if (err)
		return err;
	while ((type = save_next(&r, &record, &size)) > 0) {
		uint8_t got[64];

		save_get(got, sizeof(got), record, size);
	}
	save_close(&r);
	return type;
}

START_TEST(cut_anywhere)
{
	int whole = write_two();
	off_t len = lseek(whole, 0, SEEK_END);
	unsigned good = 0;

	close(whole);
	for (off_t at = 0; at < len; at++) {
		int fd = write_two();

		ck_assert_int_eq(ftruncate(fd, at), 0);
		good += !read_through(fd);
		close(fd);
	}
	/* behind the head, and behind the first record */
	ck_assert_uint_eq(good, 2);
}
END_TEST

START_TEST(any_byte_changed)
{
	int fd = write_two();
	off_t len = lseek(fd, 0, SEEK_END);

	for (off_t at = 0; at < len; at++)
		for (int bit = 0; bit < 8; bit++) {
			uint8_t byte, was;

			ck_assert_int_eq(pread(fd, &was, 1, at), 1);
			byte = (uint8_t)(was ^ 1 << bit);
			ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
			(void)read_through(fd);
			ck_assert_int_eq(pwrite(fd, &was, 1, at), 1);
		}
	ck_assert_int_eq(read_through(fd), 0);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("save");
	TCase *tc = tcase_create("all");

	suite_add_tcase(s, tc);
	tcase_add_test(tc, what_is_written_is_read);
	tcase_add_test(tc, other_sizes);
	tcase_add_test(tc, versions);
	tcase_add_test(tc, cut_anywhere);
	tcase_add_test(tc, any_byte_changed);
	return suite_run(s);
}
