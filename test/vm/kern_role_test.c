// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel role on a real kernel; prints "N passed, N failed".  Needs root, a namespace
 * "kern-peer" behind a veth pair and nothing else using L2TP: kern-role.sh makes that.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "daemon/addr.h"
#include "netlink/save.h"
#include "test/vm/kern_role.h"

static const uint8_t lcp_echo[] = {0xc0, 0x21, 9, 7, 0, 8, 1, 2, 3, 4};
static const uint8_t ipcp_request[] = {0x80, 0x21, 1, 1, 0, 10, 3, 6, 10, 100, 0, 1};

/* --- tests ----------------------------------------------------------------------------------- */

/* What others see of a session. */
static void test_looks(const char *what, const struct kern_done *done)
{
	const char *name = done->ifname;

	report(RUN("ip l2tp show tunnel | grep -q 'Tunnel %u,'", done->tunnel) &&
		       RUN("ip l2tp show session | grep -q 'Session %u in tunnel %u'",
			   done->session, done->tunnel),
	       "%s: ip l2tp show lists both", what);
	report(RUN("ip -d link show dev %s | grep -q 'mtu 1400 qdisc noqueue.* group 77 '", name),
	       "%s: MTU, queueing discipline, group", what);
	report(RUN("ip -4 address show dev %s | grep -q 'inet 10.99.0.1 peer 10.100'", name) &&
		       RUN("test $(ip route show dev %s | wc -l) = 1", name) &&
		       RUN("ip route show dev %s proto %d scope link src 10.99.0.1 | grep -q "
			   "10.100",
			   name, ROUTE_PROT),
	       "%s: address and one route, ours", what);
}

/* With looks: ask other programs, too, which is slow. */
static void test_data(const char *what, uint16_t tunnel, const struct endpoint *peer, bool looks)
{
	uint16_t sid = (uint16_t)(tunnel + 1);
	int fd = peer_socket(peer, &cfg.listeners[peer->family == ENDPOINT_IPV6].address);
	uint32_t t = send_tunnel(tunnel, peer), s = send_session(tunnel, sid);
	struct answer *a = wait_done(t);
	enum kern_layout layout = a->u.done.layout;
	char name[KERN_IFNAME_MAX];
	uint8_t buf[512];
	ssize_t n;

	report(!a->u.done.error, "%s: tunnel %u: %s", what, tunnel, a->u.done.detail);
	report(layout == kern_layout(k) && (a->fd[0] >= 0) == (layout == KERN_LAYOUT_CLASSIC),
	       "%s: layout %s, socket sent: %d", what,
	       layout == KERN_LAYOUT_PARKED ? "parked" : "classic", a->fd[0] >= 0);
	a = wait_done(s);
	report(!a->u.done.error && a->fd[0] >= 0 && a->fd[1] >= 0 && a->u.done.ifindex,
	       "%s: session %u on %s: %s", what, sid, a->u.done.ifname, a->u.done.detail);
	memcpy(name, a->u.done.ifname, sizeof(name));
	if (looks)
		test_looks(what, &a->u.done);

	peer_send(fd, tunnel, sid, lcp_echo, sizeof(lcp_echo));
	n = receive(a->fd[0], buf, sizeof(buf));
	report(n == sizeof(lcp_echo) && !memcmp(buf, lcp_echo, sizeof(lcp_echo)),
	       "%s: LCP comes out of the channel", what);
	peer_send(fd, tunnel, sid, ipcp_request, sizeof(ipcp_request));
	n = receive(a->fd[1], buf, sizeof(buf));
	report(n == sizeof(ipcp_request) && !memcmp(buf, ipcp_request, sizeof(ipcp_request)),
	       "%s: IPCP comes out of the unit", what);
	report(write(a->fd[0], lcp_echo, sizeof(lcp_echo)) == sizeof(lcp_echo) &&
		       receive(fd, buf, sizeof(buf)) == 8 + sizeof(lcp_echo) &&
		       !memcmp(buf + 8, lcp_echo, sizeof(lcp_echo)),
	       "%s: what is written to the channel reaches the peer", what);
	report(ping_answered(fd, tunnel, sid), "%s: ping through the session", what);
	send_set(tunnel, sid, false, false);
	pump(100);
	report(!ping_answered(fd, tunnel, sid), "%s: no ping while IPv4 is off", what);
	send_set(tunnel, sid, true, false);
	pump(100);
	report(ping_answered(fd, tunnel, sid), "%s: ping when IPv4 is on again", what);
	close(fd);

	a = wait_done(send_session_del(tunnel, sid));
	report(!a->u.done.error && a->u.done.counters.rx_packets >= 2 &&
		       a->u.done.counters.rx_bytes >= 56 && a->u.done.counters.tx_packets >= 2,
	       "%s: deleted; %llu packets in, %llu out", what,
	       (unsigned long long)a->u.done.counters.rx_packets,
	       (unsigned long long)a->u.done.counters.tx_packets);
	report(!if_nametoindex(name) &&
		       (!looks || !RUN("ip l2tp show session | grep -q 'Session %u in'", sid)),
	       "%s: interface and session have gone", what);
	report(!result(send_tunnel_del(tunnel)) &&
		       (!looks || !RUN("ip l2tp show tunnel | grep -q 'Tunnel %u,'", tunnel)),
	       "%s: tunnel has gone", what);
	report(!result(send_tunnel(tunnel, peer)) && !result(send_tunnel_del(tunnel)),
	       "%s: its id can be used again at once", what);
}

static void test_ipv6_inside(void)
{
	const struct endpoint peer = ep("192.0.2.2", 1701);
	struct kern_session_add m;
	struct answer *a;

	send_tunnel(300, &peer);
	m = session(300, 301);
	m.ipv6 = true;
	memcpy(&m.local_iid, "\x11\x22\x33\x44\x55\x66\x77\x01", 8);
	memcpy(&m.remote_iid, "\x11\x22\x33\x44\x55\x66\x77\x02", 8);
	kern_request(k, &m, sizeof(m));
	a = wait_done(m.wire.id);
	report(!a->u.done.error && RUN("ip -6 address show dev %s scope link | "
				       "grep -q 'fe80::1122:3344:5566:7701 peer fe80::.*7702'",
				       a->u.done.ifname),
	       "IPv6 inside: link-local addresses of IPV6CP %s", a->u.done.detail);
	m = session(300, 302);
	memcpy(&m.local_iid, "\x11\x22\x33\x44\x55\x66\x77\x03", 8);
	kern_request(k, &m, sizeof(m));
	a = wait_done(m.wire.id);
	report(!a->u.done.error &&
		       !RUN("ip -6 address show dev %s | grep -q fe80", a->u.done.ifname),
	       "IPv6 inside: no address while IPv6 is off");
	send_set6(300, 302, "\x11\x22\x33\x44\x55\x66\x77\x04");
	pump(200);
	report(RUN("ip -6 address show dev %s | grep -q 'fe80::1122:3344:5566:7703 peer "
		   "fe80::1122:3344:5566:7704'",
		   a->u.done.ifname),
	       "IPv6 inside: and one when it is let through");
	report(result(send_set(300, 303, true, true)) == -ENOENT, "not for an unknown session");
	report(!result(send_tunnel_del(300)), "a tunnel takes its sessions with it");
	report(number("ip -o link show group 77 | wc -l") == 0, "no interface is left");
}

static void test_stats(void)
{
	const struct endpoint peer = ep("192.0.2.2", 1701);
	struct kern_stats_get get = {.wire = wire(KERN_STATS_GET)}, second;
	unsigned seen = 0, parts = 0;
	struct answer *a;
	bool last;

	send_tunnel(400, &peer);
	for (uint16_t i = 0; i < 40; i++)
		send_session(400, (uint16_t)(401 + i));
	for (uint32_t i = 0; i < 40; i++)
		wait_done(next_id - 40 + i);
	kern_request(k, &get, sizeof(get));
	second = get;
	second.wire.id = next_id++;
	kern_request(k, &second, sizeof(second));
	report(result(second.wire.id) == -EBUSY, "one dump of counters at a time");
	do {
		a = wait_answer(KERN_STATS, get.wire.id);
		seen += a->u.stats.count;
		last = a->u.stats.last;
		a->u.wire.id = 0;
		parts++;
	} while (!last);
	report(seen == 40 && parts == 2, "counters of %u sessions in %u messages", seen, parts);
	result(send_tunnel_del(400));
}

static void test_refusals(void)
{
	const struct endpoint peer = ep("192.0.2.2", 1701);
	struct kern_session_add m;
	struct answer *a;
	int before;

	forget_answers();
	before = open_fds();
	report(result(send_session_del(9, 9)) == -ENOENT, "delete of an unknown session");
	report(result(send_tunnel_del(9)) == -ENOENT, "delete of an unknown tunnel");
	report(result(send_session(9, 9)) == -ENOENT, "session in an unknown tunnel");
	send_tunnel(500, &peer);
	report(result(send_tunnel(500, &peer)) == -EEXIST, "tunnel id twice");
	report(result(send_session(500, 501)) == 0 && result(send_session(500, 501)) == -EEXIST,
	       "session id twice");
	m = session(500, 502);
	m.mtu = 1401;
	kern_request(k, &m, sizeof(m));
	a = wait_done(m.wire.id);
	report(a->u.done.error == -EINVAL && a->u.done.stage == KERN_STAGE_CHECK, "%s",
	       a->u.done.detail);
	report(kern_request(k, &m, sizeof(m) - 1) == -EBADMSG, "message of a wrong length");
	report(result(send_set(500, 599, true, false)) == -ENOENT, "modes of an unknown session");
	report(kern_session_count(k) == 1 && kern_tunnel_count(k) == 1,
	       "refused ones leave nothing");

	RUN("ip l2tp add tunnel tunnel_id 510 peer_tunnel_id 510 encap udp local 192.0.2.1 "
	    "remote 192.0.2.9 udp_sport 5000 udp_dport 5000");
	a = wait_done(send_tunnel(510, &peer));
	report(a->u.done.error == -EEXIST && a->u.done.stage == KERN_STAGE_TUNNEL, "%s",
	       a->u.done.detail);
	RUN("ip l2tp del tunnel tunnel_id 510");

	RUN("ip route add 10.100.1.252/32 dev lo");
	a = wait_done(send_session(500, 508)); /* 10.100.1.252 */
	report(a->u.done.error == -EEXIST && a->u.done.stage == KERN_STAGE_ROUTE && a->fd[0] < 0,
	       "%s", a->u.done.detail);
	report(number("ip -o link show group 77 | wc -l") == 1 &&
		       number("ip l2tp show session | grep -c ^Session") == 1,
	       "what had been made is undone before the answer");
	RUN("ip route del 10.100.1.252/32");
	report(!result(send_session(500, 508)), "and works when the route has gone");
	result(send_session_del(500, 508));

	RUN("ip link add vpn1 type dummy || ip link add vpn1 type veth peer name vpn1p");
	a = wait_done(send_session(500, 509));
	report(!a->u.done.error && !strcmp(a->u.done.ifname, "vpn2"),
	       "a name that somebody else has is passed over: %s %s", a->u.done.ifname,
	       a->u.done.detail);
	RUN("ip link del vpn1");
	result(send_session_del(500, 509));
	result(send_tunnel_del(500));
	forget_answers();
	report(open_fds() == before, "no descriptor is left: %d, were %d", open_fds(), before);
}

static void test_cancel(void)
{
	const struct endpoint peer = ep("192.0.2.2", 1701);
	uint32_t add, del;

	send_tunnel(600, &peer);
	add = send_session(600, 601);
	del = send_session_del(600, 601);
	report(result(add) == -ECANCELED && result(del) == 0, "deleted while it is being made");
	report(result(send_session(600, 601)) == 0, "its id can be used again");
	result(send_tunnel_del(600));
}

static void test_foreign_deletes(void)
{
	const struct endpoint peer = ep("192.0.2.2", 1701);
	struct answer *a;
	int fd;

	send_tunnel(700, &peer);
	send_session(700, 701);
	send_session(700, 702);
	send_session(700, 703);
	a = wait_done(next_id - 3);
	wait_done(next_id - 2);
	wait_done(next_id - 1);
	fd = peer_socket(&peer, &cfg.listeners[0].address);
	ping_answered(fd, 700, 701);
	close(fd);
	RUN("ip link del dev %s", a->u.done.ifname);
	pump(300);
	report(gone_count(700, 701) == 1, "ip link del is noticed once");
	RUN("ip l2tp del session tunnel_id 700 session_id 702");
	pump(600);
	report(gone_count(700, 702) == 1, "ip l2tp del session is noticed once");

	/* The same ids in another namespace: their events reach us, too. */
	RUN("ip -n kern-peer l2tp add tunnel tunnel_id 700 peer_tunnel_id 1 encap udp local "
	    "192.0.2.2 "
	    "remote 192.0.2.1 udp_sport 5001 udp_dport 5001; ip -n kern-peer l2tp del tunnel "
	    "tunnel_id 700");
	pump(600);
	report(gone_count(700, 0) == 0 && gone_count(700, 703) == 0,
	       "equal ids in another namespace are not ours");
	RUN("ip l2tp del tunnel tunnel_id 700");
	pump(1000);
	report(gone_count(700, 0) == 1, "ip l2tp del tunnel is noticed once");
	a = wait_done(send_session_del(700, 701));
	report(!a->u.done.error && a->u.done.counters.rx_packets == 1,
	       "what is left of a deleted session can be deleted, and has its counters");
	report(result(send_session_del(700, 702)) == 0, "the other one, too");
	report(result(send_tunnel_del(700)) == 0 && kern_idle(k), "and of a deleted tunnel");
}

static void test_moved_device(void)
{
	const struct endpoint peer = ep("192.0.2.2", 1701);
	struct answer *a;

	send_tunnel(750, &peer);
	a = wait_done(send_session(750, 751));
	RUN("ip link set dev %s netns kern-peer name moved0", a->u.done.ifname);
	pump(300);
	report(RUN("ip -n kern-peer link show moved0 | grep -q moved0") &&
		       gone_count(750, 751) == 0,
	       "a device that was moved to another namespace is not gone");
	forget_answers(); /* the protocol role closes its unit before it asks */
	report(!result(send_tunnel_del(750)) &&
		       !RUN("ip -n kern-peer link show moved0 2>/dev/null"),
	       "and goes with its session");
}

/* More at once than are looked at one by one. */
static void test_many_foreign_deletes(void)
{
	const struct endpoint peer = ep("192.0.2.2", 1701);
	unsigned gone = 0;

	send_tunnel(900, &peer);
	for (uint16_t i = 0; i < 80; i++)
		send_session(900, (uint16_t)(901 + i));
	for (uint32_t i = 0; i < 80; i++)
		wait_done(next_id - 80 + i);
	RUN("for i in $(seq 901 980); do echo l2tp del session tunnel_id 900 session_id $i; done | "
	    "ip -batch -");
	pump(2000);
	for (uint16_t i = 0; i < 80; i++)
		gone += gone_count(900, (uint16_t)(901 + i)) == 1;
	report(gone == 80, "of 80 foreign deletes at once %u are noticed, once each", gone);
	result(send_tunnel_del(900));
}

/* The protocol role dies: what was answered stays, the next one is told, and can go on with it. */
static void test_kept(void)
{
	const struct endpoint peer = ep("192.0.2.2", 1701), other = ep("192.0.2.2", 1702);
	int fd = peer_socket(&peer, &cfg.listeners[0].address), fds = open_fds();
	struct answer *a;
	uint8_t buf[64];

	send_tunnel(300, &peer);
	for (uint16_t id = 301; id <= 304; id++)
		result(send_session(300, id));
	result(send_session_del(300, 304));
	report(ping_answered(fd, 300, 301), "a session to be kept");
	send_session_del(300, 303); /* these three are never answered */
	send_session(300, 305);
	send_tunnel(310, &other);
	send_session(310, 311);
	die();
	report(n_answers == 0 && kern_session_count(k) == 2 && kern_tunnel_count(k) == 2,
	       "half made and half deleted sessions go, unanswered; %u sessions, %u tunnels stay",
	       kern_session_count(k), kern_tunnel_count(k));
	report(ping_answered(fd, 300, 301), "ping with no protocol role");
	RUN("ip l2tp del session tunnel_id 300 session_id 302");
	pump(600);
	tell_next();
	report(type_count(KERN_KEPT) == 3 && n_answers == 3 && kept(300, 0) && kept(310, 0) &&
		       kept(300, 301),
	       "three things are told: %zu; what was deleted by others meanwhile is not",
	       n_answers);
	a = kept(300, 0);
	report(a && (a->fd[0] >= 0) == (a->u.kept.layout == KERN_LAYOUT_CLASSIC) &&
		       endpoint_equal(&a->u.kept.peer, &peer) && !a->u.kept.mark,
	       "a tunnel with its socket if it is classic");
	a = kept(300, 301);
	report(a && a->fd[0] >= 0 && a->fd[1] >= 0 && a->u.kept.ipv4 && !a->u.kept.ipv6 &&
		       if_nametoindex(a->u.kept.ifname) == a->u.kept.ifindex,
	       "a session with channel and unit");
	peer_send(fd, 300, 301, lcp_echo, sizeof(lcp_echo));
	report(a && receive(a->fd[0], buf, sizeof(buf)) == sizeof(lcp_echo),
	       "the channel is read again");
	RUN("ip link del dev %s", a ? a->u.kept.ifname : "none");
	pump(300);
	report(gone_count(300, 301) == 0, "before it serves it is told of no delete");
	kern_protocol_serves(k);
	report(gone_count(300, 301) == 1, "but then");
	report(!result(send_session_del(300, 301)) && !result(send_session(300, 306)) &&
		       ping_answered(fd, 300, 306),
	       "and work goes on");
	die();
	kern_take_all(k);
	pump(500);
	report(kern_idle(k) && n_answers == 0, "or it all goes");
	close(fd);
	kern_protocol_serves(k);
	forget_answers();
	report(open_fds() == fds - 1, "no descriptor is left: %d, were %d", open_fds(), fds - 1);
}

/* Every descriptor is in use when the next protocol role comes. */
static void test_kept_without_descriptors(void)
{
	const struct endpoint peer = ep("192.0.2.2", 1701);
	struct rlimit before, none;

	send_tunnel(320, &peer);
	result(send_session(320, 321));
	result(send_session(320, 322));
	die();
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	if (kern_kept_begin(k))
		abort();
	kern_kept_some(k, 2);
	setrlimit(RLIMIT_NOFILE, &before);
	while (kern_kept_some(k, 2))
		;
	report(kept(320, 0) && !kept(320, 321) != !kept(320, 322) &&
		       logged("its channel cannot be opened again"),
	       "without a descriptor one session is not told, and it is logged");
	kern_protocol_serves(k);
	pump(500);
	report(kern_session_count(k) == 1, "and that one ends");
	report(!result(send_tunnel_del(320)) && kern_idle(k), "the rest ends as usual");
}

static void test_multi_homed(void)
{
	const struct endpoint peer = ep("198.51.100.2", 1701);
	struct answer *a;

	/* The route's own choice of source is not the listener's address. */
	RUN("ip address add 192.0.2.77/24 dev veth0; "
	    "ip route add 198.51.100.2 via 192.0.2.2 src 192.0.2.77");
	a = wait_done(send_tunnel(800, &peer));
	report(!a->u.done.error && a->u.done.layout == KERN_LAYOUT_CLASSIC && a->fd[0] >= 0,
	       "a peer that is reached from another address gets a classic socket");
	result(send_tunnel_del(800));
	RUN("ip route del 198.51.100.2; ip address del 192.0.2.77/24 dev veth0");
}

/* Many at once: the bounded queue, teardown when the other role dies, nothing left. */
static void test_many(unsigned count)
{
	const struct endpoint peer = ep("192.0.2.2", 1701);
	unsigned busy = 0, good = 0, tunnels = 0;
	uint32_t first = next_id;

	for (uint16_t id = 1000; id <= 1000 + (KERN_QUEUE_MAX + 100) / 900; id++, tunnels++)
		send_tunnel(id, &peer);
	for (unsigned i = 0; i < KERN_QUEUE_MAX + 100; i++)
		send_session((uint16_t)(1000 + i / 900), (uint16_t)(2000 + i));
	for (uint32_t id = first; id < next_id; id++) {
		int error = result(id);

		busy += error == -EBUSY;
		good += !error;
	}
	report(busy == 100 && good == KERN_QUEUE_MAX + tunnels,
	       "%u requests over the limit get EBUSY", busy);
	forget_answers();
	for (unsigned i = 0; i < count; i++)
		send_session_del((uint16_t)(1000 + i / 900), (uint16_t)(2000 + i));
	kern_take_all(k);
	report(!kern_shutdown(k, WAIT_MS * 3), "the other role dies in the middle");
	report(n_answers == 0, "nobody is answered");
	report(number("ip -o link show group 77 | wc -l") == 0 &&
		       number("ip route show proto 213 | wc -l") == 0 &&
		       number("ip l2tp show session | wc -l") == 0,
	       "no interface, route or session is left");
}

static void test_leftovers(void)
{
	RUN("ip route add 10.100.7.7/32 dev lo scope link proto %d", ROUTE_PROT);
	RUN("ip route add 10.100.7.8/32 dev lo scope link");
	report(kern_clean_leftovers(k) == 1 && RUN("ip route show 10.100.7.8 | grep -q 7.8") &&
		       !RUN("ip route show 10.100.7.7 | grep -q 7.7"),
	       "routes of a dead instance are removed, others stay");
	RUN("ip route del 10.100.7.8/32");
}

static void test_busy_port(void)
{
	struct endpoint address = ep("192.0.2.1", 1701);
	union sockaddr_any sa;
	socklen_t len = addr_to_sockaddr(&address, &sa);
	int one = 1, fd = socket(AF_INET, SOCK_DGRAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &sa.sa, len) < 0)
		perror("bind");
	make_config(KERN_LAYOUT_AUTO);
	if (kern_new(&cfg, &ops, NULL, &k))
		exit(1);
	report(kern_listener(k, 0) == -EADDRINUSE, "a port that another program shares is refused");
	close(fd);
	report(kern_listener(k, 0) >= 0, "and taken when it is free");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	report(bind(fd, &sa.sa, len) < 0 && errno == EADDRINUSE, "nobody can share it then");
	close(fd);
	kern_free(k);
	k = NULL;
}

static void tests_of_layout(const char *what, enum kern_layout layout)
{
	const struct endpoint v4 = ep("192.0.2.2", 1701), other = ep("192.0.2.2", 40000);
	const struct endpoint v6 = ep("2001:db8::2", 1701);
	int before = open_fds();
	char name[32];

	start(layout);
	snprintf(name, sizeof(name), "%s IPv4", what);
	test_data(name, 100, &v4, true);
	snprintf(name, sizeof(name), "%s IPv4, port 40000", what);
	test_data(name, 120, &other, false);
	snprintf(name, sizeof(name), "%s IPv6", what);
	test_data(name, 200, &v6, false);
	forget_answers();
	test_ipv6_inside();
	test_stats();
	test_refusals();
	test_cancel();
	test_foreign_deletes();
	test_moved_device();
	test_many_foreign_deletes();
	forget_answers();
	test_kept();
	test_kept_without_descriptors();
	forget_answers();
	if (kern_layout(k) == KERN_LAYOUT_PARKED)
		test_multi_homed();
	test_leftovers();
	stop();
	report(open_fds() == before, "%s: no descriptor is left: %d, were %d", what, open_fds(),
	       before);
	report(number("ip l2tp show tunnel | grep -c ^Tunnel") == 0, "%s: no tunnel is left", what);
}

/*
 * Another struct kern takes up what one has written down, as after execve(2), but in the same
 * process: the one before is left as it is, since freeing it would close everything.
 */
static void test_taken_up(void)
{
	const struct endpoint peer = ep("192.0.2.2", 1701);
	int fd = peer_socket(&peer, &cfg.listeners[0].address), record;
	struct save_writer w;
	struct save_reader r;
	struct kern *next = NULL;

	send_tunnel(400, &peer);
	result(send_session(400, 401));
	result(send_session(400, 402));
	report(kern_quiet(k), "nothing is under way");
	save_begin(&w);
	kern_save(k, &w);
	record = save_end(&w);
	report(!save_open(&r, record) && !kern_load(&cfg, &ops, NULL, &r, &next) && next,
	       "what is written down is taken up");
	save_close(&r);
	close(record);
	if (!next)
		exit(1);
	k = next;
	forget_answers();
	report(kern_tunnel_count(k) == 1 && kern_session_count(k) == 2, "one tunnel, two sessions");
	RUN("ip l2tp del session tunnel_id 400 session_id 402");
	pump(600);
	tell_next();
	kern_protocol_serves(k);
	report(kept(400, 0) && kept(400, 401) && !kept(400, 402),
	       "they are told; what was deleted meanwhile is not");
	report(ping_answered(fd, 400, 401), "ping through a session of before");
	report(!result(send_session(400, 403)) && ping_answered(fd, 400, 403), "and a new one");
	report(!result(send_session_del(400, 401)) && !result(send_tunnel_del(400)) && kern_idle(k),
	       "all of it ends as usual");
	report(number("ip -o link show group 77 | wc -l") == 0 &&
		       number("ip route show proto 213 | wc -l") == 0,
	       "no interface or route is left");
	close(fd);
}

int main(void)
{
	struct utsname uts;

	answers = calloc(MSGS_MAX, sizeof(*answers));
	if (!answers || kern_probe(&ops, NULL))
		return 1;
	uname(&uts);
	test_busy_port();
	tests_of_layout("self-test", KERN_LAYOUT_AUTO);
	tests_of_layout("forced classic", KERN_LAYOUT_CLASSIC);
	start(KERN_LAYOUT_AUTO);
	test_many(600);
	stop();
	start(KERN_LAYOUT_AUTO);
	test_taken_up();
	stop();
	free(answers);
	printf("%s: %u passed, %u failed\n", uts.release, passed, failed);
	return failed != 0;
}
