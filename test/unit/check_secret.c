// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/base/secret.h"

#include <string.h>

#include "test/unit/suite.h"

START_TEST(equal)
{
	uint8_t a[70], b[70];

	memset(a, 7, sizeof(a));
	memcpy(b, a, sizeof(b));
	ck_assert(secret_equal(a, b, 0));
	ck_assert(secret_equal(NULL, NULL, 0));
	for (size_t len = 1; len <= sizeof(a); len++) {
		ck_assert(secret_equal(a, b, len));
		for (size_t bit = 0; bit < 8 * len; bit++) { /* wherever the difference is */
			b[bit / 8] ^= (uint8_t)(1 << bit % 8);
			ck_assert(!secret_equal(a, b, len));
			b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	b[10] = 0;
	ck_assert(secret_equal(a, b, 10));
}
END_TEST

START_TEST(wipe)
{
	struct secret s = {.len = 9, .bytes = "password"};
	static const struct secret none;
	uint8_t around[10];

	secret_wipe(&s, sizeof(s));
	ck_assert_mem_eq(&s, &none, sizeof(s));
	memset(around, 1, sizeof(around));
	secret_wipe(around + 1, 8);
	ck_assert_uint_eq(around[0], 1);
	ck_assert_uint_eq(around[9], 1);
	for (int i = 1; i < 9; i++)
		ck_assert_uint_eq(around[i], 0);
	secret_wipe(around, 0);
	ck_assert_uint_eq(around[0], 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("secret");
	TCase *t = tcase_create("secret");

	tcase_add_test(t, equal);
	tcase_add_test(t, wipe);
	suite_add_tcase(s, t);
	return suite_run(s);
}
