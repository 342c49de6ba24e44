// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole sessions in memory, thousands of them, over wires of every weather.
 *
 *	check_sim                                  every scenario with its seeds
 *	check_sim -s NAME -r 100000                one scenario, many more of them
 *	check_sim -s NAME -n SEED -p run.pcap      one run once more, with a capture of it
 *
 * A run that fails prints the line that repeats it, also when a machine aborts.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/sim/world.h"

#define SEEDS	 200 /* of a scenario */
#define MINUTE	 (60 * USEC_PER_SEC)
#define HOUR	 (60 * MINUTE)
#define PATIENCE (20 * MINUTE) /* in which a patient client is up on the worst wire */

struct scenario {
	const char *name;
	void (*run)(struct world *w);
	unsigned seeds; /* 0: SEEDS */
};

/* --- steps that scenarios share --- */

static void bad_weather(struct world *w, unsigned loss)
{
	struct lossy_weather *h = &w->wire.weather;

	h->loss = world_pick(w, loss + 1);
	h->duplicate = world_pick(w, 3) ? world_pick(w, 200) : 0;
	h->delay_min = world_pick_time(w, 0, 100 * USEC_PER_MSEC);
	h->delay_max = h->delay_min + world_pick_time(w, 0, 400 * USEC_PER_MSEC);
}

static void good_weather(struct world *w)
{
	w->wire.weather = (struct lossy_weather){.delay_min = 5 * USEC_PER_MSEC,
						 .delay_max = 5 * USEC_PER_MSEC};
}

/* Authentication, IPv6, windows, tunnel secret: whatever the seed says. */
static void any_options(struct world *w)
{
	static const uint8_t methods[] = {AUTH_PAP, AUTH_CHAP_MD5, AUTH_MSCHAPV2};
	unsigned role;

	w->link[LINK_SERVER].methods[0] = methods[world_pick(w, ARRAY_SIZE(methods))];
	w->link[LINK_SERVER].methods[1] = AUTH_NONE;
	w->link[LINK_SERVER].ipv6 = world_pick(w, 2);
	w->link[LINK_CLIENT].ipv6 = world_pick(w, 2);
	w->profile.server_first = world_pick(w, 4) == 0;
	for (role = 0; role < ARRAY_SIZE(w->tunnel); role++)
		w->tunnel[role].window = (uint16_t)(1 + world_pick(w, 8));
	if (world_pick(w, 3))
		return;
	for (role = 0; role < ARRAY_SIZE(w->tunnel); role++) {
		w->tunnel[role].secret = (const uint8_t *)"between us";
		w->tunnel[role].secret_len = 10;
		w->tunnel[role].challenge = world_pick(w, 2);
		w->tunnel[role].hide = world_pick(w, 2);
	}
}

static void dial_some(struct world *w)
{
	unsigned i, n = 1 + world_pick(w, WORLD_CLIENTS);

	for (i = 0; i < n; i++)
		world_dial(w, i, 1 + world_pick(w, WORLD_CALLS));
}

static void wait_up(struct world *w)
{
	if (!world_run_until(w, PATIENCE, world_all_up))
		world_fail(w, "not up after %u s", (unsigned)(PATIENCE / USEC_PER_SEC));
}

static void expect_up(struct world *w)
{
	wait_up(w);
	world_check_agree(w);
}

static void expect_gone(struct world *w, usec_t within)
{
	if (!world_run_until(w, within, world_all_gone))
		world_fail(w, "not gone after %u s", (unsigned)(within / USEC_PER_SEC));
	world_check_empty(w);
}

static bool nothing_waits(const struct world *w)
{
	return !w->messages.used;
}

/* A channel that has said everything, and was told everything, keeps no message. */
static void expect_idle(struct world *w)
{
	const struct lossy_weather weather = w->wire.weather;

	good_weather(w);
	if (!world_run_until(w, MINUTE, nothing_waits))
		world_fail(w, "%zu messages still wait", w->messages.used);
	w->wire.weather = weather;
}

static void client_says_goodbye(struct world *w, struct world_client *c)
{
	unsigned k, how = world_pick(w, 3);

	for (k = 0; k < c->n_calls && how < 2; k++)
		if (c->calls[k].stage > CALL_WANTED && c->calls[k].stage < CALL_GONE)
			station_hang_up(&c->station, &c->calls[k],
					how ? STATION_BYE_CDN : STATION_BYE_PPP, &w->env);
	if (how == 0)
		world_run(w, 5 * MINUTE); /* for the Terminate-Ack */
	if (c->station.alive && c->station.tunnel.state != TUNNEL_CLOSING)
		station_close(&c->station, &w->env);
}

static void clients_say_goodbye(struct world *w)
{
	unsigned i;

	for (i = 0; i < w->n_clients; i++)
		if (w->client[i].station.alive &&
		    w->client[i].station.tunnel.state != TUNNEL_CLOSING)
			client_says_goodbye(w, &w->client[i]);
}

static void come_up(struct world *w, unsigned loss)
{
	any_options(w);
	bad_weather(w, loss);
	dial_some(w);
	expect_up(w);
}

/* --- scenarios --- */

static void client_hangs_up(struct world *w)
{
	come_up(w, 300);
	world_run(w, world_pick_time(w, 0, 10 * MINUTE));
	expect_idle(w);
	clients_say_goodbye(w);
	expect_gone(w, PATIENCE);
}

static void server_stops(struct world *w)
{
	come_up(w, 300);
	world_run(w, world_pick_time(w, 0, 10 * MINUTE));
	lns_stop(&w->lns);
	expect_gone(w, PATIENCE);
}

/* On a wire without loss nothing is ever said twice, whoever speaks first. */
static void no_repeats(struct world *w)
{
	const struct watch_counts *server = &w->lns.counts;
	unsigned i;

	any_options(w);
	dial_some(w);
	expect_up(w);
	world_run(w, 10 * MINUTE);
	clients_say_goodbye(w);
	expect_gone(w, PATIENCE);
	for (i = 0; i < WATCH_WAYS; i++)
		if (server->control_repeats[i] || server->ppp_repeats[i])
			world_fail(w, "%s: %u control messages, %u PPP requests repeated",
				   i == WATCH_OUT ? "server" : "clients",
				   (unsigned)server->control_repeats[i],
				   (unsigned)server->ppp_repeats[i]);
}

/* A wire that says everything twice, and in any order, changes nothing. */
static void echo_chamber(struct world *w)
{
	any_options(w);
	w->wire.weather = (struct lossy_weather){.duplicate = 900, .delay_max = USEC_PER_SEC};
	dial_some(w);
	expect_up(w);
	if (w->lns.by_id.count != w->n_clients)
		world_fail(w, "%u clients made %zu tunnels", w->n_clients, w->lns.by_id.count);
	expect_idle(w);
	clients_say_goodbye(w);
	expect_gone(w, PATIENCE);
}

/* Somebody loses interest at some moment of the set-up. */
static void early_goodbye(struct world *w)
{
	any_options(w);
	bad_weather(w, 300);
	dial_some(w);
	world_run(w, world_pick_time(w, 0, 4 * USEC_PER_SEC));
	if (world_pick(w, 2))
		clients_say_goodbye(w);
	else
		lns_stop(&w->lns);
	expect_gone(w, 30 * MINUTE);
}

/* Both want to end it in the same moment. */
static void both_say_goodbye(struct world *w)
{
	any_options(w);
	bad_weather(w, 200);
	dial_some(w);
	world_run(w, world_pick_time(w, 0, 4 * USEC_PER_SEC));
	lns_stop(&w->lns);
	clients_say_goodbye(w);
	expect_gone(w, PATIENCE);
}

/* A client that is gone without a word is noticed by Hello (RFC 2661 6.5) or echo. */
static void client_crashes(struct world *w)
{
	unsigned i;

	come_up(w, 200);
	world_run(w, world_pick_time(w, 0, MINUTE));
	for (i = 0; i < w->n_clients; i++)
		station_drop(&w->client[i].station, &w->env);
	expect_gone(w, 30 * MINUTE);
}

/* And may be back at once, from the same address and port. */
static void client_returns(struct world *w)
{
	unsigned i;

	come_up(w, 200);
	for (i = 0; i < w->n_clients; i++) {
		station_drop(&w->client[i].station, &w->env);
		world_dial(w, i, w->client[i].n_calls);
	}
	wait_up(w);
	world_run(w, 30 * MINUTE); /* the orphans are noticed */
	world_check_agree(w);
	if (w->lns.by_id.count != w->n_clients)
		world_fail(w, "%zu tunnels of %u clients", w->lns.by_id.count, w->n_clients);
	clients_say_goodbye(w);
	expect_gone(w, PATIENCE);
}

static void server_crashes(struct world *w)
{
	unsigned i;

	come_up(w, 200);
	world_run(w, world_pick_time(w, 0, MINUTE));
	world_restart_lns(w);
	expect_gone(w, 30 * MINUTE);
	for (i = 0; i < w->n_clients; i++)
		world_dial(w, i, w->client[i].n_calls);
	expect_up(w);
	clients_say_goodbye(w);
	expect_gone(w, PATIENCE);
}

/* Each end notices for itself that the wire is cut, at any moment. */
static void wire_is_cut(struct world *w)
{
	any_options(w);
	bad_weather(w, 200);
	dial_some(w);
	world_run(w, world_pick_time(w, 0, 10 * USEC_PER_SEC));
	w->wire.weather.loss = 1000;
	expect_gone(w, 30 * MINUTE);
}

/* A pause that is shorter than anybody's patience ends nothing. */
static void wire_pauses(struct world *w)
{
	unsigned loss;

	come_up(w, 200);
	loss = w->wire.weather.loss;
	w->wire.weather.loss = 1000;
	world_run(w, world_pick_time(w, 0, 2 * MINUTE));
	w->wire.weather.loss = loss;
	world_run(w, 10 * MINUTE);
	if (!world_all_up(w))
		world_fail(w, "a pause of two minutes ended a call");
	world_check_agree(w);
	clients_say_goodbye(w);
	expect_gone(w, PATIENCE);
}

/* An idle tunnel lives, and costs a Hello a minute at most from each end. */
static void idle_for_hours(struct world *w)
{
	const usec_t hours = 5 * HOUR;
	uint64_t before, used;

	w->link[LINK_SERVER].echo = USEC_NEVER;
	w->link[LINK_CLIENT].echo = USEC_NEVER;
	world_dial(w, 0, 1);
	expect_up(w);
	w->wire.weather.loss = 50;
	before = w->lns.counts.control[WATCH_OUT] + w->lns.counts.control[WATCH_IN];
	world_run(w, hours);
	used = w->lns.counts.control[WATCH_OUT] + w->lns.counts.control[WATCH_IN] - before;
	if (!world_all_up(w))
		world_fail(w, "an idle call was ended");
	if (used < hours / (2 * MINUTE) || used > 3 * (hours / MINUTE))
		world_fail(w, "%u control messages while idle", (unsigned)used);
	good_weather(w);
	clients_say_goodbye(w);
	expect_gone(w, PATIENCE);
}

static void expect_never_up(struct world *w, const char *what)
{
	unsigned i;

	bad_weather(w, 200);
	dial_some(w);
	world_run(w, PATIENCE);
	for (i = 0; i < w->n_clients; i++)
		if (w->client[i].ups)
			world_fail(w, "up with a wrong %s", what);
	if (w->lns.n_up)
		world_fail(w, "up at the server with a wrong %s", what);
	clients_say_goodbye(w);
	expect_gone(w, PATIENCE);
}

static void wrong_password(struct world *w)
{
	any_options(w);
	w->lns_config.password = "another";
	expect_never_up(w, "password");
	for (unsigned i = 0; i < w->n_clients; i++) {
		const struct call *c = &w->client[i].calls[0];

		/* a CDN may overtake the rest */
		if (w->client[i].station.was_up && c->link.end == LINK_END_NONE &&
		    c->session.end.by != L2TP_END_PEER)
			world_fail(w, "client %u was not told why", i);
	}
}

static void wrong_secret(struct world *w)
{
	unsigned role;

	for (role = 0; role < ARRAY_SIZE(w->tunnel); role++) {
		w->tunnel[role].secret = (const uint8_t *)(role ? "here" : "none");
		w->tunnel[role].secret_len = 4;
		w->tunnel[role].challenge = true;
	}
	expect_never_up(w, "tunnel secret");
}

/* The limits of a real configuration on wires that are too bad for them: up or not, both agree. */
static void strict_limits(struct world *w)
{
	unsigned role;

	any_options(w);
	/* with a second one, a network protocol may give up alone: nothing ends the link then */
	w->link[LINK_SERVER].ipv6 = false;
	for (role = 0; role < 2; role++) {
		w->tunnel[role].retransmit_limit = 5;
		w->tunnel[role].setup_timeout = 30 * USEC_PER_SEC;
		w->link[role].max_configure = 10;
		w->link[role].max_terminate = 2;
		w->link[role].max_failure = 5;
		w->link[role].echo_failures = 4;
		w->link[role].renegotiate = false;
		w->link[role].auth_timeout = 30 * USEC_PER_SEC;
	}
	bad_weather(w, 600);
	dial_some(w);
	world_run(w, world_pick_time(w, 0, 5 * MINUTE));
	good_weather(w);
	world_run(w, 10 * MINUTE);
	world_check_agree(w);
	clients_say_goodbye(w);
	expect_gone(w, PATIENCE);
}

/* Damaged datagrams may end anything, in any way, but not leave anything behind. */
static void damaged(struct world *w)
{
	any_options(w);
	bad_weather(w, 100);
	w->wire.weather.damage = 10 + world_pick(w, 300);
	dial_some(w);
	world_run(w, world_pick_time(w, 0, 10 * MINUTE));
	good_weather(w);
	clients_say_goodbye(w);
	lns_stop(&w->lns);
	expect_gone(w, PATIENCE);
}

static const struct scenario scenarios[] = {
	{"client-hangs-up", client_hangs_up, 600},
	{"server-stops", server_stops, 0},
	{"no-repeats", no_repeats, 0},
	{"echo-chamber", echo_chamber, 0},
	{"early-goodbye", early_goodbye, 600},
	{"both-say-goodbye", both_say_goodbye, 0},
	{"client-crashes", client_crashes, 0},
	{"client-returns", client_returns, 0},
	{"server-crashes", server_crashes, 0},
	{"wire-is-cut", wire_is_cut, 0},
	{"wire-pauses", wire_pauses, 0},
	{"idle-for-hours", idle_for_hours, 20},
	{"wrong-password", wrong_password, 0},
	{"wrong-secret", wrong_secret, 0},
	{"damaged", damaged, 600},
	{"strict-limits", strict_limits, 600},
};

/* --- running them --- */

/* What an abort() has to say; written by main alone. */
static char running[128];

static void on_abort(int sig)
{
	ssize_t ignored = write(STDERR_FILENO, running, strlen(running));

	(void)ignored;
	signal(sig, SIG_DFL);
	raise(sig);
}

struct tally {
	unsigned runs, failed;
	uint64_t calls, packets, lost, doubled;
};

static bool run(struct world *w, const struct scenario *s, uint64_t seed, FILE *pcap,
		struct tally *sum)
{
	snprintf(running, sizeof(running), "aborted: check_sim -s %s -n %llu\n", s->name,
		 (unsigned long long)seed);
	if (!world_init(w, seed, pcap)) {
		fprintf(stderr, "no memory\n");
		return false;
	}
	s->run(w);
	world_fini(w);
	sum->runs++;
	sum->calls += w->lns.n_up;
	sum->packets += w->wire.sent;
	sum->lost += w->wire.lost;
	sum->doubled += w->wire.doubled;
	if (!w->failed && w->messages.used)
		world_fail(w, "%zu messages leaked", w->messages.used);
	if (w->failed)
		printf("%s: %s\n    once more: check_sim -s %s -n %llu -p run.pcap\n", s->name,
		       w->failure, s->name, (unsigned long long)seed);
	return !w->failed;
}

static unsigned run_seeds(struct world *w, const struct scenario *s, unsigned seeds)
{
	struct tally sum = {0};
	uint64_t seed;

	for (seed = 1; seed <= seeds && sum.failed < 5; seed++)
		sum.failed += !run(w, s, seed, NULL, &sum);
	printf("%-18s %u runs, %u failed; %llu calls up, %llu packets, %llu lost, %llu doubled\n",
	       s->name, sum.runs, sum.failed, (unsigned long long)sum.calls,
	       (unsigned long long)sum.packets, (unsigned long long)sum.lost,
	       (unsigned long long)sum.doubled);
	fflush(stdout);
	return sum.failed;
}

static int usage(void)
{
	fprintf(stderr, "usage: check_sim [-s SCENARIO] [-r RUNS] [-n SEED [-p FILE.pcap]]\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct world *w = malloc(sizeof(*w));
	const char *name = NULL, *file = NULL;
	unsigned runs = 0, failed = 0, done = 0;
	struct tally sum = {0};
	uint64_t seed = 0;
	FILE *pcap = NULL;
	size_t i;
	int o;

	while ((o = getopt(argc, argv, "s:r:n:p:")) != -1) {
		if (o == 's')
			name = optarg;
		else if (o == 'r')
			runs = (unsigned)strtoul(optarg, NULL, 10);
		else if (o == 'n')
			seed = strtoull(optarg, NULL, 10);
		else if (o == 'p')
			file = optarg;
		else
			return usage();
	}
	if (!w || (file && !(pcap = pcap_create(file))))
		return 1;
	signal(SIGABRT, on_abort);
	for (i = 0; i < ARRAY_SIZE(scenarios); i++) {
		const struct scenario *s = &scenarios[i];

		if (name && strcmp(name, s->name))
			continue;
		done++;
		if (seed)
			failed += !run(w, s, seed, pcap, &sum);
		else
			failed += run_seeds(w, s, runs ? runs : s->seeds ? s->seeds : SEEDS);
	}
	if (pcap)
		fclose(pcap);
	free(w);
	if (!done)
		fprintf(stderr, "no scenario %s\n", name ? name : "");
	return failed || !done;
}
