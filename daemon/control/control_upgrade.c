// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Upgrade: answered when the new binary has tried itself; what follows ends this process, and the
 * connection with it.
 */
#include "daemon/control/control_upgrade.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"

static const struct control_setup *setup(const struct control_client *k)
{
	return &k->control->setup;
}

static bool fail(struct control_client *k, const char *why)
{
	json_t *o = json_object();

	json_object_set_new(o, "message", json_string(why));
	control_reply_error(k, CONTROL_ERROR_FAILED, o);
	return true;
}

static bool step_busy(struct control_client *k)
{
	return fail(k, "an upgrade is under way already");
}

bool control_upgrade_take(struct control_client *k, const json_t *p, const char **ret_bad)
{
	struct log_line line;

	(void)p;
	(void)ret_bad;
	if (setup(k)->log) {
		log_begin(&line, setup(k)->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL, "upgrade-asked");
		log_pair(&line, "uid", "%u", (unsigned int)k->uid);
		log_end(&line);
	}
	k->request.follow = true; /* control_wake() means it, too */
	if (setup(k)->ops->upgrade(setup(k)->ctx))
		k->request.step = step_busy;
	return true;
}

bool control_upgrade_step(struct control_client *k)
{
	const char *why;
	int err = setup(k)->ops->upgraded(setup(k)->ctx, &why);

	if (err == -EINPROGRESS) {
		k->request.waiting = true;
		k->request.until = USEC_NEVER;
		return false;
	}
	if (err)
		return fail(k, why);
	control_reply(k, json_object());
	return true;
}
