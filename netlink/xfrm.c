// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * XFRM policies, with libmnl.
 *
 * A block policy of ours is told from an administrator's by the user id in its selector, which the
 * kernel compares between policies but never with a packet: an equal policy of somebody else is
 * another policy, and what we delete is always our own.
 */
#include "netlink/xfrm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "compiler.h"

#define BLOCK_OWNER    0x4c325450u /* "L2TP", where a selector has a user id */
#define BLOCK_PRIORITY 0xffffffffu /* the lowest */
#define BUFFER	       8192
#define CLEAN_MAX      64 /* policies deleted between two dumps */
#define TIMEOUT	       10 /* seconds */

/* --- policies of a socket -------------------------------------------------------------------- */

static uint16_t family_of(uint8_t family)
{
	return family == ENDPOINT_IPV6 ? AF_INET6 : AF_INET;
}

static struct xfrm_lifetime_cfg for_ever(void)
{
	return (struct xfrm_lifetime_cfg){
		.soft_byte_limit = XFRM_INF,
		.hard_byte_limit = XFRM_INF,
		.soft_packet_limit = XFRM_INF,
		.hard_packet_limit = XFRM_INF,
	};
}

/* Any algorithm and any SA: which one it was, the mark tells. */
int xfrm_require_esp(int fd, uint8_t family)
{
	struct {
		struct xfrm_userpolicy_info info;
		struct xfrm_user_tmpl tmpl;
	} policy = {
		.info.sel.family = family_of(family),
		.info.lft = for_ever(),
		.info.dir = XFRM_POLICY_IN,
		.info.action = XFRM_POLICY_ALLOW,
		.tmpl.id.proto = IPPROTO_ESP,
		.tmpl.family = family_of(family),
		.tmpl.mode = XFRM_MODE_TRANSPORT,
		.tmpl.aalgos = ~0u,
		.tmpl.ealgos = ~0u,
		.tmpl.calgos = ~0u,
	};
	bool v6 = family == ENDPOINT_IPV6;

	return setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			  v6 ? IPV6_XFRM_POLICY : IP_XFRM_POLICY, &policy, sizeof(policy)) < 0
		       ? -errno
		       : 0;
}

/* --- requests -------------------------------------------------------------------------------- */

int xfrm_open(struct xfrm *x)
{
	struct timeval tv = {.tv_sec = TIMEOUT};
	int error;

	memset(x, 0, sizeof(*x));
	x->sock = mnl_socket_open2(NETLINK_XFRM, SOCK_CLOEXEC);
	if (!x->sock)
		return -errno;
	if (mnl_socket_bind(x->sock, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(mnl_socket_get_fd(x->sock), SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) < 0) {
		error = -errno;
		xfrm_close(x);
		return error;
	}
	x->seq = (uint32_t)time(NULL);
	return 0;
}

void xfrm_close(struct xfrm *x)
{
	if (x->sock)
		mnl_socket_close(x->sock);
	memset(x, 0, sizeof(*x));
}

static struct nlmsghdr *message(struct xfrm *x, char *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	nlh->nlmsg_seq = ++x->seq;
	nlh->nlmsg_pid = mnl_socket_get_portid(x->sock); /* for xfrm_monitor_read() */
	return nlh;
}

/* Send it and take in the answer, through cb if there is more to it than an error number. */
static int talk(struct xfrm *x, const struct nlmsghdr *nlh, mnl_cb_t cb, void *ctx)
{
	char buf[BUFFER] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t n;
	int ret;

	if (mnl_socket_sendto(x->sock, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		n = mnl_socket_recvfrom(x->sock, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		ret = mnl_cb_run(buf, (size_t)n, x->seq, mnl_socket_get_portid(x->sock), cb, ctx);
		if (ret == MNL_CB_STOP)
			return 0;
		if (ret == MNL_CB_ERROR && errno != EPROTO) /* EPROTO: of one that timed out */
			return -errno;
	}
}

/* --- block policies -------------------------------------------------------------------------- */

static void put_side(const struct endpoint *ep, xfrm_address_t *addr, uint8_t *prefixlen,
		     uint16_t *port, uint16_t *port_mask)
{
	static const uint8_t any[sizeof(ep->addr)];

	memcpy(addr, ep->addr, sizeof(*addr));
	if (memcmp(ep->addr, any, sizeof(any)))
		*prefixlen = ep->family == ENDPOINT_IPV6 ? 128 : 32;
	*port = htons(ep->port);
	*port_mask = ep->port ? 0xffff : 0;
}

static struct xfrm_selector selector_of(const struct xfrm_flow *flow, uint8_t dir)
{
	const struct endpoint *src = dir == XFRM_POLICY_IN ? &flow->remote : &flow->local;
	const struct endpoint *dst = dir == XFRM_POLICY_IN ? &flow->local : &flow->remote;
	struct xfrm_selector sel;

	memset(&sel, 0, sizeof(sel)); /* with its holes: the kernel compares all of it */
	sel.family = family_of(flow->local.family);
	sel.proto = IPPROTO_UDP;
	sel.user = BLOCK_OWNER;
	put_side(src, &sel.saddr, &sel.prefixlen_s, &sel.sport, &sel.sport_mask);
	put_side(dst, &sel.daddr, &sel.prefixlen_d, &sel.dport, &sel.dport_mask);
	return sel;
}

static int block_one(struct xfrm *x, const struct xfrm_flow *flow, uint8_t dir)
{
	char buf[BUFFER] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = message(x, buf, XFRM_MSG_NEWPOLICY, NLM_F_ACK | NLM_F_CREATE);
	struct xfrm_userpolicy_info *info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));
	int error;

	info->sel = selector_of(flow, dir);
	info->lft = for_ever();
	info->priority = BLOCK_PRIORITY;
	info->dir = dir;
	info->action = XFRM_POLICY_BLOCK;
	error = talk(x, nlh, NULL, NULL);
	return error == -EEXIST ? 0 : error;
}

static int delete (struct xfrm *x, const struct xfrm_selector *sel, uint8_t dir)
{
	char buf[BUFFER] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = message(x, buf, XFRM_MSG_DELPOLICY, NLM_F_ACK);
	struct xfrm_userpolicy_id *id = mnl_nlmsg_put_extra_header(nlh, sizeof(*id));
	int error;

	id->sel = *sel;
	id->dir = dir;
	error = talk(x, nlh, NULL, NULL);
	return error == -ENOENT ? 0 : error;
}

int xfrm_block(struct xfrm *x, const struct xfrm_flow *flow)
{
	int error = block_one(x, flow, XFRM_POLICY_OUT);

	return error ? error : block_one(x, flow, XFRM_POLICY_IN);
}

int xfrm_unblock(struct xfrm *x, const struct xfrm_flow *flow)
{
	const struct xfrm_selector in = selector_of(flow, XFRM_POLICY_IN);
	const struct xfrm_selector out = selector_of(flow, XFRM_POLICY_OUT);
	int error = delete (x, &in, XFRM_POLICY_IN), second = delete (x, &out, XFRM_POLICY_OUT);

	return error ? error : second;
}

struct found {
	unsigned count;
	struct xfrm_selector sel[CLEAN_MAX];
	uint8_t dir[CLEAN_MAX];
};

static int find(const struct nlmsghdr *nlh, void *ctx)
{
	const struct xfrm_userpolicy_info *info = mnl_nlmsg_get_payload(nlh);
	struct found *f = ctx;

	if (nlh->nlmsg_type != XFRM_MSG_NEWPOLICY || mnl_nlmsg_get_payload_len(nlh) < sizeof(*info))
		return MNL_CB_OK;
	if (info->sel.user != BLOCK_OWNER || info->action != XFRM_POLICY_BLOCK ||
	    f->count == CLEAN_MAX)
		return MNL_CB_OK;
	f->sel[f->count] = info->sel;
	f->dir[f->count++] = info->dir;
	return MNL_CB_OK;
}

int xfrm_clean(struct xfrm *x)
{
	char buf[BUFFER] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh;
	struct found f;
	int error, total = 0;

	do {
		f.count = 0;
		nlh = message(x, buf, XFRM_MSG_GETPOLICY, NLM_F_DUMP);
		mnl_nlmsg_put_extra_header(nlh, sizeof(struct xfrm_userpolicy_id));
		error = talk(x, nlh, find, &f);
		for (unsigned i = 0; i < f.count && !error; i++)
			error = delete (x, &f.sel[i], f.dir[i]);
		if (error)
			return error;
		total += (int)f.count;
	} while (f.count == CLEAN_MAX);
	return total;
}

/* --- monitor --------------------------------------------------------------------------------- */

#define OFFSET_TYPE offsetof(struct nlmsghdr, nlmsg_type)

/* A daemon that makes SAs makes policies as well, so the kernel filters. */
int xfrm_monitor_open(void)
{
	/* The filter loads in network byte order what the message has in host byte order. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, OFFSET_TYPE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(XFRM_MSG_DELPOLICY), 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(XFRM_MSG_FLUSHPOLICY), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = ARRAY_SIZE(code), .filter = code};
	struct sockaddr_nl sa = {.nl_family = AF_NETLINK, .nl_groups = XFRMGRP_POLICY};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_XFRM);
	int error;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ||
	    bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

static bool concerns_us(const struct nlmsghdr *nlh)
{
	const struct xfrm_userpolicy_id *id = mnl_nlmsg_get_payload(nlh);
	const struct xfrm_userpolicy_info *info;
	const struct nlattr *attr;

	if (nlh->nlmsg_type == XFRM_MSG_FLUSHPOLICY)
		return true;
	if (nlh->nlmsg_type != XFRM_MSG_DELPOLICY || mnl_nlmsg_get_payload_len(nlh) < sizeof(*id))
		return false;
	if (id->sel.user == BLOCK_OWNER)
		return true;
	mnl_attr_for_each(attr, nlh, sizeof(*id)) /* deleted by its index */
	{
		info = mnl_attr_get_payload(attr);
		if (mnl_attr_get_type(attr) == XFRMA_POLICY &&
		    mnl_attr_get_payload_len(attr) >= sizeof(*info) &&
		    info->sel.user == BLOCK_OWNER)
			return true;
	}
	return false;
}

bool xfrm_monitor_read(int fd, const struct xfrm *x)
{
	/* the kernel says on whose request it was */
	const uint32_t own = mnl_socket_get_portid(x->sock);
	char buf[BUFFER] __attribute__((aligned(NLMSG_ALIGNTO)));
	bool ours = false;
	ssize_t n;
	int len;

	while ((n = recv(fd, buf, sizeof(buf), 0)) >= 0 || errno == ENOBUFS || errno == EINTR) {
		const struct nlmsghdr *nlh = (const void *)buf;

		ours |= n < 0 && errno == ENOBUFS;
		for (len = n < 0 ? 0 : (int)n; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len))
			ours |= nlh->nlmsg_pid != own && concerns_us(nlh);
	}
	return ours;
}
