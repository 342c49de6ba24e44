/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of key=value text in a fixed buffer.  A value that is not plain is quoted, and what a
 * peer sent is escaped, so that a line stays one line and a key cannot be forged.  What does not
 * fit is cut; the text is always terminated.
 */
#ifndef CULVERT_BASE_TEXT_H
#define CULVERT_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "compiler.h"

struct text {
	char *buf;
	size_t size;
	size_t len; /* without the terminator, always < size */
};

void text_init(struct text *t, char *buf, size_t size); /* size >= 1 */

/* Words of the program's own: not escaped. */
void text_add(struct text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* " key=value" with the value printed by fmt, the program's own words. */
void text_pair(struct text *t, const char *key, const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * " key=value" with len bytes that somebody else chose.  Printable ASCII other than space, quote,
 * backslash and '=' stands as it is; else the value is quoted, and what is not printable becomes
 * \xHH.
 */
void text_peer(struct text *t, const char *key, const void *bytes, size_t len);

/* The escaping of text_peer() alone, without quotes; returns to. size >= 1. */
char *text_escape(char *to, size_t size, const void *bytes, size_t len);

#endif
