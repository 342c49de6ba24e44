// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whatever a peer calls itself, a line stays one line, and its keys stay ours.
 */
#include "daemon/base/text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "test/unit/dies.h"
#include "test/unit/seed.h"
#include "test/unit/suite.h"

START_TEST(pairs)
{
	char buf[100];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	ck_assert_str_eq(buf, "");
	text_pair(&t, "tunnel", "%u", 7);
	text_pair(&t, "state", "%s", "up");
	text_add(&t, " and %d", -1);
	text_peer(&t, "user", "alice", 5);
	text_peer(&t, "empty", "", 0);
	text_peer(&t, "host", "my pc", 5);
	ck_assert_str_eq(buf, "tunnel=7 state=up and -1 user=alice empty=\"\" host=\"my pc\"");
	ck_assert_uint_eq(t.len, strlen(buf));
}
END_TEST

/* The other way round, as a reader of the log would: false where the text is not what we write. */
static bool unescape(const char *text, size_t len, uint8_t *to, size_t *ret_len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned int v;

		if (text[i] != '\\') {
			to[n++] = (uint8_t)text[i];
			continue;
		}
		if (i + 3 >= len || text[i + 1] != 'x' || !isxdigit((unsigned char)text[i + 2]) ||
		    !isxdigit((unsigned char)text[i + 3]) || sscanf(text + i + 2, "%2x", &v) != 1)
			return false;
		to[n++] = (uint8_t)v;
		i += 3;
	}
	*ret_len = n;
	return true;
}

static void line_is_whole(const char *line, const uint8_t *bytes, size_t len)
{
	const char *value = line + strlen("user=");
	size_t vlen = strlen(value);
	uint8_t back[64];
	size_t back_len;

	ck_assert(strncmp(line, "user=", 5) == 0);
	for (const char *p = line; *p; p++)
		ck_assert(*p >= 0x20 && *p < 0x7f);
	if (*value == '"') {
		ck_assert(vlen >= 2 && value[vlen - 1] == '"');
		value++;
		vlen -= 2;
		ck_assert_ptr_null(memchr(value, '"', vlen));
	} else {
		ck_assert_ptr_null(memchr(value, ' ', vlen));
		ck_assert_ptr_null(memchr(value, '=', vlen));
	}
	ck_assert(unescape(value, vlen, back, &back_len));
	ck_assert_uint_eq(back_len, len);
	ck_assert_mem_eq(back, bytes, len);
}

START_TEST(every_byte)
{
	for (int c = 0; c < 256; c++) {
		uint8_t bytes[3] = {'a', (uint8_t)c, 'b'};
		char buf[100];
		struct text t;

		text_init(&t, buf, sizeof(buf));
		text_peer(&t, "user", bytes, 3);
		line_is_whole(buf, bytes, 3);
		text_init(&t, buf, sizeof(buf));
		text_peer(&t, "user", bytes + 1, 1);
		line_is_whole(buf, bytes + 1, 1);
	}
}
END_TEST

START_TEST(random_bytes)
{
	struct seed s;

	seed_init(&s, 3);
	for (int i = 0; i < 2000; i++) {
		uint8_t bytes[20];
		size_t len = seed_below(&s, sizeof(bytes) + 1);
		char buf[200];
		struct text t;

		seed_fill(&s.rng, bytes, len);
		text_init(&t, buf, sizeof(buf));
		text_peer(&t, "user", bytes, len);
		line_is_whole(buf, bytes, len);
	}
}
END_TEST

START_TEST(forged_keys)
{
	static const char *const evil[] = {
		"x event=session-up user=root",
		"x\" event=session-up user=\"root",
		"x\\\" event=up",
		"x\nevent=session-up",
		"event=up",
		"\\x22 event=up",
	};

	for (size_t i = 0; i < sizeof(evil) / sizeof(*evil); i++) {
		char buf[200];
		struct text t;

		text_init(&t, buf, sizeof(buf));
		text_peer(&t, "user", evil[i], strlen(evil[i]));
		line_is_whole(buf, (const uint8_t *)evil[i], strlen(evil[i]));
	}
}
END_TEST

/* At every size: terminated, never beyond, a beginning of the whole; and what is cut stays cut. */
START_TEST(truncation)
{
	const char *whole = "a=1 user=\"x y\\x0a\" z=2";

	for (size_t size = 1; size < 30; size++) {
		char buf[40];
		struct text t;

		memset(buf, 0x55, sizeof(buf));
		text_init(&t, buf, size);
		text_pair(&t, "a", "%d", 1);
		text_peer(&t, "user", "x y\n", 4);
		text_pair(&t, "z", "%d", 2);
		ck_assert(t.len < size);
		ck_assert_uint_eq(strlen(buf), t.len);
		ck_assert(strncmp(buf, whole, t.len) == 0);
		ck_assert_uint_eq(t.len, size - 1 < strlen(whole) ? size - 1 : strlen(whole));
		for (size_t i = size; i < sizeof(buf); i++)
			ck_assert_int_eq(buf[i], 0x55);
	}
}
END_TEST

START_TEST(escape_alone)
{
	char buf[32];

	ck_assert_ptr_eq(text_escape(buf, sizeof(buf), "a b=c'\"\\\x7f\xc3", 10), buf);
	ck_assert_str_eq(buf, "a b=c'\\x22\\x5c\\x7f\\xc3");
	ck_assert_str_eq(text_escape(buf, 4, "abcdef", 6), "abc");
	ck_assert_str_eq(text_escape(buf, 1, "abc", 3), "");
	ck_assert_str_eq(text_escape(buf, sizeof(buf), NULL, 0), "");
}
END_TEST

static void no_room(void *arg)
{
	struct text t;

	text_init(&t, arg, 0);
}

START_TEST(bugs)
{
	char c = 0;

	ck_assert(dies(no_room, &c));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("text");
	TCase *t = tcase_create("lines");

	tcase_add_test(t, pairs);
	tcase_add_test(t, every_byte);
	tcase_add_test(t, random_bytes);
	tcase_add_test(t, forged_keys);
	tcase_add_test(t, truncation);
	tcase_add_test(t, escape_alone);
	tcase_add_test(t, bugs);
	suite_add_tcase(s, t);
	return suite_run(s);
}
