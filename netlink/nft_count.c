// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/nft_count.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>

struct answer {
	uint64_t packets;
	bool there;
};

static void take_data(const struct nlattr *data, struct answer *a)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data)
	{
		if (mnl_attr_get_type(attr) != NFTA_COUNTER_PACKETS ||
		    mnl_attr_validate(attr, MNL_TYPE_U64) < 0)
			continue;
		a->packets = be64toh(mnl_attr_get_u64(attr));
		a->there = true;
	}
}

static int take(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == NFTA_OBJ_DATA &&
		    mnl_attr_validate(attr, MNL_TYPE_NESTED) >= 0)
			take_data(attr, data);
	}
	return MNL_CB_STOP;
}

static int ask(struct mnl_socket *sock, const char *table, const char *counter, struct answer *a)
{
	char buf[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	uint32_t seq = (uint32_t)time(NULL);
	struct nfgenmsg *nfg;
	ssize_t n;

	nlh->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETOBJ;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = seq;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = NFPROTO_INET;
	nfg->version = NFNETLINK_V0;
	mnl_attr_put_strz(nlh, NFTA_OBJ_TABLE, table);
	mnl_attr_put_strz(nlh, NFTA_OBJ_NAME, counter);
	mnl_attr_put_u32(nlh, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
	if (mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	n = mnl_socket_recvfrom(sock, buf, sizeof(buf));
	if (n < 0 ||
	    mnl_cb_run(buf, (size_t)n, seq, mnl_socket_get_portid(sock), take, a) == MNL_CB_ERROR)
		return -errno;
	return a->there ? 0 : -ENOENT;
}

int nft_count(const char *table, const char *counter, uint64_t *ret_packets)
{
	struct mnl_socket *sock = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	struct answer a = {.there = false};
	int error;

	if (!sock)
		return -errno;
	error = mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
	if (!error)
		error = ask(sock, table, counter, &a);
	mnl_socket_close(sock);
	if (!error)
		*ret_packets = a.packets;
	return error;
}
