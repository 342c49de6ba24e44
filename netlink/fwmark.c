// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A tunnel's packets are routed with the mark of their SA, so an administrator's `ip rule fwmark`
 * may lead one client astray: it is looked for, and said.
 */
#include "netlink/fwmark.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define MARKS_LIKELY 0xffffu /* so many SAs, before the IKE daemon is started again */

struct search {
	uint32_t likely; /* bits */
	bool found;
	struct fwmark_rule rule;
};

static int look(const struct nlmsghdr *nlh, void *ctx)
{
	struct fwmark_rule rule = {.mask = 0xffffffff};
	struct search *s = ctx;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWRULE ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(struct fib_rule_hdr))
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(struct fib_rule_hdr))
	{
		if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
			continue;
		if (mnl_attr_get_type(attr) == FRA_PRIORITY)
			rule.priority = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == FRA_FWMARK)
			rule.mark = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == FRA_FWMASK)
			rule.mask = mnl_attr_get_u32(attr);
	}
	/* Some mark of ours has these bits, and a packet without one has not. */
	if (!rule.mark || rule.mark & ~s->likely || s->found)
		return MNL_CB_OK;
	s->found = true;
	s->rule = rule;
	return MNL_CB_OK;
}

static int dump(struct mnl_socket *sock, uint8_t family, struct search *s)
{
	char buf[16384] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct fib_rule_hdr *hdr;
	uint32_t seq = (uint32_t)time(NULL);
	ssize_t n;
	int ret;

	nlh->nlmsg_type = RTM_GETRULE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = seq;
	hdr = mnl_nlmsg_put_extra_header(nlh, sizeof(*hdr));
	hdr->family = family;
	if (mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(sock, buf, sizeof(buf));
		if (n < 0)
			return -errno;
		ret = mnl_cb_run(buf, (size_t)n, seq, mnl_socket_get_portid(sock), look, s);
	} while (ret == MNL_CB_OK);
	return ret == MNL_CB_ERROR ? -errno : 0;
}

int fwmark_conflict(uint32_t mask, struct fwmark_rule *ret)
{
	struct mnl_socket *sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct search s = {.likely = mask == UINT32_MAX ? MARKS_LIKELY : mask};
	int error;

	if (!sock)
		return -errno;
	error = mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
	if (!error)
		error = dump(sock, AF_INET, &s);
	if (!error)
		error = dump(sock, AF_INET6, &s);
	mnl_socket_close(sock);
	*ret = s.rule;
	return s.found ? 1 : error;
}
