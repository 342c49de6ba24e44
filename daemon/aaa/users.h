/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of local users.
 *
 * One user a line: a name, a secret, and options:
 *
 *	alice    "pass word"                            group=staff
 *	bob      nt:8846f7eaee8fb117ad06bdd830b7586c    group=staff address=10.20.0.5
 *
 * A word that holds white space, a quote or begins with '#' stands in double quotes, where \" and
 * \\ mean the characters.  nt: is the MD4 of the password in UTF-16 (RFC 2759 8.3), which answers
 * PAP and MS-CHAPv2 but not CHAP; in quotes it is an ordinary password.
 *
 * Loading allocates; nothing else does.  A struct users does not change, and is wiped when freed.
 */
#ifndef CULVERT_AAA_USERS_H
#define CULVERT_AAA_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/hash.h"
#include "daemon/config/config_errors.h"
#include "wire_aaa.h"

#define USERS_FILE_MAX (32u << 20) /* bytes */
#define USERS_MAX      200000

struct users;

struct user {
	struct hash_node by_name;
	struct hash_node by_address;
	struct user *next; /* in the order of the file */
	uint32_t line;
	uint32_t address;	    /* host byte order, 0: from the group's pool */
	char group[AUTH_GROUP_MAX]; /* terminated; empty: the server's default */
	uint8_t nt_hash[16];
	bool plain; /* the secret is there, not the hash alone */
	uint8_t name_len, secret_len;
	uint8_t bytes[]; /* the name, then the secret; neither terminated */
};

static inline const uint8_t *user_secret(const struct user *u)
{
	return u->bytes + u->name_len;
}

/*
 * Read the users from a descriptor, from its beginning; path is for the messages.  0, or a
 * negative errno with errors added and *ret not touched.
 */
int users_load(int fd, const char *path, struct users **ret, struct config_errors *errs);

/* The same from memory. */
int users_parse(const char *path, const char *data, size_t len, struct users **ret,
		struct config_errors *errs);
void users_free(struct users *u); /* NULL is allowed */

/* The user with exactly this name, or NULL. */
const struct user *users_find(const struct users *u, const uint8_t *name, size_t len);

size_t users_count(const struct users *u);

/* In the order of the file: the first one after NULL; NULL at the end. */
const struct user *users_next(const struct users *u, const struct user *user);

/* Their groups must be among these, and their addresses none of ours. */
void users_check(const struct users *u, const char *path, const struct aaa_group *groups, size_t n,
		 struct config_errors *errs);

#endif
