// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control connection: its tables, set-up, what is acceptable and what does not fit the state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/l2tp/avp.h"
#include "daemon/l2tp/tunnel_table.h"
#include "test/unit/ends.h"
#include "test/unit/l2tp_samples.h"

#define SECOND USEC_PER_SEC

/* --- tables --- */

static void print_role(FILE *f, const char *name, enum l2tp_role role)
{
	fprintf(f, "# %s: state | event | action | next state\n", name);
	for (int state = TUNNEL_IDLE; state <= TUNNEL_GONE; state++) {
		for (int event = 0; event < TUNNEL_EV_ANY; event++) {
			const struct tunnel_rule *r = tunnel_rule(role, state, event);

			fprintf(f, "%s | %s | %s | %s\n", tunnel_state_name(state),
				tunnel_event_name(event), tunnel_action_name(r->action),
				tunnel_state_name(r->next));
		}
	}
}

START_TEST(table_is_the_golden_one)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	print_role(f, "LNS", L2TP_LNS);
	print_role(f, "LAC", L2TP_LAC);
	fclose(f);
	ck_assert(golden("tunnel.txt", text));
	free(text);
}
END_TEST

/* What must hold for every row, whatever the table says. */
START_TEST(table_keeps_its_promises)
{
	for (int role = L2TP_LNS; role <= L2TP_LAC; role++) {
		for (int state = TUNNEL_IDLE; state <= TUNNEL_GONE; state++) {
			for (int event = 0; event < TUNNEL_EV_ANY; event++) {
				const struct tunnel_rule *r = tunnel_rule(role, state, event);
				bool frees = r->action == TUNNEL_DO_ABANDON ||
					     r->action == TUNNEL_DO_FREE;
				bool stops = r->action == TUNNEL_DO_STOP ||
					     r->action == TUNNEL_DO_STOP_FSM ||
					     r->action == TUNNEL_DO_STOPPED;

				/* down exactly once, freed exactly once */
				ck_assert_int_eq(frees, state != TUNNEL_GONE &&
								r->next == TUNNEL_GONE);
				if (stops)
					ck_assert_int_eq(r->next, TUNNEL_CLOSING);
				if (r->next == TUNNEL_CLOSING && state != TUNNEL_CLOSING)
					ck_assert(stops);
				if (state == TUNNEL_CLOSING)
					ck_assert(!stops && r->action != TUNNEL_DO_ABANDON);
				if (r->action == TUNNEL_DO_DELIVER)
					ck_assert_int_eq(state, TUNNEL_ESTABLISHED);
				if (r->next == TUNNEL_ESTABLISHED && state != TUNNEL_ESTABLISHED)
					ck_assert(r->action == TUNNEL_DO_UP ||
						  r->action == TUNNEL_DO_SEND_SCCCN);
			}
		}
	}
}
END_TEST

/* --- set-up --- */

static void expect_up(struct ends *w)
{
	ck_assert_int_eq(w->lac.ups, 1);
	ck_assert_int_eq(w->lns.ups, 1);
	ck_assert_int_eq(w->lac.t.state, TUNNEL_ESTABLISHED);
	ck_assert_int_eq(w->lns.t.state, TUNNEL_ESTABLISHED);
}

static struct ends *ends_up(uint64_t seed)
{
	struct ends *w = ends_new(seed);

	ends_open(w);
	ends_run(w, SECOND);
	expect_up(w);
	return w;
}

START_TEST(set_up)
{
	struct ends *w = ends_new(1);

	w->lns.cfg.window = 9;
	ends_open(w);
	ends_run(w, SECOND);
	expect_up(w);
	ck_assert_uint_eq(w->lac.t.peer_id, 20);
	ck_assert_uint_eq(w->lns.t.peer_id, 10);
	ck_assert_str_eq(w->lns.t.peer_host, "lac");
	ck_assert_str_eq(w->lac.t.peer_host, "lns");
	ck_assert_str_eq(w->lac.t.peer_vendor, "test");
	ck_assert_uint_eq(w->lac.t.channel.peer_window, 9);
	ck_assert_uint_eq(w->lns.t.channel.peer_window, 4);
	ck_assert_uint_eq(w->lns.t.peer_framing, L2TP_FRAMING_SYNC | L2TP_FRAMING_ASYNC);
	ck_assert_uint_eq(w->lac.slab.used + w->lns.slab.used, 0); /* idle: nothing kept */
	/* SCCRQ, SCCCN; SCCRP, ZLB */
	ck_assert_uint_eq(w->lac.sent, 2);
	ck_assert_uint_eq(w->lns.sent, 2);
	ck_assert_uint_eq(w->lns.sent_zlb, 1);
	ends_free(w);
}
END_TEST

/* All eight ways to challenge and to know the secret. */
START_TEST(authentication)
{
	static const uint8_t good[] = "s3cret", bad[] = "other!";

	for (int i = 0; i < 8; i++) {
		struct ends *w = ends_new(2);
		bool same = i & 4;

		w->lac.cfg.secret = good;
		w->lns.cfg.secret = same ? good : bad;
		w->lac.cfg.secret_len = w->lns.cfg.secret_len = 6;
		w->lac.cfg.challenge = i & 1;
		w->lns.cfg.challenge = i & 2;
		ends_open(w);
		ends_run(w, SECOND);
		if (same || !(i & 3)) {
			expect_up(w);
		} else {
			struct end *judge = i & 1 ? &w->lac : &w->lns;
			struct end *judged = i & 1 ? &w->lns : &w->lac;

			ck_assert_int_eq(judge->t.end.by, L2TP_END_LOCAL);
			ck_assert_uint_eq(judge->t.end.result, L2TP_STOP_NOT_AUTHORIZED);
			ck_assert_str_eq(judge->t.end.text, "wrong answer to the challenge");
			ck_assert_int_eq(judged->t.end.by, L2TP_END_PEER);
			ck_assert_uint_eq(judged->t.end.result, L2TP_STOP_NOT_AUTHORIZED);
			ck_assert_int_eq(judge->downs, 1);
			ck_assert_int_eq(judged->downs, 1);
		}
		ends_free(w);
	}
}
END_TEST

START_TEST(challenged_without_a_secret)
{
	static const uint8_t good[] = "s3cret";
	struct ends *w = ends_new(3);

	w->lac.cfg.secret = good;
	w->lac.cfg.secret_len = 6;
	w->lac.cfg.challenge = true;
	ends_open(w);
	ends_run(w, SECOND);
	ck_assert_int_eq(w->lac.ups + w->lns.ups, 0);
	ck_assert_uint_eq(w->lns.t.end.result, L2TP_STOP_NOT_AUTHORIZED);
	ck_assert_int_eq(w->lac.t.end.by, L2TP_END_PEER);
	ends_free(w);
}
END_TEST

START_TEST(unanswered_challenge)
{
	static const uint8_t good[] = "s3cret";
	struct ends *w = ends_new(3);

	w->lns.cfg.secret = good;
	w->lns.cfg.secret_len = 6;
	w->lns.cfg.challenge = true;
	ends_open(w);
	ends_run(w, SECOND);
	/* the LAC refuses, having no secret to answer with */
	ck_assert_int_eq(w->lac.t.end.by, L2TP_END_LOCAL);
	ck_assert_uint_eq(w->lac.t.end.result, L2TP_STOP_NOT_AUTHORIZED);
	ends_free(w);
}
END_TEST

START_TEST(hiding)
{
	static const uint8_t good[] = "s3cret";
	struct ends *w = ends_new(4);

	w->lac.cfg.secret = w->lns.cfg.secret = good;
	w->lac.cfg.secret_len = w->lns.cfg.secret_len = 6;
	w->lac.cfg.challenge = w->lns.cfg.challenge = true;
	w->lac.cfg.hide = w->lns.cfg.hide = true;
	ends_open(w);
	ends_run(w, SECOND);
	expect_up(w);
	ends_call(w);
	ends_run(w, SECOND);
	ck_assert_int_eq(w->lns.call_ups[0], 1);
	ends_free(w);
}
END_TEST

/* --- messages made by hand --- */

static void hand_sccrq(struct hand *h, uint16_t version, uint16_t tunnel)
{
	hand_begin(h, 0, 0, 0, 0, MSG_SCCRQ);
	hand_u16(h, AVP_PROTOCOL_VERSION, version);
	avp_put(&h->w, AVP_FRAMING_CAPABILITIES, true, "\0\0\0\3", 4);
	avp_put(&h->w, AVP_HOST_NAME, true, "hand", 4);
	hand_u16(h, AVP_ASSIGNED_TUNNEL_ID, tunnel);
}

static void decode_last(const struct end *e, struct l2tp_header *h, struct msg *m)
{
	ck_assert_int_eq(msg_header(e->last, e->last_len, h), 0);
	ck_assert_int_eq(msg_decode(m, h, e->last, NULL, 0), MSG_OK);
}

static void expect_stopccn(const struct end *e, uint16_t to, uint16_t result, uint16_t error)
{
	struct l2tp_header h;
	struct msg m;

	decode_last(e, &h, &m);
	ck_assert_uint_eq(m.type, MSG_STOPCCN);
	ck_assert_uint_eq(h.tunnel, to);
	ck_assert_uint_eq(m.result, result);
	ck_assert_uint_eq(m.error, error);
	ck_assert(msg_has(&m, AVP_ASSIGNED_TUNNEL_ID)); /* RFC 2661 6.4 */
	ck_assert_uint_eq(m.assigned_tunnel, e->t.id);
	ck_assert_int_eq(e->downs, 1);
}

START_TEST(versions)
{
	static const struct {
		uint16_t version;
		bool good;
	} cases[] = { { 0x0100, true }, { 0x0101, true }, { 0x0200, false }, { 0, false } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ends *w = ends_new(5);
		struct hand h;

		hand_sccrq(&h, cases[i].version, 99);
		hand_input(&h, &w->lns);
		if (cases[i].good)
			ck_assert_int_eq(datagram_type(w->lns.last, w->lns.last_len), MSG_SCCRP);
		else
			expect_stopccn(&w->lns, 99, L2TP_STOP_VERSION, 0x0100);
		ends_free(w);
	}
}
END_TEST

START_TEST(bad_sccrqs)
{
	struct ends *w = ends_new(6);
	struct hand h;

	hand_sccrq(&h, 0x0100, 0);
	hand_input(&h, &w->lns);
	expect_stopccn(&w->lns, 0, L2TP_STOP_ERROR, L2TP_ERROR_VALUE);
	ends_free(w);

	w = ends_new(6);
	hand_sccrq(&h, 0x0100, 99);
	avp_put(&h.w, 4000, true, "", 0);
	hand_input(&h, &w->lns);
	expect_stopccn(&w->lns, 99, L2TP_STOP_ERROR, L2TP_ERROR_UNKNOWN_AVP);
	ends_free(w);

	w = ends_new(6);
	hand_begin(&h, 0, 0, 0, 0, MSG_SCCRQ);
	hand_u16(&h, AVP_PROTOCOL_VERSION, 0x0100);
	hand_u16(&h, AVP_ASSIGNED_TUNNEL_ID, 99);
	hand_input(&h, &w->lns);
	expect_stopccn(&w->lns, 99, L2TP_STOP_ERROR, L2TP_ERROR_VALUE);
	ends_free(w);
}
END_TEST

/* RFC 2661 5.8: an answer exists already; it is sent again, and no second state is made. */
START_TEST(repeated_sccrq)
{
	struct ends *w = ends_new(7);

	for (int i = 0; i < 4; i++) {
		end_input(&w->lns, sample_windows, sizeof(sample_windows));
		ck_assert_uint_eq(w->lns.sent, (unsigned int)i + 1);
		ck_assert_int_eq(datagram_type(w->lns.last, w->lns.last_len), MSG_SCCRP);
		ck_assert_int_eq(w->lns.t.state, TUNNEL_WAIT_CTL_CONN);
	}
	ck_assert_uint_eq(w->lns.t.channel.ns, 1);
	ck_assert_uint_eq(w->lns.slab.used, 1);
	ends_free(w);
}
END_TEST

/* An SCCRQ with another Ns than 0 is none that can be delivered: nothing of it stays. */
START_TEST(sccrq_out_of_turn)
{
	for (uint16_t ns = 1; ns < 10; ns += 4) {
		struct ends *w = ends_new(7);
		struct hand h;

		hand_sccrq(&h, 0x0100, 99);
		writer_patch_u16(&h.w, 8, ns);
		hand_input(&h, &w->lns);
		ck_assert_int_eq(w->lns.t.state, TUNNEL_IDLE);
		ck_assert_uint_eq(w->lns.sent, 0);
		ends_run(w, 31 * SECOND);
		ck_assert_int_eq(w->lns.downs, 1);
		ck_assert_int_eq(w->lns.frees, 1);
		ends_free(w);
	}
}
END_TEST

/* What follows a message that ends everything is not looked at. */
START_TEST(nothing_after_the_end)
{
	struct ends *w = ends_new(7);
	struct hand h;

	hand_begin(&h, 20, 0, 1, 0, MSG_SCCCN);
	hand_input(&h, &w->lns);
	hand_begin(&h, 20, 0, 0, 0, MSG_SCCCN);
	hand_input(&h, &w->lns);
	ck_assert_int_eq(w->lns.downs, 1);
	ck_assert_int_eq(w->lns.frees, 1);
	ck_assert_int_eq(w->lns.t.state, TUNNEL_GONE);
	ck_assert_uint_eq(tunnel_deadline(&w->lns.t), USEC_NEVER);
	ends_free(w);
}
END_TEST

START_TEST(every_sample_is_answered)
{
	static const struct {
		const uint8_t *data;
		size_t len;
		uint16_t tunnel, window;
	} cases[] = {
		{ sample_windows, sizeof(sample_windows), 1, 8 },
		{ sample_macos, sizeof(sample_macos), 2, 4 },
		{ sample_xl2tpd, sizeof(sample_xl2tpd), 0x5b1c, 4 },
		{ sample_routeros, sizeof(sample_routeros), 0x01f3, 4 }, /* absent: 4 */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ends *w = ends_new(8);
		struct l2tp_header h;
		struct msg m;

		end_input(&w->lns, cases[i].data, cases[i].len);
		decode_last(&w->lns, &h, &m);
		ck_assert_uint_eq(m.type, MSG_SCCRP);
		ck_assert_uint_eq(h.tunnel, cases[i].tunnel);
		ck_assert_uint_eq(h.nr, 1);
		ck_assert_uint_eq(m.assigned_tunnel, 20);
		ck_assert_uint_eq(w->lns.t.channel.peer_window, cases[i].window);
		ends_free(w);
	}
}
END_TEST

START_TEST(long_host_name_is_kept)
{
	struct ends *w = ends_new(9);
	char name[200];
	struct hand h;

	memset(name, 'n', sizeof(name));
	hand_begin(&h, 0, 0, 0, 0, MSG_SCCRQ);
	hand_u16(&h, AVP_PROTOCOL_VERSION, 0x0100);
	avp_put(&h.w, AVP_FRAMING_CAPABILITIES, true, "\0\0\0\3", 4);
	avp_put(&h.w, AVP_HOST_NAME, true, name, sizeof(name));
	hand_u16(&h, AVP_ASSIGNED_TUNNEL_ID, 99);
	hand_input(&h, &w->lns);
	ck_assert_int_eq(w->lns.t.state, TUNNEL_WAIT_CTL_CONN);
	ck_assert_uint_eq(strlen(w->lns.t.peer_host), 63);
	ends_free(w);
}
END_TEST

/* --- messages that do not fit the state --- */

START_TEST(new_sccrq_in_an_open_tunnel)
{
	struct ends *w = ends_up(10);
	struct hand h;

	hand_sccrq(&h, 0x0100, 4711);
	writer_patch_u16(&h.w, 8, 2);
	hand_input(&h, &w->lns);
	expect_stopccn(&w->lns, 10, L2TP_STOP_FSM, 0);
	ck_assert_uint_eq(w->lns.t.peer_id, 10);
	ck_assert_str_eq(w->lns.t.peer_host, "lac");
	ends_free(w);
}
END_TEST

/* RFC 2661 4.1, 4.4.1: an unknown mandatory AVP or type takes the tunnel; others do not. */
START_TEST(unknown_things_in_an_open_tunnel)
{
	struct ends *w = ends_up(11);
	struct hand h;

	hand_begin(&h, 20, 0, 2, 1, 999);
	h.data[12] &= 0x7f;
	hand_input(&h, &w->lns);
	ck_assert_str_eq(w->lns.note, "message type 999");
	hand_begin(&h, 20, 0, 3, 1, MSG_HELLO);
	avp_put(&h.w, 4000, false, "x", 1);
	hand_input(&h, &w->lns);
	ck_assert_str_eq(w->lns.note, "HELLO vendor 0 attribute 4000");
	ck_assert_int_eq(w->lns.t.state, TUNNEL_ESTABLISHED);
	ck_assert_uint_eq(w->lns.notes[NOTE_UNEXPECTED], 1);
	ck_assert_uint_eq(w->lns.notes[NOTE_AVP_IGNORED], 1);
	hand_begin(&h, 20, 0, 4, 1, MSG_HELLO);
	avp_put(&h.w, 4000, true, "x", 1);
	hand_input(&h, &w->lns);
	expect_stopccn(&w->lns, 10, L2TP_STOP_ERROR, L2TP_ERROR_UNKNOWN_AVP);
	ends_free(w);

	w = ends_up(11);
	hand_begin(&h, 20, 0, 2, 1, 999);
	hand_input(&h, &w->lns);
	expect_stopccn(&w->lns, 10, L2TP_STOP_ERROR, L2TP_ERROR_UNKNOWN_AVP);
	ends_free(w);
}
END_TEST

/* A window of messages delivered in one step, each with more to note than fits: nothing breaks. */
START_TEST(notes_are_limited)
{
	struct ends *w = ends_new(11);
	struct hand h;

	w->lns.cfg.window = 30;
	end_input(&w->lns, sample_windows, sizeof(sample_windows));
	for (uint16_t ns = 30; ns >= 1; ns--) {
		hand_begin(&h, 20, 0, ns, 1, ns == 1 ? MSG_SCCCN : MSG_HELLO);
		for (int i = 0; i < 4; i++)
			avp_put(&h.w, 4000, false, "x", 1);
		hand_input(&h, &w->lns);
	}
	ck_assert_uint_eq(w->lns.t.channel.nr, 31);
	ck_assert_int_eq(w->lns.ups, 1);
	ck_assert_int_eq(datagram_type(w->lns.last, w->lns.last_len), MSG_ZLB);
	ck_assert_uint_ge(w->lns.notes[NOTE_AVP_IGNORED], 16);
	ck_assert_uint_le(w->lns.notes[NOTE_AVP_IGNORED], EFFECTS_MAX / 2);
	ends_free(w);
}
END_TEST

START_TEST(call_before_the_tunnel_is_open)
{
	struct ends *w = ends_new(12);
	struct hand h;

	end_input(&w->lns, sample_windows, sizeof(sample_windows));
	hand_begin(&h, 20, 0, 1, 1, MSG_ICRQ);
	hand_u16(&h, AVP_ASSIGNED_SESSION_ID, 5);
	hand_input(&h, &w->lns);
	ck_assert_uint_eq(w->lns.calls, 0);
	ck_assert_uint_eq(w->lns.notes[NOTE_UNEXPECTED], 1);
	ck_assert_str_eq(w->lns.note, "ICRQ");
	ck_assert_int_eq(w->lns.t.state, TUNNEL_WAIT_CTL_CONN);
	ends_free(w);
}
END_TEST

/* --- ties, refusals --- */

START_TEST(tie_breaker)
{
	static const struct {
		bool ours, theirs;
		int difference; /* of theirs to ours */
		enum tunnel_tie expect;
	} cases[] = {
		/* RFC 2661 4.4.3 */
		{ true, true, -1, TUNNEL_TIE_LOST },
		{ true, true, 1, TUNNEL_TIE_WON },
		{ true, true, 0, TUNNEL_TIE_LOST },
		{ true, false, 0, TUNNEL_TIE_WON },
		{ false, true, 0, TUNNEL_TIE_LOST },
		{ false, false, 0, TUNNEL_TIE_NONE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ends *w = ends_new(24);
		struct l2tp_header h;
		struct msg m;
		int lost;

		ends_open(w);
		decode_last(&w->lac, &h, &m);
		ck_assert(msg_has(&m, AVP_TIE_BREAKER));
		ck_assert_uint_eq(m.tie_breaker, w->lac.t.tie_breaker);
		w->lac.t.has_tie_breaker = cases[i].ours;
		m.tie_breaker += (uint64_t)(int64_t)cases[i].difference;
		if (!cases[i].theirs)
			m.present &= ~((uint64_t)1 << AVP_TIE_BREAKER);
		ck_assert_int_eq(tunnel_tie(&w->lac.t, &m, &w->lac.env), cases[i].expect);
		end_apply(&w->lac, -1);
		lost = cases[i].expect == TUNNEL_TIE_LOST;
		ck_assert_int_eq(w->lac.downs, lost);
		ck_assert_int_eq(w->lac.frees, lost);
		ck_assert_uint_eq(w->lac.sent, 1); /* silently */
		ends_free(w);
	}
}
END_TEST

START_TEST(no_tie_with_an_open_tunnel)
{
	struct ends *w = ends_up(24);
	struct msg m;

	msg_init(&m, MSG_SCCRQ);
	ck_assert_int_eq(tunnel_tie(&w->lac.t, &m, &w->lac.env), TUNNEL_TIE_NONE);
	ck_assert_int_eq(tunnel_tie(&w->lns.t, &m, &w->lns.env), TUNNEL_TIE_NONE);
	ck_assert_uint_eq(w->lac.fx.count + w->lns.fx.count, 0);
	ends_free(w);
}
END_TEST

START_TEST(refusal_without_state)
{
	struct ends *w = ends_new(25);
	struct l2tp_header h;
	struct msg m;

	ck_assert_int_eq(msg_header(sample_xl2tpd, sizeof(sample_xl2tpd), &h), 0);
	ck_assert_int_eq(msg_decode(&m, &h, sample_xl2tpd, NULL, 0), MSG_OK);
	tunnel_refuse(&h, &m, L2TP_STOP_ERROR, L2TP_ERROR_RESOURCES, "full", &w->lns.env);
	end_apply(&w->lns, -1);
	decode_last(&w->lns, &h, &m);
	ck_assert_uint_eq(m.type, MSG_STOPCCN);
	ck_assert_uint_eq(h.tunnel, 0x5b1c);
	ck_assert_uint_eq(h.payload + h.payload_len, w->lns.last_len);
	ck_assert_uint_eq(h.ns, 0);
	ck_assert_uint_eq(h.nr, 1);
	ck_assert_uint_eq(m.error, L2TP_ERROR_RESOURCES);
	ck_assert_uint_ne(m.assigned_tunnel, 0);
	ends_free(w);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		table_is_the_golden_one,
		table_keeps_its_promises,
		set_up,
		authentication,
		challenged_without_a_secret,
		unanswered_challenge,
		hiding,
		versions,
		bad_sccrqs,
		repeated_sccrq,
		sccrq_out_of_turn,
		nothing_after_the_end,
		every_sample_is_answered,
		long_host_name_is_kept,
		new_sccrq_in_an_open_tunnel,
		unknown_things_in_an_open_tunnel,
		notes_are_limited,
		call_before_the_tunnel_is_open,
		tie_breaker,
		no_tie_with_an_open_tunnel,
		refusal_without_state,
	};

	return test_main("tunnel", tests, ARRAY_SIZE(tests));
}
