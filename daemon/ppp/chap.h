/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CHAP with MD5 (RFC 1994) and MS-CHAPv2 (RFC 2759), methods of auth.c; nobody else calls this.
 */
#ifndef CULVERT_PPP_CHAP_H
#define CULVERT_PPP_CHAP_H

#include "daemon/ppp/auth.h"

void chap_start(struct auth *a, struct env *env);
enum auth_outcome chap_input(struct auth *a, const uint8_t *info, size_t len, struct env *env);
enum auth_outcome chap_result(struct auth *a, const struct auth_result *result, struct env *env);
enum auth_outcome chap_expire(struct auth *a, struct env *env);

#endif
