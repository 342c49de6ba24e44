/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of the control socket: a server with the engine of control_engine.h, at a clock
 * that stands still, and clients of it over socket pairs.
 */
#ifndef CULVERT_TEST_CONTROL_WORLD_H
#define CULVERT_TEST_CONTROL_WORLD_H

#include <jansson.h>

#include "daemon/control/control.h"
#include "daemon/control/control_keys.h"
#include "daemon/loop.h"
#include "include/control.h"
#include "test/unit/control_engine.h"

struct world {
	struct loop loop;
	struct control *control;
	struct events *events;
	struct control_peer who; /* the next client */
};

extern struct world world;

void world_setup(void);
void world_teardown(void);

#define METHOD(name) "{\"method\":\"" CONTROL_INTERFACE "." name "\"}"
#define CALL(name, params)                                                                         \
	"{\"method\":\"" CONTROL_INTERFACE "." name "\",\"parameters\":" params "}"
#define MORE(name, params)                                                                         \
	"{\"method\":\"" CONTROL_INTERFACE "." name "\",\"more\":true,\"parameters\":" params "}"

/* Turns of the loop until nothing is ready, but no more than so many. */
void world_turn(int times);

int world_client(void);
int world_client_of(uid_t uid, gid_t gid);

void world_say_bytes(int fd, const char *bytes, size_t len);

/* With its zero byte. */
void world_say(int fd, const char *text);

/* Whatever waits for the client up to the next zero byte; NULL: nothing; the caller frees. */
json_t *world_hear(int fd);

bool world_closed(int fd);

const char *world_error(const json_t *reply); /* "" if it is none */
json_t *world_parameter(const json_t *reply, const char *key);

/* Asks, and is answered with this error, whose parameter key has this value. */
void world_refused(int fd, const char *request, const char *error, const char *key,
		   const char *value);

/* One reply, which must be the only one. */
json_t *world_ask(int fd, const char *request);

/* Reads a whole list; returns how many objects it had, the first in *ret_first if wanted. */
int world_list(int fd, const char *request, const char *key, json_t **ret_first);

/* Exactly the keys of the table, each null or of its kind. */
void world_keys(json_t *o, const struct control_key *table);

#endif
