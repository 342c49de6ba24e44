// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * drain and undrain: nobody new, until further notice.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/output.h"
#include "daemon/ctl/talk.h"

/* "5" or "5/s" */
static int take_rate(struct ctl *ctl, json_t *p)
{
	char *end;
	unsigned long v;

	if (!ctl->kick_rate)
		return CONTROL_EXIT_OK;
	errno = 0;
	v = strtoul(ctl->kick_rate, &end, 10);
	if (errno || *ctl->kick_rate < '0' || *ctl->kick_rate > '9' ||
	    (*end && strcmp(end, "/s") != 0) || !v || v > CONTROL_KICK_RATE_MAX)
		return ctl_fail(ctl, CONTROL_EXIT_USAGE,
				"--kick-rate wants sessions a second, 1 to %d, not `%s'",
				CONTROL_KICK_RATE_MAX, ctl->kick_rate);
	json_object_set_new(p, "kick_rate", json_integer((json_int_t)v));
	return CONTROL_EXIT_OK;
}

static void say(struct ctl *ctl, bool drain, json_int_t n, json_int_t rate)
{
	if (!drain) {
		fprintf(ctl->out, "new tunnels and calls are taken\n");
		return;
	}
	fprintf(ctl->out, "new tunnels and calls are refused; %lld session%s %s", (long long)n,
		n == 1 ? "" : "s", n == 1 ? "is up" : "are up");
	if (rate)
		fprintf(ctl->out, ", %lld a second are ended", (long long)rate);
	fprintf(ctl->out, "%s\n", ctl->exit ? ", then culvertd ends" : "");
}

static int ask(struct ctl *ctl, const char *method, json_t *p)
{
	json_int_t rate = json_integer_value(json_object_get(p, "kick_rate"));
	struct talk talk = {0};
	json_t *reply = NULL;
	int rc = talk_open(&talk, ctl);

	if (!rc)
		rc = talk_once(&talk, method, json_incref(p), &reply);
	if (!rc && ctl->json)
		output_document(ctl, "sessions", json_incref(json_object_get(reply, "sessions")));
	else if (!rc)
		say(ctl, *method == 'D', json_integer_value(json_object_get(reply, "sessions")),
		    rate);
	json_decref(reply);
	json_decref(p);
	talk_close(&talk);
	return rc;
}

int drain_main(struct ctl *ctl, int n, char **words)
{
	json_t *p = json_object();
	int rc = n ? ctl_fail(ctl, CONTROL_EXIT_USAGE, "`%s' is too much", words[0])
		   : take_rate(ctl, p);

	if (rc) {
		json_decref(p);
		return rc;
	}
	if (ctl->exit)
		json_object_set_new(p, "exit", json_true());
	return ask(ctl, "Drain", p);
}

int undrain_main(struct ctl *ctl, int n, char **words)
{
	if (n)
		return ctl_fail(ctl, CONTROL_EXIT_USAGE, "`%s' is too much", words[0]);
	return ask(ctl, "Undrain", json_object());
}
