// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Draining: nobody new, the old ones stay, or are ended a few a second.
 *
 * A new tunnel is refused with StopCCN "try another" (RFC 2661 4.4.2: result 2, error 7), which
 * sends a LAC with more than one LNS to the next one and tells everybody else at once; a new call
 * of an old tunnel with CDN "no appropriate facilities, temporarily" (result 4).  A tunnel without
 * a call is closed.  What was being set up goes on, and what we dialed does: only who dialed us
 * counts, and is ended.
 *
 * Those go first whose client has been silent for longest, because it misses the session least; of
 * those that are equal, the oldest.
 */
#include <errno.h>
#include <stdio.h>

#include "daemon/engine/dial.h"

#define KICKS_AT_ONCE 64
#define KICK_TICK     (USEC_PER_SEC / 10) /* each looks at all sessions */
#define DRAIN_IDLE    USEC_PER_SEC	  /* who hangs up closes its tunnel itself */

struct candidate {
	struct call *call;
	uint32_t idle; /* seconds */
};

static void say(struct engine *e, enum engine_event event)
{
	const struct drain *d = &e->drain;
	char text[96], pace[24] = "stay";

	if (d->rate)
		snprintf(pace, sizeof(pace), "are ended, %u/s", d->rate);
	snprintf(text, sizeof(text), "sessions %s%s", pace, d->exit ? ", then culvertd ends" : "");
	engine_event(e, event, NULL, NULL, event == ENGINE_DRAIN ? text : NULL);
}

usec_t drain_idle_time(const struct engine *e, usec_t otherwise)
{
	return e->drain.on ? usec_min(otherwise, DRAIN_IDLE) : otherwise;
}

/* --- who is ended ---------------------------------------------------------------------------- */

/* Less of it is known to be silent: one whose client has sent nothing at all has age alone. */
static uint32_t idle_of(const struct engine *e, const struct call *c)
{
	uint32_t age = (uint32_t)((e->env.now - c->up_since) / USEC_PER_SEC);
	uint32_t idle = e->ops->idle(e->ctx, &c->dev);

	return idle < age ? idle : age;
}

static bool goes_before(const struct candidate *a, const struct candidate *b)
{
	return a->idle != b->idle ? a->idle > b->idle : a->call->up_since < b->call->up_since;
}

/* The n that go first, in order; how many there are. */
static size_t choose(struct engine *e, struct candidate *best, size_t n)
{
	size_t found = 0;

	for (struct call *c = engine_next_call(e, 0); c;
	     c = engine_next_call(e, (uint32_t)c->session.id + 1)) {
		struct candidate this = {.call = c};
		size_t at;

		if (c->state != CALL_UP || c->peer->dial)
			continue;
		this.idle = idle_of(e, c);
		for (at = found; at && goes_before(&this, &best[at - 1]); at--)
			if (at < n)
				best[at] = best[at - 1];
		if (at < n)
			best[at] = this;
		found += at < n && found < n;
	}
	return found;
}

/* So many should have been ended by now. */
static uint64_t due(const struct engine *e)
{
	return 1 + (e->env.now - e->drain.since) * e->drain.rate / USEC_PER_SEC;
}

static void kick_some(struct engine *e)
{
	struct candidate best[KICKS_AT_ONCE];
	struct drain *d = &e->drain;
	uint64_t more = due(e) - d->kicked;
	size_t n = choose(e, best, more < KICKS_AT_ONCE ? (size_t)more : KICKS_AT_ONCE);

	for (size_t i = 0; i < n; i++) {
		engine_begin(e, e->env.now);
		call_close(e, best[i].call, "drained", L2TP_CALL_ADMIN, 0,
			   "the server is being drained");
	}
	/* who comes up later is not ended at a run because there was nobody before */
	d->kicked = n ? d->kicked + n : due(e);
	d->next = usec_max(d->since + d->kicked * USEC_PER_SEC / d->rate, e->env.now + KICK_TICK);
	if (!n)
		d->next = e->env.now + USEC_PER_SEC;
}

/* --- when it is over ------------------------------------------------------------------------- */

static uint32_t sessions_of_others(const struct engine *e)
{
	uint32_t n = 0;

	for (size_t i = 0; i < e->cfg->n_servers; i++)
		n += e->servers[i].sessions;
	return n;
}

/* A tunnel that only waits for repeats of a StopCCN is none. */
static bool is_empty(struct engine *e)
{
	if (sessions_of_others(e))
		return false;
	for (struct peer *p = engine_next_peer(e, 0); p;
	     p = engine_next_peer(e, (uint32_t)p->tunnel.id + 1))
		if (!p->dial && !p->finished && !tunnel_lingers(&p->tunnel))
			return false;
	return true;
}

usec_t drain_deadline(const struct engine *e)
{
	return e->drain.on && e->drain.rate && !e->drain.empty && !e->stopping ? e->drain.next
									       : USEC_NEVER;
}

void drain_expire(struct engine *e)
{
	struct drain *d = &e->drain;

	if (!d->on || d->empty || e->stopping)
		return;
	if (d->rate && e->env.now >= d->next)
		kick_some(e);
	d->empty = is_empty(e);
	if (!d->empty)
		return;
	say(e, ENGINE_DRAINED);
	if (d->exit)
		e->ops->drained(e->ctx);
}

/* --- begin and end --------------------------------------------------------------------------- */

static void close_idle(struct engine *e)
{
	for (struct peer *p = engine_next_peer(e, 0); p;
	     p = engine_next_peer(e, (uint32_t)p->tunnel.id + 1)) {
		if (p->dial || p->down || p->idle_deadline == USEC_NEVER)
			continue;
		p->idle_deadline = e->env.now;
		peer_settle(e, p);
	}
}

int engine_drain(struct engine *e, uint32_t kick_rate, bool exit, usec_t now)
{
	engine_begin(e, now);
	if (e->stopping)
		return -ESHUTDOWN;
	e->drain = (struct drain){
		.on = true,
		.exit = exit,
		.rate = kick_rate,
		.began = e->drain.on ? e->drain.began : now,
		.since = now,
		.next = now,
	};
	say(e, ENGINE_DRAIN);
	close_idle(e);
	drain_expire(e);
	return 0;
}

int engine_undrain(struct engine *e, usec_t now)
{
	engine_begin(e, now);
	if (e->stopping)
		return -ESHUTDOWN;
	if (!e->drain.on)
		return -EALREADY;
	e->drain = (struct drain){.on = false};
	say(e, ENGINE_UNDRAIN);
	for (size_t i = 0; i < e->cfg->n_clients; i++)
		dial_resume(e, &e->dials[i]);
	return 0;
}

bool engine_draining(const struct engine *e, struct drain *ret)
{
	*ret = e->drain;
	return e->drain.on;
}
