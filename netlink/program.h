/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run a program, without a shell.  Waits: not on the loop.
 */
#ifndef CULVERT_NETLINK_PROGRAM_H
#define CULVERT_NETLINK_PROGRAM_H

#include <stdbool.h>

#define PROGRAM_WAIT_S 10

/*
 * argv[0] is an absolute path, input (NULL: none) what it reads; what it says is thrown away.  0,
 * -errno, -EIO if it failed, -ETIMEDOUT if it was ended after PROGRAM_WAIT_S.
 */
int program_run(char *const argv[], const char *input);

/* The first of these paths (NULL ends them) that can be run, or NULL. */
const char *program_find(const char *const paths[]);

#endif
