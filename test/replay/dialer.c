// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/replay/dialer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "daemon/base/list.h"
#include "test/replay/show.h"
#include "test/replay/trace.h"
#include "test/sim/station.h"
#include "test/unit/seed.h"

#define CALLS	 16
#define MESSAGES 64
#define LATENCY	 (2 * USEC_PER_MSEC)
#define RULES	 4

enum way {
	IN,
	OUT,
};

/* What the wire does to the next few datagrams that fit. */
struct rule {
	enum way way;
	unsigned int times;
	enum { LOSE, DOUBLE, DELAY } what;
	char pattern[64];
};

struct packet {
	struct list list;
	usec_t due;
	enum way way;
	size_t len;
	uint8_t data[];
};

struct dialer {
	struct station station;
	struct call calls[CALLS];
	unsigned int n_calls;
	struct station_profile profile;
	struct tunnel_config tunnel;
	struct link_config link;
	struct watch_counts counts;
	struct env env;
	struct effects fx;
	struct slab messages;
	struct seed seed;
	char user[64], password[64], host[64], secret[64];
	char name[TRACE_NAME];
	struct trace *trace;
	const usec_t *now;
	struct rule rule[RULES];
	struct list wire;
	void (*sent)(void *ctx, const uint8_t *data, size_t len);
	void *ctx;
	unsigned char memory[MESSAGES * CHANNEL_MESSAGE_SIZE] __attribute__((aligned(16)));
};

static void describe(char line[TRACE_LINE], const char *arrow, const uint8_t *data, size_t len)
{
	struct text t;
	bool lazy;

	text_init(&t, line, TRACE_LINE);
	text_add(&t, "%s", arrow);
	if (data[0] & 0x80)
		show_control(&t, data, len, &lazy);
	else if (len > 8)
		show_frame(&t, data + 8, len - 8); /* header without options, FF 03 */
}

static struct rule *rule_for(struct dialer *d, enum way way, const char *line)
{
	for (size_t i = 0; i < RULES; i++)
		if (d->rule[i].times && d->rule[i].way == way && strstr(line, d->rule[i].pattern))
			return &d->rule[i];
	return NULL;
}

static void carry(struct dialer *d, enum way way, usec_t delay, const uint8_t *data, size_t len)
{
	struct packet *p = malloc(sizeof(*p) + len);

	BUG_ON(!p);
	p->due = *d->now + delay;
	p->way = way;
	p->len = len;
	memcpy(p->data, data, len);
	list_add_tail(&d->wire, &p->list);
}

static void on_wire(struct dialer *d, enum way way, const uint8_t *data, size_t len)
{
	char line[TRACE_LINE];
	struct rule *r;

	describe(line, way == OUT ? "> " : "", data, len);
	r = rule_for(d, way, line);
	if (r)
		r->times--;
	if (way == OUT || (r && r->what == LOSE)) {
		if (r && r->what == LOSE)
			strcat(line, " LOST");
		trace_say(d->trace, d->name, line);
	}
	if (r && r->what == LOSE)
		return;
	carry(d, way, r && r->what == DELAY ? 10 * LATENCY : LATENCY, data, len);
	if (r && r->what == DOUBLE)
		carry(d, way, LATENCY, data, len);
}

static void on_transmit(struct station *s, const uint8_t *data, size_t len)
{
	on_wire(container_of(s, struct dialer, station), OUT, data, len);
}

static void on_event(struct station *s, enum station_event event, struct call *c)
{
	static const char *const words[] = {"tunnel is up", "tunnel is down", "tunnel is gone",
					    "new call",	    "call is up",     "call is down"};
	struct dialer *d = container_of(s, struct dialer, station);

	(void)c;
	trace_say(d->trace, d->name, words[event]);
}

static void set_text(char *to, size_t size, const char *value, const char *fallback)
{
	snprintf(to, size, "%s", value ? value : fallback);
}

static void set_up(struct dialer *d, const struct words *w)
{
	set_text(d->user, sizeof(d->user), words_get(w, "user"), "bob");
	set_text(d->password, sizeof(d->password), words_get(w, "password"), "secret");
	set_text(d->host, sizeof(d->host), words_get(w, "host"), d->name);
	set_text(d->secret, sizeof(d->secret), words_get(w, "secret"), "");
	d->tunnel = (struct tunnel_config){
		.host_name = d->host,
		.secret = d->secret[0] ? (const uint8_t *)d->secret : NULL,
		.secret_len = (uint16_t)strlen(d->secret),
		.challenge = words_has(w, "challenge"),
		.hide = words_has(w, "hide"),
		.window = (uint16_t)words_number(w, "window", 4),
		.hello = USEC_NEVER,
		.retransmit = USEC_PER_SEC,
		.retransmit_max = 8 * USEC_PER_SEC,
		.retransmit_limit = 5,
		.setup_timeout = 60 * USEC_PER_SEC,
	};
	d->link = (struct link_config){
		.role = LINK_CLIENT,
		.mru = (uint16_t)words_number(w, "mru", 1400),
		.restart = 3 * USEC_PER_SEC,
		.max_configure = 10,
		.max_terminate = 2,
		.max_failure = 5,
		.auth_timeout = 60 * USEC_PER_SEC,
		.ipv6 = words_has(w, "ipv6"),
		.user = d->user,
		.password = (const uint8_t *)d->password,
		.password_len = (uint16_t)strlen(d->password),
		.methods = {AUTH_MSCHAPV2, AUTH_CHAP_MD5, AUTH_PAP},
	};
}

struct dialer *dialer_new(struct trace *trace, const usec_t *now, const char *name,
			  const struct words *w,
			  void (*sent)(void *ctx, const uint8_t *data, size_t len), void *ctx)
{
	struct dialer *d = calloc(1, sizeof(*d));

	BUG_ON(!d);
	d->trace = trace;
	d->now = now;
	d->sent = sent;
	d->ctx = ctx;
	snprintf(d->name, sizeof(d->name), "%s", name);
	list_init(&d->wire);
	set_up(d, w);
	seed_init(&d->seed, words_number(w, "seed", 1) + (uint64_t)(unsigned char)name[0] * 1000 +
				    (uint64_t)atoi(name + 1));
	slab_init(&d->messages, CHANNEL_MESSAGE_SIZE);
	slab_give(&d->messages, d->memory, sizeof(d->memory));
	d->env = (struct env){.rng = &d->seed.rng, .messages = &d->messages, .fx = &d->fx};
	d->profile = (struct station_profile){
		.tunnel = &d->tunnel,
		.link = &d->link,
		.server_first = words_has(w, "server-first"),
		.transmit = on_transmit,
		.event = on_event,
	};
	return d;
}

static struct env *env(struct dialer *d)
{
	d->env.now = *d->now;
	return &d->env;
}

void dialer_free(struct dialer *d)
{
	struct list *l, *next;

	station_drop(&d->station, env(d));
	list_for_each_safe (l, next, &d->wire)
		free(list_entry(l, struct packet, list));
	free(d);
}

void dialer_receive(struct dialer *d, const uint8_t *data, size_t len)
{
	on_wire(d, IN, data, len);
}

/* The kernel prepends the L2TP header: what arrives is as if it had come over UDP. */
void dialer_frame(struct dialer *d, uint16_t session, const uint8_t *frame, size_t len)
{
	uint8_t data[2048] = {0};

	BUG_ON(len > sizeof(data) - 8);
	msg_data_header(data, d->station.tunnel.id, session);
	data[6] = 0xff;
	data[7] = 0x03;
	memcpy(data + 8, frame, len);
	dialer_receive(d, data, len + 8);
}

static struct packet *due(const struct dialer *d)
{
	struct list *l;

	list_for_each (l, &d->wire)
		if (list_entry(l, struct packet, list)->due <= *d->now)
			return list_entry(l, struct packet, list);
	return NULL;
}

usec_t dialer_next(const struct dialer *d)
{
	usec_t when = d->station.alive ? station_deadline(&d->station) : USEC_NEVER;
	struct list *l;

	list_for_each (l, &d->wire)
		when = usec_min(when, list_entry(l, struct packet, list)->due);
	return when;
}

bool dialer_step(struct dialer *d)
{
	struct packet *p = due(d);

	if (p) {
		list_del(&p->list);
		if (p->way == OUT)
			d->sent(d->ctx, p->data, p->len);
		else if (d->station.alive)
			station_datagram(&d->station, p->data, p->len, env(d));
		free(p);
		return true;
	}
	if (!d->station.alive || station_deadline(&d->station) > *d->now)
		return false;
	station_expire(&d->station, env(d));
	return true;
}

/* --- commands --- */

static bool dial(struct dialer *d, const struct words *w)
{
	unsigned int calls = words_number(w, "calls", 1);
	uint16_t id = (uint16_t)words_number(w, "tunnel", rng_u16(&d->seed.rng) | 1u);

	if (d->station.alive || calls > CALLS)
		return false;
	station_init(&d->station, &d->profile, L2TP_LAC, id, &d->counts, env(d));
	d->n_calls = calls;
	for (unsigned int i = 0; i < calls; i++)
		station_call(&d->station, &d->calls[i], (uint16_t)(100 + i), env(d));
	station_open(&d->station, env(d));
	return true;
}

static bool hang_up(struct dialer *d, const struct words *w)
{
	struct call *c = &d->calls[words_number(w, "call", 0)];

	if (c->stage == CALL_NONE || c->stage == CALL_GONE)
		return false;
	station_hang_up(&d->station, c, words_has(w, "cdn") ? STATION_BYE_CDN : STATION_BYE_PPP,
			env(d));
	return true;
}

/* "loses in SCCRP 2": the datagrams whose description has that text */
static bool add_rule(struct dialer *d, const struct words *w, int what)
{
	if (w->n < 4)
		return false;
	for (size_t i = 0; i < RULES; i++) {
		struct rule *r = &d->rule[i];

		if (r->times)
			continue;
		r->way = !strcmp(w->word[2], "out") ? OUT : IN;
		r->times = w->n > 4 ? (unsigned int)atoi(w->word[4]) : 1;
		r->what = what;
		snprintf(r->pattern, sizeof(r->pattern), "%s", w->word[3]);
		return true;
	}
	return false;
}

bool dialer_command(struct dialer *d, const struct words *w)
{
	const char *what = w->n > 1 ? w->word[1] : "";

	if (!strcmp(what, "dials"))
		return dial(d, w);
	if (!strcmp(what, "hangs-up"))
		return hang_up(d, w);
	if (!strcmp(what, "loses"))
		return add_rule(d, w, LOSE);
	if (!strcmp(what, "doubles"))
		return add_rule(d, w, DOUBLE);
	if (!strcmp(what, "delays"))
		return add_rule(d, w, DELAY);
	if (!strcmp(what, "closes"))
		station_close(&d->station, env(d));
	else if (!strcmp(what, "crashes"))
		station_drop(&d->station, env(d));
	else
		return false;
	return true;
}

unsigned int dialer_up(const struct dialer *d)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < d->n_calls; i++)
		n += d->calls[i].stage == CALL_UP;
	return n;
}

bool dialer_gone(const struct dialer *d)
{
	return !d->station.alive;
}
