// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an earlier execution of this program has written down (netlink/kern_save.c) becomes ours.
 *
 * It came from ourselves, through a memfd that nobody else has; it is checked nevertheless, because
 * another version wrote it.  Indices into the configuration are found again by names and addresses,
 * since the configuration may have been read anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "netlink/kern_int.h"
#include "netlink/save.h"

#define NOWHERE 0xff

struct load {
	const struct config *cfg;
	const struct kern_ops *ops;
	void *ctx;
	struct kern *k; /* NULL until SAVE_KERN */
	struct save_kern kern;
	uint8_t group[256], profile[256], listener[256]; /* of an old index, or NOWHERE */
	unsigned closed;				 /* objects without a place */
};

static void drop(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void take(int fd)
{
	if (fd >= 0)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* --- what indices mean ---------------------------------------------------------------------------
 */

static void load_group(struct load *l, const struct save_name *m)
{
	for (uint8_t i = 0; i < l->cfg->n_groups && m->index < 256; i++)
		if (!strncmp(l->cfg->groups[i].name, m->name, sizeof(m->name)))
			l->group[m->index] = i;
}

static void load_profile(struct load *l, const struct save_name *m)
{
	for (uint8_t i = 0; i < l->cfg->n_clients && m->index < 256; i++)
		if (!strncmp(l->cfg->clients[i].name, m->name, sizeof(m->name)))
			l->profile[m->index] = i;
}

/* --- sockets -------------------------------------------------------------------------------------
 */

static void load_listener(struct load *l, const struct save_listener *m)
{
	struct kern *k = l->k;
	uint8_t to = NOWHERE;

	for (uint8_t i = 0; i < l->cfg->n_listeners; i++) {
		const struct config_listener *c = &l->cfg->listeners[i];

		if (endpoint_equal(&c->address, &m->address) && k->listener[i] < 0 &&
		    (c->ipsec == CONFIG_IPSEC_REQUIRE) == !!m->require)
			to = i;
	}
	if (to == NOWHERE || m->index >= 256) {
		drop(m->fd);
		l->closed++;
		return;
	}
	l->listener[m->index] = to;
	k->listener[to] = m->fd;
	take(m->fd);
	k->guard.local[to] = m->address;
	k->guard.on[to] = m->guarded;
}

static void load_client(struct load *l, const struct save_client *m)
{
	uint8_t to = m->index < 256 ? l->profile[m->index] : NOWHERE;
	struct kclient *c;

	if (to == NOWHERE || l->k->client[to].state != KCLIENT_CLOSED) {
		drop(m->fd);
		l->closed++;
		return;
	}
	c = &l->k->client[to];
	*c = (struct kclient){
		.state = KCLIENT_OPEN,
		.index = to,
		.fd = m->fd,
		.profile = l->cfg->clients[to],
		.local = m->local,
		.peer = m->peer,
	};
	explicit_bzero(c->profile.secret, sizeof(c->profile.secret));
	explicit_bzero(c->profile.tunnel_secret, sizeof(c->profile.tunnel_secret));
	take(m->fd);
	l->k->guard.gateway[to] = m->guard;
}

static int load_sa(struct load *l, const struct save_sa *m)
{
	uint8_t listener = m->listener < 256 ? l->listener[m->listener] : NOWHERE;
	struct kern *k = l->k;
	struct ksa *sa;

	if (listener == NOWHERE || !m->mark || ksa_of_mark(k, m->mark)) {
		drop(m->fd);
		l->closed++;
		return 0;
	}
	sa = calloc(1, sizeof(*sa));
	if (!sa)
		return -ENOMEM;
	*sa = (struct ksa){
		.mark = m->mark,
		.listener = listener,
		.server = k->cfg->listeners[listener].server,
		.peer = m->peer,
		.port = m->port,
		.fd = m->fd,
	};
	take(sa->fd);
	list_init(&sa->tunnels);
	list_add_tail(&k->sas, &sa->all);
	hash_add(&k->sa_by_mark, &sa->by_mark, sa->mark);
	k->server_sas[sa->server]++;
	k->nft.port_used[sa->port / 8] |= (uint8_t)(1u << sa->port % 8);
	return 0;
}

/* --- tunnels and sessions ------------------------------------------------------------------------
 */

/* Its listener, or its profile, has a place: as indices of ours. */
static bool place_tunnel(const struct load *l, struct save_tunnel *m)
{
	if (!m->tunnel || l->k->tunnel[m->tunnel] || m->fd < 0)
		return false;
	if (m->client) {
		if (l->profile[m->client - 1] == NOWHERE)
			return false;
		m->client = (uint8_t)(l->profile[m->client - 1] + 1);
		return true;
	}
	m->listener = l->listener[m->listener];
	return m->listener != NOWHERE;
}

static int load_tunnel(struct load *l, struct save_tunnel *m)
{
	struct kern *k = l->k;
	struct ktunnel *t;

	if (!place_tunnel(l, m)) {
		drop(m->fd);
		l->closed++;
		return 0;
	}
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	*t = (struct ktunnel){
		.add = {.tunnel = m->tunnel,
			.peer_tunnel = m->peer_tunnel,
			.listener = m->listener,
			.client = m->client,
			.local = m->local,
			.peer = m->peer,
			.mark = m->sa},
		.layout = m->layout,
		.server = m->client ? 0 : k->cfg->listeners[m->listener].server,
		.gone_told = m->gone_told,
		.fd = m->fd,
	};
	take(t->fd);
	list_init(&t->all);
	list_init(&t->of_sa);
	list_init(&t->session_list);
	ktunnel_to_tables(k, t);
	t->add.mark = m->mark;
	t->guarded = m->guarded;
	t->tied = m->tied;
	return 0;
}

static void fill_session(struct ksession *s, const struct save_session *m, uint8_t group)
{
	s->add = (struct kern_session_add){
		.tunnel = m->tunnel,
		.session = m->session,
		.peer_session = m->peer_session,
		.group = group,
		.ipv4 = m->ipv4,
		.ipv6 = m->ipv6,
		.mtu = (uint16_t)m->mtu,
		.local4 = m->local4,
		.remote4 = m->remote4,
		.local_iid = m->local_iid,
		.remote_iid = m->remote_iid,
		.dns = {m->dns[0], m->dns[1]},
	};
	s->state = KSESSION_UP;
	s->gone_told = m->gone_told;
	s->group = m->ifgroup;
	s->mtu = m->mtu;
	s->device_mtu = m->device_mtu;
	s->route_protocol = m->route_protocol;
	s->want4 = m->ipv4;
	s->want6 = m->ipv6;
	s->np4 = m->np4;
	s->np6 = m->np6;
	s->has6 = m->has6;
	s->remote_iid = m->remote_iid;
	s->want_iid = m->want_iid;
	s->pppox = m->pppox;
	s->unit_fd = m->unit;
	s->channel_fd = -1;
	s->channel = m->channel;
	s->ifindex = (int)m->ifindex;
	s->counters = m->counters;
	memcpy(s->prefix, m->prefix, sizeof(s->prefix) - 1);
}

static int load_session(struct load *l, struct save_session *m)
{
	struct kern *k = l->k;
	struct ktunnel *t = k->tunnel[m->tunnel];
	struct ksession *s;
	int error;

	m->ifname[sizeof(m->ifname) - 1] = '\0';
	if (!t || !m->session || k->session[m->session] || m->pppox < 0 || m->unit < 0) {
		drop(m->unit);
		drop(m->pppox);
		l->closed++;
		return 0;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->k = k;
	s->tunnel = t;
	fill_session(s, m, l->group[m->group] == NOWHERE ? 0 : l->group[m->group]);
	take(s->pppox);
	take(s->unit_fd);
	error = ifname_claim(&k->names, s->prefix, m->ifname, &s->name);
	if (!error && t->add.client) {
		s->net = knet_new(k->cfg, &k->cfg->clients[t->add.client - 1], &t->add.peer,
				  &s->add);
		error = s->net ? 0 : -ENOMEM;
	}
	if (error) {
		free(s);
		return error;
	}
	ksession_to_tables(k, s);
	ksession_hash(k, s);
	return 0;
}

static void load_net(struct load *l, const struct save_net *m)
{
	struct ksession *s = l->k->session[m->session];

	if (!s || s->add.tunnel != m->tunnel || !s->net)
		return;
	s->net->pinned = m->pinned;
	s->net->guarded = m->guarded;
	s->net->hop.local = m->hop_local;
	s->net->hop.ifindex = m->hop_ifindex;
	s->net->hop.gateway = m->hop_gateway;
	s->net->dns_set = m->dns_set;
	s->net->protocol = m->protocol;
	s->net->ifindex = s->ifindex;
	memcpy(s->net->ifname, s->name.text, sizeof(s->net->ifname));
}

/* --- all of it -----------------------------------------------------------------------------------
 */

static int load_kern(struct load *l, const struct save_kern *m)
{
	if (l->k || (m->layout != KERN_LAYOUT_PARKED && m->layout != KERN_LAYOUT_CLASSIC))
		return -EBADMSG;
	l->kern = *m;
	return kern_make(l->cfg, (enum kern_layout)m->layout, l->ops, l->ctx, &l->k);
}

static int load_one(struct load *l, int type, const void *record, size_t size)
{
	union {
		struct save_kern kern;
		struct save_name name;
		struct save_listener listener;
		struct save_client client;
		struct save_sa sa;
		struct save_tunnel tunnel;
		struct save_session session;
		struct save_net net;
	} m;

	save_get(&m, sizeof(m), record, size);
	if (type == SAVE_KERN)
		return load_kern(l, &m.kern);
	if (!l->k)
		return -EBADMSG;
	switch (type) {
	case SAVE_GROUP:
		load_group(l, &m.name);
		break;
	case SAVE_PROFILE:
		load_profile(l, &m.name);
		break;
	case SAVE_LISTENER:
		load_listener(l, &m.listener);
		break;
	case SAVE_CLIENT:
		load_client(l, &m.client);
		break;
	case SAVE_SA:
		return load_sa(l, &m.sa);
	case SAVE_TUNNEL:
		return load_tunnel(l, &m.tunnel);
	case SAVE_SESSION:
		return load_session(l, &m.session);
	case SAVE_NET:
		load_net(l, &m.net);
		break;
	}
	return 0;
}

/* What cannot be had again does not end the sessions; it is said. */
static void resume_rest(struct load *l)
{
	struct kern *k = l->k;
	int error = kguard_take(k);

	if (error)
		kern_log(k, LOG_ERR, "IPsec policies: %s", strerror(-error));
	k->nft.rewrite = l->kern.rewrite;
	k->nft.port = l->kern.port;
	k->mark_mask = l->kern.mark_mask;
	if (l->kern.nft)
		(void)knft_take(k);
	if (l->closed)
		kern_log(k, LOG_WARNING,
			 "%u sockets, tunnels and sessions have no place in the configuration any "
			 "more, and are closed",
			 l->closed);
	k->resync = true; /* nobody has heard what others deleted meanwhile */
	kern_tick(k);
	kern_protocol_gone(k);
}

int kern_load(const struct config *cfg, const struct kern_ops *ops, void *ctx,
	      struct save_reader *r, struct kern **ret_kern)
{
	struct load l = {.cfg = cfg, .ops = ops, .ctx = ctx};
	const void *record;
	size_t size;
	int type, error = 0;

	memset(l.group, NOWHERE, sizeof(l.group));
	memset(l.profile, NOWHERE, sizeof(l.profile));
	memset(l.listener, NOWHERE, sizeof(l.listener));
	while (!error && (type = save_next(r, &record, &size)))
		error = type < 0 ? type : load_one(&l, type, record, size);
	if (!error && !l.k)
		error = -EBADMSG;
	if (error)
		return error;
	resume_rest(&l);
	*ret_kern = l.k;
	return 0;
}
