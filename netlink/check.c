// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The gate of the kernel role.
 *
 * The protocol role reads what attackers send, so it is taken for taken over: whatever it asks
 * for, it can make no more than tunnels and PPP sessions within the limits of the configuration,
 * on its listeners, with its groups' names, MTUs and local addresses.  A remote address outside
 * the group's pool is permitted, because a user may have one of its own; one in another group's
 * pool, one that is no unicast address, and the tunnel's own outer address (a packet would go
 * round in circles) are not.  The kernel checks none of the ids.
 */
#include "netlink/check.h"

#include <errno.h>
#include <string.h>

#include "compiler.h"

static const struct check permitted = {0, NULL};

static struct check refuse(int error, const char *why)
{
	return (struct check){-error, why};
}

/* --- messages -------------------------------------------------------------------------------- */

static size_t size_of(uint16_t type)
{
	switch ((enum wire_kern_type)type) {
	case KERN_TUNNEL_ADD:
		return sizeof(struct kern_tunnel_add);
	case KERN_TUNNEL_DEL:
		return sizeof(struct kern_tunnel_del);
	case KERN_SESSION_ADD:
		return sizeof(struct kern_session_add);
	case KERN_SESSION_DEL:
		return sizeof(struct kern_session_del);
	case KERN_SESSION_SET:
		return sizeof(struct kern_session_set);
	case KERN_STATS_GET:
		return sizeof(struct kern_stats_get);
	case KERN_SA_ADD:
		return sizeof(struct kern_sa_add);
	case KERN_SA_SET:
		return sizeof(struct kern_sa_set);
	case KERN_SA_DEL:
		return sizeof(struct kern_sa_del);
	case KERN_TUNNEL_SET:
		return sizeof(struct kern_tunnel_set);
	case KERN_CLIENT_OPEN:
		return sizeof(struct kern_client_open);
	case KERN_CLIENT_CLOSE:
		return sizeof(struct kern_client_close);
	case KERN_STOPPED: /* the process's business, not ours */
	case KERN_START:
	case KERN_LISTENER:
	case KERN_CONTROL:
	case KERN_READY:
	case KERN_DONE:
	case KERN_STATS:
	case KERN_GONE:
	case KERN_STOP:
	case KERN_RELOADED:
	case KERN_IKE:
	case KERN_CLIENT:
	case KERN_IKE_LOST:
	case KERN_KEPT:
	case KERN_AAA:
	case KERN_RELOAD_DONE:
	case KERN_RELOAD: /* the process's, too */
	case KERN_UPGRADE:
	case KERN_DRAIN:
	case KERN_DRAINING:
	case KERN_DRAINED:
		break;
	}
	return 0;
}

/* A bool that is neither 0 nor 1 must not even be looked at. */
static bool is_bool(const bool *b)
{
	uint8_t byte;

	memcpy(&byte, b, 1);
	return byte <= 1;
}

int check_message(const void *msg, size_t len)
{
	const struct kern_session_add *add = msg;
	const struct kern_session_set *set = msg;
	struct wire wire;

	if (len < sizeof(wire))
		return -EBADMSG;
	memcpy(&wire, msg, sizeof(wire));
	if (wire.version != WIRE_VERSION || !size_of(wire.type) || len != size_of(wire.type))
		return -EBADMSG;
	if (wire.type == KERN_SESSION_ADD && (!is_bool(&add->ipv4) || !is_bool(&add->ipv6)))
		return -EBADMSG;
	if (wire.type == KERN_SESSION_SET && (!is_bool(&set->ipv4) || !is_bool(&set->ipv6)))
		return -EBADMSG;
	return 0;
}

/* --- addresses ------------------------------------------------------------------------------- */

/* An IPv4 address that one host may have, RFC 1122 3.2.1.3, RFC 5735 3. */
static bool unicast4(uint32_t a)
{
	return a >> 24 != 0 && a >> 24 != 127 && a >> 28 < 0xe;
}

static bool unicast(const struct endpoint *ep)
{
	static const uint8_t zero[16];

	switch (ep->family) {
	case ENDPOINT_IPV4:
		return memcmp(ep->addr, zero, 4) && ep->addr[0] >> 4 < 0xe;
	case ENDPOINT_IPV6:
		return memcmp(ep->addr, zero, 16) && ep->addr[0] != 0xff;
	}
	return false;
}

static bool wildcard(const struct endpoint *ep)
{
	static const uint8_t zero[16];

	return !memcmp(ep->addr, zero, sizeof(zero));
}

static uint32_t address4(const struct endpoint *ep)
{
	return (uint32_t)ep->addr[0] << 24 | (uint32_t)ep->addr[1] << 16 |
	       (uint32_t)ep->addr[2] << 8 | ep->addr[3];
}

static bool in_pool(const struct config_pool *pool, uint32_t address)
{
	return address >= pool->first && address <= pool->last;
}

static bool in_foreign_pool(const struct config *cfg, const struct config_group *g,
			    uint32_t address)
{
	if (g->pool >= 0 && g->pool < cfg->n_pools && in_pool(&cfg->pools[g->pool], address))
		return false;
	for (unsigned i = 0; i < cfg->n_pools; i++)
		if (in_pool(&cfg->pools[i], address))
			return true;
	return false;
}

/* --- tunnels --------------------------------------------------------------------------------- */

static struct check check_ends(const struct config *cfg, uint8_t listener,
			       const struct endpoint *local, const struct endpoint *peer)
{
	const struct config_listener *l;

	if (listener >= cfg->n_listeners)
		return refuse(EINVAL, "no such listener");
	l = &cfg->listeners[listener];
	if (local->family != l->address.family || peer->family != l->address.family)
		return refuse(EINVAL, "address family is not the listener's");
	if (local->port != l->address.port ||
	    (!wildcard(&l->address) && !endpoint_same_host(local, &l->address)))
		return refuse(EPERM, "local address is not the listener's");
	if (!unicast(local) || !unicast(peer) || !peer->port)
		return refuse(EINVAL, "address is not unicast, or port 0");
	return permitted;
}

/* Without IPsec a mark could only lead the routing astray; with it, none is nobody's. */
static struct check check_mark(const struct config_listener *l, const struct kern_tunnel_add *m,
			       const struct check_tunnel *now)
{
	if (l->ipsec != CONFIG_IPSEC_REQUIRE)
		return m->mark ? refuse(EPERM, "a mark, but the listener has no IPsec") : permitted;
	if (!m->mark || !now->sa_exists)
		return refuse(ENOENT, "no SA has this mark");
	if (now->sa_listener != m->listener)
		return refuse(EPERM, "the SA is another listener's");
	return permitted;
}

struct check check_tunnel_add(const struct config *cfg, const struct kern_tunnel_add *m,
			      const struct check_tunnel *now)
{
	const struct config_listener *l;
	struct check verdict;

	if (!m->tunnel || !m->peer_tunnel) /* RFC 2661 4.4.3 */
		return refuse(EINVAL, "tunnel id 0");
	verdict = check_ends(cfg, m->listener, &m->local, &m->peer);
	if (verdict.error)
		return verdict;
	l = &cfg->listeners[m->listener];
	verdict = check_mark(l, m, now);
	if (verdict.error)
		return verdict;
	if (now->exists)
		return refuse(EEXIST, "tunnel id in use");
	if (cfg->servers[l->server].removed)
		return refuse(EPERM, "the server was removed from the configuration");
	if (now->tunnels >= cfg->servers[l->server].max_tunnels)
		return refuse(ENOSPC, "max_tunnels reached");
	return permitted;
}

struct check check_client_open(const struct config *cfg, const struct kern_client_open *m,
			       bool open)
{
	if (m->client >= cfg->n_clients)
		return refuse(EINVAL, "no such client profile");
	if (cfg->clients[m->client].removed)
		return refuse(EPERM, "the profile was removed from the configuration");
	if (open)
		return refuse(EEXIST, "the profile has a socket");
	if (m->peer.family && cfg->clients[m->client].ipsec != CONFIG_IPSEC_REQUIRE)
		return refuse(EPERM, "the gateway's address is the configuration's");
	if (m->peer.family && !unicast(&m->peer))
		return refuse(EINVAL, "address is not unicast");
	return permitted;
}

struct check check_client_tunnel(const struct kern_tunnel_add *m, const struct endpoint *local,
				 const struct endpoint *peer, const struct check_tunnel *now)
{
	if (!m->tunnel || !m->peer_tunnel) /* RFC 2661 4.4.3 */
		return refuse(EINVAL, "tunnel id 0");
	if (!local)
		return refuse(ENOENT, "the profile has no socket");
	if (!endpoint_equal(&m->local, local) || !endpoint_equal(&m->peer, peer))
		return refuse(EPERM, "not the ends of the profile's socket");
	if (m->listener || m->mark)
		return refuse(EINVAL, "a profile has neither a listener nor a mark");
	if (now->exists)
		return refuse(EEXIST, "tunnel id in use");
	return permitted;
}

struct check check_tunnel_set(const struct kern_tunnel_set *m, const struct check_retie *now)
{
	if (!now->tunnel)
		return refuse(ENOENT, "no such tunnel");
	if (!now->tunnel->mark)
		return refuse(EPERM, "the tunnel was made without an SA");
	if (m->mark == KERN_MARK_DEAD)
		return permitted;
	if (!now->sa_exists)
		return refuse(ENOENT, "no SA has this mark");
	if (now->sa_listener != now->tunnel->listener)
		return refuse(EPERM, "the SA is another listener's");
	if (m->peer.family != now->tunnel->peer.family)
		return refuse(EINVAL, "address family is not the tunnel's");
	if (!unicast(&m->peer) || !m->peer.port)
		return refuse(EINVAL, "address is not unicast, or port 0");
	return permitted;
}

/* --- SAs ------------------------------------------------------------------------------------- */

struct check check_sa_add(const struct config *cfg, const struct kern_sa_add *m,
			  const struct check_sa *now)
{
	const struct config_listener *l;
	struct check verdict = check_ends(cfg, m->listener, &m->local, &m->peer);

	if (verdict.error)
		return verdict;
	l = &cfg->listeners[m->listener];
	if (l->ipsec != CONFIG_IPSEC_REQUIRE)
		return refuse(EPERM, "the listener has no IPsec");
	if (!m->mark || m->mark & ~m->mask || m->mark == (KERN_MARK_DEAD & m->mask))
		return refuse(EINVAL, "a mark that no SA may have");
	if (now->exists)
		return refuse(EEXIST, "mark in use");
	if (now->sas >= CHECK_SAS_MAX(cfg->servers[l->server].max_tunnels))
		return refuse(ENOSPC, "more than two SAs for each of max_tunnels");
	return permitted;
}

struct check check_sa_set(const struct kern_sa_set *m, const struct endpoint *now)
{
	if (!now)
		return refuse(ENOENT, "no SA has this mark");
	if (m->peer.family != now->family)
		return refuse(EINVAL, "address family is not the SA's");
	if (!unicast(&m->peer) || !m->peer.port)
		return refuse(EINVAL, "address is not unicast, or port 0");
	return permitted;
}

/* --- sessions -------------------------------------------------------------------------------- */

bool check_interface(const char prefix[8])
{
	size_t len = strnlen(prefix, 8);

	if (!len || len == 8 || (prefix[0] >= '0' && prefix[0] <= '9') || prefix[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.",
			    prefix[i]))
			return false;
	return true;
}

static struct check check_addresses(const struct config *cfg, const struct kern_session_add *m,
				    const struct check_session *now)
{
	const struct config_group *g = &cfg->groups[m->group];

	if (m->ipv4 && !m->remote4)
		return refuse(EINVAL, "IPv4 without an address");
	if (m->remote4 && m->local4 != g->local_address)
		return refuse(EPERM, "local address is not the group's");
	if (m->remote4 && (!unicast4(m->remote4) || m->remote4 == m->local4))
		return refuse(EINVAL, "remote address is not one that a client may have");
	if (m->remote4 && in_foreign_pool(cfg, g, m->remote4))
		return refuse(EPERM, "remote address is of another group's pool");
	if (m->remote4 && now->peer.family == ENDPOINT_IPV4 && m->remote4 == address4(&now->peer))
		return refuse(EINVAL, "remote address is the tunnel's own outer address");
	if (m->ipv6 && !g->ipv6)
		return refuse(EPERM, "the group has no IPv6");
	if (m->ipv6 && !m->local_iid)
		return refuse(EINVAL, "IPv6 without an interface identifier"); /* RFC 5072 4.1 */
	if (m->local_iid && m->local_iid == m->remote_iid)
		return refuse(EINVAL, "equal interface identifiers");
	return permitted;
}

/* What the gateway gave us, held against what an address of ours may be. */
static struct check check_dialed(const struct config *cfg, const struct kern_session_add *m,
				 const struct check_session *now)
{
	const struct config_client *c;

	if (now->client > cfg->n_clients)
		return refuse(EINVAL, "no such client profile");
	c = &cfg->clients[now->client - 1];
	if (!check_interface(c->interface))
		return refuse(EINVAL, "the profile's interface prefix makes no interface name");
	if (m->mtu < CHECK_MTU_MIN || m->mtu > c->mtu)
		return refuse(EINVAL, "MTU is under 576 or over the profile's");
	if (!m->ipv4 || m->ipv6 || m->local_iid || m->remote_iid || m->group)
		return refuse(EINVAL, "a dialed session is IPv4 alone, and in no group");
	if (!unicast4(m->local4) || (m->remote4 && !unicast4(m->remote4)))
		return refuse(EINVAL, "the gateway gave an address that no host may have");
	if (m->local4 == m->remote4)
		return refuse(EINVAL, "both ends of the link have one address");
	if (now->peer.family == ENDPOINT_IPV4 &&
	    (m->local4 == address4(&now->peer) || m->remote4 == address4(&now->peer)))
		return refuse(EINVAL, "the link's address is the tunnel's own outer address");
	if ((m->dns[0] && !unicast4(m->dns[0])) || (m->dns[1] && !unicast4(m->dns[1])))
		return refuse(EINVAL, "the gateway gave a name server that is no host");
	if (now->in_tunnel)
		return refuse(ENOSPC, "one session a profile");
	return permitted;
}

struct check check_session_add(const struct config *cfg, const struct kern_session_add *m,
			       const struct check_session *now)
{
	const struct config_server *server;
	const struct config_group *g;

	if (!m->session || !m->peer_session) /* RFC 2661 4.4.4 */
		return refuse(EINVAL, "session id 0");
	if (!now->tunnel_exists)
		return refuse(ENOENT, "no such tunnel");
	if (now->exists)
		return refuse(EEXIST, "session id in use");
	if (now->client)
		return check_dialed(cfg, m, now);
	if (m->group >= cfg->n_groups)
		return refuse(EINVAL, "no such group");
	g = &cfg->groups[m->group];
	if (g->removed)
		return refuse(EPERM, "the group was removed from the configuration");
	if (!check_interface(g->interface))
		return refuse(EINVAL, "the group's interface prefix makes no interface name");
	if (m->mtu < CHECK_MTU_MIN || m->mtu > g->mtu)
		return refuse(EINVAL, "MTU is under 576 or over the group's");
	server = &cfg->servers[now->server];
	if (now->in_tunnel >= server->max_sessions_per_tunnel)
		return refuse(ENOSPC, "max_sessions_per_tunnel reached");
	if (now->sessions >= server->max_sessions)
		return refuse(ENOSPC, "max_sessions reached");
	return check_addresses(cfg, m, now);
}
