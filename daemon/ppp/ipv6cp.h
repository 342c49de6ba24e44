/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPV6CP (RFC 5072 4): interface identifiers, nothing else.  Identifiers are eight bytes as on
 * the wire; all zero: none.
 */
#ifndef CULVERT_PPP_IPV6CP_H
#define CULVERT_PPP_IPV6CP_H

#include <stdint.h>

#include "daemon/ppp/cp.h"

#define IPV6CP_MTU_MIN 1280 /* RFC 8200 5: no IPv6 over a link that carries less */

struct ipv6cp {
	struct cp cp;
	uint8_t local[8];  /* ours; made by ipv6cp_choose() unless set before */
	uint8_t remote[8]; /* of the last request that we acknowledged */
	uint8_t offer[8];  /* what we propose to a peer that has none or ours */
};

void ipv6cp_init(struct ipv6cp *v6, const struct link_config *cfg);

/* Choose the identifiers that are not chosen yet. */
void ipv6cp_choose(struct ipv6cp *v6, struct env *env);

#endif
