// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/l2tp/hide.h"

#include <errno.h>
#include <nettle/md5.h>
#include <string.h>

#include "daemon/base/secret.h"

/* b1 = MD5(attribute + secret + vector), RFC 2661 4.3 */
static void first_block(const struct hide_key *key, uint16_t attribute, uint8_t *block)
{
	uint8_t type[2] = { (uint8_t)(attribute >> 8), (uint8_t)attribute };
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, sizeof(type), type);
	md5_update(&md5, key->secret_len, key->secret);
	md5_update(&md5, key->vector_len, key->vector);
	md5_digest(&md5, MD5_DIGEST_SIZE, block);
	secret_wipe(&md5, sizeof(md5));
}

/* bi = MD5(secret + c(i-1)), RFC 2661 4.3 */
static void next_block(const struct hide_key *key, const uint8_t *cipher, uint8_t *block)
{
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, key->secret_len, key->secret);
	md5_update(&md5, MD5_DIGEST_SIZE, cipher);
	md5_digest(&md5, MD5_DIGEST_SIZE, block);
	secret_wipe(&md5, sizeof(md5));
}

static size_t xor_block(uint8_t *to, const uint8_t *from, const uint8_t *block, size_t left)
{
	size_t n = left < MD5_DIGEST_SIZE ? left : MD5_DIGEST_SIZE;

	for (size_t i = 0; i < n; i++)
		to[i] = from[i] ^ block[i];
	return n;
}

void hide(const struct hide_key *key, uint16_t attribute, uint8_t *data, size_t len)
{
	uint8_t block[MD5_DIGEST_SIZE];
	size_t done = 0;

	first_block(key, attribute, block);
	while (done < len) {
		done += xor_block(data + done, data + done, block, len - done);
		if (done < len)
			next_block(key, data + done - MD5_DIGEST_SIZE, block);
	}
	secret_wipe(block, sizeof(block));
}

int unhide(const struct hide_key *key, uint16_t attribute, const uint8_t *data, size_t len,
	   uint8_t *to, size_t *ret_len)
{
	uint8_t block[MD5_DIGEST_SIZE];
	size_t done = 0;
	size_t inner;

	if (len < HIDE_OVERHEAD)
		return -EBADMSG;
	first_block(key, attribute, block);
	while (done < len) {
		done += xor_block(to + done, data + done, block, len - done);
		if (done < len)
			next_block(key, data + done - MD5_DIGEST_SIZE, block);
	}
	secret_wipe(block, sizeof(block));
	inner = (size_t)(to[0] << 8 | to[1]);
	if (inner > len - HIDE_OVERHEAD)
		return -EBADMSG;
	*ret_len = inner;
	return 0;
}
