// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses, routes and name servers of a session that we dialed.
 *
 * A default route is two halves, 0.0.0.0/1 and 128.0.0.0/1: they win over whatever default route
 * there is without touching it, and go with the device.  Where a route of ours holds the gateway's
 * own address, packets of the tunnel would go round in circles through the tunnel.  So the gateway
 * gets a host route through the next hop of before; and behind that, of the least priority, one
 * that says "unreachable", which is what is left when the network below changes and takes the
 * first one away.
 */
#include "netlink/kern_net.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netlink/program.h"

#define METRIC_LAST UINT32_MAX

static uint32_t gateway4(const struct knet *n)
{
	const uint8_t *a = n->gateway.addr;

	if (n->gateway.family != ENDPOINT_IPV4)
		return 0;
	return (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 | a[3];
}

struct knet *knet_new(const struct config *cfg, const struct config_client *client,
		      const struct endpoint *gateway, const struct kern_session_add *m)
{
	struct knet *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	memcpy(n->routes, client->routes, sizeof(n->routes));
	memcpy(n->dns, m->dns, sizeof(n->dns));
	n->gateway = *gateway;
	n->local = m->local4;
	n->remote = m->remote4;
	n->dns_by = client->dns;
	n->protocol = cfg->route_protocol;
	return n;
}

/* --- routes ---------------------------------------------------------------------------------- */

static bool holds(const struct config_route *route, uint32_t address)
{
	uint32_t mask = route->length ? UINT32_MAX << (32 - route->length) : 0;

	return (address & mask) == route->address;
}

static bool needs_pin(const struct knet *n)
{
	uint32_t gateway = gateway4(n);

	for (size_t i = 0; gateway && i < CONFIG_ROUTES_MAX && n->routes[i].used; i++)
		if (holds(&n->routes[i], gateway))
			return true;
	return false;
}

static struct rtnl_prefix4 pin_of(const struct knet *n)
{
	return (struct rtnl_prefix4){
		.destination = gateway4(n),
		.length = 32,
		.ifindex = n->hop.ifindex,
		.gateway = n->hop.gateway,
		.protocol = n->protocol,
	};
}

static struct rtnl_prefix4 guard_of(const struct knet *n)
{
	return (struct rtnl_prefix4){
		.destination = gateway4(n),
		.length = 32,
		.metric = METRIC_LAST,
		.protocol = n->protocol,
	};
}

/* Before any route of ours: afterwards the way to the gateway would be the tunnel itself. */
static int pin(struct knet *n, struct rtnl *r)
{
	struct rtnl_prefix4 route;
	unsigned first, second;
	int error;

	rtnl_begin(r);
	(void)rtnl_get_hop4(r, gateway4(n));
	error = rtnl_commit(r);
	if (error || r->hop.local) /* a gateway of this machine is reached without a next hop */
		return error;
	n->hop = r->hop;
	rtnl_begin(r);
	route = pin_of(n);
	first = rtnl_new_prefix4(r, &route);
	route = guard_of(n);
	second = rtnl_new_prefix4(r, &route);
	(void)rtnl_commit(r);
	n->pinned = !rtnl_error(r, first);
	n->guarded = !rtnl_error(r, second);
	/* somebody else has pinned it: that does as well, and is not ours to remove */
	return rtnl_error(r, first) == -EEXIST ? 0 : rtnl_error(r, first);
}

static struct rtnl_prefix4 route_of(const struct knet *n, uint32_t destination, uint8_t length)
{
	return (struct rtnl_prefix4){
		.destination = destination,
		.length = length,
		.ifindex = n->ifindex,
		.source = n->local,
		.protocol = n->protocol,
	};
}

static void put_route(struct knet *n, struct rtnl *r, uint32_t destination, uint8_t length)
{
	const struct rtnl_prefix4 route = route_of(n, destination, length);

	(void)rtnl_new_prefix4(r, &route);
}

static void del_route(struct knet *n, struct rtnl *r, uint32_t destination, uint8_t length)
{
	const struct rtnl_prefix4 route = route_of(n, destination, length);

	(void)rtnl_del_prefix4(r, &route);
}

static bool among(const struct config_route *list, const struct config_route *route)
{
	for (size_t i = 0; i < CONFIG_ROUTES_MAX && list[i].used; i++)
		if (list[i].address == route->address && list[i].length == route->length)
			return true;
	return false;
}

/* Those of a list that are not in the other. */
static int each_route(struct knet *n, struct rtnl *r, const struct config_route *list,
		      const struct config_route *but,
		      void (*change)(struct knet *n, struct rtnl *r, uint32_t destination,
				     uint8_t length))
{
	rtnl_begin(r);
	for (size_t i = 0; i < CONFIG_ROUTES_MAX && list[i].used; i++) {
		if (among(but, &list[i]))
			continue;
		if (list[i].length) {
			change(n, r, list[i].address, list[i].length);
		} else {
			change(n, r, 0, 1);
			change(n, r, 0x80000000, 1);
		}
	}
	return rtnl_commit(r);
}

static int put_routes(struct knet *n, struct rtnl *r)
{
	static const struct config_route none[CONFIG_ROUTES_MAX];

	return each_route(n, r, n->routes, none, put_route);
}

static int put_address(struct knet *n, struct rtnl *r)
{
	const struct rtnl_address4 a = {n->ifindex, n->local, n->remote ? n->remote : n->local};

	rtnl_begin(r);
	(void)rtnl_new_address4(r, &a);
	if (n->remote)
		put_route(n, r, n->remote, 32);
	return rtnl_commit(r);
}

int knet_up(struct knet *n, struct rtnl *r, enum kern_stage *ret_stage)
{
	int error;

	*ret_stage = KERN_STAGE_ADDRESS;
	error = put_address(n, r);
	if (error)
		return error;
	*ret_stage = KERN_STAGE_ROUTE;
	if (needs_pin(n))
		error = pin(n, r);
	if (!error)
		error = put_routes(n, r);
	if (error)
		knet_down(n, r);
	return error;
}

void knet_down(struct knet *n, struct rtnl *r)
{
	const struct rtnl_prefix4 first = pin_of(n), second = guard_of(n);

	rtnl_begin(r);
	if (n->pinned)
		(void)rtnl_del_prefix4(r, &first);
	if (n->guarded)
		(void)rtnl_del_prefix4(r, &second);
	(void)rtnl_commit(r); /* what is not there any more need not be deleted */
	n->pinned = n->guarded = false;
}

/* The new ones first: what is in both lists, or in a wider one, is reached all the time. */
void knet_change(struct knet *n, struct rtnl *r)
{
	struct config_route before[CONFIG_ROUTES_MAX];

	n->change = false;
	memcpy(before, n->routes, sizeof(before));
	memcpy(n->routes, n->want, sizeof(n->routes));
	n->change_error = needs_pin(n) && !n->pinned ? pin(n, r) : 0;
	if (n->change_error) {
		memcpy(n->routes, before, sizeof(n->routes));
		return;
	}
	n->change_error = each_route(n, r, n->routes, before, put_route);
	(void)each_route(n, r, before, n->routes, del_route); /* gone is gone */
	if (!needs_pin(n))
		knet_down(n, r);
}

/* --- name servers ---------------------------------------------------------------------------- */

#define NAME_SERVERS_TEXT 64

static const char *const resolvconf_paths[] = {"/usr/sbin/resolvconf", "/sbin/resolvconf",
					       "/usr/bin/resolvconf", NULL};
static const char *const resolvectl_paths[] = {"/usr/bin/resolvectl", "/bin/resolvectl", NULL};

static char *address_text(uint32_t a, char text[16])
{
	snprintf(text, 16, "%u.%u.%u.%u", a >> 24, a >> 16 & 0xff, a >> 8 & 0xff, a & 0xff);
	return text;
}

/* Its own record is named after the device, as resolvconf(8) wants it. */
static char *record_of(const struct knet *n, char text[KERN_IFNAME_MAX + 8])
{
	snprintf(text, KERN_IFNAME_MAX + 8, "%s.culvert", n->ifname);
	return text;
}

static int set_resolvconf(struct knet *n, const char *path)
{
	char record[KERN_IFNAME_MAX + 8], add[] = "-a", text[2 * NAME_SERVERS_TEXT] = "";
	char *argv[] = {(char *)(uintptr_t)path, add, record_of(n, record), NULL};
	char address[16];

	for (size_t i = 0, len = 0; i < 2 && n->dns[i]; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "nameserver %s\n",
					address_text(n->dns[i], address));
	return program_run(argv, text);
}

static int unset_resolvconf(struct knet *n, const char *path)
{
	char record[KERN_IFNAME_MAX + 8], del[] = "-d";
	char *argv[] = {(char *)(uintptr_t)path, del, record_of(n, record), NULL};

	return program_run(argv, NULL);
}

static int set_resolved(struct knet *n, const char *path)
{
	char first[16], second[16], dns[] = "dns", domain[] = "domain", all[] = "~.";
	char *servers[] = {(char *)(uintptr_t)path,
			   dns,
			   n->ifname,
			   address_text(n->dns[0], first),
			   n->dns[1] ? address_text(n->dns[1], second) : NULL,
			   NULL};
	char *domains[] = {(char *)(uintptr_t)path, domain, n->ifname, all, NULL};
	int error = program_run(servers, NULL);

	return error ? error : program_run(domains, NULL);
}

static int unset_resolved(struct knet *n, const char *path)
{
	char revert[] = "revert";
	char *argv[] = {(char *)(uintptr_t)path, revert, n->ifname, NULL};

	return program_run(argv, NULL);
}

static uint8_t choose(const struct knet *n)
{
	if (n->dns_by != CONFIG_DNS_AUTO)
		return n->dns_by;
	if (!access("/run/systemd/resolve/resolv.conf", F_OK) && program_find(resolvectl_paths))
		return CONFIG_DNS_RESOLVED;
	if (program_find(resolvconf_paths))
		return CONFIG_DNS_RESOLVCONF;
	return CONFIG_DNS_NONE;
}

void knet_dns_up(struct knet *n)
{
	uint8_t by = choose(n);
	const char *path;

	if (!n->dns[0] || (by == CONFIG_DNS_NONE && n->dns_by == CONFIG_DNS_NONE))
		return;
	if (by == CONFIG_DNS_NONE) {
		n->dns_note = "nobody is told the name servers: there is neither systemd-resolved "
			      "nor resolvconf";
		return;
	}
	path = program_find(by == CONFIG_DNS_RESOLVED ? resolvectl_paths : resolvconf_paths);
	n->dns_set = by; /* what was done by half is undone as well */
	if (!path)
		n->dns_note = "the program that dns names is not there";
	else if (by == CONFIG_DNS_RESOLVED && set_resolved(n, path))
		n->dns_note = "resolvectl could not set the name servers";
	else if (by == CONFIG_DNS_RESOLVCONF && set_resolvconf(n, path))
		n->dns_note = "resolvconf could not set the name servers";
}

/* resolved forgets a device that has gone by itself; what fails now has nothing left to undo. */
void knet_dns_down(struct knet *n)
{
	const char *path;

	if (n->dns_set == CONFIG_DNS_AUTO)
		return;
	path = program_find(n->dns_set == CONFIG_DNS_RESOLVED ? resolvectl_paths
							      : resolvconf_paths);
	if (path && n->dns_set == CONFIG_DNS_RESOLVED)
		(void)unset_resolved(n, path);
	else if (path)
		(void)unset_resolvconf(n, path);
	n->dns_set = CONFIG_DNS_AUTO;
}
