// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The vectors of RFC 2759 9.2, and what they leave open: domains, other scripts, bad UTF-8.
 */
#include "daemon/ppp/mschapv2.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/md5.h>

#include "compiler.h"

/* RFC 2759 9.2 */
static const uint8_t auth_challenge[16] = { 0x5b, 0x5d, 0x7c, 0x7d, 0x7b, 0x3f, 0x2f, 0x3e,
					    0x3c, 0x2c, 0x60, 0x21, 0x32, 0x26, 0x26, 0x28 };
static const uint8_t peer_challenge[16] = { 0x21, 0x40, 0x23, 0x24, 0x25, 0x5e, 0x26, 0x2a,
					    0x28, 0x29, 0x5f, 0x2b, 0x3a, 0x33, 0x7c, 0x7e };
static const uint8_t nt_hash[16] = { 0x44, 0xeb, 0xba, 0x8d, 0x53, 0x12, 0xb8, 0xd6,
				     0x11, 0x47, 0x44, 0x11, 0xf5, 0x69, 0x89, 0xae };
static const uint8_t nt_response[24] = { 0x82, 0x30, 0x9e, 0xcd, 0x8d, 0x70, 0x8b, 0x5e,
					 0xa0, 0x8f, 0xaa, 0x39, 0x81, 0xcd, 0x83, 0x54,
					 0x42, 0x33, 0x11, 0x4a, 0x3d, 0x85, 0xd6, 0xdf };
static const char proof[] = "S=407A5589115FD0D6209F510FE9C04566932CDA56";

static int hash_of(const char *password, uint8_t out[16])
{
	return mschapv2_nt_hash((const uint8_t *)password, strlen(password), out);
}

START_TEST(hash)
{
	uint8_t out[16];

	ck_assert_int_eq(hash_of("clientPass", out), 0);
	ck_assert_mem_eq(out, nt_hash, 16);
}
END_TEST

/* The user name with and without a domain gives the same response and proof. */
START_TEST(rfc_vector)
{
	static const char *const users[] = { "User", "BIGCO\\User", "\\User" };

	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		const uint8_t *user = (const uint8_t *)users[i];
		size_t len = strlen(users[i]);
		uint8_t response[24], out[42];

		mschapv2_nt_response(auth_challenge, peer_challenge, user, len, nt_hash, response);
		ck_assert_mem_eq(response, nt_response, 24);
		mschapv2_authenticator_response(nt_hash, response, peer_challenge, auth_challenge,
						user, len, out);
		ck_assert_mem_eq(out, proof, 42);
	}
}
END_TEST

START_TEST(other_user)
{
	uint8_t response[24];

	mschapv2_nt_response(auth_challenge, peer_challenge, (const uint8_t *)"user", 4, nt_hash,
			     response);
	ck_assert_mem_ne(response, nt_response, 24);
	mschapv2_nt_response(auth_challenge, peer_challenge, NULL, 0, nt_hash, response);
	ck_assert_mem_ne(response, nt_response, 24);
}
END_TEST

/* MD4 of UTF-16LE, reckoned by another implementation. */
START_TEST(unicode)
{
	static const struct {
		const char *password;
		uint8_t hash[16];
	} rows[] = {
		/* the empty password's hash is known to everybody */
		{ "", { 0x31, 0xd6, 0xcf, 0xe0, 0xd1, 0x6a, 0xe9, 0x31, 0xb7, 0x3c, 0x59, 0xd7,
			0xe0, 0xc0, 0x89, 0xc0 } },
		{ "password", { 0x88, 0x46, 0xf7, 0xea, 0xee, 0x8f, 0xb1, 0x17, 0xad, 0x06, 0xbd,
				0xd8, 0x30, 0xb7, 0x58, 0x6c } },
		{ "Gr\xc3\xbc\xc3\x9f" "e\xe2\x82\xac", { 0x6a, 0xc9, 0x4d, 0x23, 0xb1, 0x47, 0x9d, 0x8e,
			0xe3, 0xa0, 0xc8, 0xd2, 0xbd, 0xaf, 0x1c, 0x34 } },
		{ "\xf0\x9f\x94\x91x", { 0x59, 0x58, 0xe5, 0x34, 0x84, 0x37, 0xbf, 0x11,
			0x4b, 0xb6, 0xa7, 0xb1, 0xb2, 0x20, 0x83, 0xec } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t out[16];

		ck_assert_int_eq(hash_of(rows[i].password, out), 0);
		ck_assert_mem_eq(out, rows[i].hash, 16);
	}
}
END_TEST

START_TEST(not_utf8)
{
	static const char *const bad[] = {
		"\x80",             /* continuation without start */
		"\xc3",             /* cut short */
		"a\xc3(",           /* continuation missing */
		"\xc0\xaf",         /* longer than needed */
		"\xe0\x80\xaf",     /* longer than needed */
		"\xed\xa0\x80",     /* a surrogate */
		"\xf4\x90\x80\x80", /* beyond U+10FFFF */
		"\xf5\x80\x80\x80", "\xff", "\xe2\x82",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		uint8_t out[16] = { 0x55 };

		ck_assert_int_eq(hash_of(bad[i], out), -EILSEQ);
		ck_assert_uint_eq(out[0], 0x55);
	}
}
END_TEST

START_TEST(chap_md5)
{
	static const uint8_t all[] = "\x07secretchallenge";
	struct md5_ctx ctx;
	uint8_t expected[16], out[16];

	md5_init(&ctx);
	md5_update(&ctx, sizeof(all) - 1, all);
	md5_digest(&ctx, 16, expected);
	chap_md5_response(7, all + 1, 6, all + 7, 9, out);
	ck_assert_mem_eq(out, expected, 16);
	chap_md5_response(8, all + 1, 6, all + 7, 9, out);
	ck_assert_mem_ne(out, expected, 16);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("mschapv2");
	TCase *t = tcase_create("vectors");
	SRunner *sr;
	int failed;

	tcase_add_test(t, hash);
	tcase_add_test(t, rfc_vector);
	tcase_add_test(t, other_user);
	tcase_add_test(t, unicode);
	tcase_add_test(t, not_utf8);
	tcase_add_test(t, chap_md5);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
