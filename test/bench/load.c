// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One process, one thread: a turn of the loop waits for datagrams, steps the clients that got one
 * or whose time has come, and lets new ones in.
 */
#include "test/bench/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "compiler.h"
#include "test/bench/flood.h"
#include "test/bench/options.h"
#include "test/bench/report.h"

#define TEARDOWN_MAX (120 * USEC_PER_SEC)
#define TURN_MAX_MS  200 /* longest sleep */
#define START_BATCH  32	 /* sessions that start in one turn */

static usec_t clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (usec_t)t.tv_sec * USEC_PER_SEC + (usec_t)t.tv_nsec / 1000;
}

static void set_profiles(struct load *l)
{
	const struct options *o = l->opt;
	unsigned i;

	l->tunnel = (struct tunnel_config){
		.host_name = "culvert-load",
		.window = 16,
		.hello = 60 * USEC_PER_SEC,
		.retransmit = USEC_PER_SEC,
		.retransmit_max = 8 * USEC_PER_SEC,
		.retransmit_limit = 8,
		.setup_timeout = 300 * USEC_PER_SEC, /* patience ends it before */
	};
	for (i = 0; i < o->n_users; i++) {
		struct link_config *c = &l->links[i];

		*c = (struct link_config){
			.role = LINK_CLIENT,
			.name = o->users[i].name,
			.mru = 1400,
			.echo = o->echo ? o->echo : USEC_NEVER,
			.echo_failures = 10,
			.restart = 3 * USEC_PER_SEC, /* RFC 1661 4.6 */
			.max_configure = 10,
			.max_terminate = 2,
			.max_failure = 5,
			.auth_timeout = 300 * USEC_PER_SEC,
			.user = o->users[i].name,
			.password = (const uint8_t *)o->users[i].password,
			.password_len = (uint16_t)strlen(o->users[i].password),
		};
		memcpy(c->methods, o->methods, sizeof(c->methods));
		l->profiles[i] = (struct station_profile){
			.tunnel = &l->tunnel,
			.link = c,
			.server_first = o->server_first,
			.transmit = client_transmit,
			.event = client_event,
		};
	}
}

static void on_datagram(void *context, unsigned client, const uint8_t *data, size_t len)
{
	struct load *l = context;

	client_datagram(&l->clients[client], data, len);
}

static int give_messages(struct load *l)
{
	size_t n = 1024 + 4 * (size_t)l->opt->sockets.clients + 2 * (size_t)l->total;

	slab_init(&l->messages, CHANNEL_MESSAGE_SIZE);
	l->memory = aligned_alloc(16, n * l->messages.object);
	if (!l->memory)
		return -ENOMEM;
	slab_give(&l->messages, l->memory, n * l->messages.object);
	return 0;
}

static int allocate(struct load *l)
{
	const struct options *o = l->opt;
	struct timer **heap = calloc(o->sockets.clients, sizeof(*heap));

	l->links = calloc(o->n_users, sizeof(*l->links));
	l->profiles = calloc(o->n_users, sizeof(*l->profiles));
	l->clients = calloc(o->sockets.clients, sizeof(*l->clients));
	l->calls = calloc(l->total, sizeof(*l->calls));
	if (!heap || !l->links || !l->profiles || !l->clients || !l->calls ||
	    !stats_init(&l->stats, l->total))
		return -ENOMEM;
	timers_init(&l->timers, heap, o->sockets.clients);
	return give_messages(l);
}

int load_init(struct load *l, const struct options *opt)
{
	uint64_t seed;
	unsigned i;
	int r;

	memset(l, 0, sizeof(*l));
	l->opt = opt;
	l->total = opt->sockets.clients * opt->calls;
	list_init(&l->todo);
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return -errno;
	seeded_init(&l->random, seed);
	r = allocate(l);
	if (r) {
		fputs("culvert-load: out of memory\n", stderr);
		return r;
	}
	l->env = (struct env){
		.now = clock_now(), .rng = &l->random.rng, .messages = &l->messages, .fx = &l->fx};
	set_profiles(l);
	for (i = 0; i < opt->sockets.clients; i++)
		client_init(&l->clients[i], l, i, &l->calls[i * opt->calls]);
	r = sockets_init(&l->sockets, &opt->sockets);
	l->sockets.receive = on_datagram;
	l->sockets.context = l;
	return r;
}

void load_fini(struct load *l)
{
	sockets_fini(&l->sockets);
	stats_fini(&l->stats);
	free(l->timers.heap);
	free(l->links);
	free(l->profiles);
	free(l->clients);
	free(l->calls);
	free(l->memory);
}

/* --- set-up --- */

/* When the next session may start: now, at a moment to come, or USEC_NEVER (when one is up). */
static usec_t next_start(const struct load *l)
{
	const struct options *o = l->opt;

	if (l->phase != LOAD_SETUP || l->started == l->total)
		return USEC_NEVER;
	/* a flood wants the first session to be the oldest */
	if (o->flood && l->started == 1 && l->underway)
		return USEC_NEVER;
	if (o->rate > 0)
		return l->began + (usec_t)(l->started * (double)USEC_PER_SEC / o->rate);
	return l->underway < o->concurrency ? l->env.now : USEC_NEVER;
}

static void start_some(struct load *l)
{
	unsigned n;

	for (n = 0; n < START_BATCH && next_start(l) <= l->env.now; n++) {
		struct client_call *call = &l->calls[l->started];

		client_start(&l->clients[l->started / l->opt->calls], call);
		l->started++;
	}
}

/* When the patience of the one that waits longest ends. */
static usec_t patience_ends(struct load *l)
{
	while (l->patient < l->started && l->calls[l->patient].fate != CLIENT_CALL_UNDERWAY)
		l->patient++;
	return l->patient < l->started ? l->calls[l->patient].started + l->opt->patience
				       : USEC_NEVER;
}

static void give_up_some(struct load *l)
{
	while (patience_ends(l) <= l->env.now)
		client_give_up(&l->clients[l->patient / l->opt->calls], &l->calls[l->patient]);
}

/* --- a turn --- */

static int timeout_ms(struct load *l, usec_t until)
{
	usec_t now = clock_now(), when = usec_min(until, timers_next(&l->timers));

	when = usec_min(when, usec_min(next_start(l), patience_ends(l)));
	if (when <= now)
		return 0;
	when = (when - now + 999) / 1000;
	return when < TURN_MAX_MS ? (int)when : TURN_MAX_MS;
}

static void expire(struct load *l)
{
	struct timer *t;

	while ((t = timers_expired(&l->timers, l->env.now)))
		client_expire(container_of(t, struct client, timer));
}

static void do_todo(struct load *l)
{
	struct list *at;

	while ((at = list_first(&l->todo))) {
		list_del(at);
		client_todo(list_entry(at, struct client, todo));
	}
}

/* true when something came on `wake` */
static bool turn(struct load *l, usec_t until, int wake)
{
	int wait = timeout_ms(l, until);
	bool woken;

	sockets_flush(&l->sockets);
	l->env.now = clock_now();
	woken = sockets_wait(&l->sockets, wait, wake);
	l->env.now = clock_now();
	expire(l);
	give_up_some(l);
	start_some(l);
	do_todo(l);
	sockets_flush(&l->sockets);
	return woken;
}

/* --- phases --- */

static void set_up(struct load *l)
{
	usec_t next_report = clock_now() + 5 * USEC_PER_SEC;

	l->began = l->env.now = clock_now();
	while (l->started < l->total || l->underway) {
		turn(l, next_report, -1);
		if (l->env.now < next_report)
			continue;
		report_progress(l);
		next_report = l->env.now + 5 * USEC_PER_SEC;
	}
}

static void wait_line(struct load *l)
{
	char line[64];

	while (!turn(l, USEC_NEVER, STDIN_FILENO))
		;
	if (read(STDIN_FILENO, line, sizeof(line)) < 0)
		perror("culvert-load: stdin");
}

static void hold(struct load *l)
{
	usec_t end = clock_now() + l->opt->hold;

	l->phase = LOAD_HOLD;
	if (l->opt->hold_wait)
		wait_line(l);
	while (!l->opt->hold_wait && l->env.now < end)
		turn(l, end, -1);
	if (l->opt->flood)
		flood_run(l);
}

static void tear_down(struct load *l)
{
	unsigned i;

	l->phase = LOAD_TEARDOWN;
	l->env.now = clock_now();
	l->teardown_began = l->env.now;
	l->repeats_before = l->counts.control_repeats[WATCH_IN];
	for (i = 0; i < l->opt->sockets.clients; i++) {
		client_leave(&l->clients[i]);
		if (i % START_BATCH == START_BATCH - 1)
			turn(l, l->env.now, -1); /* what has come in must not pile up */
	}
	if (l->opt->bye == OPTIONS_BYE_SERVER)
		wait_line(l); /* acknowledging */
	while (l->opt->bye != OPTIONS_BYE_SERVER && l->alive &&
	       l->env.now < l->teardown_began + TEARDOWN_MAX)
		turn(l, l->teardown_began + TEARDOWN_MAX, -1);
	l->teardown_took = l->env.now - l->teardown_began;
}

int load_run(struct load *l)
{
	set_up(l);
	report_ready(l);
	hold(l);
	report_held(l);
	tear_down(l);
	report_done(l);
	return l->stats.up == l->total && !l->stats.lost && !l->second_tunnels ? 0 : 1;
}
