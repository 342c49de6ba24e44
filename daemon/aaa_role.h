/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CULVERT_AAA_ROLE_H
#define CULVERT_AAA_ROLE_H

#include "daemon/roles.h"

/* Runs until either of the other roles goes away; returns an exit status. */
int aaa_role_main(const struct role_account *account);

#endif
