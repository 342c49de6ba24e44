// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Jobs go through the pool and the serial thread and come back on the caller's thread, each once.
 */
#include "netlink/workers.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "compiler.h"
#include "test/unit/suite.h"

#define JOBS 1000

struct task {
	struct job job;
	unsigned ran, finished;
};

struct world {
	struct workers *w;
	struct task task[JOBS];
	unsigned done;
	bool again; /* submit each a second time, from done */
	atomic_uint serial_now;
};

static struct world world;

static void run(struct job *job)
{
	container_of(job, struct task, job)->ran++;
}

static void done(void *ctx, struct job *job)
{
	struct world *wo = ctx;
	struct task *t = container_of(job, struct task, job);

	wo->done++;
	t->finished++;
	if (wo->again && t->finished == 1)
		workers_submit_serial(wo->w, job);
}

/* Takes three at a time, as the real one leaves some for the next round. */
static void serial(void *ctx, struct list *jobs)
{
	struct world *wo = ctx;

	ck_assert_uint_eq(atomic_fetch_add(&wo->serial_now, 1), 0);
	for (int i = 0; i < 3 && !list_empty(jobs); i++) {
		struct job *job = list_entry(list_first(jobs), struct job, node);

		list_del(&job->node);
		run(job);
		workers_finish(wo->w, job);
	}
	atomic_fetch_sub(&wo->serial_now, 1);
}

static void start(unsigned threads)
{
	const struct workers_config config = {threads, serial, &world};

	ck_assert_int_eq(workers_new(&config, &world.w), 0);
	ck_assert_int_eq(workers_start(world.w), 0);
	ck_assert_int_eq(workers_start(world.w), 0);
	world.done = 0;
	world.again = false;
	for (size_t i = 0; i < JOBS; i++)
		world.task[i] = (struct task){.job = {.run = run, .done = done}};
}

static void wait_for(unsigned count)
{
	struct pollfd pfd = {.fd = workers_fd(world.w), .events = POLLIN};

	while (world.done < count) {
		ck_assert_int_eq(poll(&pfd, 1, 30000), 1);
		workers_reap(world.w);
	}
	ck_assert_uint_eq(world.done, count);
	workers_free(world.w);
}

START_TEST(pool)
{
	start(8);
	for (size_t i = 0; i < JOBS; i++)
		workers_submit(world.w, &world.task[i].job);
	wait_for(JOBS);
	for (size_t i = 0; i < JOBS; i++)
		ck_assert(world.task[i].ran == 1 && world.task[i].finished == 1);
}
END_TEST

START_TEST(serial_one_at_a_time)
{
	start(1);
	for (size_t i = 0; i < JOBS; i++)
		workers_submit_serial(world.w, &world.task[i].job);
	wait_for(JOBS);
}
END_TEST

START_TEST(one_after_the_other)
{
	start(4);
	world.again = true;
	for (size_t i = 0; i < JOBS; i++)
		workers_submit(world.w, &world.task[i].job);
	wait_for(2 * JOBS);
	for (size_t i = 0; i < JOBS; i++)
		ck_assert(world.task[i].ran == 2 && world.task[i].finished == 2);
}
END_TEST

START_TEST(never_started)
{
	const struct workers_config config = {4, serial, &world};

	ck_assert_int_eq(workers_new(&config, &world.w), 0);
	workers_free(world.w);
	workers_free(NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("workers");
	TCase *tc = tcase_create("all");

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, pool);
	tcase_add_test(tc, serial_one_at_a_time);
	tcase_add_test(tc, one_after_the_other);
	tcase_add_test(tc, never_started);
	return suite_run(s);
}
