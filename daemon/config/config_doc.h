/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a configuration file says, as written: blocks and their values, each with its place.
 *
 * libconfuse reads it; this knows libconfuse and nothing of what the values mean.  Unknown keys
 * and mistakes of syntax are reported here.
 */
#ifndef CULVERT_CONFIG_DOC_H
#define CULVERT_CONFIG_DOC_H

#include <stdbool.h>

#include "daemon/config/config_errors.h"
#include "daemon/config/config_keys.h"
#include "daemon/config/config_text.h"

#define CONFIG_FILES_MAX   256 /* one with all that it includes */
#define CONFIG_INCLUDE_MAX 8   /* deep */
#define CONFIG_BLOCKS_MAX  512
#define CONFIG_VALUES_MAX  16384

struct config_item {
	const struct config_key *key;
	char *value;
	const char *file; /* lives as long as the doc */
	int line;
	bool first; /* of the values written for its key in one place */
	bool again; /* the key had a value in this block already */
};

struct config_block {
	enum config_scope scope;
	char *title; /* NULL where the scope has none */
	const char *file;
	int line;
	struct config_item *items;
	size_t n_items;
};

struct config_doc {
	struct config_block *blocks; /* the first is the top level */
	size_t n_blocks;
	size_t n_items;
	struct config_text *texts; /* CONFIG_FILES_MAX of them */
	size_t n_texts;
	bool includes;	 /* include() is carried out */
	bool incomplete; /* something could not be read: what is missing may have been there */
};

/*
 * Read a file and what it includes, or (text not NULL) text in memory.  0, or a negative errno if
 * nothing could be read; errors were added then.  Errors may have been added in any case.
 */
int config_doc_read(struct config_doc *doc, const char *path, struct config_errors *errs);
int config_doc_parse(struct config_doc *doc, const char *name, const void *text, size_t len,
		     struct config_errors *errs);
void config_doc_fini(struct config_doc *doc);

/* The first value of the key in this block, or NULL. */
const struct config_item *config_block_item(const struct config_block *b,
					    const struct config_key *key);

/* The number of the block with this name among those of its scope, -1 if there is none. */
int config_doc_index(const struct config_doc *doc, enum config_scope scope, const char *title);

#endif
