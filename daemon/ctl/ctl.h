/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command `culvert`: one call of it.  It talks to the daemon by the control socket alone and
 * holds no state; what it prints goes to `out`, what is wrong to `err`, and every function that
 * does something returns an exit code (enum control_exit).
 */
#ifndef CULVERT_CTL_H
#define CULVERT_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "compiler.h"
#include "include/control.h"

struct ctl {
	FILE *in, *out, *err;
	const char *socket;
	bool json, pretty, detail, yes, follow, defaults, exit;
	bool ask;   /* somebody sits at the other end of `in` */
	bool color; /* `out` is a terminal, and NO_COLOR is not set */
	bool utf8;  /* `out` can show more than ASCII */
	const char *columns;
	const char *reason;
	const char *last;
	const char *kick_rate;
	const char *confirm;
	bool confirmed, revert;
};

/* The command line; returns the exit code of the process. */
int ctl_main(int argc, char **argv, FILE *out, FILE *err);

/* "culvert: ..." to err; returns code. */
int ctl_fail(struct ctl *ctl, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* --- the commands: words are what follows the command's own --------------------------------------
 */

int show_status(struct ctl *ctl, int n, char **words);
int show_tunnels(struct ctl *ctl, int n, char **words);
int show_sessions(struct ctl *ctl, int n, char **words);
int show_session(struct ctl *ctl, int n, char **words);
int show_pools(struct ctl *ctl, int n, char **words);
int show_clients(struct ctl *ctl, int n, char **words);
int connect_main(struct ctl *ctl, int n, char **words);
int disconnect_main(struct ctl *ctl, int n, char **words);
int kick_main(struct ctl *ctl, int n, char **words);
int drain_main(struct ctl *ctl, int n, char **words);
int undrain_main(struct ctl *ctl, int n, char **words);
int upgrade_main(struct ctl *ctl, int n, char **words);
int events_main(struct ctl *ctl, int n, char **words);
int config_check_command(struct ctl *ctl, int n, char **words);
int config_show_command(struct ctl *ctl, int n, char **words);
int config_diff_command(struct ctl *ctl, int n, char **words);
int reload_main(struct ctl *ctl, int n, char **words);

/*
 * Words that may stand where the last of `words` stands, one a line: for the shell's completion.
 * Asks the daemon for names where it runs.
 */
int complete_main(struct ctl *ctl, int n, char **words);

/* For completion: the next word of the command line, given those before it; NULL ends. */
struct ctl_command {
	const char *word, *noun; /* noun NULL: the command is one word */
	bool exact;		 /* noun may not be shortened: a longer one begins with it */
	const char *options;	 /* letters of those that it takes */
	const char *args, *what;
	int (*run)(struct ctl *ctl, int n, char **words);
};

extern const struct ctl_command ctl_commands[]; /* word NULL ends it */

#endif
