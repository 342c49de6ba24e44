/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The methods about client profiles: list, connect, disconnect.
 */
#ifndef CULVERT_CONTROL_CLIENTS_H
#define CULVERT_CONTROL_CLIENTS_H

#include "daemon/control/control_client.h"

bool control_clients_step(struct control_client *k);
bool control_clients_take_connect(struct control_client *k, const json_t *p, const char **ret_bad);
bool control_clients_step_connect(struct control_client *k);
bool control_clients_take_disconnect(struct control_client *k, const json_t *p,
				     const char **ret_bad);
bool control_clients_step_disconnect(struct control_client *k);

#endif
