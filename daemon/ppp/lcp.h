/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Link Control Protocol (RFC 1661 6, RFC 1570 2): its options and its own codes.
 *
 * We ask for an MRU, a magic number and, as a server, for authentication.  Accepted from the
 * peer: MRU, ACCM, magic number, compression of protocol and address fields (which we never use
 * ourselves).  Everything else is rejected.
 */
#ifndef CULVERT_PPP_LCP_H
#define CULVERT_PPP_LCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/ppp/cp.h"

#define LCP_MRU_DEFAULT 1500 /* RFC 1661 6.1 */
#define LCP_MRU_MIN     128
#define LCP_IDENT_MAX   48
#define LCP_LOOPS_MAX   3 /* requests with our own magic number until the link is called looped */

struct lcp {
	struct cp cp;
	uint16_t mru;          /* ours, as we ask for it */
	uint16_t peer_mru;     /* of the last request that we acknowledged */
	uint32_t magic;        /* ours; 0: the peer refuses to know it */
	uint32_t peer_magic;   /* 0: none */
	uint8_t auth;          /* enum auth_method: server, what we ask for; client, what the peer
				  asked for and we acknowledged */
	uint8_t auth_refused;  /* bit per place in the configuration's methods */
	bool no_auth;          /* the peer refuses every method */
	uint8_t loops;         /* requests in a row with our own magic number */
	bool own_magic;        /* an echo came with our own magic number; taken by the link */
	bool echo_refused;     /* the peer does not know Echo-Request */
	uint8_t echo_id;
	uint16_t rejected;     /* protocol of a Protocol-Reject; taken by the link; 0: none */
	uint8_t ident_len;     /* what the peer called itself (RFC 1570 2.1), any bytes, cut */
	uint8_t ident[LCP_IDENT_MAX];
};

void lcp_init(struct lcp *lcp, const struct link_config *cfg);

/* The lower layer is up: choose a magic number and send the first Configure-Request. */
unsigned int lcp_open(struct lcp *lcp, struct env *env);

void lcp_send_echo(struct lcp *lcp, struct env *env);

/* RFC 1661 5.7: info as received, copied as far as the peer's MRU goes. */
void lcp_send_protocol_reject(struct lcp *lcp, uint16_t protocol, const uint8_t *info, size_t len,
			      struct env *env);

/* The error code that Windows puts into its Terminate-Request; 0: none. */
uint32_t lcp_terminate_error(const struct cp_packet *p);

#endif
