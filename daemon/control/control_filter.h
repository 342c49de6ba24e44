/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which sessions, tunnels or events are meant: all that is given must fit.
 */
#ifndef CULVERT_CONTROL_FILTER_H
#define CULVERT_CONTROL_FILTER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/events.h"
#include "daemon/report.h"

enum control_filter_key {
	FILTER_USER = 1 << 0,
	FILTER_IP = 1 << 1,
	FILTER_PEER = 1 << 2,
	FILTER_GROUP = 1 << 3,
	FILTER_STATE = 1 << 4,
	FILTER_INTERFACE = 1 << 5,
	FILTER_CLIENT = 1 << 6,
	FILTER_TUNNEL = 1 << 7,
	FILTER_SESSION = 1 << 8,
};

/* What can be asked of each. */
#define FILTER_OF_SESSION 0x1ff
#define FILTER_OF_TUNNEL  (FILTER_PEER | FILTER_STATE | FILTER_CLIENT | FILTER_TUNNEL)
#define FILTER_OF_EVENT	  (FILTER_OF_SESSION & ~(FILTER_STATE | FILTER_CLIENT))

#define FILTER_TEXT_MAX (3 * AUTH_USER_MAX + 1)

struct control_filter {
	uint32_t given; /* of enum control_filter_key */
	char user[FILTER_TEXT_MAX];
	char group[CONFIG_NAME_MAX];
	char interface[KERN_IFNAME_MAX];
	char client[3 * 64];
	uint32_t ip;
	struct endpoint peer; /* without port */
	enum report_state state;
	uint16_t tunnel, session;
};

/*
 * from: a JSON object, or NULL for no filter; allowed: the keys that make sense here.  false and
 * the name of the key where one is wrong; it may be one of `from`'s own.
 */
bool control_filter_parse(struct control_filter *ret, const json_t *from, uint32_t allowed,
			  const char **ret_key);

bool control_filter_session(const struct control_filter *f, const struct session_report *r);
bool control_filter_tunnel(const struct control_filter *f, const struct tunnel_report *r);
bool control_filter_event(const struct control_filter *f, const struct event *e);

/* The bit of a key's name, 0 if there is no such key. */
uint32_t control_filter_bit(const char *key);

#endif
