/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that may be shown: UTF-8, on one line, and harmless to a terminal.
 */
#ifndef CULVERT_CONTROL_TEXT_H
#define CULVERT_CONTROL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Copies what is well-formed UTF-8 (RFC 3629) and neither a control character nor one that turns
 * the direction of writing; anything else becomes U+FFFD.  Terminated, cut at a character.
 * Returns the length; 3 * len + 1 bytes are always enough.
 */
size_t control_text_clean(char *to, size_t size, const void *bytes, size_t len);

/* RFC 3339, UTC; wall: microseconds since 1970.  Returns to. */
#define CONTROL_TIME_MAX 32
char *control_text_time(char to[CONTROL_TIME_MAX], uint64_t wall, bool with_microseconds);

#endif
