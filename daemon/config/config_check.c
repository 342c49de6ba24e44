// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks across blocks: addresses that collide, blocks that are missing, wishes that nothing here
 * can fulfil.
 */
#include "daemon/config/config_check.h"

#include <inttypes.h>
#include <string.h>

#include "daemon/addr.h"
#include "daemon/config/config_value.h"

#define LISTEN_EXAMPLE "listen { address = {0.0.0.0, \"::\"} }"
#define GROUP_EXAMPLE  "group staff { pool = staff local-address = 10.20.0.1 }"

struct checker {
	const struct config_doc *doc;
	const struct config *c;
	const struct config_places *places;
	struct config_errors *errs;
};

/* Nobody could get in. */
static void check_missing(const struct checker *k)
{
	const char *file = k->doc->texts[0].name;

	if (k->doc->incomplete)
		return;
	if (!k->c->n_listeners && k->c->n_clients)
		return; /* it only dials */
	if (!k->c->n_listeners)
		config_errors_add(k->errs, file, 0, "there is no listen block, for example: %s",
				  LISTEN_EXAMPLE);
	if (!k->c->n_groups)
		config_errors_add(k->errs, file, 0, "there is no group block, for example: %s",
				  GROUP_EXAMPLE);
}

static bool wildcard(const struct endpoint *ep)
{
	static const uint8_t zero[sizeof(ep->addr)];

	return !memcmp(ep->addr, zero, sizeof(zero));
}

static bool collide(const struct endpoint *a, const struct endpoint *b)
{
	if (a->family != b->family || a->port != b->port)
		return false;
	return wildcard(a) || wildcard(b) || (endpoint_same_host(a, b) && a->scope == b->scope);
}

static void check_listeners(const struct checker *k)
{
	for (size_t i = 0; i < k->c->n_listeners; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct endpoint *a = &k->c->listeners[i].address;
			const struct endpoint *b = &k->c->listeners[j].address;
			const struct config_block *old = k->places->listeners[j];
			char ta[ADDR_TEXT_MAX], tb[ADDR_TEXT_MAX];

			if (!collide(a, b))
				continue;
			config_errors_add(k->errs, k->places->listeners[i]->file,
					  k->places->listeners[i]->line,
					  "listen: %s collides with %s of %s:%d", addr_text(a, ta),
					  addr_text(b, tb), old->file, old->line);
			break;
		}
	}
}

static void check_servers(const struct checker *k)
{
	for (size_t i = 0; i < k->c->n_servers; i++) {
		const struct config_server *s = &k->c->servers[i];
		const struct config_block *b = k->places->servers[i];

		if (b && (s->challenge || s->hide) && !s->secret_file[0])
			config_errors_add(k->errs, b->file, b->line,
					  "server '%s': %s = yes needs a secret-file", s->name,
					  s->challenge ? "challenge" : "hide");
	}
}

static void check_groups(const struct checker *k)
{
	for (size_t i = 0; i < k->c->n_groups; i++) {
		const struct config_group *g = &k->c->groups[i];
		const struct config_block *b = k->places->groups[i];

		if (g->lean && g->ipv6)
			config_errors_add(k->errs, b->file, b->line,
					  "group '%s': lean = yes leaves IPv6 out, so ipv6 = yes "
					  "cannot be had with it",
					  g->name);
		if (g->id == CONFIG_GROUP_DIALED)
			config_errors_add(k->errs, b->file, b->line,
					  "group '%s': id %d is that of client blocks' devices",
					  g->name, CONFIG_GROUP_DIALED);
		for (size_t j = 0; j < i; j++)
			if (k->c->groups[j].id == g->id)
				config_errors_add(k->errs, b->file, b->line,
						  "group '%s': id %" PRIu32
						  " is group '%s' already",
						  g->name, g->id, k->c->groups[j].name);
	}
}

static void check_pools(const struct checker *k)
{
	for (size_t i = 0; i < k->c->n_pools; i++) {
		const struct config_pool *p = &k->c->pools[i];
		const struct config_block *b = k->places->pools[i];

		for (size_t j = 0; j < i; j++) {
			const struct config_pool *q = &k->c->pools[j];
			uint32_t first = p->first > q->first ? p->first : q->first;
			uint32_t last = p->last < q->last ? p->last : q->last;
			char ta[16], tb[16];

			if (!p->first || !q->first || first > last)
				continue;
			config_errors_add(k->errs, b->file, b->line,
					  "pool '%s': %s-%s is also in pool '%s' of %s:%d", p->name,
					  config_ipv4_text(first, ta), config_ipv4_text(last, tb),
					  q->name, k->places->pools[j]->file,
					  k->places->pools[j]->line);
		}
	}
}

static void check_clients(const struct checker *k)
{
	for (size_t i = 0; i < k->c->n_clients; i++) {
		const struct config_client *c = &k->c->clients[i];
		const struct config_block *b = k->places->clients[i];

		if (c->retry_max_s < c->retry_s)
			config_errors_add(k->errs, b->file, b->line,
					  "client '%s': retry-max is less than retry", c->name);
	}
}

void config_check(const struct config_doc *doc, const struct config *c,
		  const struct config_places *places, struct config_errors *errs)
{
	const struct checker k = {doc, c, places, errs};

	check_missing(&k);
	check_listeners(&k);
	check_servers(&k);
	check_groups(&k);
	check_pools(&k);
	check_clients(&k);
}
