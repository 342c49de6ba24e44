/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a configuration file, made ready for libconfuse.
 *
 * libconfuse counts lines wrongly after comments, takes no comment inside a list, drops characters
 * it does not know, does not miss a closing brace, and stops at the first key it does not know.
 * So comments are blanked before it reads, what it would drop is reported here, and a statement
 * that it refused can be blanked so that it may try again and find the next error.
 */
#ifndef CULVERT_CONFIG_TEXT_H
#define CULVERT_CONFIG_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/config/config_errors.h"

#define CONFIG_TEXT_MAX (4u << 20) /* bytes of one file */

struct config_text {
	char *name; /* as messages call it */
	char *text; /* terminated */
	size_t len;
	bool broken; /* config_text_clean() found what would mislead the parser */
};

/* Read a file whole.  0 or -errno; nothing is added to any errors. */
int config_text_read(struct config_text *t, const char *path);

/* The same from memory. */
int config_text_set(struct config_text *t, const char *name, const void *data, size_t len);
void config_text_fini(struct config_text *t);

/* Blank the comments; report and mark as broken what libconfuse would not. */
void config_text_clean(struct config_text *t, struct config_errors *errs);

/*
 * Blank the statement that begins with word in this line: up to the end of its value, list, block
 * or arguments.  False if there is none.
 */
bool config_text_blank(struct config_text *t, int line, const char *word);

/* Blank from word in this line, or in one before it, to the line's end. */
bool config_text_blank_line(struct config_text *t, int line, const char *word);

#endif
