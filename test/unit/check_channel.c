// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reliable delivery: numbers and their wrap-around, windows, retransmission, order, limits.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/l2tp/channel.h"
#include "test/unit/ends.h"

#define OBJECTS 128

static const struct channel_timing timing = {
	.retransmit = USEC_PER_SEC,
	.retransmit_max = 8 * USEC_PER_SEC,
	.limit = 5,
};

struct bench {
	struct channel c;
	struct env env;
	struct effects fx;
	struct slab slab;
	uint8_t memory[OBJECTS][CHANNEL_MESSAGE_SIZE] __attribute__((aligned(16)));
};

static struct bench *bench_new(uint16_t window)
{
	struct bench *b = calloc(1, sizeof(*b));

	slab_init(&b->slab, CHANNEL_MESSAGE_SIZE);
	slab_give(&b->slab, b->memory, sizeof(b->memory));
	b->env.fx = &b->fx;
	b->env.messages = &b->slab;
	b->env.now = 1000 * USEC_PER_SEC;
	channel_init(&b->c, window, &timing);
	return b;
}

static void bench_free(struct bench *b)
{
	channel_fini(&b->c, &b->slab);
	ck_assert_uint_eq(b->slab.used, 0);
	free(b);
}

/* Begin at another number, as after that many messages. */
static void start_at(struct bench *b, uint16_t ns, uint16_t nr)
{
	b->c.ns = b->c.oldest = b->c.sent = b->c.highest = ns;
	b->c.nr = nr;
}

/* A message with one AVP's worth of payload, its first byte a mark. */
static bool send_mark(struct bench *b, uint8_t mark)
{
	struct channel_message *m = channel_new(&b->c, &b->env);
	struct writer w;

	if (!m)
		return false;
	writer_init(&w, m->data, sizeof(m->data));
	msg_put_header(&w, 77, 0, 1);
	writer_u8(&w, mark);
	m->len = (uint16_t)writer_len(&w);
	channel_send(&b->c, m, &b->env);
	return true;
}

struct sent {
	uint16_t ns, nr, tunnel;
	int mark; /* -1: ZLB */
};

/* The i-th datagram of this step. */
static struct sent sent(const struct bench *b, size_t i)
{
	const struct effect *e = &b->fx.list[i];
	const uint8_t *data = effect_bytes(&b->fx, e);
	struct l2tp_header h;

	ck_assert_uint_lt(i, b->fx.count);
	ck_assert_int_eq(e->kind, EFFECT_TRANSMIT);
	ck_assert_int_eq(msg_header(data, e->len, &h), 0);
	return (struct sent){ h.ns, h.nr, h.tunnel, h.payload_len ? data[12] : -1 };
}

static enum channel_verdict receive(struct bench *b, uint16_t ns, uint16_t nr, int mark)
{
	static uint8_t data[16][20]; /* they must stay until delivered */
	static unsigned int turn;
	uint8_t *d = data[turn++ % 16];
	struct l2tp_header h;
	struct writer w;

	writer_init(&w, d, 20);
	msg_put_header(&w, 55, 0, mark >= 0);
	if (mark >= 0)
		writer_u8(&w, (uint8_t)mark);
	writer_patch_u16(&w, 8, ns);
	writer_patch_u16(&w, 10, nr);
	ck_assert_int_eq(msg_header(d, writer_len(&w), &h), 0);
	return channel_receive(&b->c, &h, d, writer_len(&w), &b->env);
}

static int next_mark(struct bench *b)
{
	const uint8_t *data;
	size_t len;

	return channel_next(&b->c, &data, &len, &b->env) ? data[12] : -1;
}

START_TEST(numbers_and_piggyback)
{
	struct bench *b = bench_new(4);

	ck_assert_int_eq(receive(b, 0, 0, 'a'), CHANNEL_TAKEN);
	ck_assert_int_eq(next_mark(b), 'a');
	ck_assert(send_mark(b, 'A'));
	ck_assert_int_eq(next_mark(b), -1);
	channel_flush(&b->c, 77, &b->env);
	ck_assert_uint_eq(b->fx.count, 1); /* no ZLB: the message acknowledged */
	ck_assert_uint_eq(sent(b, 0).ns, 0);
	ck_assert_uint_eq(sent(b, 0).nr, 1);
	bench_free(b);
}
END_TEST

START_TEST(zlb_when_nothing_else_is_sent)
{
	struct bench *b = bench_new(4);

	receive(b, 0, 0, 'a');
	ck_assert_int_eq(next_mark(b), 'a');
	channel_flush(&b->c, 77, &b->env);
	channel_flush(&b->c, 77, &b->env);
	ck_assert_uint_eq(b->fx.count, 1);
	ck_assert_int_eq(sent(b, 0).mark, -1);
	ck_assert_uint_eq(sent(b, 0).ns, 0); /* not consumed */
	ck_assert_uint_eq(sent(b, 0).nr, 1);
	ck_assert_uint_eq(sent(b, 0).tunnel, 77);
	/* a ZLB is not acknowledged, or it would never end */
	effects_reset(&b->fx);
	ck_assert_int_eq(receive(b, 1, 0, -1), CHANNEL_TAKEN);
	ck_assert_int_eq(next_mark(b), -1);
	channel_flush(&b->c, 77, &b->env);
	ck_assert_uint_eq(b->fx.count, 0);
	bench_free(b);
}
END_TEST

START_TEST(duplicate_is_acknowledged_again)
{
	struct bench *b = bench_new(4);

	receive(b, 0, 0, 'a');
	ck_assert_int_eq(next_mark(b), 'a');
	channel_flush(&b->c, 77, &b->env);
	effects_reset(&b->fx);
	ck_assert_int_eq(receive(b, 0, 0, 'a'), CHANNEL_DUPLICATE);
	ck_assert_int_eq(next_mark(b), -1);
	channel_flush(&b->c, 77, &b->env);
	ck_assert_uint_eq(sent(b, 0).nr, 1);
	bench_free(b);
}
END_TEST

START_TEST(order_is_restored)
{
	struct bench *b = bench_new(4);

	ck_assert_int_eq(receive(b, 3, 0, 'd'), CHANNEL_TAKEN);
	ck_assert_int_eq(receive(b, 1, 0, 'b'), CHANNEL_TAKEN);
	ck_assert_int_eq(receive(b, 1, 0, 'b'), CHANNEL_TAKEN);
	ck_assert_int_eq(next_mark(b), -1);
	ck_assert_int_eq(receive(b, 2, 0, 'c'), CHANNEL_TAKEN);
	ck_assert_uint_eq(b->slab.used, 3);
	ck_assert_int_eq(receive(b, 0, 0, 'a'), CHANNEL_TAKEN);
	for (int mark = 'a'; mark <= 'd'; mark++)
		ck_assert_int_eq(next_mark(b), mark);
	ck_assert_int_eq(next_mark(b), -1);
	ck_assert_uint_eq(b->slab.used, 0);
	channel_flush(&b->c, 77, &b->env);
	ck_assert_uint_eq(b->fx.count, 1);
	ck_assert_uint_eq(sent(b, 0).nr, 4);
	bench_free(b);
}
END_TEST

START_TEST(beyond_the_window_is_dropped)
{
	struct bench *b = bench_new(4);

	for (unsigned int ahead = 1; ahead < 0x8000; ahead++) {
		enum channel_verdict v = receive(b, (uint16_t)ahead, 0, 'x');

		ck_assert_int_eq(v, ahead < 4 ? CHANNEL_TAKEN : CHANNEL_DROPPED);
	}
	for (unsigned int ahead = 0x8000; ahead < 0x10000; ahead++)
		ck_assert_int_eq(receive(b, (uint16_t)ahead, 0, 'x'), CHANNEL_DUPLICATE);
	ck_assert_uint_eq(b->slab.used, 3);
	bench_free(b);
}
END_TEST

/* A large message ahead of its turn has no place to wait. */
START_TEST(too_large_to_keep)
{
	struct bench *b = bench_new(4);
	uint8_t data[1000] = { 0 };
	const uint8_t *got;
	struct l2tp_header h;
	struct writer w;
	size_t len;

	writer_init(&w, data, sizeof(data));
	msg_put_header(&w, 55, 0, sizeof(data) - 12);
	writer_patch_u16(&w, 8, 1);
	ck_assert_int_eq(msg_header(data, sizeof(data), &h), 0);
	ck_assert_int_eq(channel_receive(&b->c, &h, data, sizeof(data), &b->env), CHANNEL_DROPPED);
	h.ns = 0; /* in its turn it needs none */
	ck_assert_int_eq(channel_receive(&b->c, &h, data, sizeof(data), &b->env), CHANNEL_TAKEN);
	ck_assert(channel_next(&b->c, &got, &len, &b->env));
	ck_assert_uint_eq(len, sizeof(data));
	bench_free(b);
}
END_TEST

/* Appendix A: 1, 2, 4, 8, then one more per window; never more than the peer's window. */
START_TEST(slow_start)
{
	struct bench *b = bench_new(4);
	uint16_t acked = 0;
	size_t under_way = 1;

	channel_peer_window(&b->c, 8);
	for (int i = 0; i < 60; i++)
		send_mark(b, 'x');
	ck_assert_uint_eq(b->fx.count, 1);
	for (size_t expect = 2; expect <= 8; expect *= 2) {
		effects_reset(&b->fx);
		acked = (uint16_t)(acked + under_way);
		receive(b, 0, acked, -1);
		ck_assert_uint_eq(b->fx.count, expect);
		under_way = expect;
	}
	effects_reset(&b->fx);
	receive(b, 0, (uint16_t)(acked + 8), -1);
	ck_assert_uint_eq(b->fx.count, 8);
	ck_assert_uint_eq(b->c.congestion, 8);
	bench_free(b);
}
END_TEST

START_TEST(window_of_the_peer)
{
	for (unsigned int offer = 0; offer < 100; offer += 9) {
		struct bench *b = bench_new(4);
		unsigned int most = offer == 0 ? 1 : offer < 32 ? offer : CHANNEL_WINDOW_MAX;

		channel_peer_window(&b->c, (uint16_t)offer);
		for (int i = 0; i < 100; i++) {
			send_mark(b, 'x');
			receive(b, 0, b->c.sent, -1); /* everything arrives */
			effects_reset(&b->fx);
		}
		for (int i = 0; i < 100; i++)
			send_mark(b, 'x');
		ck_assert_uint_eq((uint16_t)(b->c.sent - b->c.oldest), most);
		bench_free(b);
	}
}
END_TEST

/* RFC 2661 5.8: 1, 2, 4, 8, 8 seconds, the oldest alone; then the peer is given up. */
START_TEST(retransmission)
{
	static const unsigned int waits[] = { 1, 2, 4, 8, 8, 8 };
	struct bench *b = bench_new(4);
	usec_t cycle = 0;

	receive(b, 0, 0, -1);
	for (int i = 0; i < 3; i++)
		send_mark(b, (uint8_t)('a' + i));
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		ck_assert_uint_eq(channel_deadline(&b->c),
				  b->env.now + waits[i] * USEC_PER_SEC);
		effects_reset(&b->fx);
		b->env.now = channel_deadline(&b->c);
		cycle += waits[i] * USEC_PER_SEC;
		if (i + 1 == ARRAY_SIZE(waits)) {
			ck_assert(!channel_expire(&b->c, &b->env));
			ck_assert_uint_eq(b->fx.count, 0);
			break;
		}
		ck_assert(channel_expire(&b->c, &b->env));
		ck_assert_uint_eq(b->fx.count, 1);
		ck_assert_int_eq(sent(b, 0).mark, 'a');
	}
	ck_assert_uint_eq(cycle, channel_cycle(&b->c));
	ck_assert_uint_eq(cycle, 31 * USEC_PER_SEC); /* RFC 2661 5.7 */
	bench_free(b);
}
END_TEST

START_TEST(retransmission_has_the_newest_nr)
{
	struct bench *b = bench_new(4);

	send_mark(b, 'a');
	receive(b, 0, 0, 'x');
	receive(b, 0, 0, 'x');
	ck_assert_int_eq(next_mark(b), 'x');
	effects_reset(&b->fx);
	b->env.now = channel_deadline(&b->c);
	channel_expire(&b->c, &b->env);
	ck_assert_uint_eq(sent(b, 0).ns, 0);
	ck_assert_uint_eq(sent(b, 0).nr, 1);
	bench_free(b);
}
END_TEST

START_TEST(collapse_and_recovery)
{
	struct bench *b = bench_new(4);
	int i;

	channel_peer_window(&b->c, 8);
	for (i = 0; i < 8; i++) {
		send_mark(b, 'x');
		receive(b, 0, b->c.sent, -1);
	}
	effects_reset(&b->fx);
	for (i = 0; i < 10; i++)
		send_mark(b, (uint8_t)('a' + i));
	ck_assert_uint_eq(b->fx.count, 8);
	b->env.now = channel_deadline(&b->c);
	effects_reset(&b->fx);
	channel_expire(&b->c, &b->env);
	ck_assert_uint_eq(b->fx.count, 1);
	ck_assert_uint_eq(b->c.congestion, 1);
	ck_assert_uint_eq(b->c.threshold, 4); /* half of what was under way */
	/* 'a' had been lost alone: the acknowledgement jumps, and nothing is sent twice */
	effects_reset(&b->fx);
	receive(b, 0, 16, -1);
	ck_assert_int_eq(sent(b, 0).mark, 'i');
	ck_assert_int_eq(sent(b, 1).mark, 'j');
	ck_assert_uint_eq(b->fx.count, 2);
	bench_free(b);
}
END_TEST

START_TEST(go_back_when_all_was_lost)
{
	struct bench *b = bench_new(4);

	for (int i = 0; i < 4; i++) {
		send_mark(b, 'x');
		receive(b, 0, b->c.sent, -1);
	}
	for (int i = 0; i < 4; i++)
		send_mark(b, (uint8_t)('a' + i));
	b->env.now = channel_deadline(&b->c);
	channel_expire(&b->c, &b->env);
	effects_reset(&b->fx);
	receive(b, 0, 5, -1);
	ck_assert_uint_eq(b->fx.count, 2); /* slow start */
	ck_assert_int_eq(sent(b, 0).mark, 'b');
	ck_assert_int_eq(sent(b, 1).mark, 'c');
	bench_free(b);
}
END_TEST

START_TEST(acknowledgements_out_of_range)
{
	struct bench *b = bench_new(4);

	for (int i = 0; i < 3; i++)
		send_mark(b, 'x');
	receive(b, 0, 2, -1); /* one was sent, two are acknowledged: invented */
	ck_assert_uint_eq(b->c.count, 3);
	receive(b, 0, 0xffff, -1);
	ck_assert_uint_eq(b->c.count, 3);
	receive(b, 0, 1, -1);
	ck_assert_uint_eq(b->c.count, 2);
	receive(b, 0, 0, -1); /* an old one that came late */
	ck_assert_uint_eq(b->c.count, 2);
	bench_free(b);
}
END_TEST

START_TEST(wrap_around)
{
	struct bench *b = bench_new(4);
	uint16_t peer_ns = 0xfffe;

	start_at(b, 0xfffd, 0xfffe);
	for (int i = 0; i < 10; i++) {
		effects_reset(&b->fx);
		ck_assert_int_eq(receive(b, (uint16_t)(peer_ns + 1), b->c.oldest, 2 * i + 1),
				 CHANNEL_TAKEN);
		ck_assert_int_eq(receive(b, peer_ns, b->c.oldest, 2 * i), CHANNEL_TAKEN);
		ck_assert_int_eq(next_mark(b), 2 * i);
		ck_assert_int_eq(next_mark(b), 2 * i + 1);
		peer_ns = (uint16_t)(peer_ns + 2);
		ck_assert_int_eq(receive(b, (uint16_t)(peer_ns - 1), 0, 9), CHANNEL_DUPLICATE);
		send_mark(b, 'x');
		ck_assert_uint_eq(sent(b, 0).ns, (uint16_t)(0xfffd + i));
		ck_assert_uint_eq(sent(b, 0).nr, peer_ns);
		receive(b, 0, (uint16_t)(0xfffd + i + 1), -1);
		ck_assert_uint_eq(b->c.count, 0);
	}
	bench_free(b);
}
END_TEST

START_TEST(queue_and_memory_are_limited)
{
	struct bench *b = bench_new(4);
	int n = 0;

	while (send_mark(b, 'x'))
		n++;
	ck_assert_int_eq(n, OBJECTS);
	ck_assert_uint_eq(b->slab.used, OBJECTS);
	channel_drop_all(&b->c, &b->slab);
	/* no memory to keep one: dropped, not lost for ever */
	while (slab_take(&b->slab))
		;
	ck_assert_int_eq(receive(b, 1, 0, 'b'), CHANNEL_DROPPED);
	b->slab.used = 0;
	/* the queue has a limit of its own */
	slab_init(&b->slab, CHANNEL_MESSAGE_SIZE);
	slab_give(&b->slab, b->memory, sizeof(b->memory));
	b->c.count = CHANNEL_QUEUE_MAX - 1;
	slab_put(&b->slab, channel_new(&b->c, &b->env));
	b->c.count = CHANNEL_QUEUE_MAX;
	ck_assert_ptr_null(channel_new(&b->c, &b->env));
	b->c.count = 0;
	bench_free(b);
}
END_TEST

START_TEST(crowd_takes_nothing_in)
{
	struct bench *b = bench_new(4);

	for (int i = 0; i < CHANNEL_CROWD; i++)
		send_mark(b, 'x');
	ck_assert_int_eq(receive(b, 0, 0, 'a'), CHANNEL_TAKEN); /* memory is plenty */
	ck_assert_int_eq(next_mark(b), 'a');
	while (b->slab.used <= OBJECTS / 2)
		send_mark(b, 'x');
	ck_assert_int_eq(receive(b, 1, 0, 'b'), CHANNEL_DROPPED);
	receive(b, 0, 1, -1); /* but acknowledgements count */
	ck_assert_uint_eq(b->slab.used, OBJECTS / 2);
	ck_assert_int_eq(receive(b, 1, 1, 'b'), CHANNEL_TAKEN);
	bench_free(b);
}
END_TEST

START_TEST(hurry)
{
	struct bench *b = bench_new(4);
	int tries = 0;

	send_mark(b, 'x');
	channel_hurry(&b->c, b->env.now);
	for (;;) {
		b->env.now = channel_deadline(&b->c);
		if (!channel_expire(&b->c, &b->env))
			break;
		tries++;
	}
	ck_assert_int_eq(tries, 3);
	ck_assert_uint_eq(b->env.now, 1004 * USEC_PER_SEC);
	bench_free(b);
}
END_TEST

START_TEST(drops_what_was_never_sent)
{
	struct bench *b = bench_new(4);

	for (int i = 0; i < 5; i++)
		send_mark(b, (uint8_t)('a' + i));
	channel_drop_unsent(&b->c, &b->slab);
	ck_assert_uint_eq(b->c.count, 1);
	ck_assert_uint_eq(b->slab.used, 1);
	send_mark(b, 'z');
	effects_reset(&b->fx);
	receive(b, 0, 1, -1);
	ck_assert_int_eq(sent(b, 0).mark, 'z');
	ck_assert_uint_eq(sent(b, 0).ns, 1);
	channel_drop_all(&b->c, &b->slab);
	ck_assert_uint_eq(b->slab.used, 0);
	ck_assert_uint_eq(b->c.count, 0);
	ck_assert_uint_eq(channel_deadline(&b->c), USEC_NEVER);
	bench_free(b);
}
END_TEST

/* More to send than a step may decide: the rest comes by the timer, nothing breaks. */
START_TEST(full_list_of_effects)
{
	struct bench *b = bench_new(4);

	while (b->fx.count < EFFECTS_MAX - 8)
		effects_add(&b->fx, EFFECT_NOTE, 0);
	send_mark(b, 'a');
	ck_assert_uint_eq(b->fx.count, EFFECTS_MAX - 8);
	effects_reset(&b->fx);
	b->env.now = channel_deadline(&b->c);
	ck_assert(channel_expire(&b->c, &b->env));
	ck_assert_int_eq(sent(b, 0).mark, 'a');
	bench_free(b);
}
END_TEST

START_TEST(idle_channel_is_small)
{
	ck_assert_uint_lt(sizeof(struct tunnel), 700);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		numbers_and_piggyback,
		zlb_when_nothing_else_is_sent,
		duplicate_is_acknowledged_again,
		order_is_restored,
		beyond_the_window_is_dropped,
		too_large_to_keep,
		slow_start,
		window_of_the_peer,
		retransmission,
		retransmission_has_the_newest_nr,
		collapse_and_recovery,
		go_back_when_all_was_lost,
		acknowledgements_out_of_range,
		wrap_around,
		queue_and_memory_are_limited,
		crowd_takes_nothing_in,
		hurry,
		drops_what_was_never_sent,
		full_list_of_effects,
		idle_channel_is_small,
	};

	return test_main("channel", tests, ARRAY_SIZE(tests));
}
