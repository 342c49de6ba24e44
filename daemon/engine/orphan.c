// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kernel objects that an earlier process has made and that no record speaks of: deleted, sessions
 * before tunnels.  Their ids are not given out before they have gone.
 */
#include <stdlib.h>

#include "daemon/engine/resume.h"

#define ORPHANS_ASKED (KERN_QUEUE_MAX / 4)

struct orphan {
	struct list list;
	uint16_t tunnel, session; /* session 0: the tunnel */
	uint32_t kern_id;
	bool claimed; /* its id was free, and is ours */
};

void orphan_add(struct engine *e, uint16_t tunnel, uint16_t session)
{
	struct orphan *o = calloc(1, sizeof(*o));

	e->resumed.orphans++;
	if (!o) {
		engine_drop(e, ENGINE_DROP_MEMORY);
		return;
	}
	o->tunnel = tunnel;
	o->session = session;
	if (session) {
		o->claimed = ids_claim(&e->session_ids, session);
		list_add_tail(e->orphans_told.next, &o->list); /* in front */
	} else {
		o->claimed = ids_claim(&e->tunnel_ids, tunnel);
		list_add_tail(&e->orphans_told, &o->list);
	}
}

static int ask(struct engine *e, struct orphan *o)
{
	struct kern_session_del session = {
		.wire = {.type = KERN_SESSION_DEL, .version = WIRE_VERSION},
		.tunnel = o->tunnel,
		.session = o->session,
	};
	struct kern_tunnel_del tunnel = {
		.wire = {.type = KERN_TUNNEL_DEL, .version = WIRE_VERSION},
		.tunnel = o->tunnel,
	};

	o->kern_id = session.wire.id = tunnel.wire.id = engine_request_id(e);
	return o->session ? e->ops->kernel(e->ctx, &session, sizeof(session))
			  : e->ops->kernel(e->ctx, &tunnel, sizeof(tunnel));
}

static void bury(struct engine *e, struct orphan *o)
{
	list_del(&o->list);
	if (o->claimed)
		ids_release(o->session ? &e->session_ids : &e->tunnel_ids,
			    o->session ? o->session : o->tunnel);
	free(o);
}

static size_t under_way(const struct engine *e)
{
	const struct list *l;
	size_t n = 0;

	list_for_each (l, &e->orphans_asked)
		n++;
	return n;
}

void orphans_next(struct engine *e)
{
	size_t n = list_empty(&e->orphans_told) ? 0 : under_way(e);

	for (; !list_empty(&e->orphans_told) && n < ORPHANS_ASKED; n++) {
		struct orphan *o = list_entry(list_first(&e->orphans_told), struct orphan, list);

		list_del(&o->list);
		list_add_tail(&e->orphans_asked, &o->list);
		if (ask(e, o))
			bury(e, o);
	}
}

bool orphan_done(struct engine *e, const struct kern_done *m)
{
	struct list *l;

	list_for_each (l, &e->orphans_asked) {
		struct orphan *o = list_entry(l, struct orphan, list);

		if (o->kern_id != m->wire.id)
			continue;
		bury(e, o);
		orphans_next(e);
		return true;
	}
	return false;
}
