// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A growing list of errors, and the guess at what a mistyped name should have been.
 */
#include "daemon/config/config_errors.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 48 /* longer words are not compared */

void config_errors_init(struct config_errors *e)
{
	memset(e, 0, sizeof(*e));
}

void config_errors_fini(struct config_errors *e)
{
	for (size_t i = 0; i < e->count; i++) {
		free(e->list[i].file);
		free(e->list[i].text);
	}
	free(e->list);
	config_errors_init(e);
}

static bool known(const struct config_errors *e, const char *file, int line, const char *text)
{
	for (size_t i = 0; i < e->count; i++) {
		const struct config_error *old = &e->list[i];

		if (old->line == line && !strcmp(old->text, text) && !strcmp(old->file, file))
			return true;
	}
	return false;
}

void config_errors_add(struct config_errors *e, const char *file, int line, const char *fmt, ...)
{
	struct config_error *list;
	struct config_error new = {.line = line};
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *p = text; *p; p++) /* words of the file's stand in it: one line, no escapes */
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	if (known(e, file, line, text))
		return;
	if (e->count == CONFIG_ERRORS_MAX)
		goto drop;
	list = realloc(e->list, (e->count + 1) * sizeof(*list));
	if (!list)
		goto drop;
	e->list = list;
	new.file = strdup(file);
	new.text = strdup(text);
	if (!new.file || !new.text) {
		free(new.file);
		free(new.text);
		goto drop;
	}
	e->list[e->count++] = new;
	return;
drop:
	e->dropped++;
}

static size_t first_of_file(const struct config_errors *e, const char *file)
{
	size_t i = 0;

	while (i < e->count && strcmp(e->list[i].file, file) != 0)
		i++;
	return i;
}

/* A few hundred at most, and in order for the most part: insertion keeps equal ones as they are. */
void config_errors_sort(struct config_errors *e)
{
	size_t rank[CONFIG_ERRORS_MAX];

	for (size_t i = 0; i < e->count; i++)
		rank[i] = first_of_file(e, e->list[i].file);
	for (size_t i = 1; i < e->count; i++) {
		struct config_error err = e->list[i];
		size_t r = rank[i];
		size_t j = i;

		for (; j > 0; j--) {
			if (rank[j - 1] < r ||
			    (rank[j - 1] == r && e->list[j - 1].line <= err.line))
				break;
			rank[j] = rank[j - 1];
			e->list[j] = e->list[j - 1];
		}
		rank[j] = r;
		e->list[j] = err;
	}
}

char *config_error_text(const struct config_error *e, char *buf, size_t size)
{
	if (e->line)
		snprintf(buf, size, "%s:%d: %s", e->file, e->line, e->text);
	else
		snprintf(buf, size, "%s: %s", e->file, e->text);
	return buf;
}

void config_errors_print(const struct config_errors *e, FILE *out)
{
	char buf[1024];

	for (size_t i = 0; i < e->count; i++)
		fprintf(out, "%s\n", config_error_text(&e->list[i], buf, sizeof(buf)));
	if (e->dropped)
		fprintf(out, "and %zu more\n", e->dropped);
}

/* Insertions, deletions, replacements and swapped neighbours that lead from a to b. */
static unsigned int distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);
	uint8_t d[3][WORD_MAX + 1];

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= lb; j++)
		d[0][j] = (uint8_t)j;
	for (size_t i = 1; i <= la; i++) {
		uint8_t *row = d[i % 3], *up = d[(i - 1) % 3], *upup = d[(i + 1) % 3];

		row[0] = (uint8_t)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned int best = up[j - 1] + (a[i - 1] != b[j - 1]);

			if (up[j] + 1u < best)
				best = up[j] + 1u;
			if (row[j - 1] + 1u < best)
				best = row[j - 1] + 1u;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    upup[j - 2] + 1u < best)
				best = upup[j - 2] + 1u;
			row[j] = (uint8_t)best;
		}
	}
	return d[la % 3][lb];
}

const char *config_suggest(const char *word, const char *(*next)(void *ctx), void *ctx)
{
	unsigned int limit = (unsigned int)(strlen(word) + 1) / 3;
	const char *best = NULL;
	const char *name;

	if (limit < 1)
		limit = 1;
	if (limit > 3)
		limit = 3;
	while ((name = next(ctx)) != NULL) {
		unsigned int d = distance(word, name);

		if (d <= limit && d < strlen(name)) {
			best = name;
			limit = d ? d - 1 : 0;
			if (d == 0)
				break;
		}
	}
	return best;
}
