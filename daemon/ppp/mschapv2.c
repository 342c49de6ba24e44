// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The arithmetic of MS-CHAPv2 and CHAP-MD5, by name of the functions in RFC 2759 8.  Does not
 * know packets (chap.c) nor users (the aaa role).  Every intermediate that helps to find a
 * password is wiped before return.
 */
#include "daemon/ppp/mschapv2.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <nettle/des.h>
#include <nettle/md4.h>
#include <nettle/md5.h>
#include <nettle/sha1.h>

#include "compiler.h"
#include "daemon/base/secret.h"

/*
 * One character of UTF-8 (RFC 3629 3).  Returns its length, 0 where the bytes are not the
 * shortest form of a Unicode scalar value.
 */
static size_t utf8_next(const uint8_t *p, size_t len, uint32_t *ret_c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t c;

	if (n == 0 || n > len || p[0] > 0xf4)
		return 0;
	c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret_c = c;
	return n;
}

static void md4_unit(struct md4_ctx *ctx, uint32_t unit)
{
	uint8_t bytes[2] = { (uint8_t)unit, (uint8_t)(unit >> 8) };

	md4_update(ctx, sizeof(bytes), bytes);
	secret_wipe(bytes, sizeof(bytes));
}

int mschapv2_nt_hash(const uint8_t *password, size_t len, uint8_t ret_hash[16])
{
	struct md4_ctx ctx;
	uint32_t c = 0;
	int err = 0;

	md4_init(&ctx);
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_next(password + i, len - i, &c);
		if (n == 0) {
			err = -EILSEQ;
			goto out;
		}
		if (c >= 0x10000) {
			md4_unit(&ctx, 0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		md4_unit(&ctx, c);
	}
	md4_digest(&ctx, MSCHAPV2_HASH_LEN, ret_hash);
out:
	secret_wipe(&ctx, sizeof(ctx));
	secret_wipe(&c, sizeof(c));
	return err;
}

/* RFC 2759 8.2; not secret: everything in it travels in clear. */
static void challenge_hash(const uint8_t peer[16], const uint8_t auth[16], const uint8_t *user,
			   size_t user_len, uint8_t ret_challenge[8])
{
	const uint8_t *slash = user_len ? memchr(user, '\\', user_len) : NULL;
	struct sha1_ctx ctx;

	if (slash) {
		user_len -= (size_t)(slash + 1 - user);
		user = slash + 1;
	}
	sha1_init(&ctx);
	sha1_update(&ctx, 16, peer);
	sha1_update(&ctx, 16, auth);
	sha1_update(&ctx, user_len, user);
	sha1_digest(&ctx, 8, ret_challenge);
}

/* RFC 2759 8.6: 56 bits of key, which DES wants as the upper seven bits of eight bytes. */
static void des_encrypt_7(const uint8_t key[7], const uint8_t clear[8], uint8_t ret_cypher[8])
{
	uint8_t wide[8];
	struct des_ctx ctx;

	wide[0] = key[0];
	for (size_t i = 1; i < 7; i++)
		wide[i] = (uint8_t)(key[i - 1] << (8 - i) | key[i] >> i);
	wide[7] = (uint8_t)(key[6] << 1);
	des_set_key(&ctx, wide); /* says that a key is weak; there is no choice of keys here */
	des_encrypt(&ctx, DES_BLOCK_SIZE, ret_cypher, clear);
	secret_wipe(wide, sizeof(wide));
	secret_wipe(&ctx, sizeof(ctx));
}

/* RFC 2759 8.5: the hash, filled up with zeroes, is three DES keys. */
static void challenge_response(const uint8_t challenge[8], const uint8_t nt_hash[16],
			       uint8_t ret_response[24])
{
	uint8_t keys[21] = { 0 };

	memcpy(keys, nt_hash, MSCHAPV2_HASH_LEN);
	for (size_t i = 0; i < 3; i++)
		des_encrypt_7(keys + 7 * i, challenge, ret_response + 8 * i);
	secret_wipe(keys, sizeof(keys));
}

void mschapv2_nt_response(const uint8_t auth_challenge[16], const uint8_t peer_challenge[16],
			  const uint8_t *user, size_t user_len, const uint8_t nt_hash[16],
			  uint8_t ret_response[24])
{
	uint8_t challenge[8];

	challenge_hash(peer_challenge, auth_challenge, user, user_len, challenge);
	challenge_response(challenge, nt_hash, ret_response);
}

void mschapv2_authenticator_response(const uint8_t nt_hash[16], const uint8_t nt_response[24],
				     const uint8_t peer_challenge[16],
				     const uint8_t auth_challenge[16], const uint8_t *user,
				     size_t user_len, uint8_t ret_proof[42])
{
	/* RFC 2759 8.7, the two constants */
	static const char magic1[] = "Magic server to client signing constant";
	static const char magic2[] = "Pad to make it do more than one iteration";
	static const char hex[] = "0123456789ABCDEF";
	uint8_t hash_hash[16], challenge[8], digest[20];
	struct md4_ctx md4;
	struct sha1_ctx sha1;

	md4_init(&md4);
	md4_update(&md4, MSCHAPV2_HASH_LEN, nt_hash);
	md4_digest(&md4, sizeof(hash_hash), hash_hash);

	sha1_init(&sha1);
	sha1_update(&sha1, sizeof(hash_hash), hash_hash);
	sha1_update(&sha1, MSCHAPV2_RESPONSE_LEN, nt_response);
	sha1_update(&sha1, sizeof(magic1) - 1, (const uint8_t *)magic1);
	sha1_digest(&sha1, sizeof(digest), digest);

	challenge_hash(peer_challenge, auth_challenge, user, user_len, challenge);
	sha1_update(&sha1, sizeof(digest), digest);
	sha1_update(&sha1, sizeof(challenge), challenge);
	sha1_update(&sha1, sizeof(magic2) - 1, (const uint8_t *)magic2);
	sha1_digest(&sha1, sizeof(digest), digest);

	ret_proof[0] = 'S';
	ret_proof[1] = '=';
	for (size_t i = 0; i < sizeof(digest); i++) {
		ret_proof[2 + 2 * i] = (uint8_t)hex[digest[i] >> 4];
		ret_proof[3 + 2 * i] = (uint8_t)hex[digest[i] & 15];
	}
	secret_wipe(hash_hash, sizeof(hash_hash));
	secret_wipe(digest, sizeof(digest));
	secret_wipe(&md4, sizeof(md4));
	secret_wipe(&sha1, sizeof(sha1));
}

void chap_md5_response(uint8_t id, const uint8_t *secret, size_t len, const uint8_t *challenge,
		       size_t challenge_len, uint8_t ret_response[16])
{
	struct md5_ctx ctx;

	md5_init(&ctx);
	md5_update(&ctx, 1, &id);
	md5_update(&ctx, len, secret);
	md5_update(&ctx, challenge_len, challenge);
	md5_digest(&ctx, CHAP_MD5_LEN, ret_response);
	secret_wipe(&ctx, sizeof(ctx));
}
