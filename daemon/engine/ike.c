// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What charon says, to the table of its SAs and to the carriers.
 */
#include <string.h>

#include "daemon/engine/dial.h"

static void sa_gone(struct engine *e, struct sa *sa)
{
	uint32_t mark = sa_serves(sa) ? sa->child.mark_in : 0, unique = sa->child.unique;
	struct carrier *c = carrier_find(e, mark);

	sa_table_remove(&e->sas, sa);
	if (c && !sa_by_mark(&e->sas, mark))
		carrier_gone(e, c);
	dial_ike_child_gone(e, unique);
}

static bool doubted(const struct engine *e, const struct sa *sa)
{
	return sa->told != e->sas.snapshot;
}

/*
 * A rekeying keeps who is at the other end.  What an older life of charon called by the number that
 * this one replaces is another SA, unless all of it fits.
 */
static bool replaces(const struct engine *e, const struct sa *old, const struct ike_child *m)
{
	return !strcmp(old->child.connection, m->connection) &&
	       !strcmp(old->child.remote_id, m->remote_id) &&
	       !strcmp(old->child.remote_name, m->remote_name) &&
	       (!doubted(e, old) || endpoint_same_host(&old->child.remote, &m->remote));
}

/*
 * SAs of this mark that charon has not told of again.  A new life of it has given away their mark,
 * or, where it was never lost, we have missed a rekeying: then m replaces what this returns.
 */
static uint32_t drop_doubted(struct engine *e, const struct ike_child *m)
{
	struct sa *sa;

	while ((sa = sa_by_mark(&e->sas, m->mark_in)) && doubted(e, sa)) {
		const struct carrier *c = carrier_find(e, m->mark_in);

		if (c && c->wanted && replaces(e, sa, m))
			return sa->child.unique;
		sa_gone(e, sa);
	}
	return 0;
}

static void take_child(struct engine *e, struct ike_child *m)
{
	struct sa *sa = sa_by_unique(&e->sas, m->unique);
	struct sa *old = m->replaces ? sa_by_unique(&e->sas, m->replaces) : NULL;
	enum sa_change change;

	if (sa && (sa_table_impostor(&e->sas, m) || !replaces(e, sa, m))) {
		sa_gone(e, sa);
		sa = NULL;
		old = m->replaces ? sa_by_unique(&e->sas, m->replaces) : NULL;
	}
	if (old && !replaces(e, old, m)) {
		m->replaces = 0;
		old = NULL;
	}
	if (!sa && !old && m->mark_in)
		m->replaces = drop_doubted(e, m);
	if (sa_table_put(&e->sas, m, &sa, &change))
		return engine_drop(e, ENGINE_DROP_MEMORY);
	if (sa_serves(sa))
		carrier_child(e, sa);
	dial_ike_child(e, m);
}

void engine_ike_up(struct engine *e, const struct ike_hello *hello, usec_t now)
{
	engine_begin(e, now);
	e->ike_up = true;
	e->ike_settled = false;
	e->ike_mask = hello->mark_mask ? hello->mark_mask : UINT32_MAX;
	sa_table_begin(&e->sas);
}

void engine_ike(struct engine *e, const struct ike_head *m, usec_t now)
{
	struct ike_child child;
	struct sa *sa;

	engine_begin(e, now);
	switch (m->type) {
	case IKE_CHILD:
		memcpy(&child, m, sizeof(child));
		take_child(e, &child);
		return;
	case IKE_CHILD_DOWN:
		sa = sa_by_unique(&e->sas,
				  ((const struct ike_child_down *)(const void *)m)->unique);
		if (sa)
			sa_gone(e, sa);
		return;
	case IKE_SNAPSHOT_END:
		while ((sa = sa_table_doubted(&e->sas)))
			sa_gone(e, sa);
		carriers_settled(e);
		ties_settled(e);
		dial_ike_settled(e);
		return;
	default:
		dial_ike_message(e, m);
		return;
	}
}

void engine_ike_lost(struct engine *e, usec_t now)
{
	engine_begin(e, now);
	e->ike_up = e->ike_settled = false;
	carriers_rest(e);
}
