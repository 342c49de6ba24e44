// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From text to blocks and values, by libconfuse 3.3.
 *
 * Every key is declared to libconfuse as a list of values with a callback, so that a value comes
 * with its line; a key in front of all others, which no file can name, has a default that makes
 * libconfuse call back where a block opens.  libconfuse stops at a key that it does not know: that
 * statement is then blanked in our copy of the text and everything is read again.
 */
#include "daemon/config/config_doc.h"

#include <confuse.h>
#include <errno.h>
#include <glob.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

#define OPENING	   "{" /* the key that no file can name: a brace is never part of a word */
#define ATTEMPTS   CONFIG_ERRORS_MAX
#define GLOB_CHARS "*?["

/* One reading; libconfuse has no pointer for us, so the options' number carries it. */
struct reading {
	struct config_doc *doc;
	struct config_errors *errs;
	struct config_text *text; /* the file being read */
	unsigned int depth;
	bool again;  /* a statement was blanked: read once more */
	bool failed; /* out of memory, or more than a limit allows */
};

static struct reading *reading_of(const cfg_opt_t *opt)
{
	return (struct reading *)(intptr_t)opt->def.number;
}

/* --- the document ----------------------------------------------------------------------------- */

static void drop_blocks(struct config_doc *doc)
{
	for (size_t i = 0; doc->blocks && i < doc->n_blocks; i++) {
		struct config_block *b = &doc->blocks[i];

		for (size_t j = 0; j < b->n_items; j++)
			free(b->items[j].value);
		free(b->items);
		free(b->title);
	}
	doc->n_blocks = 0;
	doc->n_items = 0;
}

void config_doc_fini(struct config_doc *doc)
{
	drop_blocks(doc);
	for (size_t i = 0; i < doc->n_texts; i++)
		config_text_fini(&doc->texts[i]);
	free(doc->blocks);
	free(doc->texts);
	memset(doc, 0, sizeof(*doc));
}

const struct config_item *config_block_item(const struct config_block *b,
					    const struct config_key *key)
{
	for (size_t i = 0; i < b->n_items; i++)
		if (b->items[i].key == key)
			return &b->items[i];
	return NULL;
}

int config_doc_index(const struct config_doc *doc, enum config_scope scope, const char *title)
{
	int n = 0;

	for (size_t i = 0; i < doc->n_blocks; i++) {
		if (doc->blocks[i].scope != scope)
			continue;
		if (!strcmp(doc->blocks[i].title, title))
			return n;
		n++;
	}
	return -1;
}

static void too_much(struct reading *r, int line, const char *what)
{
	config_errors_add(r->errs, r->text->name, line, "%s", what);
	r->failed = true;
}

static void add_block(struct reading *r, enum config_scope scope, const char *title, int line)
{
	struct config_doc *doc = r->doc;
	struct config_block *b;

	if (doc->n_blocks == CONFIG_BLOCKS_MAX) {
		too_much(r, line, "more blocks than can be");
		return;
	}
	b = &doc->blocks[doc->n_blocks];
	memset(b, 0, sizeof(*b));
	b->scope = scope;
	b->file = r->text->name;
	b->line = line;
	if (config_scope_titled(scope)) {
		b->title = strdup(title ? title : "");
		if (!b->title) {
			too_much(r, line, "out of memory");
			return;
		}
	}
	doc->n_blocks++;
}

static void add_item(struct reading *r, struct config_block *b, const struct config_key *key,
		     const char *value, bool first, int line)
{
	const struct config_item *before = config_block_item(b, key);
	struct config_item *items;

	if (r->doc->n_items == CONFIG_VALUES_MAX) {
		too_much(r, line, "more values than can be");
		return;
	}
	items = realloc(b->items, (b->n_items + 1) * sizeof(*items));
	if (!items) {
		too_much(r, line, "out of memory");
		return;
	}
	b->items = items;
	items += b->n_items;
	*items = (struct config_item){
		.key = key,
		.value = strdup(value),
		.file = r->text->name,
		.line = line,
		.first = first,
		.again = first && before,
	};
	if (!items->value) {
		too_much(r, line, "out of memory");
		return;
	}
	b->n_items++;
	r->doc->n_items++;
}

/* --- what libconfuse calls -------------------------------------------------------------------- */

static enum config_scope scope_of(const cfg_t *cfg)
{
	for (enum config_scope s = CONFIG_LISTEN; s < CONFIG_SCOPES; s++)
		if (!strcmp(cfg->name, config_scope_name(s)))
			return s;
	return CONFIG_TOP;
}

static int on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct reading *r = reading_of(opt);
	enum config_scope scope = scope_of(cfg);
	const struct config_key *key;
	struct config_block *b;

	*(void **)result = NULL;
	if (!strcmp(opt->name, OPENING)) {
		if (!r->failed)
			add_block(r, scope, cfg->title, cfg->line);
		return 0; /* libconfuse aborts the program over a default that is refused */
	}
	if (r->failed)
		return -1;
	key = config_key_find(scope, opt->name);
	if (!key) { /* libconfuse takes "group|mtu" for the mtu of the first group */
		config_errors_add(r->errs, r->text->name, cfg->line, "%s: unknown key '%s'",
				  config_scope_name(scope), opt->name);
		return 0;
	}
	/* Blocks do not nest: a value is of the top level or of the block opened last. */
	b = &r->doc->blocks[scope == CONFIG_TOP ? 0 : r->doc->n_blocks - 1];
	BUG_ON(b->scope != scope);
	add_item(r, b, key, value, opt->nvalues == 1, cfg->line);
	return r->failed ? -1 : 0;
}

static void no_release(void *value)
{
	(void)value;
}

static void unknown_key(struct reading *r, const cfg_t *cfg, const char *word)
{
	enum config_scope scope = scope_of(cfg);
	const char *meant = config_key_suggest(scope, word);
	const char *where = config_scope_name(scope);
	enum config_scope elsewhere = CONFIG_TOP;
	const char *file = r->text->name;

	while (elsewhere < CONFIG_SCOPES && !config_key_find(elsewhere, word))
		elsewhere++;
	if (meant)
		config_errors_add(r->errs, file, cfg->line,
				  "%s: unknown key '%s' (did you mean '%s'?)", where, word, meant);
	else if (elsewhere == CONFIG_TOP)
		config_errors_add(r->errs, file, cfg->line, "%s: '%s' belongs outside of any block",
				  where, word);
	else if (elsewhere < CONFIG_SCOPES)
		config_errors_add(r->errs, file, cfg->line, "%s: '%s' belongs in a %s block", where,
				  word, config_scope_name(elsewhere));
	else
		config_errors_add(r->errs, file, cfg->line, "%s: unknown key '%s'", where, word);
	if (config_text_blank(r->text, cfg->line, word) ||
	    config_text_blank_line(r->text, cfg->line, word))
		r->again = true;
	else
		r->doc->incomplete = true;
}

/* What is wrong around a key or a block's word that is known; blanked, if that can be done. */
static void misused_word(struct reading *r, const cfg_t *cfg, const char *fmt, const char *word)
{
	bool block = strncmp(fmt, "missing equal sign", 18) != 0;
	bool titled = false;

	for (enum config_scope s = CONFIG_LISTEN; s < CONFIG_SCOPES && block; s++)
		titled |= !strcmp(word, config_scope_name(s)) && config_scope_titled(s);
	config_errors_add(r->errs, r->text->name, cfg->line, "%s: write %s%s",
			  config_scope_name(scope_of(cfg)), word,
			  titled  ? " NAME { ... }"
			  : block ? " { ... }"
				  : " = VALUE");
	if ((block && config_text_blank(r->text, cfg->line, word)) ||
	    config_text_blank_line(r->text, cfg->line, word))
		r->again = true;
	else
		r->doc->incomplete = true;
}

/* libconfuse's messages are told apart by their formats; the program never sets a locale. */
static void on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	static const char *const about_a_word[] = {
		"missing equal sign after option '%s'",
		"missing opening brace for section '%s'",
		"missing title for section '%s'",
	};
	struct reading *r = reading_of(&cfg->opts[0]);
	char text[200];

	if (r->failed)
		return;
	if (!strcmp(fmt, "no such option '%s'")) {
		unknown_key(r, cfg, va_arg(ap, const char *));
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(about_a_word); i++) {
		if (!strcmp(fmt, about_a_word[i])) {
			misused_word(r, cfg, fmt, va_arg(ap, const char *));
			return;
		}
	}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	vsnprintf(text, sizeof(text), fmt, ap);
#pragma GCC diagnostic pop
	config_errors_add(r->errs, r->text->name, cfg->line,
			  "%s; nothing after it in this file was read", text);
	r->doc->incomplete = true;
}

/* --- files ------------------------------------------------------------------------------------ */

/* A file is read and cleaned once, and blanked where it stands. */
static struct config_text *find_text(struct config_doc *doc, const char *path)
{
	for (size_t i = 0; i < doc->n_texts; i++)
		if (!strcmp(doc->texts[i].name, path))
			return &doc->texts[i];
	return NULL;
}

static int parse_text(struct reading *r, cfg_t *cfg, struct config_text *t)
{
	struct config_text *outer = r->text;
	char *filename = cfg->filename;
	int line = cfg->line;
	int rc;

	if (t->broken) {
		r->doc->incomplete = true;
		return CFG_SUCCESS;
	}
	cfg->filename = NULL;
	r->text = t;
	r->depth++;
	rc = cfg_parse_buf(cfg, t->text);
	r->depth--;
	r->text = outer;
	if (filename) { /* the outermost one's name is libconfuse's to free */
		free(cfg->filename);
		cfg->filename = filename;
		cfg->line = line;
	}
	return rc;
}

static int include_file(struct reading *r, cfg_t *cfg, const char *path)
{
	struct config_doc *doc = r->doc;
	struct config_text *t = find_text(doc, path);
	int rc;

	if (r->depth > CONFIG_INCLUDE_MAX) {
		too_much(r, cfg->line, "include: too deep; does a file include itself?");
		return -1;
	}
	if (!t) {
		if (doc->n_texts == CONFIG_FILES_MAX) {
			too_much(r, cfg->line, "include: too many files");
			return -1;
		}
		t = &doc->texts[doc->n_texts];
		rc = config_text_read(t, path);
		if (rc < 0) {
			config_errors_add(r->errs, r->text->name, cfg->line, "include: %s: %s",
					  path, strerror(-rc));
			doc->incomplete = true;
			return 0;
		}
		doc->n_texts++;
		config_text_clean(t, r->errs);
	}
	parse_text(r, cfg, t);
	return r->failed || r->again ? -1 : 0; /* a mistake in one file does not end the other */
}

/* The pattern as seen from the directory of the file that it stands in. */
static char *from_here(const char *file, const char *pattern)
{
	const char *slash = strrchr(file, '/');
	char *path;

	if (pattern[0] == '/' || !slash)
		return strdup(pattern);
	if (asprintf(&path, "%.*s/%s", (int)(slash - file), file, pattern) < 0)
		return NULL;
	return path;
}

static int glob_error(const char *path, int error)
{
	(void)path;
	return error != ENOENT;
}

/* Files in the order of their names; a pattern may match nothing, a plain name may not. */
static int include_pattern(struct reading *r, cfg_t *cfg, const char *pattern)
{
	char *path = from_here(r->text->name, pattern);
	glob_t found;
	int rc;

	if (!path) {
		too_much(r, cfg->line, "out of memory");
		return -1;
	}
	rc = glob(path, 0, glob_error, &found);
	if (rc == GLOB_NOMATCH && !strpbrk(pattern, GLOB_CHARS)) {
		rc = include_file(r, cfg, path); /* says why it cannot be read */
	} else if (rc == GLOB_NOMATCH) {
		rc = 0;
	} else if (rc) {
		config_errors_add(r->errs, r->text->name, cfg->line, "include: %s cannot be read",
				  path);
		r->doc->incomplete = true;
		rc = 0;
	} else {
		for (size_t i = 0; i < found.gl_pathc && rc == 0; i++)
			rc = include_file(r, cfg, found.gl_pathv[i]);
		globfree(&found);
	}
	free(path);
	return rc;
}

static int on_include(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	struct reading *r = reading_of(opt);

	if (argc != 1 || !r->doc->includes) {
		config_errors_add(r->errs, r->text->name, cfg->line, "%s",
				  argc == 1
					  ? "include() is not possible here"
					  : "include() takes one path: include(\"conf.d/*.conf\")");
		return 0;
	}
	return include_pattern(r, cfg, argv[0]);
}

/* --- libconfuse's options, from the table ----------------------------------------------------- */

struct options {
	cfg_opt_t of[CONFIG_SCOPES][32];
};

static void make_options(struct options *o, struct reading *r)
{
	static const cfg_opt_t value = CFG_PTR_LIST_CB(NULL, NULL, CFGF_NONE, on_value, no_release);
	static const cfg_opt_t function = CFG_FUNC(NULL, on_include);
	static const cfg_opt_t end = CFG_END();
	size_t n[CONFIG_SCOPES] = {0};

	for (enum config_scope s = CONFIG_LISTEN; s < CONFIG_SCOPES; s++) {
		cfg_opt_t *first = &o->of[s][n[s]++];

		*first = value;
		first->name = OPENING;
		first->def.parsed = (char *)(uintptr_t) "{open}"; /* copied, not written */
	}
	for (size_t i = 0; i < config_keys_count; i++) {
		enum config_scope s = config_keys[i].scope;
		cfg_opt_t *opt = &o->of[s][n[s]++];

		BUG_ON(n[s] + CONFIG_SCOPES > ARRAY_SIZE(o->of[s]));
		*opt = value;
		opt->name = config_keys[i].name;
	}
	for (enum config_scope s = CONFIG_LISTEN; s < CONFIG_SCOPES; s++) {
		cfg_opt_t block = CFG_SEC(config_scope_name(s), o->of[s], CFGF_MULTI);

		if (config_scope_titled(s))
			block.flags |= CFGF_TITLE;
		o->of[CONFIG_TOP][n[CONFIG_TOP]++] = block;
	}
	o->of[CONFIG_TOP][n[CONFIG_TOP]] = function;
	o->of[CONFIG_TOP][n[CONFIG_TOP]++].name = "include";
	for (enum config_scope s = CONFIG_TOP; s < CONFIG_SCOPES; s++) {
		o->of[s][n[s]] = end;
		for (size_t i = 0; i < n[s]; i++)
			o->of[s][i].def.number = (intptr_t)r;
	}
}

/* Once through everything.  False if it must not be tried again. */
static bool read_once(struct reading *r)
{
	struct options o;
	cfg_t *cfg;

	drop_blocks(r->doc);
	r->again = false;
	r->text = &r->doc->texts[0];
	add_block(r, CONFIG_TOP, NULL, 0);
	make_options(&o, r);
	cfg = cfg_init(o.of[CONFIG_TOP], CFGF_NONE);
	if (!cfg) {
		too_much(r, 0, "out of memory");
		return false;
	}
	cfg_set_error_function(cfg, on_error);
	parse_text(r, cfg, &r->doc->texts[0]);
	cfg_free(cfg);
	return !r->failed;
}

static int read_all(struct config_doc *doc, struct config_errors *errs)
{
	struct reading r = {.doc = doc, .errs = errs};
	unsigned int attempts = 0;

	config_text_clean(&doc->texts[0], errs);
	do {
		if (!read_once(&r))
			doc->incomplete = true;
	} while (r.again && !r.failed && ++attempts < ATTEMPTS);
	return r.failed ? -EINVAL : 0;
}

static int doc_init(struct config_doc *doc, const char *name, struct config_errors *errs)
{
	memset(doc, 0, sizeof(*doc));
	doc->texts = calloc(CONFIG_FILES_MAX, sizeof(*doc->texts));
	doc->blocks = calloc(CONFIG_BLOCKS_MAX, sizeof(*doc->blocks));
	if (doc->texts && doc->blocks)
		return 0;
	config_errors_add(errs, name, 0, "out of memory");
	config_doc_fini(doc);
	return -ENOMEM;
}

int config_doc_read(struct config_doc *doc, const char *path, struct config_errors *errs)
{
	int r = doc_init(doc, path, errs);

	if (r < 0)
		return r;
	r = config_text_read(&doc->texts[0], path);
	if (r < 0) {
		config_errors_add(errs, path, 0, "cannot be read: %s%s", strerror(-r),
				  r == -ENOENT ? "; begin with the examples/culvert.conf of the "
						 "documentation"
					       : "");
		config_doc_fini(doc);
		return r;
	}
	doc->n_texts = 1;
	doc->includes = true;
	return read_all(doc, errs);
}

int config_doc_parse(struct config_doc *doc, const char *name, const void *text, size_t len,
		     struct config_errors *errs)
{
	int r = doc_init(doc, name, errs);

	if (r < 0)
		return r;
	r = config_text_set(&doc->texts[0], name, text, len);
	if (r < 0) {
		config_errors_add(errs, name, 0, "cannot be read: %s", strerror(-r));
		config_doc_fini(doc);
		return r;
	}
	doc->n_texts = 1;
	return read_all(doc, errs);
}
