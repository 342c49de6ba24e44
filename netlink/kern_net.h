/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a session that we dialed changes in this machine's network: addresses, routes and name
 * servers as its profile says, and back.  It owns nothing of the session; its functions are for
 * whichever thread has the session's job.
 */
#ifndef CULVERT_NETLINK_KERN_NET_H
#define CULVERT_NETLINK_KERN_NET_H

#include "include/config.h"
#include "netlink/rtnl.h"

struct knet {
	struct config_route routes[CONFIG_ROUTES_MAX];
	struct config_route want[CONFIG_ROUTES_MAX]; /* of a newer configuration, if change */
	bool change;
	int change_error;
	struct endpoint gateway;
	uint32_t local, remote; /* of the link, host byte order; remote 0: not told */
	uint32_t dns[2];
	uint8_t dns_by; /* enum config_dns, as configured */
	uint8_t protocol;
	int ifindex;
	char ifname[KERN_IFNAME_MAX];
	/* what is there now */
	bool pinned, guarded;
	struct rtnl_hop hop;  /* of the pin */
	uint8_t dns_set;      /* enum config_dns; AUTO: by nobody */
	const char *dns_note; /* worth a line in the log; NULL: nothing */
};

/* NULL: no memory. */
struct knet *knet_new(const struct config *cfg, const struct config_client *client,
		      const struct endpoint *gateway, const struct kern_session_add *m);

/* The device is there and up: addresses and routes.  0 or -errno with its stage. */
int knet_up(struct knet *n, struct rtnl *r, enum kern_stage *ret_stage);
/* Other routes than before, while it is up; change_error says how it went. */
void knet_change(struct knet *n, struct rtnl *r);
/* What does not go with the device. */
void knet_down(struct knet *n, struct rtnl *r);

/* These run programs, and wait for them. */
void knet_dns_up(struct knet *n);
void knet_dns_down(struct knet *n);

#endif
