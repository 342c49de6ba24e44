/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the control socket: one client, its bytes in both directions, and the request that it is
 * answered now.  A client has one request at a time; what it sends meanwhile waits in its buffer,
 * and when that is full, in its socket.
 */
#ifndef CULVERT_CONTROL_CLIENT_H
#define CULVERT_CONTROL_CLIENT_H

#include <jansson.h>

#include "daemon/base/list.h"
#include "daemon/control/control.h"
#include "daemon/control/control_filter.h"
#include "daemon/control/control_json.h"
#include "daemon/loop.h"
#include "include/control.h"

#define CONTROL_BACKLOG	  32768 /* bytes not yet read by a client before its answers wait */
#define CONTROL_REPLY_MAX (1 << 20)
#define CONTROL_REASON	  96

/* What somebody may do; each includes what stands before it. */
enum control_right {
	CONTROL_RIGHT_NONE,
	CONTROL_RIGHT_READ,
	CONTROL_RIGHT_ADMIN,
};

struct control_client;

struct control_request {
	/*
	 * Make one reply, or look at one object; true once nothing is left to do.  NULL: no request
	 * is open.  A follower that has nothing to say sets `waiting`.
	 */
	bool (*step)(struct control_client *k);
	bool more, oneway;
	bool waiting; /* for control_refreshed() or control_wake() */
	usec_t until; /* waiting for counters, but not longer; USEC_NEVER */
	struct control_filter filter;
	uint64_t cursor;
	uint64_t count;
	bool follow;
	char reason[CONTROL_REASON];
};

struct control_client {
	struct list node;
	struct watch watch;
	struct control *control;
	enum control_right right;
	uid_t uid;
	usec_t active;	 /* last byte in either direction */
	bool eof;	 /* nothing more will come; what came is still answered */
	bool closing;	 /* nothing more is taken; what was said is still sent */
	bool broken;	 /* neither */
	uint32_t events; /* that the loop watches for */
	struct control_request request;
	char *in; /* CONTROL_REQUEST_MAX bytes while a client has sent something */
	size_t in_len;
	char *out;
	size_t out_off, out_len, out_size;
};

struct control {
	struct control_setup setup;
	struct list clients;
	size_t n_clients;
	struct watch listener; /* fd -1: none */
	usec_t accept_again;   /* the listener is off until then; USEC_NEVER */
	bool refreshing;
	usec_t refreshed;
};

/* Takes fd; NULL when memory is short, and fd is closed. */
struct control_client *control_client_new(struct control *c, int fd, enum control_right right,
					  uid_t uid);
void control_client_free(struct control_client *k);

/* Take a turn: read, answer, write.  May free the client. */
void control_client_turn(struct control_client *k, uint32_t events);

/* Let the loop come back, for the request can go on. */
void control_client_wake(struct control_client *k);

/* When something is to be done about it: idle, stuck, or tired of waiting. */
usec_t control_client_deadline(const struct control_client *k);
void control_client_expire(struct control_client *k, usec_t now);

/* --- for the methods: each takes over `parameters`, NULL: none -----------------------------------
 */

/* The last, or only, reply; and one that others follow. */
void control_reply(struct control_client *k, json_t *parameters);
void control_reply_more(struct control_client *k, json_t *parameters);
void control_reply_error(struct control_client *k, const char *error, json_t *parameters);

/* What the clocks say this turn. */
struct control_clock control_clock_now(const struct control *c);

/* Carry out one request: an object with method and parameters.  In control_methods.c. */
void control_method_call(struct control_client *k, json_t *request);

#endif
