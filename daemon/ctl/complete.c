// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What could stand here?  From the same tables that the command line is read with, so that the
 * shell never offers what the command does not take; names and ids from the daemon if it runs.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/control/control_filter.h"
#include "daemon/control/control_keys.h"
#include "daemon/ctl/talk.h"
#include "daemon/ctl/format.h"

#define VALUES_MAX 500

static void offer(struct ctl *ctl, const char *word, const char *typed)
{
	if (!strncmp(word, typed, strlen(typed)))
		fprintf(ctl->out, "%s\n", word);
}

static void commands(struct ctl *ctl, const char *typed)
{
	for (const struct ctl_command *c = ctl_commands; c->word; c++)
		if (c == ctl_commands || strcmp(c->word, c[-1].word) != 0)
			offer(ctl, c->word, typed);
}

static void nouns(struct ctl *ctl, const char *word, const char *typed)
{
	for (const struct ctl_command *c = ctl_commands; c->word; c++)
		if (!strcmp(c->word, word) && c->noun)
			offer(ctl, c->noun, typed);
}

struct values {
	struct ctl *ctl;
	const char *filter, *key; /* filter NULL: the value stands alone */
	const char *typed;
	size_t n;
	char *seen[VALUES_MAX];
};

static void value(void *ctx, json_t *session)
{
	char text[FORMAT_MAX], word[FORMAT_MAX + 32];
	struct values *v = ctx;
	const json_t *found = json_object_get(session, v->key);

	if (!json_is_integer(found) && !json_is_string(found))
		return;
	format_value(v->ctl, text, v->key, found);
	for (size_t i = 0; i < v->n; i++)
		if (!strcmp(v->seen[i], text))
			return;
	if (v->n == VALUES_MAX || strpbrk(text, " \t'\"\\$`"))
		return; /* the shell would need it quoted */
	v->seen[v->n++] = strdup(text);
	snprintf(word, sizeof(word), "%s%s%s", v->filter ? v->filter : "", v->filter ? "=" : "",
		 text);
	offer(v->ctl, word, v->typed);
}

static void values_of(struct ctl *ctl, const char *method, const char *item, struct values *from)
{
	struct values v = *from;
	struct talk talk = {.quiet = true};
	size_t n;

	if (talk_open(&talk, ctl) == CONTROL_EXIT_OK)
		talk_list(&talk, method, NULL, item, value, &v, &n);
	talk_close(&talk);
	for (size_t i = 0; i < v.n; i++)
		free(v.seen[i]);
}

static void values(struct ctl *ctl, const char *filter, const char *key, const char *typed)
{
	struct values v = {.ctl = ctl, .filter = filter, .key = key, .typed = typed};

	values_of(ctl, "ListSessions", "session", &v);
}

static void clients(struct ctl *ctl, const char *typed)
{
	struct values v = {.ctl = ctl, .key = "client", .typed = typed};

	values_of(ctl, "ListClients", "client", &v);
}

/* The session's key that a filter looks at. */
static const char *key_of(const char *filter)
{
	if (!strcmp(filter, "ip"))
		return "address";
	if (!strcmp(filter, "client"))
		return "client_host";
	return filter;
}

static void filters(struct ctl *ctl, uint32_t allowed, const char *typed)
{
	char word[64];

	for (const struct control_key *k = control_filter_keys; k->key; k++) {
		size_t len = strlen(k->key);

		if (!(control_filter_bit(k->key) & allowed))
			continue;
		if (!strncmp(typed, k->key, len) && typed[len] == '=') {
			values(ctl, k->key, key_of(k->key), typed);
			return;
		}
		snprintf(word, sizeof(word), "%s=", k->key);
		offer(ctl, word, typed);
	}
	if (allowed & FILTER_SESSION && *typed >= '0' && *typed <= '9')
		values(ctl, NULL, "session", typed);
}

static void arguments(struct ctl *ctl, const char *word, const char *noun, const char *typed)
{
	if (!strcmp(word, "kick")) {
		offer(ctl, "all", typed);
		filters(ctl, FILTER_OF_SESSION, typed);
	} else if (!strcmp(word, "connect") || !strcmp(word, "disconnect")) {
		clients(ctl, typed);
	} else if (!strcmp(word, "events")) {
		filters(ctl, FILTER_OF_EVENT, typed);
	} else if (!strcmp(noun, "sessions")) {
		filters(ctl, FILTER_OF_SESSION, typed);
	} else if (!strcmp(noun, "tunnels")) {
		filters(ctl, FILTER_OF_TUNNEL, typed);
	} else if (!strcmp(noun, "session")) {
		values(ctl, NULL, "session", typed);
	}
}

int complete_main(struct ctl *ctl, int n, char **words)
{
	const char *typed = n ? words[n - 1] : "", *plain[2] = {"", ""};
	int before = 0;

	for (int i = 0; i + 1 < n; i++) {
		if (words[i][0] == '-')
			continue;
		if (before < 2)
			plain[before] = words[i];
		before++;
	}
	if (before == 0)
		commands(ctl, typed);
	else if (before == 1)
		nouns(ctl, plain[0], typed);
	if (before)
		arguments(ctl, plain[0], plain[1], typed);
	return CONTROL_EXIT_OK;
}
