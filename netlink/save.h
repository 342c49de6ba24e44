/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one execution of the parent leaves to the next one: what it owns in the kernel, as records
 * in a memfd, with the numbers of the descriptors that stay open.
 *
 * A record says its size, so that the reader takes what it knows of it and has zeros for what the
 * writer did not; a version only appends.  A type that the reader does not know is passed over.
 * Host byte order, no pointers.
 */
#ifndef CULVERT_NETLINK_SAVE_H
#define CULVERT_NETLINK_SAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "endpoint.h"
#include "wire_kern.h"

#define SAVE_MAGIC	0x4b535643u /* "CVSK" */
#define SAVE_NAME_MAX	32
#define SAVE_RECORD_MAX 1024

/* Tests build a second daemon with -DSTATE_TEST_VERSION=2, whose records have one value more. */
#ifdef STATE_TEST_VERSION
#define SAVE_VERSION  STATE_TEST_VERSION
#define SAVE_APPENDED uint64_t appended;
#else
#define SAVE_VERSION 1
#define SAVE_APPENDED
#endif
#define SAVE_READABLE_BY 1 /* the oldest version that can read what this one writes */

struct save_head {
	uint32_t magic;
	uint16_t version, readable_by;
	uint32_t head_size;
	uint32_t reserved;
};

enum save_type {
	SAVE_PARENT = 1, /* struct save_parent, first */
	SAVE_KERN,	 /* struct save_kern, second */
	SAVE_SERVER,	 /* struct save_name, and the next two: what an index meant */
	SAVE_GROUP,
	SAVE_PROFILE,
	SAVE_LISTENER, /* struct save_listener */
	SAVE_CLIENT,   /* struct save_client: an open socket of a profile */
	SAVE_SA,       /* struct save_sa */
	SAVE_TUNNEL,   /* struct save_tunnel, after all of the above */
	SAVE_SESSION,  /* struct save_session, after its tunnel */
	SAVE_NET,      /* struct save_net, after its session */
};

struct save_record {
	uint16_t type;
	uint16_t size; /* of what follows, a multiple of 8 */
	uint32_t reserved;
};

struct save_parent {
	int32_t control, state, config, users; /* -1: none */
	uint32_t protocol_restarts, aaa_restarts;
	uint8_t state_written;
	uint8_t reload; /* the configuration is to be read again, once everybody lives */
	uint8_t drain_on, drain_exit;
	uint32_t drain_kick_rate;
	uint32_t upgrades;
	uint32_t reserved;
	SAVE_APPENDED
};

struct save_kern {
	uint8_t layout; /* enum kern_layout */
	uint8_t nft, rewrite;
	uint8_t reserved;
	uint16_t port; /* knft.port */
	uint16_t reserved2;
	uint32_t mark_mask;
	uint32_t reserved3;
	SAVE_APPENDED
};

struct save_name {
	uint32_t index;
	uint32_t reserved;
	char name[SAVE_NAME_MAX];
	SAVE_APPENDED
};

struct save_listener {
	uint32_t index;
	int32_t fd;
	struct endpoint address;
	uint8_t require, guarded, reserved[2];
	SAVE_APPENDED
};

struct save_client {
	uint32_t index;
	int32_t fd;
	struct endpoint local, peer, guard; /* family 0: no policy */
	SAVE_APPENDED
};

struct save_sa {
	uint32_t mark;
	int32_t fd;
	uint16_t listener, port;
	uint32_t reserved;
	struct endpoint peer;
	SAVE_APPENDED
};

struct save_tunnel {
	uint16_t tunnel, peer_tunnel;
	uint8_t listener, client, layout;
	uint8_t gone_told, guarded;
	uint8_t reserved[3];
	int32_t fd;
	uint32_t mark; /* that it was made with */
	uint32_t sa;   /* mark of the SA that it has; 0: none */
	uint32_t tied;
	struct endpoint local, peer;
	SAVE_APPENDED
};

struct save_session {
	uint16_t tunnel, session, peer_session;
	uint8_t group;
	uint8_t gone_told;
	int32_t pppox, unit;
	uint32_t channel, ifindex;
	char ifname[KERN_IFNAME_MAX];
	char prefix[8];
	uint32_t ifgroup, mtu, device_mtu;
	uint8_t route_protocol, ipv4, ipv6, np4, np6, has6, reserved[2];
	uint32_t local4, remote4;
	uint32_t dns[2];
	uint64_t local_iid, remote_iid, want_iid;
	struct kern_counters counters;
	SAVE_APPENDED
};

/* What a session that we dialed has changed besides its device. */
struct save_net {
	uint16_t tunnel, session;
	uint8_t pinned, guarded, hop_local, dns_set;
	int32_t hop_ifindex;
	uint32_t hop_gateway;
	uint8_t protocol, reserved[7];
	SAVE_APPENDED
};

/* --- writing --- */
struct save_writer {
	uint8_t *bytes;
	size_t len, room;
	int error; /* the first one; then nothing is written any more */
};

void save_begin(struct save_writer *w);
void save_put(struct save_writer *w, enum save_type type, const void *record, size_t size);
/* Into a new memfd: it or -errno.  Frees. */
int save_end(struct save_writer *w);

/* --- reading --- */
struct save_reader {
	uint8_t *bytes;
	size_t len, at;
	uint16_t version;
};

/* 0 or -errno; -EPROTO: not of a version that we can read.  fd stays the caller's. */
int save_open(struct save_reader *r, int fd);
/* The next record: its type, or 0 at the end, or -EBADMSG.  It is valid until the next call. */
int save_next(struct save_reader *r, const void **ret, size_t *ret_size);
/* What is there of a record of ours, zeros for the rest. */
void save_get(void *to, size_t size, const void *record, size_t len);
void save_close(struct save_reader *r);

#endif
