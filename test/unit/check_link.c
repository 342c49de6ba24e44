// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole links: our server and our client against each other, on good and bad wires.
 */
#include "daemon/ppp/link.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "daemon/ppp/frame.h"
#include "test/unit/pair.h"

static struct pair p;

static void only(struct link_config *cfg, enum auth_method method)
{
	memset(cfg->methods, 0, sizeof(cfg->methods));
	cfg->methods[0] = (uint8_t)method;
}

/* Each method, nothing lost: up with the fewest frames, and no restart timer ever fires. */
START_TEST(methods)
{
	pair_init(&p, 1);
	only(&p.server.cfg, (enum auth_method)_i);
	pair_open(&p);
	pair_run(&p, 2 * USEC_PER_SEC);
	ck_assert(pair_agree(&p));
	ck_assert_int_eq(p.server.phase, LINK_NETWORK);
	ck_assert_int_eq(p.client.phase, LINK_NETWORK);
	ck_assert_uint_eq(p.server.asked, _i != AUTH_NONE);
	ck_assert_uint_eq(p.server.requests[0], 1);
	ck_assert_uint_eq(p.server.requests[1], 1);
	ck_assert_uint_eq(p.client.requests[1], 2); /* 0.0.0.0, then what it was told */
	ck_assert_uint_eq(p.client.link.ipcp.local, PAIR_REMOTE);
	ck_assert_uint_eq(link_mtu(&p.server.link), 1400);
	ck_assert_uint_eq(link_deadline(&p.server.link), USEC_NEVER);
	ck_assert_uint_eq(link_deadline(&p.client.link), USEC_NEVER);
}
END_TEST


/* Every end of the wire is bad: it takes longer, and both ends come to the same. */
START_TEST(lossy)
{
	unsigned int agreed = 0;

	for (unsigned int seed = 1; seed <= 200; seed++) {
		pair_init(&p, seed);
		only(&p.server.cfg, (enum auth_method)_i);
		p.server.cfg.ipv6 = p.client.cfg.ipv6 = seed % 2;
		p.loss = 20;
		p.twice = 20;
		p.late = 30;
		p.aaa_delay = seed % 5 * USEC_PER_SEC;
		pair_open(&p);
		pair_run(&p, 200 * USEC_PER_SEC);
		p.loss = 0;
		pair_run(&p, 100 * USEC_PER_SEC);
		agreed += pair_agree(&p);
		ck_assert_msg(pair_agree(&p) || (p.server.downs && p.client.downs) ||
				      p.server.downs + p.client.downs == 1,
			      "seed %u: server %s, client %s", seed,
			      link_phase_name(p.server.link.phase),
			      link_phase_name(p.client.link.phase));
		ck_assert_uint_le(p.server.downs, 1);
		ck_assert_uint_le(p.client.downs, 1);
	}
	ck_assert_uint_ge(agreed, 195);
}
END_TEST

/* What comes twice or late, but comes, neither delays the link nor takes it down. */
START_TEST(unordered)
{
	for (unsigned int seed = 1; seed <= 200; seed++) {
		pair_init(&p, seed);
		p.twice = 40;
		p.late = 40;
		p.aaa_delay = 300 * USEC_PER_MSEC;
		pair_open(&p);
		pair_run(&p, 40 * USEC_PER_SEC);
		ck_assert_msg(pair_agree(&p), "seed %u", seed);
		ck_assert_uint_eq(p.server.asked, 1);
		ck_assert_uint_eq(p.server.ncp_up, 1);
		ck_assert_uint_eq(p.server.ncp_down, 0);
		ck_assert_uint_eq(p.client.ncp_up, 1);
		ck_assert_uint_eq(p.client.ncp_down, 0);
	}
}
END_TEST

static bool dead_wire(struct pair *w, const struct pair_end *from, const uint8_t *data, size_t len)
{
	(void)w, (void)from, (void)data, (void)len;
	return true;
}

/* Each frame of a set-up lost once, one after the other: restart timers mend every one. */
static unsigned int lose_at, seen;

static bool lose_one(struct pair *w, const struct pair_end *from, const uint8_t *data, size_t len)
{
	(void)w, (void)from, (void)data, (void)len;
	return seen++ == lose_at;
}

START_TEST(each_lost_once)
{
	for (lose_at = 0; lose_at < 30; lose_at++) {
		seen = 0;
		pair_init(&p, 3);
		only(&p.server.cfg, (enum auth_method)_i);
		p.lose = lose_one;
		pair_open(&p);
		pair_run(&p, 12 * USEC_PER_SEC);
		ck_assert_msg(pair_agree(&p), "method %d, frame %u lost", _i, lose_at);
		ck_assert_uint_eq(p.server.asked, _i != AUTH_NONE);
		ck_assert_uint_eq(p.server.ncp_down, 0);
		if (seen < lose_at)
			return;
	}
	ck_abort_msg("more frames than expected");
}
END_TEST

/*
 * The peer is not told of its success before the kernel is ready, so that it sends nothing which a
 * kernel half ready would lose; then it hears all at once, without another round.
 */
START_TEST(gate)
{
	pair_init(&p, 5);
	p.server.cfg.ipv6 = p.client.cfg.ipv6 = true;
	pair_open(&p);
	p.server.link.gate = false;
	pair_run(&p, 2 * USEC_PER_SEC);
	ck_assert_uint_eq(p.server.asked, 1);
	ck_assert_int_eq(p.server.phase, LINK_AUTHENTICATE);
	ck_assert_int_eq(p.client.phase, LINK_AUTHENTICATE);
	ck_assert(p.server.link.admitted && p.server.link.verdict.proof_len);
	p.server.env.now = p.now;
	link_gate_open(&p.server.link, &p.server.env);
	pair_apply(&p.server);
	ck_assert_int_eq(p.server.phase, LINK_NETWORK);
	ck_assert_uint_eq(p.server.link.verdict.proof_len, 0);
	pair_run(&p, 100 * USEC_PER_MSEC);
	ck_assert(pair_agree(&p));
	ck_assert(p.client.ipv6cp && p.server.ipv6cp);
	ck_assert_uint_eq(p.client.requests[1], 2);
	ck_assert_uint_eq(p.server.requests[1], 1);
}
END_TEST

/* Our slowness is not held against the client: no deadline runs, an early IPCP request waits. */
START_TEST(slow_gate)
{
	pair_init(&p, 5);
	p.server.cfg.auth_timeout = 10 * USEC_PER_SEC;
	pair_open(&p);
	p.server.link.gate = false;
	pair_run(&p, 25 * USEC_PER_SEC);
	ck_assert_int_eq(p.server.phase, LINK_AUTHENTICATE);
	p.server.env.now = p.now;
	link_gate_open(&p.server.link, &p.server.env);
	pair_apply(&p.server);
	pair_run(&p, 5 * USEC_PER_SEC);
	ck_assert(pair_agree(&p));
}
END_TEST

/* Without authentication the gate alone is waited for. */
START_TEST(gate_without_auth)
{
	pair_init(&p, 5);
	p.server.cfg.methods[0] = AUTH_NONE;
	pair_open(&p);
	p.server.link.gate = false;
	pair_run(&p, USEC_PER_SEC);
	ck_assert(p.server.link.admitted && !p.server.asked);
	ck_assert(!p.server.ipcp && p.server.requests[1] == 0);
	p.server.env.now = p.now;
	link_gate_open(&p.server.link, &p.server.env);
	pair_apply(&p.server);
	pair_run(&p, 5 * USEC_PER_SEC);
	ck_assert(pair_agree(&p));
}
END_TEST

/* A client that begins LCP anew while its success waits: as one that does when it is up. */
START_TEST(again_at_the_gate)
{
	pair_init(&p, 5);
	pair_open(&p);
	p.server.link.gate = false;
	pair_run(&p, 2 * USEC_PER_SEC);
	link_init(&p.client.link, &p.client.cfg);
	p.client.env.now = p.now;
	link_open(&p.client.link, &p.client.env);
	pair_apply(&p.client);
	pair_run(&p, USEC_PER_SEC);
	ck_assert(!p.server.link.admitted);
	ck_assert_int_eq(p.server.link.end, LINK_END_PROTOCOL);
	link_gate_open(&p.server.link, &p.server.env);
	pair_apply(&p.server);
	ck_assert_uint_eq(p.server.downs, 1);
}
END_TEST

START_TEST(ipv6)
{
	pair_init(&p, 6);
	p.server.cfg.ipv6 = p.client.cfg.ipv6 = true;
	pair_open(&p);
	pair_run(&p, USEC_PER_SEC);
	ck_assert(p.server.ipv6cp && p.client.ipv6cp);
	ck_assert_mem_eq(p.server.link.ipv6cp.local, p.client.link.ipv6cp.remote, 8);
	ck_assert_mem_eq(p.server.link.ipv6cp.remote, p.client.link.ipv6cp.local, 8);
	ck_assert_mem_ne(p.server.link.ipv6cp.remote, p.server.link.ipv6cp.local, 8);
}
END_TEST

/* RFC 5072 4.1: both happen to have the same, or the client has none. */
START_TEST(ipv6_collision)
{
	static const uint8_t same[8] = { 0, 0, 0, 0, 0, 0, 0, 1 };

	pair_init(&p, 6);
	p.server.cfg.ipv6 = p.client.cfg.ipv6 = true;
	pair_open(&p);
	memcpy(p.server.link.ipv6cp.local, same, 8);
	memcpy(p.client.link.ipv6cp.local, same, 8);
	pair_run(&p, USEC_PER_SEC);
	ck_assert(p.server.ipv6cp && p.client.ipv6cp);
	ck_assert_mem_eq(p.server.link.ipv6cp.local, same, 8);
	ck_assert_mem_ne(p.client.link.ipv6cp.local, same, 8);
	ck_assert_mem_eq(p.server.link.ipv6cp.remote, p.client.link.ipv6cp.local, 8);
}
END_TEST

/* Only the client wants IPv6: it is told once, and IPv4 goes on. */
START_TEST(ipv6_one_sided)
{
	pair_init(&p, 6);
	p.client.cfg.ipv6 = true;
	pair_open(&p);
	pair_run(&p, 20 * USEC_PER_SEC);
	ck_assert(pair_agree(&p));
	ck_assert_int_eq(p.client.phase, LINK_NETWORK);
	ck_assert_uint_eq(p.server.notes[NOTE_PROTOCOL_REJECTED], 1);
}
END_TEST

START_TEST(wrong_password)
{
	pair_init(&p, 8);
	only(&p.server.cfg, (enum auth_method)_i);
	p.password = "another";
	pair_open(&p);
	pair_run(&p, 10 * USEC_PER_SEC);
	ck_assert_uint_eq(p.server.downs, 1);
	ck_assert_uint_eq(p.client.downs, 1);
	ck_assert_int_eq(p.server.link.end, LINK_END_AUTH_FAILED);
	ck_assert_int_eq(p.client.link.end, LINK_END_AUTH_FAILED);
	ck_assert_uint_eq(p.server.asked, 1);
	ck_assert_uint_eq(p.server.ncp_up + p.client.ncp_up, 0);
	ck_assert_uint_eq(p.client.notes[NOTE_PEER_REASON] > 0, 1);
}
END_TEST

/* A server that accepts without knowing the password is found out (RFC 2759 5). */
START_TEST(impostor)
{
	struct auth_result yes = { .verdict = AUTH_ACCEPT, .proof_len = AUTH_PROOF_MAX };

	memset(yes.proof, '0', sizeof(yes.proof));
	memcpy(yes.proof, "S=", 2);
	pair_init(&p, 8);
	pair_open(&p);
	p.aaa_delay = 100 * USEC_PER_SEC;
	pair_run(&p, USEC_PER_SEC);
	ck_assert_uint_eq(p.server.asked, 1);
	p.aaa_at = USEC_NEVER;
	p.server.env.now = p.now;
	link_auth_result(&p.server.link, &yes, &p.server.env);
	pair_apply(&p.server);
	pair_run(&p, 10 * USEC_PER_SEC);
	ck_assert_int_eq(p.client.link.end, LINK_END_AUTH_UNPROVED);
	ck_assert_int_eq(p.server.link.end, LINK_END_PEER);
	ck_assert(!p.client.ipcp);
}
END_TEST

/* A client that may do PAP alone, by its own will. */
START_TEST(client_chooses)
{
	pair_init(&p, 8);
	only(&p.client.cfg, AUTH_PAP);
	pair_open(&p);
	pair_run(&p, USEC_PER_SEC);
	ck_assert(pair_agree(&p));
	ck_assert_uint_eq(p.server.request.method, AUTH_PAP);
}
END_TEST

START_TEST(no_common_method)
{
	pair_init(&p, 8);
	only(&p.server.cfg, AUTH_MSCHAPV2);
	only(&p.client.cfg, AUTH_PAP);
	pair_open(&p);
	pair_run(&p, 10 * USEC_PER_SEC);
	ck_assert_int_eq(p.server.link.end, LINK_END_AUTH_METHOD);
	ck_assert_uint_eq(p.server.downs, 1);
	ck_assert_uint_eq(p.server.asked, 0);
}
END_TEST

/* The data base takes long: nobody asks twice, nobody gives up. */
START_TEST(slow_data_base)
{
	pair_init(&p, 9);
	only(&p.server.cfg, (enum auth_method)_i);
	p.aaa_delay = 20 * USEC_PER_SEC;
	pair_open(&p);
	pair_run(&p, 30 * USEC_PER_SEC);
	ck_assert(pair_agree(&p));
	ck_assert_uint_eq(p.server.asked, 1);
}
END_TEST

START_TEST(nobody_there)
{
	pair_init(&p, 10);
	p.lose = dead_wire;
	p.server.cfg.auth_timeout = 0;
	pair_open(&p);
	pair_run(&p, 29 * USEC_PER_SEC);
	ck_assert_uint_eq(p.server.downs, 0);
	pair_run(&p, USEC_PER_SEC);
	ck_assert_uint_eq(p.server.downs, 1);
	ck_assert_int_eq(p.server.link.end, LINK_END_LCP_TIMEOUT);
	ck_assert_uint_eq(p.server.requests[0], 10);
	ck_assert_uint_eq(link_deadline(&p.server.link), USEC_NEVER);
}
END_TEST

static bool no_chap(struct pair *w, const struct pair_end *from, const uint8_t *data, size_t len)
{
	(void)len;
	return from == &w->client && data[0] == 0xc2;
}

/* It negotiates and never answers the Challenge. */
START_TEST(silent_user)
{
	pair_init(&p, 10);
	p.lose = no_chap;
	p.server.cfg.auth_timeout = _i ? 5 * USEC_PER_SEC : USEC_NEVER;
	pair_open(&p);
	pair_run(&p, (_i ? 4 : 28) * USEC_PER_SEC);
	ck_assert_int_eq(p.server.phase, LINK_AUTHENTICATE);
	pair_run(&p, 10 * USEC_PER_SEC);
	ck_assert_int_eq(p.server.link.end, LINK_END_AUTH_TIMEOUT);
	ck_assert_uint_eq(p.server.downs, 1);
}
END_TEST

static bool no_ipcp(struct pair *w, const struct pair_end *from, const uint8_t *data, size_t len)
{
	(void)w, (void)from, (void)len;
	return data[0] == 0x80;
}

START_TEST(no_network)
{
	pair_init(&p, 10);
	p.lose = no_ipcp;
	pair_open(&p);
	pair_run(&p, 100 * USEC_PER_SEC);
	ck_assert_int_eq(p.server.link.end, LINK_END_NCP_FAILED);
	ck_assert_uint_eq(p.server.downs, 1);
	ck_assert_uint_eq(p.client.downs, 1);
}
END_TEST

static void up(void)
{
	pair_open(&p);
	pair_run(&p, USEC_PER_SEC);
	ck_assert(pair_agree(&p));
}

/* Echoes are answered as long as there is somebody; then the link is given up. */
START_TEST(echo)
{
	pair_init(&p, 11);
	p.server.cfg.echo = 30 * USEC_PER_SEC;
	up();
	pair_run(&p, 600 * USEC_PER_SEC);
	ck_assert(pair_agree(&p));
	ck_assert_uint_eq(p.server.downs, 0);
	p.lose = dead_wire;
	pair_run(&p, 5 * 30 * USEC_PER_SEC + 10 * USEC_PER_SEC);
	ck_assert_int_eq(p.server.link.end, LINK_END_ECHO);
	ck_assert_uint_eq(p.server.downs, 1);
	ck_assert_uint_eq(p.server.ncp_down, 1);
}
END_TEST

/* No echo while the peer's data is seen. */
START_TEST(echo_adaptive)
{
	unsigned int before;

	pair_init(&p, 11);
	p.server.cfg.echo = 30 * USEC_PER_SEC;
	up();
	before = p.server.frames;
	for (int i = 0; i < 50; i++) {
		pair_run(&p, 20 * USEC_PER_SEC);
		link_heard(&p.server.link, p.now);
	}
	ck_assert_uint_eq(p.server.frames, before);
	link_heard(&p.server.link, p.now - 10 * USEC_PER_SEC); /* older news change nothing */
	ck_assert_uint_eq(link_deadline(&p.server.link), p.now + 30 * USEC_PER_SEC);
}
END_TEST

START_TEST(close_both_ways)
{
	struct pair_end *e;

	pair_init(&p, 12);
	up();
	e = _i ? &p.server : &p.client;
	e->env.now = p.now;
	link_close(&e->link, LINK_END_LOCAL, "enough", &e->env);
	link_close(&e->link, LINK_END_ECHO, "again", &e->env);
	pair_apply(e);
	ck_assert_int_eq(e->phase, LINK_TERMINATE);
	ck_assert(!e->ipcp);
	pair_run(&p, 10 * USEC_PER_SEC);
	ck_assert_int_eq(p.server.link.end, _i ? LINK_END_LOCAL : LINK_END_PEER);
	ck_assert_int_eq(p.client.link.end, _i ? LINK_END_PEER : LINK_END_LOCAL);
	ck_assert_uint_eq(p.server.downs, 1);
	ck_assert_uint_eq(p.client.downs, 1);
	ck_assert_uint_eq(p.server.ncp_down, 1);
	ck_assert_uint_eq(p.client.ncp_down, 1);
	ck_assert_uint_eq(p.server.notes[NOTE_PEER_REASON], !_i);
	ck_assert_int_eq(p.server.link.auth.state, AUTH_IDLE);
	ck_assert_uint_eq(p.server.link.auth.proof[0], 0); /* wiped */
	ck_assert_uint_eq(p.client.link.auth.proof[0], 0);
}
END_TEST

/* At any instant of a set-up: one EFFECT_LINK_DOWN, and nothing is left to be done. */
START_TEST(close_at_any_time)
{
	for (int ms = 0; ms < 200; ms += 5) {
		pair_init(&p, 13);
		pair_open(&p);
		pair_run(&p, (usec_t)ms * USEC_PER_MSEC);
		p.server.env.now = p.now;
		link_close(&p.server.link, LINK_END_LOCAL, NULL, &p.server.env);
		pair_apply(&p.server);
		p.aaa_at = USEC_NEVER;
		pair_run(&p, 10 * USEC_PER_SEC);
		ck_assert_uint_eq(p.server.downs, 1);
		ck_assert_int_eq(p.server.link.end, LINK_END_LOCAL);
		ck_assert_uint_eq(link_deadline(&p.server.link), USEC_NEVER);
	}
}
END_TEST

START_TEST(close_before_open)
{
	pair_init(&p, 13);
	link_init(&p.server.link, &p.server.cfg);
	link_close(&p.server.link, LINK_END_LOCAL, NULL, &p.server.env);
	link_open(&p.server.link, &p.server.env);
	pair_apply(&p.server);
	ck_assert_uint_eq(p.server.downs, 1);
	ck_assert_uint_eq(p.server.frames, 0);
}
END_TEST

START_TEST(lower_down)
{
	pair_init(&p, 14);
	up();
	link_lower_down(&p.server.link);
	ck_assert_uint_eq(p.server.fx.count, 0);
	ck_assert_uint_eq(link_deadline(&p.server.link), USEC_NEVER);
	link_input(&p.server.link, (const uint8_t *)"\xc0\x21\x09\x01\x00\x08\0\0\0\0", 10,
		   &p.server.env);
	link_expire(&p.server.link, &p.server.env);
	link_gate_open(&p.server.link, &p.server.env);
	link_close(&p.server.link, LINK_END_LOCAL, NULL, &p.server.env);
	ck_assert_uint_eq(p.server.fx.count, 0);
}
END_TEST

/* A late verdict on a link that has ended is nobody's. */
START_TEST(late_verdict)
{
	struct auth_result yes = { .verdict = AUTH_ACCEPT, .proof_len = AUTH_PROOF_MAX };

	pair_init(&p, 14);
	p.aaa_delay = 1000 * USEC_PER_SEC;
	pair_open(&p);
	pair_run(&p, USEC_PER_SEC);
	ck_assert_uint_eq(p.server.asked, 1);
	link_close(&p.server.link, LINK_END_LOCAL, NULL, &p.server.env);
	pair_apply(&p.server);
	link_auth_result(&p.server.link, &yes, &p.server.env);
	ck_assert_uint_eq(p.server.fx.count, 0);
}
END_TEST

/* A client that forgets everything and begins anew on the same call. */
START_TEST(again)
{
	pair_init(&p, 15);
	p.server.cfg.renegotiate = _i;
	up();
	pair_run(&p, 60 * USEC_PER_SEC);
	link_init(&p.client.link, &p.client.cfg);
	link_gate_open(&p.client.link, &p.client.env);
	p.client.ipcp = false;
	p.client.env.now = p.now;
	link_open(&p.client.link, &p.client.env);
	pair_apply(&p.client);
	pair_run(&p, 10 * USEC_PER_SEC);
	ck_assert_uint_eq(p.server.ncp_down, 1);
	if (_i) {
		ck_assert(pair_agree(&p));
		ck_assert_uint_eq(p.server.asked, 2);
	} else {
		ck_assert_int_eq(p.server.link.end, LINK_END_PROTOCOL);
		ck_assert_uint_eq(p.server.downs, 1);
	}
}
END_TEST

/* Everything that it says comes back. */
START_TEST(looped)
{
	struct pair_end *e = &p.server;

	pair_init(&p, 16);
	p.client.cfg = p.server.cfg;
	pair_open(&p);
	for (int i = 0; i < 400 && !e->downs; i++) {
		p.now += 10 * USEC_PER_MSEC;
		e->env.now = p.now;
		while (p.count && p.wire[0].to == e) { /* the other one's are not delivered */
			p.count--;
			memmove(&p.wire[0], &p.wire[1], p.count * sizeof(p.wire[0]));
		}
		if (p.count) {
			struct pair_frame f = p.wire[0];

			p.count--;
			memmove(&p.wire[0], &p.wire[1], p.count * sizeof(p.wire[0]));
			link_input(&e->link, f.data, f.len, &e->env);
			pair_apply(e);
		}
	}
	ck_assert_int_eq(e->link.end, LINK_END_LOOPBACK);
	ck_assert_uint_eq(e->downs, 1);
}
END_TEST

/* There are many thousands of them. */
START_TEST(size)
{
	ck_assert_uint_le(sizeof(struct link), 1024);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("link");
	TCase *t = tcase_create("pairs"), *e = tcase_create("ends");

	tcase_add_loop_test(t, methods, AUTH_NONE, AUTH_MSCHAPV2 + 1);
	tcase_add_loop_test(t, lossy, AUTH_NONE, AUTH_MSCHAPV2 + 1);
	tcase_add_test(t, unordered);
	tcase_add_loop_test(t, each_lost_once, AUTH_NONE, AUTH_MSCHAPV2 + 1);
	tcase_add_test(t, gate);
	tcase_add_test(t, slow_gate);
	tcase_add_test(t, gate_without_auth);
	tcase_add_test(t, again_at_the_gate);
	tcase_add_test(t, ipv6);
	tcase_add_test(t, ipv6_collision);
	tcase_add_test(t, ipv6_one_sided);
	tcase_add_test(t, client_chooses);
	tcase_add_loop_test(t, slow_data_base, AUTH_PAP, AUTH_MSCHAPV2 + 1);
	tcase_add_test(t, echo_adaptive);
	tcase_add_test(t, size);
	suite_add_tcase(s, t);

	tcase_add_loop_test(e, wrong_password, AUTH_PAP, AUTH_MSCHAPV2 + 1);
	tcase_add_test(e, impostor);
	tcase_add_test(e, no_common_method);
	tcase_add_test(e, nobody_there);
	tcase_add_loop_test(e, silent_user, 0, 2);
	tcase_add_test(e, no_network);
	tcase_add_test(e, echo);
	tcase_add_loop_test(e, close_both_ways, 0, 2);
	tcase_add_test(e, close_at_any_time);
	tcase_add_test(e, close_before_open);
	tcase_add_test(e, lower_down);
	tcase_add_test(e, late_verdict);
	tcase_add_loop_test(e, again, 0, 2);
	tcase_add_test(e, looped);
	suite_add_tcase(s, e);
	return s;
}

int main(void)
{
	SRunner *sr = srunner_create(suite());
	int failed;

	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
