// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CHAP with MD5 (RFC 1994) and MS-CHAPv2 (RFC 2759), both sides.
 *
 * The server sends its Challenge until a Response comes, hands the first one up and meets repeats
 * from memory: none is asked twice, and a peer that lost our Success or Failure gets it again
 * (RFC 1994 4.2).  With MS-CHAPv2 a wrong password may be corrected: the Failure brings a new
 * challenge (RFC 2759 6), AUTH_TRIES_MAX times in all.  Changing a password (RFC 2759 7) is
 * refused.
 *
 * Which user it is and whether the Response is right is decided by the aaa role.
 */
#include "daemon/ppp/chap.h"

#include <string.h>

#include "daemon/base/secret.h"
#include "daemon/base/text.h"
#include "daemon/ppp/cp.h"
#include "daemon/ppp/frame.h"
#include "daemon/ppp/mschapv2.h"

/* RFC 1994 4, RFC 2759 7 */
enum chap_code {
	CHAP_CHALLENGE = 1,
	CHAP_RESPONSE,
	CHAP_SUCCESS,
	CHAP_FAILURE,
	CHAP_CHANGE_PASSWORD = 7,
};

/* RFC 2759 6 */
#define ERROR_NO_DIALIN_PERMISSION  649
#define ERROR_AUTHENTICATION        691
#define ERROR_CHANGING_PASSWORD     709

static void send_packet(uint8_t code, uint8_t id, const void *data, size_t len, struct env *env)
{
	struct writer w;

	frame_begin(&w, env->fx, PPP_CHAP, CP_HEADER + len);
	writer_u8(&w, code);
	writer_u8(&w, id);
	writer_u16(&w, (uint16_t)(CP_HEADER + len));
	writer_bytes(&w, data, len);
	frame_end(&w, env->fx);
}

/* Challenge and Response: a value with its size, and a name (RFC 1994 4.1). */
static void send_value(uint8_t code, uint8_t id, const uint8_t *value, size_t len,
		       const char *name, struct env *env)
{
	uint8_t data[1 + MSCHAP_RESPONSE + AUTH_USER_MAX];
	size_t name_len = name ? strlen(name) : 0;
	struct writer w;

	if (name_len > AUTH_USER_MAX)
		name_len = AUTH_USER_MAX;
	writer_init(&w, data, sizeof(data));
	writer_u8(&w, (uint8_t)len);
	writer_bytes(&w, value, len);
	writer_bytes(&w, name, name_len);
	send_packet(code, id, data, writer_len(&w), env);
}

struct chap_value {
	const uint8_t *value, *name;
	uint8_t len;
	size_t name_len;
};

static bool parse_value(const struct cp_packet *p, struct chap_value *ret)
{
	struct reader r;

	reader_init(&r, p->data, p->len);
	ret->len = reader_u8(&r);
	ret->value = reader_bytes(&r, ret->len);
	ret->name_len = reader_left(&r);
	ret->name = r.pos;
	return !r.bad && ret->len && ret->name_len <= AUTH_USER_MAX;
}

/* --- server --- */

static void send_challenge(struct auth *a, struct env *env)
{
	send_value(CHAP_CHALLENGE, a->id, a->challenge, sizeof(a->challenge), a->cfg->name, env);
	a->sends++;
	a->deadline = env->now + a->cfg->restart;
}

static void put_hex(struct text *t, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		text_add(t, "%02X", p[i]);
}

/* The same words whether the user is unknown or the password wrong. */
static void send_verdict(const struct auth *a, struct env *env)
{
	bool accepted = a->state == AUTH_ACCEPTED, ms = a->method == AUTH_MSCHAPV2;
	char line[160];
	struct text t;

	text_init(&t, line, sizeof(line));
	if (accepted && ms) /* RFC 2759 5 */
		text_add(&t, "%.*s M=", AUTH_PROOF_MAX, (const char *)a->proof);
	if (!accepted && ms) { /* RFC 2759 6 */
		text_add(&t, "E=%u R=%d C=", a->error, a->retry);
		put_hex(&t, a->challenge, sizeof(a->challenge));
		text_add(&t, " V=3 M=");
	}
	text_add(&t, "%s", accepted ? "Welcome" :
			   a->error == ERROR_CHANGING_PASSWORD ? "Passwords cannot be changed here" :
			   a->broken ? "Not possible at the moment" : "Authentication failed");
	send_packet(accepted ? CHAP_SUCCESS : CHAP_FAILURE, a->answer_id, line, t.len, env);
}

static void ask_aaa(struct auth *a, const struct cp_packet *p, const struct chap_value *v,
		    struct env *env)
{
	struct auth_request *request =
		effects_room(env->fx, EFFECT_AUTH, a->method, sizeof(*request));

	memset(request, 0, sizeof(*request));
	request->method = a->method;
	request->id = p->id;
	request->challenge_len = sizeof(a->challenge);
	memcpy(request->challenge, a->challenge, sizeof(a->challenge));
	request->data_len = v->len;
	memcpy(request->data, v->value, v->len);
	request->user_len = (uint8_t)v->name_len;
	memcpy(request->user, v->name, v->name_len);
	a->state = AUTH_ANSWERED;
	a->deadline = USEC_NEVER;
	a->answer_id = p->id;
	a->answer_sum = frame_sum(p->data, p->len);
}

static bool is_repeat(const struct auth *a, const struct cp_packet *p)
{
	return p->id == a->answer_id && frame_sum(p->data, p->len) == a->answer_sum;
}

/* The answer to our Failure has the next id (RFC 2759 9.1), or the same in some clients. */
static bool id_fits(const struct auth *a, const struct cp_packet *p)
{
	if (!a->retry)
		return p->id == a->id;
	return p->id == a->answer_id || p->id == (uint8_t)(a->answer_id + 1);
}

static void on_response(struct auth *a, const struct cp_packet *p, struct env *env)
{
	uint8_t size = a->method == AUTH_MSCHAPV2 ? MSCHAP_RESPONSE : CHAP_MD5_LEN;
	struct chap_value v;

	switch (a->state) {
	case AUTH_IDLE:
	case AUTH_ANSWERED: /* one question at a time */
		break;
	case AUTH_ASKED:
		if (a->retry && is_repeat(a, p)) {
			send_verdict(a, env);
		} else if (id_fits(a, p)) {
			if (parse_value(p, &v) && v.len == size)
				ask_aaa(a, p, &v, env);
			else
				effects_add(env->fx, EFFECT_NOTE, NOTE_MALFORMED);
		}
		break;
	case AUTH_ACCEPTED:
	case AUTH_REFUSED:
		if (p->id == a->answer_id)
			send_verdict(a, env);
		break;
	}
}

static enum auth_outcome on_change_password(struct auth *a, const struct cp_packet *p,
					    struct env *env)
{
	if (a->method != AUTH_MSCHAPV2 || a->state != AUTH_ASKED)
		return AUTH_OUTCOME_NONE;
	a->state = AUTH_REFUSED;
	a->deadline = USEC_NEVER;
	a->retry = false;
	a->error = ERROR_CHANGING_PASSWORD;
	a->answer_id = p->id;
	send_verdict(a, env);
	return AUTH_OUTCOME_FAILED;
}

/* Another password would not help where the reason is not the password. */
static bool retry_helps(const struct auth_result *result)
{
	return result->verdict == AUTH_REJECT && result->reason != AUTH_REASON_LIMIT &&
	       result->reason != AUTH_REASON_NO_ADDRESS && result->reason != AUTH_REASON_METHOD;
}

static enum auth_outcome refuse(struct auth *a, const struct auth_result *result, struct env *env)
{
	a->tries++;
	a->error = result->verdict == AUTH_REJECT && result->reason == AUTH_REASON_LIMIT ?
			   ERROR_NO_DIALIN_PERMISSION :
			   ERROR_AUTHENTICATION;
	a->broken = result->verdict != AUTH_REJECT;
	a->retry = a->method == AUTH_MSCHAPV2 && a->tries < AUTH_TRIES_MAX && retry_helps(result);
	if (a->retry)
		rng_fill(env->rng, a->challenge, sizeof(a->challenge));
	a->state = a->retry ? AUTH_ASKED : AUTH_REFUSED;
	send_verdict(a, env);
	return a->retry ? AUTH_OUTCOME_NONE : AUTH_OUTCOME_FAILED;
}

enum auth_outcome chap_result(struct auth *a, const struct auth_result *result, struct env *env)
{
	static const struct auth_result broken = { .verdict = AUTH_ERROR,
						   .reason = AUTH_REASON_BACKEND };

	if (result->verdict != AUTH_ACCEPT)
		return refuse(a, result, env);
	if (a->method == AUTH_MSCHAPV2) {
		/* without the proof the peer would refuse our Success */
		if (result->proof_len != sizeof(a->proof))
			return refuse(a, &broken, env);
		memcpy(a->proof, result->proof, sizeof(a->proof));
	}
	a->state = AUTH_ACCEPTED;
	send_verdict(a, env);
	return AUTH_OUTCOME_UP;
}

/* --- client --- */

static void send_response(struct auth *a, struct env *env)
{
	send_value(CHAP_RESPONSE, a->answer_id, a->response, a->response_len, a->cfg->user, env);
	a->sends++;
	a->deadline = env->now + a->cfg->restart;
}

/* RFC 2759 4: 16 bytes of our own challenge, 8 zero, the NT-Response, flags zero. */
static bool respond_mschapv2(struct auth *a, const uint8_t challenge[16], struct env *env)
{
	const struct link_config *cfg = a->cfg;
	const uint8_t *user = (const uint8_t *)cfg->user;
	size_t user_len = cfg->user ? strlen(cfg->user) : 0;
	uint8_t *nt_response = a->response + MSCHAP_CHALLENGE + 8;
	uint8_t hash[MSCHAPV2_HASH_LEN];

	if (mschapv2_nt_hash(cfg->password, cfg->password_len, hash) < 0)
		return false;
	memset(a->response, 0, sizeof(a->response));
	rng_fill(env->rng, a->response, MSCHAP_CHALLENGE);
	mschapv2_nt_response(challenge, a->response, user, user_len, hash, nt_response);
	mschapv2_authenticator_response(hash, nt_response, a->response, challenge, user, user_len,
					a->proof);
	secret_wipe(hash, sizeof(hash));
	a->response_len = MSCHAP_RESPONSE;
	return true;
}

/*
 * A Challenge that comes again gets the Response that it got: the server may have the first one
 * in hand, and a new one would not fit the proof that it makes of that.
 */
static enum auth_outcome on_challenge(struct auth *a, const struct cp_packet *p, struct env *env)
{
	bool ms = a->method == AUTH_MSCHAPV2;
	struct chap_value v;

	if (a->state == AUTH_REFUSED)
		return AUTH_OUTCOME_NONE;
	if (!parse_value(p, &v) || (ms && v.len != MSCHAP_CHALLENGE)) {
		effects_add(env->fx, EFFECT_NOTE, NOTE_MALFORMED);
		return AUTH_OUTCOME_NONE;
	}
	if (!a->response_len || !is_repeat(a, p)) {
		a->answer_id = p->id;
		a->answer_sum = frame_sum(p->data, p->len);
		a->sends = 0;
		if (!ms) {
			chap_md5_response(p->id, a->cfg->password, a->cfg->password_len, v.value,
					  v.len, a->response);
			a->response_len = CHAP_MD5_LEN;
		} else if (!respond_mschapv2(a, v.value, env)) {
			a->state = AUTH_REFUSED;
			return AUTH_OUTCOME_FAILED;
		}
	}
	if (a->state == AUTH_ASKED)
		a->state = AUTH_ANSWERED;
	send_response(a, env);
	if (a->state == AUTH_ACCEPTED) /* RFC 1994 2: asked again on an open link */
		a->deadline = USEC_NEVER;
	return AUTH_OUTCOME_NONE;
}

static enum auth_outcome on_verdict(struct auth *a, const struct cp_packet *p, struct env *env)
{
	size_t len = p->len < AUTH_DATA_MAX ? p->len : AUTH_DATA_MAX;

	if (a->state != AUTH_ANSWERED || p->id != a->answer_id)
		return AUTH_OUTCOME_NONE;
	a->deadline = USEC_NEVER;
	if (p->code == CHAP_SUCCESS &&
	    (a->method != AUTH_MSCHAPV2 ||
	     (p->len >= AUTH_PROOF_MAX && secret_equal(p->data, a->proof, AUTH_PROOF_MAX)))) {
		a->state = AUTH_ACCEPTED;
		return AUTH_OUTCOME_UP;
	}
	a->state = AUTH_REFUSED;
	if (p->code == CHAP_SUCCESS) /* RFC 2759 5: the wrong proof, so it is somebody else */
		return AUTH_OUTCOME_UNPROVED;
	if (len)
		memcpy(effects_room(env->fx, EFFECT_NOTE, NOTE_PEER_REASON, len), p->data, len);
	return AUTH_OUTCOME_FAILED;
}

/* --- both --- */

void chap_start(struct auth *a, struct env *env)
{
	if (a->cfg->role == LINK_CLIENT) {
		a->deadline = env->now + a->cfg->restart * a->cfg->max_configure;
		return;
	}
	rng_fill(env->rng, a->challenge, sizeof(a->challenge));
	rng_fill(env->rng, &a->id, sizeof(a->id));
	send_challenge(a, env);
}

enum auth_outcome chap_input(struct auth *a, const uint8_t *info, size_t len, struct env *env)
{
	bool server = a->cfg->role == LINK_SERVER;
	struct cp_packet p;

	if (!cp_packet_parse(info, len, &p)) {
		effects_add(env->fx, EFFECT_NOTE, NOTE_MALFORMED);
		return AUTH_OUTCOME_NONE;
	}
	if (server && p.code == CHAP_RESPONSE)
		on_response(a, &p, env);
	else if (server && p.code == CHAP_CHANGE_PASSWORD)
		return on_change_password(a, &p, env);
	else if (!server && p.code == CHAP_CHALLENGE)
		return on_challenge(a, &p, env);
	else if (!server && (p.code == CHAP_SUCCESS || p.code == CHAP_FAILURE))
		return on_verdict(a, &p, env);
	return AUTH_OUTCOME_NONE;
}

enum auth_outcome chap_expire(struct auth *a, struct env *env)
{
	bool server = a->cfg->role == LINK_SERVER;

	a->deadline = USEC_NEVER;
	if (a->sends >= a->cfg->max_configure || (!server && a->state == AUTH_ASKED))
		return AUTH_OUTCOME_TIMEOUT;
	if (server)
		send_challenge(a, env);
	else
		send_response(a, env);
	return AUTH_OUTCOME_NONE;
}
