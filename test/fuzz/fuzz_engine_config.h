/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration that the engine is fuzzed with, and those that it is reloaded with.
 */
#ifndef CULVERT_TEST_FUZZ_ENGINE_CONFIG_H
#define CULVERT_TEST_FUZZ_ENGINE_CONFIG_H

#include <stdio.h>

#include "include/config.h"
#include "wire_aaa.h"

static void config_begin(struct config *c, uint8_t how)
{
	c->n_listeners = c->n_servers = c->n_groups = c->n_pools = 1;
	c->listeners[0].ipsec = how & 4 ? CONFIG_IPSEC_REQUIRE : CONFIG_IPSEC_OFF;
	c->ike_grace_s = 5;
	c->ike_terminate = true;
	c->listeners[0].address = (struct endpoint){.family = ENDPOINT_IPV4, .port = 1701};
	c->pools[0].first = 0x0a000010;
	c->pools[0].last = 0x0a000013;
	c->groups[0] = (struct config_group){
		.mtu = 1400,
		.local_address = 0x0a000001,
		.dns = {0x0a000035},
		.sessions_per_user = how & 1 ? 1 : 0,
		.ipv6 = how & 2,
	};
	c->groups[1] = c->groups[0]; /* for a reload */
	c->groups[1].local_address++;
	snprintf(c->groups[1].name, sizeof(c->groups[1].name), "other");
	c->servers[0] = (struct config_server){
		.host_name = "lns",
		.auth = {AUTH_MSCHAPV2, AUTH_PAP, AUTH_CHAP_MD5},
		.window = 4,
		.hello_s = 60,
		.echo_s = 30,
		.echo_failures = 3,
		.max_tunnels = 6,
		.max_sessions = 8,
		.max_sessions_per_tunnel = 4,
		.max_half_open = 4,
		.max_half_open_per_address = 3,
		.auth_timeout_s = 30,
	};
}

static void config_change(struct config *c, uint8_t how)
{
	c->pools[0].first = 0x0a000010 + (how & 3) * 2;
	c->pools[0].last = c->pools[0].first + (how & 4 ? 3 : 0);
	c->n_groups = 2;
	if (how & 8)
		c->groups[0].local_address ^= 2;
	c->groups[0].ipv6 = how & 0x10;
	c->groups[0].removed = how & 0x20;
	c->servers[0].default_group = how & 0x20 ? 1 : 0;
	c->servers[0].max_sessions = how & 0x40 ? 2 : 8;
	c->servers[0].removed = (how & 0x7f) == 0x7f;
	c->servers[0].secret_len = how & 1 ? 4 : 0;
}

#endif
