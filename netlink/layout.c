// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parked and classic sockets.
 *
 * Classic: each tunnel has a socket bound to the listener's address and connected to its peer, so
 * that the kernel finds the tunnel by the addresses of a packet.  Receiving costs a walk over all
 * tunnels of the local address, and two tunnels to one peer address get each other's packets.
 *
 * Parked: the unconnected listener itself is an L2TP socket and receives everything, and the
 * kernel (from 6.11) finds the session by its ids.  A tunnel's own socket only sends.  It is bound
 * to a multicast address of its own and then connected: it sends from the route's source address,
 * but its place in the kernel's hash is under the multicast address, out of the listener's way.
 */
#include "netlink/layout.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/addr.h"
#include "netlink/l2tp_genl.h"
#include "netlink/pppox.h"
#include "netlink/rtnl.h"
#include "netlink/xfrm.h"

#define PORT_IKE 500 /* RFC 7296 2 */

#ifndef SO_RCVMARK
#define SO_RCVMARK 75 /* Linux 5.19 */
#endif

#define LISTENER_RCVBUF (8 << 20) /* SCCRQs and PPP of thousands of clients that come at once */

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int family_of(const struct endpoint *ep)
{
	return ep->family == ENDPOINT_IPV6 ? AF_INET6 : AF_INET;
}

/* A socket of the right family, with SO_REUSEADDR since several share the port. */
static int open_socket(const struct endpoint *ep)
{
	int fd = socket(family_of(ep), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return -errno;
	error = set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (!error && ep->family == ENDPOINT_IPV6)
		error = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

static int bind_to(int fd, const struct endpoint *ep)
{
	union sockaddr_any sa;
	socklen_t len = addr_to_sockaddr(ep, &sa);

	return bind(fd, &sa.sa, len) < 0 ? -errno : 0;
}

static int connect_to(int fd, const struct endpoint *ep)
{
	union sockaddr_any sa;
	socklen_t len = addr_to_sockaddr(ep, &sa);

	return connect(fd, &sa.sa, len) < 0 ? -errno : 0;
}

/* --- listener -------------------------------------------------------------------------------- */

/* Each datagram with its local address and its mark; what routers report in the error queue. */
static int listener_options(int fd, const struct endpoint *address, bool esp)
{
	bool v6 = address->family == ENDPOINT_IPV6;
	int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	int error;

	if (set(fd, SOL_SOCKET, SO_RCVBUFFORCE, LISTENER_RCVBUF))
		(void)set(fd, SOL_SOCKET, SO_RCVBUF, LISTENER_RCVBUF);
	error = set(fd, level, v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, 1);
	if (!error && esp)
		error = set(fd, SOL_SOCKET, SO_RCVMARK, 1);
	return error ? error : set(fd, level, v6 ? IPV6_RECVERR : IP_RECVERR, 1);
}

int layout_listener(const struct endpoint *address, bool esp)
{
	int fd = open_socket(address), error;

	if (fd < 0)
		return fd;
	error = listener_options(fd, address, esp);
	if (!error && esp)
		error = xfrm_require_esp(fd, address->family);
	if (!error)
		error = bind_to(fd, address);
	if (error) {
		close(fd);
		return error;
	}
	layout_guard(fd, true);
	return fd;
}

/*
 * Port 1701 is free for every local user to bind, and with SO_REUSEADDR on both sides the last one
 * to come gets the packets.  With it off on our side, bind() refuses them.
 */
void layout_guard(int listener, bool closed)
{
	(void)set(listener, SOL_SOCKET, SO_REUSEADDR, !closed);
}

/* Without SO_REUSEADDR, bind() finds whoever else has the port, with or without it. */
int layout_check_port(const struct endpoint *address)
{
	int fd = socket(family_of(address), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -errno;
	error = address->family == ENDPOINT_IPV6 ? set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) : 0;
	if (!error)
		error = bind_to(fd, address);
	close(fd);
	return error;
}

/* --- tunnels --------------------------------------------------------------------------------- */

/*
 * 239.76.x.y (RFC 2365) or ff15::4c32:xy (RFC 4291 2.7), by tunnel id, and in the next 2^16
 * addresses for SAs by mark; nobody joins these.
 */
static struct endpoint parking(const struct endpoint *local, uint8_t row, uint16_t id)
{
	static const uint8_t v4[4] = {239, 'L'};
	static const uint8_t v6[16] = {0xff, 0x15, [12] = 'L', '2'};
	struct endpoint ep = {.family = local->family, .port = local->port};
	size_t at = ep.family == ENDPOINT_IPV6 ? 14 : 2;

	if (ep.family == ENDPOINT_IPV6)
		memcpy(ep.addr, v6, sizeof(v6));
	else
		memcpy(ep.addr, v4, sizeof(v4));
	ep.addr[at - 1] = (uint8_t)(ep.addr[at - 1] + row);
	ep.addr[at] = (uint8_t)(id >> 8);
	ep.addr[at + 1] = (uint8_t)id;
	return ep;
}

/* Mark and policy first: not one packet may be routed without. */
static int bound_socket(const struct endpoint *bound, uint32_t mark, bool esp)
{
	int fd = open_socket(bound), error = 0;

	if (fd < 0)
		return fd;
	if (mark)
		error = layout_mark(fd, mark);
	if (!error && esp)
		error = xfrm_require_esp(fd, bound->family);
	if (!error)
		error = bind_to(fd, bound);
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

static int tunnel_socket(const struct kern_tunnel_add *m, const struct endpoint *bound, bool esp)
{
	int fd = bound_socket(bound, m->mark, esp);
	int error = fd < 0 ? fd : connect_to(fd, &m->peer);

	if (error && fd >= 0)
		close(fd);
	return error ? error : fd;
}

int layout_parked(const struct kern_tunnel_add *m, bool esp)
{
	struct endpoint place = parking(&m->local, 0, m->tunnel);
	int fd = tunnel_socket(m, &place, esp);

	/* Nothing should come here, and nobody would read it. */
	if (fd >= 0)
		(void)set(fd, SOL_SOCKET, SO_RCVBUF, 0);
	return fd;
}

int layout_sa(const struct kern_sa_add *m)
{
	struct endpoint place = parking(&m->local, 1, (uint16_t)m->mark);
	int fd = bound_socket(&place, m->mark, true);

	if (fd < 0)
		return fd;
	(void)set(fd, SOL_SOCKET, SO_RCVBUF, 0);
	(void)connect_to(fd, &m->peer); /* no more than a cached route: its user names both ends */
	return fd;
}

int layout_mark(int fd, uint32_t mark)
{
	return set(fd, SOL_SOCKET, SO_MARK, (int)mark);
}

int layout_connect(int fd, const struct endpoint *peer)
{
	return connect_to(fd, peer);
}

int layout_classic(const struct kern_tunnel_add *m, bool esp)
{
	int fd = tunnel_socket(m, &m->local, esp), error;

	if (fd < 0)
		return fd;
	error = listener_options(fd, &m->local, esp);
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

int layout_source(const struct endpoint *peer, struct endpoint *ret_local)
{
	union sockaddr_any sa;
	socklen_t len = sizeof(sa);
	int fd = socket(family_of(peer), SOCK_DGRAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return -errno;
	error = connect_to(fd, peer);
	if (!error && getsockname(fd, &sa.sa, &len) < 0)
		error = -errno;
	close(fd);
	if (error)
		return error;
	*ret_local = addr_from_sockaddr(&sa);
	ret_local->port = 0;
	return 0;
}

/* To a port that neither an SA nor a block policy is for: what ESP takes off is not wanted. */
uint16_t layout_path_mtu(const struct endpoint *local, const struct endpoint *peer)
{
	struct endpoint from = *local, to = *peer;
	bool v6 = local->family == ENDPOINT_IPV6;
	int fd, mtu = 0;
	socklen_t len = sizeof(mtu);

	from.port = 0;
	to.port = PORT_IKE;
	fd = bound_socket(&from, 0, false);
	if (fd < 0)
		return 0;
	if (connect_to(fd, &to) ||
	    getsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_MTU : IP_MTU, &mtu, &len) < 0)
		mtu = 0;
	close(fd);
	return mtu < 0 ? 0 : mtu > UINT16_MAX ? UINT16_MAX : (uint16_t)mtu;
}

int layout_client(struct endpoint *local, const struct endpoint *peer, bool esp)
{
	union sockaddr_any sa;
	socklen_t len = sizeof(sa);
	int fd = bound_socket(local, 0, esp);
	int error = fd < 0 ? fd : connect_to(fd, peer);

	if (!error)
		error = listener_options(fd, local, false);
	if (!error && getsockname(fd, &sa.sa, &len) < 0)
		error = -errno;
	if (error) {
		if (fd >= 0)
			close(fd);
		return error;
	}
	*local = addr_from_sockaddr(&sa);
	return fd;
}

bool layout_source_matches(const struct kern_tunnel_add *m)
{
	union sockaddr_any sa;
	struct endpoint source;
	socklen_t len = sizeof(sa);
	int fd = socket(family_of(&m->peer), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool same = false;

	if (fd < 0)
		return false;
	if ((!m->mark || !set(fd, SOL_SOCKET, SO_MARK, (int)m->mark)) &&
	    !connect_to(fd, &m->peer) && !getsockname(fd, &sa.sa, &len)) {
		source = addr_from_sockaddr(&sa);
		same = endpoint_same_host(&source, &m->local);
	}
	close(fd);
	return same;
}

/* --- self-test ------------------------------------------------------------------------------- */

#define TEST_TUNNEL   0x4001
#define TEST_SESSION  0x4002
#define TEST_PORT     1701
#define TEST_CLIENT   1702
#define TEST_WAIT_MS  2000
#define TEST_LOOPBACK 1 /* interface index of lo in a new namespace */

struct test_result {
	int error;
	enum kern_layout layout;
	char step[32];
};

/* A data message with an LCP Echo-Request, RFC 2661 3.1, RFC 1661 5.8. */
/* clang-format off */
static const uint8_t test_packet[] = {
	0x00, 0x02, /* data, no optional field, version 2 */
	TEST_TUNNEL >> 8, TEST_TUNNEL & 255, TEST_SESSION >> 8, TEST_SESSION & 255,
	0xff, 0x03, 0xc0, 0x21, 9, 1, 0, 8, 0, 0, 0, 0,
};
/* clang-format on */

static struct endpoint loopback(uint16_t port)
{
	return (struct endpoint){
		.family = ENDPOINT_IPV4,
		.port = port,
		.addr = {127, 0, 0, 1},
	};
}

static int test_loopback_up(void)
{
	struct rtnl r;
	int error = rtnl_open(&r);

	if (error)
		return error;
	rtnl_begin(&r);
	(void)rtnl_set_up(&r, TEST_LOOPBACK, true);
	error = rtnl_commit(&r);
	rtnl_close(&r);
	return error;
}

/* Which of the two gets the packet: the session, or the listener, unopened? */
static int test_packet_to(int client, int listener, int pppox, enum kern_layout *ret_layout)
{
	struct endpoint to = loopback(TEST_PORT);
	struct pollfd fds[2] = {{.fd = pppox, .events = POLLIN},
				{.fd = listener, .events = POLLIN}};
	int error = connect_to(client, &to);

	if (error)
		return error;
	if (send(client, test_packet, sizeof(test_packet), 0) < 0)
		return -errno;
	if (poll(fds, 2, TEST_WAIT_MS) < 0)
		return -errno;
	if (!fds[0].revents && !fds[1].revents)
		return -ETIMEDOUT;
	*ret_layout = fds[0].revents & POLLIN ? KERN_LAYOUT_PARKED : KERN_LAYOUT_CLASSIC;
	return 0;
}

#define STEP(name, call)                                                                           \
	do {                                                                                       \
		snprintf(res->step, sizeof(res->step), "%s", name);                                \
		res->error = (call);                                                               \
		if (res->error < 0)                                                                \
			return;                                                                    \
	} while (0)

/* In a process of its own: exit() closes what this opens, and with it goes the namespace. */
static void test_steps(struct test_result *res)
{
	const struct kern_tunnel_add m = {
		.tunnel = TEST_TUNNEL,
		.peer_tunnel = TEST_TUNNEL,
		.local = loopback(TEST_PORT),
		.peer = loopback(TEST_CLIENT),
	};
	const struct pppox_ids ids = {TEST_TUNNEL, TEST_TUNNEL, TEST_SESSION, TEST_SESSION, false};
	struct l2tp_genl genl;
	int listener, parked, client, pppox;

	STEP("unshare", unshare(CLONE_NEWNET) < 0 ? -errno : 0);
	STEP("lo up", test_loopback_up());
	STEP("generic netlink", l2tp_genl_open(&genl));
	STEP("listener", listener = layout_listener(&m.local, false));
	STEP("listener tunnel", l2tp_genl_tunnel_add(&genl, LAYOUT_LISTENER_TUNNEL, 1, listener));
	STEP("parked socket", parked = layout_parked(&m, false));
	STEP("parked tunnel", l2tp_genl_tunnel_add(&genl, m.tunnel, m.peer_tunnel, parked));
	STEP("session", pppox = pppox_connect(&ids));
	STEP("client", client = open_socket(&m.peer));
	STEP("client", bind_to(client, &m.peer));
	STEP("packet", test_packet_to(client, listener, pppox, &res->layout));
}

static int run_test(struct test_result *ret)
{
	int pipefd[2], status, error = 0;
	pid_t pid;

	if (pipe(pipefd) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		struct test_result res = {0};
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGALRM, SIG_DFL);
		alarm(10);
		test_steps(&res);
		_exit(write(pipefd[1], &res, sizeof(res)) != sizeof(res));
	}
	if (pid < 0)
		error = -errno;
	close(pipefd[1]);
	if (!error && read(pipefd[0], ret, sizeof(*ret)) != sizeof(*ret))
		error = -EIO;
	close(pipefd[0]);
	if (pid > 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	return error;
}

int layout_self_test(enum kern_layout *ret_layout, char *why, size_t size)
{
	struct test_result res = {0};
	int error = run_test(&res);

	if (error) {
		snprintf(why, size, "no test process: %s", strerror(-error));
		return error;
	}
	if (res.error < 0) {
		snprintf(why, size, "%s: %s", res.step, strerror(-res.error));
		return res.error;
	}
	*ret_layout = res.layout;
	return 0;
}
