/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON documents of the command: {"schema":1, KEY: ...}, on one line, or indented with -p.
 */
#ifndef CULVERT_CTL_OUTPUT_H
#define CULVERT_CTL_OUTPUT_H

#include "daemon/ctl/ctl.h"

/* One document; value is taken over. */
void output_document(struct ctl *ctl, const char *key, json_t *value);

/* A list, printed as it comes, unless -p wants it whole. */
struct output_list {
	struct ctl *ctl;
	const char *key;
	size_t n;
	json_t *all; /* with -p */
};

void output_list_begin(struct output_list *l, struct ctl *ctl, const char *key);
void output_list_add(struct output_list *l, json_t *item);
void output_list_end(struct output_list *l);

#endif
