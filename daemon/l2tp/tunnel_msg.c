// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/l2tp/tunnel_msg.h"

#include <string.h>

#define NAME_MAX_SENT 64 /* of our Host Name and Vendor Name: a message must fit the slab */

static struct msg_view text_view(const char *text)
{
	size_t len = strlen(text);
	struct msg_view view = {
		.data = (const uint8_t *)text,
		.len = len < NAME_MAX_SENT ? len : NAME_MAX_SENT,
	};

	return view;
}

bool tunnel_challenges(const struct tunnel *t)
{
	return t->cfg->challenge && t->cfg->secret;
}

/* What SCCRQ and SCCRP have in common (RFC 2661 6.1, 6.2). */
static void fill_connection(struct tunnel *t, struct msg *m, struct rng *rng)
{
	m->protocol_version = L2TP_PROTOCOL_VERSION;
	msg_set(m, AVP_PROTOCOL_VERSION);
	m->framing_capabilities = L2TP_FRAMING_SYNC | L2TP_FRAMING_ASYNC;
	msg_set(m, AVP_FRAMING_CAPABILITIES);
	m->host_name = text_view(t->cfg->host_name);
	msg_set(m, AVP_HOST_NAME);
	m->assigned_tunnel = t->id;
	msg_set(m, AVP_ASSIGNED_TUNNEL_ID);
	m->window = t->cfg->window;
	msg_set(m, AVP_RECEIVE_WINDOW_SIZE);
	if (t->cfg->vendor_name) {
		m->vendor_name = text_view(t->cfg->vendor_name);
		msg_set(m, AVP_VENDOR_NAME);
	}
	if (tunnel_challenges(t)) {
		rng_fill(rng, t->challenge, sizeof(t->challenge));
		m->challenge.data = t->challenge;
		m->challenge.len = sizeof(t->challenge);
		msg_set(m, AVP_CHALLENGE);
	}
}

/* RFC 2661 5.1.1: answer the challenge of `from`, if there is one, in m; the bytes go to buf. */
static void fill_response(const struct tunnel *t, struct msg *m, const struct msg *from,
			  uint8_t buf[L2TP_RESPONSE_LEN])
{
	struct l2tp_proof proof = {
		.id = (uint8_t)m->type,
		.secret = t->cfg->secret,
		.secret_len = t->cfg->secret_len,
		.challenge = from->challenge.data,
		.challenge_len = from->challenge.len,
	};

	if (!msg_has(from, AVP_CHALLENGE))
		return;
	l2tp_auth_response(&proof, buf);
	m->response.data = buf;
	m->response.len = L2TP_RESPONSE_LEN;
	msg_set(m, AVP_CHALLENGE_RESPONSE);
}

void tunnel_msg_sccrq(struct tunnel *t, struct msg *m, struct rng *rng)
{
	msg_init(m, MSG_SCCRQ);
	fill_connection(t, m, rng);
	if (t->has_tie_breaker) {
		m->tie_breaker = t->tie_breaker;
		msg_set(m, AVP_TIE_BREAKER);
	}
}

void tunnel_msg_sccrp(struct tunnel *t, struct msg *m, const struct msg *sccrq,
		      uint8_t response[L2TP_RESPONSE_LEN], struct rng *rng)
{
	msg_init(m, MSG_SCCRP);
	fill_connection(t, m, rng);
	fill_response(t, m, sccrq, response);
}

void tunnel_msg_scccn(const struct tunnel *t, struct msg *m, const struct msg *sccrp,
		      uint8_t response[L2TP_RESPONSE_LEN])
{
	msg_init(m, MSG_SCCCN);
	fill_response(t, m, sccrp, response);
}

void tunnel_msg_stopccn(struct msg *m, uint16_t id, const struct l2tp_end *end)
{
	msg_init(m, MSG_STOPCCN);
	m->assigned_tunnel = id; /* always: RFC 2661 6.4 */
	msg_set(m, AVP_ASSIGNED_TUNNEL_ID);
	m->result = end->result;
	m->error = end->error;
	m->result_text.data = (const uint8_t *)end->text;
	m->result_text.len = strlen(end->text);
	msg_set(m, AVP_RESULT_CODE);
}
