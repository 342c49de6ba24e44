/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic of MS-CHAPv2 (RFC 2759 8) and of CHAP with MD5 (RFC 1994 4.1).
 *
 * Pure functions, used by the PPP machines of a client, by the aaa role and by tests.  They keep
 * nothing: what they made on the way is wiped.  A user name may be given with or without
 * "DOMAIN\": what goes into the hash is the part after the first backslash (RFC 2759 4).
 */
#ifndef CULVERT_PPP_MSCHAPV2_H
#define CULVERT_PPP_MSCHAPV2_H

#include <stddef.h>
#include <stdint.h>

#define MSCHAPV2_HASH_LEN     16 /* RFC 2759 8.3 */
#define MSCHAPV2_RESPONSE_LEN 24 /* RFC 2759 8.1 */
#define MSCHAPV2_PROOF_LEN    42 /* RFC 2759 8.7: "S=" and 40 upper-case hexadecimal digits */
#define CHAP_MD5_LEN          16 /* RFC 1994 4.1 */

/*
 * MD4 of the password in UTF-16LE (RFC 2759 8.3). 0, or -EILSEQ where it is not UTF-8: then
 * nothing was written.
 */
int mschapv2_nt_hash(const uint8_t *password, size_t len, uint8_t ret_hash[16]);

/* The NT-Response that proves the password to the authenticator (RFC 2759 8.1). */
void mschapv2_nt_response(const uint8_t auth_challenge[16], const uint8_t peer_challenge[16],
			  const uint8_t *user, size_t user_len, const uint8_t nt_hash[16],
			  uint8_t ret_response[24]);

/*
 * The "S=..." that proves to the peer that the authenticator knows the password, too (RFC 2759
 * 8.7).  Not terminated.
 */
void mschapv2_authenticator_response(const uint8_t nt_hash[16], const uint8_t nt_response[24],
				     const uint8_t peer_challenge[16],
				     const uint8_t auth_challenge[16], const uint8_t *user,
				     size_t user_len, uint8_t ret_proof[42]);

/* MD5 of identifier, secret and challenge (RFC 1994 4.1). */
void chap_md5_response(uint8_t id, const uint8_t *secret, size_t len, const uint8_t *challenge,
		       size_t challenge_len, uint8_t ret_response[16]);

#endif
