// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/bench/report.h"

#include <stdio.h>
#include <sys/resource.h>

#include "test/bench/load.h"
#include "test/bench/options.h"

struct figures {
	unsigned long long control_out, control_in, ppp_out, ppp_in;
	unsigned long long echo_out, echo_answered, echo_in, echo_replies;
};

static struct figures figures_of(const struct load *l)
{
	const struct watch_counts *c = &l->counts;

	return (struct figures){
		.control_out = c->control_repeats[WATCH_OUT],
		.control_in = c->control_repeats[WATCH_IN],
		.ppp_out = c->ppp_repeats[WATCH_OUT],
		.ppp_in = c->ppp_repeats[WATCH_IN],
		.echo_out = c->echo_requests[WATCH_OUT],
		.echo_answered = c->echo_replies[WATCH_IN],
		.echo_in = c->echo_requests[WATCH_IN],
		.echo_replies = c->echo_replies[WATCH_OUT],
	};
}

/* Milliseconds of CPU that this process has used. */
static double own_cpu_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

void report_progress(struct load *l)
{
	if (!l->opt->quiet && !l->opt->json)
		printf("%u of %u started, %u under way, %u up, %u failed\n", l->started, l->total,
		       l->underway, l->up, l->stats.failed);
	fflush(stdout);
}

static void print_causes(const struct load *l)
{
	const struct stats *s = &l->stats;
	size_t i;

	for (i = 0; i < s->n_causes; i++)
		printf("  %6u  %s\n", s->causes[i].count, s->causes[i].text);
}

static void print_ready(struct load *l)
{
	struct figures f = figures_of(l);

	printf("up %zu of %u, failed %u, lost %u, second tunnels %u\n", l->stats.up, l->total,
	       l->stats.failed, l->stats.lost, l->second_tunnels);
	print_causes(l);
	printf("set-up %.1f/s; latency ms p50 %.0f p99 %.0f max %.0f\n", stats_rate(&l->stats),
	       stats_percentile_ms(&l->stats, 500), stats_percentile_ms(&l->stats, 990),
	       stats_percentile_ms(&l->stats, 1000));
	printf("repeats: PPP %llu ours, %llu server's; control %llu ours, %llu server's\n",
	       f.ppp_out, f.ppp_in, f.control_out, f.control_in);
}

/* Causes are made of our own words: nothing in them has to be escaped. */
static void json_causes(const struct load *l)
{
	const struct stats *s = &l->stats;
	size_t i;

	printf("\"causes\":{");
	for (i = 0; i < s->n_causes; i++)
		printf("%s\"%s\":%u", i ? "," : "", s->causes[i].text, s->causes[i].count);
	printf("}");
}

static void json_ready(struct load *l)
{
	struct figures f = figures_of(l);

	printf("{\"event\":\"ready\",\"total\":%u,\"up\":%zu,\"failed\":%u,\"lost\":%u,"
	       "\"second_tunnels\":%u,\"rate\":%.2f,\"p50_ms\":%.1f,\"p99_ms\":%.1f,"
	       "\"max_ms\":%.1f,\"ppp_repeats_out\":%llu,\"ppp_repeats_in\":%llu,"
	       "\"control_repeats_out\":%llu,\"control_repeats_in\":%llu,\"own_cpu_ms\":%.0f,",
	       l->total, l->stats.up, l->stats.failed, l->stats.lost, l->second_tunnels,
	       stats_rate(&l->stats), stats_percentile_ms(&l->stats, 500),
	       stats_percentile_ms(&l->stats, 990), stats_percentile_ms(&l->stats, 1000), f.ppp_out,
	       f.ppp_in, f.control_out, f.control_in, own_cpu_ms());
	json_causes(l);
	printf("}\n");
}

void report_ready(struct load *l)
{
	if (l->opt->json)
		json_ready(l);
	else
		print_ready(l);
	fflush(stdout);
}

void report_held(struct load *l)
{
	struct figures f = figures_of(l);

	if (l->opt->json)
		printf("{\"event\":\"held\",\"up\":%u,\"lost\":%u,\"echo_sent\":%llu,"
		       "\"echo_answered\":%llu,\"echo_received\":%llu,\"echo_replied\":%llu,"
		       "\"flooded\":%llu,\"flood_ns\":%.0f,\"flood_busy_ns\":%.0f}\n",
		       l->up, l->stats.lost, f.echo_out, f.echo_answered, f.echo_in, f.echo_replies,
		       (unsigned long long)l->flooded, l->flood_ns, l->flood_busy_ns);
	else
		printf("held: up %u, lost %u; echoes answered %llu of %llu, received %llu\n", l->up,
		       l->stats.lost, f.echo_answered, f.echo_out, f.echo_in);
	if (!l->opt->json && l->flooded)
		printf("flood: %llu packets, %.0f ns each, %.0f ns of CPU\n",
		       (unsigned long long)l->flooded, l->flood_ns, l->flood_busy_ns);
	fflush(stdout);
}

/* From the beginning of the teardown until the last session's client knew. */
static double told_ms(const struct load *l)
{
	return l->last_down > l->teardown_began ? (double)(l->last_down - l->teardown_began) / 1e3
						: 0;
}

void report_done(struct load *l)
{
	double ms = (double)l->teardown_took / 1e3;
	const struct watch_counts *c = &l->counts;

	if (l->opt->json)
		printf("{\"event\":\"done\",\"teardown_ms\":%.1f,\"unanswered\":%u,"
		       "\"send_errors\":%llu,\"own_cpu_ms\":%.0f,\"told_ms\":%.1f,\"untold\":%u,"
		       "\"stopccn\":%llu,\"cdn\":%llu,\"goodbye_repeats\":%llu}\n",
		       ms, l->alive, (unsigned long long)l->sockets.send_errors, own_cpu_ms(),
		       told_ms(l), l->up, (unsigned long long)c->stopccn[WATCH_IN],
		       (unsigned long long)c->cdn[WATCH_IN],
		       (unsigned long long)(c->control_repeats[WATCH_IN] - l->repeats_before));
	else
		printf("teardown answered after %.0f ms, %u tunnels without an answer\n", ms,
		       l->alive);
	fflush(stdout);
}
