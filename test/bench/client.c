// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/bench/client.h"

#include <stdio.h>

#include "compiler.h"
#include "test/bench/load.h"
#include "test/bench/options.h"

static struct client *client_of(struct station *p)
{
	return container_of(p, struct client, station);
}

static void rearm(struct client *c)
{
	timer_start(&c->load->timers, &c->timer, station_deadline(&c->station));
}

static void remember(struct client *c)
{
	if (list_empty(&c->todo))
		list_add_tail(&c->load->todo, &c->todo);
}

void client_init(struct client *c, struct load *l, unsigned index, struct client_call *calls)
{
	c->load = l;
	c->index = index;
	c->calls = calls;
	c->n_pending = l->opt->calls;
	list_init(&c->todo);
}

/* An SCCRQ is the one message that is sent to tunnel 0 (RFC 2661 3.1). */
static bool is_sccrq(const uint8_t *data, size_t len)
{
	return len > L2TP_CONTROL_HEADER_LEN && data[0] & 0x80 && !data[4] && !data[5];
}

void client_transmit(struct station *p, const uint8_t *data, size_t len)
{
	struct client *c = client_of(p);

	sockets_send(&c->load->sockets, c->index, data, len);
	if (c->load->opt->repeat_sccrq && is_sccrq(data, len))
		sockets_send(&c->load->sockets, c->index, data, len);
}

/* Why a call did not come up, or went down: the first end that says something. */
static void describe(const struct call *c, char *to, size_t size)
{
	const struct tunnel *t = &c->station->tunnel;

	if (c->link.end != LINK_END_NONE)
		snprintf(to, size, "ppp %s", link_end_name(c->link.end));
	else if (c->session.state == SESSION_CLOSED)
		snprintf(to, size, "call %s %s", l2tp_end_by_name(c->session.end.by),
			 l2tp_call_name(c->session.end.result));
	else
		snprintf(to, size, "tunnel %s %s", l2tp_end_by_name(t->end.by),
			 l2tp_stop_name(t->end.result));
}

static void call_is_up(struct client *c, struct client_call *call)
{
	struct load *l = c->load;

	if (call->fate != CLIENT_CALL_UNDERWAY)
		return;
	call->fate = CLIENT_CALL_UP;
	c->n_pending--;
	l->underway--;
	l->up++;
	stats_up(&l->stats, call->started, l->env.now);
}

static void call_has_failed(struct client *c, struct client_call *call, const char *cause)
{
	struct load *l = c->load;

	call->fate = CLIENT_CALL_FAILED;
	c->n_pending--;
	l->underway--;
	l->stats.failed++;
	stats_cause(&l->stats, cause);
	remember(c);
}

static void call_is_down(struct client *c, struct client_call *call)
{
	char cause[STATS_CAUSE_MAX];

	describe(&call->call, cause, sizeof(cause));
	if (call->fate == CLIENT_CALL_UNDERWAY) {
		call_has_failed(c, call, cause);
	} else if (call->fate == CLIENT_CALL_UP) {
		call->fate = CLIENT_CALL_OVER;
		c->load->up--;
		c->load->last_down = c->load->env.now;
		remember(c);
		if (c->leaving)
			return;
		c->load->stats.lost++;
		stats_cause(&c->load->stats, cause);
	}
}

void client_event(struct station *p, enum station_event event, struct call *call)
{
	struct client *c = client_of(p);

	if (event == STATION_CALL_UP)
		call_is_up(c, container_of(call, struct client_call, call));
	else if (event == STATION_CALL_DOWN)
		call_is_down(c, container_of(call, struct client_call, call));
	else if (event == STATION_TUNNEL_FREE)
		c->load->alive--;
}

static void begin(struct client *c)
{
	struct load *l = c->load;
	const struct station_profile *profile = &l->profiles[c->index % l->opt->n_users];

	c->begun = true;
	station_init(&c->station, profile, L2TP_LAC, (uint16_t)(1 + c->index % 65535), &l->counts,
		     &l->env);
	l->alive++;
}

void client_start(struct client *c, struct client_call *call)
{
	struct load *l = c->load;
	bool fresh = !c->begun;

	call->started = l->env.now;
	call->fate = CLIENT_CALL_UNDERWAY;
	l->underway++;
	stats_started(&l->stats, l->env.now);
	if (fresh && !sockets_open(&l->sockets, c->index))
		begin(c);
	if (!c->station.alive || c->station.tunnel.state == TUNNEL_CLOSING) {
		call_has_failed(c, call, "tunnel is gone");
		return;
	}
	station_call(&c->station, &call->call, (uint16_t)(1 + (call - c->calls)), &l->env);
	if (fresh)
		station_open(&c->station, &l->env);
	rearm(c);
}

/* One call of one: the whole client leaves.  One of many hangs up alone. */
void client_give_up(struct client *c, struct client_call *call)
{
	call_has_failed(c, call, "patience");
	if (!c->station.alive)
		return;
	if (c->load->opt->calls > 1 && call->call.stage > CALL_WANTED &&
	    call->call.stage < CALL_GONE)
		station_hang_up(&c->station, &call->call, STATION_BYE_CDN, &c->load->env);
	else if (c->load->opt->calls == 1 && c->station.tunnel.state != TUNNEL_CLOSING)
		station_close(&c->station, &c->load->env);
	rearm(c);
}

void client_datagram(struct client *c, const uint8_t *data, size_t len)
{
	struct load *l = c->load;

	if (!c->begun)
		return;
	station_datagram(&c->station, data, len, &l->env);
	if (c->station.watch.second && !c->second_counted) {
		c->second_counted = true;
		l->second_tunnels++;
	}
	rearm(c);
}

void client_expire(struct client *c)
{
	station_expire(&c->station, &c->load->env);
	rearm(c);
}

static void hang_up_all(struct client *c, enum station_bye how)
{
	unsigned i;

	for (i = 0; i < c->load->opt->calls && c->station.alive; i++) {
		struct call *call = &c->calls[i].call;

		if (call->stage > CALL_WANTED && call->stage < CALL_GONE)
			station_hang_up(&c->station, call, how, &c->load->env);
	}
}

void client_leave(struct client *c)
{
	const enum options_bye bye = c->load->opt->bye;

	c->leaving = true;
	if (!c->begun || !c->station.alive || bye == OPTIONS_BYE_SERVER)
		return;
	if (bye == OPTIONS_BYE_SILENT) {
		station_drop(&c->station, &c->load->env);
	} else if (bye == OPTIONS_BYE_PPP) {
		hang_up_all(c, STATION_BYE_PPP); /* client_todo() closes the tunnel */
	} else {
		if (bye == OPTIONS_BYE_CDN)
			hang_up_all(c, STATION_BYE_CDN);
		if (c->station.alive && c->station.tunnel.state != TUNNEL_CLOSING)
			station_close(&c->station, &c->load->env);
	}
	if (bye == OPTIONS_BYE_PPP)
		remember(c);
	rearm(c);
}

/* A tunnel without a call that lives or may still come is of no use. */
void client_todo(struct client *c)
{
	if (!c->station.alive || c->station.calls || c->station.tunnel.state == TUNNEL_CLOSING)
		return;
	if (c->n_pending && !c->leaving)
		return;
	station_close(&c->station, &c->load->env);
	rearm(c);
}
