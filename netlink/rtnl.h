/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtnetlink in batches: links of kind ppp, their addresses, routes, groups and counters.
 *
 * A batch is filled by the rtnl_*() functions below and sent by rtnl_commit() in one system call;
 * each message keeps the index that its function returned, and rtnl_error() tells how it ended.
 * One struct rtnl belongs to one thread.
 */
#ifndef CULVERT_NETLINK_RTNL_H
#define CULVERT_NETLINK_RTNL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire_kern.h"

#define RTNL_BATCH_MAX 128

struct mnl_socket;
struct nlmsghdr;

/* The way to an address. */
struct rtnl_hop {
	int ifindex;
	uint32_t gateway; /* host byte order; 0: on the link */
	bool local;	  /* it is this machine's */
};

struct rtnl {
	struct mnl_socket *sock;
	uint32_t seq;	/* of the batch's first message */
	unsigned count; /* messages in the batch */
	size_t len;
	char *out, *in; /* buffers of RTNL_BUFFER bytes */
	int error[RTNL_BATCH_MAX];
	struct kern_counters counters[RTNL_BATCH_MAX]; /* of the rtnl_get_counters() messages */
	struct rtnl_hop hop;			       /* of the rtnl_get_hop4() message */
	char why[64]; /* the kernel's own words for the last error of a batch, may be empty */
};

struct rtnl_link {
	const char *name;
	uint32_t mtu, group;
	int unit_fd; /* an open /dev/ppp without a unit; it becomes the device's owner */
};

struct rtnl_address4 {
	int ifindex;
	uint32_t local, remote; /* host byte order */
};

struct rtnl_address6 {
	int ifindex;
	uint64_t local_iid, remote_iid; /* as bytes, network byte order */
};

struct rtnl_route4 {
	int ifindex;
	uint32_t remote, source; /* host byte order */
	uint8_t protocol;	 /* rtm_protocol */
	uint16_t mtu;		 /* 0: the device's */
};

struct rtnl_prefix4 {
	uint32_t destination, gateway, source; /* host byte order; 0: none */
	uint32_t metric;
	int ifindex; /* 0: says "unreachable" */
	uint8_t length, protocol;
};

int rtnl_open(struct rtnl *r);
void rtnl_close(struct rtnl *r);

/* Start a batch; what was in it is forgotten. */
void rtnl_begin(struct rtnl *r);

unsigned rtnl_new_ppp(struct rtnl *r, const struct rtnl_link *link);
unsigned rtnl_set_noqueue(struct rtnl *r, int ifindex);
unsigned rtnl_set_group(struct rtnl *r, int ifindex, uint32_t group);
unsigned rtnl_del_link(struct rtnl *r, int ifindex);
unsigned rtnl_del_group(struct rtnl *r, uint32_t group);
unsigned rtnl_set_up(struct rtnl *r, int ifindex, bool up);
unsigned rtnl_new_address4(struct rtnl *r, const struct rtnl_address4 *a);
unsigned rtnl_new_address6(struct rtnl *r, const struct rtnl_address6 *a);
unsigned rtnl_new_route4(struct rtnl *r, const struct rtnl_route4 *route);
unsigned rtnl_del_route4(struct rtnl *r, const struct rtnl_route4 *route);
unsigned rtnl_new_prefix4(struct rtnl *r, const struct rtnl_prefix4 *p);
unsigned rtnl_del_prefix4(struct rtnl *r, const struct rtnl_prefix4 *p);
unsigned rtnl_get_hop4(struct rtnl *r, uint32_t address); /* one in a batch */
unsigned rtnl_get_counters(struct rtnl *r, int ifindex);

/*
 * Send the batch and collect every answer.  0, the first message's error, or -errno of the
 * socket, in which case every unanswered message has that error.
 */
int rtnl_commit(struct rtnl *r);

static inline int rtnl_error(const struct rtnl *r, unsigned index)
{
	return r->error[index];
}

/* The counters of every device of the network namespace, one call a device. */
typedef void rtnl_counters_cb(void *ctx, int ifindex, const struct kern_counters *counters);
int rtnl_dump_counters(struct rtnl *r, rtnl_counters_cb *cb, void *ctx);

/* Delete the IPv4 routes of this protocol number, whoever left them; their number or -errno. */
int rtnl_flush_routes4(struct rtnl *r, uint8_t protocol);

/*
 * A socket that hears of deleted PPP devices, and only of those: the kernel filters.  -errno or
 * the descriptor, non-blocking, the caller's.
 */
int rtnl_monitor_open(void);

struct rtnl_gone {
	int ifindex;
	struct kern_counters counters; /* the last ones */
};

/*
 * The next deleted devices; their number, at most max.  One that was moved to another network
 * namespace lives on and is not among them.  -EAGAIN: none; -ENOBUFS: some were lost, look at
 * everything.
 */
int rtnl_monitor_read(int fd, struct rtnl_gone *ret_gone, size_t max);

#endif
