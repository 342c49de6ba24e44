/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * charon's plugin l2tp <-> culvertd: which SAs there are, and what one wants the other to do.
 *
 * charon listens on IKE_SOCKET (SOCK_SEQPACKET; root's, mode 0600), the kernel role of culvertd
 * connects and hands the descriptor to the protocol role; each end checks by SO_PEERCRED that root
 * opened the other.  One struct is one message, of exactly its type's length, in host byte order.
 * A string ends with a zero byte inside its array.  Either side may vanish and come back: after a
 * connection both say IKE_HELLO, then the plugin sends IKE_CHILD for every CHILD_SA that protects
 * L2TP and IKE_SNAPSHOT_END; what was not in the snapshot is gone.  If culvertd is too slow to be
 * told every change, the plugin says IKE_HELLO again and another snapshot follows.  A second
 * culvertd takes the first one's place.  No logic here; daemon/ike/message.h checks what has
 * arrived.
 */
#ifndef CULVERT_IKE_H
#define CULVERT_IKE_H

#include <stdint.h>

#include "endpoint.h"

#define IKE_SOCKET   "/run/charon.l2tp" /* default of ike-socket in culvert.conf */
#define IKE_VERSION  1
#define IKE_NAME_MAX 64	 /* of a connection or child, with terminator */
#define IKE_ID_MAX   192 /* an identity as text, with terminator; a longer one is cut */
#define IKE_TEXT_MAX 160 /* words for people, with terminator */

/* Not a CHILD_SA's, within the mask: what must not leave has it. */
#define IKE_MARK_NOBODY 0xfffffffeu

enum ike_type {
	/* both ways */
	IKE_HELLO = 1, /* struct ike_hello */

	/* charon -> culvertd */
	IKE_CHILD = 16,	  /* struct ike_child: it is up, or this is what has become of it */
	IKE_CHILD_DOWN,	  /* struct ike_child_down: it is gone and was not replaced */
	IKE_SNAPSHOT_END, /* struct ike_snapshot_end: every CHILD_SA has been told */
	IKE_CONNECT,	  /* struct ike_connect: bring L2TP up in this SA; somebody waits */
	IKE_CANCEL,	  /* struct ike_cancel: nobody waits for this IKE_CONNECT any more */
	IKE_INITIATED,	  /* struct ike_result: the answer to IKE_INITIATE */

	/* culvertd -> charon */
	IKE_PROGRESS = 64, /* struct ike_text: a line for who waits for an IKE_CONNECT */
	IKE_RESULT,	   /* struct ike_result: and how it ended */
	IKE_INITIATE,	   /* struct ike_initiate: bring this connection up */
	IKE_TERMINATE,	   /* struct ike_terminate: take this CHILD_SA, and its IKE_SA, down */
};

/* The answer to a question carries the question's id; ids are chosen by who asks, and not 0. */
struct ike_head {
	uint16_t type; /* enum ike_type */
	uint16_t version;
	uint32_t id; /* of the question; 0: neither a question nor an answer */
};

/* ike_hello.flags, of charon's side */
#define IKE_HAS_IKEV1	 1u
#define IKE_HAS_FORECAST 2u /* this plugin is loaded, and takes packets to the wrong client */
#define IKE_HAS_CONNMARK 4u /* this plugin is loaded, and is of no use here */
#define IKE_SETS_MARKS	 8u /* children for L2TP get unique marks */

struct ike_hello {
	struct ike_head head;
	uint32_t flags;
	uint32_t mark_mask;	     /* bits of a mark that are charon's to set */
	char software[IKE_NAME_MAX]; /* "strongSwan 5.9.8", "culvert 0.1" */
};

/* ike_child.flags */
#define IKE_CHILD_INITIATOR 1u /* charon initiated its IKE_SA: we are the client */
#define IKE_CHILD_ENCAP	    2u /* ESP in UDP (RFC 3948) */
#define IKE_CHILD_NAT_HERE  4u
#define IKE_CHILD_NAT_THERE 8u

/*
 * A CHILD_SA in transport mode whose selectors hold udp/1701.  A rekey or reauthentication gives
 * the new one's ids and, in replaces, the unique id of the one that it takes the place of; marks
 * and who is at the other end stay.  A MOBIKE or NAT update repeats the message with the new
 * addresses.
 */
struct ike_child {
	struct ike_head head;
	uint32_t unique;   /* id of the CHILD_SA in charon's life; not 0 */
	uint32_t ike;	   /* id of its IKE_SA: changes with a reauthentication */
	uint32_t replaces; /* unique id of the one before it; 0: it is new */
	uint32_t flags;
	uint32_t reqid;
	uint32_t mark_in, mark_out, mark_mask; /* 0: none */
	uint32_t spi_in, spi_out;
	uint16_t local_port, remote_port; /* UDP ports of the selectors; 0: any */
	uint8_t ike_version;		  /* 1 or 2 */
	uint8_t iv, block, icv;	       /* bytes that ESP adds: vector, padding unit, check value */
	struct endpoint local, remote; /* of IKE, with its ports */
	char connection[IKE_NAME_MAX]; /* name of the IKE_SA's configuration */
	char child[IKE_NAME_MAX];      /* and of the CHILD_SA's */
	char local_id[IKE_ID_MAX], remote_id[IKE_ID_MAX];
	char remote_name[IKE_ID_MAX]; /* XAuth or EAP name; empty: none */
};

struct ike_child_down {
	struct ike_head head;
	uint32_t unique;
};

struct ike_snapshot_end {
	struct ike_head head;
};

struct ike_connect {
	struct ike_head head;
	uint32_t unique;  /* of the CHILD_SA, which has been told by IKE_CHILD */
	uint32_t timeout; /* milliseconds that the user is willing to wait; 0: for ever */
};

struct ike_cancel {
	struct ike_head head;
};

struct ike_text {
	struct ike_head head;
	char text[IKE_TEXT_MAX];
};

struct ike_result {
	struct ike_head head;
	int32_t error; /* 0 or a negative errno */
	char text[IKE_TEXT_MAX];
};

struct ike_initiate {
	struct ike_head head;
	uint32_t timeout;	       /* milliseconds; 0: charon's own */
	char connection[IKE_NAME_MAX]; /* of the IKE_SA's configuration */
	char child[IKE_NAME_MAX];      /* empty: the first whose selectors hold udp/1701 */
};

struct ike_terminate {
	struct ike_head head;
	uint32_t unique;
	char text[IKE_TEXT_MAX]; /* why, for charon's log */
};

#endif
