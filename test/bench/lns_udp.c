// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/bench/lns_udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "compiler.h"
#include "test/sim/lns.h"
#include "test/sim/lossy.h"

#define MESSAGES    16384
#define TUNNELS_MAX 20000
#define CALLS_MAX   20000

struct server {
	struct lns lns;
	struct lns_config config;
	struct tunnel_config tunnel;
	struct link_config link;
	struct env env;
	struct effects fx;
	struct slab messages;
	struct seeded random;
	int fd;
};

static usec_t clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (usec_t)t.tv_sec * USEC_PER_SEC + (usec_t)t.tv_nsec / 1000;
}

static void transmit(struct lns *l, const struct pcap_end *to, const uint8_t *data, size_t len)
{
	struct server *s = container_of(l, struct server, lns);
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons(to->port),
				.sin_addr.s_addr = htonl(to->address)};

	/* a full queue is a lossy wire */
	(void)!sendto(s->fd, data, len, 0, (struct sockaddr *)&a, sizeof(a));
}

static void configure(struct server *s, const struct lns_udp_options *o)
{
	s->tunnel = (struct tunnel_config){
		.host_name = "culvert-lns",
		.window = 4,
		.hello = 60 * USEC_PER_SEC,
		.retransmit = USEC_PER_SEC,
		.retransmit_max = 8 * USEC_PER_SEC,
		.retransmit_limit = 5,
		.setup_timeout = 60 * USEC_PER_SEC,
	};
	s->link = (struct link_config){
		.role = LINK_SERVER,
		.name = "culvert-lns",
		.methods = {AUTH_MSCHAPV2, AUTH_CHAP_MD5, AUTH_PAP, AUTH_NONE},
		.mru = 1400,
		.echo = 30 * USEC_PER_SEC,
		.echo_failures = 4,
		.restart = 3 * USEC_PER_SEC,
		.max_configure = 10,
		.max_terminate = 2,
		.max_failure = 5,
		.auth_timeout = 60 * USEC_PER_SEC,
	};
	s->config = (struct lns_config){
		.tunnel = &s->tunnel,
		.link = &s->link,
		.user = o->user,
		.password = o->password,
		.aaa_max = o->aaa_max,
		.kernel_max = o->kernel_max,
		.max_tunnels = TUNNELS_MAX,
		.max_calls = CALLS_MAX,
		.transmit = transmit,
	};
}

static void read_some(struct server *s)
{
	uint8_t data[LOSSY_PACKET_MAX];
	struct sockaddr_in a;
	socklen_t alen = sizeof(a);
	unsigned i;

	for (i = 0; i < 64; i++) {
		ssize_t n = recvfrom(s->fd, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&a,
				     &alen);
		struct pcap_end from;

		if (n < 0)
			return;
		from = (struct pcap_end){ntohl(a.sin_addr.s_addr), ntohs(a.sin_port)};
		lns_datagram(&s->lns, &from, data, (size_t)n);
	}
}

static int serve(struct server *s, usec_t idle_exit)
{
	usec_t busy_at = clock_now();

	for (;;) {
		struct pollfd p = {.fd = s->fd, .events = POLLIN};
		usec_t next = lns_next(&s->lns), now = clock_now();
		usec_t wait = next <= now ? 0 : usec_min(next - now, 100 * USEC_PER_MSEC);

		if (poll(&p, 1, (int)((wait + 999) / 1000)) < 0 && errno != EINTR)
			return -errno;
		s->env.now = clock_now();
		read_some(s);
		lns_expire(&s->lns);
		if (!list_empty(&s->lns.tunnels))
			busy_at = s->env.now;
		else if (idle_exit != USEC_NEVER && s->env.now - busy_at > idle_exit)
			return 0;
	}
}

int lns_udp_run(const struct lns_udp_options *o)
{
	struct server *s = calloc(1, sizeof(*s));
	void *memory = NULL;
	uint64_t seed;
	int r = -ENOMEM;

	if (!s)
		return r;
	slab_init(&s->messages, CHANNEL_MESSAGE_SIZE);
	memory = aligned_alloc(16, MESSAGES * s->messages.object);
	if (!memory || getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		goto out;
	slab_give(&s->messages, memory, MESSAGES * s->messages.object);
	seeded_init(&s->random, seed);
	s->fd = o->fd;
	s->env = (struct env){
		.now = clock_now(), .rng = &s->random.rng, .messages = &s->messages, .fx = &s->fx};
	configure(s, o);
	if (!lns_init(&s->lns, &s->config, &s->env))
		goto out;
	r = serve(s, o->idle_exit);
	lns_fini(&s->lns);
out:
	free(memory);
	free(s);
	return r;
}

int lns_udp_socket(uint32_t address, uint16_t *port)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(address)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int bytes = 8 << 20;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    getsockname(fd, (struct sockaddr *)&a, &len)) {
		int r = -errno;

		close(fd);
		return r;
	}
	*port = ntohs(a.sin_port);
	return fd;
}
