// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A new configuration while everybody is there.
 *
 * Places stay (daemon/config/config_adopt.c), so an index that a tunnel or a call knows means what
 * it meant.  What they were begun with they keep (terms.h); limits, pools and the life of profiles
 * follow the new one at once.  A call that is being set up goes on by the new one, or, where its
 * PPP has already been told what is not true any more, begins anew.
 */
#include <errno.h>
#include <string.h>

#include "daemon/engine/dial.h"

/* --- calls --- */

/* What PPP has said to the client, or will be asked of the kernel role. */
static bool same_group(const struct config_group *a, const struct config_group *b)
{
	return !b->removed && !strcmp(a->name, b->name) && a->local_address == b->local_address &&
	       a->ipv6 == b->ipv6;
}

static void reload_call(struct engine *e, struct call *c, const struct config *old)
{
	if (c->peer->dial)
		return;
	switch (c->state) {
	case CALL_SETUP:
	case CALL_ASKING: /* in no group yet, but for want of another */
		c->group = c->peer->server->cfg->default_group;
		return;
	case CALL_ACCEPTED:
		if (!same_group(&old->groups[c->group], &e->cfg->groups[c->group]))
			call_close(e, c, "reconfigured", L2TP_CALL_ADMIN, 0,
				   "its group is another now; dial again");
		return;
	case CALL_UP:
	case CALL_CLOSING:
	case CALL_DEAD:
		return;
	}
}

static void reload_calls(struct engine *e, const struct config *old)
{
	for (struct call *c = engine_next_call(e, 0); c;
	     c = engine_next_call(e, (uint32_t)c->session.id + 1))
		reload_call(e, c, old);
}

/* --- all of it --- */

int engine_reload(struct engine *e, const struct config *cfg, usec_t now)
{
	struct terms *terms[CONFIG_SERVERS_MAX] = {NULL};
	const struct config *old = e->cfg;
	int err;

	engine_begin(e, now);
	err = terms_of_servers(cfg, terms);
	if (!err)
		err = engine_reserve_timers(e, cfg->n_clients);
	if (!err)
		err = pool_reload(e->pools, cfg);
	if (err) {
		terms_put_all(terms);
		return err;
	}
	e->cfg = cfg;
	engine_set_servers(e, terms);
	reload_calls(e, old);
	for (uint8_t i = 0; i < cfg->n_clients; i++)
		dial_reload(e, i, i < old->n_clients ? &old->clients[i] : NULL);
	return 0;
}
