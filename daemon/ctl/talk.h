/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls of the daemon's methods, one after the other over one connection, waiting for each answer.
 */
#ifndef CULVERT_CTL_TALK_H
#define CULVERT_CTL_TALK_H

#include "daemon/ctl/ctl.h"

struct talk {
	struct ctl *ctl;
	int fd;
	bool quiet; /* no words to err: for completion */
	const char *what; /* to say when it is not found; NULL: "no such session" */
	char *buf;
	size_t used, size, taken; /* bytes there, room, and those that were a reply already */
};

/* Connect; says what is wrong and what to do about it.  talk_close() it also after a failure. */
int talk_open(struct talk *talk, struct ctl *ctl);
void talk_close(struct talk *talk);

/*
 * Send a request; method without the interface's name; parameters are taken over, NULL: none.
 * more: talk_next() may be used more than once.
 */
int talk_send(struct talk *talk, const char *method, json_t *parameters, bool more);

/*
 * Wait for a reply: its parameters, which the caller owns, and whether another one follows.
 * An error that the daemon answers is said to err and gives its exit code.
 */
int talk_next(struct talk *talk, json_t **ret_parameters, bool *ret_more);

/* Both, for a method with one reply. */
int talk_once(struct talk *talk, const char *method, json_t *parameters, json_t **ret_parameters);

/*
 * A list: each reply's parameters are given to `each` until the last, which has none of it.
 * *ret_count is how many there were.
 */
int talk_list(struct talk *talk, const char *method, json_t *parameters, const char *key,
	      void (*each)(void *ctx, json_t *item), void *ctx, size_t *ret_count);

#endif
