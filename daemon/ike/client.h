/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol role's end of the connection to charon's plugin (include/ike.h).
 *
 * Says who we are, lets nothing in before charon has done the same, and passes on what
 * daemon/ike/message.h has found to be in order.  Anything else ends the connection: after it the
 * two sides would mean different SAs by the same id.  Sending never waits; a charon that doesn't
 * read loses the connection as well, and tells everything again after the next one.
 */
#ifndef CULVERT_IKE_CLIENT_H
#define CULVERT_IKE_CLIENT_H

#include <stdbool.h>

#include "daemon/imsg.h"
#include "daemon/loop.h"
#include "ike.h"

#define IKE_CLIENT_QUEUE_MAX 1024 /* messages to charon that may wait */

struct ike_client {
	struct watch watch; /* fd -1: no connection */
	struct loop *loop;
	struct imsg_queue queue;
	bool greeted;		/* charon has said hello */
	struct ike_hello hello; /* what it said */
	/* charon is there: its IKE_CHILDs follow */
	void (*up)(struct ike_client *c);
	/* a checked message that is no IKE_HELLO */
	void (*message)(struct ike_client *c, const struct ike_head *m);
	/* the connection has ended, and is closed; why: in words */
	void (*lost)(struct ike_client *c, const char *why);
};

/* The functions are the caller's to set afterwards. */
void ike_client_init(struct ike_client *c, struct loop *loop);
/* Takes fd: 0 or -errno (then fd is still the caller's). An older connection ends, unsaid. */
int ike_client_open(struct ike_client *c, int fd, const char *software);
void ike_client_close(struct ike_client *c);

/* 0: sent or waiting; -ENOTCONN: charon is not there; or -errno. */
int ike_client_send(struct ike_client *c, const void *msg, size_t len);

#endif
