// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/bench/sockets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS	   256
#define BUFFER	   (16 << 20) /* so that nothing is lost here */
#define TAG_SHARED UINT32_MAX
#define TAG_WAKE   (UINT32_MAX - 1)

static int complain(const char *what)
{
	int e = errno;

	fprintf(stderr, "%s: %s\n", what, strerror(e));
	return -e;
}

/* Buffers beyond the system's limit need CAP_NET_ADMIN; without it the limit has to do. */
static void enlarge(int fd, int bytes)
{
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

static int watch(struct sockets *s, int fd, uint32_t tag)
{
	struct epoll_event e = {.events = EPOLLIN, .data.u32 = tag};

	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e) ? complain("epoll_ctl") : 0;
}

static int open_shared(struct sockets *s, const struct sockets_options *o)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(o->port)};
	int one = 1;

	s->out = calloc(SOCKETS_BATCH, sizeof(*s->out));
	if (!s->out)
		return -ENOMEM;
	s->first = o->prefix + 1;
	s->shared = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s->shared < 0)
		return complain("socket");
	enlarge(s->shared, BUFFER);
	setsockopt(s->shared, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	if (bind(s->shared, (struct sockaddr *)&any, sizeof(any)))
		return complain("bind");
	return watch(s, s->shared, TAG_SHARED);
}

static void raise_files(unsigned clients)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r))
		return;
	r.rlim_cur = clients + 64 > r.rlim_max ? r.rlim_max : clients + 64;
	setrlimit(RLIMIT_NOFILE, &r);
}

int sockets_init(struct sockets *s, const struct sockets_options *o)
{
	memset(s, 0, sizeof(*s));
	s->server = o->server;
	s->count = o->clients;
	s->shared = -1;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0)
		return complain("epoll_create1");
	if (o->prefix) {
		if (o->clients >= (1ull << (32 - o->prefix_len)) - 1) {
			fprintf(stderr, "--sources has fewer addresses than there are clients\n");
			return -EINVAL;
		}
		return open_shared(s, o);
	}
	raise_files(o->clients);
	s->fds = malloc(o->clients * sizeof(*s->fds));
	if (!s->fds)
		return -ENOMEM;
	memset(s->fds, 0xff, o->clients * sizeof(*s->fds));
	return 0;
}

void sockets_fini(struct sockets *s)
{
	unsigned i;

	for (i = 0; s->fds && i < s->count; i++)
		if (s->fds[i] >= 0)
			close(s->fds[i]);
	if (s->shared >= 0)
		close(s->shared);
	if (s->epoll >= 0)
		close(s->epoll);
	free(s->fds);
	free(s->out);
}

int sockets_open(struct sockets *s, unsigned client)
{
	int fd;

	if (s->shared >= 0 || s->fds[client] >= 0)
		return 0;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return complain("socket");
	s->fds[client] = fd;
	if (connect(fd, (struct sockaddr *)&s->server, sizeof(s->server)))
		return complain("connect");
	return watch(s, fd, client);
}

/* The message that sends from this client's address. */
static void fill_source(struct sockets *s, struct sockets_out *o, unsigned client)
{
	struct cmsghdr *c = (struct cmsghdr *)(void *)o->control;
	struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(s->first + client)};

	memset(o->control, 0, sizeof(o->control));
	o->to = s->server;
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
}

static void fill_header(struct mmsghdr *m, struct iovec *v, struct sockets_out *o)
{
	*v = (struct iovec){.iov_base = o->data, .iov_len = o->len};
	memset(m, 0, sizeof(*m));
	m->msg_hdr = (struct msghdr){
		.msg_name = &o->to,
		.msg_namelen = sizeof(o->to),
		.msg_iov = v,
		.msg_iovlen = 1,
		.msg_control = o->control,
		.msg_controllen = sizeof(o->control),
	};
}

void sockets_flush(struct sockets *s)
{
	struct mmsghdr m[SOCKETS_BATCH];
	struct iovec v[SOCKETS_BATCH];
	size_t i, done = 0;

	for (i = 0; i < s->n_out; i++)
		fill_header(&m[i], &v[i], &s->out[i]);
	while (done < s->n_out) {
		int n = sendmmsg(s->shared, m + done, (unsigned)(s->n_out - done), 0);

		if (n <= 0) {
			if (errno == EINTR)
				continue;
			s->send_errors++;
			n = 1; /* as lost on the way */
		}
		done += (size_t)n;
	}
	s->n_out = 0;
}

void sockets_send(struct sockets *s, unsigned client, const void *data, size_t len)
{
	struct sockets_out *o;

	if (s->shared < 0) {
		if (send(s->fds[client], data, len, 0) < 0)
			s->send_errors++;
		return;
	}
	o = &s->out[s->n_out++];
	fill_source(s, o, client);
	o->len = len < sizeof(o->data) ? len : sizeof(o->data);
	memcpy(o->data, data, o->len);
	if (s->n_out == SOCKETS_BATCH)
		sockets_flush(s);
}

uint64_t sockets_flood(struct sockets *s, unsigned client, const void *data, size_t len,
		       uint64_t count)
{
	struct mmsghdr m[SOCKETS_BATCH];
	struct iovec v = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
	struct sockets_out o;
	uint64_t done = 0;
	size_t i;

	fill_source(s, &o, client);
	for (i = 0; i < SOCKETS_BATCH; i++) {
		fill_header(&m[i], &v, &o);
		v = (struct iovec){.iov_base = (void *)(uintptr_t)data, .iov_len = len};
		if (s->shared < 0)
			m[i].msg_hdr = (struct msghdr){.msg_iov = &v, .msg_iovlen = 1};
	}
	while (done < count) {
		uint64_t want = count - done < SOCKETS_BATCH ? count - done : SOCKETS_BATCH;
		int n = sendmmsg(s->shared < 0 ? s->fds[client] : s->shared, m, (unsigned)want, 0);

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			break;
		done += n > 0 ? (uint64_t)n : 0;
	}
	return done;
}

/* The client that a datagram on the shared socket is for; `count` if it is nobody's. */
static unsigned addressee(const struct sockets *s, struct msghdr *h)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		struct in_pktinfo info;

		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		return ntohl(info.ipi_addr.s_addr) - s->first;
	}
	return s->count;
}

/* Everything that waits on one socket. client: whose it is, or TAG_SHARED. */
static void receive(struct sockets *s, int fd, uint32_t client)
{
	struct {
		uint8_t data[SOCKETS_BATCH][SOCKETS_MTU];
		char control[SOCKETS_BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
	} in;
	struct mmsghdr m[SOCKETS_BATCH];
	struct iovec v[SOCKETS_BATCH];
	unsigned batch = client == TAG_SHARED ? SOCKETS_BATCH : 4;
	unsigned i;
	int n;

	memset(m, 0, sizeof(m));
	for (i = 0; i < batch; i++) {
		v[i] = (struct iovec){.iov_base = in.data[i], .iov_len = SOCKETS_MTU};
		m[i].msg_hdr.msg_iov = &v[i];
		m[i].msg_hdr.msg_iovlen = 1;
		if (client != TAG_SHARED)
			continue;
		m[i].msg_hdr.msg_control = in.control[i];
		m[i].msg_hdr.msg_controllen = sizeof(in.control[i]);
	}
	n = recvmmsg(fd, m, batch, MSG_DONTWAIT, NULL);
	for (i = 0; n > 0 && i < (unsigned)n; i++) {
		unsigned who = client == TAG_SHARED ? addressee(s, &m[i].msg_hdr) : client;

		if (who < s->count)
			s->receive(s->context, who, in.data[i], m[i].msg_len);
	}
}

bool sockets_wait(struct sockets *s, int timeout_ms, int wake)
{
	struct epoll_event events[EVENTS];
	bool woken = false;
	int i, n;

	if (wake >= 0)
		watch(s, wake, TAG_WAKE);
	n = epoll_wait(s->epoll, events, EVENTS, timeout_ms);
	for (i = 0; i < n; i++) {
		uint32_t tag = events[i].data.u32;

		if (tag == TAG_WAKE)
			woken = true;
		else if (tag == TAG_SHARED)
			receive(s, s->shared, tag);
		else
			receive(s, s->fds[tag], tag);
	}
	if (wake >= 0)
		epoll_ctl(s->epoll, EPOLL_CTL_DEL, wake, NULL);
	return woken;
}
