/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * L2TP only through IPsec (RFC 3193 2.1), seen to by the kernel: policies of single sockets, and
 * block policies of lowest priority that everything meets for which there is no SA.
 */
#ifndef CULVERT_NETLINK_XFRM_H
#define CULVERT_NETLINK_XFRM_H

#include <stdbool.h>
#include <stdint.h>

#include "endpoint.h"

struct mnl_socket;

struct xfrm {
	struct mnl_socket *sock;
	uint32_t seq;
};

/* UDP between these two; an address of all zeroes, and a port of 0, are any. */
struct xfrm_flow {
	struct endpoint local, remote; /* of one family */
};

/*
 * From now on the socket receives only what came through some ESP transport mode SA.  0 or -errno;
 * needs CAP_NET_ADMIN, and an open struct xfrm or module xfrm_user.
 */
int xfrm_require_esp(int fd, uint8_t family);

int xfrm_open(struct xfrm *x);
void xfrm_close(struct xfrm *x);

/*
 * Block the flow both ways, unless a policy of better priority matches, or stop blocking it.
 * Doing either twice is no error.
 */
int xfrm_block(struct xfrm *x, const struct xfrm_flow *flow);
int xfrm_unblock(struct xfrm *x, const struct xfrm_flow *flow);

/* Delete every block policy that xfrm_block() of any process has made; their number or -errno. */
int xfrm_clean(struct xfrm *x);

/*
 * A socket that hears of deleted policies: the descriptor, non-blocking, the caller's, or -errno.
 * xfrm_monitor_read() empties it: true if somebody but x may have deleted one of xfrm_block().
 */
int xfrm_monitor_open(void);
bool xfrm_monitor_read(int fd, const struct xfrm *x);

#endif
