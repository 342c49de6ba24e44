/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a tunnel and its calls were begun with: the machines' configuration with all that it points
 * to.
 *
 * The configuration may be another by the time that they end, and the secret that hides a tunnel's
 * attributes, or the password that a call proves itself with, must be the one of its beginning.  So
 * a server and a profile have terms for those that come, and each tunnel and each call holds those
 * that it came with; the last one to let go of them wipes them.
 */
#ifndef CULVERT_ENGINE_TERMS_H
#define CULVERT_ENGINE_TERMS_H

#include "daemon/l2tp/tunnel.h"
#include "daemon/ppp/link_config.h"
#include "include/config.h"

struct terms {
	uint32_t held;
	struct tunnel_config tunnel;
	struct link_config link; /* a server's: its MRU is the default group's */
	char host_name[64];
	char user[CONFIG_USER_MAX];
	uint8_t secret[CONFIG_SECRET_MAX];   /* of the tunnel */
	uint8_t password[CONFIG_SECRET_MAX]; /* a profile's */
};

/* Held once, by who asked; NULL: no memory. */
struct terms *terms_of_server(const struct config *cfg, const struct config_server *server);
/* Of all of them, each at its place; 0, or -ENOMEM and then terms_put_all() what is there. */
int terms_of_servers(const struct config *cfg, struct terms *ret[CONFIG_SERVERS_MAX]);
struct terms *terms_of_client(const struct config_client *client);

struct terms *terms_get(struct terms *t);
void terms_put(struct terms *t); /* NULL is allowed */
void terms_put_all(struct terms *t[CONFIG_SERVERS_MAX]);

#endif
