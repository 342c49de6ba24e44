// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Client profiles: what they are doing, and being told to connect and disconnect.
 *
 * Who connects is told a line a step until it is up or has failed, and may go away at any time:
 * the profile goes on.
 */
#include "daemon/control/control_clients.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"

static const struct control_setup *setup(const struct control_client *k)
{
	return &k->control->setup;
}

static json_t *client_object(struct control_client *k, const struct client_report *r)
{
	struct control_clock clock = control_clock_now(k->control);
	json_t *o = json_object();

	json_object_set_new(o, "client", control_json_client(r, &clock));
	return o;
}

static void fail(struct control_client *k, const char *message)
{
	json_t *o = json_object();

	json_object_set_new(o, "message", json_string(message));
	control_reply_error(k, CONTROL_ERROR_FAILED, o);
}

bool control_clients_step(struct control_client *k)
{
	struct control_request *q = &k->request;
	struct client_report r = {0};
	json_t *o;

	if (setup(k)->ops->next_client(setup(k)->ctx, (uint32_t)q->cursor, &r)) {
		q->cursor++;
		if (!r.name[0]) /* it was removed */
			return false;
		q->count++;
		control_reply_more(k, client_object(k, &r));
		return false;
	}
	o = json_object();
	json_object_set_new(o, "count", json_integer((json_int_t)q->count));
	control_reply(k, o);
	return true;
}

static bool step_unknown(struct control_client *k)
{
	control_reply_error(k, CONTROL_ERROR_NOT_FOUND, NULL);
	return true;
}

static bool step_stopping(struct control_client *k)
{
	fail(k, "culvertd is stopping");
	return true;
}

static bool step_draining(struct control_client *k)
{
	fail(k, "culvertd is being drained and dials nobody; `culvert undrain' ends that");
	return true;
}

/* The profile that is meant, in count, and its next line, in cursor; false: no such, or no word. */
static bool take(struct control_client *k, const json_t *p, const char **ret_bad, bool *ret_found)
{
	const char *name = json_string_value(json_object_get(p, "client"));
	struct client_report r = {0};

	*ret_bad = "client";
	if (!name)
		return false;
	*ret_found = false;
	for (uint32_t i = 0; setup(k)->ops->next_client(setup(k)->ctx, i, &r); i++) {
		if (strcmp(r.name, name) != 0)
			continue;
		k->request.count = i;
		k->request.cursor = r.lines;
		k->request.follow = true;
		*ret_found = true;
		return true;
	}
	k->request.step = step_unknown;
	return true;
}

static void log_it(const struct control_client *k, const char *event, const json_t *p)
{
	struct log_line line;

	if (!setup(k)->log)
		return;
	log_begin(&line, setup(k)->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL, event);
	log_pair(&line, "uid", "%u", (unsigned int)k->uid);
	log_pair(&line, "client", "%s", json_string_value(json_object_get(p, "client")));
	log_end(&line);
}

bool control_clients_take_connect(struct control_client *k, const json_t *p, const char **ret_bad)
{
	bool found;
	int err;

	if (!take(k, p, ret_bad, &found))
		return false;
	if (!found)
		return true;
	log_it(k, "connect", p);
	err = setup(k)->ops->connect(setup(k)->ctx, (uint8_t)k->request.count);
	if (err == -ESHUTDOWN)
		k->request.step = step_stopping;
	else if (err == -EBUSY)
		k->request.step = step_draining;
	return true;
}

/* One line that is new; false: none is. */
static bool one_line(struct control_client *k)
{
	uint32_t seq = (uint32_t)k->request.cursor;
	const char *line =
		setup(k)->ops->client_line(setup(k)->ctx, (uint8_t)k->request.count, &seq);
	json_t *o;

	if (!line)
		return false;
	k->request.cursor = seq + 1;
	o = json_object();
	json_object_set_new(o, "line", json_string(line));
	control_reply_more(k, o);
	return true;
}

bool control_clients_step_connect(struct control_client *k)
{
	struct client_report r = {0};

	if (one_line(k))
		return false;
	setup(k)->ops->next_client(setup(k)->ctx, (uint32_t)k->request.count, &r);
	k->request.waiting = !r.result;
	if (!r.result)
		return false;
	if (r.result > 0)
		control_reply(k, client_object(k, &r));
	else
		fail(k, r.reason[0] ? r.reason : "disconnected");
	return true;
}

bool control_clients_take_disconnect(struct control_client *k, const json_t *p,
				     const char **ret_bad)
{
	bool found;

	if (!take(k, p, ret_bad, &found))
		return false;
	if (!found)
		return true;
	log_it(k, "disconnect", p);
	setup(k)->ops->disconnect(setup(k)->ctx, (uint8_t)k->request.count);
	return true;
}

/* Until nothing is left of it; what is tried anew meanwhile is somebody else's wish. */
bool control_clients_step_disconnect(struct control_client *k)
{
	struct client_report r = {0};

	setup(k)->ops->next_client(setup(k)->ctx, (uint32_t)k->request.count, &r);
	k->request.waiting = !strcmp(r.state, "closing");
	if (k->request.waiting)
		return false;
	control_reply(k, client_object(k, &r));
	return true;
}
