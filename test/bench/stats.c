// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/bench/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool stats_init(struct stats *s, size_t capacity)
{
	memset(s, 0, sizeof(*s));
	s->latency = calloc(capacity, sizeof(*s->latency));
	s->capacity = capacity;
	return s->latency;
}

void stats_fini(struct stats *s)
{
	free(s->latency);
}

void stats_started(struct stats *s, usec_t now)
{
	if (!s->first_start)
		s->first_start = now;
}

void stats_up(struct stats *s, usec_t started, usec_t now)
{
	if (s->up < s->capacity)
		s->latency[s->up++] = (uint32_t)(now - started);
	s->last_up = now;
}

void stats_cause(struct stats *s, const char *text)
{
	size_t i;

	for (i = 0; i < s->n_causes; i++)
		if (!strcmp(s->causes[i].text, text))
			break;
	if (i == s->n_causes && i < STATS_CAUSES) {
		snprintf(s->causes[i].text, sizeof(s->causes[i].text), "%s", text);
		s->n_causes++;
	}
	s->causes[i < STATS_CAUSES ? i : STATS_CAUSES - 1].count++;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

double stats_percentile_ms(struct stats *s, unsigned permille)
{
	size_t at;

	if (!s->up)
		return 0;
	qsort(s->latency, s->up, sizeof(*s->latency), compare);
	at = (s->up * permille + 999) / 1000; /* nearest rank */
	return s->latency[at ? at - 1 : 0] / 1000.0;
}

double stats_rate(const struct stats *s)
{
	usec_t span = s->last_up - s->first_start;

	return s->up && span ? (double)s->up * USEC_PER_SEC / (double)span : 0;
}
