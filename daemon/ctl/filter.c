// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading filters.  The names are those of include/control.h and may be shortened as long as they
 * are the only ones that begin so; the daemon judges the values.
 */
#include "daemon/ctl/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control/control_filter.h"
#include "daemon/control/control_keys.h"

static const struct control_key *find(const char *word, size_t len, uint32_t allowed)
{
	const struct control_key *found = NULL;

	for (const struct control_key *k = control_filter_keys; k->key; k++) {
		if (!(control_filter_bit(k->key) & allowed) || strncmp(k->key, word, len) != 0)
			continue;
		if (strlen(k->key) == len)
			return k;
		if (found)
			return NULL;
		found = k;
	}
	return found;
}

static int unknown(struct ctl *ctl, const char *word, uint32_t allowed)
{
	char names[256] = "";
	size_t len = 0;

	for (const struct control_key *k = control_filter_keys; k->key; k++)
		if (control_filter_bit(k->key) & allowed)
			len += (size_t)snprintf(names + len, sizeof(names) - len, " %s=", k->key);
	return ctl_fail(ctl, CONTROL_EXIT_USAGE, "`%s' is no filter here; there are%s%s", word,
			names, allowed & FILTER_SESSION ? " and the number of a session" : "");
}

static bool number(const char *text, json_int_t *ret)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	*ret = (json_int_t)v;
	return *text >= '0' && *text <= '9' && !*end && !errno && v >= 1 && v <= UINT16_MAX;
}

static int add(struct ctl *ctl, json_t *filter, char *word, uint32_t allowed)
{
	char *value = strchr(word, '=');
	const struct control_key *key;
	json_int_t id;

	if (!value && (allowed & FILTER_SESSION) && number(word, &id)) {
		json_object_set_new(filter, "session", json_integer(id));
		return CONTROL_EXIT_OK;
	}
	key = value ? find(word, (size_t)(value - word), allowed) : NULL;
	if (!key || value == word)
		return unknown(ctl, word, allowed);
	value++;
	if (json_object_get(filter, key->key))
		return ctl_fail(ctl, CONTROL_EXIT_USAGE, "`%s=' is there twice", key->key);
	if (key->kind == CONTROL_KIND_INT && !number(value, &id))
		return ctl_fail(ctl, CONTROL_EXIT_USAGE, "`%s': an id is a number from 1 to 65535",
				word);
	if (json_object_set_new(filter, key->key,
				key->kind == CONTROL_KIND_INT ? json_integer(id)
							      : json_string(value)) < 0)
		return ctl_fail(ctl, CONTROL_EXIT_USAGE, "the value of `%s=' is not UTF-8",
				key->key);
	return CONTROL_EXIT_OK;
}

json_t *filter_parse(struct ctl *ctl, int n, char **words, uint32_t allowed, int *ret_rc)
{
	json_t *filter = json_object();

	*ret_rc = CONTROL_EXIT_OK;
	for (int i = 0; i < n && !*ret_rc; i++)
		*ret_rc = add(ctl, filter, words[i], allowed);
	if (*ret_rc) {
		json_decref(filter);
		return NULL;
	}
	return filter;
}
