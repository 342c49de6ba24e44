/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is this proof of a password right?
 *
 * PAP (RFC 1334), CHAP with MD5 (RFC 1994) and MS-CHAPv2 (RFC 2759) against the local users.  No
 * allocation, no system call.
 */
#ifndef CULVERT_AAA_VERIFY_H
#define CULVERT_AAA_VERIFY_H

#include "wire_aaa.h"

struct users;

/* Fill *ret, all of it.  users NULL: none are loaded, which is our fault and not the peer's. */
void verify(const struct users *users, const struct auth_request *request, struct auth_result *ret);

#endif
