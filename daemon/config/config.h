/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading, checking and printing the configuration.
 *
 * Used by the kernel role at start and on SIGHUP, by `culvertd --check` and by `culvert config`.
 * The other roles only see the struct config of include/config.h, by config_from_memfd().
 * Everything that is wrong is found in one go and kept in a struct config_errors with its place.
 */
#ifndef CULVERT_DAEMON_CONFIG_H
#define CULVERT_DAEMON_CONFIG_H

#include <stdio.h>
#include <sys/types.h>

#include "include/config.h"
#include "daemon/config/config_errors.h"
#include "wire_aaa.h"

#define CONFIG_PATH "/etc/culvert/culvert.conf"

/*
 * Read and check the file and what it includes.  0, or a negative errno with at least one error
 * added to errs; *ret is not touched then.  *ret holds secrets: config_wipe() it.
 */
int config_load(const char *path, struct config *ret, struct config_errors *errs);

/*
 * The same for text in memory, for tests and fuzzing: name stands in the messages; include() and
 * secret-file are not carried out but reported as errors.
 */
int config_parse(const char *name, const char *text, size_t len, struct config *ret,
		 struct config_errors *errs);

/*
 * Look up what only the running machine knows: the accounts, the node's name where none is
 * configured.  A group that does not exist gives UINT32_MAX; a user that does not exist is an
 * error (-ENOENT).
 */
int config_resolve(struct config *c, uid_t *ret_uid, gid_t *ret_gid, struct config_errors *errs);

/*
 * Open a file that holds secrets, read only, and check on the descriptor that nobody else can
 * read it.  key, file and line say who wants it and where that is written.  The descriptor or a
 * negative errno with an error added.
 */
int config_open_secret(const char *path, const char *key, const char *file, int line,
		       struct config_errors *errs);

/* The users file of a checked configuration, as config_open_secret(). */
int config_open_users(const struct config *c, struct config_errors *errs);

/* Those that a user may be in; how many. */
size_t config_groups(const struct config *c, struct aaa_group ret[AAA_GROUPS_MAX]);

/* `culvertd --check FILE`: every error, or one line that says what is there; an exit status. */
int config_check_main(const char *path, FILE *out);

/* A file that config_load() reads back to the same configuration. */
void config_print(FILE *out, const struct config *c);

/* Every key with its default and its help: `culvert config show --defaults`. */
void config_print_defaults(FILE *out);

/* The same as the section of culvert.conf(5), in roff. */
void config_print_man(FILE *out);

/* A sealed memfd for the other roles, or -errno. */
int config_to_memfd(const struct config *c);

/*
 * Map what config_to_memfd() made, read only, after checking its size, seals and version; fd may
 * be closed afterwards.  0 or -errno.
 */
int config_from_memfd(int fd, const struct config **ret);
void config_unmap(const struct config *c);

void config_wipe(struct config *c);

#endif
