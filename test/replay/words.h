/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of a scenario as words: "SCCRQ", "tunnel=7", "-host".
 */
#ifndef CULVERT_REPLAY_WORDS_H
#define CULVERT_REPLAY_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/monotime.h"

#define WORDS_MAX 64

struct words {
	size_t n;
	char *word[WORDS_MAX];
};

/* Cuts the line in place; false where it has too many words. */
bool words_split(struct words *w, char *line);

/* The value of key=value; NULL: not there. */
const char *words_get(const struct words *w, const char *key);
bool words_has(const struct words *w, const char *word);

/* The number that is the value of a key, or otherwise fallback. */
uint32_t words_number(const struct words *w, const char *key, uint32_t fallback);

/* The bytes that hexadecimal digits stand for; SIZE_MAX where they are none or too many. */
size_t words_hex(const char *text, uint8_t *to, size_t size);

bool words_time(const char *text, usec_t *ret);	     /* "30ms", "5s" */
bool words_address(const char *text, uint32_t *ret); /* host byte order */

/* ENOMEM for "enomem" and so on; 0: not known. */
int words_errno(const char *name);

#endif
