// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything that the kernel role owns, written down for the execution after this one.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "netlink/kern_int.h"
#include "netlink/save.h"

bool kern_quiet(const struct kern *k)
{
	if (k->requests || k->stats_busy || k->nft.busy || k->nft.next.len || !kern_settled(k))
		return false;
	for (unsigned i = 0; i < CONFIG_CLIENTS_MAX; i++)
		if (k->client[i].state == KCLIENT_OPENING)
			return false;
	return true;
}

static void put_name(struct save_writer *w, enum save_type type, unsigned index, const char *name)
{
	struct save_name m = {.index = index};

	snprintf(m.name, sizeof(m.name), "%s", name);
	save_put(w, type, &m, sizeof(m));
}

static void put_names(const struct config *cfg, struct save_writer *w)
{
	for (unsigned i = 0; i < cfg->n_servers; i++)
		put_name(w, SAVE_SERVER, i, cfg->servers[i].name);
	for (unsigned i = 0; i < cfg->n_groups; i++)
		put_name(w, SAVE_GROUP, i, cfg->groups[i].name);
	for (unsigned i = 0; i < cfg->n_clients; i++)
		put_name(w, SAVE_PROFILE, i, cfg->clients[i].name);
}

static void put_listeners(const struct kern *k, struct save_writer *w)
{
	for (unsigned i = 0; i < k->cfg->n_listeners; i++) {
		const struct save_listener m = {
			.index = i,
			.fd = k->listener[i],
			.address = k->cfg->listeners[i].address,
			.require = k->cfg->listeners[i].ipsec == CONFIG_IPSEC_REQUIRE,
			.guarded = k->guard.on[i],
		};

		if (k->listener[i] >= 0)
			save_put(w, SAVE_LISTENER, &m, sizeof(m));
	}
}

static void put_clients(const struct kern *k, struct save_writer *w)
{
	for (unsigned i = 0; i < CONFIG_CLIENTS_MAX; i++) {
		const struct kclient *c = &k->client[i];
		const struct save_client m = {
			.index = i,
			.fd = c->fd,
			.local = c->local,
			.peer = c->peer,
			.guard = k->guard.gateway[i],
		};

		if (c->state == KCLIENT_OPEN)
			save_put(w, SAVE_CLIENT, &m, sizeof(m));
	}
}

static void put_sas(const struct kern *k, struct save_writer *w)
{
	struct list *pos;

	list_for_each (pos, &k->sas) {
		const struct ksa *sa = list_entry(pos, struct ksa, all);
		const struct save_sa m = {
			.mark = sa->mark,
			.fd = sa->fd,
			.listener = sa->listener,
			.port = sa->port,
			.peer = sa->peer,
		};

		save_put(w, SAVE_SA, &m, sizeof(m));
	}
}

static void put_net(const struct ksession *s, struct save_writer *w)
{
	const struct save_net m = {
		.tunnel = s->add.tunnel,
		.session = s->add.session,
		.pinned = s->net->pinned,
		.guarded = s->net->guarded,
		.hop_local = s->net->hop.local,
		.dns_set = s->net->dns_set,
		.hop_ifindex = s->net->hop.ifindex,
		.hop_gateway = s->net->hop.gateway,
		.protocol = s->net->protocol,
	};

	save_put(w, SAVE_NET, &m, sizeof(m));
}

static void put_session(const struct ksession *s, struct save_writer *w)
{
	struct save_session m = {
		.tunnel = s->add.tunnel,
		.session = s->add.session,
		.peer_session = s->add.peer_session,
		.group = s->add.group,
		.gone_told = s->gone_told,
		.pppox = s->pppox,
		.unit = s->unit_fd,
		.channel = s->channel,
		.ifindex = (uint32_t)s->ifindex,
		.ifgroup = s->group,
		.mtu = s->mtu,
		.device_mtu = s->device_mtu,
		.route_protocol = s->route_protocol,
		.ipv4 = s->want4,
		.ipv6 = s->want6,
		.np4 = s->np4,
		.np6 = s->np6,
		.has6 = s->has6,
		.local4 = s->add.local4,
		.remote4 = s->add.remote4,
		.dns = {s->add.dns[0], s->add.dns[1]},
		.local_iid = s->add.local_iid,
		.remote_iid = s->remote_iid,
		.want_iid = s->want_iid,
		.counters = s->counters,
	};

	memcpy(m.ifname, s->name.text, sizeof(m.ifname));
	memcpy(m.prefix, s->prefix, sizeof(m.prefix));
	save_put(w, SAVE_SESSION, &m, sizeof(m));
	if (s->net)
		put_net(s, w);
}

static void put_tunnel(const struct ktunnel *t, struct save_writer *w)
{
	const struct save_tunnel m = {
		.tunnel = t->add.tunnel,
		.peer_tunnel = t->add.peer_tunnel,
		.listener = t->add.listener,
		.client = t->add.client,
		.layout = (uint8_t)t->layout,
		.gone_told = t->gone_told,
		.guarded = t->guarded,
		.fd = t->fd,
		.mark = t->add.mark,
		.sa = t->sa ? t->sa->mark : 0,
		.tied = t->tied,
		.local = t->add.local,
		.peer = t->add.peer,
	};
	struct list *pos;

	save_put(w, SAVE_TUNNEL, &m, sizeof(m));
	list_for_each (pos, &t->session_list)
		put_session(list_entry(pos, struct ksession, of_tunnel), w);
}

void kern_save(const struct kern *k, struct save_writer *w)
{
	const struct save_kern m = {
		.layout = (uint8_t)k->layout,
		.nft = k->nft.on,
		.rewrite = k->nft.rewrite,
		.port = k->nft.port,
		.mark_mask = k->mark_mask,
	};
	struct list *pos;

	save_put(w, SAVE_KERN, &m, sizeof(m));
	put_names(k->cfg, w);
	put_listeners(k, w);
	put_clients(k, w);
	put_sas(k, w);
	list_for_each (pos, &k->tunnels)
		put_tunnel(list_entry(pos, struct ktunnel, all), w);
}

/* --- descriptors -------------------------------------------------------------------------------
 */

static void across(int fd, bool open)
{
	if (fd >= 0)
		(void)fcntl(fd, F_SETFD, open ? 0 : FD_CLOEXEC);
}

static void all_across(const struct kern *k, bool open)
{
	struct list *pos, *p;

	for (unsigned i = 0; i < CONFIG_LISTENERS_MAX; i++)
		across(k->listener[i], open);
	for (unsigned i = 0; i < CONFIG_CLIENTS_MAX; i++)
		if (k->client[i].state == KCLIENT_OPEN)
			across(k->client[i].fd, open);
	list_for_each (pos, &k->sas)
		across(list_entry(pos, struct ksa, all)->fd, open);
	list_for_each (pos, &k->tunnels) {
		const struct ktunnel *t = list_entry(pos, struct ktunnel, all);

		across(t->fd, open);
		list_for_each (p, &t->session_list) {
			const struct ksession *s = list_entry(p, struct ksession, of_tunnel);

			across(s->pppox, open);
			across(s->unit_fd, open);
		}
	}
}

int kern_leave(struct kern *k)
{
	int error = knft_leave(k);

	if (!error)
		all_across(k, true);
	return error;
}

void kern_stay(struct kern *k)
{
	all_across(k, false);
	if (k->nft.on)
		(void)knft_take(k);
}
