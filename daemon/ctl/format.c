// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Formatting for people; scripts take -j.
 */
#include "daemon/ctl/format.h"

#include <string.h>

#include "daemon/base/text.h"
#include "daemon/control/control_text.h"

char *format_bytes(char to[FORMAT_MAX], uint64_t bytes)
{
	static const char unit[] = "KMGTPE";
	double v = (double)bytes;
	size_t i = 0;

	if (bytes < 1024) {
		snprintf(to, FORMAT_MAX, "%u", (unsigned int)bytes);
		return to;
	}
	for (v /= 1024; v >= 999.5 && unit[i + 1]; i++)
		v /= 1024;
	snprintf(to, FORMAT_MAX, v < 9.95 ? "%.1f%c" : "%.0f%c", v, unit[i]);
	return to;
}

char *format_duration(char to[FORMAT_MAX], uint64_t seconds)
{
	unsigned int rest = (unsigned int)(seconds % 86400);
	unsigned long long days = seconds / 86400;

	if (seconds < 60)
		snprintf(to, FORMAT_MAX, "%us", rest);
	else if (!days)
		snprintf(to, FORMAT_MAX, "%02u:%02u:%02u", rest / 3600, rest / 60 % 60, rest % 60);
	else
		snprintf(to, FORMAT_MAX, "%llud%02u:%02u:%02u", days, rest / 3600, rest / 60 % 60,
			 rest % 60);
	return to;
}

static bool ends_with(const char *text, const char *end)
{
	size_t a = strlen(text), b = strlen(end);

	return a >= b && !strcmp(text + a - b, end);
}

static void add_clean(const struct ctl *ctl, struct text *t, const char *bytes, size_t len)
{
	char clean[FORMAT_MAX];

	control_text_clean(clean, sizeof(clean), bytes, len);
	for (char *p = clean; *p && !ctl->utf8; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	text_add(t, "%s", clean);
}

static void add_value(const struct ctl *ctl, struct text *t, const char *key, const json_t *value)
{
	char number[FORMAT_MAX];
	json_int_t v = json_integer_value(value);

	if (json_is_string(value))
		add_clean(ctl, t, json_string_value(value), json_string_length(value));
	else if (json_is_boolean(value))
		text_add(t, "%s", json_is_true(value) ? "yes" : "no");
	else if (!json_is_integer(value))
		text_add(t, "-");
	else if (ends_with(key, "_bytes"))
		text_add(t, "%s", format_bytes(number, (uint64_t)v));
	else if (!strcmp(key, "uptime") || !strcmp(key, "duration") || !strcmp(key, "heard"))
		text_add(t, "%s", format_duration(number, (uint64_t)v));
	else
		text_add(t, "%lld", (long long)v);
}

char *format_value(const struct ctl *ctl, char to[FORMAT_MAX], const char *key, const json_t *value)
{
	struct text t;

	text_init(&t, to, FORMAT_MAX);
	if (!json_is_array(value) || !json_array_size(value))
		add_value(ctl, &t, key, value);
	for (size_t i = 0; i < json_array_size(value); i++) {
		text_add(&t, "%s", i ? "," : "");
		add_value(ctl, &t, key, json_array_get(value, i));
	}
	return to;
}

size_t format_width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}
