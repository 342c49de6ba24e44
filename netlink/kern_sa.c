// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The CHILD_SAs through which clients talk to us, each known by its mark (RFC 3193 2.1: what
 * belongs to a tunnel goes through the tunnel's SA).
 *
 * The kernel takes a packet's SA from its socket's mark, and only this role may set one; so there
 * is a socket for each SA, bound aside as parked tunnels are, which the protocol role sends
 * control messages with.  When an SA goes, its socket and its tunnels get the dead mark before
 * the request is answered: an IKE daemon that has been restarted counts its marks from 1 again,
 * and what still carried an old one would reach whichever client got it.  In the classic layout
 * kern_nft.c has the marks and there is a port for each SA instead.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netlink/check.h"
#include "netlink/kern_int.h"
#include "netlink/layout.h"

struct ksa *ksa_of_mark(const struct kern *k, uint32_t mark)
{
	struct hash_node *n = hash_find(&k->sa_by_mark, mark);

	return n ? container_of(n, struct ksa, by_mark) : NULL;
}

static void answer(struct kern *k, const struct wire *w, struct kern_failure failure)
{
	struct kern_done done;

	kern_done_init(&done, w->id, 0, 0);
	if (!failure.error) {
		knft_answer(k, &done, 0);
		return;
	}
	kern_done_fail(&done, &failure);
	kern_answer(k, &done, NULL, 0);
}

/* Where ports stand for SAs, a mark on a socket would keep the rules from setting it. */
static int mark_socket(const struct kern *k, int fd, uint32_t mark)
{
	return k->nft.rewrite ? 0 : layout_mark(fd, mark);
}

static struct kern_failure refused(struct check verdict)
{
	return (struct kern_failure){verdict.error, KERN_STAGE_CHECK, verdict.why};
}

/* --- add ------------------------------------------------------------------------------------- */

static int open_sa(struct kern *k, struct ksa *sa, const struct kern_sa_add *m)
{
	bool share = kern_wildcard(k, m->listener);

	sa->fd = -1;
	if (k->nft.rewrite)
		return knft_port(k, &sa->port);
	if (share)
		layout_guard(k->listener[m->listener], false);
	sa->fd = layout_sa(m);
	if (share)
		layout_guard(k->listener[m->listener], true);
	return sa->fd < 0 ? sa->fd : 0;
}

static struct check_sa count_sas(const struct kern *k, const struct kern_sa_add *m)
{
	const struct ksa *sa = ksa_of_mark(k, m->mark);
	struct check_sa now = {.exists = sa};

	/* an earlier protocol role's is confirmed, not added */
	if (sa && sa->unconfirmed && sa->listener == m->listener)
		now.exists = false;
	else if (m->listener < k->cfg->n_listeners)
		now.sas = k->server_sas[k->cfg->listeners[m->listener].server];
	return now;
}

static void added(struct kern *k, const struct kern_sa_add *m, const struct ksa *sa)
{
	struct kern_done done;

	kern_done_init(&done, m->wire.id, 0, 0);
	done.port = sa->port;
	done.path_mtu = layout_path_mtu(&m->local, &sa->peer);
	if (sa->fd < 0)
		knft_answer(k, &done, sa->mark);
	else
		kern_answer(k, &done, &sa->fd, 1);
}

/* A socket that sends to wherever its SA's other end is; see layout_sa(). */
static void aim_sa(struct kern *k, struct ksa *sa, const struct endpoint *peer)
{
	uint16_t before = sa->peer.port;

	if (sa->fd >= 0)
		(void)layout_connect(sa->fd, peer);
	sa->peer = *peer;
	knft_sa_moved(k, sa, before);
}

/* One of an earlier protocol role: the new one is told it as if it were new. */
static bool add_again(struct kern *k, const struct kern_sa_add *m)
{
	struct ksa *sa = ksa_of_mark(k, m->mark);

	if (!sa || !sa->unconfirmed || sa->listener != m->listener)
		return false;
	sa->unconfirmed = false;
	if (!endpoint_equal(&sa->peer, &m->peer))
		aim_sa(k, sa, &m->peer);
	added(k, m, sa);
	return true;
}

void ksa_add(struct kern *k, const struct kern_sa_add *m)
{
	struct check_sa now = count_sas(k, m);
	struct kern_failure failure = refused(check_sa_add(k->cfg, m, &now));
	struct ksa *sa;

	if (failure.error) {
		answer(k, &m->wire, failure);
		return;
	}
	kguard_mask(k, m->mask);
	if (add_again(k, m))
		return;
	sa = calloc(1, sizeof(*sa));
	failure = (struct kern_failure){sa ? open_sa(k, sa, m) : -ENOMEM, KERN_STAGE_SOCKET, NULL};
	if (failure.error) {
		free(sa);
		answer(k, &m->wire, failure);
		return;
	}
	sa->mark = m->mark;
	sa->listener = m->listener;
	sa->server = k->cfg->listeners[m->listener].server;
	sa->peer = m->peer;
	list_init(&sa->tunnels);
	list_add_tail(&k->sas, &sa->all);
	hash_add(&k->sa_by_mark, &sa->by_mark, sa->mark);
	k->server_sas[sa->server]++;
	knft_sa_add(k, sa);
	added(k, m, sa);
}

/* --- change ---------------------------------------------------------------------------------- */

void ksa_set(struct kern *k, const struct kern_sa_set *m)
{
	struct ksa *sa = ksa_of_mark(k, m->mark);
	struct kern_failure failure = refused(check_sa_set(m, sa ? &sa->peer : NULL));

	if (!failure.error)
		aim_sa(k, sa, &m->peer);
	answer(k, &m->wire, failure);
}

/* A new SA of the same client, or its address has changed; both at once or neither. */
static int aim_tunnel(struct kern *k, struct ktunnel *t, const struct kern_tunnel_set *m,
		      struct ksa *sa)
{
	uint32_t before = t->sa ? t->sa->mark : KERN_MARK_DEAD;
	int error = mark_socket(k, t->fd, m->mark);

	if (!error && sa && !endpoint_equal(&m->peer, &t->add.peer))
		error = layout_connect(t->fd, &m->peer);
	if (error) {
		(void)mark_socket(k, t->fd, before);
		return error;
	}
	if (sa)
		t->add.peer = m->peer;
	list_del(&t->of_sa);
	t->sa = sa;
	if (sa)
		list_add_tail(&sa->tunnels, &t->of_sa);
	knft_tie(k, t, sa ? sa->mark : 0);
	return 0;
}

void ktunnel_set(struct kern *k, const struct kern_tunnel_set *m)
{
	struct ktunnel *t = k->tunnel[m->tunnel];
	struct ksa *sa = ksa_of_mark(k, m->mark);
	const struct check_retie now = {
		.tunnel = t && !t->dying ? &t->add : NULL,
		.sa_exists = sa,
		.sa_listener = sa ? sa->listener : 0,
	};
	struct kern_failure failure = refused(check_tunnel_set(m, &now));

	if (!failure.error && t) { /* without one the check has refused it */
		failure.error = aim_tunnel(k, t, m, sa);
		failure.stage = KERN_STAGE_SOCKET;
	}
	answer(k, &m->wire, failure);
}

/* --- delete ---------------------------------------------------------------------------------- */

/* The other role has a copy of the socket: the mark is what makes it useless there. */
static void drop(struct kern *k, struct ksa *sa)
{
	struct list *pos, *tmp;

	if (sa->fd >= 0) {
		(void)layout_mark(sa->fd, KERN_MARK_DEAD);
		close(sa->fd);
	}
	list_for_each_safe (pos, tmp, &sa->tunnels) {
		struct ktunnel *t = list_entry(pos, struct ktunnel, of_sa);

		(void)mark_socket(k, t->fd, KERN_MARK_DEAD);
		knft_tie(k, t, 0);
		list_del(&t->of_sa);
		t->sa = NULL;
	}
	knft_sa_del(k, sa);
	list_del(&sa->all);
	hash_del(&k->sa_by_mark, &sa->by_mark);
	k->server_sas[sa->server]--;
	free(sa);
}

void ksa_del(struct kern *k, const struct kern_sa_del *m)
{
	struct ksa *sa = ksa_of_mark(k, m->mark);
	struct kern_failure failure = {sa ? 0 : -ENOENT, KERN_STAGE_CHECK, "no SA has this mark"};

	if (sa)
		drop(k, sa);
	answer(k, &m->wire, failure);
}

void ksa_undo(struct kern *k, uint32_t mark)
{
	struct ksa *sa = mark ? ksa_of_mark(k, mark) : NULL;

	if (sa)
		drop(k, sa);
}

void ksa_drop_all(struct kern *k)
{
	struct list *pos, *tmp;

	list_for_each_safe (pos, tmp, &k->sas)
		drop(k, list_entry(pos, struct ksa, all));
}
