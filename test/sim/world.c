// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sets the stage and moves the clock.  The defaults are patient: limits so high that a wire that
 * loses three in ten still brings everybody up, so that whatever fails to come up is a bug.
 */
#include "test/sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LNS_ADDRESS    0xc0000201u /* 192.0.2.1 (RFC 5737) */
#define CLIENT_ADDRESS 0xc6336400u /* 198.51.100.0 */
#define L2TP_PORT      1701	   /* RFC 2661 8.1 */
#define STEPS_MAX      2000000	   /* of the clock in one world_run() */

static struct pcap_end lns_end(void)
{
	return (struct pcap_end){.address = LNS_ADDRESS, .port = L2TP_PORT};
}

static struct world *world_of_lns(struct lns *l)
{
	return container_of(l, struct world, lns);
}

static void lns_transmit(struct lns *l, const struct pcap_end *to, const uint8_t *data, size_t len)
{
	struct world *w = world_of_lns(l);
	struct pcap_end from = lns_end();

	lossy_send(&w->wire, w->env.now, &from, to, data, len);
}

/* The world of a client's station: its profile is embedded there. */
static struct world *world_of_station(struct station *p)
{
	struct station_profile *profile = (struct station_profile *)(uintptr_t)p->profile;

	return container_of(profile, struct world, profile);
}

static void client_transmit(struct station *p, const uint8_t *data, size_t len)
{
	struct world_client *c = container_of(p, struct world_client, station);
	struct world *w = world_of_station(p);
	struct pcap_end to = lns_end();

	lossy_send(&w->wire, w->env.now, &c->at, &to, data, len);
}

static void client_event(struct station *p, enum station_event event, struct call *call)
{
	struct world_client *c = container_of(p, struct world_client, station);

	if (event == STATION_CALL_UP)
		c->ups++;
	else if (event == STATION_CALL_DOWN)
		call->stage = CALL_NONE;
}

static void set_tunnel(struct tunnel_config *t, const char *name)
{
	*t = (struct tunnel_config){
		.host_name = name,
		.vendor_name = "Culvert",
		.window = 4,
		.hello = 60 * USEC_PER_SEC,
		.retransmit = USEC_PER_SEC,
		.retransmit_max = 8 * USEC_PER_SEC,
		.retransmit_limit = 40,
		.setup_timeout = 900 * USEC_PER_SEC,
	};
}

static void set_link(struct link_config *l, enum link_role role)
{
	*l = (struct link_config){
		.role = role,
		.name = role == LINK_SERVER ? "lns" : "lac",
		.methods = {AUTH_MSCHAPV2, AUTH_CHAP_MD5, AUTH_PAP, AUTH_NONE},
		.mru = 1400,
		.echo = 30 * USEC_PER_SEC,
		.echo_failures = 40,
		.restart = 3 * USEC_PER_SEC,
		.max_configure = 100,
		.max_terminate = 20,
		.max_failure = 10,
		.auth_timeout = 900 * USEC_PER_SEC,
		.ipv6 = true,
		.renegotiate = true,
		.user = "ada",
		.password = (const uint8_t *)"Tunnel4me",
		.password_len = 9,
	};
}

static void set_defaults(struct world *w)
{
	unsigned i;

	set_tunnel(&w->tunnel[L2TP_LNS], "lns.example");
	set_tunnel(&w->tunnel[L2TP_LAC], "client.example");
	set_link(&w->link[LINK_SERVER], LINK_SERVER);
	set_link(&w->link[LINK_CLIENT], LINK_CLIENT);
	w->lns_config = (struct lns_config){
		.tunnel = &w->tunnel[L2TP_LNS],
		.link = &w->link[LINK_SERVER],
		.user = "ada",
		.password = "Tunnel4me",
		.aaa_max = 300 * USEC_PER_MSEC,
		.kernel_max = 300 * USEC_PER_MSEC,
		.max_tunnels = 32,
		.max_calls = WORLD_CALLS,
		.transmit = lns_transmit,
	};
	w->profile = (struct station_profile){
		.tunnel = &w->tunnel[L2TP_LAC],
		.link = &w->link[LINK_CLIENT],
		.transmit = client_transmit,
		.event = client_event,
	};
	for (i = 0; i < WORLD_CLIENTS; i++)
		w->client[i].at = (struct pcap_end){CLIENT_ADDRESS + 1 + i, L2TP_PORT};
}

bool world_init(struct world *w, uint64_t seed, FILE *pcap)
{
	memset(w, 0, offsetof(struct world, fx));
	memset(w->client, 0, sizeof(w->client));
	w->n_clients = 0;
	w->failed = false;
	w->seed = seed;
	seeded_init(&w->random, seed);
	seeded_init(&w->chance, seed + 0x10000000000);
	lossy_init(&w->wire, seed + 0x20000000000);
	w->wire.weather = (struct lossy_weather){.delay_min = 5 * USEC_PER_MSEC,
						 .delay_max = 5 * USEC_PER_MSEC};
	w->wire.pcap = pcap;
	slab_init(&w->messages, CHANNEL_MESSAGE_SIZE);
	w->memory = aligned_alloc(16, w->messages.object * WORLD_MESSAGES);
	if (!w->memory)
		return false;
	slab_give(&w->messages, w->memory, w->messages.object * WORLD_MESSAGES);
	effects_reset(&w->fx);
	w->env = (struct env){
		.now = 1000 * USEC_PER_SEC, /* a clock rarely begins at 0 */
		.rng = &w->random.rng,
		.messages = &w->messages,
		.fx = &w->fx,
	};
	set_defaults(w);
	if (lns_init(&w->lns, &w->lns_config, &w->env))
		return true;
	free(w->memory);
	return false;
}

void world_fini(struct world *w)
{
	unsigned i;

	for (i = 0; i < w->n_clients; i++)
		station_drop(&w->client[i].station, &w->env);
	lns_fini(&w->lns);
	free(w->memory);
}

void world_fail(struct world *w, const char *fmt, ...)
{
	va_list args;

	if (w->failed)
		return;
	w->failed = true;
	va_start(args, fmt);
	vsnprintf(w->failure, sizeof(w->failure), fmt, args);
	va_end(args);
}

unsigned world_pick(struct world *w, unsigned limit)
{
	return seeded_below(&w->chance, limit);
}

usec_t world_pick_time(struct world *w, usec_t min, usec_t max)
{
	return min + seeded_next(&w->chance) % (max - min + 1);
}

void world_restart_lns(struct world *w)
{
	lns_fini(&w->lns);
	if (!lns_init(&w->lns, &w->lns_config, &w->env))
		abort();
}

static uint16_t some_id(struct world *w)
{
	return (uint16_t)(1 + seeded_below(&w->random, 65535));
}

void world_dial(struct world *w, unsigned i, unsigned n_calls)
{
	struct world_client *c = &w->client[i];
	unsigned k;

	if (i >= w->n_clients)
		w->n_clients = i + 1;
	c->n_calls = n_calls;
	c->ups = 0;
	station_init(&c->station, &w->profile, L2TP_LAC, some_id(w), &c->counts, &w->env);
	for (k = 0; k < n_calls; k++)
		station_call(&c->station, &c->calls[k], (uint16_t)(100 * i + k + 1), &w->env);
	station_open(&c->station, &w->env);
}

static void deliver(struct world *w, const struct lossy_packet *p)
{
	unsigned i;

	if (p->to.address == LNS_ADDRESS) {
		lns_datagram(&w->lns, &p->from, p->data, p->len);
		return;
	}
	i = p->to.address - CLIENT_ADDRESS - 1;
	if (i < w->n_clients)
		station_datagram(&w->client[i].station, p->data, p->len, &w->env);
}

static usec_t next_event(const struct world *w)
{
	usec_t when = usec_min(lossy_next(&w->wire), lns_next(&w->lns));
	unsigned i;

	for (i = 0; i < w->n_clients; i++)
		when = usec_min(when, station_deadline(&w->client[i].station));
	return when;
}

static void step(struct world *w)
{
	struct lossy_packet *p = lossy_receive(&w->wire, w->env.now);
	unsigned i;

	if (p) {
		deliver(w, p);
		lossy_done(&w->wire, p);
		return;
	}
	lns_expire(&w->lns);
	for (i = 0; i < w->n_clients; i++)
		if (station_deadline(&w->client[i].station) <= w->env.now)
			station_expire(&w->client[i].station, &w->env);
}

bool world_run_until(struct world *w, usec_t duration, bool (*done)(const struct world *))
{
	usec_t end = w->env.now + duration;
	unsigned steps;

	for (steps = 0; steps < STEPS_MAX; steps++) {
		usec_t next = next_event(w);

		if (done && done(w))
			return true;
		if (next > end) {
			w->env.now = end;
			return false;
		}
		if (next > w->env.now)
			w->env.now = next;
		step(w);
	}
	world_fail(w, "the clock stands still");
	return false;
}

void world_run(struct world *w, usec_t duration)
{
	world_run_until(w, duration, NULL);
}

/* The other end of a client's call, or NULL. */
static const struct call *server_call(const struct world *w, const struct call *c)
{
	const struct lns_call *s =
		lns_find_call(&w->lns, c->station->tunnel.peer_id, c->session.peer_id);

	return s ? &s->call : NULL;
}

bool world_all_up(const struct world *w)
{
	unsigned i, k;

	for (i = 0; i < w->n_clients; i++) {
		for (k = 0; k < w->client[i].n_calls; k++) {
			const struct call *c = &w->client[i].calls[k];
			const struct call *s = c->stage == CALL_UP ? server_call(w, c) : NULL;

			if (!s || s->stage != CALL_UP)
				return false;
		}
	}
	return true;
}

bool world_all_gone(const struct world *w)
{
	unsigned i;

	for (i = 0; i < w->n_clients; i++)
		if (w->client[i].station.alive)
			return false;
	return list_empty(&w->lns.tunnels) && lossy_next(&w->wire) == USEC_NEVER;
}

static void check_addresses(struct world *w, unsigned i, const struct call *c, const struct call *s)
{
	const struct lns_call *lc = container_of(s, const struct lns_call, call);

	if (station_call_address(c) != lc->address)
		world_fail(w, "client %u has address %08x and was given %08x", i,
			   station_call_address(c), lc->address);
	if (link_mtu(&c->link) < 576 || link_mtu(&s->link) < 576)
		world_fail(w, "client %u: MTU %u and %u", i, link_mtu(&c->link),
			   link_mtu(&s->link));
}

void world_check_agree(struct world *w)
{
	unsigned i, k, n_up = 0, n_server = 0;
	struct list *at;

	for (i = 0; i < w->n_clients; i++) {
		for (k = 0; k < w->client[i].n_calls; k++) {
			const struct call *c = &w->client[i].calls[k];
			const struct call *s = c->stage == CALL_UP ? server_call(w, c) : NULL;

			if (c->stage != CALL_UP)
				continue;
			n_up++;
			if (!s || s->stage != CALL_UP)
				world_fail(w, "call %u of client %u is up at one end", k, i);
			else
				check_addresses(w, i, c, s);
		}
	}
	list_for_each (at, &w->lns.tunnels) {
		const struct lns_tunnel *t = list_entry(at, struct lns_tunnel, link);
		const struct call *c;

		for (c = t->station.calls; c; c = c->next)
			n_server += c->stage == CALL_UP;
	}
	if (n_up != n_server)
		world_fail(w, "%u calls are up at the clients, %u at the server", n_up, n_server);
}

void world_check_empty(struct world *w)
{
	if (!world_all_gone(w))
		world_fail(w, "something is left: %zu tunnels at the server", w->lns.by_id.count);
	else if (w->lns.timers.count)
		world_fail(w, "%zu timers are left", w->lns.timers.count);
	else if (w->lns.by_session.count)
		world_fail(w, "%zu sessions are left", w->lns.by_session.count);
	else if (w->messages.used)
		world_fail(w, "%zu messages were not given back", w->messages.used);
}
