// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/replay/trace.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
	struct list list;
	bool lazy, used;
	char channel[TRACE_NAME];
	char text[];
};

void trace_init(struct trace *t, const usec_t *now)
{
	memset(t, 0, sizeof(*t));
	list_init(&t->lines);
	t->now = now;
	t->begin = *now;
}

void trace_fini(struct trace *t)
{
	struct list *l, *next;

	list_for_each_safe (l, next, &t->lines) {
		list_del(l);
		free(list_entry(l, struct line, list));
	}
}

void trace_say(struct trace *t, const char *channel, const char *text)
{
	usec_t at = *t->now - t->begin;

	if (t->print)
		printf("%4llu.%03llu %-8s %s\n", (unsigned long long)(at / USEC_PER_SEC),
		       (unsigned long long)(at % USEC_PER_SEC / USEC_PER_MSEC), channel, text);
}

void trace_add(struct trace *t, const char *channel, bool lazy, const char *text)
{
	size_t len = strlen(text) + 1;
	struct line *l = malloc(sizeof(*l) + len);

	BUG_ON(!l);
	l->lazy = lazy;
	l->used = false;
	snprintf(l->channel, sizeof(l->channel), "%s", channel);
	memcpy(l->text, text, len);
	list_add_tail(&t->lines, &l->list);
	trace_say(t, channel, text);
}

/* --- variables --- */

static struct trace_var *find_var(const struct trace *t, const char *name, size_t len)
{
	for (size_t i = 0; i < t->n_vars; i++)
		if (strlen(t->var[i].name) == len && !memcmp(t->var[i].name, name, len))
			return (struct trace_var *)&t->var[i];
	return NULL;
}

const char *trace_get(const struct trace *t, const char *name)
{
	struct trace_var *v = find_var(t, name, strlen(name));

	return v ? v->value : NULL;
}

bool trace_set(struct trace *t, const char *name, const char *value)
{
	struct trace_var *v = find_var(t, name, strlen(name));

	if (!v && t->n_vars < TRACE_VARS)
		v = &t->var[t->n_vars++];
	if (!v)
		return false;
	snprintf(v->name, sizeof(v->name), "%s", name);
	snprintf(v->value, sizeof(v->value), "%s", value);
	return true;
}

bool trace_substitute(struct trace *t, const char *from, char *to, size_t size)
{
	size_t n = 0;

	while (*from) {
		const char *value = NULL;
		size_t len;

		if (*from == '$') {
			size_t name = 0;

			from++;
			while (isalnum((unsigned char)from[name]) || from[name] == '_')
				name++;
			value = find_var(t, from, name) ? find_var(t, from, name)->value : NULL;
			if (!value) {
				snprintf(t->error, sizeof(t->error), "no variable $%.*s", (int)name,
					 from);
				return false;
			}
			from += name;
		} else {
			value = from++;
		}
		len = value == from - 1 ? 1 : strlen(value);
		if (n + len >= size)
			return false;
		memcpy(to + n, value, len);
		n += len;
	}
	to[n] = '\0';
	return true;
}

/* --- patterns --- */

static const char *next_word(const char *p, char word[TRACE_LINE])
{
	size_t n = strcspn(p, " ");

	memcpy(word, p, n);
	word[n] = '\0';
	p += n;
	return p + strspn(p, " ");
}

/* The value of a key in a line; false: it has none. */
static bool value_of(const char *line, const char *key, size_t key_len, char value[TRACE_LINE])
{
	char word[TRACE_LINE];

	while (*line) {
		line = next_word(line, word);
		if (!strncmp(word, key, key_len) && word[key_len] == '=') {
			snprintf(value, TRACE_LINE, "%s", word + key_len + 1);
			return true;
		}
	}
	return false;
}

static bool pair_fits(struct trace *t, const char *line, const char *pair, bool bind)
{
	const char *eq = strchr(pair, '=');
	char value[TRACE_LINE];

	if (!value_of(line, pair, (size_t)(eq - pair), value))
		return false;
	eq++;
	if (!strcmp(eq, "*"))
		return true;
	if (*eq == '~')
		return strstr(value, eq + 1);
	if (*eq == '$') {
		const char *known = trace_get(t, eq + 1);

		if (known)
			return !strcmp(known, value);
		return !bind || trace_set(t, eq + 1, value);
	}
	return !strcmp(eq, value);
}

static bool word_fits(struct trace *t, const char **at, const char *line, const char *word,
		      bool bind)
{
	char have[TRACE_LINE];

	if (word[0] == '!')
		return !value_of(line, word + 1, strlen(word + 1), have);
	if (strchr(word, '='))
		return pair_fits(t, line, word, bind);
	*at = next_word(*at, have); /* plain words stand at the beginning, in order */
	return !strcmp(have, word);
}

static bool fits(struct trace *t, const char *line, const char *pattern, bool bind)
{
	const char *at = line;
	char word[TRACE_LINE];

	while (*pattern) {
		pattern = next_word(pattern, word);
		if (!word_fits(t, &at, line, word, bind))
			return false;
	}
	return true;
}

static void pass_until(struct trace *t, const struct line *until)
{
	struct list *l;

	list_for_each (l, &t->lines) {
		struct line *line = list_entry(l, struct line, list);

		if (!strcmp(line->channel, until->channel))
			line->used = true;
		if (line == until)
			return;
	}
}

bool trace_expect(struct trace *t, const char *channel, const char *pattern, bool any)
{
	const char *came = "nothing";
	struct list *l;

	list_for_each (l, &t->lines) {
		struct line *line = list_entry(l, struct line, list);

		if (line->used || strcmp(line->channel, channel))
			continue;
		if (fits(t, line->text, pattern, false)) {
			fits(t, line->text, pattern, true);
			if (any)
				line->used = true;
			else
				pass_until(t, line);
			return true;
		}
		came = line->text;
		if (!line->lazy && !any)
			break;
	}
	snprintf(t->error, sizeof(t->error), "expected of %s: %s; came: %s", channel, pattern,
		 came);
	return false;
}

bool trace_expect_nothing(struct trace *t, const char *channel, const char *pattern)
{
	struct list *l;

	list_for_each (l, &t->lines) {
		struct line *line = list_entry(l, struct line, list);

		if (line->used || strcmp(line->channel, channel))
			continue;
		if (pattern ? fits(t, line->text, pattern, false) : !line->lazy) {
			snprintf(t->error, sizeof(t->error), "not expected of %s: %s", channel,
				 line->text);
			return false;
		}
	}
	return true;
}

void trace_ignore(struct trace *t, const char *channel)
{
	struct list *l;

	list_for_each (l, &t->lines) {
		struct line *line = list_entry(l, struct line, list);

		if (!strcmp(line->channel, channel))
			line->used = true;
	}
}
