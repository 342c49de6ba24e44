// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Generic netlink "l2tp", with libnl-genl-3.
 *
 * Sessions are made by connect() of a PPPoX socket (pppox.c), so only tunnel commands are sent
 * here.  The kernel checks neither ids nor the protocol version: netlink/check.c does.
 */
#include "netlink/l2tp_genl.h"

#include <netinet/in.h> /* before linux/l2tp.h, which then leaves out its own copy */

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/l2tp.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <string.h>
#include <sys/socket.h>

#define EVENT_RCVBUF (1 << 20)

/* The attributes that we read; what is not here is not looked at. */
static const struct nla_policy policy[L2TP_ATTR_MAX + 1] = {
	[L2TP_ATTR_CONN_ID] = {.type = NLA_U32},
	[L2TP_ATTR_SESSION_ID] = {.type = NLA_U32},
};

/* --- commands -------------------------------------------------------------------------------- */

/* libnl folds error numbers together; keep the kernel's own. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct l2tp_genl *g = arg;

	(void)from;
	if (err->msg.nlmsg_seq != g->seq)
		return NL_SKIP; /* late, for a command that was given up */
	g->error = err->error;
	g->answered = true;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct l2tp_genl *g = arg;

	if (nlmsg_hdr(msg)->nlmsg_seq != g->seq)
		return NL_SKIP;
	g->answered = true;
	return NL_STOP;
}

/* What a GET brings before its acknowledgement: that it came is all that we ask. */
static int on_data(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

static struct nl_msg *command(struct l2tp_genl *g, uint8_t cmd, uint32_t tunnel)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, g->family, 0, NLM_F_ACK, cmd,
			 L2TP_GENL_VERSION) ||
	    nla_put_u32(msg, L2TP_ATTR_CONN_ID, tunnel) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/* Takes msg, which may be NULL for want of memory. */
static int talk(struct l2tp_genl *g, struct nl_msg *msg)
{
	int n;

	if (!msg)
		return -ENOMEM;
	g->error = 0;
	g->answered = false;
	errno = 0;
	nl_complete_msg(g->sock, msg);
	g->seq = nlmsg_hdr(msg)->nlmsg_seq;
	n = nl_send(g->sock, msg);
	nlmsg_free(msg);
	while (n >= 0 && !g->answered)
		n = nl_recvmsgs_default(g->sock);
	if (g->answered)
		return g->error;
	return errno ? -errno : -EIO;
}

int l2tp_genl_tunnel_add(struct l2tp_genl *g, uint32_t tunnel, uint32_t peer_tunnel, int udp_fd)
{
	struct nl_msg *msg = command(g, L2TP_CMD_TUNNEL_CREATE, tunnel);

	if (msg && (nla_put_u32(msg, L2TP_ATTR_PEER_CONN_ID, peer_tunnel) < 0 ||
		    nla_put_u8(msg, L2TP_ATTR_PROTO_VERSION, 2) < 0 || /* RFC 2661 3.1 */
		    nla_put_u16(msg, L2TP_ATTR_ENCAP_TYPE, L2TP_ENCAPTYPE_UDP) < 0 ||
		    nla_put_u32(msg, L2TP_ATTR_FD, (uint32_t)udp_fd) < 0)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return talk(g, msg);
}

int l2tp_genl_tunnel_del(struct l2tp_genl *g, uint32_t tunnel)
{
	return talk(g, command(g, L2TP_CMD_TUNNEL_DELETE, tunnel));
}

/* The kernel says ENODEV or ENOENT, by version, for what does not exist. */
static int get_error(int error)
{
	return error == -ENODEV ? -ENOENT : error;
}

int l2tp_genl_tunnel_get(struct l2tp_genl *g, uint32_t tunnel)
{
	return get_error(talk(g, command(g, L2TP_CMD_TUNNEL_GET, tunnel)));
}

int l2tp_genl_session_get(struct l2tp_genl *g, uint32_t tunnel, uint32_t session)
{
	struct nl_msg *msg = command(g, L2TP_CMD_SESSION_GET, tunnel);

	if (msg && nla_put_u32(msg, L2TP_ATTR_SESSION_ID, session) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return get_error(talk(g, msg));
}

/* --- events ---------------------------------------------------------------------------------- */

int l2tp_genl_listen(struct l2tp_genl *g)
{
	int group = genl_ctrl_resolve_grp(g->sock, L2TP_GENL_NAME, L2TP_GENL_MCGROUP);
	int big = EVENT_RCVBUF;

	if (group < 0)
		return -ENOENT;
	g->events = nl_socket_alloc();
	if (!g->events)
		return -ENOMEM;
	if (genl_connect(g->events) < 0 || nl_socket_set_nonblocking(g->events) < 0 ||
	    nl_socket_add_membership(g->events, group) < 0) {
		nl_socket_free(g->events);
		g->events = NULL;
		return -EIO;
	}
	(void)setsockopt(nl_socket_get_fd(g->events), SOL_SOCKET, SO_RCVBUFFORCE, &big,
			 sizeof(big));
	return 0;
}

int l2tp_genl_event_fd(const struct l2tp_genl *g)
{
	return g->events ? nl_socket_get_fd(g->events) : -1;
}

static void event(struct l2tp_genl *g, struct nlmsghdr *nlh, l2tp_genl_event_cb *cb, void *ctx)
{
	struct nlattr *attr[L2TP_ATTR_MAX + 1];
	const struct genlmsghdr *genl;

	if (nlh->nlmsg_type != g->family || nlh->nlmsg_pid == nl_socket_get_local_port(g->sock) ||
	    !genlmsg_valid_hdr(nlh, 0) || genlmsg_parse(nlh, 0, attr, L2TP_ATTR_MAX, policy) < 0 ||
	    !attr[L2TP_ATTR_CONN_ID])
		return;
	genl = nlmsg_data(nlh);
	if (genl->cmd == L2TP_CMD_TUNNEL_DELETE)
		cb(ctx, nla_get_u32(attr[L2TP_ATTR_CONN_ID]), 0);
	if (genl->cmd == L2TP_CMD_SESSION_DELETE && attr[L2TP_ATTR_SESSION_ID])
		cb(ctx, nla_get_u32(attr[L2TP_ATTR_CONN_ID]),
		   nla_get_u32(attr[L2TP_ATTR_SESSION_ID]));
}

int l2tp_genl_read_events(struct l2tp_genl *g, l2tp_genl_event_cb *cb, void *ctx)
{
	char buf[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh;
	ssize_t n;
	int len;

	for (;;) {
		n = recv(nl_socket_get_fd(g->events), buf, sizeof(buf), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		nlh = (struct nlmsghdr *)buf;
		for (len = (int)n; nlmsg_ok(nlh, len); nlh = nlmsg_next(nlh, &len))
			event(g, nlh, cb, ctx);
	}
}

/* --- open and close -------------------------------------------------------------------------- */

int l2tp_genl_open(struct l2tp_genl *g)
{
	memset(g, 0, sizeof(*g));
	g->sock = nl_socket_alloc();
	if (!g->sock)
		return -ENOMEM;
	if (genl_connect(g->sock) < 0) {
		l2tp_genl_close(g);
		return -EIO;
	}
	g->family = genl_ctrl_resolve(g->sock, L2TP_GENL_NAME);
	if (g->family < 0) {
		l2tp_genl_close(g);
		return -ENOENT;
	}
	nl_socket_disable_seq_check(g->sock);
	nl_socket_modify_err_cb(g->sock, NL_CB_CUSTOM, on_error, g);
	nl_socket_modify_cb(g->sock, NL_CB_ACK, NL_CB_CUSTOM, on_ack, g);
	nl_socket_modify_cb(g->sock, NL_CB_VALID, NL_CB_CUSTOM, on_data, NULL);
	return 0;
}

void l2tp_genl_close(struct l2tp_genl *g)
{
	if (g->events)
		nl_socket_free(g->events);
	if (g->sock)
		nl_socket_free(g->sock);
	memset(g, 0, sizeof(*g));
}
