/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong with a file, each with its place.  Allocates; one that cannot be kept is counted.
 */
#ifndef CULVERT_CONFIG_ERRORS_H
#define CULVERT_CONFIG_ERRORS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "compiler.h"

#define CONFIG_ERRORS_MAX 200 /* kept; a file that is wrong all over is not worth more */

struct config_error {
	char *file;
	int line; /* 0: the file as a whole */
	char *text;
};

struct config_errors {
	struct config_error *list;
	size_t count;
	size_t dropped;
};

void config_errors_init(struct config_errors *e);
void config_errors_fini(struct config_errors *e);

/* The same text at the same place is kept once. */
void config_errors_add(struct config_errors *e, const char *file, int line, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/* By file, in the order in which they came up first, and line. */
void config_errors_sort(struct config_errors *e);

/* file:line: text, one a line. */
void config_errors_print(const struct config_errors *e, FILE *out);

/* The same for one error; returns buf. */
char *config_error_text(const struct config_error *e, char *buf, size_t size);

/*
 * Of the names that next() yields (NULL ends them) the one that word was probably meant to be, or
 * NULL.
 */
const char *config_suggest(const char *word, const char *(*next)(void *ctx), void *ctx);

#endif
