// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Classifies what happens to a call as an event of the table, and carries out the actions.
 *
 * When a message cannot be sent because memory is out, tunnel_send() has taken the tunnel down and
 * with it every session: nothing more is said about this one.
 */
#include "daemon/l2tp/session.h"

#include <string.h>

#include "daemon/l2tp/note.h"
#include "daemon/l2tp/session_table.h"

#define SPEED_DEFAULT 1000000000 /* of a call whose line has none: RFC 2661 6.8 wants a number */

NAMES_FUNCTION(session_state, SESSION_STATE_LIST)

struct step {
	enum session_event event;
	const struct msg *msg; /* where the event is a message */
	struct l2tp_end end;   /* where it may end the call */
};

/* --- messages that we send --- */

static struct msg_view text_view(const char *text)
{
	struct msg_view view = { .data = (const uint8_t *)text, .len = strlen(text) };

	return view;
}

static bool send_icrq(struct session *s, struct tunnel *t, struct env *env)
{
	struct msg m;

	msg_init(&m, MSG_ICRQ); /* RFC 2661 6.6 */
	m.assigned_session = s->id;
	msg_set(&m, AVP_ASSIGNED_SESSION_ID);
	if (!s->call_serial)
		s->call_serial = rng_u32(env->rng);
	m.call_serial = s->call_serial;
	msg_set(&m, AVP_CALL_SERIAL_NUMBER);
	if (s->calling[0]) {
		m.calling = text_view(s->calling);
		msg_set(&m, AVP_CALLING_NUMBER);
	}
	if (s->called[0]) {
		m.called = text_view(s->called);
		msg_set(&m, AVP_CALLED_NUMBER);
	}
	return tunnel_send(t, &m, 0, env);
}

static bool send_icrp(struct session *s, struct tunnel *t, struct env *env)
{
	struct msg m;

	msg_init(&m, MSG_ICRP); /* RFC 2661 6.7 */
	m.assigned_session = s->id;
	msg_set(&m, AVP_ASSIGNED_SESSION_ID);
	return tunnel_send(t, &m, s->peer_id, env);
}

static bool send_iccn(struct session *s, struct tunnel *t, struct env *env)
{
	struct msg m;

	msg_init(&m, MSG_ICCN); /* RFC 2661 6.8 */
	m.tx_speed = s->tx_speed ? s->tx_speed : SPEED_DEFAULT;
	msg_set(&m, AVP_TX_CONNECT_SPEED);
	m.framing_type = s->framing ? s->framing : L2TP_FRAMING_SYNC;
	msg_set(&m, AVP_FRAMING_TYPE);
	if (s->rx_speed) {
		m.rx_speed = s->rx_speed;
		msg_set(&m, AVP_RX_CONNECT_SPEED);
	}
	return tunnel_send(t, &m, s->peer_id, env);
}

/* RFC 2661 6.12; the cause is RFC 3145 2. */
static bool send_cdn(struct tunnel *t, uint16_t id, uint16_t peer_id, const struct l2tp_end *end,
		     struct env *env)
{
	struct msg m;

	msg_init(&m, MSG_CDN);
	m.result = end->result;
	m.error = end->error;
	m.result_text = text_view(end->text);
	msg_set(&m, AVP_RESULT_CODE);
	m.assigned_session = id;
	msg_set(&m, AVP_ASSIGNED_SESSION_ID);
	if (end->cause != L2TP_CAUSE_NONE) {
		uint16_t code = L2TP_CAUSE_CODE(end->cause);

		m.cause = code;
		m.cause_direction = (uint8_t)(end->cause >> 8);
		if (code == L2TP_CAUSE_NORMAL ||
		    (code >= L2TP_CAUSE_LCP_TIMEOUT && code <= L2TP_CAUSE_CALLBACK))
			m.cause_protocol = 0xc021; /* LCP, as RFC 3145 2 asks: RFC 1661 2 */
		msg_set(&m, AVP_DISCONNECT_CAUSE);
	}
	return tunnel_send(t, &m, peer_id, env);
}

/* --- actions --- */

static void do_down(struct session *s, const struct l2tp_end *end, struct env *env)
{
	s->end = *end;
	effects_add(env->fx, EFFECT_CALL_DOWN, 0);
}

static void do_cdn(struct session *s, struct tunnel *t, const struct l2tp_end *end,
		   struct env *env)
{
	s->end = *end;
	if (send_cdn(t, s->id, s->peer_id, end, env))
		do_down(s, end, env);
}

static void do_cdn_unexpected(struct session *s, struct tunnel *t, const struct step *step,
			      struct env *env)
{
	struct l2tp_end end;

	l2tp_end_set(&end, L2TP_END_LOCAL, L2TP_CALL_ERROR, L2TP_ERROR_SESSION_ID,
		     "message does not fit the call's state");
	l2tp_note_unexpected(env, step->msg);
	do_cdn(s, t, &end, env);
}

static void do_up(struct env *env)
{
	effects_add(env->fx, EFFECT_CALL_UP, 0);
}

static void do_count(struct session *s, const struct msg *m)
{
	/* WEN has the sums since the call began: RFC 2661 4.4.6 */
	s->line_errors = 0;
	for (size_t i = 0; i < ARRAY_SIZE(m->call_errors); i++)
		s->line_errors += m->call_errors[i];
}

static void do_line(struct session *s, const struct msg *m)
{
	if (!msg_has(m, AVP_ACCM))
		return;
	s->accm_send = m->accm_send;
	s->accm_receive = m->accm_receive;
}

static void step(struct session *s, struct tunnel *t, const struct step *st, struct env *env)
{
	const struct session_rule *rule = session_rule(s->role, s->state, st->event);

	s->state = rule->next;
	switch (rule->action) {
	case SESSION_DO_NOTHING:
		break;
	case SESSION_DO_NOTE:
		l2tp_note_unexpected(env, st->msg);
		break;
	case SESSION_DO_SEND_ICRQ:
		send_icrq(s, t, env);
		break;
	case SESSION_DO_SEND_ICRP:
		send_icrp(s, t, env);
		break;
	case SESSION_DO_SEND_ICCN:
		if (send_iccn(s, t, env))
			do_up(env);
		break;
	case SESSION_DO_UP:
		do_up(env);
		break;
	case SESSION_DO_COUNT:
		do_count(s, st->msg);
		break;
	case SESSION_DO_LINE:
		do_line(s, st->msg);
		break;
	case SESSION_DO_CDN:
		do_cdn(s, t, &st->end, env);
		break;
	case SESSION_DO_CDN_UNEXPECTED:
		do_cdn_unexpected(s, t, st, env);
		break;
	case SESSION_DO_DOWN:
		do_down(s, &st->end, env);
		break;
	}
}

/* --- events --- */

static bool ok(struct step *st)
{
	const struct msg *m = st->msg;

	if (m->verdict != MSG_OK) {
		msg_fault(m, &st->end);
		return false;
	}
	if (msg_has(m, AVP_ASSIGNED_SESSION_ID) && m->assigned_session == 0) { /* RFC 2661 4.4.4 */
		l2tp_end_set(&st->end, L2TP_END_LOCAL, L2TP_CALL_ERROR, L2TP_ERROR_VALUE,
			     "Assigned Session ID is 0");
		return false;
	}
	return true;
}

static void learn_icrq(struct session *s, const struct msg *m)
{
	s->peer_id = m->assigned_session;
	s->call_serial = m->call_serial;
	l2tp_text(s->calling, sizeof(s->calling), m->calling.data, m->calling.len);
	l2tp_text(s->called, sizeof(s->called), m->called.data, m->called.len);
}

static void learn_iccn(struct session *s, const struct msg *m)
{
	s->tx_speed = m->tx_speed;
	/* without one, both directions are alike: RFC 2661 4.4.4 */
	s->rx_speed = msg_has(m, AVP_RX_CONNECT_SPEED) ? m->rx_speed : m->tx_speed;
	s->framing = m->framing_type;
	s->sequencing_required = msg_has(m, AVP_SEQUENCING_REQUIRED);
}

static enum session_event classify_cdn(struct step *st)
{
	const struct msg *m = st->msg;
	const struct msg_view *text = m->result_text.len ? &m->result_text : &m->cause_text;

	st->end.by = L2TP_END_PEER;
	st->end.result = m->result;
	st->end.error = m->error;
	/* a code beyond RFC 3145's is none that anybody knows */
	st->end.cause = m->cause < 0x100 ? (uint16_t)(m->cause | (m->cause_direction & 3) << 8) : 0;
	l2tp_text(st->end.text, sizeof(st->end.text), text->data, text->len);
	return SESSION_EV_CDN;
}

static enum session_event classify(struct session *s, struct step *st)
{
	const struct msg *m = st->msg;

	switch (m->type) {
	case MSG_ICRQ:
		if (s->role == L2TP_LNS && s->state == SESSION_IDLE)
			learn_icrq(s, m);
		return ok(st) ? SESSION_EV_ICRQ_OK : SESSION_EV_ICRQ_BAD;
	case MSG_ICRP:
		if (s->role == L2TP_LAC && s->state == SESSION_WAIT_REPLY)
			s->peer_id = m->assigned_session;
		return ok(st) ? SESSION_EV_ICRP_OK : SESSION_EV_ICRP_BAD;
	case MSG_ICCN:
		if (!ok(st))
			return SESSION_EV_ICCN_BAD;
		if (s->role == L2TP_LNS && s->state == SESSION_WAIT_CONNECT)
			learn_iccn(s, m);
		return SESSION_EV_ICCN_OK;
	case MSG_CDN: /* the end is the end, whatever is wrong with it */
		return classify_cdn(st);
	case MSG_WEN:
		return ok(st) ? SESSION_EV_WEN : SESSION_EV_FAULT;
	case MSG_SLI:
		return ok(st) ? SESSION_EV_SLI : SESSION_EV_FAULT;
	}
	return SESSION_EV_OUTGOING;
}

void session_init(struct session *s, enum l2tp_role role, uint16_t id)
{
	memset(s, 0, sizeof(*s));
	s->role = role;
	s->state = SESSION_IDLE;
	s->id = id;
	s->setup_deadline = USEC_NEVER;
}

static void start_timer(struct session *s, const struct tunnel *t, const struct env *env)
{
	if (t->cfg->setup_timeout != USEC_NEVER)
		s->setup_deadline = env->now + t->cfg->setup_timeout;
}

void session_open(struct session *s, struct tunnel *t, struct env *env)
{
	struct step st = { .event = SESSION_EV_OPEN };

	start_timer(s, t, env);
	step(s, t, &st, env);
}

void session_input(struct session *s, struct tunnel *t, const struct msg *m, struct env *env)
{
	struct step st = { .msg = m };

	if (s->state == SESSION_IDLE)
		start_timer(s, t, env);
	st.event = classify(s, &st);
	step(s, t, &st, env);
}

void session_close(struct session *s, struct tunnel *t, uint16_t result, uint16_t error,
		   uint16_t cause, const char *text, struct env *env)
{
	struct step st = { .event = SESSION_EV_CLOSE };

	l2tp_end_set(&st.end, L2TP_END_LOCAL, result, error, text);
	st.end.cause = cause;
	step(s, t, &st, env);
}

void session_refuse(struct tunnel *t, const struct msg *request, uint16_t id, uint16_t result,
		    uint16_t error, const char *text, struct env *env)
{
	struct l2tp_end end;

	l2tp_end_set(&end, L2TP_END_LOCAL, result, error, text);
	send_cdn(t, id, msg_has(request, AVP_ASSIGNED_SESSION_ID) ? request->assigned_session : 0,
		 &end, env);
}

usec_t session_deadline(const struct session *s)
{
	if (s->state != SESSION_WAIT_REPLY && s->state != SESSION_WAIT_CONNECT)
		return USEC_NEVER;
	return s->setup_deadline;
}

void session_expire(struct session *s, struct tunnel *t, struct env *env)
{
	struct step st = { .event = SESSION_EV_SETUP_TIMEOUT };

	if (env->now < session_deadline(s))
		return;
	/* RFC 2661 4.4.2: 10 is the LAC's alone */
	l2tp_end_set(&st.end, L2TP_END_TIMEOUT,
		     s->role == L2TP_LAC ? L2TP_CALL_TIMEOUT : L2TP_CALL_ERROR, L2TP_ERROR_NONE,
		     "not set up in time");
	step(s, t, &st, env);
}
