// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets of a control protocol (RFC 1661 5): which event of the automaton each one is, and what
 * the automaton's actions are on the wire.
 *
 * Two repeats are met here and not in the table, because a wire that duplicates or delays would
 * else take an open link down (RFC 1661 4.3 has no notion of a repeat):
 *   - an answer to a Configure-Request that was answered already is dropped;
 *   - a Configure-Request that was acknowledged a moment ago is acknowledged again, and one that
 *     is older than that is dropped, without the renegotiation that they would mean in Opened.
 */
#include "daemon/ppp/cp.h"

#include <string.h>

#include "compiler.h"
#include "daemon/ppp/frame.h"

#define OPTIONS_MAX  (FRAME_INFO_MAX - CP_HEADER)
#define REQUEST_MAX  128 /* of our own, whatever we wish for */
#define REPEAT_USEC  (10 * USEC_PER_SEC)

/* What we say to a Configure-Request. */
struct answer {
	uint8_t code; /* CP_CONFIGURE_ACK, _NAK or _REJECT */
	size_t len;
	uint8_t options[OPTIONS_MAX];
};

void cp_init(struct cp *cp, const struct cp_protocol *proto, const struct link_config *cfg)
{
	memset(cp, 0, sizeof(*cp));
	cp->proto = proto;
	cp->cfg = cfg;
	cp->mtu = FRAME_INFO_MAX;
	cp->answered = true;
	automaton_init(&cp->fsm);
	for (size_t i = 0; i < proto->n_rows; i++)
		if (proto->rows[i].wish[cfg->role])
			cp->wish |= 1u << i;
}

bool cp_packet_parse(const uint8_t *info, size_t len, struct cp_packet *ret)
{
	struct reader r;
	uint16_t length;
	uint8_t code, id;

	reader_init(&r, info, len);
	code = reader_u8(&r);
	id = reader_u8(&r);
	length = reader_u16(&r);
	/* RFC 1661 5: what is beyond the Length is padding */
	if (r.bad || length < CP_HEADER || length > len)
		return false;
	ret->code = code;
	ret->id = id;
	ret->len = (size_t)length - CP_HEADER;
	ret->data = info + CP_HEADER;
	return true;
}

void cp_send(struct cp *cp, uint8_t code, uint8_t id, const void *data, size_t len, struct env *env)
{
	struct writer w;

	if (len > OPTIONS_MAX)
		len = OPTIONS_MAX;
	frame_begin(&w, env->fx, cp->proto->number, CP_HEADER + len);
	writer_u8(&w, code);
	writer_u8(&w, id);
	writer_u16(&w, (uint16_t)(CP_HEADER + len));
	writer_bytes(&w, data, len);
	frame_end(&w, env->fx);
}

/* --- our own Configure-Request --- */

static size_t build_request(const struct cp *cp, uint8_t *to, size_t size)
{
	struct writer w;

	writer_init(&w, to, size);
	for (size_t i = 0; i < cp->proto->n_rows; i++) {
		uint8_t type = cp->proto->rows[i].type;
		uint8_t data[32];
		struct writer d;

		if (!(cp->wish & 1u << i))
			continue;
		writer_init(&d, data, sizeof(data));
		cp->proto->put(cp, type, &d);
		BUG_ON(d.bad);
		option_put(&w, &(struct option){ .type = type,
						 .len = (uint8_t)(OPTION_HEADER + writer_len(&d)),
						 .data = data });
	}
	BUG_ON(w.bad);
	return writer_len(&w);
}

/*
 * A repeat keeps its id: a late answer still counts, and a peer that has it knows it again.  (RFC
 * 1661 5.1 wants a new id in Ack-Rcvd, which makes a peer that has opened meanwhile negotiate
 * anew; pppd keeps it, too.)
 */
static void send_request(struct cp *cp, bool repeat, struct env *env)
{
	uint8_t options[REQUEST_MAX];
	size_t len = build_request(cp, options, sizeof(options));

	if (!repeat)
		cp->request_id = ++cp->last_id;
	cp->answered = false;
	cp_send(cp, CP_CONFIGURE_REQUEST, cp->request_id, options, len, env);
}

/* --- the automaton's actions --- */

/* For events that no packet made: the table has no answer to a packet for them. */
static const struct cp_packet none = { 0 };

static unsigned int run(struct cp *cp, enum automaton_event event, const struct cp_packet *p,
			const struct answer *a, struct env *env)
{
	unsigned int acts = automaton_step(&cp->fsm, event, cp->cfg, env->now);
	unsigned int out = 0;

	if (acts & AUTOMATON_TLD)
		out |= CP_DOWN;
	if (acts & AUTOMATON_SCR)
		send_request(cp, event == AUTOMATON_TO_RETRY, env);
	if (acts & AUTOMATON_SCA)
		cp_send(cp, CP_CONFIGURE_ACK, p->id, p->data, p->len, env);
	if (acts & AUTOMATON_SCN && a)
		cp_send(cp, a->code, p->id, a->options, a->len, env);
	if (acts & AUTOMATON_STR && event != AUTOMATON_CLOSE)
		cp_send(cp, CP_TERMINATE_REQUEST, ++cp->last_id, NULL, 0, env);
	if (acts & AUTOMATON_STA)
		cp_send(cp, CP_TERMINATE_ACK, p->id, NULL, 0, env);
	if (acts & AUTOMATON_TLU)
		out |= CP_UP;
	if (acts & AUTOMATON_TLF)
		out |= CP_FINISHED;
	return out;
}

unsigned int cp_event(struct cp *cp, enum automaton_event event, struct env *env)
{
	if (event == AUTOMATON_UP) {
		cp->answered = true;
		cp->naks = 0;
		cp->refusals = 0;
		cp->refused = 0;
		cp->acked_at = 0;
	}
	return run(cp, event, &none, NULL, env);
}

unsigned int cp_close(struct cp *cp, const char *text, struct env *env)
{
	unsigned int acts = automaton_step(&cp->fsm, AUTOMATON_CLOSE, cp->cfg, env->now);
	unsigned int out = 0;

	if (acts & AUTOMATON_STR)
		cp_send(cp, CP_TERMINATE_REQUEST, ++cp->last_id, text, text ? strlen(text) : 0,
			env);
	if (acts & AUTOMATON_TLD)
		out |= CP_DOWN;
	if (acts & AUTOMATON_TLF)
		out |= CP_FINISHED;
	return out;
}

unsigned int cp_rejected(struct cp *cp, struct env *env)
{
	return run(cp, AUTOMATON_RXJ_BAD, &none, NULL, env) | CP_REJECTED;
}

/* --- the peer's Configure-Request --- */

struct judgement {
	struct writer reject, nak, naked; /* naked: the options as they came, that nak is about */
	uint32_t seen;                    /* bit per row */
	bool alone;
	uint8_t reject_bytes[OPTIONS_MAX], nak_bytes[OPTIONS_MAX], naked_bytes[OPTIONS_MAX];
};

/* Take out what was written before the offset. */
static void keep_last(struct writer *w, size_t before)
{
	size_t len = writer_len(w) - before;

	memmove(w->start, w->start + before, len);
	w->pos = w->start + len;
}

static void judge_option(struct cp *cp, struct judgement *j, const struct option *o,
			 struct env *env)
{
	const struct cp_protocol *proto = cp->proto;
	int i = option_find(proto->rows, proto->n_rows, o->type);
	const struct option_row *row = i < 0 ? NULL : &proto->rows[i];
	enum option_verdict verdict = OPTION_IS_ACK;
	size_t before = writer_len(&j->nak);

	if (!row || row->rule[cp->cfg->role] == OPTION_REJECT || o->len < row->min ||
	    o->len > row->max)
		verdict = OPTION_IS_REJECT;
	else if (row->rule[cp->cfg->role] == OPTION_JUDGE)
		verdict = proto->judge(cp, o, &j->nak, env);
	if (row)
		j->seen |= 1u << i;

	switch (verdict) {
	case OPTION_IS_ACK:
		break;
	case OPTION_IS_NAK:
		option_put(&j->naked, o);
		break;
	case OPTION_IS_NAK_ALONE:
		j->alone = true;
		keep_last(&j->nak, before);
		break;
	case OPTION_IS_REJECT:
		option_put(&j->reject, o);
		break;
	}
}

static void answer_with(struct answer *a, uint8_t code, const struct writer *w)
{
	a->code = code;
	a->len = writer_len(w);
	memcpy(a->options, w->start, a->len);
}

/*
 * RFC 1661 5.3, 5.4: rejects go first and alone, then naks.  After Max-Failure naks in a row what
 * would be naked is rejected, and nothing more is asked for (4.6).  False: cannot be read.
 */
static bool judge_request(struct cp *cp, const struct cp_packet *p, struct answer *a,
			  struct env *env)
{
	bool patient = cp->naks < cp->cfg->max_failure;
	struct judgement j;
	struct option o;
	struct reader r;

	if (p->len > OPTIONS_MAX || !option_list_sound(p->data, p->len))
		return false;
	j.seen = 0;
	j.alone = false;
	writer_init(&j.reject, j.reject_bytes, sizeof(j.reject_bytes));
	writer_init(&j.nak, j.nak_bytes, sizeof(j.nak_bytes));
	writer_init(&j.naked, j.naked_bytes, sizeof(j.naked_bytes));
	reader_init(&r, p->data, p->len);
	while (!j.alone && option_next(&r, &o) == OPTION_FOUND)
		judge_option(cp, &j, &o, env);
	if (!j.alone && patient && writer_len(&j.reject) == 0 && cp->proto->append)
		cp->proto->append(cp, j.seen, &j.nak);
	if (j.nak.bad)
		return false; /* our wishes are longer than the request, and it was very long */

	a->code = CP_CONFIGURE_ACK;
	if (!j.alone && writer_len(&j.reject))
		answer_with(a, CP_CONFIGURE_REJECT, &j.reject);
	else if (writer_len(&j.nak) && (patient || j.alone))
		answer_with(a, CP_CONFIGURE_NAK, &j.nak);
	else if (writer_len(&j.naked))
		answer_with(a, CP_CONFIGURE_REJECT, &j.naked);
	return true;
}

static void accept_request(struct cp *cp, const struct cp_packet *p, struct env *env)
{
	struct option o;
	struct reader r;

	cp->naks = 0;
	cp->refusals = 0;
	cp->acked_id = p->id;
	cp->acked_sum = frame_sum(p->data, p->len);
	cp->acked_at = env->now;
	cp->proto->accept(cp, NULL);
	reader_init(&r, p->data, p->len);
	while (option_next(&r, &o) == OPTION_FOUND)
		cp->proto->accept(cp, &o);
}

static bool acked_just_now(const struct cp *cp, const struct env *env)
{
	return cp->fsm.state >= AUTOMATON_ACK_SENT && env->now - cp->acked_at < REPEAT_USEC;
}

/* Ids only grow, so that one from before the last was overtaken on its way. */
static bool is_older(const struct cp *cp, const struct cp_packet *p)
{
	return (uint8_t)(cp->acked_id - p->id - 1) < 16;
}

/*
 * The request that we acknowledged, again: some clients repeat it with its id, some with the next
 * one.
 */
static bool is_repeat(const struct cp *cp, const struct cp_packet *p)
{
	return (p->id == cp->acked_id || cp->unique) &&
	       frame_sum(p->data, p->len) == cp->acked_sum;
}

static unsigned int on_request(struct cp *cp, const struct cp_packet *p, struct env *env)
{
	enum automaton_state s = cp->fsm.state;
	struct answer a;

	if (s <= AUTOMATON_CLOSED || s == AUTOMATON_CLOSING || s == AUTOMATON_STOPPING)
		return run(cp, AUTOMATON_RCR_BAD, p, NULL, env);
	if (acked_just_now(cp, env) && is_older(cp, p))
		return 0;
	if (cp_opened(cp) && acked_just_now(cp, env) && is_repeat(cp, p)) {
		cp->acked_id = p->id;
		cp_send(cp, CP_CONFIGURE_ACK, p->id, p->data, p->len, env);
		return 0;
	}
	if (!judge_request(cp, p, &a, env)) {
		effects_add(env->fx, EFFECT_NOTE, NOTE_MALFORMED);
		return 0;
	}
	if (a.code == CP_CONFIGURE_ACK) {
		accept_request(cp, p, env);
		return run(cp, AUTOMATON_RCR_GOOD, p, NULL, env);
	}
	if (a.code == CP_CONFIGURE_NAK)
		cp->naks++;
	if (++cp->refusals > 2 * cp->cfg->max_failure)
		return CP_FAILED;
	return run(cp, AUTOMATON_RCR_BAD, p, &a, env);
}

/* --- answers to ours --- */

/* RFC 1661 5.2: the id and every option must be those that we sent. */
static bool ack_fits(const struct cp *cp, const struct cp_packet *p)
{
	uint8_t options[REQUEST_MAX];
	size_t len = build_request(cp, options, sizeof(options));

	return p->len == len && !memcmp(p->data, options, len);
}

/* One option of a Configure-Nak or -Reject. False: we cannot do without it. */
static bool refused_option(struct cp *cp, const struct option *o, bool nak, struct env *env)
{
	int i = option_find(cp->proto->rows, cp->proto->n_rows, o->type);

	/* RFC 1661 5.3: an option that the peer would like to see, and we do not send */
	if (i < 0 || !(cp->wish & 1u << i))
		return true;
	if (nak)
		return cp->proto->nak(cp, o, env);
	cp->wish &= ~(1u << i);
	return cp->proto->reject(cp, o->type);
}

static unsigned int on_refusal(struct cp *cp, const struct cp_packet *p, struct env *env)
{
	bool nak = p->code == CP_CONFIGURE_NAK, bearable = true;
	struct option o;
	struct reader r;

	if (!option_list_sound(p->data, p->len)) {
		effects_add(env->fx, EFFECT_NOTE, NOTE_MALFORMED);
		return 0;
	}
	cp->answered = true;
	cp->refused++;
	/* a peer that naks whatever we say gets the option taken away, as if rejected */
	if (cp->refused > cp->cfg->max_failure)
		nak = false;
	reader_init(&r, p->data, p->len);
	while (bearable && option_next(&r, &o) == OPTION_FOUND)
		bearable = refused_option(cp, &o, nak, env);
	if (!bearable || cp->refused > 2 * cp->cfg->max_failure)
		return CP_FAILED;
	return run(cp, AUTOMATON_RCN, p, NULL, env);
}

static unsigned int on_answer(struct cp *cp, const struct cp_packet *p, struct env *env)
{
	bool ack = p->code == CP_CONFIGURE_ACK;

	if (!cp_alive(cp))
		return run(cp, ack ? AUTOMATON_RCA : AUTOMATON_RCN, p, NULL, env);
	if (cp->answered || p->id != cp->request_id)
		return 0;
	if (!ack)
		return on_refusal(cp, p, env);
	if (!ack_fits(cp, p)) {
		effects_add(env->fx, EFFECT_NOTE, NOTE_MALFORMED);
		return 0;
	}
	cp->answered = true;
	cp->refused = 0;
	return run(cp, AUTOMATON_RCA, p, NULL, env);
}

/* --- the rest --- */

static unsigned int on_code_reject(struct cp *cp, const struct cp_packet *p, struct env *env)
{
	uint8_t code = p->len ? p->data[0] : 0;

	/* RFC 1661 5.6: without the codes 1 to 7 there is no negotiation */
	if (code >= CP_CONFIGURE_REQUEST && code <= CP_CODE_REJECT)
		return run(cp, AUTOMATON_RXJ_BAD, p, NULL, env) | CP_REJECTED;
	if (cp->proto->code)
		cp->proto->code(cp, p, env);
	return run(cp, AUTOMATON_RXJ_GOOD, p, NULL, env);
}

static unsigned int on_unknown(struct cp *cp, const struct cp_packet *p, struct env *env)
{
	size_t len = CP_HEADER + p->len;
	size_t room = cp->mtu > 2 * CP_HEADER ? (size_t)cp->mtu - CP_HEADER : CP_HEADER;

	if (automaton_step(&cp->fsm, AUTOMATON_RUC, cp->cfg, env->now) & AUTOMATON_SCJ)
		cp_send(cp, CP_CODE_REJECT, ++cp->last_id, p->data - CP_HEADER,
			len < room ? len : room, env);
	return 0;
}

unsigned int cp_input(struct cp *cp, const uint8_t *info, size_t len, struct env *env)
{
	struct cp_packet p;

	if (!cp_packet_parse(info, len, &p)) {
		effects_add(env->fx, EFFECT_NOTE, NOTE_MALFORMED);
		return 0;
	}
	switch (p.code) {
	case CP_CONFIGURE_REQUEST:
		return on_request(cp, &p, env);
	case CP_CONFIGURE_ACK:
	case CP_CONFIGURE_NAK:
	case CP_CONFIGURE_REJECT:
		return on_answer(cp, &p, env);
	case CP_TERMINATE_REQUEST:
		return run(cp, AUTOMATON_RTR, &p, NULL, env) | CP_PEER_CLOSED;
	case CP_TERMINATE_ACK:
		return run(cp, AUTOMATON_RTA, &p, NULL, env);
	case CP_CODE_REJECT:
		return on_code_reject(cp, &p, env);
	}
	if (cp->proto->code && cp->proto->code(cp, &p, env))
		return 0;
	return on_unknown(cp, &p, env);
}

usec_t cp_deadline(const struct cp *cp)
{
	return cp->fsm.deadline;
}

unsigned int cp_expire(struct cp *cp, struct env *env)
{
	if (env->now < cp->fsm.deadline)
		return 0;
	return run(cp, automaton_timeout(&cp->fsm), &none, NULL, env);
}
