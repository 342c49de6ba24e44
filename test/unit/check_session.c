// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The incoming call: its tables, whole lives of calls, refusals, what peers do wrong.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/l2tp/avp.h"
#include "daemon/l2tp/session_table.h"
#include "test/unit/ends.h"

#define SECOND USEC_PER_SEC

/* --- tables --- */

static void print_role(FILE *f, const char *name, enum l2tp_role role)
{
	fprintf(f, "# %s: state | event | action | next state\n", name);
	for (int state = SESSION_IDLE; state <= SESSION_CLOSED; state++) {
		for (int event = 0; event < SESSION_EV_ANY; event++) {
			const struct session_rule *r = session_rule(role, state, event);

			fprintf(f, "%s | %s | %s | %s\n", session_state_name(state),
				session_event_name(event), session_action_name(r->action),
				session_state_name(r->next));
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
	ck_assert(golden("session.txt", text));
	free(text);
}
END_TEST

/* Down when it closes and only then; up when it is established and only then. */
START_TEST(table_keeps_its_promises)
{
	for (int role = L2TP_LNS; role <= L2TP_LAC; role++) {
		for (int state = SESSION_IDLE; state <= SESSION_CLOSED; state++) {
			for (int event = 0; event < SESSION_EV_ANY; event++) {
				const struct session_rule *r = session_rule(role, state, event);
				bool down = r->action == SESSION_DO_DOWN ||
					    r->action == SESSION_DO_CDN ||
					    r->action == SESSION_DO_CDN_UNEXPECTED;
				bool up = r->action == SESSION_DO_UP ||
					  r->action == SESSION_DO_SEND_ICCN;

				ck_assert_int_eq(down, state != SESSION_CLOSED &&
							       r->next == SESSION_CLOSED);
				ck_assert_int_eq(up, state != SESSION_ESTABLISHED &&
							     r->next == SESSION_ESTABLISHED);
			}
		}
	}
}
END_TEST

/* --- lives --- */

static struct ends *ends_up(uint64_t seed)
{
	struct ends *w = ends_new(seed);

	ends_open(w);
	ends_run(w, SECOND);
	ck_assert_int_eq(w->lns.ups, 1);
	return w;
}

static struct ends *ends_with_call(uint64_t seed)
{
	struct ends *w = ends_up(seed);

	ends_call(w);
	ends_run(w, SECOND);
	ck_assert_int_eq(w->lac.call_ups[0], 1);
	ck_assert_int_eq(w->lns.call_ups[0], 1);
	return w;
}

START_TEST(set_up)
{
	struct ends *w = ends_up(1);
	struct session *s = &w->lac.call[0];
	struct session *there = &w->lns.call[0];

	session_init(s, L2TP_LAC, 1000);
	strcpy(s->calling, "5551234");
	strcpy(s->called, "100");
	s->tx_speed = 5000000;
	s->rx_speed = 1000000;
	s->call_serial = 77;
	w->lac.calls = 1;
	session_open(s, &w->lac.t, &w->lac.env);
	end_apply(&w->lac, 0);
	ends_run(w, SECOND);
	ck_assert_int_eq(s->state, SESSION_ESTABLISHED);
	ck_assert_int_eq(there->state, SESSION_ESTABLISHED);
	ck_assert_uint_eq(s->peer_id, 2000);
	ck_assert_uint_eq(there->peer_id, 1000);
	ck_assert_str_eq(there->calling, "5551234");
	ck_assert_str_eq(there->called, "100");
	ck_assert_uint_eq(there->tx_speed, 5000000);
	ck_assert_uint_eq(there->rx_speed, 1000000);
	ck_assert_uint_eq(there->call_serial, 77);
	ck_assert_uint_eq(there->framing, L2TP_FRAMING_SYNC);
	ck_assert(!there->sequencing_required);
	ck_assert_uint_eq(session_deadline(s), USEC_NEVER);
	ck_assert_uint_eq(w->lns.slab.used + w->lac.slab.used, 0);
	ends_free(w);
}
END_TEST

START_TEST(close_by_either_end)
{
	for (int i = 0; i < 2; i++) {
		struct ends *w = ends_with_call(2);
		struct end *a = i ? &w->lac : &w->lns;
		struct end *b = i ? &w->lns : &w->lac;

		session_close(&a->call[0], &a->t, L2TP_CALL_ADMIN, L2TP_ERROR_VENDOR,
			      L2TP_CAUSE_AUTH_FAILED | L2TP_CAUSE_AT_PEER, "bad password",
			      &a->env);
		end_apply(a, 0);
		ck_assert_int_eq(a->call_downs[0], 1);
		ends_run(w, SECOND);
		ck_assert_int_eq(b->call_downs[0], 1);
		ck_assert_int_eq(b->call[0].end.by, L2TP_END_PEER);
		ck_assert_uint_eq(b->call[0].end.result, L2TP_CALL_ADMIN);
		ck_assert_uint_eq(b->call[0].end.error, L2TP_ERROR_VENDOR);
		ck_assert_uint_eq(b->call[0].end.cause,
				  L2TP_CAUSE_AUTH_FAILED | L2TP_CAUSE_AT_PEER);
		ck_assert_str_eq(b->call[0].end.text, "bad password");
		/* twice is once */
		session_close(&a->call[0], &a->t, L2TP_CALL_ADMIN, 0, 0, NULL, &a->env);
		end_apply(a, 0);
		ck_assert_int_eq(a->call_downs[0], 1);
		ck_assert_int_eq(w->lac.t.state, TUNNEL_ESTABLISHED);
		ends_free(w);
	}
}
END_TEST

/* RFC 3145 2: the AVP and its M bit. */
START_TEST(cause_on_the_wire)
{
	struct ends *w = ends_with_call(3);
	struct l2tp_header h;
	struct msg m;

	session_close(&w->lns.call[0], &w->lns.t, L2TP_CALL_CARRIER_LOST, 0, L2TP_CAUSE_LCP_ECHO,
		      NULL, &w->lns.env);
	end_apply(&w->lns, 0);
	ck_assert_int_eq(msg_header(w->lns.last, w->lns.last_len, &h), 0);
	ck_assert_int_eq(msg_decode(&m, &h, w->lns.last, NULL, 0), MSG_OK);
	ck_assert_uint_eq(m.type, MSG_CDN);
	ck_assert_uint_eq(h.session, 1000);
	ck_assert_uint_eq(m.assigned_session, 2000);
	ck_assert_uint_eq(m.result, L2TP_CALL_CARRIER_LOST);
	ck_assert_uint_eq(m.cause, 8);
	ck_assert_uint_eq(m.cause_protocol, 0xc021);
	ck_assert_uint_eq(m.cause_direction, 0);
	ends_free(w);
}
END_TEST

START_TEST(refusal)
{
	struct ends *w = ends_up(4);

	w->lns.calls = END_CALLS; /* as if they were all taken */
	for (int i = 0; i < END_CALLS; i++)
		session_init(&w->lns.call[i], L2TP_LNS, (uint16_t)(3000 + i));
	ends_call(w);
	ends_run(w, SECOND);
	ck_assert_int_eq(w->lac.call_downs[0], 1);
	ck_assert_uint_eq(w->lac.call[0].end.result, L2TP_CALL_NO_FACILITIES);
	ck_assert_str_eq(w->lac.call[0].end.text, "none here");
	ck_assert_int_eq(w->lns.t.state, TUNNEL_ESTABLISHED);
	ends_free(w);
}
END_TEST

START_TEST(tunnel_takes_its_calls)
{
	struct ends *w = ends_with_call(5);

	tunnel_close(&w->lac.t, L2TP_STOP_CLEAR, 0, NULL, &w->lac.env);
	/* what comes after is not said any more */
	session_close(&w->lac.call[0], &w->lac.t, L2TP_CALL_ADMIN, 0, 0, NULL, &w->lac.env);
	end_apply(&w->lac, 0);
	ck_assert_int_eq(datagram_type(w->lac.last, w->lac.last_len), MSG_STOPCCN);
	ck_assert_int_eq(w->lac.call_downs[0], 0); /* TUNNEL_DOWN said it */
	ends_free(w);
}
END_TEST

static bool lose_icrp(struct ends *w, const struct end *from, const uint8_t *data, size_t len)
{
	(void)w;
	(void)from;
	return datagram_type(data, len) == MSG_ICRP;
}

static bool lose_iccn(struct ends *w, const struct end *from, const uint8_t *data, size_t len)
{
	(void)w;
	(void)from;
	return datagram_type(data, len) == MSG_ICCN;
}

START_TEST(set_up_timeouts)
{
	for (int i = 0; i < 2; i++) {
		struct ends *w = ends_up(6);
		struct end *waits = i ? &w->lns : &w->lac;

		waits->cfg.setup_timeout = 3 * SECOND;
		w->lose = i ? lose_iccn : lose_icrp;
		ends_call(w);
		ends_run(w, 4 * SECOND);
		ck_assert_int_eq(waits->call_downs[0], 1);
		ck_assert_int_eq(waits->call_ups[0], 0);
		ck_assert_int_eq(waits->call[0].end.by, L2TP_END_TIMEOUT);
		ck_assert_uint_eq(waits->call[0].end.result,
				  i ? L2TP_CALL_ERROR : L2TP_CALL_TIMEOUT);
		ends_free(w);
	}
}
END_TEST

/* --- messages made by hand --- */

/* The next message in turn to the LNS, acknowledging all. */
static void begin(struct hand *h, struct ends *w, uint16_t session, uint16_t type)
{
	hand_begin(h, 20, session, w->lns.t.channel.nr, w->lns.t.channel.highest, type);
}

static bool lose_all(struct ends *w, const struct end *from, const uint8_t *data, size_t len)
{
	(void)w;
	(void)from;
	(void)data;
	(void)len;
	return true;
}

static void last_cdn(struct ends *w, uint16_t session, uint16_t result, uint16_t error)
{
	struct l2tp_header h;
	struct msg m;

	ck_assert_int_eq(msg_header(w->lns.last, w->lns.last_len, &h), 0);
	ck_assert_int_eq(msg_decode(&m, &h, w->lns.last, NULL, 0), MSG_OK);
	ck_assert_uint_eq(m.type, MSG_CDN);
	ck_assert_uint_eq(h.session, session);
	ck_assert_uint_eq(m.result, result);
	ck_assert_uint_eq(m.error, error);
	ck_assert_int_eq(w->lns.t.state, TUNNEL_ESTABLISHED);
}

START_TEST(bad_icrqs)
{
	struct ends *w = ends_up(7);
	struct hand h;

	w->lose = lose_all;
	begin(&h, w, 0, MSG_ICRQ);
	hand_u16(&h, AVP_ASSIGNED_SESSION_ID, 0);
	hand_input(&h, &w->lns);
	last_cdn(w, 0, L2TP_CALL_ERROR, L2TP_ERROR_VALUE);
	begin(&h, w, 0, MSG_ICRQ);
	hand_input(&h, &w->lns);
	last_cdn(w, 0, L2TP_CALL_ERROR, L2TP_ERROR_VALUE);
	/* RFC 2661 4.1: the call alone, and its id is found behind the fault */
	begin(&h, w, 0, MSG_ICRQ);
	avp_put(&h.w, 4000, true, "?", 1);
	hand_u16(&h, AVP_ASSIGNED_SESSION_ID, 555);
	hand_input(&h, &w->lns);
	last_cdn(w, 555, L2TP_CALL_ERROR, L2TP_ERROR_UNKNOWN_AVP);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(w->lns.call_downs[i], 1);
	ends_free(w);
}
END_TEST

START_TEST(outgoing_call_is_refused)
{
	struct ends *w = ends_up(8);
	struct hand h;

	w->lose = lose_all;
	begin(&h, w, 0, MSG_OCRQ);
	hand_u16(&h, AVP_ASSIGNED_SESSION_ID, 555);
	hand_input(&h, &w->lns);
	last_cdn(w, 555, L2TP_CALL_NO_FACILITIES, 0);
	ends_free(w);
}
END_TEST

START_TEST(messages_that_do_not_fit)
{
	static const uint16_t types[] = { MSG_ICRP, MSG_ICCN, MSG_OCRP, MSG_OCCN };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct ends *w = ends_with_call(9);
		struct hand h;

		begin(&h, w, 2000, types[i]);
		hand_u16(&h, AVP_ASSIGNED_SESSION_ID, 1000);
		hand_input(&h, &w->lns);
		last_cdn(w, 1000, L2TP_CALL_ERROR, L2TP_ERROR_SESSION_ID);
		ck_assert_int_eq(w->lns.call_downs[0], 1);
		ends_free(w);
	}
}
END_TEST

/* What RFC 3145 does not know is none; a direction beyond its two bits neither. */
START_TEST(cause_received)
{
	static const struct {
		uint8_t value[5];
		uint16_t cause;
	} cases[] = {
		{ { 0, 8, 0xc0, 0x21, 1 }, L2TP_CAUSE_LCP_ECHO | L2TP_CAUSE_AT_PEER },
		{ { 0, 255, 0, 0, 2 }, 255 | L2TP_CAUSE_AT_LOCAL },
		{ { 1, 0, 0, 0, 2 }, L2TP_CAUSE_NONE },
		{ { 0, 16, 0, 0, 4 }, L2TP_CAUSE_AUTH_FAILED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ends *w = ends_with_call(3);
		struct hand h;

		begin(&h, w, 2000, MSG_CDN);
		avp_put(&h.w, AVP_DISCONNECT_CAUSE, false, cases[i].value, 5);
		hand_input(&h, &w->lns);
		ck_assert_uint_eq(w->lns.call[0].end.cause, cases[i].cause);
		ends_free(w);
	}
}
END_TEST

START_TEST(line_messages)
{
	static const uint8_t errors[26] = { 0, 0, 0, 0, 0, 5, 0, 0, 0, 7 };
	static const uint8_t accm[10] = { 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0x0a, 0, 0 };
	struct ends *w = ends_with_call(10);
	struct hand h;

	begin(&h, w, 2000, MSG_WEN);
	avp_put(&h.w, AVP_CALL_ERRORS, true, errors, sizeof(errors));
	hand_input(&h, &w->lns);
	ck_assert_uint_eq(w->lns.call[0].line_errors, 12);
	begin(&h, w, 2000, MSG_SLI);
	avp_put(&h.w, AVP_ACCM, true, accm, sizeof(accm));
	hand_input(&h, &w->lns);
	ck_assert_uint_eq(w->lns.call[0].accm_send, 0xffffffff);
	ck_assert_uint_eq(w->lns.call[0].accm_receive, 0x000a0000);
	/* without its AVP it says nothing, and harms nothing */
	begin(&h, w, 2000, MSG_SLI);
	hand_input(&h, &w->lns);
	ck_assert_uint_eq(w->lns.call[0].accm_send, 0xffffffff);
	ck_assert_int_eq(w->lns.call[0].state, SESSION_ESTABLISHED);
	ends_free(w);
}
END_TEST

/* Clients' CDNs: macOS little-endian, RouterOS without error code, no AVP at all. */
START_TEST(cdns_of_clients)
{
	static const struct {
		uint8_t value[4];
		size_t len;
		uint16_t result;
		enum note note;
	} cases[] = {
		{ { 3, 0, 0, 0 }, 4, L2TP_CALL_ADMIN, NOTE_QUIRK_RESULT_LE },
		{ { 0, 1 }, 2, L2TP_CALL_CARRIER_LOST, NOTE_QUIRK_RESULT_SHORT },
		{ { 0 }, 0, L2TP_CALL_NONE, NOTE_UNEXPECTED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ends *w = ends_with_call(11);
		struct hand h;

		begin(&h, w, 2000, MSG_CDN);
		if (cases[i].len)
			avp_put(&h.w, AVP_RESULT_CODE, true, cases[i].value, cases[i].len);
		hand_input(&h, &w->lns);
		ck_assert_int_eq(w->lns.call_downs[0], 1);
		ck_assert_uint_eq(w->lns.call[0].end.result, cases[i].result);
		ck_assert_uint_eq(w->lns.notes[cases[i].note], cases[i].len != 0);
		ck_assert_int_eq(w->lns.t.state, TUNNEL_ESTABLISHED);
		ends_free(w);
	}
}
END_TEST

START_TEST(iccn_with_everything_of_a_lac)
{
	struct ends *w = ends_up(12);
	struct hand h;

	w->lose = lose_all;
	begin(&h, w, 0, MSG_ICRQ);
	hand_u16(&h, AVP_ASSIGNED_SESSION_ID, 555);
	hand_u16(&h, AVP_CALL_SERIAL_NUMBER, 3); /* two bytes */
	avp_put(&h.w, AVP_CALLING_NUMBER, true,
		"a number that is longer than anybody's telephone number", 55);
	hand_input(&h, &w->lns);
	ck_assert_uint_eq(strlen(w->lns.call[0].calling), 31);
	begin(&h, w, 2000, MSG_ICCN);
	avp_put(&h.w, AVP_TX_CONNECT_SPEED, true, "\0\0\x20\0", 4);
	hand_u16(&h, AVP_PROXY_AUTHEN_TYPE, 2);
	avp_put(&h.w, AVP_PROXY_AUTHEN_NAME, false, "user", 4);
	avp_put(&h.w, AVP_SEQUENCING_REQUIRED, true, "", 0);
	avp_put(&h.w, 1, false, "\0", 1);
	hand_input(&h, &w->lns);
	ck_assert_int_eq(w->lns.call_ups[0], 1);
	ck_assert_uint_eq(w->lns.call[0].tx_speed, 8192);
	ck_assert_uint_eq(w->lns.call[0].rx_speed, 8192);
	ck_assert(w->lns.call[0].sequencing_required);
	ends_free(w);
}
END_TEST

START_TEST(no_memory)
{
	struct ends *w = ends_with_call(13);
	void *all[END_MESSAGES];

	for (int i = 0; i < END_MESSAGES; i++)
		all[i] = slab_take(&w->lns.slab);
	session_close(&w->lns.call[0], &w->lns.t, L2TP_CALL_ADMIN, 0, 0, NULL, &w->lns.env);
	end_apply(&w->lns, 0);
	ck_assert_int_eq(w->lns.call_downs[0], 0);
	ck_assert_int_eq(w->lns.downs, 1);
	ck_assert_int_eq(w->lns.frees, 1);
	for (int i = 0; i < END_MESSAGES; i++)
		slab_put(&w->lns.slab, all[i]);
	ends_free(w);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		table_is_the_golden_one,
		table_keeps_its_promises,
		set_up,
		close_by_either_end,
		cause_on_the_wire,
		cause_received,
		refusal,
		tunnel_takes_its_calls,
		set_up_timeouts,
		bad_icrqs,
		outgoing_call_is_refused,
		messages_that_do_not_fit,
		line_messages,
		cdns_of_clients,
		iccn_with_everything_of_a_lac,
		no_memory,
	};

	return test_main("session", tests, ARRAY_SIZE(tests));
}
