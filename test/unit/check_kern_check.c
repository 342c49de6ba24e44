// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The gate of the kernel role: one request that is permitted, and each way to spoil it.
 */
#include "netlink/check.h"

#include <errno.h>
#include <string.h>

#include "compiler.h"
#include "test/unit/suite.h"

static struct config cfg;
static struct kern_tunnel_add tunnel;
static struct kern_session_add session;
static struct kern_sa_add sa;
static struct kern_sa_set sa_set;
static struct kern_tunnel_set retie;
static struct check_tunnel tunnel_now;
static struct check_sa sa_now;
static struct check_retie retie_now;
static struct check_session session_now;

static const struct endpoint any4 = {.family = ENDPOINT_IPV4, .port = 1701};
static const struct endpoint lns = {ENDPOINT_IPV4, 0, 1701, 0, {192, 0, 2, 1}};
static const struct endpoint client = {ENDPOINT_IPV4, 0, 1701, 0, {198, 51, 100, 7}};
static const struct endpoint client6 = {ENDPOINT_IPV6, 0, 1701, 0, {0x20, 1, 0xd, 0xb8, [15] = 7}};

static void setup(void)
{
	memset(&cfg, 0, sizeof(cfg));
	cfg.n_listeners = 1;
	cfg.listeners[0].address = lns;
	cfg.listeners[0].ipsec = CONFIG_IPSEC_OFF;
	cfg.n_servers = 1;
	cfg.servers[0].max_tunnels = 10;
	cfg.servers[0].max_sessions = 20;
	cfg.servers[0].max_sessions_per_tunnel = 5;
	cfg.n_pools = 2;
	cfg.pools[0] = (struct config_pool){"one", 0x0a640002, 0x0a6400fe};
	cfg.pools[1] = (struct config_pool){"two", 0x0a650002, 0x0a6500fe};
	cfg.n_groups = 1;
	cfg.groups[0] = (struct config_group){
		.pool = 0,
		.mtu = 1400,
		.local_address = 0x0a630001,
		.ipv6 = true,
		.interface = "ppp",
	};
	tunnel = (struct kern_tunnel_add){
		.wire = {KERN_TUNNEL_ADD, WIRE_VERSION, 1},
		.tunnel = 1,
		.peer_tunnel = 2,
		.local = lns,
		.peer = client,
	};
	tunnel_now = (struct check_tunnel){.tunnels = 9};
	session = (struct kern_session_add){
		.wire = {KERN_SESSION_ADD, WIRE_VERSION, 1},
		.tunnel = 1,
		.session = 3,
		.peer_session = 4,
		.ipv4 = true,
		.ipv6 = true,
		.mtu = 1400,
		.local4 = 0x0a630001,
		.remote4 = 0x0a640002,
		.local_iid = 1,
	};
	session_now = (struct check_session){
		.tunnel_exists = true,
		.sessions = 19,
		.in_tunnel = 4,
		.peer = client,
	};
}

static void tunnel_is(int error)
{
	struct check c = check_tunnel_add(&cfg, &tunnel, &tunnel_now);

	ck_assert_int_eq(c.error, error);
	ck_assert((c.why != NULL) == (error != 0));
}

static void session_is(int error)
{
	struct check c = check_session_add(&cfg, &session, &session_now);

	ck_assert_int_eq(c.error, error);
	ck_assert((c.why != NULL) == (error != 0));
}

/* Do something to the good request, look, and put it right again. */
#define SPOILT(change, check, error)                                                               \
	do {                                                                                       \
		setup();                                                                           \
		change;                                                                            \
		check(error);                                                                      \
	} while (0)

/* With IPsec, an SA of mark 7 and a tunnel in it. */
static void setup_ipsec(void)
{
	setup();
	cfg.listeners[0].ipsec = CONFIG_IPSEC_REQUIRE;
	tunnel.mark = 7;
	tunnel_now.sa_exists = true;
	sa = (struct kern_sa_add){
		.wire = {KERN_SA_ADD, WIRE_VERSION, 1},
		.mark = 7,
		.mask = UINT32_MAX,
		.local = lns,
		.peer = client,
	};
	sa_now = (struct check_sa){.sas = CHECK_SAS_MAX(10) - 1};
	sa_set = (struct kern_sa_set){
		.wire = {KERN_SA_SET, WIRE_VERSION, 1},
		.mark = 7,
		.peer = client,
	};
	retie = (struct kern_tunnel_set){
		.wire = {KERN_TUNNEL_SET, WIRE_VERSION, 1},
		.tunnel = 1,
		.mark = 8,
		.peer = client,
	};
	retie_now = (struct check_retie){.tunnel = &tunnel, .sa_exists = true};
}

static void sa_is(int error)
{
	ck_assert_int_eq(check_sa_add(&cfg, &sa, &sa_now).error, error);
}

static void sa_set_is(int error)
{
	ck_assert_int_eq(check_sa_set(&sa_set, &client).error, error);
}

static void retie_is(int error)
{
	ck_assert_int_eq(check_tunnel_set(&retie, &retie_now).error, error);
}

#define SPOILT_IPSEC(change, check, error)                                                         \
	do {                                                                                       \
		setup_ipsec();                                                                     \
		change;                                                                            \
		check(error);                                                                      \
	} while (0)

START_TEST(marks)
{
	SPOILT(tunnel.mark = 7, tunnel_is, -EPERM); /* no IPsec, no mark */
	SPOILT_IPSEC(, tunnel_is, 0);
	SPOILT_IPSEC(tunnel.mark = 0, tunnel_is, -ENOENT);
	SPOILT_IPSEC(tunnel_now.sa_exists = false, tunnel_is, -ENOENT);
	SPOILT_IPSEC(tunnel_now.sa_listener = 1, tunnel_is, -EPERM);
}
END_TEST

START_TEST(sas)
{
	SPOILT_IPSEC(, sa_is, 0);
	SPOILT_IPSEC(sa.mark = 0, sa_is, -EINVAL);
	SPOILT_IPSEC(sa.mark = KERN_MARK_DEAD, sa_is, -EINVAL);
	SPOILT_IPSEC(sa.mask = 0xff, sa_is, 0);
	SPOILT_IPSEC((sa.mask = 0xff, sa.mark = 0xfe), sa_is, -EINVAL); /* the dead one, there */
	SPOILT_IPSEC((sa.mask = 0xff00, sa.mark = 0xff00), sa_is, -EINVAL);
	SPOILT_IPSEC((sa.mask = 0xff00, sa.mark = 0x100), sa_is, 0);
	SPOILT_IPSEC(sa.mask = 0, sa_is, -EINVAL);
	SPOILT_IPSEC((sa.mask = 0xff00, sa.mark = 0x101), sa_is, -EINVAL);
	SPOILT_IPSEC(sa.listener = 1, sa_is, -EINVAL);
	SPOILT_IPSEC(sa.local.port = 1702, sa_is, -EPERM);
	SPOILT_IPSEC(sa.peer.port = 0, sa_is, -EINVAL);
	SPOILT_IPSEC(sa.peer = client6, sa_is, -EINVAL);
	SPOILT_IPSEC(sa.peer.addr[0] = 239, sa_is, -EINVAL);
	SPOILT_IPSEC(cfg.listeners[0].ipsec = CONFIG_IPSEC_OFF, sa_is, -EPERM);
	SPOILT_IPSEC(sa_now.exists = true, sa_is, -EEXIST);
	SPOILT_IPSEC(sa_now.sas++, sa_is, -ENOSPC);

	SPOILT_IPSEC(, sa_set_is, 0);
	SPOILT_IPSEC(sa_set.peer = client6, sa_set_is, -EINVAL);
	SPOILT_IPSEC(sa_set.peer.port = 0, sa_set_is, -EINVAL);
	ck_assert_int_eq(check_sa_set(&sa_set, NULL).error, -ENOENT);
}
END_TEST

START_TEST(reties)
{
	SPOILT_IPSEC(, retie_is, 0);
	SPOILT_IPSEC(retie_now.tunnel = NULL, retie_is, -ENOENT);
	SPOILT_IPSEC(tunnel.mark = 0, retie_is, -EPERM);
	SPOILT_IPSEC(retie_now.sa_exists = false, retie_is, -ENOENT);
	SPOILT_IPSEC(retie_now.sa_listener = 1, retie_is, -EPERM);
	SPOILT_IPSEC(retie.peer = client6, retie_is, -EINVAL);
	SPOILT_IPSEC(retie.peer.port = 0, retie_is, -EINVAL);
	/* Dead at once, whatever else is true. */
	setup_ipsec();
	retie.mark = KERN_MARK_DEAD;
	retie.peer = (struct endpoint){0};
	retie_now.sa_exists = false;
	retie_is(0);
}
END_TEST

START_TEST(tunnels)
{
	setup();
	tunnel_is(0);
	SPOILT(tunnel.tunnel = 0, tunnel_is, -EINVAL);
	SPOILT(tunnel.peer_tunnel = 0, tunnel_is, -EINVAL);
	SPOILT(tunnel.listener = 1, tunnel_is, -EINVAL);
	SPOILT(tunnel.local.port = 1702, tunnel_is, -EPERM);
	SPOILT(tunnel.local.addr[3] = 2, tunnel_is, -EPERM);
	SPOILT(tunnel.local.family = ENDPOINT_NONE, tunnel_is, -EINVAL);
	SPOILT(tunnel.peer = client6, tunnel_is, -EINVAL);
	SPOILT(tunnel.peer.port = 0, tunnel_is, -EINVAL);
	SPOILT(tunnel.peer.addr[0] = 239, tunnel_is, -EINVAL);
	SPOILT(tunnel.peer = any4, tunnel_is, -EINVAL);
	SPOILT(tunnel_now.exists = true, tunnel_is, -EEXIST);
	SPOILT(tunnel_now.tunnels = 10, tunnel_is, -ENOSPC);
}
END_TEST

START_TEST(wildcard_listener)
{
	SPOILT(cfg.listeners[0].address = any4, tunnel_is, 0);
	cfg.listeners[0].address = any4;
	tunnel.local = any4;
	tunnel_is(-EINVAL); /* the SCCRQ came to some address, not to all */
}
END_TEST

START_TEST(sessions)
{
	setup();
	session_is(0);
	SPOILT(session.session = 0, session_is, -EINVAL);
	SPOILT(session.peer_session = 0, session_is, -EINVAL);
	SPOILT(session_now.tunnel_exists = false, session_is, -ENOENT);
	SPOILT(session_now.exists = true, session_is, -EEXIST);
	SPOILT(session.group = 1, session_is, -EINVAL);
	SPOILT(session.mtu = 1401, session_is, -EINVAL);
	SPOILT(session.mtu = CHECK_MTU_MIN - 1, session_is, -EINVAL);
	SPOILT(session.mtu = CHECK_MTU_MIN, session_is, 0);
	SPOILT(session_now.in_tunnel = 5, session_is, -ENOSPC);
	SPOILT(session_now.sessions = 20, session_is, -ENOSPC);
	SPOILT(strcpy(cfg.groups[0].interface, "p%d"), session_is, -EINVAL);
}
END_TEST

START_TEST(addresses)
{
	SPOILT(session.remote4 = 0, session_is, -EINVAL);
	SPOILT((session.remote4 = 0, session.ipv4 = false), session_is, 0);
	SPOILT(session.local4 = 0x0a630002, session_is, -EPERM);
	SPOILT(session.remote4 = session.local4, session_is, -EINVAL);
	SPOILT(session.remote4 = 0xc0a80101, session_is, 0); /* a user's own, outside all pools */
	SPOILT(session.remote4 = 0x0a650002, session_is, -EPERM);
	SPOILT(cfg.groups[0].pool = 1, session_is, -EPERM);
	SPOILT(cfg.groups[0].pool = -1, session_is, -EPERM);
	SPOILT(session.remote4 = 0x7f000001, session_is, -EINVAL);
	SPOILT(session.remote4 = 0x00000001, session_is, -EINVAL);
	SPOILT(session.remote4 = 0xe0000001, session_is, -EINVAL);
	SPOILT(session.remote4 = 0xffffffff, session_is, -EINVAL);
	SPOILT(session.remote4 = 0xc6336407, session_is, -EINVAL); /* the tunnel's peer */
	SPOILT(cfg.groups[0].ipv6 = false, session_is, -EPERM);
	SPOILT(session.local_iid = 0, session_is, -EINVAL);
	SPOILT(session.remote_iid = 1, session_is, -EINVAL);
}
END_TEST

/* As it stands in a group: eight bytes, with or without a terminator. */
static bool interface(const char *text)
{
	char prefix[8] = {0};

	memcpy(prefix, text, strnlen(text, sizeof(prefix)));
	return check_interface(prefix);
}

START_TEST(interfaces)
{
	ck_assert(interface("ppp"));
	ck_assert(interface("vpn-a.1"));
	ck_assert(!interface(""));
	ck_assert(!interface("a/b"));
	ck_assert(!interface("a b"));
	ck_assert(!interface("1a"));
	ck_assert(!interface(".."));
	ck_assert(!interface("a%d"));
	ck_assert(!interface("pppppppp")); /* no room for a terminator */
}
END_TEST

START_TEST(messages)
{
	struct kern_stats_get get = {{KERN_STATS_GET, WIRE_VERSION, 1}};
	struct kern_done done = {.wire = {KERN_DONE, WIRE_VERSION, 1}};
	struct kern_session_set set = {.wire = {KERN_SESSION_SET, WIRE_VERSION, 1}};
	struct kern_sa_del del = {.wire = {KERN_SA_DEL, WIRE_VERSION, 1}};

	setup_ipsec();
	ck_assert_int_eq(check_message(&tunnel, sizeof(tunnel)), 0);
	ck_assert_int_eq(check_message(&session, sizeof(session)), 0);
	ck_assert_int_eq(check_message(&get, sizeof(get)), 0);
	ck_assert_int_eq(check_message(&set, sizeof(set)), 0);
	ck_assert_int_eq(check_message(&sa, sizeof(sa)), 0);
	ck_assert_int_eq(check_message(&sa_set, sizeof(sa_set)), 0);
	ck_assert_int_eq(check_message(&del, sizeof(del)), 0);
	ck_assert_int_eq(check_message(&retie, sizeof(retie)), 0);
	ck_assert_int_eq(check_message(&sa, sizeof(sa) - 1), -EBADMSG);
	for (size_t len = 0; len < sizeof(session); len++)
		ck_assert_int_eq(check_message(&session, len), -EBADMSG);
	ck_assert_int_eq(check_message(&done, sizeof(done)), -EBADMSG);
	memset(&set.ipv6, 2, 1);
	ck_assert_int_eq(check_message(&set, sizeof(set)), -EBADMSG);
	memset(&session.ipv4, 255, 1);
	ck_assert_int_eq(check_message(&session, sizeof(session)), -EBADMSG);
	get.wire.version++;
	ck_assert_int_eq(check_message(&get, sizeof(get)), -EBADMSG);
	get.wire.type = 9999;
	ck_assert_int_eq(check_message(&get, sizeof(get)), -EBADMSG);
}
END_TEST

/* --- what we dial ---------------------------------------------------------------------------- */

static const struct endpoint laptop = {ENDPOINT_IPV4, 0, 1701, 0, {192, 0, 2, 99}};

static void dial_setup(void)
{
	setup();
	cfg.n_clients = 1;
	cfg.clients[0] =
		(struct config_client){.ipsec = CONFIG_IPSEC_OFF, .interface = "ppp", .mtu = 1400};
	tunnel.local = laptop;
	tunnel.peer = lns;
	tunnel.client = 1;
	session.ipv6 = false;
	session.local_iid = 0;
	session.local4 = 0x0a140010;
	session.remote4 = 0x0a140001;
	session.dns[0] = 0x0a140035;
	session_now = (struct check_session){.tunnel_exists = true, .peer = lns, .client = 1};
}

static void dialed_is(int error)
{
	struct check c = check_client_tunnel(&tunnel, &laptop, &lns, &tunnel_now);

	ck_assert_msg(c.error == -error, "%d: %s", c.error, c.why ? c.why : "");
	dial_setup();
}

START_TEST(client_sockets)
{
	struct kern_client_open m = {.client = 0};

	dial_setup();
	ck_assert_int_eq(check_client_open(&cfg, &m, false).error, 0);
	ck_assert_int_eq(check_client_open(&cfg, &m, true).error, -EEXIST);
	m.peer = lns; /* only an SA says where the gateway is */
	ck_assert_int_eq(check_client_open(&cfg, &m, false).error, -EPERM);
	cfg.clients[0].ipsec = CONFIG_IPSEC_REQUIRE;
	ck_assert_int_eq(check_client_open(&cfg, &m, false).error, 0);
	m.peer.addr[0] = 224;
	ck_assert_int_eq(check_client_open(&cfg, &m, false).error, -EINVAL);
	m.client = 1;
	ck_assert_int_eq(check_client_open(&cfg, &m, false).error, -EINVAL);
}
END_TEST

START_TEST(client_tunnels)
{
	dial_setup();
	dialed_is(0);
	tunnel.tunnel = 0;
	dialed_is(EINVAL);
	tunnel.peer = client;
	dialed_is(EPERM);
	tunnel.local.port = 1702;
	dialed_is(EPERM);
	tunnel.mark = 1;
	dialed_is(EINVAL);
	ck_assert_int_eq(check_client_tunnel(&tunnel, NULL, NULL, &tunnel_now).error, -ENOENT);
}
END_TEST

static void dialed_session_is(int error)
{
	struct check c = check_session_add(&cfg, &session, &session_now);

	ck_assert_msg(c.error == -error, "%d: %s", c.error, c.why ? c.why : "");
	dial_setup();
}

START_TEST(client_sessions)
{
	dial_setup();
	dialed_session_is(0);
	session.remote4 = 0; /* not told */
	dialed_session_is(0);
	session.local4 = 0;
	dialed_session_is(EINVAL);
	session.local4 = 0x7f000001;
	dialed_session_is(EINVAL);
	session.local4 = session.remote4;
	dialed_session_is(EINVAL);
	session.remote4 = 0xc0000201; /* the gateway's */
	dialed_session_is(EINVAL);
	session.local4 = 0xc0000201;
	dialed_session_is(EINVAL);
	session.dns[1] = 0xe0000001;
	dialed_session_is(EINVAL);
	session.mtu = 1401;
	dialed_session_is(EINVAL);
	session.mtu = 575;
	dialed_session_is(EINVAL);
	session.ipv6 = true;
	dialed_session_is(EINVAL);
	session.group = 1;
	dialed_session_is(EINVAL);
	session_now.in_tunnel = 1;
	dialed_session_is(ENOSPC);
	session_now.client = 2;
	dialed_session_is(EINVAL);
	cfg.clients[0].interface[0] = '1';
	dialed_session_is(EINVAL);
}
END_TEST

/* What is in the file no longer has those that it has, and nobody new. */
START_TEST(removed)
{
	struct kern_client_open m = {.client = 0};

	SPOILT(cfg.servers[0].removed = true, tunnel_is, -EPERM);
	SPOILT(cfg.groups[session.group].removed = true, session_is, -EPERM);
	dial_setup();
	cfg.clients[0].removed = true;
	ck_assert_int_eq(check_client_open(&cfg, &m, false).error, -EPERM);
	dialed_session_is(0); /* its tunnel is there already */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kern_check");
	TCase *tc = tcase_create("all");

	suite_add_tcase(s, tc);
	tcase_add_test(tc, marks);
	tcase_add_test(tc, sas);
	tcase_add_test(tc, reties);
	tcase_add_test(tc, tunnels);
	tcase_add_test(tc, wildcard_listener);
	tcase_add_test(tc, sessions);
	tcase_add_test(tc, addresses);
	tcase_add_test(tc, interfaces);
	tcase_add_test(tc, messages);
	tcase_add_test(tc, client_sockets);
	tcase_add_test(tc, removed);
	tcase_add_test(tc, client_tunnels);
	tcase_add_test(tc, client_sessions);
	return suite_run(s);
}
