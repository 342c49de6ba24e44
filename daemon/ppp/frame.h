/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outside of a PPP frame: protocol numbers, and the fields before the information (RFC 1661 2,
 * RFC 1662 3.1).
 *
 * Received: FF 03 may stand or not, the protocol may be one byte or two; both whatever LCP
 * agreed, because both are unambiguous.  Sent: always two bytes of protocol and no FF 03 (whoever
 * carries the frame prepends it).
 */
#ifndef CULVERT_PPP_FRAME_H
#define CULVERT_PPP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/buf.h"
#include "daemon/base/effects.h"

#define FRAME_INFO_MAX 1500 /* information bytes of the longest frame that we make ourselves */

#define PPP_IP       0x0021
#define PPP_VJ_COMP  0x002d /* RFC 1332 4 */
#define PPP_VJ_PLAIN 0x002f
#define PPP_MP       0x003d /* RFC 1990 */
#define PPP_IPV6     0x0057
#define PPP_ECPD     0x0053
#define PPP_CCPD     0x00fd /* RFC 1962 3 */
#define PPP_IPCP     0x8021
#define PPP_ECP      0x8053 /* RFC 1968 */
#define PPP_IPV6CP   0x8057
#define PPP_CCP      0x80fd
#define PPP_ACSP     0x8235 /* Apple client-server protocol */
#define PPP_LCP      0xc021
#define PPP_PAP      0xc023
#define PPP_LQR      0xc025
#define PPP_CHAP     0xc223
#define PPP_EAP      0xc227

/* For the log; "?" for one that we have no name for. */
const char *frame_protocol_name(uint16_t protocol);

struct frame {
	uint16_t protocol;
	size_t len;
	const uint8_t *info; /* into the caller's bytes */
};

/* False where the bytes end before the protocol does or where it is not one (RFC 1661 2). */
bool frame_parse(const uint8_t *bytes, size_t len, struct frame *ret);

/*
 * Make an EFFECT_FRAME: begin, write the information with w, end.  room: the most information
 * bytes that may follow.  No other effect may be added in between.
 */
void frame_begin(struct writer *w, struct effects *fx, uint16_t protocol, size_t room);
void frame_end(struct writer *w, struct effects *fx);

/* To tell a repeat from something new; no protection against an adversary. */
uint32_t frame_sum(const uint8_t *data, size_t len);

#endif
