// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The heap of timers against the simplest thing that can be right: looking at all of them.
 */
#include "daemon/base/timer.h"

#include "compiler.h"
#include "test/unit/dies.h"
#include "test/unit/seed.h"
#include "test/unit/suite.h"

#define N 200

struct model {
	struct timers ts;
	struct timer *memory[N];
	struct timer timer[N];
	usec_t when[N]; /* USEC_NEVER: stopped */
};

static void heap_holds(const struct model *m)
{
	const struct timers *ts = &m->ts;
	usec_t first = USEC_NEVER;
	size_t running = 0;

	for (size_t i = 0; i < ts->count; i++) {
		ck_assert_uint_eq(ts->heap[i]->slot, i + 1);
		if (i > 0)
			ck_assert(ts->heap[(i - 1) / 2]->when <= ts->heap[i]->when);
	}
	for (size_t i = 0; i < N; i++) {
		ck_assert(timer_running(&m->timer[i]) == (m->when[i] != USEC_NEVER));
		running += m->when[i] != USEC_NEVER;
		first = usec_min(first, m->when[i]);
		if (m->when[i] != USEC_NEVER)
			ck_assert(m->timer[i].when == m->when[i]);
	}
	ck_assert_uint_eq(ts->count, running);
	ck_assert(timers_next(ts) == first);
}

/* What is due comes out, earliest first, and nothing else does. */
static void take_expired(struct model *m, usec_t now)
{
	struct timer *t;
	usec_t last = 0;

	while ((t = timers_expired(&m->ts, now))) {
		size_t i = (size_t)(t - m->timer);

		ck_assert(m->when[i] <= now && m->when[i] >= last);
		ck_assert_int_eq(t->kind, (int)i);
		last = m->when[i];
		m->when[i] = USEC_NEVER;
		ck_assert(!timer_running(t));
	}
	for (size_t i = 0; i < N; i++)
		ck_assert(m->when[i] == USEC_NEVER || m->when[i] > now);
}

static void random_step(struct model *m, struct seed *s, usec_t *now)
{
	size_t i = seed_below(s, N);

	switch (seed_below(s, 8)) {
	case 0:
		timer_stop(&m->ts, &m->timer[i]);
		m->when[i] = USEC_NEVER;
		break;
	case 1:
		timer_start(&m->ts, &m->timer[i], USEC_NEVER);
		m->when[i] = USEC_NEVER;
		break;
	case 2:
		*now += seed_below(s, 40);
		take_expired(m, *now);
		break;
	default: /* few different times, so that there are equal ones; some in the past */
		m->when[i] = *now + seed_below(s, 1000) - (*now > 100 ? 50 : 0);
		timer_start(&m->ts, &m->timer[i], m->when[i]);
		break;
	}
}

static void model_init(struct model *m)
{
	memset(m, 0, sizeof(*m));
	timers_init(&m->ts, m->memory, N);
	for (size_t i = 0; i < N; i++) {
		m->timer[i].kind = (int)i;
		m->when[i] = USEC_NEVER;
	}
}

START_TEST(against_model)
{
	struct model m;
	struct seed s;
	usec_t now = 1000;

	seed_init(&s, (uint64_t)_i);
	model_init(&m);
	for (int step = 0; step < 10000; step++) {
		random_step(&m, &s, &now);
		if (step % 16 == 0)
			heap_holds(&m);
	}
	take_expired(&m, USEC_NEVER - 1);
	heap_holds(&m);
	ck_assert_uint_eq(m.ts.count, 0);
}
END_TEST

START_TEST(none)
{
	struct timers ts;
	struct timer t = {0};

	timers_init(&ts, NULL, 0);
	ck_assert(timers_next(&ts) == USEC_NEVER);
	ck_assert_ptr_null(timers_expired(&ts, USEC_NEVER));
	timer_stop(&ts, &t);
	timer_start(&ts, &t, USEC_NEVER); /* needs no room */
	ck_assert(!timer_running(&t));
}
END_TEST

static void one_more(void *arg)
{
	static struct timer t;

	timer_start(arg, &t, 1);
}

START_TEST(grows)
{
	struct timer *small[2], *large[4];
	struct timer t[4] = {{0}};
	struct timers ts;

	timers_init(&ts, small, 2);
	timer_start(&ts, &t[0], 30);
	timer_start(&ts, &t[1], 10);
	ck_assert(dies(one_more, &ts));
	timers_grow(&ts, large, 4);
	small[0] = small[1] = NULL;
	timer_start(&ts, &t[2], 20);
	timer_start(&ts, &t[3], 10);
	timer_start(&ts, &t[0], 5); /* moving needs no room either */
	ck_assert_ptr_eq(timers_expired(&ts, 5), &t[0]);
	ck_assert_ptr_null(timers_expired(&ts, 9));
	ck_assert_ptr_nonnull(timers_expired(&ts, 10));
	ck_assert_ptr_nonnull(timers_expired(&ts, 10));
	ck_assert_ptr_eq(timers_expired(&ts, 25), &t[2]);
	ck_assert_uint_eq(ts.count, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("timer");
	TCase *t = tcase_create("heap");

	tcase_add_loop_test(t, against_model, 1, 11);
	tcase_add_test(t, none);
	tcase_add_test(t, grows);
	suite_add_tcase(s, t);
	return suite_run(s);
}
