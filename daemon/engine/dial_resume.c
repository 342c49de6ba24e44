// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Profiles whose tunnels an earlier process has made: they are up where tunnel, session and socket
 * are still there, and otherwise end as if that had just happened, to be dialed again.
 */
#include <string.h>
#include <unistd.h>

#include "daemon/engine/dial.h"
#include "daemon/engine/resume.h"

static struct dial *called(struct engine *e, const char *name)
{
	for (size_t i = 0; i < e->cfg->n_clients; i++)
		if (!e->cfg->clients[i].removed && !strcmp(e->cfg->clients[i].name, name))
			return &e->dials[i];
	return NULL;
}

static struct peer *make(struct engine *e, struct dial *d, const struct state_tunnel *s)
{
	struct terms *terms = terms_of_client(d->cfg);
	struct peer *p;

	if (!terms)
		return NULL;
	terms_put(d->server.terms);
	d->server.terms = terms;
	p = peer_new_as(e, &d->server, DIAL_LISTENER(d->index), &s->local, &s->remote, s->id);
	if (!p)
		return NULL;
	p->dial = d;
	d->peer = p;
	d->local = s->local;
	d->gateway = s->remote;
	d->mru_most = s->mru;
	d->state = DIAL_UP;
	return p;
}

struct peer *dial_recall(struct engine *e, const struct state_tunnel *s)
{
	struct dial *d = called(e, s->client);
	struct peer *p;

	if (!d || d->peer || s->mark) {
		e->resumed.unfit++;
		return NULL;
	}
	if (!ids_claim(&e->tunnel_ids, s->id)) {
		e->resumed.impossible++;
		return NULL;
	}
	p = make(e, d, s);
	if (!p) {
		ids_release(&e->tunnel_ids, s->id);
		engine_drop(e, ENGINE_DROP_MEMORY);
	}
	return p;
}

void dial_kept(struct engine *e, struct dial *d, const struct kern_client *m, int fd)
{
	d->kept = fd >= 0 && !m->error && !e->ops->open_client(e->ctx, d->index, fd);
	if (d->kept)
		d->path_mtu = m->path_mtu;
	else if (fd >= 0)
		close(fd);
}

static void resumed(struct engine *e, struct dial *d)
{
	struct call *c = d->call;

	if (!d->peer) { /* a socket at most */
		if (d->kept)
			dial_release_socket(e, d);
		return;
	}
	d->keep = d->cfg->reconnect || d->cfg->autostart;
	if (!d->kept) { /* nothing can be said */
		dial_why(d, "its socket is lost");
		dial_drop(e, d);
	} else if (!c || c->state != CALL_UP) {
		dial_why(d, "culvertd has restarted");
		dial_note(d, DIAL_EV_ENDED);
	} else {
		d->up_since = c->up_since;
		d->result = 1;
	}
}

void dials_resumed(struct engine *e)
{
	for (size_t i = 0; i < e->cfg->n_clients; i++)
		resumed(e, &e->dials[i]);
}
