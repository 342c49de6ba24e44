// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Receives in batches, with the local address of every datagram (IP_PKTINFO), because a listener
 * may be bound to the wildcard address and an answer must leave from the address that was asked.
 */
#include "daemon/udp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "daemon/addr.h"

/* in_pktinfo or in6_pktinfo, and room for what SO_RCVMARK may add */
#define CONTROL_SIZE (CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint32_t)))

struct slot {
	union sockaddr_any peer;
	struct iovec iov;
	_Alignas(struct cmsghdr) char control[CONTROL_SIZE];
	uint8_t data[UDP_SIZE_MAX];
};

struct udp_batch {
	struct mmsghdr msgs[UDP_BATCH];
	struct slot slots[UDP_BATCH];
};

int udp_init(struct udp *udp, struct loop *loop,
	     void (*input)(void *ctx, const struct datagram *d), void *ctx)
{
	memset(udp, 0, sizeof(*udp));
	udp->loop = loop;
	udp->input = input;
	udp->ctx = ctx;
	for (size_t i = 0; i < ARRAY_SIZE(udp->listeners); i++)
		udp->listeners[i].watch.fd = -1;
	udp->batch = calloc(1, sizeof(*udp->batch));
	return udp->batch ? 0 : -ENOMEM;
}

void udp_fini(struct udp *udp)
{
	for (size_t i = 0; i < ARRAY_SIZE(udp->listeners); i++)
		udp_remove(&udp->listeners[i]);
	free(udp->batch);
	udp->batch = NULL;
}

static void prepare(struct udp_batch *b)
{
	for (size_t i = 0; i < UDP_BATCH; i++) {
		struct slot *s = &b->slots[i];

		s->iov.iov_base = s->data;
		s->iov.iov_len = sizeof(s->data);
		b->msgs[i].msg_hdr = (struct msghdr){
			.msg_name = &s->peer,
			.msg_namelen = sizeof(s->peer),
			.msg_iov = &s->iov,
			.msg_iovlen = 1,
			.msg_control = s->control,
			.msg_controllen = sizeof(s->control),
		};
	}
}

/* The address that the datagram was sent to; the port is the socket's. */
static struct endpoint local_of(const struct udp_socket *s, struct msghdr *mh)
{
	struct endpoint ep = s->bound;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			memcpy(ep.addr, &info.ipi_addr, 4);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			memcpy(ep.addr, &info.ipi6_addr, 16);
			ep.scope = IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr) ? info.ipi6_ifindex : 0;
		}
	}
	return ep;
}

static uint32_t mark_of(struct msghdr *mh)
{
	uint32_t mark = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_MARK)
			memcpy(&mark, CMSG_DATA(c), sizeof(mark));
	return mark;
}

/*
 * Errors that routers and peers report (IP_RECVERR) would otherwise stay on the socket and fail
 * the next call.  They prove nothing about a peer, since anybody can forge them: the channel's
 * retransmissions decide whether it is still there.
 */
static void drain_errors(int fd)
{
	char data[64], control[512];
	struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };

	for (int i = 0; i < 64; i++) {
		struct msghdr mh = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};

		if (recvmsg(fd, &mh, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			return;
	}
}

static void receive(struct watch *w, uint32_t events)
{
	struct udp_socket *s = container_of(w, struct udp_socket, watch);
	struct udp *udp = s->udp;
	struct udp_batch *b = udp->batch;
	int n;

	if (events & EPOLLERR)
		drain_errors(w->fd);
	prepare(b);
	n = recvmmsg(w->fd, b->msgs, UDP_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		struct msghdr *mh = &b->msgs[i].msg_hdr;
		struct datagram d = {
			.data = b->slots[i].data,
			.len = b->msgs[i].msg_len,
			.local = local_of(s, mh),
			.peer = addr_from_sockaddr(&b->slots[i].peer),
			.listener = s->listener,
			.mark = mark_of(mh),
		};

		if (mh->msg_flags & MSG_TRUNC)
			udp->truncated++;
		else
			udp->input(udp->ctx, &d);
	}
}

int udp_add(struct udp *udp, struct udp_socket *s, uint8_t listener, int fd)
{
	union sockaddr_any sa;
	socklen_t len = sizeof(sa);
	int err;

	if (getsockname(fd, &sa.sa, &len) < 0)
		return -errno;
	s->watch = (struct watch){ .fd = fd, .ready = receive };
	s->udp = udp;
	s->listener = listener;
	s->bound = addr_from_sockaddr(&sa);
	err = loop_add(udp->loop, &s->watch, EPOLLIN);
	if (err)
		s->watch.fd = -1;
	return err;
}

int udp_add_listener(struct udp *udp, uint8_t index, int fd)
{
	if (index >= ARRAY_SIZE(udp->listeners) || udp->listeners[index].watch.fd >= 0)
		return -EINVAL;
	return udp_add(udp, &udp->listeners[index], index, fd);
}

/* A tunnel's socket can be removed while its own batch is handled: see loop_del(). */
void udp_remove(struct udp_socket *s)
{
	if (s->watch.fd < 0)
		return;
	loop_del(s->udp->loop, &s->watch);
	close(s->watch.fd);
	s->watch.fd = -1;
}

static void add_source(struct msghdr *mh, char *control, const struct endpoint *local)
{
	struct cmsghdr *c = (struct cmsghdr *)(void *)control;

	mh->msg_control = control;
	if (local->family == ENDPOINT_IPV4) {
		struct in_pktinfo info = { 0 };

		memcpy(&info.ipi_spec_dst, local->addr, 4);
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		mh->msg_controllen = CMSG_SPACE(sizeof(info));
	} else {
		struct in6_pktinfo info = { .ipi6_ifindex = local->scope };

		memcpy(&info.ipi6_addr, local->addr, 16);
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		mh->msg_controllen = CMSG_SPACE(sizeof(info));
	}
}

void udp_send(struct udp *udp, uint8_t listener, const struct udp_socket *via,
	      const struct endpoint *local, const struct endpoint *peer, const struct iovec *iov,
	      size_t iovlen)
{
	_Alignas(struct cmsghdr) char control[CONTROL_SIZE] = { 0 };
	union sockaddr_any to;
	struct msghdr mh = {
		.msg_name = &to,
		.msg_namelen = addr_to_sockaddr(peer, &to),
		.msg_iov = (struct iovec *)iov,
		.msg_iovlen = iovlen,
	};
	int fd = via && via->watch.fd >= 0 ? via->watch.fd : udp->listeners[listener].watch.fd;

	if (fd < 0)
		return;
	if (listener < CONFIG_LISTENERS_MAX)
		add_source(&mh, control, local);
	else /* connected */
		mh.msg_name = NULL, mh.msg_namelen = 0;
	/* one more try: the first may only have reported an old ICMP error (see drain_errors) */
	if (sendmsg(fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
	    sendmsg(fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		udp->send_failed++;
}
