// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Drain and Undrain: done at once; the answer is how many sessions there are just now.
 */
#include "daemon/control/control_drain.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"

static const struct control_setup *setup(const struct control_client *k)
{
	return &k->control->setup;
}

static bool step_stopping(struct control_client *k)
{
	json_t *o = json_object();

	json_object_set_new(o, "message", json_string("culvertd is stopping"));
	control_reply_error(k, CONTROL_ERROR_FAILED, o);
	return true;
}

static void log_it(const struct control_client *k, const char *event)
{
	struct log_line line;

	if (!setup(k)->log)
		return;
	log_begin(&line, setup(k)->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL, event);
	log_pair(&line, "uid", "%u", (unsigned int)k->uid);
	log_end(&line);
}

bool control_drain_take(struct control_client *k, const json_t *p, const char **ret_bad)
{
	const json_t *rate = json_object_get(p, "kick_rate"), *exit = json_object_get(p, "exit");
	json_int_t n = json_integer_value(rate);

	*ret_bad = "kick_rate";
	if ((rate && !json_is_integer(rate) && !json_is_null(rate)) || n < 0 ||
	    n > CONTROL_KICK_RATE_MAX)
		return false;
	*ret_bad = "exit";
	if (exit && !json_is_boolean(exit) && !json_is_null(exit))
		return false;
	log_it(k, "drain-asked");
	if (setup(k)->ops->drain(setup(k)->ctx, (uint32_t)n, json_is_true(exit)))
		k->request.step = step_stopping;
	return true;
}

bool control_undrain_take(struct control_client *k, const json_t *p, const char **ret_bad)
{
	(void)p;
	(void)ret_bad;
	log_it(k, "undrain-asked");
	if (setup(k)->ops->undrain(setup(k)->ctx) == -ESHUTDOWN)
		k->request.step = step_stopping;
	return true;
}

bool control_drain_step(struct control_client *k)
{
	struct status_report r = {0};
	json_t *o = json_object();

	setup(k)->ops->status(setup(k)->ctx, &r);
	json_object_set_new(o, "sessions", json_integer(r.sessions));
	control_reply(k, o);
	return true;
}
