/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the configuration again, in the kernel role.
 *
 * The file is read and checked as at the start; what is wrong with it is said, and nothing has
 * changed.  Then the aaa role is given the users, and when it has taken them, the rest is put in
 * force: what can be of it, by difference (daemon/config/config_diff.h).  With a time to confirm
 * within, the one before comes back by itself unless somebody says that he is still there.
 */
#ifndef CULVERT_DAEMON_RELOAD_H
#define CULVERT_DAEMON_RELOAD_H

#include "daemon/loop.h"
#include "daemon/reload_report.h"
#include "include/config.h"
#include "wire_aaa.h"
#include "wire_kern.h"

struct parent;

struct reload {
	int users;	       /* a copy of the users file that is in force; -1: none */
	struct config *before; /* in force unless the one that is gets confirmed; NULL: it is */
	int users_before;
	usec_t deadline; /* for that */
	uint32_t confirm_s;

	/* under way, while the aaa role reads the users */
	uint32_t users_id; /* of the question; 0: nothing is under way */
	uint32_t next_id;
	struct config *wanted;
	int users_wanted;
	struct kern_reload request; /* id 0: a signal's, nobody waits for the answer */
	struct reload_report_text report;
};

void reload_init(struct parent *p);
void reload_fini(struct parent *p);

/* SIGHUP. */
void reload_signal(struct parent *p);
void reload_request(struct parent *p, const struct kern_reload *m);

/* False: it is not the answer to a question of ours. */
bool reload_users_done(struct parent *p, const struct wire_aaa_users_done *m);

/*
 * The users in force, for an aaa role that has just been started: a descriptor, or -errno after
 * lines in the log.
 */
int reload_users_open(struct parent *p);
/* It did not like them. */
void reload_users_bad(struct parent *p);

/* One of the roles has ended: nobody answers, or waits for an answer. */
void reload_aaa_gone(struct parent *p);
void reload_protocol_gone(struct parent *p);

usec_t reload_deadline(const struct parent *p);
void reload_expire(struct parent *p, usec_t now);

#endif
