// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Walks the blocks as written, key by key of the table.
 */
#include "daemon/config/config_fill.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "daemon/config/config_kind.h"
#include "daemon/config/config_value.h"

struct filler {
	const struct config_doc *doc;
	struct config *c;
	struct config_places *places;
	struct config_errors *errs;
	const struct config_block *block; /* NULL: one that is not written but taken for granted */
};

/* "group 'staff': mtu: " in front of what is wrong with a value. */
static void wrong_value(struct filler *f, const struct config_item *item, const char *why)
{
	const char *title = f->block->title;

	if (f->block->scope == CONFIG_TOP)
		config_errors_add(f->errs, item->file, item->line, "%s: %s", item->key->name, why);
	else
		config_errors_add(f->errs, item->file, item->line, "%s%s%s%s: %s: %s",
				  config_scope_name(f->block->scope), title ? " '" : "",
				  title ? title : "", title ? "'" : "", item->key->name, why);
}

/* --- references ------------------------------------------------------------------------------- */

struct title_walk {
	const struct config_doc *doc;
	enum config_scope scope;
	size_t i;
};

static const char *next_title(void *ctx)
{
	struct title_walk *w = ctx;

	while (w->i < w->doc->n_blocks) {
		const struct config_block *b = &w->doc->blocks[w->i++];

		if (b->scope == w->scope)
			return b->title;
	}
	return NULL;
}

static size_t count_blocks(const struct config_doc *doc, enum config_scope scope)
{
	size_t n = 0;

	for (size_t i = 0; i < doc->n_blocks; i++)
		n += doc->blocks[i].scope == scope;
	return n;
}

static void unknown_ref(struct filler *f, const struct config_item *item)
{
	struct title_walk walk = {f->doc, item->key->ref, 0};
	const char *meant = config_suggest(item->value, next_title, &walk);
	const char *what = config_scope_name(item->key->ref);
	char why[200];

	if (f->doc->incomplete)
		return;
	if (meant)
		snprintf(why, sizeof(why), "there is no %s '%.60s' (did you mean '%s'?)", what,
			 item->value, meant);
	else
		snprintf(why, sizeof(why), "there is no %s '%.60s'; write %s %.60s { ... }", what,
			 item->value, what, item->value);
	wrong_value(f, item, why);
}

/* Not written: the block called "default", or the only one there is. */
static void default_ref(struct filler *f, const struct config_key *key, void *base)
{
	size_t n = count_blocks(f->doc, key->ref);
	int index = -1;

	if (key->def) {
		index = config_doc_index(f->doc, key->ref, key->def);
		if (index < 0 && n == 1)
			index = 0;
		if (index < 0 && n > 1 && f->block && !f->doc->incomplete)
			config_errors_add(f->errs, f->block->file, f->block->line,
					  "%s: name one of the %zu %s blocks: %s = NAME",
					  config_scope_name(f->block->scope), n,
					  config_scope_name(key->ref), key->name);
	}
	config_ref_store(key, base, index);
}

static void fill_ref(struct filler *f, const struct config_item *item, void *base)
{
	int index = config_doc_index(f->doc, item->key->ref, item->value);

	if (index < 0)
		unknown_ref(f, item);
	config_ref_store(item->key, base, index);
}

/* --- values ----------------------------------------------------------------------------------- */

/* Relative paths are seen from the directory of the file that they stand in. */
static int absolute_path(const struct config_item *item, char **ret)
{
	const char *slash = strrchr(item->file, '/');
	char cwd[CONFIG_PATH_MAX] = "";
	int dir = slash ? (int)(slash - item->file) : 0;

	if (item->value[0] == '/' || item->value[0] == '\0') {
		*ret = strdup(item->value);
		return *ret ? 0 : -ENOMEM;
	}
	if (item->file[0] != '/' && !getcwd(cwd, sizeof(cwd)))
		return -errno;
	if (asprintf(ret, "%s%s%.*s/%s", cwd, *cwd && dir ? "/" : "", dir, item->file,
		     item->value) < 0)
		return -ENOMEM;
	return 0;
}

static void fill_file(struct filler *f, const struct config_item *item, void *base)
{
	char *path = NULL;
	char why[200];
	int r = absolute_path(item, &path);

	if (r < 0)
		snprintf(why, sizeof(why), "%s", strerror(-r));
	else
		r = config_value_parse(item->key, path, 0, base, why, sizeof(why));
	if (r < 0)
		wrong_value(f, item, why);
	free(path);
}

static void fill_value(struct filler *f, const struct config_item *item, unsigned int n, void *base)
{
	char why[200];

	if (item->key->type == CONFIG_REF && n == 0)
		fill_ref(f, item, base);
	else if (item->key->type == CONFIG_FILE && n == 0)
		fill_file(f, item, base);
	else if (item->key->type == CONFIG_REF)
		wrong_value(f, item, "takes one value, not a list");
	else if (config_value_parse(item->key, item->value, n, base, why, sizeof(why)) < 0)
		wrong_value(f, item, why);
}

/* The table's own text; that it is right is tested. */
static void fill_default(struct filler *f, const struct config_key *key, void *base)
{
	char copy[64], why[200];
	char *save, *word;
	unsigned int n = 0;

	if (key->type == CONFIG_REF) {
		default_ref(f, key, base);
		return;
	}
	if (!key->def || !*key->def)
		return;
	snprintf(copy, sizeof(copy), "%s", key->def);
	for (word = strtok_r(copy, ", ", &save); word; word = strtok_r(NULL, ", ", &save))
		BUG_ON(config_value_parse(key, word, n++, base, why, sizeof(why)) < 0);
}

/* Written, but mistyped: that has been said, with this name. */
static bool mistyped(const struct filler *f, const struct config_key *key)
{
	char hint[64];

	snprintf(hint, sizeof(hint), "(did you mean '%s'?)", key->name);
	for (size_t i = 0; i < f->errs->count; i++) {
		const struct config_error *e = &f->errs->list[i];

		if (e->line >= f->block->line && !strcmp(e->file, f->block->file) &&
		    strstr(e->text, hint))
			return true;
	}
	return false;
}

static void missing_key(struct filler *f, const struct config_key *key)
{
	const struct config_block *b = f->block;

	if (b && !f->doc->incomplete && !mistyped(f, key))
		config_errors_add(
			f->errs, b->file, b->line, "%s '%s': %s is missing, for example %s = %s",
			config_scope_name(b->scope), b->title, key->name, key->name, key->example);
}

static void fill_key(struct filler *f, const struct config_key *key, void *base)
{
	const struct config_block *b = f->block;
	unsigned int n = 0;
	char why[64];
	int first = 0;

	for (size_t i = 0; b && i < b->n_items; i++) {
		const struct config_item *item = &b->items[i];

		if (item->key != key)
			continue;
		if (item->again) {
			snprintf(why, sizeof(why), "is set already in line %d", first);
			wrong_value(f, item, why);
			return;
		}
		if (n == 0)
			first = item->line;
		fill_value(f, item, n++, base);
	}
	if (n)
		return;
	if (key->required)
		missing_key(f, key);
	else
		fill_default(f, key, base);
}

static void fill_keys(struct filler *f, enum config_scope scope, void *base)
{
	for (size_t i = 0; i < config_keys_count; i++)
		if (config_keys[i].scope == scope && config_keys[i].type != CONFIG_ADDRESSES)
			fill_key(f, &config_keys[i], base);
}

/* --- blocks ----------------------------------------------------------------------------------- */

static void add_listener(struct filler *f, const struct config_listener *l,
			 const struct endpoint *ep)
{
	struct config_listener *new = &f->c->listeners[f->c->n_listeners];

	*new = *l;
	new->address = *ep;
	new->address.port = l->address.port;
	f->places->listeners[f->c->n_listeners++] = f->block;
}

static void add_default_listeners(struct filler *f, const struct config_listener *l)
{
	static const struct endpoint any[2] = {
		{.family = ENDPOINT_IPV4},
		{.family = ENDPOINT_IPV6},
	};

	for (size_t i = 0; i < ARRAY_SIZE(any); i++)
		if (f->c->n_listeners < CONFIG_LISTENERS_MAX)
			add_listener(f, l, &any[i]);
}

static void fill_listen(struct filler *f)
{
	const struct config_key *key = config_key_find(CONFIG_LISTEN, "address");
	struct config_listener l = {0};
	bool written = false;

	fill_keys(f, CONFIG_LISTEN, &l);
	for (size_t i = 0; i < f->block->n_items; i++) {
		const struct config_item *item = &f->block->items[i];
		struct endpoint ep;
		char why[200];

		if (item->key != key)
			continue;
		written = true;
		if (item->again)
			wrong_value(f, item, "is set already in this block");
		else if (f->c->n_listeners == CONFIG_LISTENERS_MAX)
			wrong_value(f, item, "more listeners than can be (16)");
		else if (config_address_parse(item->value, &ep, why, sizeof(why)) < 0)
			wrong_value(f, item, why);
		else
			add_listener(f, &l, &ep);
	}
	if (!written)
		add_default_listeners(f, &l);
}

static void check_title(struct filler *f)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	const struct config_block *b = f->block;
	const char *what = config_scope_name(b->scope);

	if (!*b->title || strspn(b->title, plain) != strlen(b->title) ||
	    strlen(b->title) >= CONFIG_NAME_MAX)
		config_errors_add(f->errs, b->file, b->line,
				  "%s '%s': a name has 1 to %d letters, digits, and . _ -", what,
				  b->title, CONFIG_NAME_MAX - 1);
	for (size_t i = 0; i < f->doc->n_blocks; i++) {
		const struct config_block *old = &f->doc->blocks[i];

		if (old == b)
			break;
		if (old->scope == b->scope && !strcmp(old->title, b->title))
			config_errors_add(f->errs, b->file, b->line,
					  "%s '%s' is there already, at %s:%d", what, b->title,
					  old->file, old->line);
	}
}

/* The next free entry for a block; NULL, with an error, when there is none. */
static void *next_entry(struct filler *f, void *array, size_t entry, size_t max, uint8_t *count)
{
	if (*count == max) {
		config_errors_add(f->errs, f->block->file, f->block->line,
				  "more %s blocks than can be (%zu)",
				  config_scope_name(f->block->scope), max);
		return NULL;
	}
	return (char *)array + entry * (*count)++;
}

static void fill_server(struct filler *f)
{
	struct config *c = f->c;
	struct config_server *s =
		next_entry(f, c->servers, sizeof(*s), CONFIG_SERVERS_MAX, &c->n_servers);

	if (!s)
		return;
	f->places->servers[s - c->servers] = f->block;
	snprintf(s->name, sizeof(s->name), "%s", f->block ? f->block->title : "default");
	fill_keys(f, CONFIG_SERVER, s);
}

static void fill_group(struct filler *f)
{
	struct config *c = f->c;
	struct config_group *g =
		next_entry(f, c->groups, sizeof(*g), CONFIG_GROUPS_MAX, &c->n_groups);

	if (!g)
		return;
	f->places->groups[g - c->groups] = f->block;
	snprintf(g->name, sizeof(g->name), "%s", f->block->title);
	fill_keys(f, CONFIG_GROUP, g);
	/* Never 0, the kernel's group of everything: devices are deleted by group. */
	g->auto_id = !g->id;
	if (!g->id)
		g->id = CONFIG_GROUP_DIALED + 1 + (uint32_t)(g - c->groups);
}

static void fill_pool(struct filler *f)
{
	struct config *c = f->c;
	struct config_pool *p = next_entry(f, c->pools, sizeof(*p), CONFIG_POOLS_MAX, &c->n_pools);

	if (!p)
		return;
	f->places->pools[p - c->pools] = f->block;
	snprintf(p->name, sizeof(p->name), "%s", f->block->title);
	fill_keys(f, CONFIG_POOL, p);
}

static void fill_client(struct filler *f)
{
	struct config *c = f->c;
	struct config_client *cl =
		next_entry(f, c->clients, sizeof(*cl), CONFIG_CLIENTS_MAX, &c->n_clients);

	if (!cl)
		return;
	f->places->clients[cl - c->clients] = f->block;
	snprintf(cl->name, sizeof(cl->name), "%s", f->block->title);
	fill_keys(f, CONFIG_CLIENT, cl);
}

static void fill_block(struct filler *f)
{
	if (f->block->title)
		check_title(f);
	switch (f->block->scope) {
	case CONFIG_TOP:
		fill_keys(f, CONFIG_TOP, f->c);
		return;
	case CONFIG_LISTEN:
		fill_listen(f);
		return;
	case CONFIG_SERVER:
		fill_server(f);
		return;
	case CONFIG_GROUP:
		fill_group(f);
		return;
	case CONFIG_POOL:
		fill_pool(f);
		return;
	case CONFIG_CLIENT:
		fill_client(f);
		return;
	}
}

void config_fill(const struct config_doc *doc, struct config *c, struct config_places *places,
		 struct config_errors *errs)
{
	struct filler f = {.doc = doc, .c = c, .places = places, .errs = errs};

	memset(c, 0, sizeof(*c));
	memset(places, 0, sizeof(*places));
	c->version = CONFIG_VERSION;
	c->read_gid = UINT32_MAX;
	c->admin_gid = UINT32_MAX;
	for (size_t i = 0; i < doc->n_blocks; i++) {
		f.block = &doc->blocks[i];
		fill_block(&f);
	}
	if (!c->n_servers && (c->n_listeners || !c->n_clients)) { /* not written: all defaults */
		f.block = NULL;
		fill_server(&f);
	}
}
