// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole lives of a tunnel between an LAC and an LNS: how it ends, how it is kept alive, what bad
 * wires do to it.
 */
#include <stdlib.h>
#include <string.h>

#include "test/unit/ends.h"
#include "test/unit/l2tp_samples.h"

#define SECOND USEC_PER_SEC

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

/* --- the end --- */

START_TEST(close_by_either_end)
{
	for (int i = 0; i < 2; i++) {
		struct ends *w = ends_up(13);
		struct end *a = i ? &w->lac : &w->lns;
		struct end *b = i ? &w->lns : &w->lac;
		unsigned int sent;

		tunnel_close(&a->t, L2TP_STOP_SHUTDOWN, 0, "good bye", &a->env);
		end_apply(a, -1);
		ck_assert_int_eq(a->downs, 1);
		ck_assert_int_eq(a->frees, 0);
		ends_run(w, SECOND);
		ck_assert_int_eq(a->frees, 1); /* acknowledged */
		ck_assert_int_eq(b->downs, 1);
		ck_assert_int_eq(b->t.end.by, L2TP_END_PEER);
		ck_assert_uint_eq(b->t.end.result, L2TP_STOP_SHUTDOWN);
		ck_assert_str_eq(b->t.end.text, "good bye");
		/* RFC 2661 5.7: for 31 seconds a repeat is acknowledged */
		ck_assert_int_eq(b->frees, 0);
		sent = b->sent;
		ends_run(w, 25 * SECOND);
		ck_assert_int_eq(b->frees, 0);
		end_input(b, a->last, a->last_len);
		ck_assert_uint_eq(b->sent, sent + 1);
		ck_assert_int_eq(datagram_type(b->last, b->last_len), MSG_ZLB);
		ends_run(w, 10 * SECOND);
		ck_assert_int_eq(b->frees, 1);
		ck_assert_int_eq(b->downs, 1);
		ends_free(w);
	}
}
END_TEST

static bool lose_all(struct ends *w, const struct end *from, const uint8_t *data, size_t len)
{
	(void)w;
	(void)from;
	(void)data;
	(void)len;
	return true;
}

START_TEST(both_close_at_once)
{
	struct ends *w = ends_up(14);

	tunnel_close(&w->lac.t, L2TP_STOP_CLEAR, 0, NULL, &w->lac.env);
	tunnel_close(&w->lns.t, L2TP_STOP_CLEAR, 0, NULL, &w->lns.env);
	end_apply(&w->lac, -1);
	end_apply(&w->lns, -1);
	ends_run(w, 40 * SECOND);
	ck_assert_int_eq(w->lac.downs, 1);
	ck_assert_int_eq(w->lns.downs, 1);
	ck_assert_int_eq(w->lac.frees, 1);
	ck_assert_int_eq(w->lns.frees, 1);
	ck_assert_int_eq(w->lac.t.end.by, L2TP_END_LOCAL);
	ends_free(w);
}
END_TEST

/* What waits for its turn concerns calls that are over; the StopCCN does not wait behind it. */
START_TEST(stopccn_overtakes_what_waits)
{
	struct ends *w = ends_up(15);
	uint16_t under_way;

	w->lose = lose_all;
	for (int i = 0; i < 8; i++)
		ends_call(w);
	ck_assert_uint_eq(w->lac.t.channel.count, 8);
	under_way = (uint16_t)(w->lac.t.channel.highest - w->lac.t.channel.oldest);
	ck_assert_uint_lt(under_way, 8);
	tunnel_close(&w->lac.t, L2TP_STOP_CLEAR, 0, NULL, &w->lac.env);
	end_apply(&w->lac, -1);
	ck_assert_uint_eq(w->lac.t.channel.count, under_way + 1u);
	w->lose = NULL;
	ends_run(w, 10 * SECOND);
	ck_assert_int_eq(w->lns.downs, 1);
	ck_assert_int_eq(w->lac.frees, 1);
	ends_free(w);
}
END_TEST

START_TEST(stopccn_that_nobody_acknowledges)
{
	struct ends *w = ends_up(15);
	unsigned int sent = w->lns.sent;

	w->lose = lose_all;
	tunnel_close(&w->lns.t, L2TP_STOP_CLEAR, 0, NULL, &w->lns.env);
	end_apply(&w->lns, -1);
	ends_run(w, 30 * SECOND);
	ck_assert_int_eq(w->lns.frees, 0);
	ends_run(w, 2 * SECOND);
	ck_assert_int_eq(w->lns.frees, 1);
	ck_assert_uint_eq(w->lns.sent - sent, 6);
	ends_free(w);
}
END_TEST

START_TEST(peer_that_vanishes)
{
	struct ends *w = ends_up(16);

	w->lose = lose_all;
	ends_run(w, 60 * SECOND + 31 * SECOND + SECOND);
	for (int i = 0; i < 2; i++) {
		struct end *e = i ? &w->lac : &w->lns;

		ck_assert_int_eq(e->downs, 1);
		ck_assert_int_eq(e->frees, 1);
		ck_assert_int_eq(e->t.end.by, L2TP_END_TIMEOUT);
		ck_assert_uint_eq(e->slab.used, 0);
	}
	ends_free(w);
}
END_TEST

START_TEST(close_before_anything_was_said)
{
	struct ends *w = ends_new(17);

	tunnel_init(&w->lac.t, &w->lac.cfg, L2TP_LAC, 10, &w->lac.env);
	w->lac.exists = true;
	tunnel_close(&w->lac.t, L2TP_STOP_CLEAR, 0, NULL, &w->lac.env);
	end_apply(&w->lac, -1);
	ck_assert_int_eq(w->lac.downs, 1);
	ck_assert_int_eq(w->lac.frees, 1);
	ck_assert_uint_eq(w->lac.sent, 0);
	ends_free(w);
}
END_TEST

START_TEST(close_while_the_peer_is_unknown)
{
	struct ends *w = ends_new(18);

	w->lose = lose_all;
	ends_open(w);
	tunnel_close(&w->lac.t, L2TP_STOP_CLEAR, 0, NULL, &w->lac.env);
	end_apply(&w->lac, -1);
	ck_assert_int_eq(w->lac.downs, 1);
	ends_run(w, 40 * SECOND);
	ck_assert_int_eq(w->lac.frees, 1);
	ends_free(w);
}
END_TEST

START_TEST(set_up_timeout)
{
	struct ends *w = ends_new(19);

	w->lns.cfg.setup_timeout = 20 * SECOND;
	end_input(&w->lns, sample_windows, sizeof(sample_windows));
	w->lose = lose_all;
	ends_run(w, 21 * SECOND);
	ck_assert_int_eq(w->lns.downs, 1);
	ck_assert_int_eq(w->lns.t.end.by, L2TP_END_TIMEOUT);
	ck_assert_int_eq(w->lns.t.state, TUNNEL_CLOSING);
	ends_run(w, 40 * SECOND);
	ck_assert_int_eq(w->lns.frees, 1);
	ck_assert_int_eq(w->lns.downs, 1);
	ends_free(w);
}
END_TEST

START_TEST(no_memory)
{
	struct ends *w = ends_up(20);
	void *all[END_MESSAGES];

	for (int i = 0; i < END_MESSAGES; i++)
		all[i] = slab_take(&w->lns.slab);
	tunnel_probe(&w->lns.t, &w->lns.env);
	end_apply(&w->lns, -1);
	ck_assert_int_eq(w->lns.downs, 1);
	ck_assert_int_eq(w->lns.frees, 1);
	ck_assert_uint_eq(w->lns.t.end.error, L2TP_ERROR_RESOURCES);
	for (int i = 0; i < END_MESSAGES; i++)
		slab_put(&w->lns.slab, all[i]);
	ends_free(w);
}
END_TEST

START_TEST(no_memory_for_the_stopccn)
{
	struct ends *w = ends_up(20);
	void *all[END_MESSAGES];

	for (int i = 0; i < END_MESSAGES; i++)
		all[i] = slab_take(&w->lns.slab);
	tunnel_close(&w->lns.t, L2TP_STOP_CLEAR, 0, NULL, &w->lns.env);
	end_apply(&w->lns, -1);
	ck_assert_int_eq(w->lns.downs, 1);
	ck_assert_int_eq(w->lns.frees, 1);
	for (int i = 0; i < END_MESSAGES; i++)
		slab_put(&w->lns.slab, all[i]);
	ends_free(w);
}
END_TEST

/* --- keepalive --- */

START_TEST(hello_after_silence_only)
{
	struct ends *w = ends_up(21);
	unsigned int sent = w->lns.sent + w->lac.sent;

	w->lac.cfg.hello = USEC_NEVER;
	/* data packets break the silence without a word here */
	for (int i = 0; i < 10; i++) {
		ends_run(w, 50 * SECOND);
		tunnel_heard(&w->lns.t, w->now);
	}
	ck_assert_uint_eq(w->lns.sent + w->lac.sent, sent);
	ends_run(w, 55 * SECOND);
	ck_assert_uint_eq(w->lns.sent + w->lac.sent, sent);
	ends_run(w, 10 * SECOND);
	ck_assert_uint_eq(w->lns.sent + w->lac.sent, sent + 2); /* HELLO, ZLB */
	ck_assert_int_eq(w->lns.t.state, TUNNEL_ESTABLISHED);
	ck_assert_int_eq(datagram_type(w->lns.last, w->lns.last_len), MSG_HELLO);
	ends_run(w, 600 * SECOND);
	ck_assert_int_eq(w->lns.t.state, TUNNEL_ESTABLISHED);
	ck_assert_uint_le(w->lns.sent + w->lac.sent, sent + 2 + 20);
	ends_free(w);
}
END_TEST

START_TEST(heard_never_goes_back)
{
	struct ends *w = ends_up(22);
	usec_t when = tunnel_deadline(&w->lns.t);

	tunnel_heard(&w->lns.t, w->now - 900 * SECOND);
	ck_assert_uint_eq(tunnel_deadline(&w->lns.t), when);
	tunnel_heard(&w->lns.t, w->now + SECOND);
	ck_assert_uint_gt(tunnel_deadline(&w->lns.t), when);
	ends_free(w);
}
END_TEST

START_TEST(probe)
{
	struct ends *w = ends_up(23);

	tunnel_probe(&w->lns.t, &w->lns.env);
	end_apply(&w->lns, -1);
	ck_assert_int_eq(datagram_type(w->lns.last, w->lns.last_len), MSG_HELLO);
	ends_run(w, SECOND);
	ck_assert_int_eq(w->lns.t.state, TUNNEL_ESTABLISHED);
	ck_assert(!w->lns.t.channel.hurry);
	w->lose = lose_all;
	tunnel_probe(&w->lns.t, &w->lns.env);
	end_apply(&w->lns, -1);
	ends_run(w, 5 * SECOND); /* instead of 31 */
	ck_assert_int_eq(w->lns.downs, 1);
	ck_assert_int_eq(w->lns.frees, 1);
	ends_free(w);
}
END_TEST

/* --- bad wires --- */

/* Up, three calls, calls down, tunnel down; over wires that lose, repeat and reorder. */
START_TEST(lossy_wires)
{
	for (uint64_t seed = 0; seed < 150; seed++) {
		struct ends *w = ends_new(1000 + seed);

		w->loss = (unsigned int)(seed % 5) * 8;
		w->twice = (unsigned int)(seed % 3) * 20;
		w->late = (unsigned int)(seed % 4) * 25;
		w->lac.cfg.setup_timeout = w->lns.cfg.setup_timeout = 600 * SECOND;
		w->lac.cfg.retransmit_limit = w->lns.cfg.retransmit_limit = 30;
		ends_open(w);
		ends_run(w, 200 * SECOND);
		expect_up(w);
		for (int i = 0; i < 3; i++)
			ends_call(w);
		ends_run(w, 300 * SECOND);
		for (int i = 0; i < 3; i++) {
			ck_assert_int_eq(w->lac.call_ups[i], 1);
			ck_assert_int_eq(w->lns.call_ups[i], 1);
		}
		session_close(&w->lns.call[1], &w->lns.t, L2TP_CALL_ADMIN, 0, 0, NULL,
			      &w->lns.env);
		end_apply(&w->lns, 1);
		ends_run(w, 100 * SECOND);
		ck_assert_int_eq(w->lac.call_downs[0] + w->lac.call_downs[1] +
				 w->lac.call_downs[2], 1);
		tunnel_close(&w->lac.t, L2TP_STOP_CLEAR, 0, NULL, &w->lac.env);
		end_apply(&w->lac, -1);
		ends_run(w, 900 * SECOND);
		ck_assert_int_eq(w->lac.downs, 1);
		ck_assert_int_eq(w->lns.downs, 1);
		ck_assert_int_eq(w->lac.frees, 1);
		ck_assert_int_eq(w->lns.frees, 1);
		ends_free(w);
	}
}
END_TEST

/* Every single datagram of a set-up lost once, in turn: it comes up all the same. */
static bool lose_one(struct ends *w, const struct end *from, const uint8_t *data, size_t len)
{
	(void)from;
	(void)data;
	(void)len;
	return w->counter-- == 0;
}

START_TEST(each_datagram_lost_once)
{
	for (int i = 0; i < 10; i++) {
		struct ends *w = ends_new(26);

		w->lose = lose_one;
		w->counter = i;
		ends_open(w);
		ends_run(w, 10 * SECOND);
		ends_call(w);
		ends_run(w, 10 * SECOND);
		expect_up(w);
		ck_assert_int_eq(w->lac.call_ups[0], 1);
		ck_assert_int_eq(w->lns.call_ups[0], 1);
		ends_free(w);
	}
}
END_TEST

/* Long enough for Ns to wrap around, by Hellos. */
START_TEST(long_life)
{
	struct ends *w = ends_up(27);

	w->lns.cfg.hello = SECOND;
	w->lac.cfg.hello = USEC_NEVER;
	w->loss = 5;
	w->lns.cfg.retransmit_limit = 200;
	w->lns.t.channel.limit = 200;
	for (int i = 0; i < 200; i++)
		ends_run(w, 1000 * SECOND);
	ck_assert_int_eq(w->lns.downs, 0);
	ck_assert_uint_gt(w->lns.sent, 70000);
	ends_free(w);
}
END_TEST

/* Noise: random datagrams with plausible headers. Nothing may break, nothing may leak. */
START_TEST(noise)
{
	struct test_rng rng;

	test_rng_init(&rng, 28);
	for (int round = 0; round < 300; round++) {
		struct ends *w = ends_up(2000 + (uint64_t)round);

		for (int i = 0; i < 60; i++) {
			uint8_t data[128];
			size_t len = 12 + rng_u32(&rng.rng) % 100;

			rng_fill(&rng.rng, data, sizeof(data));
			data[0] = 0xc8;
			data[1] = 2;
			data[2] = 0;
			data[3] = (uint8_t)len;
			data[8] = 0;
			data[9] = (uint8_t)(w->lns.t.channel.nr + data[9] % 3);
			data[10] = 0;
			data[11] %= 4;
			if (data[20] & 1) {
				memcpy(data + 12, "\x80\x08\0\0\0\0\0", 7);
				data[19] %= 17;
			}
			end_input(&w->lns, data, len);
		}
		ends_run(w, 100 * SECOND);
		ck_assert_int_eq(w->lns.frees, w->lns.downs);
		ends_free(w);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		close_by_either_end,
		both_close_at_once,
		stopccn_overtakes_what_waits,
		stopccn_that_nobody_acknowledges,
		peer_that_vanishes,
		close_before_anything_was_said,
		close_while_the_peer_is_unknown,
		set_up_timeout,
		no_memory,
		no_memory_for_the_stopccn,
		hello_after_silence_only,
		heard_never_goes_back,
		probe,
		lossy_wires,
		each_datagram_lost_once,
		long_life,
		noise,
	};

	return test_main("tunnel_life", tests, ARRAY_SIZE(tests));
}
