// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel role with ipsec = require, on a real kernel, with ESP SAs made by hand; prints
 * "N passed, N failed".  kern-role.sh makes the namespaces.
 *
 * The peer is several clients behind one NAT: one address, one port, an SA for each, and a socket
 * that takes the mark of whoever sends.  Both sides' decrypted packets carry the mark of their SA.
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/addr.h"
#include "daemon/roles.h"
#include "netlink/kern_int.h"
#include "test/vm/kern_role.h"

#ifndef SO_RCVMARK
#define SO_RCVMARK 75
#endif

#define BLOCKS(family) number("ip -" #family " xfrm policy | grep -c 'action block'")

static const uint8_t lcp_echo[] = {0xc0, 0x21, 9, 7, 0, 8, 1, 2, 3, 4};
static const uint8_t hello[] = {0xc8, 0x02, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0};

/* --- SAs by hand ----------------------------------------------------------------------------- */

static const char *address_of(bool v6, bool peer)
{
	return v6 ? peer ? "2001:db8::2" : "2001:db8::1" : peer ? "192.0.2.2" : "192.0.2.1";
}

/* What an IKE daemon makes for one client, on both sides. */
static void make_sa(uint32_t mark, bool v6)
{
	const char *c = address_of(v6, true), *s = address_of(v6, false);
	const char *how = "mode transport aead 'rfc4106(gcm(aes))' "
			  "0x000102030405060708090a0b0c0d0e0f10111213 128";
	char in[200], out[200];
	bool good;

	snprintf(in, sizeof(in), "src %s dst %s proto esp spi %u reqid %u", c, s, 0x1000 + mark,
		 mark);
	snprintf(out, sizeof(out), "src %s dst %s proto esp spi %u reqid %u", s, c, 0x2000 + mark,
		 mark);
	good = RUN("ip xfrm state add %s %s output-mark %u", in, how, mark) &&
	       RUN("ip xfrm state add %s %s mark %u mask 0xffffffff", out, how, mark) &&
	       RUN("ip -n kern-peer xfrm state add %s %s mark %u mask 0xffffffff", in, how, mark) &&
	       RUN("ip -n kern-peer xfrm state add %s %s output-mark %u", out, how, mark) &&
	       RUN("ip xfrm policy add dir out src %s dst %s proto udp sport 1701 dport 1701 "
		   "mark %u mask 0xffffffff tmpl src %s dst %s proto esp reqid %u mode transport",
		   s, c, mark, s, c, mark) &&
	       RUN("ip xfrm policy add dir in src %s dst %s proto udp sport 1701 dport 1701 "
		   "mark %u mask 0xffffffff tmpl src %s dst %s proto esp reqid %u mode transport",
		   c, s, mark, c, s, mark) &&
	       RUN("ip -n kern-peer xfrm policy add dir out src %s dst %s proto udp sport 1701 "
		   "dport 1701 mark %u mask 0xffffffff tmpl src %s dst %s proto esp reqid %u mode "
		   "transport",
		   c, s, mark, c, s, mark);
	if (!good)
		report(false, "SA %u is made by hand", mark);
}

static void flush_sas(void)
{
	RUN("ip xfrm state flush; ip -n kern-peer xfrm state flush");
	RUN("ip -n kern-peer xfrm policy flush");
	RUN("for i in $(ip xfrm policy | sed -n 's/.*mark \\(0x[0-9a-f]*\\).*/\\1/p' | sort -u); "
	    "do "
	    "for f in '192.0.2.1 192.0.2.2' '2001:db8::1 2001:db8::2'; do set -- $f; "
	    "ip xfrm policy delete dir out src $1 dst $2 proto udp sport 1701 dport 1701 mark $i "
	    "mask 0xffffffff; "
	    "ip xfrm policy delete dir in src $2 dst $1 proto udp sport 1701 dport 1701 mark $i "
	    "mask 0xffffffff; done; done 2>/dev/null");
}

/* --- sockets --------------------------------------------------------------------------------- */

static int option(int fd, int name)
{
	socklen_t len = sizeof(int);
	int value = -1;

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) < 0 ? -1 : value;
}

static int peer_of(bool v6)
{
	const struct endpoint from = ep(address_of(v6, true), 1701);
	const struct endpoint to = ep(address_of(v6, false), 1701);
	int fd = peer_socket(&from, &to), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_RCVMARK, &one, sizeof(one));
	return fd;
}

static void be_client(int fd, uint32_t mark)
{
	setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark));
}

/* The next datagram within a second, its mark, and the port it came from; 0: none. */
static ssize_t take(int fd, uint8_t *buf, size_t size, uint32_t *ret_mark,
		    struct endpoint *ret_from)
{
	_Alignas(struct cmsghdr) char control[256];
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	union sockaddr_any sa;
	struct iovec iov = {buf, size};
	struct msghdr mh = {.msg_name = &sa,
			    .msg_namelen = sizeof(sa),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control)};
	ssize_t n;

	*ret_mark = 0;
	if (poll(&pfd, 1, 1000) <= 0)
		return 0;
	n = recvmsg(fd, &mh, MSG_DONTWAIT);
	if (n < 0)
		return 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&mh); c; c = CMSG_NXTHDR(&mh, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_MARK)
			memcpy(ret_mark, CMSG_DATA(c), sizeof(*ret_mark));
	if (ret_from)
		*ret_from = addr_from_sockaddr(&sa);
	return n;
}

/* As the protocol role sends: both ends are named. */
static bool send_from(int fd, const struct endpoint *from, const struct endpoint *to)
{
	_Alignas(struct cmsghdr) char control[64] = {0};
	struct iovec iov = {(void *)(uintptr_t)hello, sizeof(hello)};
	union sockaddr_any sa;
	struct msghdr mh = {.msg_name = &sa,
			    .msg_namelen = addr_to_sockaddr(to, &sa),
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control};
	struct cmsghdr *c = (struct cmsghdr *)(void *)control;
	bool v6 = from->family == ENDPOINT_IPV6;
	struct in_pktinfo info4 = {0};
	struct in6_pktinfo info6 = {0};

	memcpy(&info4.ipi_spec_dst, from->addr, 4);
	memcpy(&info6.ipi6_addr, from->addr, 16);
	c->cmsg_level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	c->cmsg_type = v6 ? IPV6_PKTINFO : IP_PKTINFO;
	c->cmsg_len = v6 ? CMSG_LEN(sizeof(info6)) : CMSG_LEN(sizeof(info4));
	mh.msg_controllen = v6 ? CMSG_SPACE(sizeof(info6)) : CMSG_SPACE(sizeof(info4));
	if (v6)
		memcpy(CMSG_DATA(c), &info6, sizeof(info6));
	else
		memcpy(CMSG_DATA(c), &info4, sizeof(info4));
	return sendmsg(fd, &mh, MSG_DONTWAIT) == (ssize_t)sizeof(hello);
}

static void drain(int fd)
{
	uint8_t buf[512];

	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

/* What has reached the peer's wire in clear, since count_clear(). */
static void count_clear(void)
{
	RUN("ip netns exec kern-peer nft 'add table inet wire; flush table inet wire; "
	    "add chain inet wire in { type filter hook prerouting priority -300; }; "
	    "add rule inet wire in iifname veth1 meta l4proto udp meta ipsec missing counter'");
}

static int clear_packets(void)
{
	return number("ip netns exec kern-peer nft list chain inet wire in | "
		      "sed -n 's/.*packets \\([0-9]*\\).*/\\1/p'");
}

/* --- requests -------------------------------------------------------------------------------- */

static uint32_t sa_add(uint32_t mark, bool v6)
{
	const struct endpoint peer = ep(address_of(v6, true), 1701);

	return send_sa(mark, &peer);
}

static int sa_del(uint32_t mark)
{
	return result(send_sa_del(mark));
}

static int sa_set(uint32_t mark, const struct endpoint *peer)
{
	struct kern_sa_set m = {.wire = wire(KERN_SA_SET), .mark = mark, .peer = *peer};

	kern_request(k, &m, sizeof(m));
	return result(m.wire.id);
}

static int tunnel_set(uint16_t id, uint32_t mark, const struct endpoint *peer)
{
	struct kern_tunnel_set m = {
		.wire = wire(KERN_TUNNEL_SET), .tunnel = id, .mark = mark, .peer = *peer};

	kern_request(k, &m, sizeof(m));
	return result(m.wire.id);
}

/* A client as the protocol role sees it. */
struct client {
	uint32_t mark;
	uint16_t tunnel, session;
	int fd; /* -1: the port says it all */
	struct endpoint at;
};

static void client_up(struct client *c, uint32_t mark, bool v6)
{
	struct answer *a = wait_done(sa_add(mark, v6));
	bool classic = kern_layout(k) == KERN_LAYOUT_CLASSIC;

	c->mark = mark;
	c->fd = a->fd[0];
	a->fd[0] = -1;
	c->at = ep(address_of(v6, true), a->u.done.port ? a->u.done.port : 1701);
	report(!a->u.done.error && (c->fd >= 0) == !classic && (a->u.done.port != 0) == classic,
	       "SA %u: socket %d, port %u %s", mark, c->fd >= 0, a->u.done.port, a->u.done.detail);
	report(classic || option(c->fd, SO_MARK) == (int)mark, "SA %u: its socket has the mark",
	       mark);
}

static void client_session(struct client *c, uint16_t tunnel)
{
	struct answer *a = wait_done(send_tunnel_in(tunnel, &c->at, c->mark));

	c->tunnel = tunnel;
	c->session = (uint16_t)(tunnel + 1);
	report(!a->u.done.error, "tunnel %u in SA %u: %s", tunnel, c->mark, a->u.done.detail);
	a = wait_done(send_session(c->tunnel, c->session));
	report(!a->u.done.error, "session %u on %s: %s", c->session, a->u.done.ifname,
	       a->u.done.detail);
}

/* Until the table is as it should be. */
static void settle(void)
{
	do
		pump(20);
	while (k->nft.busy);
}

/* Does a ping that comes by this SA reach the session, and is it answered by that SA? */
static bool pings(int fd, uint32_t mark, const struct client *c, uint32_t answered_by)
{
	uint8_t frame[64], buf[512];
	uint32_t by;
	ssize_t n;

	settle();
	drain(fd);
	be_client(fd, mark);
	peer_send(fd, c->tunnel, c->session, frame, ping(frame, POOL4 + c->session));
	while ((n = take(fd, buf, sizeof(buf), &by, NULL)) > 0)
		if (n >= 38 && buf[8] == 0 && buf[9] == 0x21 && buf[30] == 0)
			return by == answered_by && (buf[4] << 8 | buf[5]) == c->session + 2000;
	return false;
}

/* --- tests ----------------------------------------------------------------------------------- */

static void require(enum kern_layout layout)
{
	make_config(layout);
	cfg.listeners[0].ipsec = cfg.listeners[1].ipsec = CONFIG_IPSEC_REQUIRE;
	start_as_configured();
}

static void test_clear_text(bool v6)
{
	int fd = peer_of(v6), listener = kern_listener(k, v6);
	uint32_t mark;
	uint8_t buf[64];

	be_client(fd, 0);
	if (send(fd, hello, sizeof(hello), 0) < 0)
		perror("send");
	report(!take(listener, buf, sizeof(buf), &mark, NULL), "clear text is not received");
	count_clear();
	{
		const struct endpoint peer = ep(address_of(v6, true), 1701);

		(void)send_from(listener, &cfg.listeners[v6].address, &peer);
	}
	report(!take(fd, buf, sizeof(buf), &mark, NULL) && clear_packets() == 0,
	       "and not sent, either");
	close(fd);
}

static void test_control(int fd, const struct client *c, bool v6)
{
	int listener = kern_listener(k, v6);
	struct endpoint from = {0};
	uint8_t buf[64];
	uint32_t mark;
	ssize_t n;
	bool sent;

	be_client(fd, c->mark);
	if (send(fd, hello, sizeof(hello), 0) < 0)
		perror("send");
	n = take(listener, buf, sizeof(buf), &mark, &from);
	report(n == sizeof(hello) && mark == c->mark && from.port == c->at.port,
	       "SA %u: what comes by it has mark %u and port %u", c->mark, mark, from.port);
	drain(fd);
	sent = send_from(c->fd >= 0 ? c->fd : listener, &cfg.listeners[v6].address, &c->at);
	n = take(fd, buf, sizeof(buf), &mark, &from);
	report(sent && n == sizeof(hello) && mark == c->mark && from.port == 1701,
	       "SA %u: what is sent to the client leaves by it (%u)", c->mark, mark);
}

/* By the next change, which fails because the table has gone. */
static void make_anew(bool v6)
{
	struct answer *a = wait_done(sa_add(50, v6));

	report(!a->u.done.error, "a change without a table: %s", a->u.done.detail);
	if (a->fd[0] >= 0)
		close(a->fd[0]);
	a->fd[0] = -1;
	(void)sa_del(50);
	settle();
}

/* A puts a frame into B's session, unless the table is in the way. */
static void test_injection(int fd, const struct client *a, const struct client *b, bool v6)
{
	bool parked = kern_layout(k) == KERN_LAYOUT_PARKED;

	report(!pings(fd, a->mark, b, b->mark), "client %u cannot send into the session of %u",
	       a->mark, b->mark);
	if (!parked)
		return; /* the port keeps them apart, too */
	nft_run(&k->nft.nft, "flush set inet culvert tunnels");
	report(pings(fd, a->mark, b, b->mark), "and could without the table");
	nft_run(&k->nft.nft, "delete table inet culvert");
	make_anew(v6);
	report(k->nft.on && !k->nft.rebuild && !k->nft.busy && logged("making it anew") &&
		       !pings(fd, a->mark, b, b->mark),
	       "a table that has gone is made anew");
}

static int marked(void)
{
	return number("nft list chain inet look in | sed -n 's/.*packets \\([0-9]*\\).*/\\1/p'");
}

static void test_mark_leak(int fd, const struct client *c)
{
	RUN("nft flush ruleset");
	report(RUN("nft list table inet culvert | grep -q maxseg"),
	       "nft flush ruleset passes us over");
	RUN("nft 'add table inet look; add chain inet look in { type filter hook prerouting "
	    "priority 0; }; add rule inet look in iifgroup 77 meta mark != 0 counter'");
	report(pings(fd, c->mark, c, c->mark) && marked() == 0, "no mark leaves a ppp device");
	if (kern_layout(k) == KERN_LAYOUT_PARKED) {
		nft_run(&k->nft.nft, "flush chain inet culvert prerouting");
		report(pings(fd, c->mark, c, c->mark) && marked() > 0, "without the table it does");
		nft_run(&k->nft.nft, "delete table inet culvert");
	}
	RUN("nft flush ruleset");
	make_anew(false);
	report(RUN("nft list chain inet culvert prerouting | grep -q 'mark set'"), "made anew");
}

/* A SYN with an MSS of 1460 from the client, for a host behind us, RFC 9293 3.7.1. */
static size_t syn(uint8_t *frame, const struct client *c)
{
	static const uint8_t template[] = {
		0x00, 0x21, 0x45, 0,   0, 44, 0,   1, 0,	 0,	     64,   6,
		0,    0,    10,	  100, 0, 0,  192, 0, 2,	 2,	     0x04, 0x00,
		0,    80,   0,	  0,   0, 1,  0,   0, 0,	 0,	     0x60, 0x02,
		0x40, 0,    0,	  0,   0, 0,  2,   4, 1460 >> 8, 1460 & 255,
	};
	uint32_t sum = 0;

	memcpy(frame, template, sizeof(template));
	frame[16] = (uint8_t)(c->session >> 8);
	frame[17] = (uint8_t)c->session;
	for (size_t i = 2; i < 22; i += 2)
		sum += (uint32_t)(frame[i] << 8 | frame[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	frame[12] = (uint8_t)(sum >> 8);
	frame[13] = (uint8_t)sum;
	return sizeof(template);
}

/* The first SYN that comes out of the session, and the MSS in it; 0: none. */
static unsigned mss_to_client(int fd)
{
	uint8_t buf[512];
	uint32_t mark;

	for (int tries = 0; tries < 20; tries++) {
		ssize_t n = take(fd, buf, sizeof(buf), &mark, NULL);

		if (n >= 54 && buf[9] == 0x21 && buf[19] == 6 && buf[50] == 2 && buf[51] == 4)
			return (unsigned)(buf[52] << 8 | buf[53]);
	}
	return 0;
}

/* The devices have an MTU of 1400. */
static void test_mss(int fd, const struct client *c)
{
	uint8_t frame[64];

	RUN("sysctl -q -w net.ipv4.ip_forward=1");
	RUN("ip netns exec kern-peer nft 'add table inet mss; add chain inet mss in { type filter "
	    "hook prerouting priority 0; }; add rule inet mss in tcp flags syn tcp option maxseg "
	    "size 1360 counter'");
	settle();
	be_client(fd, c->mark);
	peer_send(fd, c->tunnel, c->session, frame, syn(frame, c));
	pump(200);
	report(number("ip netns exec kern-peer nft list chain inet mss in | "
		      "sed -n 's/.*packets \\([0-9]*\\).*/\\1/p'") == 1,
	       "MSS is clamped for what the client sends");
	drain(fd);
	RUN("ip -n kern-peer route replace 10.100.0.0/16 via 192.0.2.1; ip netns exec kern-peer "
	    "timeout 10 bash -c 'exec 3<>/dev/tcp/10.100.0.%u/80' >/dev/null 2>&1 &",
	    c->session);
	report(mss_to_client(fd) == 1360, "and for what it gets");
	RUN("ip netns exec kern-peer nft delete table inet mss");
}

static void test_death(int fd, struct client *a, struct client *b, bool v6)
{
	bool parked = kern_layout(k) == KERN_LAYOUT_PARKED;
	const struct endpoint real = ep(address_of(v6, true), 1701);

	count_clear();
	report(!sa_del(a->mark), "SA %u goes", a->mark);
	report(!parked || (option(a->fd, SO_MARK) == (int)KERN_MARK_DEAD &&
			   option(k->tunnel[a->tunnel]->fd, SO_MARK) == (int)KERN_MARK_DEAD),
	       "its sockets have the dead mark");
	report(!send_from(parked ? a->fd : kern_listener(k, v6), &cfg.listeners[v6].address,
			  parked ? &real : &a->at) ||
		       !parked,
	       "nothing can be sent by it");
	report(!pings(fd, a->mark, a, a->mark) && clear_packets() == 0,
	       "its session is silent, and nothing is on the wire in clear: %d", clear_packets());
	report(pings(fd, b->mark, b, b->mark), "the other one works");
	report(sa_del(a->mark) == -ENOENT, "it cannot go twice");
	report(result(send_tunnel_in(900, &a->at, a->mark)) == -ENOENT, "no tunnel in a dead SA");
	if (a->fd >= 0)
		close(a->fd);
}

static void test_return(int fd, struct client *a, uint32_t mark, bool v6)
{
	struct client again;

	make_sa(mark, v6);
	client_up(&again, mark, v6);
	report(!tunnel_set(a->tunnel, mark, &again.at), "its tunnel goes over to SA %u", mark);
	again.tunnel = a->tunnel;
	again.session = a->session;
	*a = again;
	report(pings(fd, mark, a, mark), "and its session works again");
	report(!tunnel_set(a->tunnel, KERN_MARK_DEAD, &again.at) && !pings(fd, mark, a, mark),
	       "silent by KERN_MARK_DEAD");
	report(!tunnel_set(a->tunnel, mark, &again.at) && pings(fd, mark, a, mark),
	       "and back by its mark");
}

/* The protocol role dies and another one is told of two of its three SAs. */
static void test_kept(const struct client *other, const struct client *b, int fd, bool v6)
{
	struct answer *a;

	report(!result(sa_add(55, v6)), "another SA");
	die();
	tell_next();
	a = kept(b->tunnel, 0);
	report(a && a->u.kept.mark == b->mark, "a tunnel is told with its mark");
	kern_protocol_serves(k);
	report(pings(fd, b->mark, b, b->mark), "its session goes on");
	a = wait_done(sa_add(b->mark, v6));
	report(!a->u.done.error && (a->fd[0] >= 0 || a->u.done.port),
	       "its SA is added again, with what stands for it");
	report(result(sa_add(b->mark, v6)) == -EEXIST, "and not twice");
	report(!result(sa_add(other->mark, v6)), "and the other one");
	pump(16000);
	report(logged("1 SA was not confirmed") && sa_del(55) == -ENOENT,
	       "the third SA goes by itself");
	report(pings(fd, b->mark, b, b->mark), "and these do not");
}

static void test_refusals(const struct client *b, bool v6)
{
	struct endpoint peer = ep(address_of(v6, true), 1701);

	report(result(sa_add(b->mark, v6)) == -EEXIST, "one SA a mark");
	report(result(sa_add(0, v6)) == -EINVAL && result(sa_add(KERN_MARK_DEAD, v6)) == -EINVAL,
	       "not these marks");
	report(sa_set(77, &peer) == -ENOENT, "no such SA");
	report(result(send_tunnel_in(901, &peer, 0)) == -ENOENT, "no tunnel without an SA");
	report(tunnel_set(902, b->mark, &peer) == -ENOENT, "no such tunnel");
	report(tunnel_set(b->tunnel, 77, &peer) == -ENOENT, "no such SA for a tunnel");
}

/* Whatever becomes of SAs and policies, nothing is sent in clear. */
static void test_flush(int fd, const struct client *b)
{
	bool parked = kern_layout(k) == KERN_LAYOUT_PARKED;
	struct answer *a = wait_done(send_session(b->tunnel, (uint16_t)(b->session + 1)));

	count_clear();
	RUN("ip xfrm state flush");
	for (int i = 0; i < 20; i++)
		if (write(a->fd[0], lcp_echo, sizeof(lcp_echo)) < 0 && errno != ENETUNREACH)
			perror("channel");
	report(clear_packets() == 0, "SAs flushed: %d in clear", clear_packets());
	forget_answers();
	a = NULL;
	if (!parked)
		return;
	RUN("ip xfrm policy flush");
	pump(200);
	report(BLOCKS(4) == 2 && BLOCKS(6) == 2 && logged("are back"),
	       "flushed block policies are back");
	report(clear_packets() == 0, "policies flushed: %d in clear", clear_packets());
	(void)fd;
}

static void tests_of_family(bool v6)
{
	struct client a, b;
	int fd = peer_of(v6);

	printf("--- %s\n", v6 ? "IPv6" : "IPv4");
	make_sa(1, v6);
	make_sa(2, v6);
	test_clear_text(v6);
	client_up(&a, 1, v6);
	client_up(&b, 2, v6);
	test_control(fd, &a, v6);
	test_control(fd, &b, v6);
	client_session(&a, 100);
	client_session(&b, 200);
	report(pings(fd, 1, &a, 1), "ping through client 1's session");
	report(pings(fd, 2, &b, 2), "ping through client 2's session");
	test_injection(fd, &a, &b, v6);
	test_injection(fd, &b, &a, v6);
	if (!v6) {
		test_mark_leak(fd, &a);
		test_mss(fd, &a);
	}
	test_refusals(&b, v6);
	if (!v6)
		test_kept(&a, &b, fd, v6);
	test_death(fd, &a, &b, v6);
	test_return(fd, &a, 3, v6);
	test_flush(fd, &b);
	if (a.fd >= 0)
		close(a.fd);
	if (b.fd >= 0)
		close(b.fd);
	report(!kern_shutdown(k, WAIT_MS), "the other role dies");
	settle();
	report(!RUN("nft list table inet culvert | grep -q elements"), "no element is left");
	flush_sas();
	forget_answers();
	close(fd);
}

static void tests_of_layout(enum kern_layout layout)
{
	bool parked;
	int before = open_fds();

	RUN("ip rule add fwmark 2 lookup main pref 12345; ip rule add fwmark 0x80000/0xff0000 "
	    "lookup "
	    "main pref 12346");
	require(layout);
	parked = kern_layout(k) == KERN_LAYOUT_PARKED;
	printf("=== %s\n", parked ? "parked" : "classic");
	report(logged("ip rule 12345: fwmark 0x2/0xffffffff") && !logged("12346"),
	       "a rule that looks at our marks is told");
	RUN("ip rule del pref 12345; ip rule del pref 12346");
	report(BLOCKS(4) == (parked ? 2 : 0) && BLOCKS(6) == (parked ? 2 : 0),
	       "block policies: %d and %d", BLOCKS(4), BLOCKS(6));
	report(RUN("nft list table inet culvert | grep -q 'flags owner'"),
	       "the nft table is there");
	report(RUN("nft list table inet culvert | grep -q in_port") == !parked,
	       "with ports for SAs in the classic layout alone");
	report(option(kern_listener(k, 0), SO_RCVMARK) == 1, "the listener reads marks");
	tests_of_family(false);
	tests_of_family(true);
	stop();
	report(BLOCKS(4) == 0 && BLOCKS(6) == 0 && !RUN("nft list table inet culvert 2>/dev/null"),
	       "policies and table have gone");
	report(open_fds() == before, "no descriptor is left: %d, were %d", open_fds(), before);
}

/* With no more rights than the kernel role keeps, in a process of its own. */
static void test_confined(void)
{
	const char *what;
	struct client c;
	int fd, status;
	pid_t pid;

	make_sa(1, false);
	make_sa(2, false);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		failed = 0;
		require(KERN_LAYOUT_AUTO);
		fd = peer_of(false);
		report(!role_confine_parent(&what), "no right but CAP_NET_ADMIN");
		client_up(&c, 1, false);
		client_session(&c, 100);
		report(pings(fd, 1, &c, 1) && !pings(fd, 2, &c, 1), "everything works");
		nft_run(&k->nft.nft, "delete table inet culvert");
		make_anew(false);
		report(k->nft.on && !pings(fd, 2, &c, 1), "the table is made anew");
		report(!sa_del(1) && !pings(fd, 1, &c, 1), "until the SA goes");
		stop();
		_exit(failed != 0);
	}
	waitpid(pid, &status, 0);
	report(WIFEXITED(status) && !WEXITSTATUS(status), "as confined as in life");
	flush_sas();
}

static void test_off(void)
{
	start(KERN_LAYOUT_AUTO);
	report(BLOCKS(4) == 0 && BLOCKS(6) == 0 &&
		       !RUN("nft list table inet culvert 2>/dev/null") &&
		       option(kern_listener(k, 0), SO_RCVMARK) == 0,
	       "ipsec = off: nothing of all this");
	report(result(sa_add(1, false)) == -EPERM, "and no SA");
	stop();
	make_config(KERN_LAYOUT_PARKED);
	cfg.listeners[0].ipsec = CONFIG_IPSEC_REQUIRE;
	start_as_configured();
	report(BLOCKS(4) == 2 && BLOCKS(6) == 0, "one of each: policies for one alone");
	report(result(sa_add(1, true)) == -EPERM, "and SAs");
	stop();
}

static void test_leftovers(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		make_config(KERN_LAYOUT_PARKED);
		cfg.listeners[0].ipsec = cfg.listeners[1].ipsec = CONFIG_IPSEC_REQUIRE;
		start_as_configured();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	RUN("ip xfrm policy add dir in src 0.0.0.0/0 dst 192.0.2.1/32 proto udp dport 1701 "
	    "priority "
	    "4294967295 action block");
	report(BLOCKS(4) == 3 && BLOCKS(6) == 2 && !RUN("nft list table inet culvert 2>/dev/null"),
	       "of an instance that dies the policies stay and the table goes");
	make_config(KERN_LAYOUT_PARKED);
	if (kern_new(&cfg, &ops, NULL, &k))
		exit(1);
	kern_clean_leftovers(k);
	report(BLOCKS(4) == 1 && BLOCKS(6) == 0 && logged("removed 4 IPsec policies"),
	       "and are removed at start; an equal one of somebody else stays");
	kern_free(k);
	k = NULL;
	RUN("ip xfrm policy delete dir in src 0.0.0.0/0 dst 192.0.2.1/32 proto udp dport 1701");
	forget_answers();
}

/* What is left where the kernel has no nftables: that is told, and one client works. */
static void test_without_nft(enum kern_layout layout)
{
	struct client c;
	int fd;

	require(layout);
	report(logged("no nft table inet culvert") && !k->nft.on, "no nftables: it is told");
	report(BLOCKS(4) == 2 && BLOCKS(6) == 2, "block policies in both layouts");
	make_sa(1, false);
	fd = peer_of(false);
	c.at = ep("192.0.2.2", 1701);
	c.mark = 1;
	{
		struct answer *a = wait_done(sa_add(1, false));

		c.fd = a->fd[0];
		a->fd[0] = -1;
		report(!a->u.done.error && c.fd >= 0 && !a->u.done.port, "a socket for each SA");
	}
	test_control(fd, &c, false);
	client_session(&c, 100);
	report(pings(fd, 1, &c, 1), "ping through the session");
	report(!sa_del(1) && !pings(fd, 1, &c, 1), "until the SA goes");
	close(c.fd);
	close(fd);
	stop();
	flush_sas();
}

int main(int argc, char **argv)
{
	struct utsname uts;
	bool nft = argc < 2 || strcmp(argv[1], "without-nft");

	answers = calloc(MSGS_MAX, sizeof(*answers));
	if (!answers || kern_probe(&ops, NULL))
		return 1;
	uname(&uts);
	if (!nft) {
		test_without_nft(KERN_LAYOUT_AUTO);
		test_without_nft(KERN_LAYOUT_CLASSIC);
		goto out;
	}
	tests_of_layout(KERN_LAYOUT_AUTO);
	if (strverscmp(uts.release, "6.11") > 0)
		tests_of_layout(KERN_LAYOUT_CLASSIC);
	test_confined();
	test_off();
	test_leftovers();
out:
	free(answers);
	printf("%s: %u passed, %u failed\n", uts.release, passed, failed);
	return failed != 0;
}
