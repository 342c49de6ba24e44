/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The UDP sockets of the protocol role.
 *
 * Sockets come bound from the kernel role: one a listener; in the classic layout one a tunnel,
 * which only brings what the kernel would no longer give to the listener; in the parked layout one
 * an SA, which only sends.  Whatever socket a datagram came on, it enters by one door with both its
 * addresses and its mark; everything leaves through the listener or an SA's socket.
 */
#ifndef CULVERT_UDP_H
#define CULVERT_UDP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "include/config.h"
#include "daemon/loop.h"
#include "endpoint.h"

#define UDP_BATCH    16   /* datagrams taken from one socket per turn */
#define UDP_SIZE_MAX 4096 /* longer datagrams are no L2TP that we could want */

struct datagram {
	const uint8_t *data; /* valid during the call */
	size_t len;
	struct endpoint local, peer;
	uint8_t listener; /* index into the configuration's listeners; or, from there on, clients */
	uint32_t mark;	  /* of the SA that it came through (SO_RCVMARK); 0: none */
};

struct udp_socket {
	struct watch watch;
	struct udp *udp;
	uint8_t listener;
	struct endpoint bound;
};

struct udp {
	struct loop *loop;
	void (*input)(void *ctx, const struct datagram *d);
	void *ctx;
	uint64_t truncated; /* datagrams over UDP_SIZE_MAX, dropped */
	uint64_t send_failed;
	struct udp_socket listeners[CONFIG_LISTENERS_MAX + CONFIG_CLIENTS_MAX];
	struct udp_batch *batch;
};

/* 0 or -ENOMEM.  input is called for each datagram. */
int udp_init(struct udp *udp, struct loop *loop,
	     void (*input)(void *ctx, const struct datagram *d), void *ctx);
void udp_fini(struct udp *udp);

/*
 * Take over a listener's descriptor, or (index from CONFIG_LISTENERS_MAX on) the one of a client
 * profile, which is connected: 0 or -errno (then it is still the caller's).
 */
int udp_add_listener(struct udp *udp, uint8_t index, int fd);

/* The same for the socket of one tunnel, in s, which stays where it is until udp_remove(). */
int udp_add(struct udp *udp, struct udp_socket *s, uint8_t listener, int fd);
void udp_remove(struct udp_socket *s);

/*
 * Send from local (its address; the port is the listener's) to peer, by an SA's socket or, where
 * that is NULL or has no descriptor, the listener's; losses are only counted.
 */
void udp_send(struct udp *udp, uint8_t listener, const struct udp_socket *via,
	      const struct endpoint *local, const struct endpoint *peer, const struct iovec *iov,
	      size_t iovlen);

#endif
