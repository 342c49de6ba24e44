// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client profile, from the first SCCRQ to the last reconnection.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config/config.h"
#include "daemon/engine/engine_state.h"
#include "daemon/ppp/mschapv2.h"
#include "test/unit/dial_world.h"

static const char *state(void)
{
	return dial_world_report().state;
}

static void connect(void)
{
	ck_assert_int_eq(engine_connect(w.side[US].e, 0, w.now), 0);
}

static void connect_up(void)
{
	connect();
	dial_world_run(5 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
}

/* Nothing is left on our side, and all that was opened is closed. */
static void assert_clean(void)
{
	const struct engine_stats *s = engine_stats(w.side[US].e);

	ck_assert_str_eq(state(), "idle");
	ck_assert_uint_eq(s->tunnels, 0);
	ck_assert_uint_eq(s->sessions, 0);
	ck_assert(!w.side[US].open);
	ck_assert_uint_le(w.side[US].client_opens, w.side[US].client_closes + 0u);
}

START_TEST(comes_up)
{
	struct client_report r;
	uint32_t seq = 0;

	dial_world_start();
	connect();
	ck_assert_str_eq(state(), "opening");
	dial_world_run(2 * USEC_PER_SEC);
	r = dial_world_report();
	ck_assert_str_eq(r.state, "up");
	ck_assert_int_eq(r.result, 1);
	ck_assert_uint_eq(r.address, 0x0a000010 + (r.address - 0x0a000010));
	ck_assert_uint_eq(r.remote_address, 0x0a000001);
	ck_assert_uint_eq(r.dns[0], 0x0a000035);
	ck_assert_str_eq(r.interface, "ppp0");
	ck_assert_str_eq(r.reason, "");
	ck_assert_int_eq(w.news, ENGINE_CLIENT_UP);
	ck_assert_str_eq(engine_client_line(w.side[US].e, 0, &seq), "looking for gw.example.net");
	ck_assert(!w.password_seen);
	ck_assert_int_eq(engine_connect(w.side[US].e, 0, w.now), -EALREADY);
	dial_world_run(3600 * USEC_PER_SEC); /* and stays, by Hellos and echoes */
	ck_assert_str_eq(state(), "up");
	ck_assert_int_eq(engine_disconnect(w.side[US].e, 0, "disconnected", w.now), 0);
	dial_world_run(10 * USEC_PER_SEC);
	assert_clean();
	ck_assert_uint_eq(engine_stats(w.side[GATEWAY].e)->sessions, 0);
	ck_assert_int_eq(w.news, ENGINE_CLIENT_DOWN);
	ck_assert_int_eq(engine_disconnect(w.side[US].e, 0, "", w.now), -EALREADY);
	connect_up(); /* and again */
}
END_TEST

START_TEST(methods)
{
	static const uint8_t method[] = {AUTH_PAP, AUTH_CHAP_MD5, AUTH_MSCHAPV2};

	memset(w.side[US].cfg.clients[0].auth, 0, CONFIG_METHODS_MAX);
	w.side[US].cfg.clients[0].auth[0] = method[_i];
	dial_world_start();
	connect_up();
	ck_assert_int_eq(w.password_seen, method[_i] == AUTH_PAP);
}
END_TEST

static void assert_free_of(const void *mem, size_t len, const char *where)
{
	uint8_t hash[MSCHAPV2_HASH_LEN];

	ck_assert_int_eq(
		mschapv2_nt_hash((const uint8_t *)DIAL_PASSWORD, strlen(DIAL_PASSWORD), hash), 0);
	ck_assert_msg(!memmem(mem, len, DIAL_PASSWORD, strlen(DIAL_PASSWORD)),
		      "the password is in %s", where);
	ck_assert_msg(!memmem(mem, len, hash, sizeof(hash)), "the password's hash is in %s", where);
}

/* When it has been used, the profile alone has it, whatever it was sent by. */
static void assert_wiped(void)
{
	const struct engine *e = w.side[US].e;

	assert_free_of(e, sizeof(*e), "the engine");
	if (e->dials[0].peer)
		assert_free_of(e->dials[0].peer, sizeof(struct peer), "the tunnel");
	if (e->dials[0].call)
		assert_free_of(e->dials[0].call, sizeof(struct call), "the session");
}

START_TEST(password_is_wiped)
{
	static const uint8_t method[] = {AUTH_PAP, AUTH_CHAP_MD5, AUTH_MSCHAPV2};
	struct config_client *profile = &w.side[US].cfg.clients[0];

	memset(profile->auth, 0, CONFIG_METHODS_MAX);
	profile->auth[0] = method[_i];
	dial_world_start();
	connect();
	for (int i = 0; i < 1000 && strcmp(state(), "up") != 0; i++) {
		dial_world_one(w.now + USEC_PER_SEC);
		assert_wiped();
	}
	engine_disconnect(w.side[US].e, 0, "disconnected", w.now);
	dial_world_run(60 * USEC_PER_SEC);
	assert_wiped();
	config_wipe(&w.side[US].cfg);
	assert_free_of(&w.side[US].cfg, sizeof(w.side[US].cfg), "the configuration");
}
END_TEST

START_TEST(over_a_bad_wire)
{
	seed_init(&w.seed, (uint64_t)_i + 1);
	w.loss = 200;
	w.side[US].cfg.clients[0].timeout_s = 600;
	dial_world_start();
	for (int i = 0; i < 20 && strcmp(state(), "up") != 0; i++) {
		connect();
		dial_world_run(60 * USEC_PER_SEC);
	}
	ck_assert_str_eq(state(), "up");
	ck_assert_int_eq(engine_disconnect(w.side[US].e, 0, "disconnected", w.now), 0);
	dial_world_run(120 * USEC_PER_SEC);
	assert_clean();
}
END_TEST

static void assert_failed(const char *why)
{
	struct client_report r = dial_world_report();

	ck_assert_int_eq(r.result, -1);
	ck_assert_int_eq(w.news, ENGINE_CLIENT_FAILED);
	ck_assert_msg(strstr(w.text, why) != NULL, "'%s' is not in '%s'", why, w.text);
	assert_clean();
}

START_TEST(wrong_password)
{
	w.side[US].cfg.clients[0].secret[0] ^= 1;
	dial_world_start();
	connect();
	dial_world_run(60 * USEC_PER_SEC);
	assert_failed("refuses user alice");
	ck_assert_uint_eq(w.side[US].session_adds, 0);
	ck_assert_uint_eq(w.side[US].tunnel_adds, 0);
}
END_TEST

START_TEST(impostor)
{
	w.impostor = true;
	dial_world_start();
	connect();
	dial_world_run(60 * USEC_PER_SEC);
	assert_failed("does not know the password");
	ck_assert_uint_eq(w.side[US].session_adds, 0);
}
END_TEST

/* Either end may lack the tunnel's secret, or have another one. */
START_TEST(tunnel_secret)
{
	struct config_client *us = &w.side[US].cfg.clients[0];
	struct config_server *gateway = &w.side[GATEWAY].cfg.servers[0];

	gateway->challenge = true;
	gateway->secret_len = us->tunnel_secret_len = 4;
	memcpy(gateway->secret, "open", 4);
	memcpy(us->tunnel_secret, _i == 0 ? "open" : "shut", 4);
	if (_i == 2)
		gateway->secret_len = gateway->challenge = 0;
	if (_i == 3)
		us->tunnel_secret_len = 0;
	dial_world_start();
	connect();
	dial_world_run(60 * USEC_PER_SEC);
	if (_i == 0)
		ck_assert_str_eq(state(), "up");
	else
		assert_failed("");
}
END_TEST

START_TEST(no_common_method)
{
	memset(w.side[US].cfg.clients[0].auth, 0, CONFIG_METHODS_MAX);
	w.side[US].cfg.clients[0].auth[0] = AUTH_MSCHAPV2;
	memset(w.side[GATEWAY].cfg.servers[0].auth, 0, CONFIG_METHODS_MAX);
	w.side[GATEWAY].cfg.servers[0].auth[0] = AUTH_PAP;
	dial_world_start();
	connect();
	dial_world_run(120 * USEC_PER_SEC);
	assert_failed("");
	ck_assert(!w.password_seen);
}
END_TEST

START_TEST(no_answer)
{
	w.loss = 1000;
	dial_world_start();
	connect();
	dial_world_run(70 * USEC_PER_SEC);
	assert_failed("no answer from 192.0.2.1:1701");
}
END_TEST

START_TEST(no_host)
{
	w.open_error = -ENOENT;
	dial_world_start();
	connect();
	dial_world_run(USEC_PER_SEC);
	ck_assert_int_eq(dial_world_report().result, -1);
	ck_assert_str_eq(w.text, "there is no such host");
	ck_assert_str_eq(state(), "idle");
}
END_TEST

START_TEST(stopped_by_gateway)
{
	w.side[GATEWAY].cfg.servers[0].max_tunnels = 0;
	dial_world_start();
	connect();
	dial_world_run(70 * USEC_PER_SEC);
	assert_failed("the gateway ended the tunnel: result 2, error 4, too many tunnels");
}
END_TEST

START_TEST(call_refused)
{
	w.side[GATEWAY].cfg.servers[0].max_sessions = 0;
	dial_world_start();
	connect();
	dial_world_run(70 * USEC_PER_SEC);
	assert_failed("the gateway ended the call: result 4, error 0, max-sessions");
}
END_TEST

START_TEST(kernel_fails)
{
	w.session_error = -ENODEV;
	dial_world_start();
	connect();
	dial_world_run(70 * USEC_PER_SEC);
	assert_failed("the kernel could not make the interface");
}
END_TEST

/* The gateway falls silent: noticed, and tried again, each time later, until it answers. */
START_TEST(reconnects)
{
	uint32_t opens;

	dial_world_start();
	connect_up();
	dial_world_run(120 * USEC_PER_SEC);
	w.loss = 1000;
	for (int i = 0; i < 100 && !strcmp(state(), "up"); i++)
		dial_world_run(10 * USEC_PER_SEC);
	dial_world_run(60 * USEC_PER_SEC);
	ck_assert_int_ne(w.news, ENGINE_CLIENT_UP);
	opens = w.side[US].client_opens;
	dial_world_run(1000 * USEC_PER_SEC); /* 31 s each, then a minute or so */
	ck_assert_uint_ge(w.side[US].client_opens, opens + 8);
	ck_assert_uint_le(w.side[US].client_opens, opens + 14);
	w.loss = 0;
	dial_world_run(120 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
	ck_assert_uint_eq(dial_world_report().failures, 0);
}
END_TEST

START_TEST(no_reconnect)
{
	w.side[US].cfg.clients[0].reconnect = false;
	dial_world_start();
	connect_up();
	engine_stop(w.side[GATEWAY].e, w.now);
	dial_world_run(60 * USEC_PER_SEC);
	assert_clean();
	ck_assert_int_eq(w.news, ENGINE_CLIENT_DOWN);
	ck_assert_msg(strstr(w.text, "ended the tunnel: result 6") != NULL, "%s", w.text);
}
END_TEST

START_TEST(kicked)
{
	struct call *c;

	dial_world_start();
	connect_up();
	c = engine_next_call(w.side[GATEWAY].e, 1);
	ck_assert_ptr_nonnull(c);
	engine_kick(w.side[GATEWAY].e, c, "go away", w.now);
	dial_world_run(USEC_PER_SEC);
	ck_assert_int_eq(w.news, ENGINE_CLIENT_DOWN);
	ck_assert_msg(strstr(w.text, "go away; again in") != NULL, "%s", w.text);
	dial_world_run(60 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
}
END_TEST

START_TEST(autostart)
{
	w.side[US].cfg.clients[0].autostart = true;
	w.side[US].cfg.clients[0].secret[0] ^= 1;
	dial_world_start();
	dial_world_run(30 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "waiting");
	ck_assert_uint_eq(w.side[US].client_opens, 1); /* who was refused does not insist */
	w.side[US].cfg.clients[0].secret[0] ^= 1;
	dial_world_run(60 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
}
END_TEST

/* What a gateway cannot have from us: a call. */
START_TEST(calls_are_refused)
{
	struct session s;
	struct peer *p;

	dial_world_start();
	connect_up();
	p = engine_next_peer(w.side[GATEWAY].e, 1);
	session_init(&s, L2TP_LAC, 4711);
	engine_begin(w.side[GATEWAY].e, w.now);
	session_open(&s, &p->tunnel, &w.side[GATEWAY].e->env);
	engine_apply(w.side[GATEWAY].e, p, NULL);
	dial_world_run(5 * USEC_PER_SEC);
	ck_assert_uint_eq(engine_stats(w.side[US].e)->sessions, 1);
	ck_assert_uint_eq(engine_stats(w.side[GATEWAY].e)->drops[ENGINE_DROP_UNKNOWN_SESSION], 1);
	ck_assert_str_eq(state(), "up");
}
END_TEST

/* The right bytes from the right address, but on a listener: not through the profile's socket. */
START_TEST(other_sockets_are_deaf)
{
	static const uint8_t sccrq[] = {0xc8, 2, 0,    20, 0, 0, 0, 0, 0, 0,
					0,    0, 0x80, 8,  0, 0, 0, 0, 0, 1};
	struct datagram d = {.data = sccrq, .len = sizeof(sccrq)};
	uint8_t hello[] = {0xc8, 2, 0, 20, 0, 0, 0, 0, 0, 2, 0, 3, 0x80, 8, 0, 0, 0, 0, 0, 4};
	const uint64_t *drops;
	uint16_t id;

	dial_world_start();
	connect_up();
	drops = engine_stats(w.side[US].e)->drops;
	id = dial_world_report().tunnel;
	d.peer = w.side[GATEWAY].at;
	d.local = w.side[US].at;
	d.listener = DIAL_LISTENER(0);
	engine_datagram(w.side[US].e, &d, w.now);
	ck_assert_uint_eq(drops[ENGINE_DROP_UNKNOWN_TUNNEL], 1);
	hello[4] = (uint8_t)(id >> 8);
	hello[5] = (uint8_t)id;
	d.data = hello;
	d.listener = 0;
	engine_datagram(w.side[US].e, &d, w.now);
	ck_assert_uint_eq(drops[ENGINE_DROP_WRONG_PEER], 1);
}
END_TEST

/* --- with IPsec ------------------------------------------------------------------------------ */

static void from_charon(const void *m)
{
	engine_ike(w.side[US].e, m, w.now);
}

static struct ike_child child_sa(uint32_t unique)
{
	struct ike_child m = {
		.head = {IKE_CHILD, IKE_VERSION, 0},
		.unique = unique,
		.ike = 1,
		.flags = IKE_CHILD_INITIATOR,
		.spi_in = unique,
		.spi_out = unique,
		.ike_version = 2,
		.local = w.side[US].at,
		.remote = w.side[GATEWAY].at,
		.connection = "corp",
		.child = "l2tp",
	};

	m.local.port = m.remote.port = 500;
	return m;
}

static void child_down(uint32_t unique)
{
	struct ike_child_down m = {.head = {IKE_CHILD_DOWN, IKE_VERSION, 0}, .unique = unique};

	from_charon(&m);
}

static void start_ipsec(void)
{
	struct ike_hello hello = {.head = {IKE_HELLO, IKE_VERSION, 0}};

	w.side[US].cfg.clients[0].ipsec = CONFIG_IPSEC_REQUIRE;
	dial_world_start();
	engine_ike_up(w.side[US].e, &hello, w.now);
}

START_TEST(without_charon)
{
	w.side[US].cfg.clients[0].ipsec = CONFIG_IPSEC_REQUIRE;
	dial_world_start();
	connect();
	dial_world_run(USEC_PER_SEC);
	assert_failed("its plugin l2tp is not connected");
	ck_assert_uint_eq(w.from_us, 0);
}
END_TEST

/* At the start of the machine charon may be later than we. */
START_TEST(charon_is_late)
{
	struct ike_hello hello = {.head = {IKE_HELLO, IKE_VERSION, 0}};
	struct ike_snapshot_end end = {.head = {IKE_SNAPSHOT_END, IKE_VERSION, 0}};

	w.side[US].cfg.clients[0].ipsec = CONFIG_IPSEC_REQUIRE;
	w.side[US].cfg.clients[0].autostart = true;
	w.side[US].cfg.clients[0].retry_s = 60;
	dial_world_start();
	dial_world_run(USEC_PER_SEC);
	ck_assert_str_eq(state(), "waiting");
	engine_ike_up(w.side[US].e, &hello, w.now);
	from_charon(&end);
	dial_world_run(USEC_PER_SEC);
	ck_assert_str_eq(state(), "ike");
	ck_assert_uint_eq(w.initiated, 1);
}
END_TEST

START_TEST(no_sa)
{
	struct ike_result m = {
		.head = {IKE_INITIATED, IKE_VERSION, 0}, .error = -1, .text = "no proposal chosen"};

	start_ipsec();
	connect();
	dial_world_run(USEC_PER_SEC);
	ck_assert_uint_eq(w.initiated, 1);
	m.head.id = w.initiate_id;
	from_charon(&m);
	dial_world_run(USEC_PER_SEC);
	assert_failed("no proposal chosen");
	ck_assert_uint_eq(w.from_us, 0); /* not a word in clear */
}
END_TEST

/* culvert connect: charon first; and culvert disconnect takes the SA down. */
START_TEST(sa_by_us)
{
	struct ike_child sa = child_sa(7);

	start_ipsec();
	connect();
	dial_world_run(USEC_PER_SEC);
	from_charon(&sa);
	dial_world_run(2 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
	sa = child_sa(8); /* rekeyed */
	sa.replaces = 7;
	from_charon(&sa);
	child_down(7);
	dial_world_run(2 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
	engine_disconnect(w.side[US].e, 0, "disconnected", w.now);
	dial_world_run(10 * USEC_PER_SEC);
	assert_clean();
	ck_assert_uint_eq(w.terminated, 8);
	child_down(8);
	dial_world_run(60 * USEC_PER_SEC);
	assert_clean();
	ck_assert_uint_eq(w.initiated, 1);
}
END_TEST

/* ipsec up waits for us; with the SA gone not a word is said. */
START_TEST(sa_by_charon)
{
	struct ike_child sa = child_sa(7);
	struct ike_connect ask = {.head = {IKE_CONNECT, IKE_VERSION, 77}, .unique = 7};
	unsigned int said;

	start_ipsec();
	from_charon(&sa);
	from_charon(&ask);
	dial_world_run(2 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
	ck_assert_uint_ge(w.told, 3);
	ck_assert_uint_eq(w.result.head.id, 77);
	ck_assert_int_eq(w.result.error, 0);
	ask.head.id = 78; /* again, on what is up */
	from_charon(&ask);
	ck_assert_uint_eq(w.result.head.id, 78);
	ck_assert_int_eq(w.result.error, 0);
	said = w.from_us;
	child_down(7);
	dial_world_run(600 * USEC_PER_SEC);
	ck_assert_uint_eq(w.from_us, said);
	assert_clean();
	ck_assert_int_eq(w.news, ENGINE_CLIENT_DOWN);
	ck_assert_uint_eq(w.initiated, 0); /* who took it down meant it */
	ck_assert_uint_eq(w.terminated, 0);
}
END_TEST

/* The gateway ends it: nothing holds the SA for the repeats of its StopCCN. */
START_TEST(gateway_hangs_up)
{
	struct ike_child sa = child_sa(7);

	start_ipsec();
	from_charon(&sa);
	dial_world_run(2 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
	engine_stop(w.side[GATEWAY].e, w.now);
	dial_world_run(5 * USEC_PER_SEC);
	ck_assert_int_eq(w.news, ENGINE_CLIENT_DOWN);
	ck_assert_uint_eq(w.terminated, 7);
	ck_assert_uint_eq(engine_stats(w.side[US].e)->tunnels, 0);
}
END_TEST

/* The SA is told before anybody waits for it, and then culvertd is quick. */
START_TEST(told_what_it_missed)
{
	struct ike_child sa = child_sa(7);
	struct ike_connect ask = {.head = {IKE_CONNECT, IKE_VERSION, 77}, .unique = 7};
	unsigned int missed;

	start_ipsec();
	from_charon(&sa);
	dial_world_run(2 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
	ck_assert_uint_eq(w.told, 0);
	from_charon(&ask);
	missed = w.told;
	ck_assert_uint_ge(missed, 4);
	ck_assert_uint_eq(w.result.head.id, 77);
	ck_assert_int_eq(w.result.error, 0);
	engine_disconnect(w.side[US].e, 0, "disconnected", w.now);
	dial_world_run(600 * USEC_PER_SEC);
	ck_assert_uint_eq(w.told, missed);
	sa = child_sa(8);
	ask.unique = 8;
	from_charon(&sa);
	from_charon(&ask);
	ck_assert_uint_gt(w.told, missed);
	ck_assert_uint_lt(w.told, missed + 3); /* nothing of the attempt before */
}
END_TEST

START_TEST(charon_is_told_why)
{
	struct ike_child sa = child_sa(7);
	struct ike_connect ask = {.head = {IKE_CONNECT, IKE_VERSION, 77}, .unique = 7};

	w.side[US].cfg.clients[0].secret[0] ^= 1;
	start_ipsec();
	from_charon(&sa);
	from_charon(&ask);
	dial_world_run(60 * USEC_PER_SEC);
	ck_assert_uint_eq(w.result.head.id, 77);
	ck_assert_int_ne(w.result.error, 0);
	ck_assert_ptr_nonnull(strstr(w.result.text, "refuses user alice"));
	ck_assert_uint_eq(w.terminated, 7);
	ask.unique = 9;
	ask.head.id = 79;
	from_charon(&ask);
	ck_assert_uint_eq(w.result.head.id, 79);
	ck_assert_str_eq(w.result.text, "the SA has gone");
	sa = child_sa(9);
	strcpy(sa.connection, "other");
	from_charon(&sa);
	from_charon(&ask);
	ck_assert_str_eq(w.result.text, "no client block of culvert.conf has ike = other");
}
END_TEST

START_TEST(nobody_waits_any_more)
{
	struct ike_child sa = child_sa(7);
	struct ike_connect ask = {.head = {IKE_CONNECT, IKE_VERSION, 77}, .unique = 7};
	struct ike_cancel cancel = {.head = {IKE_CANCEL, IKE_VERSION, 77}};

	start_ipsec();
	from_charon(&sa);
	from_charon(&ask);
	from_charon(&cancel);
	dial_world_run(2 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
	ck_assert_uint_eq(w.result.head.id, 0);
}
END_TEST

/* RFC 3193 4.1: with the route's MTU, ESP's part and a UDP header before it known. */
START_TEST(narrow_path)
{
	struct ike_child sa = child_sa(7);
	const struct dial *d;

	sa.flags |= IKE_CHILD_ENCAP;
	sa.iv = sa.block = sa.icv = 16;
	w.path_mtu = 1400;
	start_ipsec();
	d = &w.side[US].e->dials[0];
	from_charon(&sa);
	dial_world_run(2 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
	ck_assert_uint_eq(d->mru_most, 1308);
	w.path_mtu = 65535; /* a loopback's */
	child_down(7);
	dial_world_run(2 * USEC_PER_SEC);
	sa.unique = 8;
	from_charon(&sa);
	dial_world_run(2 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
	ck_assert_uint_eq(d->mru_most, 1404);
}
END_TEST

/* Without ESP: IP, UDP, L2TP and PPP. */
START_TEST(narrow_plain_path)
{
	w.path_mtu = 1420;
	dial_world_start();
	engine_connect(w.side[US].e, 0, w.now);
	dial_world_run(2 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
	ck_assert_uint_eq(w.side[US].e->dials[0].mru_most, 1420 - 20 - 8 - 6 - 4);
}
END_TEST

/* The machine is in another network now: the tunnel of before is of no use. */
START_TEST(sa_moves)
{
	struct ike_child sa = child_sa(7);

	start_ipsec();
	from_charon(&sa);
	dial_world_run(2 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
	w.side[US].at.addr[3] = 3;
	sa.local.addr[3] = 3;
	from_charon(&sa);
	dial_world_run(2 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
	ck_assert_uint_eq(w.side[US].client_opens, 2);
	ck_assert_uint_eq(w.terminated, 0);
}
END_TEST

/* A charon that has started anew tells of nothing. */
START_TEST(charon_restarts)
{
	struct ike_child sa = child_sa(7);
	struct ike_hello hello = {.head = {IKE_HELLO, IKE_VERSION, 0}};
	struct ike_snapshot_end end = {.head = {IKE_SNAPSHOT_END, IKE_VERSION, 0}};

	start_ipsec();
	from_charon(&sa);
	dial_world_run(2 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
	engine_ike_lost(w.side[US].e, w.now);
	dial_world_run(2 * USEC_PER_SEC);
	ck_assert_str_eq(state(), "up");
	engine_ike_up(w.side[US].e, &hello, w.now);
	from_charon(&end);
	dial_world_run(10 * USEC_PER_SEC);
	assert_clean();
}
END_TEST

/* Whenever somebody changes his mind, nothing is left behind. */
START_TEST(disconnected_at_any_time)
{
	for (unsigned int after = 0; after < 90; after++) {
		dial_world_start();
		connect();
		for (unsigned int i = 0; i < after; i++)
			dial_world_one(w.now + USEC_PER_SEC);
		engine_disconnect(w.side[US].e, 0, "disconnected", w.now);
		dial_world_run(60 * USEC_PER_SEC);
		assert_clean();
		ck_assert_uint_eq(engine_stats(w.side[GATEWAY].e)->sessions, 0);
		dial_world_finish();
		w.side[US].client_opens = w.side[US].client_closes = 0;
	}
	dial_world_start(); /* for the teardown */
}
END_TEST

/* And who changes it twice is connected. */
START_TEST(connected_again_at_any_time)
{
	for (unsigned int after = 0; after < 90; after++) {
		dial_world_start();
		connect();
		for (unsigned int i = 0; i < after; i++)
			dial_world_one(w.now + USEC_PER_SEC);
		engine_disconnect(w.side[US].e, 0, "disconnected", w.now);
		for (unsigned int i = 0; i < after % 7; i++)
			dial_world_one(w.now + USEC_PER_SEC);
		engine_connect(w.side[US].e, 0, w.now);
		dial_world_run(30 * USEC_PER_SEC);
		ck_assert_str_eq(state(), "up");
		dial_world_finish();
		w.side[US].open = false;
	}
	dial_world_start();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dial");
	TCase *t = tcase_create("dial");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, dial_world_init, dial_world_fini);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, comes_up);
	tcase_add_loop_test(t, methods, 0, 3);
	tcase_add_loop_test(t, password_is_wiped, 0, 3);
	tcase_add_loop_test(t, over_a_bad_wire, 0, 12);
	tcase_add_test(t, wrong_password);
	tcase_add_test(t, impostor);
	tcase_add_loop_test(t, tunnel_secret, 0, 4);
	tcase_add_test(t, no_common_method);
	tcase_add_test(t, no_answer);
	tcase_add_test(t, no_host);
	tcase_add_test(t, stopped_by_gateway);
	tcase_add_test(t, call_refused);
	tcase_add_test(t, kernel_fails);
	tcase_add_test(t, reconnects);
	tcase_add_test(t, no_reconnect);
	tcase_add_test(t, kicked);
	tcase_add_test(t, autostart);
	tcase_add_test(t, calls_are_refused);
	tcase_add_test(t, other_sockets_are_deaf);
	tcase_add_test(t, without_charon);
	tcase_add_test(t, charon_is_late);
	tcase_add_test(t, no_sa);
	tcase_add_test(t, sa_by_us);
	tcase_add_test(t, sa_by_charon);
	tcase_add_test(t, gateway_hangs_up);
	tcase_add_test(t, told_what_it_missed);
	tcase_add_test(t, charon_is_told_why);
	tcase_add_test(t, nobody_waits_any_more);
	tcase_add_test(t, sa_moves);
	tcase_add_test(t, narrow_path);
	tcase_add_test(t, narrow_plain_path);
	tcase_add_test(t, charon_restarts);
	tcase_add_test(t, disconnected_at_any_time);
	tcase_add_test(t, connected_again_at_any_time);
	suite_add_tcase(suite, t);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
