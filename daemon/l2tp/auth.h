/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tunnel authentication (RFC 2661 5.1.1): a CHAP-like proof that the peer knows the secret.
 */
#ifndef CULVERT_L2TP_AUTH_H
#define CULVERT_L2TP_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define L2TP_RESPONSE_LEN 16 /* RFC 2661 4.4.3, Challenge Response */

struct l2tp_proof {
	uint8_t id; /* message type of the message with the response: 2 or 3, RFC 2661 5.1.1 */
	const uint8_t *secret;
	size_t secret_len;
	const uint8_t *challenge;
	size_t challenge_len;
};

void l2tp_auth_response(const struct l2tp_proof *proof, uint8_t ret_response[L2TP_RESPONSE_LEN]);

/* Is this the response?  In a time that does not depend on the answer. */
bool l2tp_auth_check(const struct l2tp_proof *proof, const uint8_t *response, size_t len);

#endif
