// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plays the protocol role towards netlink/ on a real kernel.
 *
 * Needs root, a namespace "kern-peer" behind a veth pair and nothing else using L2TP; kern-role.sh
 * makes that.  The peer is a UDP socket in that namespace, through which raw L2TP packets are sent
 * and received, so that nothing on the other side depends on code under test.
 *
 *	kern_role_test          the tests; prints "N passed, N failed"
 *	kern_role_test bench N  time, CPU and memory of N tunnels with a session each
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "compiler.h"
#include "daemon/addr.h"
#include "netlink/kern.h"
#include "netlink/rtnl.h"

#define WAIT_MS    20000
#define MSGS_MAX   70000
#define LOCAL4     0x0a630001u /* 10.99.0.1 */
#define POOL4      0x0a640000u /* 10.100.0.0/16 */
#define ROUTE_PROT 213

/* --- reporting ------------------------------------------------------------------------------- */

static unsigned passed, failed;

static void report(bool good, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void report(bool good, const char *fmt, ...)
{
	va_list ap;

	printf(good ? "ok      " : "FAILED  ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	passed += good;
	failed += !good;
}

/* The last line of a command's output; NULL if it failed. */
static bool shell(char *out, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);

static bool shell(char *out, size_t size, const char *fmt, ...)
{
	char cmd[512], line[512];
	va_list ap;
	FILE *f;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	if (size)
		out[0] = '\0';
	f = popen(cmd, "r");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (size)
			snprintf(out, size, "%.*s", (int)size - 1, line);
	}
	return pclose(f) == 0;
}

#define RUN(...) shell(NULL, 0, __VA_ARGS__)

static int number(const char *cmd)
{
	char out[64];

	shell(out, sizeof(out), "%s", cmd);
	return atoi(out);
}

static double now_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* --- the kernel role under test -------------------------------------------------------------- */

static struct kern *k;
static struct config cfg;
static uint32_t next_id = 1;

static struct answer {
	union {
		struct wire wire;
		struct kern_done done;
		struct kern_stats stats;
		struct kern_gone gone;
	} u;
	int fd[2];
} *answers;
static size_t n_answers;

static void on_send(void *ctx, const void *msg, size_t len, const int *fds, size_t nfds)
{
	struct answer *a = &answers[n_answers++ % MSGS_MAX];

	(void)ctx;
	memset(a, 0, sizeof(*a));
	memcpy(&a->u, msg, len);
	for (size_t i = 0; i < 2; i++)
		a->fd[i] = i < nfds ? dup(fds[i]) : -1;
}

static void on_log(void *ctx, int priority, const char *line)
{
	(void)ctx;
	if (priority < LOG_DEBUG)
		printf("  log %d: %s\n", priority, line);
}

static const struct kern_ops ops = { on_send, on_log };

static void pump(int ms)
{
	double end = now_ms(CLOCK_MONOTONIC) + ms;
	struct pollfd pfd = { .fd = kern_fd(k), .events = POLLIN };
	double left;

	while ((left = end - now_ms(CLOCK_MONOTONIC)) > 0)
		if (poll(&pfd, 1, (int)left + 1) > 0)
			kern_poll(k);
}

static struct answer *find_answer(uint16_t type, uint32_t id)
{
	for (size_t i = 0; i < n_answers; i++)
		if (answers[i].u.wire.type == type && answers[i].u.wire.id == id)
			return &answers[i];
	return NULL;
}

static struct answer *wait_answer(uint16_t type, uint32_t id)
{
	double end = now_ms(CLOCK_MONOTONIC) + WAIT_MS;
	struct pollfd pfd = { .fd = kern_fd(k), .events = POLLIN };
	struct answer *a;

	while (!(a = find_answer(type, id)) && now_ms(CLOCK_MONOTONIC) < end)
		if (poll(&pfd, 1, 100) > 0)
			kern_poll(k);
	if (!a) {
		printf("no answer for request %u\n", id);
		exit(1);
	}
	return a;
}

static struct answer *wait_done(uint32_t id)
{
	return wait_answer(KERN_DONE, id);
}

static void forget_answers(void)
{
	for (size_t i = 0; i < n_answers && i < MSGS_MAX; i++)
		for (int j = 0; j < 2; j++)
			if (answers[i].fd[j] >= 0)
				close(answers[i].fd[j]);
	n_answers = 0;
}

static unsigned gone_count(uint16_t tunnel, uint16_t session)
{
	unsigned n = 0;

	for (size_t i = 0; i < n_answers; i++)
		n += answers[i].u.wire.type == KERN_GONE && answers[i].u.gone.tunnel == tunnel &&
		     answers[i].u.gone.session == session;
	return n;
}

static struct endpoint ep(const char *text, uint16_t port)
{
	struct endpoint e = { .port = port };

	e.family = strchr(text, ':') ? ENDPOINT_IPV6 : ENDPOINT_IPV4;
	if (inet_pton(e.family == ENDPOINT_IPV6 ? AF_INET6 : AF_INET, text, e.addr) != 1)
		abort();
	return e;
}

static void make_config(enum kern_layout layout)
{
	memset(&cfg, 0, sizeof(cfg));
	cfg.version = CONFIG_VERSION;
	cfg.layout = (uint8_t)layout;
	cfg.route_protocol = ROUTE_PROT;
	cfg.n_listeners = 2;
	cfg.listeners[0].address = ep("192.0.2.1", 1701);
	cfg.listeners[1].address = ep("2001:db8::1", 1701);
	cfg.n_servers = 1;
	cfg.servers[0].max_tunnels = cfg.servers[0].max_sessions = 60000;
	cfg.servers[0].max_sessions_per_tunnel = 1000;
	cfg.n_groups = 1;
	cfg.groups[0] = (struct config_group){
		.id = 77,
		.mtu = 1400,
		.local_address = LOCAL4,
		.ipv6 = true,
		.interface = "vpn",
	};
	cfg.n_pools = 1;
	cfg.pools[0].first = POOL4 + 1;
	cfg.pools[0].last = POOL4 + 0xfffe;
}

static void start(enum kern_layout layout)
{
	int error;

	make_config(layout);
	error = kern_new(&cfg, &ops, NULL, &k);
	if (error) {
		printf("kern_new: %s\n", strerror(-error));
		exit(1);
	}
	if (kern_listener(k, 0) < 0 || kern_listener(k, 1) < 0)
		exit(1);
}

static void stop(void)
{
	report(!kern_shutdown(k, WAIT_MS), "shutdown leaves nothing under way");
	kern_free(k);
	k = NULL;
	forget_answers();
}

/* --- requests -------------------------------------------------------------------------------- */

static struct wire wire(uint16_t type)
{
	return (struct wire){ type, WIRE_VERSION, next_id++ };
}

static uint32_t send_tunnel(uint16_t id, const struct endpoint *peer)
{
	struct kern_tunnel_add m = { .wire = wire(KERN_TUNNEL_ADD) };

	m.tunnel = id;
	m.peer_tunnel = (uint16_t)(id + 1000);
	m.listener = peer->family == ENDPOINT_IPV6;
	m.local = cfg.listeners[m.listener].address;
	m.peer = *peer;
	kern_request(k, &m, sizeof(m));
	return m.wire.id;
}

static uint32_t send_tunnel_del(uint16_t id)
{
	struct kern_tunnel_del m = { .wire = wire(KERN_TUNNEL_DEL), .tunnel = id };

	kern_request(k, &m, sizeof(m));
	return m.wire.id;
}

static struct kern_session_add session(uint16_t tunnel, uint16_t id)
{
	return (struct kern_session_add){
		.wire = wire(KERN_SESSION_ADD),
		.tunnel = tunnel,
		.session = id,
		.peer_session = (uint16_t)(id + 2000),
		.ipv4 = true,
		.mtu = 1400,
		.local4 = LOCAL4,
		.remote4 = POOL4 + id,
	};
}

static uint32_t send_session(uint16_t tunnel, uint16_t id)
{
	struct kern_session_add m = session(tunnel, id);

	kern_request(k, &m, sizeof(m));
	return m.wire.id;
}

static uint32_t send_session_del(uint16_t tunnel, uint16_t id)
{
	struct kern_session_del m = {
		.wire = wire(KERN_SESSION_DEL), .tunnel = tunnel, .session = id
	};

	kern_request(k, &m, sizeof(m));
	return m.wire.id;
}

static uint32_t send_set(uint16_t tunnel, uint16_t id, bool ipv4, bool ipv6)
{
	struct kern_session_set m = {
		.wire = wire(KERN_SESSION_SET),
		.tunnel = tunnel,
		.session = id,
		.ipv4 = ipv4,
		.ipv6 = ipv6,
	};

	kern_request(k, &m, sizeof(m));
	return m.wire.id;
}

static int result(uint32_t id)
{
	return wait_done(id)->u.done.error;
}

/* --- the peer -------------------------------------------------------------------------------- */

/* A UDP socket in the namespace "peer", connected to our listener. */
static int peer_socket(const struct endpoint *from, const struct endpoint *to)
{
	int mine = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int theirs = open("/run/netns/kern-peer", O_RDONLY | O_CLOEXEC);
	union sockaddr_any sa;
	socklen_t len;
	int fd, one = 1;

	if (mine < 0 || theirs < 0 || setns(theirs, CLONE_NEWNET) < 0) {
		perror("peer namespace");
		exit(1);
	}
	fd = socket(from->family == ENDPOINT_IPV6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC,
		    0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	len = addr_to_sockaddr(from, &sa);
	if (bind(fd, &sa.sa, len) < 0)
		perror("peer bind");
	len = addr_to_sockaddr(to, &sa);
	if (connect(fd, &sa.sa, len) < 0)
		perror("peer connect");
	if (setns(mine, CLONE_NEWNET) < 0)
		exit(1);
	close(mine);
	close(theirs);
	return fd;
}

/* A data message as the peer sends it, RFC 2661 3.1: to our ids, with address and control. */
static void peer_send(int fd, uint16_t tunnel, uint16_t session_id, const void *frame, size_t len)
{
	uint8_t packet[256] = { 0x00, 0x02, (uint8_t)(tunnel >> 8), (uint8_t)tunnel,
				(uint8_t)(session_id >> 8), (uint8_t)session_id, 0xff, 0x03 };

	memcpy(packet + 8, frame, len);
	if (send(fd, packet, 8 + len, 0) < 0)
		perror("peer send");
}

/* Is something there within a second?  Its bytes; 0: no. */
static ssize_t receive(int fd, uint8_t *buf, size_t size)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (poll(&pfd, 1, 1000) <= 0)
		return 0;
	n = read(fd, buf, size);
	return n < 0 ? 0 : n;
}

static const uint8_t lcp_echo[] = { 0xc0, 0x21, 9, 7, 0, 8, 1, 2, 3, 4 };
static const uint8_t ipcp_request[] = { 0x80, 0x21, 1, 1, 0, 10, 3, 6, 10, 100, 0, 1 };

static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* A PPP frame with an ICMP echo request from the client to LOCAL4. */
static size_t ping(uint8_t *frame, uint32_t from)
{
	uint8_t *ip = frame + 2, *icmp = ip + 20;
	uint16_t sum;

	memset(frame, 0, 2 + 28);
	frame[1] = 0x21;
	ip[0] = 0x45;
	ip[3] = 28;
	ip[8] = 64;
	ip[9] = 1;
	from = htonl(from);
	memcpy(ip + 12, &from, 4);
	from = htonl(LOCAL4);
	memcpy(ip + 16, &from, 4);
	sum = checksum(ip, 20);
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
	icmp[0] = 8;
	sum = checksum(icmp, 8);
	icmp[2] = (uint8_t)(sum >> 8);
	icmp[3] = (uint8_t)sum;
	return 2 + 28;
}

/* Does the host answer a ping through the session, to the right peer ids? */
static bool ping_answered(int fd, uint16_t tunnel, uint16_t session_id)
{
	uint8_t frame[64], buf[512];
	ssize_t n;

	peer_send(fd, tunnel, session_id, frame, ping(frame, POOL4 + session_id));
	for (int i = 0; i < 4; i++) {
		n = receive(fd, buf, sizeof(buf));
		if (n == 0)
			return false;
		/* header of 6, FF 03, protocol, IPv4 header of 20, echo reply */
		if (n >= 38 && buf[8] == 0 && buf[9] == 0x21 && buf[30] == 0)
			return (buf[2] << 8 | buf[3]) == tunnel + 1000 &&
			       (buf[4] << 8 | buf[5]) == session_id + 2000;
	}
	return false;
}

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
		       RUN("ip route show dev %s proto %d scope link src 10.99.0.1 | grep -q 10.100",
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
	report(!a->u.done.error && !RUN("ip -6 address show dev %s | grep -q fe80", a->u.done.ifname),
	       "IPv6 inside: no address while IPv6 is off");
	send_set(300, 302, true, true);
	pump(200);
	report(RUN("ip -6 address show dev %s | grep -q fe80::1122:3344:5566:7703",
		   a->u.done.ifname),
	       "IPv6 inside: and one when it is let through");
	report(result(send_set(300, 303, true, true)) == -ENOENT, "not for an unknown session");
	report(!result(send_tunnel_del(300)), "a tunnel takes its sessions with it");
	report(number("ip -o link show group 77 | wc -l") == 0, "no interface is left");
}

static void test_stats(void)
{
	const struct endpoint peer = ep("192.0.2.2", 1701);
	struct kern_stats_get get = { .wire = wire(KERN_STATS_GET) }, second;
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
	report(kern_session_count(k) == 1 && kern_tunnel_count(k) == 1, "refused ones leave nothing");

	RUN("ip l2tp add tunnel tunnel_id 510 peer_tunnel_id 510 encap udp local 192.0.2.1 "
	    "remote 192.0.2.9 udp_sport 5000 udp_dport 5000");
	a = wait_done(send_tunnel(510, &peer));
	report(a->u.done.error == -EEXIST && a->u.done.stage == KERN_STAGE_TUNNEL, "%s",
	       a->u.done.detail);
	RUN("ip l2tp del tunnel tunnel_id 510");

	RUN("ip route add 10.100.1.252/32 dev lo");
	a = wait_done(send_session(500, 508)); /* 10.100.1.252 */
	report(a->u.done.error == -EEXIST && a->u.done.stage == KERN_STAGE_ROUTE &&
		       a->fd[0] < 0,
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

	send_tunnel(700, &peer);
	send_session(700, 701);
	send_session(700, 702);
	send_session(700, 703);
	a = wait_done(next_id - 3);
	wait_done(next_id - 2);
	wait_done(next_id - 1);
	RUN("ip link del dev %s", a->u.done.ifname);
	pump(300);
	report(gone_count(700, 701) == 1, "ip link del is noticed once");
	RUN("ip l2tp del session tunnel_id 700 session_id 702");
	pump(600);
	report(gone_count(700, 702) == 1, "ip l2tp del session is noticed once");

	/* The same ids in another namespace: their events reach us, too. */
	RUN("ip -n kern-peer l2tp add tunnel tunnel_id 700 peer_tunnel_id 1 encap udp local 192.0.2.2 "
	    "remote 192.0.2.1 udp_sport 5001 udp_dport 5001; ip -n kern-peer l2tp del tunnel tunnel_id 700");
	pump(600);
	report(gone_count(700, 0) == 0 && gone_count(700, 703) == 0,
	       "equal ids in another namespace are not ours");
	RUN("ip l2tp del tunnel tunnel_id 700");
	pump(1000);
	report(gone_count(700, 0) == 1, "ip l2tp del tunnel is noticed once");
	report(result(send_session_del(700, 701)) == 0 && result(send_session_del(700, 702)) == 0,
	       "what is left of a deleted session can be deleted");
	report(result(send_tunnel_del(700)) == 0 && kern_idle(k), "and of a deleted tunnel");
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
	unsigned busy = 0, good = 0;
	uint32_t first;

	first = next_id;
	send_tunnel(1000, &peer);
	send_tunnel(1001, &peer);
	for (unsigned i = 0; i < KERN_QUEUE_MAX + 100; i++)
		send_session((uint16_t)(1000 + i / 900), (uint16_t)(2000 + i));
	for (uint32_t id = first; id < next_id; id++) {
		int error = result(id);

		busy += error == -EBUSY;
		good += !error;
	}
	report(busy == 100 && good == KERN_QUEUE_MAX + 2, "%u requests over the limit get EBUSY", busy);
	forget_answers();
	for (unsigned i = 0; i < count; i++)
		send_session_del((uint16_t)(1000 + i / 900), (uint16_t)(2000 + i));
	kern_protocol_gone(k);
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
	test_many_foreign_deletes();
	forget_answers();
	if (kern_layout(k) == KERN_LAYOUT_PARKED)
		test_multi_homed();
	test_leftovers();
	stop();
	report(open_fds() == before, "%s: no descriptor is left: %d, were %d", what, open_fds(),
	       before);
	report(number("ip l2tp show tunnel | grep -c ^Tunnel") == 0, "%s: no tunnel is left", what);
}

/* --- bench ----------------------------------------------------------------------------------- */

static long slab_kb(void)
{
	char out[64];

	shell(out, sizeof(out), "awk '/^Slab:/{print $2}' /proc/meminfo");
	return atol(out);
}

/* Where the CPU time went, by the names of our threads, in ms a session. */
static void print_threads(const char *when, unsigned count)
{
	char out[256];

	shell(out, sizeof(out),
	      "cat /proc/%d/task/*/stat | awk '{u[$2]+=$14; s[$2]+=$15; n[$2]++} END {for (i in u) "
	      "printf \"%%s x%%d user %%.2f system %%.2f  \", i, n[i], u[i]*10/%u, s[i]*10/%u}'",
	      getpid(), count, count);
	printf("  after %s, in all: %s\n", when, out);
}

static double cpu_ms(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (double)ru.ru_utime.tv_sec * 1e3 + (double)ru.ru_utime.tv_usec / 1e3 +
	       (double)ru.ru_stime.tv_sec * 1e3 + (double)ru.ru_stime.tv_usec / 1e3;
}

static void wait_all(uint32_t first)
{
	struct pollfd pfd = { .fd = kern_fd(k), .events = POLLIN };

	while (n_answers < next_id - first)
		if (poll(&pfd, 1, 1000) > 0)
			kern_poll(k);
	for (size_t i = 0; i < n_answers; i++)
		if (answers[i].u.done.error)
			printf("error: %s\n", answers[i].u.done.detail);
}

/* As the protocol role does it: some under way at a time, then all deleted at once. */
static void bench(unsigned count, unsigned parallel, bool ipv6)
{
	long slab = slab_kb();
	double wall = now_ms(CLOCK_MONOTONIC), cpu = cpu_ms();
	struct pollfd pfd = { .fd = kern_fd(k), .events = POLLIN };
	uint32_t first = next_id;

	for (unsigned i = 0; i < count; i++) {
		struct kern_session_add m;
		struct endpoint peer = ep("192.0.2.2", (uint16_t)(2000 + i));

		while (next_id - first - n_answers >= parallel)
			if (poll(&pfd, 1, 1000) > 0)
				kern_poll(k);
		send_tunnel((uint16_t)(1 + i), &peer);
		m = session((uint16_t)(1 + i), (uint16_t)(1 + i));
		if (ipv6) {
			m.ipv6 = true;
			m.local_iid = 0x0100000000000002u + ((uint64_t)i << 24);
		}
		kern_request(k, &m, sizeof(m));
	}
	wait_all(first);
	wall = now_ms(CLOCK_MONOTONIC) - wall;
	printf("%u up%s: %.2f ms a session, CPU %.2f ms, slab %.1f KB\n", count,
	       ipv6 ? " with IPv6" : "", wall / count, (cpu_ms() - cpu) / count,
	       (double)(slab_kb() - slab) / count);

	print_threads("up", count);
	forget_answers();
	wall = now_ms(CLOCK_MONOTONIC);
	cpu = cpu_ms();
	for (unsigned at = 0; at < count; at += parallel) {
		first = next_id;
		for (unsigned i = at; i < count && i < at + KERN_QUEUE_MAX / 2; i++) {
			send_session_del((uint16_t)(1 + i), (uint16_t)(1 + i));
			send_tunnel_del((uint16_t)(1 + i));
		}
		wait_all(first);
		n_answers = 0;
		at += KERN_QUEUE_MAX / 2 - parallel;
	}
	wall = now_ms(CLOCK_MONOTONIC) - wall;
	printf("%u down%s: %.2f ms a session, CPU %.2f ms\n", count, ipv6 ? " with IPv6" : "",
	       wall / count, (cpu_ms() - cpu) / count);
	print_threads("down", count);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct utsname uts;

	answers = calloc(MSGS_MAX, sizeof(*answers));
	if (!answers || kern_probe(&ops, NULL))
		return 1;
	uname(&uts);
	if (argc > 2 && !strcmp(argv[1], "bench")) {
		start(KERN_LAYOUT_AUTO);
		printf("%s, layout %s\n", uts.release,
		       kern_layout(k) == KERN_LAYOUT_PARKED ? "parked" : "classic");
		for (int i = 2; i < argc; i++)
			bench((unsigned)atoi(argv[i]), 128, strchr(argv[i], 'v') != NULL);
		kern_free(k);
		return 0;
	}
	test_busy_port();
	tests_of_layout("self-test", KERN_LAYOUT_AUTO);
	tests_of_layout("forced classic", KERN_LAYOUT_CLASSIC);
	start(KERN_LAYOUT_AUTO);
	test_many(600);
	stop();
	free(answers);
	printf("%s: %u passed, %u failed\n", uts.release, passed, failed);
	return failed != 0;
}
