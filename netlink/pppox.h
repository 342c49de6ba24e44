/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PPPoL2TP sockets, PPP channels and units: one system call or two each, in the order of
 * kern_session.c.  Every function returns 0 or a descriptor, or -errno.
 */
#ifndef CULVERT_NETLINK_PPPOX_H
#define CULVERT_NETLINK_PPPOX_H

#include <stdbool.h>
#include <stdint.h>

struct pppox_ids {
	uint32_t tunnel, peer_tunnel;
	uint32_t session, peer_session;
	bool lac; /* we are the LAC */
};

/* Makes the kernel's session in a tunnel that exists; A new descriptor. */
int pppox_connect(const struct pppox_ids *ids);

/* Bind the session to a PPP channel.  Waits for an RCU grace period: not on the loop. */
int pppox_channel(int pppox, uint32_t *ret_channel);

/* A new descriptor that reads and writes the channel's control frames; non-blocking. */
int pppox_attach(uint32_t channel);

/* A new descriptor of /dev/ppp that will own a unit; non-blocking. */
int pppox_open_unit(void);

/* Tie the channel to the unit that RTM_NEWLINK made with unit_fd. */
int pppox_join(int channel_fd, int unit_fd);

/* Let IPv4 and IPv6 pass, or not.  PPPIOCSMRU only tells the kernel, it enforces nothing. */
int pppox_set_np(int unit_fd, bool ipv4, bool ipv6);
int pppox_set_mru(int unit_fd, uint16_t mru);

#endif
