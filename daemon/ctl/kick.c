// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kick: first show who is meant, then ask, then do it to exactly those.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/control/control_filter.h"
#include "daemon/control/control_keys.h"
#include "daemon/ctl/talk.h"
#include "daemon/ctl/filter.h"
#include "daemon/ctl/output.h"
#include "daemon/ctl/table.h"

struct meant {
	struct table table;
	json_t *ids;
};

static void each(void *ctx, json_t *session)
{
	struct meant *m = ctx;

	table_add(&m->table, session);
	json_array_append(m->ids, json_object_get(session, "session"));
}

static json_t *parameters_of(struct ctl *ctl, json_t *filter, bool all)
{
	json_t *p = json_pack("{s:O}", "filter", filter);

	if (all)
		json_object_set_new(p, "all", json_true());
	if (ctl->reason)
		json_object_set_new(p, "reason", json_string(ctl->reason));
	return p;
}

static int end_them(struct talk *talk, json_t *filter, bool all, json_int_t *ret_n)
{
	json_t *reply = NULL;
	int rc = talk_once(talk, "Kick", parameters_of(talk->ctl, filter, all), &reply);

	if (!rc)
		*ret_n = json_integer_value(json_object_get(reply, "kicked"));
	json_decref(reply);
	return rc;
}

/* Those that were shown and still fit; somebody who has just come was not agreed to. */
static int end_shown(struct talk *talk, json_t *filter, json_t *ids, json_int_t *ret_n)
{
	json_int_t n = 0;
	int rc = CONTROL_EXIT_OK;

	*ret_n = 0;
	talk->quiet = true; /* that one has gone by itself meanwhile is no news */
	for (size_t i = 0; i < json_array_size(ids); i++) {
		json_object_set(filter, "session", json_array_get(ids, i));
		rc = end_them(talk, filter, false, &n);
		if (rc == CONTROL_EXIT_OK)
			*ret_n += n;
		else if (rc != CONTROL_EXIT_NOT_FOUND)
			break;
		rc = CONTROL_EXIT_OK;
	}
	talk->quiet = false;
	return rc ? ctl_fail(talk->ctl, rc, "culvertd refused, or has gone") : rc;
}

static bool agreed(struct ctl *ctl, size_t n)
{
	char line[16] = "";

	fprintf(ctl->out, "end %s %zu session%s? [y/N] ", n == 1 ? "this" : "these", n,
		n == 1 ? "" : "s");
	fflush(ctl->out);
	return fgets(line, sizeof(line), ctl->in) && (line[0] == 'y' || line[0] == 'Y');
}

static int ask_first(struct talk *talk, json_t *filter, json_int_t *ret_n)
{
	struct ctl *ctl = talk->ctl;
	struct meant m = {.ids = json_array()};
	size_t n = 0;
	int rc = table_init(&m.table, ctl, control_session_keys,
			    ctl->columns ? ctl->columns : "interface,user,address,peer,id,uptime");

	if (!rc)
		rc = talk_list(talk, "ListSessions", json_pack("{s:O}", "filter", filter),
			       "session", each, &m, &n);
	if (!rc && !n)
		rc = ctl_fail(ctl, CONTROL_EXIT_NOT_FOUND, "no such session");
	if (!rc)
		table_print(&m.table);
	if (!rc && !ctl->ask)
		rc = ctl_fail(ctl, CONTROL_EXIT_USAGE, "nobody was ended; --yes does it");
	if (!rc && !agreed(ctl, n))
		rc = ctl_fail(ctl, CONTROL_EXIT_ERROR, "nobody was ended");
	if (!rc)
		rc = end_shown(talk, filter, m.ids, ret_n);
	table_fini(&m.table);
	json_decref(m.ids);
	return rc;
}

static int kick(struct ctl *ctl, json_t *filter, bool all)
{
	struct talk talk = {0};
	json_int_t n = 0;
	int rc = talk_open(&talk, ctl);

	if (!rc)
		rc = ctl->yes ? end_them(&talk, filter, all, &n) : ask_first(&talk, filter, &n);
	if (!rc && ctl->json)
		output_document(ctl, "kicked", json_integer(n));
	else if (!rc)
		fprintf(ctl->out, "%lld session%s ended\n", (long long)n, n == 1 ? "" : "s");
	talk_close(&talk);
	return rc;
}

int kick_main(struct ctl *ctl, int n, char **words)
{
	bool all = n == 1 && !strcmp(words[0], "all");
	json_t *filter;
	int rc;

	if (n == 0)
		return ctl_fail(ctl, CONTROL_EXIT_USAGE,
				"whom? (culvert kick FILTER... | ID | all)");
	if (ctl->json && !ctl->yes)
		return ctl_fail(ctl, CONTROL_EXIT_USAGE, "-j does not ask; it wants --yes");
	filter = filter_parse(ctl, all ? 0 : n, words, FILTER_OF_SESSION, &rc);
	if (!filter)
		return rc;
	rc = kick(ctl, filter, all);
	json_decref(filter);
	return rc;
}
