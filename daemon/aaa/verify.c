// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verification of what a peer proved.
 *
 * A name that nobody has is verified against a user that nobody is, and then refused: it takes the
 * same work as a wrong password, and the peer is told the same.  Each method does all of its
 * arithmetic before anything is compared, and compares in constant time.
 */
#include "daemon/aaa/verify.h"

#include <string.h>

#include "daemon/aaa/users.h"
#include "daemon/base/secret.h"
#include "daemon/ppp/mschapv2.h"

/* What is compared: copies, padded, so that the work does not depend on lengths. */
struct proof {
	const struct auth_request *rq;
	struct auth_result *ret;
	uint8_t nt_hash[16];
	uint8_t secret[AUTH_DATA_MAX + 1];
	uint8_t secret_len;
	bool plain;
};

static bool verify_pap(struct proof *p)
{
	uint8_t given[AUTH_DATA_MAX + 1] = {0};
	uint8_t hash[16] = {0};
	bool utf8, same_hash, same_text;

	memcpy(given, p->rq->data, p->rq->data_len);
	utf8 = !mschapv2_nt_hash(given, p->rq->data_len, hash);
	same_hash = secret_equal(hash, p->nt_hash, sizeof(hash));
	same_text = secret_equal(given, p->secret, sizeof(given));
	secret_wipe(given, sizeof(given));
	secret_wipe(hash, sizeof(hash));
	if (p->plain)
		return same_text && p->rq->data_len == p->secret_len;
	return utf8 && same_hash;
}

/* RFC 1994 4.1 */
static bool verify_chap(struct proof *p)
{
	uint8_t expected[CHAP_MD5_LEN];
	bool same;

	chap_md5_response(p->rq->id, p->secret, p->secret_len, p->rq->challenge,
			  p->rq->challenge_len, expected);
	same = secret_equal(expected, p->rq->data, sizeof(expected));
	secret_wipe(expected, sizeof(expected));
	return same && p->rq->data_len == CHAP_MD5_LEN && p->rq->challenge_len > 0;
}

/* RFC 2759 8: the response's value is peer challenge, 8 zero bytes, NT-Response, flags. */
static bool verify_mschapv2(struct proof *p)
{
	const uint8_t *peer_challenge = p->rq->data;
	const uint8_t *response = p->rq->data + 24;
	uint8_t expected[MSCHAPV2_RESPONSE_LEN];
	bool same;

	mschapv2_nt_response(p->rq->challenge, peer_challenge, p->rq->user, p->rq->user_len,
			     p->nt_hash, expected);
	same = secret_equal(expected, response, sizeof(expected));
	mschapv2_authenticator_response(p->nt_hash, expected, peer_challenge, p->rq->challenge,
					p->rq->user, p->rq->user_len, p->ret->proof);
	p->ret->proof_len = MSCHAPV2_PROOF_LEN;
	secret_wipe(expected, sizeof(expected));
	return same && p->rq->challenge_len == MSCHAP_CHALLENGE &&
	       p->rq->data_len == MSCHAP_RESPONSE;
}

/* DOMAIN\user: a user may be known by its full name, or without the domain. */
static const struct user *find_user(const struct users *users, const struct auth_request *rq)
{
	const uint8_t *backslash = memchr(rq->user, '\\', rq->user_len);
	const struct user *full = users_find(users, rq->user, rq->user_len);
	const struct user *bare = NULL;

	if (backslash)
		bare = users_find(users, backslash + 1,
				  (size_t)(rq->user + rq->user_len - backslash - 1));
	return full ? full : bare;
}

/* The user's secret, or for nobody one that no peer can know. */
static void take_secret(struct proof *p, const struct user *user)
{
	static const uint8_t nobody[16] = {0x9d, 0x1e, 0x55, 0xc8, 0x3a, 0x70, 0xf2, 0x46,
					   0xb9, 0x04, 0xe7, 0x6b, 0x12, 0xda, 0x8f, 0x31};
	uint8_t len = user ? user->secret_len : sizeof(nobody);

	memcpy(p->nt_hash, user ? user->nt_hash : nobody, sizeof(p->nt_hash));
	memcpy(p->secret, user ? user_secret(user) : nobody, len);
	p->secret_len = len;
	p->plain = !user || user->plain;
}

static void accept(const struct user *user, struct auth_result *ret)
{
	ret->verdict = AUTH_ACCEPT;
	ret->reason = AUTH_REASON_NONE;
	ret->address = user->address;
	memcpy(ret->group, user->group, sizeof(ret->group));
	ret->user_len = user->name_len;
	memcpy(ret->user, user->bytes, user->name_len);
}

static void reject(struct auth_result *ret, enum auth_reason reason)
{
	secret_wipe(ret, sizeof(*ret));
	ret->verdict = AUTH_REJECT;
	ret->reason = (uint8_t)reason;
}

void verify(const struct users *users, const struct auth_request *rq, struct auth_result *ret)
{
	struct proof p = {.rq = rq, .ret = ret};
	const struct user *user;
	bool right = false;

	memset(ret, 0, sizeof(*ret));
	if (!users) {
		ret->verdict = AUTH_ERROR;
		ret->reason = AUTH_REASON_BACKEND;
		return;
	}
	if (rq->challenge_len > sizeof(rq->challenge)) {
		reject(ret, AUTH_REASON_METHOD);
		return;
	}
	user = find_user(users, rq);
	take_secret(&p, user);
	switch (rq->method) {
	case AUTH_PAP:
		right = verify_pap(&p);
		break;
	case AUTH_CHAP_MD5:
		right = verify_chap(&p);
		break;
	case AUTH_MSCHAPV2:
		right = verify_mschapv2(&p);
		break;
	}
	secret_wipe(&p, sizeof(p));
	if (!user)
		reject(ret, AUTH_REASON_UNKNOWN_USER);
	else if (rq->method < AUTH_PAP || rq->method > AUTH_MSCHAPV2 ||
		 (rq->method == AUTH_CHAP_MD5 && !user->plain))
		reject(ret, AUTH_REASON_METHOD);
	else if (!right)
		reject(ret, AUTH_REASON_WRONG_PASSWORD);
	else
		accept(user, ret);
}
