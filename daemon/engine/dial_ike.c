// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client profile and the SA that protects it: as one goes, so does the other.
 *
 * The profile's SA is the one that charon initiated by the connection that the profile names.
 * Whoever brings it up (ipsec up, auto=start, a trap policy) starts the dial; who waits in charon
 * is told how it goes.  What a rekeying puts in its place is the same to us.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/engine/dial.h"

static struct ike_head head(enum ike_type type, uint32_t id)
{
	return (struct ike_head){.type = (uint16_t)type, .version = IKE_VERSION, .id = id};
}

static const char *connection_of(const struct dial *d)
{
	return d->cfg->ike[0] ? d->cfg->ike : d->cfg->name;
}

static struct dial *dial_of(struct engine *e, const struct ike_child *child)
{
	if (!(child->flags & IKE_CHILD_INITIATOR))
		return NULL;
	for (size_t i = 0; i < e->cfg->n_clients; i++) {
		struct dial *d = &e->dials[i];

		if (d->cfg->ipsec == CONFIG_IPSEC_REQUIRE && !d->cfg->removed &&
		    !strcmp(connection_of(d), child->connection))
			return d;
	}
	return NULL;
}

/* --- to charon --- */

int dial_ike_initiate(struct engine *e, struct dial *d)
{
	struct ike_initiate m = {.head = head(IKE_INITIATE, engine_request_id(e))};

	if (!e->ike_up || !e->ops->ike)
		return -ENOTCONN;
	d->ike_id = m.head.id;
	m.timeout = d->cfg->timeout_s * 1000u;
	snprintf(m.connection, sizeof(m.connection), "%s", connection_of(d));
	return e->ops->ike(e->ctx, &m, sizeof(m));
}

void dial_ike_end(struct engine *e, struct dial *d)
{
	static const struct endpoint none;
	struct ike_terminate m = {.head = head(IKE_TERMINATE, 0), .unique = d->sa};

	if (!d->sa || !e->cfg->ike_terminate)
		return;
	/* from here on it is not there for us, whenever charon says so */
	d->sa = 0;
	d->sa_peer = none;
	snprintf(m.text, sizeof(m.text), "culvert: %s", d->why[0] ? d->why : "disconnected");
	if (e->ops->ike)
		e->ops->ike(e->ctx, &m, sizeof(m));
}

static void send_result(struct engine *e, uint32_t id, int error, const char *text)
{
	struct ike_result m = {.head = head(IKE_RESULT, id), .error = error};

	snprintf(m.text, sizeof(m.text), "%s", text);
	if (e->ops->ike)
		e->ops->ike(e->ctx, &m, sizeof(m));
}

void dial_ike_tell(struct engine *e, struct dial *d, enum engine_client_news news, const char *text)
{
	struct ike_text m = {.head = head(IKE_PROGRESS, d->waiter)};

	if (!d->waiter || !e->ops->ike)
		return;
	if (news == ENGINE_CLIENT_PROGRESS) {
		snprintf(m.text, sizeof(m.text), "%s", text);
		e->ops->ike(e->ctx, &m, sizeof(m));
		return;
	}
	send_result(e, d->waiter, news == ENGINE_CLIENT_UP ? 0 : -ECONNABORTED, text);
	d->waiter = 0;
}

/* --- from charon --- */

#define PATH_MTU 1500	     /* of Ethernet; a narrow place farther on tells of itself too late */
#define MRU_MIN	 576	     /* RFC 791 3.1; a smaller path must cope with fragments */
#define PLAIN	 (8 + 6 + 4) /* UDP, L2TP (RFC 2661 3.1), PPP with address and control */

/* RFC 3193 4.1: what does not fit is fragmented, before ESP or after it; better nothing is. */
void dial_set_mru(struct engine *e, struct dial *d)
{
	const struct sa *sa = d->sa ? sa_by_unique(&e->sas, d->sa) : NULL;
	uint16_t path = d->path_mtu && d->path_mtu < PATH_MTU ? d->path_mtu : PATH_MTU;
	int ip = d->gateway.family == ENDPOINT_IPV6 ? 40 : 20;
	int mtu = sa ? carrier_mtu(&sa->child, path) : path - ip - PLAIN;

	d->mru_most = mtu >= MRU_MIN ? (uint16_t)mtu : 0;
}

void dial_ike_child(struct engine *e, const struct ike_child *child)
{
	struct dial *d = dial_of(e, child);
	bool moved;

	if (!d)
		return;
	moved = d->sa && (!endpoint_same_host(&d->sa_peer, &child->remote) ||
			  !endpoint_same_host(&d->sa_local, &child->local));
	if (d->sa && d->sa != child->unique && d->sa != child->replaces)
		return; /* one is enough; another may take over when it goes */
	d->sa = child->unique;
	d->sa_local = child->local;
	dial_set_mru(e, d);
	if (!moved) {
		if (!d->sa_peer.family)
			engine_client_sa(e, d->index, &child->remote, e->env.now);
		return;
	}
	/* our address or the gateway's is another now (RFC 4555): so the tunnel is, too */
	d->again = d->state != DIAL_IDLE && d->state != DIAL_WAITING;
	engine_client_sa(e, d->index, NULL, e->env.now);
	engine_client_sa(e, d->index, &child->remote, e->env.now);
}

/* Another SA of the same connection does as well. */
static const struct sa *spare(struct engine *e, const struct dial *d)
{
	struct list *l;

	list_for_each (l, &e->sas.all) {
		const struct sa *sa = list_entry(l, struct sa, list);

		if (dial_of(e, &sa->child) == d &&
		    endpoint_same_host(&d->sa_peer, &sa->child.remote))
			return sa;
	}
	return NULL;
}

void dial_ike_child_gone(struct engine *e, uint32_t unique)
{
	for (size_t i = 0; i < e->cfg->n_clients; i++) {
		struct dial *d = &e->dials[i];
		const struct sa *other;

		if (!d->sa || d->sa != unique)
			continue;
		other = spare(e, d);
		d->sa = other ? other->child.unique : 0;
		if (!other)
			engine_client_sa(e, d->index, NULL, e->env.now);
	}
}

void dial_ike_settled(struct engine *e)
{
	for (size_t i = 0; i < e->cfg->n_clients; i++) {
		struct dial *d = &e->dials[i];

		/* of an earlier process, and its SA has gone meanwhile */
		if (d->state == DIAL_UP && d->cfg->ipsec == CONFIG_IPSEC_REQUIRE && !d->sa)
			engine_client_sa(e, d->index, NULL, e->env.now);
		if (d->state == DIAL_WAITING && d->cfg->ipsec == CONFIG_IPSEC_REQUIRE &&
		    !d->refused)
			dial_note(d, DIAL_EV_TIMEOUT);
	}
}

/* The SA alone has started it, before charon could say that somebody waits. */
static void tell_so_far(struct engine *e, struct dial *d)
{
	uint32_t i = d->lines_before;

	if (d->state == DIAL_IDLE || d->state == DIAL_WAITING || d->state == DIAL_CLOSING)
		return; /* those are of an attempt that is over */
	if (d->lines - i > ENGINE_CLIENT_LINES)
		i = d->lines - ENGINE_CLIENT_LINES;
	for (; i != d->lines; i++)
		dial_ike_tell(e, d, ENGINE_CLIENT_PROGRESS, d->line[i % ENGINE_CLIENT_LINES]);
}

static void on_connect(struct engine *e, const struct ike_connect *m)
{
	struct sa *sa = sa_by_unique(&e->sas, m->unique);
	struct dial *d = sa ? dial_of(e, &sa->child) : NULL;
	char text[IKE_TEXT_MAX];
	int err;

	if (!d) {
		snprintf(text, sizeof(text), "%s%s",
			 sa ? "no client block of culvert.conf has ike = " : "the SA has gone",
			 sa ? sa->child.connection : "");
		send_result(e, m->head.id, -ENOENT, text);
		return;
	}
	if (d->waiter)
		send_result(e, d->waiter, -EINTR, "somebody else waits now");
	d->waiter = m->head.id;
	tell_so_far(e, d);
	err = engine_connect(e, d->index, e->env.now);
	if (err == -EALREADY)
		dial_ike_tell(e, d, ENGINE_CLIENT_UP, "L2TP is up already");
	else if (err == -EBUSY)
		dial_ike_tell(e, d, ENGINE_CLIENT_FAILED, "culvertd is being drained");
	else if (e->stopping)
		dial_ike_tell(e, d, ENGINE_CLIENT_FAILED, "culvertd is stopping");
}

void dial_ike_message(struct engine *e, const struct ike_head *m)
{
	const struct ike_result *result = (const void *)m;

	if (m->type == IKE_CONNECT) {
		on_connect(e, (const void *)m);
		return;
	}
	for (size_t i = 0; i < e->cfg->n_clients; i++) {
		struct dial *d = &e->dials[i];

		if (m->type == IKE_CANCEL && d->waiter == m->id)
			d->waiter = 0; /* nobody waits, but it goes on */
		if (m->type != IKE_INITIATED || !m->id || d->ike_id != m->id)
			continue;
		d->ike_id = 0;
		if (result->error)
			engine_client_ike_failed(e, d->index,
						 result->text[0] ? result->text
								 : strerror(-result->error),
						 e->env.now);
	}
}
