/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Upgrade in place: the parent becomes the binary that is on disk now, and nothing that it owns is
 * closed.  The new binary is tried first, by itself, and in vain is said and changes nothing.
 */
#ifndef CULVERT_UPGRADE_H
#define CULVERT_UPGRADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/base/monotime.h"
#include "daemon/loop.h"
#include "netlink/save.h"

struct parent;

enum upgrade_phase {
	UPGRADE_NONE,
	UPGRADE_TEST,  /* the new binary tries itself */
	UPGRADE_GRACE, /* the answer is on its way to whoever asked */
	UPGRADE_QUIET, /* nothing new is begun; what is under way ends */
};

struct upgrade {
	enum upgrade_phase phase;
	char exe[256]; /* where we were started from */
	pid_t pid;     /* of the test */
	struct watch output;
	char said[160]; /* by it: its last line */
	uint32_t id;	/* request to answer; 0: none */
	bool reload;	/* the configuration afterwards */
	usec_t until;
};

void upgrade_init(struct upgrade *u);

/* Is the file that we were started from another one by now? */
bool upgrade_wanted(const struct parent *p);
/* id: of the KERN_UPGRADE to answer, or 0. */
void upgrade_start(struct parent *p, uint32_t id, bool reload);
usec_t upgrade_deadline(const struct parent *p);
void upgrade_expire(struct parent *p, usec_t now);
/* What is asked of the kernel waits just now. */
bool upgrade_quiet(const struct parent *p);

/* --- of the new binary --- */
/* Are these the arguments of a test? */
bool upgrade_is_test(int argc, char **argv);
/* Prints a line on stderr where something is wrong; an exit status. */
int upgrade_test_main(char **argv);

/* The first record of what the earlier execution left: 0 or -errno. */
int upgrade_load(struct save_reader *r, int fd, struct save_parent *ret);

#endif
