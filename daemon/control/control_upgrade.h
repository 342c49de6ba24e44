/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Upgrade.
 */
#ifndef CULVERT_CONTROL_UPGRADE_H
#define CULVERT_CONTROL_UPGRADE_H

#include "daemon/control/control_client.h"

bool control_upgrade_take(struct control_client *k, const json_t *p, const char **ret_bad);
bool control_upgrade_step(struct control_client *k);

#endif
