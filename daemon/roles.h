/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three roles, one binary: starting the unprivileged ones and making them so.
 *
 * A child is a fresh execution of the same binary (own address space layout, nothing inherited
 * but the descriptors named here), which then gives everything up with role_confine().
 */
#ifndef CULVERT_ROLES_H
#define CULVERT_ROLES_H

#include <stdbool.h>
#include <sys/types.h>

enum role {
	ROLE_KERNEL, /* the parent: CAP_NET_ADMIN, parses no packet */
	ROLE_PROTOCOL,
	ROLE_AAA,
};

const char *role_name(enum role role);

/* Where a child finds its sockets. */
enum role_fd {
	ROLE_FD_KERNEL = 3, /* to the kernel role */
	ROLE_FD_PEER = 4,   /* protocol <-> aaa */
};

#define ROLE_ROOT "/run/culvert/empty" /* the empty root of the children */

struct role_account {
	uid_t uid;
	gid_t gid;
};

/*
 * Fork and execute this binary as a role, with its two sockets; the caller's copies stay open.
 * Returns the process id or -errno.
 */
pid_t role_spawn(enum role role, const struct role_account *account, int kernel_fd, int peer_fd);

/*
 * What role_spawn() put on the command line: true if argv is that of a child, with the role and
 * account filled in.
 */
bool role_from_argv(int argc, char **argv, enum role *ret_role, struct role_account *ret_account);

/*
 * Give up everything that the role does not need: root directory, ids, capabilities, the right to
 * gain new ones, and system calls.  0, or -errno with *ret_what naming the step that failed; the
 * role must not go on then.
 */
int role_confine(enum role role, const struct role_account *account, const char **ret_what);

/* The parent keeps CAP_NET_ADMIN and what it needs to start children and read its files. */
int role_confine_parent(const char **ret_what);

#endif
