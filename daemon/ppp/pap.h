/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PAP (RFC 1334 2), a method of auth.c; nobody else calls this.
 */
#ifndef CULVERT_PPP_PAP_H
#define CULVERT_PPP_PAP_H

#include "daemon/ppp/auth.h"

void pap_start(struct auth *a, struct env *env);
enum auth_outcome pap_input(struct auth *a, const uint8_t *info, size_t len, struct env *env);
enum auth_outcome pap_result(struct auth *a, const struct auth_result *result, struct env *env);
enum auth_outcome pap_expire(struct auth *a, struct env *env);

#endif
