/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The generic netlink family "l2tp": kernel tunnels, and what others do to them.
 *
 * One struct l2tp_genl belongs to one thread.  Functions return 0 or -errno as the kernel gave it.
 */
#ifndef CULVERT_NETLINK_L2TP_GENL_H
#define CULVERT_NETLINK_L2TP_GENL_H

#include <stdbool.h>
#include <stdint.h>

struct nl_sock;

struct l2tp_genl {
	struct nl_sock *sock;	/* commands and their answers */
	struct nl_sock *events; /* multicast group "l2tp", non-blocking; NULL: not asked for */
	int family;

	/* of the command under way */
	uint32_t seq;
	bool answered;
	int error;
};

/* -ENOENT: the kernel has no such family (module l2tp_netlink). */
int l2tp_genl_open(struct l2tp_genl *g);
void l2tp_genl_close(struct l2tp_genl *g);

/* Ids of more than 16 bits are possible and never on the wire of L2TPv2. */
int l2tp_genl_tunnel_add(struct l2tp_genl *g, uint32_t tunnel, uint32_t peer_tunnel, int udp_fd);
int l2tp_genl_tunnel_del(struct l2tp_genl *g, uint32_t tunnel);
int l2tp_genl_tunnel_get(struct l2tp_genl *g, uint32_t tunnel); /* -ENOENT: no such tunnel */
int l2tp_genl_session_get(struct l2tp_genl *g, uint32_t tunnel, uint32_t session);

/*
 * Events: somebody's delete command for a tunnel (session 0) or a session.  They come from every
 * network namespace without saying which, and before the deed is done.
 */
typedef void l2tp_genl_event_cb(void *ctx, uint32_t tunnel, uint32_t session);
int l2tp_genl_listen(struct l2tp_genl *g);
int l2tp_genl_event_fd(const struct l2tp_genl *g);

/* Everything that waits, without the echo of our own commands.  -ENOBUFS: some were lost. */
int l2tp_genl_read_events(struct l2tp_genl *g, l2tp_genl_event_cb *cb, void *ctx);

#endif
