// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * events: what happened lately, and with -f what happens.  One line an event, written at once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "daemon/control/control_filter.h"
#include "daemon/control/control_keys.h"
#include "daemon/ctl/talk.h"
#include "daemon/ctl/filter.h"
#include "daemon/ctl/format.h"

#define LAST_WHEN_FOLLOWING 10

static void print_text(struct ctl *ctl, const json_t *e)
{
	char text[FORMAT_MAX], name[FORMAT_MAX];

	fprintf(ctl->out, "%s  %s", format_value(ctl, text, "time", json_object_get(e, "time")),
		format_value(ctl, name, "event", json_object_get(e, "event")));
	for (const struct control_key *k = control_event_keys; k->key; k++) {
		const json_t *value = json_object_get(e, k->key);

		if (json_is_null(value) || !strcmp(k->key, "seq") || !strcmp(k->key, "time") ||
		    !strcmp(k->key, "event"))
			continue;
		format_value(ctl, text, k->key, value);
		fprintf(ctl->out, strpbrk(text, " =\"") ? " %s=\"%s\"" : " %s=%s", k->key, text);
	}
	fputc('\n', ctl->out);
}

static void print_json(struct ctl *ctl, json_t *o)
{
	json_t *line = json_pack("{s:i}", "schema", CONTROL_SCHEMA);

	json_object_update(line, o);
	json_dumpf(line, ctl->out, ctl->pretty ? JSON_INDENT(2) : JSON_COMPACT);
	fputc('\n', ctl->out);
	json_decref(line);
}

static void print(struct ctl *ctl, json_t *reply)
{
	json_t *lost = json_object_get(reply, "lost"), *event = json_object_get(reply, "event");

	if (lost && ctl->json) {
		json_t *o = json_pack("{s:O}", "lost", lost);

		print_json(ctl, o);
		json_decref(o);
	} else if (lost) {
		fprintf(ctl->out, "(%lld events are not kept any more)\n",
			(long long)json_integer_value(lost));
	}
	if (json_is_object(event) && ctl->json)
		print_json(ctl, event);
	else if (json_is_object(event))
		print_text(ctl, event);
	fflush(ctl->out);
}

static int take_last(struct ctl *ctl, json_t *p)
{
	char *end;
	unsigned long v;

	if (!ctl->last) {
		if (ctl->follow)
			json_object_set_new(p, "last", json_integer(LAST_WHEN_FOLLOWING));
		return CONTROL_EXIT_OK;
	}
	errno = 0;
	v = strtoul(ctl->last, &end, 10);
	if (errno || *end || *ctl->last < '0' || *ctl->last > '9' || v > INT32_MAX)
		return ctl_fail(ctl, CONTROL_EXIT_USAGE, "--last wants a number, not `%s'",
				ctl->last);
	json_object_set_new(p, "last", json_integer((json_int_t)v));
	return CONTROL_EXIT_OK;
}

static int stream(struct talk *talk, json_t *parameters)
{
	struct timeval forever = {0};
	bool more = true;
	int rc = talk_send(talk, "Events", json_incref(parameters), true);

	if (talk->ctl->follow)
		setsockopt(talk->fd, SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof(forever));
	while (!rc && more) {
		json_t *reply;

		rc = talk_next(talk, &reply, &more);
		if (rc)
			break;
		print(talk->ctl, reply);
		json_decref(reply);
	}
	return rc;
}

int events_main(struct ctl *ctl, int n, char **words)
{
	struct talk talk = {0};
	json_t *filter, *p;
	int rc;

	filter = filter_parse(ctl, n, words, FILTER_OF_EVENT, &rc);
	if (!filter)
		return rc;
	p = json_pack("{s:o, s:b}", "filter", filter, "follow", ctl->follow);
	rc = take_last(ctl, p);
	if (!rc)
		rc = talk_open(&talk, ctl);
	else
		talk.fd = -1;
	if (!rc)
		rc = stream(&talk, p);
	talk_close(&talk);
	json_decref(p);
	return rc;
}
