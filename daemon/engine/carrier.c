// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/engine/carrier.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/engine_state.h"

#define L2TP_PORT	1701 /* RFC 2661 8.1; where the SA's selector leaves it open */
#define RETRY		(USEC_PER_SEC / 10)
#define TERMINATE_DELAY (2 * USEC_PER_SEC) /* for a client that dials again, or hangs up itself */

struct carrier *carrier_find(const struct engine *e, uint32_t mark)
{
	struct hash_node *n = mark ? hash_find(&e->carriers_by_mark, mark) : NULL;

	return n ? container_of(n, struct carrier, by_mark) : NULL;
}

/* --- the kernel role ------------------------------------------------------------------------- */

static void todo(struct engine *e, struct carrier *c)
{
	list_del(&c->todo);
	list_add_tail(&e->carriers_todo, &c->todo);
}

static struct wire wire(struct engine *e, enum wire_kern_type type)
{
	return (struct wire){
		.type = (uint16_t)type,
		.version = WIRE_VERSION,
		.id = engine_request_id(e),
	};
}

static bool ask(struct engine *e, const void *m, size_t len, uint32_t mark)
{
	const struct wire *w = m;

	if (e->n_asked == CARRIERS_ASKED || e->ops->kernel(e->ctx, m, len))
		return false;
	e->asked[e->n_asked++] = (struct asked){.id = w->id, .mark = mark};
	return true;
}

static bool tell_add(struct engine *e, struct carrier *c)
{
	struct kern_sa_add m = {
		.wire = wire(e, KERN_SA_ADD),
		.mark = c->mark,
		.mask = e->ike_mask,
		.listener = c->listener,
		.local = c->local,
		.peer = c->remote,
	};

	if (!ask(e, &m, sizeof(m), c->mark))
		return false;
	c->kern_id = m.wire.id;
	c->told = true;
	return true;
}

static bool tell_del(struct engine *e, struct carrier *c)
{
	struct kern_sa_del m = {.wire = wire(e, KERN_SA_DEL), .mark = c->mark};

	if (!ask(e, &m, sizeof(m), 0))
		return false;
	c->told = c->stale = false;
	return true;
}

/* One step towards what should be; false: not now. */
static bool tell(struct engine *e, struct carrier *c)
{
	if (c->told && (c->stale || !c->wanted) && !tell_del(e, c))
		return false;
	if (c->wanted && (!c->told || c->resumed) && !tell_add(e, c))
		return false;
	c->resumed = false;
	list_del(&c->todo);
	if (c->gone)
		free(c);
	return true;
}

void carriers_next(struct engine *e)
{
	e->carriers_retry = USEC_NEVER;
	while (!list_empty(&e->carriers_todo)) {
		if (tell(e, list_entry(list_first(&e->carriers_todo), struct carrier, todo)))
			continue;
		if (!e->n_asked) /* no answer will bring us back here */
			e->carriers_retry = e->env.now + RETRY;
		return;
	}
}

/* Its place among those that wait for an answer is free again. */
static struct carrier *answered(struct engine *e, uint32_t id, bool *ret_known)
{
	for (size_t i = 0; i < e->n_asked; i++) {
		struct carrier *c = carrier_find(e, e->asked[i].mark);

		if (e->asked[i].id != id)
			continue;
		*ret_known = true;
		memmove(e->asked + i, e->asked + i + 1, (--e->n_asked - i) * sizeof(e->asked[0]));
		return c && c->kern_id == id ? c : NULL;
	}
	*ret_known = false;
	return NULL;
}

static void failed(struct engine *e, const struct kern_done *m)
{
	char text[KERN_DETAIL_MAX];

	snprintf(text, sizeof(text), "%.*s", KERN_DETAIL_MAX - 1, m->detail);
	engine_event(e, ENGINE_OFFLOAD_FAILED, NULL, NULL, text[0] ? text : strerror(-m->error));
}

bool carrier_done(struct engine *e, const struct kern_done *m, int *fds, size_t nfds)
{
	bool known;
	struct carrier *c = answered(e, m->wire.id, &known);

	if (known && m->error && m->error != -ENOENT)
		failed(e, m);
	if (c) {
		c->kern_id = 0;
		c->told = !m->error;
	}
	if (c && c->wanted && !m->error) {
		c->port = m->port;
		c->path_mtu = m->path_mtu;
		if (nfds && !e->ops->add_socket(e->ctx, &c->socket, c->listener, fds[0]))
			fds[0] = -1;
		c->ready = true;
		tie_ready(e, c);
	}
	carriers_next(e);
	return known;
}

/* --- beginning ------------------------------------------------------------------------------- */

static bool wildcard(const struct endpoint *ep)
{
	static const uint8_t zero[sizeof(ep->addr)];

	return !memcmp(ep->addr, zero, sizeof(zero));
}

/* The listener that the SA's packets are for; -1: none, or one that takes no IPsec. */
static int listener_of(const struct engine *e, const struct ike_child *m)
{
	for (int i = 0; i < e->cfg->n_listeners; i++) {
		const struct config_listener *l = &e->cfg->listeners[i];

		if (l->ipsec == CONFIG_IPSEC_REQUIRE && l->address.family == m->local.family &&
		    (wildcard(&l->address) || endpoint_same_host(&l->address, &m->local)) &&
		    (!m->local_port || m->local_port == l->address.port))
			return i;
	}
	return -1;
}

static struct endpoint with_port(const struct endpoint *host, uint16_t port)
{
	struct endpoint ep = *host;

	ep.port = port;
	return ep;
}

static struct carrier *make(struct engine *e, struct identity *id, uint32_t mark, int listener)
{
	struct carrier *c = id ? calloc(1, sizeof(*c)) : NULL;

	if (!c) {
		identity_put(e, id);
		return NULL;
	}
	c->mark = mark;
	c->listener = (uint8_t)listener;
	c->socket.watch.fd = -1;
	c->identity = id;
	c->moved = e->env.now;
	c->idle_deadline = USEC_NEVER;
	list_init(&c->todo);
	list_init(&c->idle);
	list_init(&c->peers);
	list_add_tail(&id->carriers, &c->in_identity);
	list_add_tail(&e->carriers, &c->all);
	hash_add(&e->carriers_by_mark, &c->by_mark, c->mark);
	engine_grow_hash(&e->carriers_by_mark);
	return c;
}

static struct carrier *carrier_new(struct engine *e, const struct ike_child *m, int listener)
{
	struct carrier *c = make(e, identity_get(e, m), m->mark_in, listener);

	if (!c)
		return NULL;
	c->local = with_port(&m->local, e->cfg->listeners[listener].address.port);
	c->remote = with_port(&m->remote, m->remote_port ? m->remote_port : L2TP_PORT);
	return c;
}

/* The kernel role has it, with the mark on its tunnels, until it is told otherwise. */
struct carrier *carrier_resume(struct engine *e, const struct peer *p, const struct state_tunnel *s)
{
	struct carrier *c = carrier_find(e, s->mark);
	struct identity *id = identity_resume(e, s);

	if (!id || !s->carrier_port || (c && (c->identity != id || c->listener != p->listener))) {
		identity_put(e, id);
		return NULL;
	}
	if (c)
		return c;
	c = make(e, id, s->mark, p->listener);
	if (!c)
		return NULL;
	c->local = p->local;
	c->remote = with_port(&p->remote, s->carrier_port);
	c->told = c->resumed = true;
	return c;
}

static void change_identity(struct engine *e, struct carrier *c, const struct ike_child *m)
{
	struct identity *old = c->identity, *id = identity_get(e, m);
	struct list *l;

	if (!id || id == old)
		return;
	c->identity = id;
	list_del(&c->in_identity);
	list_add_tail(&id->carriers, &c->in_identity);
	list_for_each (l, &c->peers)
		tie_change_identity(e, list_entry(l, struct peer, in_carrier), id);
	identity_put(e, old);
}

/* The same name as before, though an address that is one may have become another. */
static bool same_name(const struct identity *id, const struct ike_child *m)
{
	return !strcmp(id->connection, m->connection) && !strcmp(id->remote_id, m->remote_id) &&
	       !strcmp(id->remote_name, m->remote_name);
}

void carrier_child(struct engine *e, const struct sa *sa)
{
	const struct ike_child *m = &sa->child;
	struct carrier *c = carrier_find(e, m->mark_in);
	int listener = listener_of(e, m);

	/* a mark that is somebody else's now was never given back: nothing of the old one stays */
	if (c && (!same_name(c->identity, m) || listener != c->listener ||
		  !endpoint_same_host(&c->local, &m->local))) {
		carrier_gone(e, c);
		c = NULL;
	}
	if (listener < 0)
		return;
	if (!c)
		c = carrier_new(e, m, listener);
	if (!c)
		return engine_drop(e, ENGINE_DROP_MEMORY);
	c->moved = e->env.now;
	if (!identity_is(c->identity, m))
		change_identity(e, c, m);
	if (!endpoint_same_host(&c->remote, &m->remote))
		carrier_move(e, c, &m->remote);
	c->wanted = true;
	todo(e, c);
	carriers_next(e);
}

void carrier_move(struct engine *e, struct carrier *c, const struct endpoint *host)
{
	struct kern_sa_set m = {.mark = c->mark};
	struct list *l, *next;

	c->remote = with_port(host, c->remote.port);
	m.wire = wire(e, KERN_SA_SET);
	m.peer = c->remote;
	if (c->told)
		e->ops->kernel(e->ctx, &m, sizeof(m));
	list_for_each_safe (l, next, &c->peers) {
		struct peer *p = list_entry(l, struct peer, in_carrier);

		tie_move(e, p, host);
	}
}

/* --- ending ---------------------------------------------------------------------------------- */

static void silence(struct engine *e, struct carrier *c)
{
	e->ops->remove_socket(e->ctx, &c->socket);
	c->wanted = c->ready = false;
	c->stale = c->told; /* whoever has a copy of its socket must not use it again */
	c->kern_id = 0;
	list_del(&c->idle);
	c->idle_deadline = USEC_NEVER;
}

void carrier_gone(struct engine *e, struct carrier *c)
{
	struct identity *id = c->identity;

	silence(e, c);
	hash_del(&e->carriers_by_mark, &c->by_mark);
	list_del(&c->all);
	c->gone = true;
	todo(e, c);
	while (!list_empty(&c->peers)) /* some may end at once, and be the last of the identity */
		tie_lose(e, list_entry(list_first(&c->peers), struct peer, in_carrier));
	list_del(&c->in_identity);
	c->identity = NULL;
	identity_put(e, id);
	carriers_next(e); /* may free it */
}

void carriers_rest(struct engine *e)
{
	struct list *l, *p;

	list_for_each (l, &e->carriers) {
		struct carrier *c = list_entry(l, struct carrier, all);

		silence(e, c);
		todo(e, c);
		list_for_each (p, &c->peers)
			tie_rest(e, list_entry(p, struct peer, in_carrier));
	}
	carriers_next(e);
}

void carriers_free(struct engine *e)
{
	struct list *l, *next;

	list_for_each_safe (l, next, &e->carriers) {
		struct carrier *c = list_entry(l, struct carrier, all);

		silence(e, c);
		c->gone = true;
		todo(e, c);
		hash_del(&e->carriers_by_mark, &c->by_mark);
		list_del(&c->all);
		list_del(&c->in_identity);
		identity_put(e, c->identity);
	}
	list_for_each_safe (l, next, &e->carriers_todo) {
		list_del(l);
		free(list_entry(l, struct carrier, todo));
	}
}

void carriers_settled(struct engine *e)
{
	struct list *l, *next;

	list_for_each_safe (l, next, &e->carriers) {
		struct carrier *c = list_entry(l, struct carrier, all);

		if (!c->wanted)
			carrier_gone(e, c);
	}
}

/* --- a tunnel's end takes its SA along -------------------------------------------------------- */

void carrier_idle(struct engine *e, struct carrier *c)
{
	if (!e->cfg->ike_terminate || !c->ready || !list_empty(&c->peers))
		return;
	c->idle_deadline = e->env.now + TERMINATE_DELAY;
	list_del(&c->idle);
	list_add_tail(&e->carriers_idle, &c->idle);
}

usec_t carriers_deadline(const struct engine *e)
{
	struct list *l = list_first(&e->carriers_idle);

	return usec_min(e->carriers_retry,
			l ? list_entry(l, struct carrier, idle)->idle_deadline : USEC_NEVER);
}

static void terminate(struct engine *e, const struct carrier *c)
{
	const struct sa *sa = sa_by_mark(&e->sas, c->mark);
	struct ike_terminate m = {
		.head = {.type = IKE_TERMINATE, .version = IKE_VERSION},
		.text = "the L2TP tunnel has ended",
	};

	if (!sa)
		return;
	m.unique = sa->child.unique;
	e->ops->ike(e->ctx, &m, sizeof(m));
}

void carriers_expire(struct engine *e)
{
	struct list *l;

	if (e->env.now >= e->carriers_retry)
		carriers_next(e);
	while ((l = list_first(&e->carriers_idle))) {
		struct carrier *c = list_entry(l, struct carrier, idle);

		if (e->env.now < c->idle_deadline)
			return;
		list_del(&c->idle);
		c->idle_deadline = USEC_NEVER;
		if (list_empty(&c->peers))
			terminate(e, c);
	}
}

/* --- size ------------------------------------------------------------------------------------- */

/*
 * RFC 4303 2: SPI and sequence number, vector, payload padded to whole blocks with the two bytes of
 * the trailer, check value; RFC 3948 2.1: a UDP header before it.  The payload is UDP, L2TP without
 * optional fields (RFC 2661 3.1) and PPP with address and control (RFC 1662 3.1).
 */
uint16_t carrier_mtu(const struct ike_child *m, uint16_t path)
{
	int ip = m->local.family == ENDPOINT_IPV6 ? 40 : 20;
	int block = m->block < 4 ? 4 : m->block; /* RFC 4303 2.4 */
	int room = path - ip - (m->flags & IKE_CHILD_ENCAP ? 8 : 0) - 8 - m->iv - m->icv;
	int payload = room / block * block - 2;

	payload -= 8 + 6 + 4;
	return payload < 0 ? 0 : (uint16_t)payload;
}
