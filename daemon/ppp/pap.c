// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PAP (RFC 1334 2), both sides.
 *
 * A server takes one answer: after a Nak it ends the link (2.2.2).  A repeat while the verdict is
 * awaited is not asked again; a repeat after it gets the same answer (2.2.1).
 */
#include "daemon/ppp/pap.h"

#include <string.h>

#include "daemon/base/secret.h"
#include "daemon/ppp/cp.h"
#include "daemon/ppp/frame.h"

/* RFC 1334 2.2 */
enum pap_code {
	PAP_REQUEST = 1,
	PAP_ACK,
	PAP_NAK,
};

static void send_verdict(const struct auth *a, uint8_t id, struct env *env)
{
	const char *text = a->state == AUTH_ACCEPTED ? "Welcome" :
			   a->broken                 ? "Not possible at the moment" :
						       "Authentication failed";
	size_t len = strlen(text);
	struct writer w;

	frame_begin(&w, env->fx, PPP_PAP, CP_HEADER + 1 + len);
	writer_u8(&w, a->state == AUTH_ACCEPTED ? PAP_ACK : PAP_NAK);
	writer_u8(&w, id);
	writer_u16(&w, (uint16_t)(CP_HEADER + 1 + len));
	writer_u8(&w, (uint8_t)len);
	writer_bytes(&w, text, len);
	frame_end(&w, env->fx);
}

static void send_request(struct auth *a, struct env *env)
{
	const struct link_config *cfg = a->cfg;
	size_t user_len = cfg->user ? strlen(cfg->user) : 0;
	size_t password_len = cfg->password_len;
	struct writer w;

	if (user_len > AUTH_USER_MAX)
		user_len = AUTH_USER_MAX;
	if (password_len > AUTH_DATA_MAX)
		password_len = AUTH_DATA_MAX;
	frame_begin(&w, env->fx, PPP_PAP, CP_HEADER + 2 + user_len + password_len);
	writer_u8(&w, PAP_REQUEST);
	writer_u8(&w, ++a->id); /* RFC 1334 2.2.1: changed each time */
	writer_u16(&w, (uint16_t)(CP_HEADER + 2 + user_len + password_len));
	writer_u8(&w, (uint8_t)user_len);
	writer_bytes(&w, cfg->user, user_len);
	writer_u8(&w, (uint8_t)password_len);
	writer_bytes(&w, cfg->password, password_len);
	frame_end(&w, env->fx);
	a->sends++;
	a->deadline = env->now + cfg->restart;
}

void pap_start(struct auth *a, struct env *env)
{
	if (a->cfg->role == LINK_CLIENT) {
		a->state = AUTH_ANSWERED;
		send_request(a, env);
	} else {
		/* the peer speaks; as long as it would take to get no answer to a request */
		a->deadline = env->now + a->cfg->restart * a->cfg->max_configure;
	}
}

/* RFC 1334 2.2.1 */
static bool parse_request(const struct cp_packet *p, struct auth_request *ret)
{
	const uint8_t *user, *password;
	uint8_t user_len, password_len;
	struct reader r;

	reader_init(&r, p->data, p->len);
	user_len = reader_u8(&r);
	user = reader_bytes(&r, user_len);
	password_len = reader_u8(&r);
	password = reader_bytes(&r, password_len);
	if (r.bad)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->method = AUTH_PAP;
	ret->id = p->id;
	ret->user_len = user_len;
	memcpy(ret->user, user, user_len);
	ret->data_len = password_len;
	memcpy(ret->data, password, password_len);
	return true;
}

static enum auth_outcome on_request(struct auth *a, const struct cp_packet *p, struct env *env)
{
	struct auth_request request;

	switch (a->state) {
	case AUTH_IDLE:
		break;
	case AUTH_ASKED:
		if (!parse_request(p, &request)) {
			effects_add(env->fx, EFFECT_NOTE, NOTE_MALFORMED);
			break;
		}
		memcpy(effects_room(env->fx, EFFECT_AUTH, a->method, sizeof(request)), &request,
		       sizeof(request));
		secret_wipe(&request, sizeof(request));
		a->state = AUTH_ANSWERED;
		a->deadline = USEC_NEVER;
		a->answer_id = p->id;
		a->answer_sum = frame_sum(p->data, p->len);
		break;
	case AUTH_ANSWERED:
		/* its id is the one that it expects to see again */
		if (a->answer_sum == frame_sum(p->data, p->len))
			a->answer_id = p->id;
		break;
	case AUTH_ACCEPTED:
	case AUTH_REFUSED:
		send_verdict(a, p->id, env);
		break;
	}
	return AUTH_OUTCOME_NONE;
}

static enum auth_outcome on_verdict(struct auth *a, const struct cp_packet *p, struct env *env)
{
	size_t len;

	if (a->state != AUTH_ANSWERED || p->id != a->id)
		return AUTH_OUTCOME_NONE;
	a->deadline = USEC_NEVER;
	if (p->code == PAP_ACK) {
		a->state = AUTH_ACCEPTED;
		return AUTH_OUTCOME_UP;
	}
	a->state = AUTH_REFUSED;
	/* some leave the message's length out, when there is no message */
	len = p->len && (size_t)p->data[0] < p->len ? p->data[0] : 0;
	if (len)
		memcpy(effects_room(env->fx, EFFECT_NOTE, NOTE_PEER_REASON, len), p->data + 1, len);
	return AUTH_OUTCOME_FAILED;
}

enum auth_outcome pap_input(struct auth *a, const uint8_t *info, size_t len, struct env *env)
{
	struct cp_packet p;

	if (!cp_packet_parse(info, len, &p)) {
		effects_add(env->fx, EFFECT_NOTE, NOTE_MALFORMED);
		return AUTH_OUTCOME_NONE;
	}
	if (a->cfg->role == LINK_SERVER && p.code == PAP_REQUEST)
		return on_request(a, &p, env);
	if (a->cfg->role == LINK_CLIENT && (p.code == PAP_ACK || p.code == PAP_NAK))
		return on_verdict(a, &p, env);
	return AUTH_OUTCOME_NONE;
}

enum auth_outcome pap_result(struct auth *a, const struct auth_result *result, struct env *env)
{
	bool accept = result->verdict == AUTH_ACCEPT;

	a->broken = result->verdict != AUTH_REJECT;
	a->state = accept ? AUTH_ACCEPTED : AUTH_REFUSED;
	send_verdict(a, a->answer_id, env);
	return accept ? AUTH_OUTCOME_UP : AUTH_OUTCOME_FAILED;
}

enum auth_outcome pap_expire(struct auth *a, struct env *env)
{
	if (a->cfg->role == LINK_SERVER || a->sends >= a->cfg->max_configure) {
		a->deadline = USEC_NEVER;
		return AUTH_OUTCOME_TIMEOUT;
	}
	send_request(a, env);
	return AUTH_OUTCOME_NONE;
}
