// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * reload and config diff: what is different, and when it counts.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "daemon/ctl/output.h"
#include "daemon/ctl/talk.h"
#include "wire_kern.h"

/* --- words ------------------------------------------------------------------------------------ */

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

static const char *when(const char *applies)
{
	if (!strcmp(applies, "new"))
		return "for new sessions";
	if (!strcmp(applies, "connect"))
		return "at the next connection";
	if (!strcmp(applies, "start"))
		return "at the next start";
	return "";
}

static void print_change(FILE *f, const json_t *c)
{
	const char *change = text_of(c, "change"), *reason = text_of(c, "reason");
	const char *at = when(text_of(c, "applies"));

	if (!strcmp(change, "added"))
		fprintf(f, "+ %s", text_of(c, "key"));
	else if (!strcmp(change, "removed"))
		fprintf(f, "- %s", text_of(c, "key"));
	else
		fprintf(f, "~ %s: %s -> %s", text_of(c, "key"), text_of(c, "old"),
			text_of(c, "new"));
	if (*at || *reason)
		fprintf(f, "  (%s%s%s)", at, *at && *reason ? "; " : "", reason);
	fputc('\n', f);
}

static void print_changes(FILE *f, const json_t *reload)
{
	const json_t *changes = json_object_get(reload, "changes");

	for (size_t i = 0; i < json_array_size(changes); i++)
		print_change(f, json_array_get(changes, i));
}

static json_int_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static const char *plural(json_int_t n)
{
	return n == 1 ? "" : "s";
}

static void print_outcome(struct ctl *ctl, const json_t *reload)
{
	json_int_t applied = number(reload, "applied"), restart = number(reload, "restart");
	json_int_t users = number(reload, "users"), confirm = number(reload, "confirm");

	print_changes(ctl->out, reload);
	fprintf(ctl->out, "%lld change%s applied", (long long)applied, plural(applied));
	if (restart)
		fprintf(ctl->out, ", %lld need%s a restart", (long long)restart,
			restart == 1 ? "s" : "");
	if (json_is_integer(json_object_get(reload, "users")))
		fprintf(ctl->out, "; %lld user%s", (long long)users, plural(users));
	fputc('\n', ctl->out);
	if (confirm)
		fprintf(ctl->out,
			"the configuration before comes back in %lld s, unless: "
			"culvert reload --confirmed\n",
			(long long)confirm);
}

/* --- asking ----------------------------------------------------------------------------------- */

/* The users are read by another process, and there may be many. */
static int ask(struct ctl *ctl, const char *method, json_t *p, json_t **ret_reload)
{
	struct timeval patience = {.tv_sec = 60};
	struct talk talk = {0};
	json_t *reply = NULL;
	int rc = talk_open(&talk, ctl);

	if (!rc)
		setsockopt(talk.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!rc)
		rc = talk_once(&talk, method, json_incref(p), &reply);
	if (!rc)
		*ret_reload = json_incref(json_object_get(reply, "reload"));
	json_decref(reply);
	json_decref(p);
	talk_close(&talk);
	return rc;
}

/* "60", "60s", "5m", "1h" */
static int take_time(struct ctl *ctl, json_t *p)
{
	unsigned long v, unit = 1;
	char *end;

	if (!ctl->confirm)
		return CONTROL_EXIT_OK;
	errno = 0;
	v = strtoul(ctl->confirm, &end, 10);
	if (!strcmp(end, "m"))
		unit = 60;
	else if (!strcmp(end, "h"))
		unit = 3600;
	else if (*end && strcmp(end, "s") != 0)
		v = 0;
	if (errno || *ctl->confirm < '0' || *ctl->confirm > '9' || !v ||
	    v > KERN_RELOAD_CONFIRM_MAX / unit)
		return ctl_fail(ctl, CONTROL_EXIT_USAGE,
				"--confirm wants a time from 1s to 24h, not `%s'", ctl->confirm);
	json_object_set_new(p, "confirm", json_integer((json_int_t)v * (json_int_t)unit));
	return CONTROL_EXIT_OK;
}

static int take(struct ctl *ctl, int n, char **words, json_t *p)
{
	if (n)
		return ctl_fail(ctl, CONTROL_EXIT_USAGE, "`%s' is too much", words[0]);
	if (!!ctl->confirm + ctl->confirmed + ctl->revert > 1)
		return ctl_fail(ctl, CONTROL_EXIT_USAGE,
				"one of --confirm, --confirmed and --revert at a time");
	if (ctl->confirmed)
		json_object_set_new(p, "confirmed", json_true());
	if (ctl->revert)
		json_object_set_new(p, "revert", json_true());
	return take_time(ctl, p);
}

int reload_main(struct ctl *ctl, int n, char **words)
{
	json_t *p = json_object(), *reload = NULL;
	int rc = take(ctl, n, words, p);

	if (rc) {
		json_decref(p);
		return rc;
	}
	rc = ask(ctl, "Reload", p, &reload);
	if (!rc && ctl->json)
		output_document(ctl, "reload", json_incref(reload));
	else if (!rc && ctl->confirmed)
		fprintf(ctl->out, "confirmed\n");
	else if (!rc)
		print_outcome(ctl, reload);
	json_decref(reload);
	return rc;
}

int config_diff_command(struct ctl *ctl, int n, char **words)
{
	json_t *reload = NULL;
	int rc;

	if (n)
		return ctl_fail(ctl, CONTROL_EXIT_USAGE, "`%s' is too much", words[0]);
	rc = ask(ctl, "DiffConfig", json_object(), &reload);
	if (!rc && ctl->json)
		output_document(ctl, "reload", json_incref(reload));
	else if (!rc)
		print_changes(ctl->out, reload);
	if (!rc && json_array_size(json_object_get(reload, "changes")))
		rc = CONTROL_EXIT_DIFFERENT;
	json_decref(reload);
	return rc;
}
