// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/l2tp/auth.h"

#include <nettle/md5.h>

#include "daemon/base/secret.h"

_Static_assert(L2TP_RESPONSE_LEN == MD5_DIGEST_SIZE, "RFC 2661 5.1.1: the response is an MD5");

void l2tp_auth_response(const struct l2tp_proof *proof, uint8_t ret_response[L2TP_RESPONSE_LEN])
{
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, 1, &proof->id);
	md5_update(&md5, proof->secret_len, proof->secret);
	md5_update(&md5, proof->challenge_len, proof->challenge);
	md5_digest(&md5, L2TP_RESPONSE_LEN, ret_response);
	secret_wipe(&md5, sizeof(md5));
}

bool l2tp_auth_check(const struct l2tp_proof *proof, const uint8_t *response, size_t len)
{
	uint8_t expected[L2TP_RESPONSE_LEN];
	bool same;

	if (len != L2TP_RESPONSE_LEN)
		return false;
	l2tp_auth_response(proof, expected);
	same = secret_equal(expected, response, len);
	secret_wipe(expected, sizeof(expected));
	return same;
}
