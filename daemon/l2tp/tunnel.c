// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Classifies what happens to a control connection as an event of the table, and carries out the
 * actions.  What is acceptable is decided here: RFC 2661 5.1.1 (authentication), 4.4.3 (versions,
 * ids, ties).
 *
 * Deviation: a Protocol Version 1 of any revision is taken, because a revision is not meant to
 * break anything; another version ends in StopCCN 5 (RFC 2661 4.4.2).
 */
#include "daemon/l2tp/tunnel.h"

#include <string.h>

#include "daemon/base/secret.h"
#include "daemon/l2tp/auth.h"
#include "daemon/l2tp/note.h"
#include "daemon/l2tp/tunnel_msg.h"
#include "daemon/l2tp/tunnel_table.h"

NAMES_FUNCTION(tunnel_state, TUNNEL_STATE_LIST)

/* One event and what belongs to it. */
struct step {
	enum tunnel_event event;
	const struct msg *msg; /* where the event is a message */
	struct l2tp_end end;   /* where it may end the tunnel */
};

/* Returns whether the message is to be given to the caller. */
static bool step(struct tunnel *t, const struct step *s, struct env *env);

static void step_event(struct tunnel *t, enum tunnel_event event, enum l2tp_end_by by,
		       const char *text, struct env *env)
{
	struct step s = { .event = event };

	l2tp_end_set(&s.end, by, L2TP_STOP_CLEAR, L2TP_ERROR_NONE, text);
	step(t, &s, env);
}

/* --- sending --- */

static bool transmit(struct tunnel *t, const struct msg *m, uint16_t session, struct env *env)
{
	struct channel_message *cm = channel_new(&t->channel, env);
	struct msg_hiding hiding = {
		.secret = t->cfg->hide ? t->cfg->secret : NULL,
		.secret_len = t->cfg->secret_len,
		.rng = env->rng,
	};
	struct writer w;

	if (!cm)
		return false;
	writer_init(&w, cm->data, sizeof(cm->data));
	msg_encode(&w, m, t->peer_id, session, &hiding);
	if (w.bad) {
		slab_put(env->messages, cm);
		return false;
	}
	cm->len = (uint16_t)writer_len(&w);
	channel_send(&t->channel, cm, env);
	return true;
}

static bool transmit_or_abandon(struct tunnel *t, const struct msg *m, uint16_t session,
				struct env *env)
{
	struct step s = { .event = TUNNEL_EV_NO_MEMORY };

	if (transmit(t, m, session, env))
		return true;
	l2tp_end_set(&s.end, L2TP_END_LOCAL, L2TP_STOP_ERROR, L2TP_ERROR_RESOURCES,
		     "no memory for a control message");
	step(t, &s, env);
	return false;
}

bool tunnel_send(struct tunnel *t, const struct msg *m, uint16_t session, struct env *env)
{
	/* a call of a tunnel that is not open has ended with it */
	return t->state == TUNNEL_ESTABLISHED && transmit_or_abandon(t, m, session, env);
}

static bool send_sccrq(struct tunnel *t, struct env *env)
{
	struct msg m;

	tunnel_msg_sccrq(t, &m, env->rng);
	return transmit_or_abandon(t, &m, 0, env);
}

static bool send_sccrp(struct tunnel *t, const struct msg *sccrq, struct env *env)
{
	uint8_t response[L2TP_RESPONSE_LEN];
	struct msg m;

	tunnel_msg_sccrp(t, &m, sccrq, response, env->rng);
	return transmit_or_abandon(t, &m, 0, env);
}

static bool send_scccn(struct tunnel *t, const struct msg *sccrp, struct env *env)
{
	uint8_t response[L2TP_RESPONSE_LEN];
	struct msg m;

	tunnel_msg_scccn(t, &m, sccrp, response);
	return transmit_or_abandon(t, &m, 0, env);
}

static bool send_hello(struct tunnel *t, struct env *env)
{
	struct msg m;

	msg_init(&m, MSG_HELLO);
	return transmit_or_abandon(t, &m, 0, env);
}

/* --- actions --- */

static void do_down(struct tunnel *t, const struct l2tp_end *end, struct env *env)
{
	t->end = *end;
	effects_add(env->fx, EFFECT_TUNNEL_DOWN, 0);
}

static void do_free(struct tunnel *t, struct env *env)
{
	channel_drop_all(&t->channel, env->messages);
	t->channel.ack = false;
	effects_add(env->fx, EFFECT_TUNNEL_FREE, 0);
}

/* What waits unsent concerns calls that are over as well now. */
static void do_stop(struct tunnel *t, const struct l2tp_end *end, struct env *env)
{
	struct msg m;
	bool sent;

	channel_drop_unsent(&t->channel, env->messages);
	tunnel_msg_stopccn(&m, t->id, end);
	sent = transmit(t, &m, 0, env);
	do_down(t, end, env);
	if (!sent)
		step_event(t, TUNNEL_EV_NO_MEMORY, L2TP_END_LOCAL, NULL, env);
}

/* RFC 2661 5.7: a repeated StopCCN is acknowledged for a full retransmission cycle. */
static void do_linger(struct tunnel *t, struct env *env)
{
	channel_drop_all(&t->channel, env->messages);
	t->channel.hurry = false;
	t->linger = env->now + channel_cycle(&t->channel);
}

static void do_up(struct env *env)
{
	effects_add(env->fx, EFFECT_TUNNEL_UP, 0);
}

static void do_stop_fsm(struct tunnel *t, const struct step *s, struct env *env)
{
	struct l2tp_end end;

	l2tp_end_set(&end, L2TP_END_LOCAL, L2TP_STOP_FSM, L2TP_ERROR_NONE,
		     s->msg ? msg_type_name(s->msg->type) : NULL);
	do_stop(t, &end, env);
}

static bool step(struct tunnel *t, const struct step *s, struct env *env)
{
	const struct tunnel_rule *rule = tunnel_rule(t->role, t->state, s->event);

	t->state = rule->next;
	switch (rule->action) {
	case TUNNEL_DO_NOTHING:
		break;
	case TUNNEL_DO_NOTE:
		l2tp_note_unexpected(env, s->msg);
		break;
	case TUNNEL_DO_SEND_SCCRQ:
		send_sccrq(t, env);
		break;
	case TUNNEL_DO_SEND_SCCRP:
		send_sccrp(t, s->msg, env);
		break;
	case TUNNEL_DO_SEND_SCCCN:
		if (send_scccn(t, s->msg, env))
			do_up(env);
		break;
	case TUNNEL_DO_UP:
		do_up(env);
		break;
	case TUNNEL_DO_HELLO:
		send_hello(t, env);
		break;
	case TUNNEL_DO_DELIVER:
		return true;
	case TUNNEL_DO_STOP:
		do_stop(t, &s->end, env);
		break;
	case TUNNEL_DO_STOP_FSM:
		do_stop_fsm(t, s, env);
		break;
	case TUNNEL_DO_STOPPED:
		do_linger(t, env);
		do_down(t, &s->end, env);
		break;
	case TUNNEL_DO_LINGER:
		do_linger(t, env);
		break;
	case TUNNEL_DO_ABANDON:
		do_down(t, &s->end, env);
		do_free(t, env);
		break;
	case TUNNEL_DO_FREE:
		do_free(t, env);
		break;
	}
	return false;
}

/* --- what is acceptable --- */

static bool refuse(struct step *s, uint16_t result, uint16_t error, const char *text)
{
	l2tp_end_set(&s->end, L2TP_END_LOCAL, result, error, text);
	return false;
}

/* SCCRQ and SCCRP; false with s->end where it is not acceptable. */
static bool connection_ok(const struct tunnel *t, struct step *s)
{
	const struct msg *m = s->msg;

	/* the version first: another one may well have AVPs that we don't know */
	if (msg_has(m, AVP_PROTOCOL_VERSION) &&
	    m->protocol_version >> 8 != L2TP_PROTOCOL_VERSION >> 8)
		return refuse(s, L2TP_STOP_VERSION, L2TP_PROTOCOL_VERSION, /* RFC 2661 4.4.2 */
			      "only version 1 is spoken");
	if (m->verdict != MSG_OK) {
		msg_fault(m, &s->end);
		return false;
	}
	if (m->assigned_tunnel == 0) /* RFC 2661 4.4.3 */
		return refuse(s, L2TP_STOP_ERROR, L2TP_ERROR_VALUE, "Assigned Tunnel ID is 0");
	if (msg_has(m, AVP_CHALLENGE) && !t->cfg->secret)
		return refuse(s, L2TP_STOP_NOT_AUTHORIZED, L2TP_ERROR_NONE,
			      "challenged, but no tunnel secret is configured");
	return true;
}

/* RFC 2661 5.1.1: the response to our challenge, if we sent one, in SCCRP or SCCCN. */
static bool response_ok(const struct tunnel *t, struct step *s)
{
	struct l2tp_proof proof = {
		.id = (uint8_t)s->msg->type,
		.secret = t->cfg->secret,
		.secret_len = t->cfg->secret_len,
		.challenge = t->challenge,
		.challenge_len = sizeof(t->challenge),
	};

	if (!tunnel_challenges(t))
		return true;
	if (!msg_has(s->msg, AVP_CHALLENGE_RESPONSE))
		return refuse(s, L2TP_STOP_NOT_AUTHORIZED, L2TP_ERROR_NONE,
			      "the challenge was not answered");
	if (!l2tp_auth_check(&proof, s->msg->response.data, s->msg->response.len))
		return refuse(s, L2TP_STOP_NOT_AUTHORIZED, L2TP_ERROR_NONE,
			      "wrong answer to the challenge");
	return true;
}

static bool fault_free(struct step *s)
{
	if (s->msg->verdict == MSG_OK)
		return true;
	msg_fault(s->msg, &s->end);
	return false;
}

/* What the peer says of itself, even if it will be refused: a StopCCN wants its tunnel id. */
static void learn(struct tunnel *t, const struct msg *m)
{
	if (msg_has(m, AVP_ASSIGNED_TUNNEL_ID))
		t->peer_id = m->assigned_tunnel;
	if (msg_has(m, AVP_HOST_NAME))
		l2tp_text(t->peer_host, sizeof(t->peer_host), m->host_name.data, m->host_name.len);
	if (msg_has(m, AVP_VENDOR_NAME))
		l2tp_text(t->peer_vendor, sizeof(t->peer_vendor), m->vendor_name.data,
			  m->vendor_name.len);
	if (msg_has(m, AVP_RECEIVE_WINDOW_SIZE))
		channel_peer_window(&t->channel, m->window);
	t->peer_firmware = m->firmware_revision;
	t->peer_framing = m->framing_capabilities;
	t->peer_bearer = m->bearer_capabilities;
}

static enum tunnel_event classify_stop(struct step *s)
{
	const struct msg *m = s->msg;

	s->end.by = L2TP_END_PEER;
	s->end.result = m->result;
	s->end.error = m->error;
	l2tp_text(s->end.text, sizeof(s->end.text), m->result_text.data, m->result_text.len);
	return TUNNEL_EV_STOPCCN;
}

static enum tunnel_event classify_connection(struct tunnel *t, struct step *s)
{
	bool ok;

	/* a repeat in an open tunnel is an error and must not change what is known of the peer */
	if (t->state == TUNNEL_IDLE || t->state == TUNNEL_WAIT_CTL_REPLY)
		learn(t, s->msg);
	ok = connection_ok(t, s);
	if (s->msg->type == MSG_SCCRQ)
		return ok ? TUNNEL_EV_SCCRQ_OK : TUNNEL_EV_SCCRQ_BAD;
	return ok && response_ok(t, s) ? TUNNEL_EV_SCCRP_OK : TUNNEL_EV_SCCRP_BAD;
}

static enum tunnel_event classify(struct tunnel *t, struct step *s)
{
	const struct msg *m = s->msg;

	if (m->verdict == MSG_IGNORE)
		return TUNNEL_EV_IGNORED;
	if (msg_is_call(m->type))
		return TUNNEL_EV_CALL; /* its faults end the call alone, RFC 2661 4.1 */
	switch (m->type) {
	case MSG_SCCRQ:
	case MSG_SCCRP:
		return classify_connection(t, s);
	case MSG_SCCCN:
		if (fault_free(s) && response_ok(t, s))
			return TUNNEL_EV_SCCCN_OK;
		return TUNNEL_EV_SCCCN_BAD;
	case MSG_STOPCCN: /* the end is the end, whatever is wrong with it */
		return classify_stop(s);
	case MSG_HELLO:
		return fault_free(s) ? TUNNEL_EV_HELLO : TUNNEL_EV_FAULT;
	}
	fault_free(s);
	return TUNNEL_EV_FAULT;
}

/* --- entry points --- */

void tunnel_init(struct tunnel *t, const struct tunnel_config *cfg, enum l2tp_role role,
		 uint16_t id, struct env *env)
{
	struct channel_timing timing = {
		.retransmit = cfg->retransmit,
		.retransmit_max = cfg->retransmit_max,
		.limit = cfg->retransmit_limit,
	};

	memset(t, 0, sizeof(*t));
	t->cfg = cfg;
	t->role = role;
	t->state = TUNNEL_IDLE;
	t->id = id;
	t->heard = env->now;
	t->linger = USEC_NEVER;
	t->setup_deadline =
		cfg->setup_timeout == USEC_NEVER ? USEC_NEVER : env->now + cfg->setup_timeout;
	channel_init(&t->channel, cfg->window, &timing);
	if (role == L2TP_LAC) {
		rng_fill(env->rng, &t->tie_breaker, sizeof(t->tie_breaker));
		t->has_tie_breaker = true;
	}
}

void tunnel_fini(struct tunnel *t, struct slab *messages)
{
	channel_fini(&t->channel, messages);
	secret_wipe(t->challenge, sizeof(t->challenge));
}

void tunnel_open(struct tunnel *t, struct env *env)
{
	step_event(t, TUNNEL_EV_OPEN, L2TP_END_LOCAL, NULL, env);
}

void tunnel_datagram(struct tunnel *t, const struct l2tp_header *h, const uint8_t *data,
		     size_t len, struct env *env)
{
	enum channel_verdict verdict;

	if (t->state == TUNNEL_GONE)
		return;
	t->heard = env->now;
	BUG_ON(h->payload + h->payload_len > len);
	/* what lies behind the header's length is not of the message, RFC 2661 3.1 */
	verdict = channel_receive(&t->channel, h, data, h->payload + h->payload_len, env);
	/* the peer asks again because it misses the SCCRP: don't let it wait for our timer */
	if (verdict == CHANNEL_DUPLICATE && t->state == TUNNEL_WAIT_CTL_CONN)
		channel_resend(&t->channel, env);
}

static void settle(struct tunnel *t, struct env *env)
{
	if (t->state == TUNNEL_CLOSING && t->linger == USEC_NEVER && t->channel.count == 0)
		step_event(t, TUNNEL_EV_DRAINED, L2TP_END_NONE, NULL, env);
}

bool tunnel_next(struct tunnel *t, struct msg *ret_msg, struct env *env)
{
	struct step s = { .msg = ret_msg };
	struct l2tp_header h;
	const uint8_t *data;
	size_t len;

	while (t->state != TUNNEL_GONE && channel_next(&t->channel, &data, &len, env)) {
		if (msg_header(data, len, &h))
			continue;
		msg_decode(ret_msg, &h, data, t->cfg->secret, t->cfg->secret_len);
		l2tp_note_message(env, ret_msg);
		memset(&s.end, 0, sizeof(s.end));
		s.event = classify(t, &s);
		if (step(t, &s, env))
			return true;
	}
	channel_flush(&t->channel, t->peer_id, env);
	settle(t, env);
	return false;
}

void tunnel_close(struct tunnel *t, uint16_t result, uint16_t error, const char *text,
		  struct env *env)
{
	struct step s = { .event = TUNNEL_EV_CLOSE };

	l2tp_end_set(&s.end, L2TP_END_LOCAL, result, error, text);
	step(t, &s, env);
}

void tunnel_heard(struct tunnel *t, usec_t when)
{
	if (when > t->heard)
		t->heard = when;
}

void tunnel_probe(struct tunnel *t, struct env *env)
{
	if (t->state != TUNNEL_ESTABLISHED)
		return;
	if (t->channel.count == 0)
		step_event(t, TUNNEL_EV_SILENCE, L2TP_END_NONE, NULL, env);
	channel_hurry(&t->channel, env->now);
}

/* RFC 2661 5.5, 6.5: only after silence, and not while something waits for its acknowledgement. */
static usec_t hello_at(const struct tunnel *t)
{
	if (t->state != TUNNEL_ESTABLISHED || t->channel.count || t->cfg->hello == USEC_NEVER)
		return USEC_NEVER;
	return t->heard + t->cfg->hello;
}

/* An LNS's tunnel was made for an SCCRQ: it does not wait for ever for one that can be used. */
static usec_t setup_at(const struct tunnel *t)
{
	switch (t->state) {
	case TUNNEL_IDLE:
		return t->role == L2TP_LNS ? t->setup_deadline : USEC_NEVER;
	case TUNNEL_WAIT_CTL_REPLY:
	case TUNNEL_WAIT_CTL_CONN:
		return t->setup_deadline;
	case TUNNEL_ESTABLISHED:
	case TUNNEL_CLOSING:
	case TUNNEL_GONE:
		break;
	}
	return USEC_NEVER;
}

bool tunnel_lingers(const struct tunnel *t)
{
	return t->linger != USEC_NEVER;
}

usec_t tunnel_deadline(const struct tunnel *t)
{
	usec_t when = usec_min(channel_deadline(&t->channel), t->linger);

	return usec_min(when, usec_min(setup_at(t), hello_at(t)));
}

void tunnel_expire(struct tunnel *t, struct env *env)
{
	if (env->now >= setup_at(t)) {
		step_event(t, TUNNEL_EV_SETUP_TIMEOUT, L2TP_END_TIMEOUT, "not set up in time", env);
	} else if (env->now >= t->linger) {
		t->linger = USEC_NEVER;
		step_event(t, TUNNEL_EV_LINGERED, L2TP_END_NONE, NULL, env);
	} else if (!channel_expire(&t->channel, env)) {
		step_event(t, TUNNEL_EV_PEER_LOST, L2TP_END_TIMEOUT, "the peer does not answer",
			   env);
	} else if (env->now >= hello_at(t)) {
		step_event(t, TUNNEL_EV_SILENCE, L2TP_END_NONE, NULL, env);
	}
}

static bool tie_lost(const struct tunnel *t, const struct msg *sccrq)
{
	if (!msg_has(sccrq, AVP_TIE_BREAKER))
		return false;
	/* RFC 2661 4.4.3: the lower value wins; both lose if they are equal */
	return !t->has_tie_breaker || sccrq->tie_breaker <= t->tie_breaker;
}

enum tunnel_tie tunnel_tie(struct tunnel *t, const struct msg *sccrq, struct env *env)
{
	if (t->role != L2TP_LAC || t->state != TUNNEL_WAIT_CTL_REPLY ||
	    (!t->has_tie_breaker && !msg_has(sccrq, AVP_TIE_BREAKER)))
		return TUNNEL_TIE_NONE;
	if (!tie_lost(t, sccrq)) {
		step_event(t, TUNNEL_EV_TIE_WON, L2TP_END_NONE, NULL, env);
		return TUNNEL_TIE_WON;
	}
	step_event(t, TUNNEL_EV_TIE_LOST, L2TP_END_PEER, "the peer's own tunnel wins", env);
	return TUNNEL_TIE_LOST;
}

void tunnel_refuse(const struct l2tp_header *h, const struct msg *sccrq, uint16_t result,
		   uint16_t error, const char *text, struct env *env)
{
	struct msg_hiding hiding = { .secret = NULL };
	uint16_t id = rng_u16(env->rng) | 1; /* never used: RFC 2661 4.4.3 wants one */
	struct l2tp_end end;
	struct writer w;
	struct msg m;

	l2tp_end_set(&end, L2TP_END_LOCAL, result, error, text);
	tunnel_msg_stopccn(&m, id, &end);
	writer_init(&w, effects_room(env->fx, EFFECT_TRANSMIT, 0, CHANNEL_MESSAGE_SIZE),
		    CHANNEL_MESSAGE_SIZE);
	msg_encode(&w, &m, msg_has(sccrq, AVP_ASSIGNED_TUNNEL_ID) ? sccrq->assigned_tunnel : 0, 0,
		   &hiding);
	writer_patch_u16(&w, 10, (uint16_t)(h->ns + 1)); /* Nr, RFC 2661 3.1 */
	effects_trim(env->fx, writer_len(&w));
}
