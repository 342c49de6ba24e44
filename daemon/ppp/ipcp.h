/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPCP (RFC 1332): addresses, and the name servers of RFC 1877.  Addresses in host byte order.
 *
 * Server: asks for its own address alone, gives the peer one and, where it has some, servers.
 * Client: asks for an address and DNS servers.
 */
#ifndef CULVERT_PPP_IPCP_H
#define CULVERT_PPP_IPCP_H

#include <stdint.h>

#include "daemon/ppp/cp.h"

struct ipcp {
	struct cp cp;
	uint32_t local;   /* server: ours, 0: not told; client: what we were given */
	uint32_t remote;  /* server: what we give; client: the peer's, 0: not told */
	uint32_t dns[2];  /* server: what we give; client: what we were given; 0: none */
	uint32_t nbns[2]; /* server: what we give */
};

void ipcp_init(struct ipcp *ipcp, const struct link_config *cfg);

/* The addresses are set: ask for what there is to ask for. */
void ipcp_begin(struct ipcp *ipcp);

#endif
