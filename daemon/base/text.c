// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/base/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void text_init(struct text *t, char *buf, size_t size)
{
	BUG_ON(size == 0);
	t->buf = buf;
	t->size = size;
	t->len = 0;
	buf[0] = '\0';
}

static void PRINTF_LIKE(2, 0) add(struct text *t, const char *fmt, va_list ap)
{
	size_t room = t->size - t->len;
	int n = vsnprintf(t->buf + t->len, room, fmt, ap);

	if (n > 0)
		t->len += (size_t)n < room ? (size_t)n : room - 1;
}

void text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(t, fmt, ap);
	va_end(ap);
}

void text_pair(struct text *t, const char *key, const char *fmt, ...)
{
	va_list ap;

	text_add(t, "%s%s=", t->len ? " " : "", key);
	va_start(ap, fmt);
	add(t, fmt, ap);
	va_end(ap);
}

static bool plain(uint8_t c)
{
	return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '=' && c != '\'';
}

static void add_escaped(struct text *t, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (plain(p[i]) || p[i] == ' ' || p[i] == '=' || p[i] == '\'')
			text_add(t, "%c", p[i]);
		else
			text_add(t, "\\x%02x", p[i]);
	}
}

void text_peer(struct text *t, const char *key, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	bool quote = len == 0;

	for (size_t i = 0; i < len; i++)
		quote |= !plain(p[i]);
	text_add(t, "%s%s=%s", t->len ? " " : "", key, quote ? "\"" : "");
	add_escaped(t, p, len);
	if (quote)
		text_add(t, "\"");
}

char *text_escape(char *to, size_t size, const void *bytes, size_t len)
{
	struct text t;

	text_init(&t, to, size);
	add_escaped(&t, bytes, len);
	return to;
}
