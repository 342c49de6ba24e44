// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The next generation of the configuration in force.
 *
 * Tunnels, sessions and profiles know their server, group and profile by its place, in each role
 * and in the records that outlive one; so a block keeps its place as long as it has its name.
 */
#include <errno.h>
#include <string.h>

#include "compiler.h"
#include "daemon/config/config_diff.h"
#include "daemon/config/config_kind.h"

/* --- interface groups ------------------------------------------------------------------------- */

#define FIRST_ID 1701

static bool id_taken(const struct config *c, const struct config_group *but, uint32_t id)
{
	for (size_t i = 0; i < c->n_groups; i++)
		if (&c->groups[i] != but && c->groups[i].id == id)
			return true;
	return false;
}

void config_keep_ids(const struct config *running, struct config *wanted)
{
	const struct config_kind *k = config_kind_of(CONFIG_GROUP);

	for (size_t i = 0; i < wanted->n_groups; i++)
		if (wanted->groups[i].auto_id)
			wanted->groups[i].id = 0;
	for (size_t i = 0; i < wanted->n_groups; i++) {
		struct config_group *g = &wanted->groups[i];
		int at = config_kind_find(running, k, g->name);

		if (g->auto_id && at >= 0 && running->groups[at].auto_id &&
		    !id_taken(wanted, g, running->groups[at].id))
			g->id = running->groups[at].id;
	}
	for (size_t i = 0; i < wanted->n_groups; i++) {
		struct config_group *g = &wanted->groups[i];

		for (uint32_t id = FIRST_ID; !g->id; id++)
			if (!id_taken(wanted, NULL, id) && !id_taken(running, NULL, id))
				g->id = id;
	}
}

/* --- places ----------------------------------------------------------------------------------- */

struct adopter {
	const struct config *running, *wanted;
	const struct config_busy *busy;
	struct config *ret;
};

static char *entry_of(struct config *c, const struct config_kind *k, size_t i)
{
	return (char *)c + k->array + i * k->entry;
}

static bool is_busy(const struct adopter *a, const struct config_kind *k, size_t i)
{
	switch (k->scope) {
	case CONFIG_SERVER:
		return a->busy->server[i];
	case CONFIG_GROUP:
		return a->busy->group[i];
	case CONFIG_CLIENT:
		return a->busy->client[i];
	case CONFIG_TOP:
	case CONFIG_LISTEN:
	case CONFIG_POOL:
		break;
	}
	return false;
}

/* What counts at the next start alone stays as it was. */
static void keep_fixed(enum config_scope scope, char *to, const char *was)
{
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *key = &config_keys[i];

		if (key->scope == scope && key->apply == CONFIG_APPLY_START)
			memcpy(to + key->offset, was + key->offset, key->size);
	}
}

/*
 * One that was removed and that nobody is left of, or a new place; -1: there is none.  Not one that
 * is removed just now: requests that mean it may be under way.
 */
static int free_place(struct adopter *a, const struct config_kind *k)
{
	size_t n = config_kind_count(a->ret, k);

	for (size_t i = 0; i < n; i++)
		if (config_kind_removed(a->ret, k, i) && i < config_kind_count(a->running, k) &&
		    config_kind_removed(a->running, k, i) &&
		    config_kind_find(a->wanted, k, config_kind_entry(a->ret, k, i)) < 0 &&
		    !is_busy(a, k, i))
			return (int)i;
	if (n == k->max)
		return -1;
	*((uint8_t *)a->ret + k->count) = (uint8_t)(n + 1);
	return (int)n;
}

static int place(struct adopter *a, const struct config_kind *k, size_t i)
{
	const char *from = config_kind_entry(a->wanted, k, i);
	int was = config_kind_find(a->running, k, from);
	int at = was >= 0 ? was : free_place(a, k);

	if (at < 0)
		return -ENOSPC;
	memcpy(entry_of(a->ret, k, (size_t)at), from, k->entry);
	if (was >= 0)
		keep_fixed(k->scope, entry_of(a->ret, k, (size_t)at),
			   config_kind_entry(a->running, k, (size_t)was));
	return 0;
}

static int adopt_kind(struct adopter *a, const struct config_kind *k)
{
	int err = 0;

	for (size_t i = 0; i < config_kind_count(a->ret, k); i++)
		*(bool *)(entry_of(a->ret, k, i) + k->removed) = true;
	for (size_t i = 0; i < config_kind_count(a->wanted, k) && !err; i++)
		if (!config_kind_removed(a->wanted, k, i))
			err = place(a, k, i);
	return err;
}

/* --- references ------------------------------------------------------------------------------- */

/* base in ret was copied from `from`, where its references are to be understood. */
static void translate(struct adopter *a, enum config_scope scope, void *base,
		      const struct config *from)
{
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *key = &config_keys[i];
		const char *name;

		if (key->scope != scope || key->type != CONFIG_REF)
			continue;
		name = config_ref_name(from, key, base);
		config_ref_store(key, base,
				 name ? config_kind_find(a->ret, config_kind_of(key->ref), name)
				      : -1);
	}
}

static void translate_kind(struct adopter *a, const struct config_kind *k)
{
	for (size_t i = 0; i < config_kind_count(a->ret, k); i++)
		translate(a, k->scope, entry_of(a->ret, k, i),
			  config_kind_removed(a->ret, k, i) ? a->running : a->wanted);
}

/* --- all of it -------------------------------------------------------------------------------- */

static void adopt_top(struct adopter *a)
{
	struct config *c = a->ret;

	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *key = &config_keys[i];

		if (key->scope == CONFIG_TOP && key->apply != CONFIG_APPLY_START)
			memcpy((char *)c + key->offset, (const char *)a->wanted + key->offset,
			       key->size);
	}
	c->read_gid = a->wanted->read_gid;
	c->admin_gid = a->wanted->admin_gid;
	c->generation = a->running->generation + 1;
}

static void adopt_listener(struct adopter *a, struct config_listener *l)
{
	for (size_t i = 0; i < a->wanted->n_listeners; i++) {
		const struct config_listener *w = &a->wanted->listeners[i];
		struct config_listener new = *w;

		if (!endpoint_equal(&l->address, &w->address))
			continue;
		new.address = l->address;
		keep_fixed(CONFIG_LISTEN, (char *)&new, (const char *)l);
		*l = new;
		translate(a, CONFIG_LISTEN, l, a->wanted);
		return;
	}
}

int config_adopt(const struct config *running, const struct config *wanted,
		 const struct config_busy *busy, struct config *ret, const char **ret_what)
{
	struct adopter a = {running, wanted, busy, ret};
	int err = 0;

	*ret = *running;
	adopt_top(&a);
	ret->n_pools = wanted->n_pools;
	memcpy(ret->pools, wanted->pools, sizeof(ret->pools));
	for (size_t i = 0; i < CONFIG_KINDS && !err; i++) {
		if (!config_kinds[i].removed)
			continue;
		err = adopt_kind(&a, &config_kinds[i]);
		*ret_what = config_scope_name(config_kinds[i].scope);
	}
	if (err)
		return err;
	for (size_t i = 0; i < CONFIG_KINDS; i++)
		translate_kind(&a, &config_kinds[i]);
	for (size_t i = 0; i < ret->n_listeners; i++)
		adopt_listener(&a, &ret->listeners[i]);
	return 0;
}
