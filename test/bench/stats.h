/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figures of a run: latencies with their percentiles, failures by cause.
 */
#ifndef CULVERT_BENCH_STATS_H
#define CULVERT_BENCH_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/monotime.h"

#define STATS_CAUSES	24
#define STATS_CAUSE_MAX 64

struct stats_cause {
	char text[STATS_CAUSE_MAX];
	unsigned count;
};

struct stats {
	uint32_t *latency; /* microseconds, in the order of arrival */
	size_t up, capacity;
	unsigned failed; /* never came up */
	unsigned lost;	 /* was up and went down before it should */
	struct stats_cause causes[STATS_CAUSES];
	size_t n_causes; /* one more than the table holds is counted as its last */
	usec_t first_start, last_up;
};

/* false: no memory */
bool stats_init(struct stats *s, size_t capacity);
void stats_fini(struct stats *s);
void stats_started(struct stats *s, usec_t now);
void stats_up(struct stats *s, usec_t started, usec_t now);
void stats_cause(struct stats *s, const char *text);

/* Milliseconds below which so many in 1000 were; sorts the latencies. 1000: the maximum. */
double stats_percentile_ms(struct stats *s, unsigned permille);

/* Sessions per second from the first start to the last one up. */
double stats_rate(const struct stats *s);

#endif
