/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel role's part in talking to charon: finds the socket of charon's plugin, makes sure that
 * root opened it, and hands the connection to the protocol role, which may open nothing itself.
 *
 * It is tried once a second for as long as the configuration has a use for IPsec and no connection
 * is with the protocol role.
 */
#ifndef CULVERT_IKE_SOCKET_H
#define CULVERT_IKE_SOCKET_H

#include <stdbool.h>

#include "daemon/base/monotime.h"

struct config;
struct parent;

struct ike_socket {
	usec_t retry_at; /* USEC_NEVER: the protocol role has one, or nobody wants one */
	bool said;	 /* that there is none */
};

void ike_socket_init(struct ike_socket *s);
/* A new protocol role is there, and has none. */
void ike_socket_start(struct parent *p);
/* The configuration was this one: it may be wanted now. */
void ike_socket_reload(struct parent *p, const struct config *old);
/* Its connection has ended (KERN_IKE_LOST). */
void ike_socket_lost(struct parent *p);
void ike_socket_expire(struct parent *p, usec_t now);

/* A connection to charon's plugin: a descriptor, or -errno (-EPERM: not root's). */
int ike_socket_connect(const char *path);

#endif
