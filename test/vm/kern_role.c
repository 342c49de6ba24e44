// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests go straight into the library; answers are kept until they are forgotten.  The peer is a
 * UDP socket in another namespace, through which raw L2TP packets are sent and received, so that
 * nothing on the other side depends on code under test.
 */
#include "test/vm/kern_role.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "daemon/addr.h"

/* --- reporting ------------------------------------------------------------------------------- */

unsigned passed, failed;

void report(bool good, const char *fmt, ...)
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

bool shell(char *out, size_t size, const char *fmt, ...)
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

int number(const char *cmd)
{
	char out[64];

	shell(out, sizeof(out), "%s", cmd);
	return atoi(out);
}

double now_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* --- the kernel role under test -------------------------------------------------------------- */

struct kern *k;
struct config cfg;
uint32_t next_id = 1;

struct answer *answers;
size_t n_answers;

static void on_send(void *ctx, const void *msg, size_t len, const int *fds, size_t nfds)
{
	struct answer *a = &answers[n_answers++ % MSGS_MAX];

	(void)ctx;
	memset(a, 0, sizeof(*a));
	memcpy(&a->u, msg, len);
	for (size_t i = 0; i < 2; i++)
		a->fd[i] = i < nfds ? dup(fds[i]) : -1;
}

static char log_text[16384];

static void on_log(void *ctx, int priority, const char *line)
{
	size_t len = strlen(log_text);

	(void)ctx;
	snprintf(log_text + len, sizeof(log_text) - len, "%s\n", line);
	if (priority < LOG_DEBUG)
		printf("  log %d: %s\n", priority, line);
}

const struct kern_ops ops = {on_send, on_log};

void pump(int ms)
{
	double end = now_ms(CLOCK_MONOTONIC) + ms;
	struct pollfd pfd = {.fd = kern_fd(k), .events = POLLIN};
	double left;

	while ((left = end - now_ms(CLOCK_MONOTONIC)) > 0)
		if (poll(&pfd, 1, (int)left + 1) > 0)
			kern_poll(k);
}

void die(void)
{
	double end = now_ms(CLOCK_MONOTONIC) + WAIT_MS;

	kern_protocol_gone(k);
	forget_answers();
	while (!kern_settled(k) && now_ms(CLOCK_MONOTONIC) < end)
		pump(10);
	report(kern_settled(k), "what was under way ends when the protocol role does");
}

void tell_next(void)
{
	if (kern_kept_begin(k))
		abort();
	while (kern_kept_some(k, 3))
		;
}

static struct answer *find_answer(uint16_t type, uint32_t id)
{
	for (size_t i = 0; i < n_answers; i++)
		if (answers[i].u.wire.type == type && answers[i].u.wire.id == id)
			return &answers[i];
	return NULL;
}

struct answer *wait_answer(uint16_t type, uint32_t id)
{
	double end = now_ms(CLOCK_MONOTONIC) + WAIT_MS;
	struct pollfd pfd = {.fd = kern_fd(k), .events = POLLIN};
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

struct answer *wait_done(uint32_t id)
{
	return wait_answer(KERN_DONE, id);
}

void forget_answers(void)
{
	for (size_t i = 0; i < n_answers && i < MSGS_MAX; i++)
		for (int j = 0; j < 2; j++)
			if (answers[i].fd[j] >= 0)
				close(answers[i].fd[j]);
	n_answers = 0;
	log_text[0] = '\0';
}

bool logged(const char *words)
{
	return strstr(log_text, words);
}

unsigned type_count(uint16_t type)
{
	unsigned n = 0;

	for (size_t i = 0; i < n_answers; i++)
		n += answers[i].u.wire.type == type;
	return n;
}

struct answer *kept(uint16_t tunnel, uint16_t session)
{
	for (size_t i = 0; i < n_answers; i++)
		if (answers[i].u.wire.type == KERN_KEPT && answers[i].u.kept.tunnel == tunnel &&
		    answers[i].u.kept.session == session)
			return &answers[i];
	return NULL;
}

unsigned gone_count(uint16_t tunnel, uint16_t session)
{
	unsigned n = 0;

	for (size_t i = 0; i < n_answers; i++)
		n += answers[i].u.wire.type == KERN_GONE && answers[i].u.gone.tunnel == tunnel &&
		     answers[i].u.gone.session == session;
	return n;
}

struct endpoint ep(const char *text, uint16_t port)
{
	struct endpoint e = {.port = port};

	e.family = strchr(text, ':') ? ENDPOINT_IPV6 : ENDPOINT_IPV4;
	if (inet_pton(e.family == ENDPOINT_IPV6 ? AF_INET6 : AF_INET, text, e.addr) != 1)
		abort();
	return e;
}

void make_config(enum kern_layout layout)
{
	memset(&cfg, 0, sizeof(cfg));
	cfg.version = CONFIG_VERSION;
	cfg.layout = (uint8_t)layout;
	cfg.route_protocol = ROUTE_PROT;
	cfg.n_listeners = 2;
	cfg.listeners[0].address = ep("192.0.2.1", 1701);
	cfg.listeners[1].address = ep("2001:db8::1", 1701);
	cfg.listeners[0].ipsec = cfg.listeners[1].ipsec = CONFIG_IPSEC_OFF;
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

void start(enum kern_layout layout)
{
	make_config(layout);
	start_as_configured();
}

void start_as_configured(void)
{
	int error = kern_new(&cfg, &ops, NULL, &k);

	if (error) {
		printf("kern_new: %s\n", strerror(-error));
		exit(1);
	}
	if (kern_listener(k, 0) < 0 || kern_listener(k, 1) < 0)
		exit(1);
}

void stop(void)
{
	report(!kern_shutdown(k, WAIT_MS), "shutdown leaves nothing under way");
	kern_free(k);
	k = NULL;
	forget_answers();
}

/* --- requests -------------------------------------------------------------------------------- */

struct wire wire(uint16_t type)
{
	return (struct wire){type, WIRE_VERSION, next_id++};
}

uint32_t send_tunnel(uint16_t id, const struct endpoint *peer)
{
	return send_tunnel_in(id, peer, 0);
}

uint32_t send_sa(uint32_t mark, const struct endpoint *peer)
{
	struct kern_sa_add m = {
		.wire = wire(KERN_SA_ADD),
		.mark = mark,
		.mask = UINT32_MAX,
		.peer = *peer,
	};

	m.listener = peer->family == ENDPOINT_IPV6;
	m.local = cfg.listeners[m.listener].address;
	kern_request(k, &m, sizeof(m));
	return m.wire.id;
}

uint32_t send_sa_del(uint32_t mark)
{
	struct kern_sa_del m = {.wire = wire(KERN_SA_DEL), .mark = mark};

	kern_request(k, &m, sizeof(m));
	return m.wire.id;
}

uint32_t send_tunnel_in(uint16_t id, const struct endpoint *peer, uint32_t mark)
{
	struct kern_tunnel_add m = {.wire = wire(KERN_TUNNEL_ADD), .mark = mark};

	m.tunnel = id;
	m.peer_tunnel = (uint16_t)(id + 1000);
	m.listener = peer->family == ENDPOINT_IPV6;
	m.local = cfg.listeners[m.listener].address;
	m.peer = *peer;
	kern_request(k, &m, sizeof(m));
	return m.wire.id;
}

uint32_t send_tunnel_del(uint16_t id)
{
	struct kern_tunnel_del m = {.wire = wire(KERN_TUNNEL_DEL), .tunnel = id};

	kern_request(k, &m, sizeof(m));
	return m.wire.id;
}

struct kern_session_add session(uint16_t tunnel, uint16_t id)
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

uint32_t send_session(uint16_t tunnel, uint16_t id)
{
	struct kern_session_add m = session(tunnel, id);

	kern_request(k, &m, sizeof(m));
	return m.wire.id;
}

uint32_t send_session_del(uint16_t tunnel, uint16_t id)
{
	struct kern_session_del m = {
		.wire = wire(KERN_SESSION_DEL), .tunnel = tunnel, .session = id};

	kern_request(k, &m, sizeof(m));
	return m.wire.id;
}

uint32_t send_set(uint16_t tunnel, uint16_t id, bool ipv4, bool ipv6)
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

void send_set6(uint16_t tunnel, uint16_t id, const char *remote_iid)
{
	struct kern_session_set m = {
		.wire = wire(KERN_SESSION_SET),
		.tunnel = tunnel,
		.session = id,
		.ipv4 = true,
		.ipv6 = true,
	};

	memcpy(&m.remote_iid, remote_iid, sizeof(m.remote_iid));
	kern_request(k, &m, sizeof(m));
}

int result(uint32_t id)
{
	return wait_done(id)->u.done.error;
}

/* --- the peer -------------------------------------------------------------------------------- */

/* A UDP socket in the namespace "peer", connected to our listener. */
int peer_socket(const struct endpoint *from, const struct endpoint *to)
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
void peer_send(int fd, uint16_t tunnel, uint16_t session_id, const void *frame, size_t len)
{
	uint8_t packet[256] = {0x00,
			       0x02,
			       (uint8_t)(tunnel >> 8),
			       (uint8_t)tunnel,
			       (uint8_t)(session_id >> 8),
			       (uint8_t)session_id,
			       0xff,
			       0x03};

	memcpy(packet + 8, frame, len);
	if (send(fd, packet, 8 + len, 0) < 0)
		perror("peer send");
}

/* Is something there within a second?  Its bytes; 0: no. */
ssize_t receive(int fd, uint8_t *buf, size_t size)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	ssize_t n;

	if (poll(&pfd, 1, 1000) <= 0)
		return 0;
	n = read(fd, buf, size);
	return n < 0 ? 0 : n;
}

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
size_t ping(uint8_t *frame, uint32_t from)
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
bool ping_answered(int fd, uint16_t tunnel, uint16_t session_id)
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
