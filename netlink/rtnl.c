// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtnetlink in batches, with libmnl.
 *
 * This file knows the messages (RTM_NEWLINK of kind ppp and what follows it) and how to match
 * answers to the messages of a batch.  What is put where, and when, is the callers' business
 * (kern_session.c).  RTM_NEWLINK makes the device with its final name, MTU and group, because each
 * of these costs a turn with the kernel's RTNL lock when done later.
 */
#include "netlink/rtnl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "compiler.h"

#define RTNL_BUFFER  ((size_t)65536)
#define RTNL_MESSAGE 256 /* no message of ours is longer */
#define RTNL_RCVBUF  (1 << 20)
#define RTNL_TIMEOUT 30 /* seconds; only a kernel in trouble is that slow */

/* --- socket ---------------------------------------------------------------------------------- */

int rtnl_open(struct rtnl *r)
{
	struct timeval tv = {.tv_sec = RTNL_TIMEOUT};
	int one = 1, big = RTNL_RCVBUF, fd;

	memset(r, 0, sizeof(*r));
	r->out = malloc(RTNL_BUFFER);
	r->in = malloc(RTNL_BUFFER);
	r->sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!r->out || !r->in || !r->sock || mnl_socket_bind(r->sock, 0, MNL_SOCKET_AUTOPID) < 0) {
		int error = r->sock ? -errno : -ENOMEM;

		rtnl_close(r);
		return error;
	}
	/* Short acknowledgements, with the kernel's words where it has any; old kernels do without.
	 */
	(void)mnl_socket_setsockopt(r->sock, NETLINK_CAP_ACK, &one, sizeof(one));
	(void)mnl_socket_setsockopt(r->sock, NETLINK_EXT_ACK, &one, sizeof(one));
	fd = mnl_socket_get_fd(r->sock);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	r->seq = (uint32_t)time(NULL);
	return 0;
}

void rtnl_close(struct rtnl *r)
{
	if (r->sock)
		mnl_socket_close(r->sock);
	free(r->out);
	free(r->in);
	memset(r, 0, sizeof(*r));
}

/* --- filling a batch ------------------------------------------------------------------------- */

void rtnl_begin(struct rtnl *r)
{
	r->seq += r->count;
	r->count = 0;
	r->len = 0;
	r->why[0] = '\0';
}

static struct nlmsghdr *message(struct rtnl *r, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh;

	BUG_ON(r->count >= RTNL_BATCH_MAX || r->len + RTNL_MESSAGE > RTNL_BUFFER);
	nlh = mnl_nlmsg_put_header(r->out + r->len);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	nlh->nlmsg_seq = r->seq + r->count;
	r->error[r->count] = -ETIMEDOUT;
	memset(&r->counters[r->count], 0, sizeof(r->counters[0]));
	return nlh;
}

static unsigned finish(struct rtnl *r, const struct nlmsghdr *nlh)
{
	BUG_ON(nlh->nlmsg_len > RTNL_MESSAGE);
	r->len += NLMSG_ALIGN(nlh->nlmsg_len);
	return r->count++;
}

static struct nlmsghdr *link_message(struct rtnl *r, uint16_t type, uint16_t flags, int ifindex)
{
	struct nlmsghdr *nlh = message(r, type, flags);
	struct ifinfomsg *ifm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifm));

	ifm->ifi_family = AF_UNSPEC;
	ifm->ifi_index = ifindex;
	return nlh;
}

unsigned rtnl_new_ppp(struct rtnl *r, const struct rtnl_link *link)
{
	struct nlmsghdr *nlh = link_message(r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	struct nlattr *info, *data;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, link->name);
	mnl_attr_put_u32(nlh, IFLA_MTU, link->mtu);
	mnl_attr_put_u32(nlh, IFLA_GROUP, link->group);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "ppp");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, IFLA_PPP_DEV_FD, (uint32_t)link->unit_fd);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return finish(r, nlh);
}

/*
 * Before the device goes up, else the default qdisc is there first: fq_codel takes 70 KB a device.
 * A PPPoL2TP channel never asks to wait, so nothing would ever be queued (kernels from 6.15 know
 * that by themselves).
 */
unsigned rtnl_set_noqueue(struct rtnl *r, int ifindex)
{
	struct nlmsghdr *nlh = message(r, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE);
	struct tcmsg *tcm = mnl_nlmsg_put_extra_header(nlh, sizeof(*tcm));

	tcm->tcm_family = AF_UNSPEC;
	tcm->tcm_ifindex = ifindex;
	tcm->tcm_parent = TC_H_ROOT;
	mnl_attr_put_strz(nlh, TCA_KIND, "noqueue");
	return finish(r, nlh);
}

unsigned rtnl_set_group(struct rtnl *r, int ifindex, uint32_t group)
{
	struct nlmsghdr *nlh = link_message(r, RTM_SETLINK, 0, ifindex);

	mnl_attr_put_u32(nlh, IFLA_GROUP, group);
	return finish(r, nlh);
}

unsigned rtnl_set_up(struct rtnl *r, int ifindex, bool up)
{
	struct nlmsghdr *nlh = link_message(r, RTM_SETLINK, 0, ifindex);
	struct ifinfomsg *ifm = mnl_nlmsg_get_payload(nlh);

	ifm->ifi_flags = up ? IFF_UP : 0;
	ifm->ifi_change = IFF_UP;
	return finish(r, nlh);
}

unsigned rtnl_del_link(struct rtnl *r, int ifindex)
{
	return finish(r, link_message(r, RTM_DELLINK, 0, ifindex));
}

unsigned rtnl_del_group(struct rtnl *r, uint32_t group)
{
	struct nlmsghdr *nlh = link_message(r, RTM_DELLINK, 0, 0);

	mnl_attr_put_u32(nlh, IFLA_GROUP, group);
	return finish(r, nlh);
}

/* Without a prefix route: the route to the client is ours, with our protocol number. */
unsigned rtnl_new_address4(struct rtnl *r, const struct rtnl_address4 *a)
{
	struct nlmsghdr *nlh = message(r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));

	ifa->ifa_family = AF_INET;
	ifa->ifa_prefixlen = 32;
	ifa->ifa_scope = RT_SCOPE_UNIVERSE;
	ifa->ifa_index = (unsigned)a->ifindex;
	mnl_attr_put_u32(nlh, IFA_LOCAL, htonl(a->local));
	mnl_attr_put_u32(nlh, IFA_ADDRESS, htonl(a->remote));
	mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_NOPREFIXROUTE);
	return finish(r, nlh);
}

/* fe80::/64 with the interface identifier that IPV6CP agreed on, RFC 5072 5. */
static void link_local(uint64_t iid, struct in6_addr *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->s6_addr[0] = 0xfe;
	ret->s6_addr[1] = 0x80;
	memcpy(ret->s6_addr + 8, &iid, sizeof(iid));
}

/*
 * A /128 to the peer and not fe80::/64: thousands of devices with a route to the same prefix make
 * one list that the kernel walks for each packet.
 */
unsigned rtnl_new_address6(struct rtnl *r, const struct rtnl_address6 *a)
{
	struct nlmsghdr *nlh = message(r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	struct in6_addr local, remote;

	link_local(a->local_iid, &local);
	link_local(a->remote_iid, &remote);
	ifa->ifa_family = AF_INET6;
	ifa->ifa_prefixlen = a->remote_iid ? 128 : 64;
	ifa->ifa_scope = RT_SCOPE_LINK;
	ifa->ifa_index = (unsigned)a->ifindex;
	mnl_attr_put(nlh, IFA_LOCAL, sizeof(local), &local);
	mnl_attr_put(nlh, IFA_ADDRESS, sizeof(remote), a->remote_iid ? &remote : &local);
	/* IPV6CP has made the identifiers unique on the link, RFC 5072 4.1. */
	mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_NODAD | IFA_F_PERMANENT);
	return finish(r, nlh);
}

static unsigned route4(struct rtnl *r, uint16_t type, const struct rtnl_route4 *route)
{
	uint16_t flags = type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_EXCL : 0;
	struct nlmsghdr *nlh = message(r, type, flags);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = 32;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = route->protocol;
	rtm->rtm_scope = RT_SCOPE_LINK;
	rtm->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(nlh, RTA_DST, htonl(route->remote));
	mnl_attr_put_u32(nlh, RTA_OIF, (uint32_t)route->ifindex);
	if (route->source)
		mnl_attr_put_u32(nlh, RTA_PREFSRC, htonl(route->source));
	if (route->mtu) {
		struct nlattr *metrics = mnl_attr_nest_start(nlh, RTA_METRICS);

		mnl_attr_put_u32(nlh, RTAX_MTU, route->mtu);
		mnl_attr_nest_end(nlh, metrics);
	}
	return finish(r, nlh);
}

unsigned rtnl_new_route4(struct rtnl *r, const struct rtnl_route4 *route)
{
	return route4(r, RTM_NEWROUTE, route);
}

unsigned rtnl_del_route4(struct rtnl *r, const struct rtnl_route4 *route)
{
	return route4(r, RTM_DELROUTE, route);
}

static unsigned prefix4(struct rtnl *r, uint16_t type, const struct rtnl_prefix4 *p)
{
	uint16_t flags = type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_EXCL : 0;
	struct nlmsghdr *nlh = message(r, type, flags);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = p->length;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = p->protocol;
	rtm->rtm_scope = p->ifindex && !p->gateway ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	rtm->rtm_type = p->ifindex ? RTN_UNICAST : RTN_UNREACHABLE;
	mnl_attr_put_u32(nlh, RTA_DST, htonl(p->destination));
	if (p->ifindex)
		mnl_attr_put_u32(nlh, RTA_OIF, (uint32_t)p->ifindex);
	if (p->gateway)
		mnl_attr_put_u32(nlh, RTA_GATEWAY, htonl(p->gateway));
	if (p->source)
		mnl_attr_put_u32(nlh, RTA_PREFSRC, htonl(p->source));
	if (p->metric)
		mnl_attr_put_u32(nlh, RTA_PRIORITY, p->metric);
	return finish(r, nlh);
}

unsigned rtnl_new_prefix4(struct rtnl *r, const struct rtnl_prefix4 *p)
{
	return prefix4(r, RTM_NEWROUTE, p);
}

unsigned rtnl_del_prefix4(struct rtnl *r, const struct rtnl_prefix4 *p)
{
	return prefix4(r, RTM_DELROUTE, p);
}

unsigned rtnl_get_hop4(struct rtnl *r, uint32_t address)
{
	struct nlmsghdr *nlh = message(r, RTM_GETROUTE, 0);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

	memset(&r->hop, 0, sizeof(r->hop));
	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = 32;
	mnl_attr_put_u32(nlh, RTA_DST, htonl(address));
	return finish(r, nlh);
}

unsigned rtnl_get_counters(struct rtnl *r, int ifindex)
{
	struct nlmsghdr *nlh = message(r, RTM_GETSTATS, 0);
	struct if_stats_msg *ifsm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifsm));

	ifsm->ifindex = (uint32_t)ifindex;
	ifsm->filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
	return finish(r, nlh);
}

/* --- answers --------------------------------------------------------------------------------- */

/* rtnl_link_stats64 grows with kernels; the first four counters stay. */
static bool counters_from(const struct nlattr *attr, struct kern_counters *ret)
{
	struct rtnl_link_stats64 st;

	if (mnl_attr_get_payload_len(attr) < 4 * sizeof(uint64_t))
		return false;
	memcpy(&st, mnl_attr_get_payload(attr), 4 * sizeof(uint64_t));
	ret->rx_packets = st.rx_packets;
	ret->tx_packets = st.tx_packets;
	ret->rx_bytes = st.rx_bytes;
	ret->tx_bytes = st.tx_bytes;
	return true;
}

/* The statistics of one RTM_NEWSTATS; false if it has none. */
static bool counters_of(const struct nlmsghdr *nlh, int *ret_ifindex, struct kern_counters *ret)
{
	const struct if_stats_msg *ifsm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifsm))
		return false;
	mnl_attr_for_each(attr, nlh, sizeof(*ifsm))
	{
		if (mnl_attr_get_type(attr) != IFLA_STATS_LINK_64 || !counters_from(attr, ret))
			continue;
		*ret_ifindex = (int)ifsm->ifindex;
		return true;
	}
	return false;
}

/* What the kernel says in words, behind the error number (NLMSGERR_ATTR_MSG). */
static void keep_words(struct rtnl *r, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || !(nlh->nlmsg_flags & NLM_F_CAPPED) ||
	    !err->error)
		return;
	mnl_attr_for_each(attr, nlh, sizeof(*err))
	{
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			snprintf(r->why, sizeof(r->why), "%s", mnl_attr_get_str(attr));
	}
}

/* What a route says, whichever kind it is. */
static struct rtnl_prefix4 prefix_of(const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct rtnl_prefix4 p = {.length = rtm->rtm_dst_len, .protocol = rtm->rtm_protocol};
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(*rtm))
	{
		if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
			continue;
		if (mnl_attr_get_type(attr) == RTA_DST)
			p.destination = ntohl(mnl_attr_get_u32(attr));
		if (mnl_attr_get_type(attr) == RTA_GATEWAY)
			p.gateway = ntohl(mnl_attr_get_u32(attr));
		if (mnl_attr_get_type(attr) == RTA_OIF)
			p.ifindex = (int)mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == RTA_PRIORITY)
			p.metric = mnl_attr_get_u32(attr);
	}
	if (rtm->rtm_type == RTN_UNREACHABLE)
		p.ifindex = 0;
	return p;
}

static struct rtnl_hop hop_of(const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct rtnl_prefix4 p = prefix_of(nlh);

	return (struct rtnl_hop){p.ifindex, p.gateway, rtm->rtm_type == RTN_LOCAL};
}

/* True if this was the end of one message of the batch. */
static bool answer(struct rtnl *r, const struct nlmsghdr *nlh)
{
	uint32_t index = nlh->nlmsg_seq - r->seq;
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	int ifindex;

	if (index >= r->count)
		return false; /* of an earlier batch that timed out */
	if (nlh->nlmsg_type == RTM_NEWSTATS) {
		(void)counters_of(nlh, &ifindex, &r->counters[index]);
		return false;
	}
	if (nlh->nlmsg_type == RTM_NEWROUTE &&
	    mnl_nlmsg_get_payload_len(nlh) >= sizeof(struct rtmsg)) {
		r->hop = hop_of(nlh);
		return false;
	}
	if (nlh->nlmsg_type != NLMSG_ERROR || mnl_nlmsg_get_payload_len(nlh) < sizeof(*err))
		return false;
	r->error[index] = err->error;
	keep_words(r, nlh);
	return true;
}

static int fail_rest(struct rtnl *r, int error)
{
	for (unsigned i = 0; i < r->count; i++)
		if (r->error[i] == -ETIMEDOUT)
			r->error[i] = error;
	return error;
}

int rtnl_commit(struct rtnl *r)
{
	unsigned left = r->count;
	ssize_t n;

	if (!r->count)
		return 0;
	if (mnl_socket_sendto(r->sock, r->out, r->len) < 0)
		return fail_rest(r, -errno);
	while (left) {
		const struct nlmsghdr *nlh = (const void *)r->in;
		int len;

		n = mnl_socket_recvfrom(r->sock, r->in, RTNL_BUFFER);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_rest(r, errno == EAGAIN ? -ETIMEDOUT : -errno);
		for (len = (int)n; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
			left -= left && answer(r, nlh);
	}
	for (unsigned i = 0; i < r->count; i++)
		if (r->error[i])
			return r->error[i];
	return 0;
}

/* --- dumps ----------------------------------------------------------------------------------- */

/*
 * Send the only message of the batch as a dump and give each part to cb.  -EINTR of the kernel (it
 * changed meanwhile) is no error: counters of what stayed are right.
 */
static int dump(struct rtnl *r, int (*cb)(const struct nlmsghdr *nlh, void *ctx), void *ctx)
{
	struct nlmsghdr *nlh = (void *)r->out;
	int n;

	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	if (mnl_socket_sendto(r->sock, r->out, r->len) < 0)
		return -errno;
	for (;;) {
		n = (int)mnl_socket_recvfrom(r->sock, r->in, RTNL_BUFFER);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		for (struct nlmsghdr *m = (void *)r->in; mnl_nlmsg_ok(m, n);
		     m = mnl_nlmsg_next(m, &n)) {
			const struct nlmsgerr *err = mnl_nlmsg_get_payload(m);

			if (m->nlmsg_seq != r->seq)
				continue;
			if (m->nlmsg_type == NLMSG_DONE)
				return 0;
			if (m->nlmsg_type == NLMSG_ERROR)
				return err->error;
			(void)cb(m, ctx);
		}
	}
}

struct counters_ctx {
	rtnl_counters_cb *cb;
	void *ctx;
};

static int counters_part(const struct nlmsghdr *nlh, void *ctx)
{
	struct counters_ctx *c = ctx;
	struct kern_counters counters;
	int ifindex;

	if (nlh->nlmsg_type == RTM_NEWSTATS && counters_of(nlh, &ifindex, &counters))
		c->cb(c->ctx, ifindex, &counters);
	return 0;
}

int rtnl_dump_counters(struct rtnl *r, rtnl_counters_cb *cb, void *ctx)
{
	struct counters_ctx c = {cb, ctx};

	rtnl_begin(r);
	(void)rtnl_get_counters(r, 0);
	return dump(r, counters_part, &c);
}

struct routes_ctx {
	uint8_t protocol;
	unsigned count;
	struct rtnl_prefix4 route[RTNL_BATCH_MAX];
};

static int routes_part(const struct nlmsghdr *nlh, void *ctx)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct routes_ctx *c = ctx;

	/* Only what is made here, so that a delete of it is exact. */
	if (nlh->nlmsg_type != RTM_NEWROUTE || rtm->rtm_protocol != c->protocol ||
	    rtm->rtm_table != RT_TABLE_MAIN || c->count >= RTNL_BATCH_MAX ||
	    (rtm->rtm_type != RTN_UNICAST && rtm->rtm_type != RTN_UNREACHABLE))
		return 0;
	c->route[c->count++] = prefix_of(nlh);
	return 0;
}

int rtnl_flush_routes4(struct rtnl *r, uint8_t protocol)
{
	struct routes_ctx c = {.protocol = protocol};
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;
	int error, total = 0;

	do {
		c.count = 0;
		rtnl_begin(r);
		nlh = message(r, RTM_GETROUTE, 0);
		rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
		rtm->rtm_family = AF_INET;
		(void)finish(r, nlh);
		error = dump(r, routes_part, &c);
		if (error < 0)
			return error;
		rtnl_begin(r);
		for (unsigned i = 0; i < c.count; i++)
			(void)rtnl_del_prefix4(r, &c.route[i]);
		error = rtnl_commit(r);
		if (error < 0 && error != -ESRCH)
			return error;
		total += (int)c.count;
	} while (c.count == RTNL_BATCH_MAX);
	return total;
}

/* --- monitor --------------------------------------------------------------------------------- */

#define OFFSET_TYPE   offsetof(struct nlmsghdr, nlmsg_type)
#define OFFSET_ARPHRD (NLMSG_HDRLEN + offsetof(struct ifinfomsg, ifi_type))

int rtnl_monitor_open(void)
{
	/* The filter loads in network byte order what the message has in host byte order. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, OFFSET_TYPE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELLINK), 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, OFFSET_ARPHRD),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(ARPHRD_PPP), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = ARRAY_SIZE(code), .filter = code};
	struct sockaddr_nl sa = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	int big = 4 * RTNL_RCVBUF;
	int error;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big));
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ||
	    bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

/* False for a device that has only left this network namespace. */
static bool gone_of(const struct nlmsghdr *nlh, struct rtnl_gone *ret)
{
	const struct ifinfomsg *ifm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_DELLINK || mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifm))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->ifindex = ifm->ifi_index;
	mnl_attr_for_each(attr, nlh, sizeof(*ifm))
	{
		if (mnl_attr_get_type(attr) == IFLA_NEW_NETNSID)
			return false;
		if (mnl_attr_get_type(attr) == IFLA_STATS64)
			(void)counters_from(attr, &ret->counters);
	}
	return true;
}

int rtnl_monitor_read(int fd, struct rtnl_gone *ret_gone, size_t max)
{
	char buf[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *nlh = (const void *)buf;
	size_t count = 0;
	ssize_t n = recv(fd, buf, sizeof(buf), 0);
	int len;

	if (n < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	for (len = (int)n; mnl_nlmsg_ok(nlh, len) && count < max; nlh = mnl_nlmsg_next(nlh, &len))
		count += gone_of(nlh, &ret_gone[count]);
	return (int)count;
}
