/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reload and DiffConfig.
 */
#ifndef CULVERT_CONTROL_RELOAD_H
#define CULVERT_CONTROL_RELOAD_H

#include "daemon/control/control_client.h"

bool control_reload_take(struct control_client *k, const json_t *p, const char **ret_bad);
bool control_diff_take(struct control_client *k, const json_t *p, const char **ret_bad);
/* Waits for control_reloaded(). */
bool control_reload_step(struct control_client *k);

#endif
