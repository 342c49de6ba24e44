// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Printing JSON.
 */
#include "daemon/ctl/output.h"

static void dump(struct ctl *ctl, const json_t *value, bool indent)
{
	json_dumpf(value, ctl->out, indent ? JSON_INDENT(2) : JSON_COMPACT);
}

void output_document(struct ctl *ctl, const char *key, json_t *value)
{
	json_t *o = json_pack("{s:i, s:o}", "schema", CONTROL_SCHEMA, key, value);

	dump(ctl, o, ctl->pretty);
	fputc('\n', ctl->out);
	json_decref(o);
}

void output_list_begin(struct output_list *l, struct ctl *ctl, const char *key)
{
	*l = (struct output_list){.ctl = ctl, .key = key};
	if (ctl->pretty)
		l->all = json_array();
	else
		fprintf(ctl->out, "{\"schema\":%d,\"%s\":[", CONTROL_SCHEMA, key);
}

void output_list_add(struct output_list *l, json_t *item)
{
	if (l->all) {
		json_array_append(l->all, item);
	} else {
		fputs(l->n ? "," : "", l->ctl->out);
		dump(l->ctl, item, false);
	}
	l->n++;
}

void output_list_end(struct output_list *l)
{
	if (l->all)
		output_document(l->ctl, l->key, l->all);
	else
		fputs("]}\n", l->ctl->out);
}
