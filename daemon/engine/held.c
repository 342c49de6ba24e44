// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An SCCRQ may overtake charon's word that its SA is up: it waits a moment, and then has lost.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/engine_state.h"

#define HELD_MAX     64
#define HELD_TIME    (2 * USEC_PER_SEC)
#define HELD_LEN_MAX 1500 /* an SCCRQ is one packet that nobody had to fragment */

struct held {
	struct list list;
	usec_t until;
	struct datagram d;
	uint8_t data[];
};

static bool is_held(const struct engine *e, const struct datagram *d)
{
	struct list *l;

	list_for_each (l, &e->held) {
		const struct held *h = list_entry(l, struct held, list);

		if (h->d.mark == d->mark && h->d.len == d->len &&
		    endpoint_equal(&h->d.peer, &d->peer) && !memcmp(h->data, d->data, d->len))
			return true;
	}
	return false;
}

static void forget(struct engine *e, struct held *h)
{
	list_del(&h->list);
	e->n_held--;
	free(h);
}

bool held_add(struct engine *e, const struct datagram *d)
{
	struct held *h;

	if (is_held(e, d))
		return true; /* a repeat */
	if (e->n_held == HELD_MAX || d->len > HELD_LEN_MAX)
		return false;
	h = malloc(sizeof(*h) + d->len);
	if (!h)
		return false;
	memcpy(h->data, d->data, d->len);
	h->d = *d;
	h->d.data = h->data;
	h->until = e->env.now + HELD_TIME;
	list_add_tail(&e->held, &h->list);
	e->n_held++;
	return true;
}

static struct held *held_of(const struct engine *e, const struct carrier *c)
{
	struct list *l;

	list_for_each (l, &e->held) {
		struct held *h = list_entry(l, struct held, list);

		if ((h->d.mark & e->ike_mask) == c->mark && h->d.listener == c->listener)
			return h;
	}
	return NULL;
}

void held_release(struct engine *e, const struct carrier *c)
{
	struct held *h;

	while ((h = held_of(e, c))) {
		list_del(&h->list);
		engine_datagram(e, &h->d, e->env.now);
		list_init(&h->list);
		forget(e, h);
	}
}

usec_t held_deadline(const struct engine *e)
{
	struct list *l = list_first(&e->held);

	return l ? list_entry(l, struct held, list)->until : USEC_NEVER;
}

void held_expire(struct engine *e)
{
	while (e->env.now >= held_deadline(e)) {
		struct held *h = list_entry(list_first(&e->held), struct held, list);

		engine_drop(e, ENGINE_DROP_NO_SA);
		peer_say_no_sa(e, &h->d);
		forget(e, h);
	}
}

void held_free(struct engine *e)
{
	while (!list_empty(&e->held))
		forget(e, list_entry(list_first(&e->held), struct held, list));
}
