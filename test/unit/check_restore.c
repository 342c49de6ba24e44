// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tunnels, calls and links of records: what was saved comes back the same, each impossible value is
 * refused, and lost messages' numbers get messages again.
 */
#include <string.h>

#include "daemon/l2tp/tunnel_state.h"
#include "daemon/ppp/link_state.h"
#include "test/unit/seed.h"
#include "test/unit/suite.h"

static const struct tunnel_config tunnel_cfg = {
	.host_name = "lns",
	.window = 4,
	.hello = 60 * USEC_PER_SEC,
	.retransmit = USEC_PER_SEC,
	.retransmit_max = 8 * USEC_PER_SEC,
	.retransmit_limit = 5,
	.setup_timeout = 30 * USEC_PER_SEC,
};

static const struct link_config link_cfg = {
	.role = LINK_SERVER,
	.methods = {AUTH_MSCHAPV2},
	.mru = 1400,
	.echo = 30 * USEC_PER_SEC,
	.echo_failures = 3,
	.restart = 3 * USEC_PER_SEC,
	.max_configure = 10,
	.max_terminate = 2,
	.max_failure = 5,
	.auth_timeout = 30 * USEC_PER_SEC,
};

static struct seed seed;
static struct effects fx;
static struct slab messages;
static unsigned char memory[16 * CHANNEL_MESSAGE_SIZE] __attribute__((aligned(16)));
static struct env env;
static struct tunnel t;
static struct session c;
static struct link l;

static const struct state_tunnel good_tunnel = {
	.stage = STATE_TUNNEL_UP,
	.role = L2TP_LNS,
	.id = 7,
	.peer_id = 9,
	.channel = {.ns = 3, .nr = 5, .oldest = 0xfffe, .highest = 2, .peer_window = 8},
	.peer_host = "pc",
	.heard = 990 * USEC_PER_SEC,
};

static const struct state_session good_session = {
	.stage = STATE_SESSION_UP,
	.role = L2TP_LNS,
	.tunnel = 7,
	.id = 11,
	.peer_id = 12,
	.call_serial = 5,
	.flags = STATE_SESSION_SEQUENCING,
	.calling = "0123",
};

#define OPENED                                                                                     \
	{                                                                                          \
		.state = AUTOMATON_OPENED, .answered = 1, .last_id = 4, .request_id = 3            \
	}

static const struct state_link good_link = {
	.lcp = OPENED,
	.ipcp = OPENED,
	.ipv6cp = {.state = AUTOMATON_STARTING, .answered = 1},
	.mru = 1400,
	.peer_mru = 1450,
	.magic = 77,
	.peer_magic = 78,
	.auth = AUTH_MSCHAPV2,
	.ident_len = 5,
	.ident = "MSRAS",
	.local4 = 0x0a000001,
	.remote4 = 0x0a000010,
};

static void begin(void)
{
	seed_init(&seed, 1);
	slab_init(&messages, CHANNEL_MESSAGE_SIZE);
	slab_give(&messages, memory, sizeof(memory));
	effects_reset(&fx);
	env = (struct env){
		.now = 1000 * USEC_PER_SEC, .rng = &seed.rng, .messages = &messages, .fx = &fx};
	tunnel_init(&t, &tunnel_cfg, L2TP_LNS, 7, &env);
	session_init(&c, L2TP_LNS, 11);
	link_init(&l, &link_cfg);
}

/* Number of an effect's datagram, and its length. */
static uint16_t sent_ns(size_t i, uint32_t *ret_len)
{
	const uint8_t *p = effect_bytes(&fx, &fx.list[i]);

	ck_assert_uint_lt(i, fx.count);
	ck_assert_int_eq(fx.list[i].kind, EFFECT_TRANSMIT);
	*ret_len = fx.list[i].len;
	return (uint16_t)(p[8] << 8 | p[9]);
}

static void acknowledge(uint16_t nr)
{
	uint8_t zlb[] = {0xc8, 2, 0, 12, 0, 7, 0, 0, 0, 5, (uint8_t)(nr >> 8), (uint8_t)nr};
	struct l2tp_header h;

	ck_assert_int_eq(msg_header(zlb, sizeof(zlb), &h), 0);
	effects_reset(&fx);
	tunnel_datagram(&t, &h, zlb, sizeof(zlb), &env);
}

START_TEST(tunnel_comes_back)
{
	struct state_tunnel s = {0};

	ck_assert(tunnel_restore(&t, &good_tunnel, &env));
	tunnel_repair(&t, &good_tunnel, &env);
	tunnel_save(&t, &s);
	s.channel.ns = good_tunnel.channel.ns; /* what was never sent is not sent any more */
	ck_assert_mem_eq(&s, &good_tunnel, sizeof(s));
	tunnel_fini(&t, &messages);
	ck_assert_uint_eq(messages.used, 0);
}
END_TEST

/* Four numbers, over the edge; the peer may have had any of them. */
START_TEST(lost_numbers)
{
	for (uint16_t had = 0; had <= 4; had++) {
		uint32_t len;

		begin();
		ck_assert(tunnel_restore(&t, &good_tunnel, &env));
		tunnel_repair(&t, &good_tunnel, &env);
		ck_assert_uint_eq(sent_ns(0, &len), 0xfffe);
		ck_assert_uint_eq(len, 20); /* a Hello: RFC 2661 6.5 */
		acknowledge((uint16_t)(0xfffe + had));
		if (had < 4)
			ck_assert_uint_eq(t.channel.oldest, (uint16_t)(0xfffe + had));
		else
			ck_assert_uint_eq(t.channel.count, 0);
		acknowledge(2);
		ck_assert_uint_eq(t.channel.count, 0);
		ck_assert_uint_eq(t.channel.ns, 2);
		ck_assert_uint_eq(messages.used, 0);
		acknowledge(3); /* never sent */
		ck_assert_uint_eq(t.channel.oldest, 2);
		ck_assert_int_eq(t.state, TUNNEL_ESTABLISHED);
	}
}
END_TEST

/* X(name, change): each makes a good record impossible. */
#define BAD_TUNNELS(X)                                                                             \
	X(stage_0, s.stage = 0)                                                                    \
	X(stage_9, s.stage = 9)                                                                    \
	X(role, s.role = L2TP_LAC)                                                                 \
	X(id, s.id = 8)                                                                            \
	X(peer_id, s.peer_id = 0)                                                                  \
	X(window_0, s.channel.peer_window = 0)                                                     \
	X(window, s.channel.peer_window = CHANNEL_WINDOW_MAX + 1)                                  \
	X(oldest, s.channel.oldest = 4)                                                            \
	X(highest, s.channel.highest = 4)                                                          \
	X(in_flight, s.channel.oldest = (uint16_t)(2 - CHANNEL_WINDOW_MAX - 1))                    \
	X(queue, s.channel.oldest = s.channel.highest = (uint16_t)(3 - CHANNEL_QUEUE_MAX - 1))     \
	X(host, memset(s.peer_host, 'a', sizeof(s.peer_host)))                                     \
	X(vendor, memset(s.peer_vendor, 'a', sizeof(s.peer_vendor)))

#define BAD_SESSIONS(X)                                                                            \
	X(role, s.role = L2TP_LAC)                                                                 \
	X(id, s.id = 1)                                                                            \
	X(peer_id, s.peer_id = 0)                                                                  \
	X(calling, memset(s.calling, '1', sizeof(s.calling)))                                      \
	X(called, memset(s.called, '1', sizeof(s.called)))

#define BAD_LINKS(X)                                                                               \
	X(lcp, s.lcp.state = AUTOMATON_REQ_SENT)                                                   \
	X(lcp_none, s.lcp.state = AUTOMATON_STATES)                                                \
	X(ipcp, s.ipcp.state = 200)                                                                \
	X(ipv6cp, s.ipv6cp.state = AUTOMATON_STATES)                                               \
	X(lcp_wish, s.lcp.wish = 0x80000000)                                                       \
	X(ipcp_wish, s.ipcp.wish = 0x80000000)                                                     \
	X(answered, s.lcp.answered = 2)                                                            \
	X(unique, s.ipcp.unique = 7)                                                               \
	X(mru, s.mru = LCP_MRU_MIN - 1)                                                            \
	X(peer_mru, s.peer_mru = 0)                                                                \
	X(auth, s.auth = AUTH_MSCHAPV2 + 1)                                                        \
	X(flags, s.flags = 0x80)                                                                   \
	X(ident, s.ident_len = sizeof(s.ident) + 1)

#define REFUSED(name, change)                                                                      \
	begin();                                                                                   \
	s = good;                                                                                  \
	change;                                                                                    \
	ck_assert_msg(!RESTORE(&s), #name);

START_TEST(impossible_tunnels)
{
	const struct state_tunnel good = good_tunnel;
	struct state_tunnel s;

#define RESTORE(s) tunnel_restore(&t, s, &env)
	BAD_TUNNELS(REFUSED)
#undef RESTORE
}
END_TEST

START_TEST(impossible_sessions)
{
	const struct state_session good = good_session;
	struct state_session s;

#define RESTORE(s) session_restore(&c, s)
	BAD_SESSIONS(REFUSED)
#undef RESTORE
}
END_TEST

START_TEST(impossible_links)
{
	const struct state_link good = good_link;
	struct state_link s;

#define RESTORE(s) link_restore(&l, s, 0, &env)
	BAD_LINKS(REFUSED)
#undef RESTORE
}
END_TEST

START_TEST(session_comes_back)
{
	struct state_session s = {.stage = STATE_SESSION_UP};

	ck_assert(session_restore(&c, &good_session));
	ck_assert_int_eq(c.state, SESSION_ESTABLISHED);
	session_save_ids(&c, 7, &s);
	session_save(&c, &s);
	ck_assert_mem_eq(&s, &good_session, sizeof(s));
}
END_TEST

START_TEST(link_comes_back)
{
	struct state_link s;

	memset(&s, 0, sizeof(s));
	ck_assert(link_restore(&l, &good_link, 1010 * USEC_PER_SEC, &env));
	ck_assert(link_savable(&l));
	link_save(&l, &s);
	ck_assert_mem_eq(&s, &good_link, sizeof(s));
	ck_assert_uint_eq(link_echo_at(&l), 1010 * USEC_PER_SEC);
	ck_assert_uint_eq(link_deadline(&l), 1010 * USEC_PER_SEC);
	ck_assert_uint_eq(link_mtu(&l), 1400);
}
END_TEST

/* Whenever it was due: not before now, not later than an interval from now. */
START_TEST(echo_goes_on)
{
	static const usec_t due[] = {0, 999 * USEC_PER_SEC, 1000 * USEC_PER_SEC,
				     9000 * USEC_PER_SEC, USEC_NEVER};

	for (size_t i = 0; i < 5; i++) {
		begin();
		ck_assert(link_restore(&l, &good_link, due[i], &env));
		ck_assert_uint_ge(link_echo_at(&l), env.now);
		ck_assert_uint_le(link_echo_at(&l), env.now + 30 * USEC_PER_SEC);
	}
}
END_TEST

/* A protocol that was negotiating asks again when its timer expires. */
START_TEST(negotiation_goes_on)
{
	struct state_link s = good_link;

	s.ipcp.state = AUTOMATON_ACK_SENT;
	s.ipcp.answered = 0;
	ck_assert(link_restore(&l, &s, USEC_NEVER, &env));
	ck_assert_uint_eq(link_deadline(&l), env.now + 3 * USEC_PER_SEC);
	env.now += 3 * USEC_PER_SEC;
	link_expire(&l, &env);
	ck_assert_uint_eq(fx.count, 1);
	ck_assert_int_eq(fx.list[0].kind, EFFECT_FRAME);
	ck_assert_uint_eq(effect_bytes(&fx, &fx.list[0])[2], 1); /* Configure-Request */
	ck_assert_uint_eq(effect_bytes(&fx, &fx.list[0])[3], 3); /* the same */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("restore");
	TCase *tc = tcase_create("restore");

	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_test(tc, tunnel_comes_back);
	tcase_add_test(tc, lost_numbers);
	tcase_add_test(tc, impossible_tunnels);
	tcase_add_test(tc, session_comes_back);
	tcase_add_test(tc, impossible_sessions);
	tcase_add_test(tc, link_comes_back);
	tcase_add_test(tc, impossible_links);
	tcase_add_test(tc, echo_goes_on);
	tcase_add_test(tc, negotiation_goes_on);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
