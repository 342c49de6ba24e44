// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reload and DiffConfig: the kernel role is asked, and what it reports is the answer.
 */
#include "daemon/control/control_reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config/config_keys.h"
#include "daemon/control/control_text.h"
#include "daemon/log.h"
#include "wire_kern.h"

static const struct control_setup *setup(const struct control_client *k)
{
	return &k->control->setup;
}

/* --- asking ----------------------------------------------------------------------------------- */

static bool step_busy(struct control_client *k)
{
	json_t *o = json_object();

	json_object_set_new(o, "message", json_string("the kernel role cannot be asked just now"));
	control_reply_error(k, CONTROL_ERROR_FAILED, o);
	return true;
}

static void ask(struct control_client *k, uint8_t what, uint32_t confirm_s)
{
	k->request.cursor = setup(k)->ops->reload(setup(k)->ctx, what, confirm_s);
	k->request.waiting = true;
	k->request.follow = true; /* nobody gets impatient */
	if (!k->request.cursor) {
		k->request.waiting = false;
		k->request.step = step_busy;
	}
}

static void log_it(const struct control_client *k, uint8_t what, uint32_t confirm_s)
{
	static const char *const event[] = {"?", "reload", "diff", "reload-confirmed",
					    "reload-revert"};
	struct log_line line;

	if (!setup(k)->log)
		return;
	log_begin(&line, setup(k)->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL, event[what]);
	log_pair(&line, "uid", "%u", (unsigned int)k->uid);
	if (confirm_s)
		log_pair(&line, "confirm", "%u", confirm_s);
	log_end(&line);
}

static bool take_bool(const json_t *p, const char *key, bool *ret, const char **ret_bad)
{
	const json_t *v = json_object_get(p, key);

	*ret_bad = key;
	*ret = json_is_true(v);
	return !v || json_is_boolean(v) || json_is_null(v);
}

bool control_reload_take(struct control_client *k, const json_t *p, const char **ret_bad)
{
	const json_t *confirm = json_object_get(p, "confirm");
	json_int_t s = json_integer_value(confirm);
	bool confirmed, revert;
	uint8_t what = KERN_RELOAD_APPLY;

	if (!take_bool(p, "confirmed", &confirmed, ret_bad) ||
	    !take_bool(p, "revert", &revert, ret_bad))
		return false;
	if (confirmed && revert)
		return false;
	*ret_bad = "confirm";
	if (json_is_integer(confirm) && (s < 1 || s > KERN_RELOAD_CONFIRM_MAX))
		return false;
	if (confirm && !json_is_null(confirm) && (!json_is_integer(confirm) || confirmed || revert))
		return false;
	if (confirmed)
		what = KERN_RELOAD_CONFIRM;
	else if (revert)
		what = KERN_RELOAD_REVERT;
	log_it(k, what, (uint32_t)s);
	ask(k, what, (uint32_t)s);
	return true;
}

bool control_diff_take(struct control_client *k, const json_t *p, const char **ret_bad)
{
	(void)p;
	(void)ret_bad;
	ask(k, KERN_RELOAD_LOOK, 0);
	return true;
}

bool control_reload_step(struct control_client *k)
{
	k->request.waiting = true;
	return false;
}

/* --- the answer ------------------------------------------------------------------------------- */

/* What comes from a file may be no UTF-8. */
static json_t *clean(const char *text)
{
	char buf[RELOAD_ERROR_MAX * 2];

	control_text_clean(buf, sizeof(buf), text, strlen(text));
	return json_string(buf);
}

static json_t *words(const char *text)
{
	return *text ? clean(text) : json_null();
}

static const char *apply_word(uint8_t apply)
{
	switch ((enum config_apply)apply) {
	case CONFIG_APPLY_UNKNOWN:
		break;
	case CONFIG_APPLY_NOW:
		return "now";
	case CONFIG_APPLY_NEW:
		return "new";
	case CONFIG_APPLY_CONNECT:
		return "connect";
	case CONFIG_APPLY_START:
		return "start";
	}
	return "?";
}

json_t *control_json_change(const struct reload_change *c)
{
	static const char *const kind[] = {"?", "changed", "added", "removed"};
	bool key = c->kind == RELOAD_CHANGED;
	json_t *o = json_object();

	json_object_set_new(o, "key", clean(c->key));
	json_object_set_new(o, "change", json_string(kind[c->kind]));
	json_object_set_new(o, "old", key ? clean(c->old) : json_null());
	json_object_set_new(o, "new", key ? clean(c->now) : json_null());
	json_object_set_new(o, "applies", json_string(apply_word(c->apply)));
	json_object_set_new(o, "reason", words(c->why));
	return o;
}

static json_t *report_object(const struct reload_report_text *t)
{
	json_t *o = json_object(), *changes = json_array(), *reply = json_object();
	const struct reload_report *h = &t->head;

	for (size_t i = 0; i < h->n_changes; i++)
		json_array_append_new(changes, control_json_change(&t->changes[i]));
	json_object_set_new(o, "generation", json_integer(h->generation));
	json_object_set_new(o, "changes", changes);
	json_object_set_new(o, "applied", json_integer(h->n_changes - h->n_start));
	json_object_set_new(o, "restart", json_integer(h->n_start));
	json_object_set_new(o, "users",
			    h->users == UINT32_MAX ? json_null() : json_integer(h->users));
	json_object_set_new(o, "confirm", h->confirm ? json_integer(h->confirm) : json_null());
	json_object_set_new(reply, "reload", o);
	return reply;
}

/* Every error, one a line. */
static json_t *errors_object(const struct reload_report_text *t)
{
	json_t *o = json_object();
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	for (size_t i = 0; f && i < t->head.n_errors; i++) {
		char buf[RELOAD_ERROR_MAX * 2];

		control_text_clean(buf, sizeof(buf), t->errors[i].text, strlen(t->errors[i].text));
		fprintf(f, "%s%s", i ? "\n" : "", buf);
	}
	if (f)
		fclose(f);
	json_object_set_new(o, "message", json_string(text ? text : "out of memory"));
	free(text);
	return o;
}

void control_reloaded(struct control *c, uint32_t id, int error,
		      const struct reload_report_text *report)
{
	struct list *pos, *tmp;

	list_for_each_safe (pos, tmp, &c->clients) {
		struct control_client *k = list_entry(pos, struct control_client, node);

		if (k->request.step != control_reload_step || k->request.cursor != id)
			continue;
		k->request.step = NULL;
		k->request.waiting = false;
		if (error)
			control_reply_error(k, CONTROL_ERROR_FAILED, errors_object(report));
		else
			control_reply(k, report_object(report));
		control_client_wake(k);
		return;
	}
}
