/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UDP sockets of the two layouts, and the test that chooses between them.
 */
#ifndef CULVERT_NETLINK_LAYOUT_H
#define CULVERT_NETLINK_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "endpoint.h"
#include "wire_kern.h"

/* Kernel tunnel ids of listeners begin here: no id on the wire of L2TPv2 is that large. */
#define LAYOUT_LISTENER_TUNNEL 0x10000u

/* Each returns a descriptor or -errno; esp: it may receive only what came through IPsec. */
int layout_listener(const struct endpoint *address, bool esp);
int layout_parked(const struct kern_tunnel_add *m, bool esp);
int layout_classic(const struct kern_tunnel_add *m, bool esp);

/* Parked, too, but no tunnel's: for what is sent through an SA before there is one. */
int layout_sa(const struct kern_sa_add *m);

/* The address that what is sent to peer comes from; port 0.  0 or -errno. */
int layout_source(const struct endpoint *peer, struct endpoint *ret_local);
/* What the route between these hosts takes, outside of everything; 0: not known. */
uint16_t layout_path_mtu(const struct endpoint *local, const struct endpoint *peer);
/* A client's: both ends are its own; the port that it got is written to local. */
int layout_client(struct endpoint *local, const struct endpoint *peer, bool esp);

/* On a socket of a tunnel or an SA, which may be in use.  0 or -errno. */
int layout_mark(int fd, uint32_t mark);
int layout_connect(int fd, const struct endpoint *peer);

/*
 * Keep others off the listener's port, or let a socket of ours share it for the moment of its
 * bind().
 */
void layout_guard(int listener, bool closed);

/* -EADDRINUSE: somebody else has bound this address and port. */
int layout_check_port(const struct endpoint *address);

/* Would a parked socket send from the local address that the peer knows? */
bool layout_source_matches(const struct kern_tunnel_add *m);

/*
 * Try the parked layout in a scratch network namespace.  0 and the layout that works here, or
 * -errno and why nothing could be found out.
 */
int layout_self_test(enum kern_layout *ret_layout, char *why, size_t size);

#endif
