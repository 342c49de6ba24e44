/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drain and Undrain.
 */
#ifndef CULVERT_CONTROL_DRAIN_H
#define CULVERT_CONTROL_DRAIN_H

#include "daemon/control/control_client.h"

bool control_drain_take(struct control_client *k, const json_t *p, const char **ret_bad);
bool control_undrain_take(struct control_client *k, const json_t *p, const char **ret_bad);
bool control_drain_step(struct control_client *k);

#endif
