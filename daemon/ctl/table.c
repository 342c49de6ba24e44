// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Aligned columns: numbers to the right, the last column without spaces after it.
 */
#include "daemon/ctl/table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/format.h"

static bool has_id(const struct control_key *keys)
{
	return control_key_find(keys, "session") && control_key_find(keys, "tunnel");
}

/* "id", a key, or the only key that begins so. */
static const char *find(const struct control_key *keys, const char *word, bool *ret_right)
{
	const struct control_key *k = control_key_find(keys, word);
	size_t n = 0;

	*ret_right = false;
	if (!strcmp(word, "id") && has_id(keys))
		return "id";
	for (const struct control_key *p = keys; !k && p->key; p++)
		n += !strncmp(p->key, word, strlen(word));
	for (const struct control_key *p = keys; n == 1 && p->key; p++)
		if (!strncmp(p->key, word, strlen(word)))
			k = p;
	if (!k)
		return NULL;
	*ret_right = k->kind == CONTROL_KIND_INT;
	return k->key;
}

static int unknown(struct ctl *ctl, const struct control_key *keys, const char *word)
{
	ctl_fail(ctl, 0, "there is no column `%s'; there are:", word);
	if (has_id(keys))
		fprintf(ctl->err, "  %-16s %s\n", "id", "tunnel and session");
	for (; keys->key; keys++)
		fprintf(ctl->err, "  %-16s %s\n", keys->key, keys->what);
	return CONTROL_EXIT_USAGE;
}

int table_init(struct table *t, struct ctl *ctl, const struct control_key *keys,
	       const char *columns)
{
	char *save = NULL;

	*t = (struct table){.ctl = ctl, .names = strdup(columns)};
	if (!t->names)
		return ctl_fail(ctl, CONTROL_EXIT_ERROR, "out of memory");
	for (char *w = strtok_r(t->names, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		size_t i = t->n_columns;

		if (i == TABLE_COLUMNS_MAX)
			return ctl_fail(ctl, CONTROL_EXIT_USAGE, "too many columns");
		t->column[i] = find(keys, w, &t->right[i]);
		if (!t->column[i])
			return unknown(ctl, keys, w);
		t->width[i] = strlen(t->column[i]);
		t->n_columns++;
	}
	if (!t->n_columns)
		return unknown(ctl, keys, columns);
	return CONTROL_EXIT_OK;
}

void table_fini(struct table *t)
{
	for (size_t i = 0; i < t->n_cells; i++)
		free(t->cell[i]);
	free(t->cell);
	free(t->names);
}

static char *cell_text(const struct table *t, const char *column, const json_t *object)
{
	char text[FORMAT_MAX];

	if (strcmp(column, "id") != 0)
		return strdup(format_value(t->ctl, text, column, json_object_get(object, column)));
	snprintf(text, sizeof(text), "%lld/%lld",
		 (long long)json_integer_value(json_object_get(object, "tunnel")),
		 (long long)json_integer_value(json_object_get(object, "session")));
	return strdup(text);
}

void table_add(struct table *t, const json_t *object)
{
	if (t->n_cells + t->n_columns > t->size) {
		size_t size = t->size ? t->size * 2 : 16 * TABLE_COLUMNS_MAX;
		char **cell = realloc(t->cell, size * sizeof(*cell));

		if (!cell)
			return;
		t->cell = cell;
		t->size = size;
	}
	for (size_t i = 0; i < t->n_columns; i++) {
		char *text = cell_text(t, t->column[i], object);
		size_t width = text ? format_width(text) : 0;

		if (width > t->width[i])
			t->width[i] = width;
		t->cell[t->n_cells++] = text;
	}
}

static void print_cell(const struct table *t, size_t i, const char *text)
{
	size_t width = format_width(text), pad = t->width[i] > width ? t->width[i] - width : 0;
	bool last = i + 1 == t->n_columns;

	if (t->right[i])
		fprintf(t->ctl->out, "%*s%s", (int)pad, "", text);
	else
		fprintf(t->ctl->out, "%s%*s", text, last ? 0 : (int)pad, "");
	fputs(last ? "\n" : "  ", t->ctl->out);
}

void table_print(const struct table *t)
{
	char name[64];

	if (!t->n_cells || !t->n_columns)
		return;
	if (t->ctl->color)
		fputs("\033[1m", t->ctl->out);
	for (size_t i = 0; i < t->n_columns; i++) {
		snprintf(name, sizeof(name), "%s", t->column[i]);
		for (char *p = name; *p; p++)
			*p = (char)toupper((unsigned char)*p);
		print_cell(t, i, name);
	}
	if (t->ctl->color)
		fputs("\033[0m", t->ctl->out);
	for (size_t i = 0; i < t->n_cells; i++)
		print_cell(t, i % t->n_columns, t->cell[i] ? t->cell[i] : "");
}
