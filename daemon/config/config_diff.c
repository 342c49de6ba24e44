// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config/config_diff.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "daemon/addr.h"
#include "daemon/config/config_kind.h"
#include "daemon/config/config_value.h"

struct differ {
	const struct config *old, *new;
	void (*each)(void *ctx, const struct reload_change *change);
	void *ctx;
};

/* A block, in each of the two. */
struct pair {
	enum config_scope scope;
	const char *name; /* NULL: the top level */
	const void *old, *new;
};

/* --- text ------------------------------------------------------------------------------------- */

/* Ends in "..." where it is too long. */
static void put(char *to, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void put(char *to, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(to, size, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n >= size)
		memcpy(to + size - 4, "...", 4);
}

static void put_key(char to[RELOAD_KEY_MAX], const struct pair *p, const char *key)
{
	if (!p->name)
		put(to, RELOAD_KEY_MAX, "%s", key);
	else
		put(to, RELOAD_KEY_MAX, "%s %s%s%s", config_scope_name(p->scope), p->name,
		    key ? " / " : "", key ? key : "");
}

static void put_value(char to[RELOAD_VALUE_MAX], const struct config *c,
		      const struct config_key *key, const void *base)
{
	const char *ref = key->type == CONFIG_REF ? config_ref_name(c, key, base) : NULL;
	char *text = NULL;
	size_t len;
	FILE *f;

	if (key->type == CONFIG_REF) {
		put(to, RELOAD_VALUE_MAX, "%s", ref ? ref : "(none)");
		return;
	}
	f = open_memstream(&text, &len);
	if (f) {
		config_value_print(f, key, base);
		fclose(f);
	}
	put(to, RELOAD_VALUE_MAX, "%s", text ? text : "?");
	free(text);
}

/* --- keys ------------------------------------------------------------------------------------- */

static bool same(const struct differ *d, const struct config_key *key, const struct pair *p)
{
	const char *a = (const char *)p->old + key->offset, *b = (const char *)p->new + key->offset;

	switch (key->type) {
	case CONFIG_STRING:
	case CONFIG_FILE:
	case CONFIG_PREFIX:
		return !strcmp(a, b);
	case CONFIG_REF:
		a = config_ref_name(d->old, key, p->old);
		b = config_ref_name(d->new, key, p->new);
		return a && b ? !strcmp(a, b) : a == b;
	case CONFIG_RANGE: /* two of them, side by side */
		return !memcmp(a, b, 2 * sizeof(uint32_t));
	case CONFIG_ADDRESSES:
		return true; /* else it would be another listener */
	case CONFIG_BOOL:
	case CONFIG_NUMBER:
	case CONFIG_DURATION:
	case CONFIG_WORD:
	case CONFIG_WORDS:
	case CONFIG_IPV4:
	case CONFIG_IPV4S:
	case CONFIG_ROUTES:
		break;
	}
	return !memcmp(a, b, key->size);
}

/* What is in the files that keys name. */
static const struct {
	enum config_scope scope;
	const char *key;
	size_t secret, len; /* offsets */
} secrets[] = {
	{CONFIG_SERVER, "secret-file", offsetof(struct config_server, secret),
	 offsetof(struct config_server, secret_len)},
	{CONFIG_CLIENT, "secret-file", offsetof(struct config_client, secret),
	 offsetof(struct config_client, secret_len)},
	{CONFIG_CLIENT, "tunnel-secret-file", offsetof(struct config_client, tunnel_secret),
	 offsetof(struct config_client, tunnel_secret_len)},
};

static bool same_secret(const struct config_key *key, const struct pair *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		const char *old = p->old, *new = p->new;
		uint16_t a, b;

		if (secrets[i].scope != key->scope || strcmp(secrets[i].key, key->name) != 0)
			continue;
		memcpy(&a, old + secrets[i].len, sizeof(a));
		memcpy(&b, new + secrets[i].len, sizeof(b));
		return a == b && !memcmp(old + secrets[i].secret, new + secrets[i].secret, a);
	}
	return true;
}

static void diff_key(const struct differ *d, const struct config_key *key, const struct pair *p)
{
	struct reload_change c = {.kind = RELOAD_CHANGED, .apply = (uint8_t)key->apply};

	if (same(d, key, p) && same_secret(key, p))
		return;
	put_key(c.key, p, key->name);
	if (!same(d, key, p)) {
		put_value(c.old, d->old, key, p->old);
		put_value(c.now, d->new, key, p->new);
	} else {
		put(c.old, sizeof(c.old), "(a secret)");
		put(c.now, sizeof(c.now), "(another secret)");
	}
	if (key->because)
		put(c.why, sizeof(c.why), "%s", key->because);
	d->each(d->ctx, &c);
}

static void diff_keys(const struct differ *d, const struct pair *p)
{
	for (size_t i = 0; i < config_keys_count; i++)
		if (config_keys[i].scope == p->scope)
			diff_key(d, &config_keys[i], p);
}

/* --- blocks ----------------------------------------------------------------------------------- */

static const struct {
	enum config_apply apply;
	const char *added, *removed;
} blocks[CONFIG_SCOPES] = {
	[CONFIG_LISTEN] = {CONFIG_APPLY_START, "sockets are bound", "its tunnels use its socket"},
	[CONFIG_SERVER] = {CONFIG_APPLY_NOW, "", "its tunnels stay, and no others come"},
	[CONFIG_GROUP] = {CONFIG_APPLY_NOW, "", "its sessions stay, and no others come"},
	[CONFIG_POOL] = {CONFIG_APPLY_NOW, "", "who has an address of it keeps it"},
	[CONFIG_CLIENT] = {CONFIG_APPLY_NOW, "", "it is disconnected"},
};

static void diff_block(const struct differ *d, const struct pair *p)
{
	struct reload_change c = {.apply = (uint8_t)blocks[p->scope].apply};

	if (p->old && p->new) {
		diff_keys(d, p);
		return;
	}
	c.kind = p->new ? RELOAD_ADDED : RELOAD_REMOVED;
	put_key(c.key, p, NULL);
	put(c.why, sizeof(c.why), "%s", p->new ? blocks[p->scope].added : blocks[p->scope].removed);
	d->each(d->ctx, &c);
}

static const struct config_listener *find_listener(const struct config *c,
						   const struct config_listener *l)
{
	for (size_t i = 0; i < c->n_listeners; i++)
		if (endpoint_equal(&c->listeners[i].address, &l->address))
			return &c->listeners[i];
	return NULL;
}

static void diff_listeners(const struct differ *d)
{
	char name[ADDR_TEXT_MAX];
	struct pair p = {.scope = CONFIG_LISTEN, .name = name};

	for (size_t i = 0; i < d->old->n_listeners; i++) {
		p.old = &d->old->listeners[i];
		p.new = find_listener(d->new, p.old);
		addr_text(&d->old->listeners[i].address, name);
		diff_block(d, &p);
	}
	p.old = NULL;
	for (size_t i = 0; i < d->new->n_listeners; i++) {
		p.new = &d->new->listeners[i];
		addr_text(&d->new->listeners[i].address, name);
		if (!find_listener(d->old, p.new))
			diff_block(d, &p);
	}
}

static const char *find(const struct config *c, const struct config_kind *k, const char *name)
{
	int i = config_kind_find(c, k, name);

	if (i < 0 || config_kind_removed(c, k, (size_t)i))
		return NULL;
	return config_kind_entry(c, k, (size_t)i);
}

static void diff_kind(const struct differ *d, const struct config_kind *k)
{
	struct pair p = {.scope = k->scope};

	for (size_t i = 0; i < config_kind_count(d->old, k); i++) {
		if (config_kind_removed(d->old, k, i))
			continue;
		p.name = config_kind_entry(d->old, k, i);
		p.old = p.name;
		p.new = find(d->new, k, p.name);
		diff_block(d, &p);
	}
	p.old = NULL;
	for (size_t i = 0; i < config_kind_count(d->new, k); i++) {
		p.name = config_kind_entry(d->new, k, i);
		p.new = p.name;
		if (!find(d->old, k, p.name) && !config_kind_removed(d->new, k, i))
			diff_block(d, &p);
	}
}

void config_diff(const struct config *running, const struct config *wanted,
		 void (*each)(void *ctx, const struct reload_change *change), void *ctx)
{
	const struct differ d = {running, wanted, each, ctx};
	const struct pair top = {.scope = CONFIG_TOP, .old = running, .new = wanted};

	diff_keys(&d, &top);
	diff_listeners(&d);
	for (size_t i = 0; i < CONFIG_KINDS; i++)
		diff_kind(&d, &config_kinds[i]);
}
