// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/replay/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

bool words_split(struct words *w, char *line)
{
	char *save = NULL;

	w->n = 0;
	for (char *p = strtok_r(line, " \t\n", &save); p; p = strtok_r(NULL, " \t\n", &save)) {
		if (w->n == WORDS_MAX)
			return false;
		w->word[w->n++] = p;
	}
	return true;
}

const char *words_get(const struct words *w, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < w->n; i++)
		if (!strncmp(w->word[i], key, len) && w->word[i][len] == '=')
			return w->word[i] + len + 1;
	return NULL;
}

bool words_has(const struct words *w, const char *word)
{
	for (size_t i = 0; i < w->n; i++)
		if (!strcmp(w->word[i], word))
			return true;
	return false;
}

uint32_t words_number(const struct words *w, const char *key, uint32_t fallback)
{
	const char *value = words_get(w, key);

	return value ? (uint32_t)strtoul(value, NULL, 0) : fallback;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t words_hex(const char *text, uint8_t *to, size_t size)
{
	size_t n = 0;

	for (; *text; text += 2) {
		int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);

		if (low < 0 || n == size)
			return SIZE_MAX;
		to[n++] = (uint8_t)(high << 4 | low);
	}
	return n;
}

bool words_time(const char *text, usec_t *ret)
{
	char *end;
	unsigned long long v = strtoull(text, &end, 10);

	if (end == text)
		return false;
	if (!strcmp(end, "ms"))
		*ret = v * USEC_PER_MSEC;
	else if (!strcmp(end, "s"))
		*ret = v * USEC_PER_SEC;
	else
		return false;
	return true;
}

bool words_address(const char *text, uint32_t *ret)
{
	unsigned int a, b, c, d;
	char more;

	if (sscanf(text, "%u.%u.%u.%u%c", &a, &b, &c, &d, &more) != 4 || a > 255 || b > 255 ||
	    c > 255 || d > 255)
		return false;
	*ret = a << 24 | b << 16 | c << 8 | d;
	return true;
}

int words_errno(const char *name)
{
	static const struct {
		const char *name;
		int value;
	} all[] = {
		{"enomem", ENOMEM}, {"ebusy", EBUSY}, {"enobufs", ENOBUFS}, {"enoent", ENOENT},
		{"eexist", EEXIST}, {"eperm", EPERM}, {"enodev", ENODEV},
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcmp(name, all[i].name))
			return all[i].value;
	return 0;
}
