// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sockets to the gateways of client profiles.
 *
 * The name is resolved by a thread, since that may take as long as it likes; the rest is quick.
 * With ipsec = require there is first a block policy for whatever goes to or comes from the
 * gateway's port without an SA, then a socket that takes nothing else, and only then is the
 * protocol role given a copy (RFC 3193 2.1).  The kernel's tunnel is made of the same socket: it
 * is connected, so it gets its own packets and nobody else's.
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/addr.h"
#include "netlink/check.h"
#include "netlink/kern_int.h"
#include "netlink/layout.h"

#define L2TP_PORT 1701 /* RFC 2661 8.1 */

static void answer(struct kern *k, struct kclient *c, int error)
{
	struct kern_client m = {
		.wire = {KERN_CLIENT, WIRE_VERSION, c->id},
		.client = c->index,
		.error = error,
		.local = c->local,
		.peer = c->peer,
		.path_mtu = error ? 0 : layout_path_mtu(&c->local, &c->peer),
	};

	if (error)
		snprintf(m.detail, sizeof(m.detail), "%s", c->why[0] ? c->why : strerror(-error));
	if (!c->id)
		return;
	c->id = 0;
	k->requests--;
	k->ops->send(k->ctx, &m, sizeof(m), &c->fd, !error);
}

static void close_client(struct kern *k, struct kclient *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	kguard_client(k, c->index, NULL);
	c->state = KCLIENT_CLOSED;
}

/* --- opening --------------------------------------------------------------------------------- */

static void resolve_run(struct job *job)
{
	struct kclient *c = container_of(job, struct kclient, job);
	const struct addrinfo hints = {
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV,
	};
	union sockaddr_any sa = {0};
	struct addrinfo *list;
	int error;

	if (c->peer.family)
		return; /* the SA's other end */
	error = getaddrinfo(c->profile.gateway, "1701", &hints, &list);
	if (error) {
		c->error = error == EAI_MEMORY ? -ENOMEM : -EHOSTUNREACH;
		snprintf(c->why, sizeof(c->why), "%.100s: %s", c->profile.gateway,
			 gai_strerror(error));
		return;
	}
	memcpy(&sa, list->ai_addr, list->ai_addrlen < sizeof(sa) ? list->ai_addrlen : sizeof(sa));
	freeaddrinfo(list);
	c->peer = addr_from_sockaddr(&sa);
}

static bool same_port(const struct endpoint *a, const struct endpoint *b)
{
	return a->family == b->family && a->port == b->port;
}

/* Whether a listener of ours has it, whose tunnels want to share it at any time. */
static bool listener_has(const struct kern *k, const struct endpoint *local)
{
	for (unsigned i = 0; i < k->cfg->n_listeners; i++)
		if (k->listener[i] >= 0 && same_port(&k->cfg->listeners[i].address, local))
			return true;
	return false;
}

/* While a socket takes its place, ours that hold the same port let it. */
static void share_port(struct kern *k, const struct endpoint *local, bool share)
{
	bool listens = listener_has(k, local);

	for (unsigned i = 0; i < k->cfg->n_listeners; i++)
		if (k->listener[i] >= 0 && same_port(&k->cfg->listeners[i].address, local))
			layout_guard(k->listener[i], !share);
	for (unsigned i = 0; i < k->cfg->n_clients; i++)
		if (k->client[i].fd >= 0 && k->client[i].state != KCLIENT_CLOSED &&
		    same_port(&k->client[i].local, local))
			layout_guard(k->client[i].fd, !share && !listens);
}

static int open_socket(struct kern *k, struct kclient *c)
{
	bool esp = c->profile.ipsec == CONFIG_IPSEC_REQUIRE;
	int error = layout_source(&c->peer, &c->local);

	c->local.port = c->profile.port == CONFIG_PORT_1701 ? L2TP_PORT : 0;
	if (!error && esp)
		error = kguard_client(k, c->index, &c->peer);
	if (error)
		return error;
	share_port(k, &c->local, true);
	c->fd = layout_client(&c->local, &c->peer, esp);
	share_port(k, &c->local, false);
	return c->fd < 0 ? c->fd : 0;
}

static void say_why(struct kclient *c, int error)
{
	const char *remedy = "";
	char at[ADDR_TEXT_MAX];

	if (error == -EADDRINUSE)
		remedy = "; another program has port 1701 (ss -ulnp), or write port = ephemeral";
	else if (error == -ENETUNREACH || error == -EHOSTUNREACH)
		remedy = "; there is no route to it";
	else if (error == -EPERM && c->profile.ipsec == CONFIG_IPSEC_REQUIRE)
		remedy = "; no SA protects what is sent there";
	snprintf(c->why, sizeof(c->why), "%s: %s%s", addr_text(&c->peer, at), strerror(-error),
		 remedy);
}

static void resolve_done(void *ctx, struct job *job)
{
	struct kclient *c = container_of(job, struct kclient, job);
	struct kern *k = ctx;
	int error = c->cancelled ? -ECANCELED : c->error;

	if (!error) {
		error = open_socket(k, c);
		if (error)
			say_why(c, error);
	}
	if (error)
		close_client(k, c);
	else
		c->state = KCLIENT_OPEN;
	answer(k, c, error);
}

static void refuse(struct kern *k, const struct kern_client_open *m, struct check verdict)
{
	struct kern_client a = {
		.wire = {KERN_CLIENT, WIRE_VERSION, m->wire.id},
		.client = m->client,
		.error = verdict.error,
	};

	snprintf(a.detail, sizeof(a.detail), "%s", verdict.why);
	k->requests--;
	k->ops->send(k->ctx, &a, sizeof(a), NULL, 0);
}

void kclient_open(struct kern *k, const struct kern_client_open *m)
{
	struct check verdict = check_client_open(
		k->cfg, m,
		m->client < k->cfg->n_clients && k->client[m->client].state != KCLIENT_CLOSED);
	struct kclient *c;

	if (verdict.error) {
		refuse(k, m, verdict);
		return;
	}
	knft_open(k);
	c = &k->client[m->client];
	memset(c, 0, sizeof(*c));
	c->index = m->client;
	c->profile = k->cfg->clients[m->client];
	explicit_bzero(c->profile.secret, sizeof(c->profile.secret));
	explicit_bzero(c->profile.tunnel_secret, sizeof(c->profile.tunnel_secret));
	c->id = m->wire.id;
	c->peer = m->peer;
	if (c->peer.family)
		c->peer.port = L2TP_PORT;
	c->fd = -1;
	c->state = KCLIENT_OPENING;
	c->job.run = resolve_run;
	c->job.done = resolve_done;
	workers_submit(k->workers, &c->job);
}

/* Never answered. */
void kclient_close(struct kern *k, const struct kern_client_close *m)
{
	k->requests--;
	if (m->client >= k->cfg->n_clients)
		return;
	if (k->client[m->client].state == KCLIENT_OPENING)
		k->client[m->client].cancelled = true;
	else if (k->client[m->client].state == KCLIENT_OPEN)
		close_client(k, &k->client[m->client]);
}

void kclient_cancel(struct kern *k)
{
	for (unsigned i = 0; i < CONFIG_CLIENTS_MAX; i++) {
		struct kclient *c = &k->client[i];

		c->id = 0;
		if (c->state == KCLIENT_OPENING)
			c->cancelled = true;
	}
}

void kclient_drop_all(struct kern *k)
{
	kclient_cancel(k);
	for (unsigned i = 0; i < CONFIG_CLIENTS_MAX; i++)
		if (k->client[i].state == KCLIENT_OPEN)
			close_client(k, &k->client[i]);
}

void kclient_tell(struct kern *k)
{
	for (unsigned i = 0; i < CONFIG_CLIENTS_MAX; i++) {
		const struct kclient *c = &k->client[i];
		const struct kern_client m = {
			.wire = {KERN_CLIENT, WIRE_VERSION, 0},
			.client = c->index,
			.local = c->local,
			.peer = c->peer,
		};

		if (c->state == KCLIENT_OPEN)
			k->ops->send(k->ctx, &m, sizeof(m), &c->fd, 1);
	}
}

bool kclient_idle(const struct kern *k)
{
	for (unsigned i = 0; i < CONFIG_CLIENTS_MAX; i++)
		if (k->client[i].state != KCLIENT_CLOSED)
			return false;
	return true;
}

const struct kclient *kclient_of(const struct kern *k, uint8_t number)
{
	const struct kclient *c;

	if (!number || number > k->cfg->n_clients)
		return NULL;
	c = &k->client[number - 1];
	return c->state == KCLIENT_OPEN ? c : NULL;
}
