/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hidden values (RFC 2661 4.3): MD5 of the secret shared by the two ends, of the attribute and of
 * the last Random Vector before it.  It hides from a passive reader and proves nothing: a wrong
 * secret is seen only where the inner length becomes absurd.
 */
#ifndef CULVERT_L2TP_HIDE_H
#define CULVERT_L2TP_HIDE_H

#include <stddef.h>
#include <stdint.h>

#include "compiler.h"

#define HIDE_OVERHEAD 2 /* the original length, RFC 2661 4.3 */

struct hide_key {
	const uint8_t *secret;
	size_t secret_len;
	const uint8_t *vector; /* Random Vector */
	size_t vector_len;
};

/*
 * data: inner length, value and padding as they are to be sent, encrypted in place.  len >= 2.
 */
void hide(const struct hide_key *key, uint16_t attribute, uint8_t *data, size_t len);

/*
 * Decrypt the value of a hidden AVP into to, which has room for len bytes.  The original value is
 * then at to + HIDE_OVERHEAD.  -EBADMSG: too short, or an inner length that does not fit.
 */
MUST_CHECK int unhide(const struct hide_key *key, uint16_t attribute, const uint8_t *data,
		      size_t len, uint8_t *to, size_t *ret_len);

#endif
