// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config check and config show.  Files are read by the daemon's own code, so that both think the
 * same of them; a daemon need not run for it.
 */
#include "daemon/config/config.h"

#include "daemon/ctl/talk.h"

int config_check_command(struct ctl *ctl, int n, char **words)
{
	if (n > 1)
		return ctl_fail(ctl, CONTROL_EXIT_USAGE, "`%s' is too much", words[1]);
	return config_check_main(n ? words[0] : CONFIG_PATH, ctl->out) ? CONTROL_EXIT_ERROR
								       : CONTROL_EXIT_OK;
}

static int show_file(struct ctl *ctl, const char *path)
{
	struct config_errors errs;
	struct config c;
	int rc = CONTROL_EXIT_OK;

	config_errors_init(&errs);
	if (config_load(path, &c, &errs) < 0) {
		config_errors_print(&errs, ctl->err);
		rc = CONTROL_EXIT_ERROR;
	} else {
		config_print(ctl->out, &c);
		config_wipe(&c);
	}
	config_errors_fini(&errs);
	return rc;
}

/* Without a daemon nothing is in force; what it would start with is the next best answer. */
static int show_running(struct ctl *ctl)
{
	struct talk talk = {.quiet = true};
	json_t *reply = NULL;
	const char *text;
	int rc = talk_open(&talk, ctl);

	if (rc == CONTROL_EXIT_UNREACHABLE) {
		talk_close(&talk);
		ctl_fail(ctl, 0, "culvertd is not running; this is what %s says", CONFIG_PATH);
		return show_file(ctl, CONFIG_PATH);
	}
	talk_close(&talk);
	talk.quiet = false;
	rc = talk_open(&talk, ctl);
	if (!rc)
		rc = talk_once(&talk, "GetConfig", NULL, &reply);
	text = json_string_value(json_object_get(reply, "config"));
	if (!rc)
		fputs(text ? text : "", ctl->out);
	json_decref(reply);
	talk_close(&talk);
	return rc;
}

int config_show_command(struct ctl *ctl, int n, char **words)
{
	if (n > 1 || (n && ctl->defaults))
		return ctl_fail(ctl, CONTROL_EXIT_USAGE, "`%s' is too much", words[n - 1]);
	if (n)
		return show_file(ctl, words[0]);
	if (!ctl->defaults)
		return show_running(ctl);
	config_print_defaults(ctl->out);
	return CONTROL_EXIT_OK;
}
