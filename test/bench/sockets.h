/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the clients' datagrams come and go.
 *
 * Either every client has a socket of its own, connected, from an ephemeral port; or all share one
 * socket on port 1701 and each has an address of its own out of a prefix that is local here
 * (`ip route add local 10.8.0.0/16 dev lo`), which costs the generator far less.
 */
#ifndef CULVERT_BENCH_SOCKETS_H
#define CULVERT_BENCH_SOCKETS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOCKETS_BATCH 64
#define SOCKETS_MTU   2048

struct sockets_out {
	struct sockaddr_in to;
	char control[CMSG_SPACE(sizeof(struct in_pktinfo))] __attribute__((aligned(8)));
	size_t len;
	uint8_t data[SOCKETS_MTU];
};

struct sockets {
	struct sockaddr_in server;
	int epoll;
	int shared;	/* -1: one socket for each client */
	uint32_t first; /* host byte order: the address of client 0 */
	unsigned count;
	int *fds;
	struct sockets_out *out; /* shared: sent at the end of a turn */
	size_t n_out;
	uint64_t send_errors;

	void (*receive)(void *context, unsigned client, const uint8_t *data, size_t len);
	void *context;
};

struct sockets_options {
	struct sockaddr_in server;
	uint32_t prefix; /* host byte order; 0: a socket for each client */
	unsigned prefix_len;
	uint16_t port; /* of the shared socket */
	unsigned clients;
};

/* 0 or a negative errno, with a message on stderr. */
int sockets_init(struct sockets *s, const struct sockets_options *o);
void sockets_fini(struct sockets *s);

/* Make the socket of a client, if it needs one; 0 or a negative errno. */
int sockets_open(struct sockets *s, unsigned client);
void sockets_send(struct sockets *s, unsigned client, const void *data, size_t len);
void sockets_flush(struct sockets *s);

/* The same datagram many times, as fast as possible; how often it was taken. */
uint64_t sockets_flood(struct sockets *s, unsigned client, const void *data, size_t len,
		       uint64_t count);

/* Wait, and hand everything that came to receive(); true when `wake` became readable. */
bool sockets_wait(struct sockets *s, int timeout_ms, int wake);

#endif
