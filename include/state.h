/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a protocol role leaves to the next one: records of its tunnels and sessions, in a file in
 * memory that the kernel role keeps open.
 *
 * The file is a head and slots of one size.  A slot has two copies of its record; the older one is
 * overwritten, its checksum last, so whoever is killed in the middle loses nothing.  Host byte
 * order, no pointers, times on the monotonic clock: a record is read on the machine, and in the
 * boot, that it was written in.  Whoever reads one trusts nothing in it.
 *
 * Versions: a record begins with what the version before it had, and appends.  `version` is the
 * writer's, `readable_by` the oldest version that may read it all the same, by leaving out what is
 * behind what it knows.  What a reader misses at the end is zero.  Where that is not enough a
 * converter is a row in daemon/state/slots_version.c.
 */
#ifndef CULVERT_STATE_H
#define CULVERT_STATE_H

#include <stdint.h>

#include "endpoint.h"

#define STATE_MAGIC	   0x54535643u /* "CVST" */
#define STATE_FORMAT	   1	       /* of head and slots */
#define STATE_HEAD_SIZE	   4096
#define STATE_COPY_SIZE	   1024
#define STATE_RECORD_MAX   (STATE_COPY_SIZE - 24)
#define STATE_SLOTS_MAX	   65536 /* as many tunnels and sessions as there can be ids in use */
#define STATE_USER_MAX	   128
#define STATE_NAME_MAX	   32
#define STATE_IKE_ID_MAX   192
#define STATE_IKE_CONN_MAX 64

/* Tests build a second daemon with -DSTATE_TEST_VERSION=2, whose records have one value more. */
#ifdef STATE_TEST_VERSION
#define STATE_VERSION  STATE_TEST_VERSION
#define STATE_APPENDED uint64_t appended;
#else
#define STATE_VERSION 1
#define STATE_APPENDED
#endif
#define STATE_READABLE_BY 1

struct state_head {
	uint32_t magic;
	uint16_t format;
	uint16_t head_size;
	uint32_t copy_size;
	uint32_t reserved;
	uint64_t sum; /* of the above */
	/* what changes, each by one store */
	uint64_t seed; /* of the hashes in records */
	uint32_t used; /* slots before this one may hold something */
	uint32_t reserved2;
};

enum state_kind {
	STATE_FREE = 0,
	STATE_TUNNEL,
	STATE_SESSION,
};

struct state_copy {
	uint64_t sum;	     /* of all behind it, as far as size goes */
	uint32_t generation; /* the copy with the later one counts; modulo 2^32 */
	uint16_t kind;	     /* enum state_kind */
	uint16_t version, readable_by;
	uint16_t size; /* of record, a multiple of 8 */
	uint32_t reserved;
	uint8_t record[STATE_RECORD_MAX];
};

struct state_slot {
	struct state_copy copy[2];
};

/* --- tunnels: from established until nothing is left to say --- */

enum state_tunnel_stage {
	STATE_TUNNEL_UP = 1,
	STATE_TUNNEL_CLOSING, /* our StopCCN is on its way */
};

#define STATE_TUNNEL_SERVED 1u /* one of its sessions was up */

struct state_channel {
	uint16_t ns;	  /* of the next message */
	uint16_t nr;	  /* expected next */
	uint16_t oldest;  /* first not acknowledged */
	uint16_t highest; /* one more than the highest ever sent */
	uint16_t peer_window;
	uint16_t reserved;
	uint32_t retransmits;
};

struct state_tunnel {
	uint8_t stage;	/* enum state_tunnel_stage */
	uint8_t role;	/* enum l2tp_role */
	uint8_t layout; /* enum kern_layout, once the kernel has it; or 0 */
	uint8_t has_identity;
	uint16_t id, peer_id;
	struct state_channel channel;
	struct endpoint listener;    /* its address; family 0: a profile's */
	char client[STATE_NAME_MAX]; /* the profile's name; empty: they dialed us */
	struct endpoint local, remote;
	uint32_t mark;
	uint16_t mru; /* what we ask for in its sessions */
	uint16_t carrier_port;
	uint32_t sccrq_len;
	uint32_t peer_framing, peer_bearer;
	uint16_t peer_firmware;
	uint16_t flags; /* STATE_TUNNEL_* */
	uint64_t sccrq_hash;
	uint64_t created, up_since;
	struct endpoint identity_host;
	char connection[STATE_IKE_CONN_MAX];
	char remote_id[STATE_IKE_ID_MAX], remote_name[STATE_IKE_ID_MAX];
	char peer_host[64], peer_vendor[32];
	/* from here on: not worth writing the record for */
	uint64_t heard;
	STATE_APPENDED
};

/* --- sessions --- */

enum state_session_stage {
	STATE_SESSION_HALF_OPEN = 1, /* ids alone: the peer is told that it is over */
	STATE_SESSION_FAREWELL,	     /* the same: our CDN may not have arrived */
	STATE_SESSION_UP,
};

/* Of a PPP control protocol (RFC 1661 4). */
struct state_cp {
	uint8_t state; /* enum automaton_state */
	uint8_t request_id, last_id, acked_id;
	uint32_t wish;
	uint32_t acked_sum;
	uint8_t answered, unique;
	uint16_t reserved;
	uint64_t acked_at;
};

#define STATE_LINK_IPV6		1u
#define STATE_LINK_ECHO_REFUSED 2u

struct state_link {
	struct state_cp lcp, ipcp, ipv6cp;
	uint16_t mru, peer_mru;
	uint32_t magic, peer_magic;
	uint8_t auth; /* enum auth_method */
	uint8_t echo_id;
	uint8_t flags; /* STATE_LINK_* */
	uint8_t ident_len;
	uint8_t ident[48];
	uint32_t local4, remote4, dns[2], nbns[2];
	uint8_t local_iid[8], remote_iid[8], offer_iid[8];
};

#define STATE_SESSION_SEQUENCING  1u
#define STATE_SESSION_OF_IDENTITY 2u
#define STATE_SESSION_STOPPED_NCP 4u

struct state_session {
	uint8_t stage; /* enum state_session_stage */
	uint8_t role;  /* enum l2tp_role */
	uint16_t tunnel;
	uint16_t id, peer_id;
	/* what is half open ends here */
	uint32_t call_serial;
	uint32_t tx_speed, rx_speed, framing;
	uint64_t created, up_since;
	struct state_link link;
	uint32_t address; /* host byte order */
	uint32_t ifindex;
	char ifname[16];
	char group[STATE_NAME_MAX]; /* its name */
	uint8_t method;		    /* enum auth_method */
	uint8_t flags;		    /* STATE_SESSION_* */
	uint8_t user_len;
	uint8_t reserved;
	uint8_t user[STATE_USER_MAX];
	char calling[32], called[32];
	uint8_t pad[4];
	/* from here on: not worth writing the record for */
	uint64_t echo_at;
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	STATE_APPENDED
};

#define STATE_SESSION_SMALL 8 /* bytes of a record that is not STATE_SESSION_UP */

_Static_assert(sizeof(struct state_copy) == STATE_COPY_SIZE, "no padding");
_Static_assert(sizeof(struct state_tunnel) <= STATE_RECORD_MAX &&
		       sizeof(struct state_tunnel) % 8 == 0,
	       "fits, in whole words");
_Static_assert(sizeof(struct state_session) <= STATE_RECORD_MAX &&
		       sizeof(struct state_session) % 8 == 0,
	       "fits, in whole words");

#endif
