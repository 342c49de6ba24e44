/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of text: one row an object, one column a key (or "id", which is tunnel/session), as wide
 * as its widest value.  Rows are kept until the end for that.
 */
#ifndef CULVERT_CTL_TABLE_H
#define CULVERT_CTL_TABLE_H

#include "daemon/control/control_keys.h"
#include "daemon/ctl/ctl.h"

#define TABLE_COLUMNS_MAX 40

struct table {
	struct ctl *ctl;
	size_t n_columns;
	const char *column[TABLE_COLUMNS_MAX];
	bool right[TABLE_COLUMNS_MAX];
	size_t width[TABLE_COLUMNS_MAX];
	char **cell; /* rows of n_columns */
	size_t n_cells, size;
	char *names; /* what column[] points into */
};

/*
 * columns: names with commas; a name may be shortened while it is unique.  Exit code; what is
 * wrong is said.  table_fini() it in any case.
 */
int table_init(struct table *t, struct ctl *ctl, const struct control_key *keys,
	       const char *columns);
void table_fini(struct table *t);

void table_add(struct table *t, const json_t *object);
void table_print(const struct table *t);

#endif
