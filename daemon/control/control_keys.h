/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lists of include/control.h as tables, for whoever walks them: the interface description, the
 * command's columns and filters, and the test of the manual page.
 */
#ifndef CULVERT_CONTROL_KEYS_H
#define CULVERT_CONTROL_KEYS_H

#include <stdio.h>

#include "daemon/base/names.h"
#include "include/control.h" /* not daemon/control/control.h */

enum control_kind {
	CONTROL_KIND_INT,
	CONTROL_KIND_BOOL,
	CONTROL_KIND_STRING,
	CONTROL_KIND_STRINGS,  /* a list of strings */
	CONTROL_KIND_COUNTERS, /* an object of integers */
	CONTROL_KIND_CHANGES,  /* a list of objects */
};

struct control_key {
	const char *key; /* NULL ends a table */
	enum control_kind kind;
	const char *what;
};

extern const struct control_key control_status_keys[];
extern const struct control_key control_tunnel_keys[];
extern const struct control_key control_session_keys[];
extern const struct control_key control_pool_keys[];
extern const struct control_key control_client_keys[];
extern const struct control_key control_event_keys[];
extern const struct control_key control_reload_keys[];
extern const struct control_key control_change_keys[];
extern const struct control_key control_filter_keys[];

/* NULL if the table has no such key. */
const struct control_key *control_key_find(const struct control_key *table, const char *key);

NAMES_ENUM(control_method, CONTROL_METHOD_LIST);

/* The interface in varlink's definition language. */
void control_keys_interface(FILE *out);

#endif
