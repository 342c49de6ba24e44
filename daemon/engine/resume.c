// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/engine/resume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/text.h"
#include "daemon/engine/dial.h"
#include "daemon/l2tp/tunnel_state.h"

#define RESTARTED "the server has restarted"

void resume_free(struct engine *e)
{
	struct list *lists[] = {&e->orphans_told, &e->orphans_asked};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		while (!list_empty(lists[i])) {
			struct list *l = list_first(lists[i]);

			list_del(l);
			free(l); /* an orphan begins with it */
		}
}

/* --- beginning --- */

/* SCCRQs that come again are known by their hash, which must be the same in every process. */
static void share_seed(struct engine *e, struct state_head *head)
{
	if (!head->seed)
		head->seed = e->peers_by_remote.seed;
	e->peers_by_remote.seed = head->seed;
}

int engine_keep(struct engine *e, struct slots *state, bool old, usec_t now)
{
	int err = keep_init(e, state);

	if (err)
		return err;
	engine_begin(e, now);
	share_seed(e, state->head);
	e->resuming = old;
	if (old)
		resume_records(e);
	engine_reap(e);
	return 0;
}

/* --- what the kernel has --- */

static bool kept_tunnel(struct engine *e, const struct kern_kept *m, int *fds, size_t nfds)
{
	struct peer *p = peer_find(e, m->tunnel);

	if (!p || p->offload != OFFLOAD_NONE || p->dead)
		return false;
	p->offload = OFFLOAD_READY;
	p->layout = m->layout;
	if (nfds == 1 && !e->ops->add_socket(e->ctx, &p->socket, p->listener, fds[0]))
		fds[0] = -1;
	return true;
}

static bool kept_session(struct engine *e, const struct kern_kept *m, int *fds, size_t nfds)
{
	struct call *c = call_find(e, m->session);

	if (!c || c->state == CALL_DEAD || c->peer->tunnel.id != m->tunnel ||
	    c->peer->offload != OFFLOAD_READY || c->offload != OFFLOAD_NONE || nfds != 2)
		return false;
	if (e->ops->attach(e->ctx, &c->dev, fds[0], fds[1])) {
		fds[0] = fds[1] = -1;
		return false;
	}
	fds[0] = fds[1] = -1;
	c->offload = OFFLOAD_READY;
	c->ifindex = m->ifindex;
	snprintf(c->ifname, sizeof(c->ifname), "%.*s", KERN_IFNAME_MAX - 1, m->ifname);
	/* a change of these may have been asked for, or not */
	c->set_again = m->ipv4 != (cp_opened(&c->link.ipcp.cp) || !c->stopped_ncp) ||
		       m->ipv6 != cp_opened(&c->link.ipv6cp.cp);
	return true;
}

void engine_kernel_kept(struct engine *e, const struct kern_kept *m, int *fds, size_t nfds,
			usec_t now)
{
	bool known = false;

	engine_begin(e, now);
	if (e->resuming && m->tunnel)
		known = m->session ? kept_session(e, m, fds, nfds) : kept_tunnel(e, m, fds, nfds);
	for (size_t i = 0; i < nfds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (!known && m->tunnel)
		orphan_add(e, m->tunnel, m->session);
}

/* --- and now --- */

/* Records of calls that are over, or never were: their ids are all there is to tell. */
static void say_farewell(struct engine *e, struct peer *p)
{
	slot_t slot = p->farewells;

	p->farewells = 0;
	while (slot) {
		slot_t next = e->keep->farewell[slot].next;
		struct state_session s;
		enum state_kind kind;
		struct msg m;

		if (slots_read(e->keep->state, slot, &kind, &s, sizeof(s)) == SLOTS_GOOD) {
			msg_init(&m, MSG_CDN);
			m.assigned_session = s.peer_id;
			msg_set(&m, AVP_ASSIGNED_SESSION_ID);
			s.stage = STATE_SESSION_FAREWELL;
			slots_write(e->keep->state, slot, STATE_SESSION, &s, STATE_SESSION_SMALL,
				    STATE_SESSION_SMALL);
			session_refuse(&p->tunnel, &m, s.id, L2TP_CALL_ERROR, L2TP_ERROR_RESOURCES,
				       RESTARTED, &e->env);
		}
		keep_farewell(e, p, slot, p->tunnel.channel.ns);
		engine_apply(e, p, NULL);
		slot = next;
	}
}

/* A call that the kernel has nothing of: its client shall call again. */
static void lose_call(struct engine *e, struct call *c)
{
	e->resumed.lost++;
	e->resumed.no_kernel++;
	link_lower_down(&c->link);
	call_close(e, c, "restart", L2TP_CALL_ERROR, L2TP_ERROR_RESOURCES, RESTARTED);
}

static void take_up_calls(struct engine *e, struct peer *p)
{
	struct list *l, *next;

	list_for_each_safe (l, next, &p->calls) {
		struct call *c = list_entry(l, struct call, in_peer);

		if (c->offload == OFFLOAD_READY) {
			e->resumed.sessions++;
			if (c->set_again)
				offload_set(e, c);
			call_settle(e, c);
		} else {
			lose_call(e, c);
		}
	}
}

static void take_up(struct engine *e, struct peer *p)
{
	struct state_tunnel s;
	enum state_kind kind;
	bool closing;

	if (slots_read(e->keep->state, p->slot, &kind, &s, sizeof(s)) != SLOTS_GOOD)
		return;
	closing = s.stage == STATE_TUNNEL_CLOSING;
	tunnel_repair(&p->tunnel, &s, &e->env);
	engine_apply(e, p, NULL);
	if (closing && !p->down)
		peer_close(e, p, L2TP_STOP_CLEAR, 0, RESTARTED);
	if (p->down)
		return;
	e->resumed.tunnels++;
	say_farewell(e, p);
	take_up_calls(e, p);
	peer_settle(e, p);
}

static void tell(struct engine *e)
{
	const struct engine_resumed *r = &e->resumed;
	const struct {
		uint32_t n;
		const char *what;
	} losses[] = {
		{r->bad, "unreadable"},	     {r->impossible, "impossible"},
		{r->unfit, "unfit"},	     {r->no_kernel, "without interface"},
		{r->half_open, "half open"}, {r->orphans, "orphans"},
	};
	char line[200];
	struct text t;

	text_init(&t, line, sizeof(line));
	text_add(&t, "resumed %u tunnels, %u sessions, lost %u", r->tunnels, r->sessions, r->lost);
	for (size_t i = 0, n = 0; i < ARRAY_SIZE(losses); i++)
		if (losses[i].n)
			text_add(&t, "%s %u %s", n++ ? "," : ";", losses[i].n, losses[i].what);
	engine_event(e, ENGINE_RESUMED, NULL, NULL, line);
}

void engine_resumed(struct engine *e, usec_t now)
{
	uint32_t id = 0;

	engine_begin(e, now);
	if (!e->resuming)
		return;
	e->resuming = false;
	for (struct peer *p; (p = engine_next_peer(e, id)); id = (uint32_t)p->tunnel.id + 1) {
		engine_begin(e, now); /* memory for what it says */
		take_up(e, p);
	}
	dials_resumed(e);
	tell(e);
	orphans_next(e);
	offload_next(e);
}
