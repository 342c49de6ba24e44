// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The loop over pipes: deletion within a batch, deadlines that have passed, descriptors that hang
 * up.  Nothing here depends on how long something takes.
 */
#include "daemon/loop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "test/unit/suite.h"

#define N 8

struct item {
	struct watch watch;
	int other; /* end of the pipe that is written to */
	int calls;
	uint32_t events;
};

static struct loop loop;
static struct item items[N];
static int kill_others; /* the first one called deletes all others */

static void ready(struct watch *w, uint32_t events)
{
	struct item *it = container_of(w, struct item, watch);

	it->calls++;
	it->events = events;
	if (!kill_others)
		return;
	for (int i = 0; i < N; i++)
		if (&items[i] != it)
			loop_del(&loop, &items[i].watch);
}

static void begin(void)
{
	kill_others = 0;
	ck_assert_int_eq(loop_init(&loop), 0);
	for (int i = 0; i < N; i++) {
		int p[2];

		ck_assert_int_eq(pipe(p), 0);
		items[i] = (struct item){.watch = {.fd = p[0], .ready = ready}, .other = p[1]};
		ck_assert_int_eq(loop_add(&loop, &items[i].watch, EPOLLIN), 0);
	}
}

static void end(void)
{
	for (int i = 0; i < N; i++) {
		close(items[i].watch.fd);
		if (items[i].other >= 0)
			close(items[i].other);
	}
	loop_fini(&loop);
	ck_assert_int_eq(loop.epoll, -1);
}

static int all_calls(void)
{
	int n = 0;

	for (int i = 0; i < N; i++)
		n += items[i].calls;
	return n;
}

static void poke(int i)
{
	ck_assert_int_eq(write(items[i].other, "x", 1), 1);
}

START_TEST(calls_the_ready)
{
	poke(2);
	poke(5);
	ck_assert_int_eq(loop_turn(&loop, USEC_NEVER), 0);
	ck_assert_int_eq(all_calls(), 2);
	ck_assert_int_eq(items[2].calls, 1);
	ck_assert_int_eq(items[5].calls, 1);
	ck_assert_uint_eq(items[2].events, EPOLLIN);
	/* level-triggered: not read, so again */
	ck_assert_int_eq(loop_turn(&loop, USEC_NEVER), 0);
	ck_assert_int_eq(all_calls(), 4);
}
END_TEST

START_TEST(deletes_others)
{
	for (int i = 0; i < N; i++)
		poke(i);
	kill_others = 1;
	ck_assert_int_eq(loop_turn(&loop, USEC_NEVER), 0);
	ck_assert_int_eq(all_calls(), 1);
	ck_assert_int_eq(loop_turn(&loop, USEC_NEVER), 0);
	ck_assert_int_eq(all_calls(), 2); /* the one that is left */
}
END_TEST

static void delete_self(struct watch *w, uint32_t events)
{
	ready(w, events);
	loop_del(&loop, w);
	memset(w, 0xff, sizeof(*w)); /* freed, as it were */
}

START_TEST(deletes_itself)
{
	int fd = items[0].watch.fd;

	items[0].watch.ready = delete_self;
	poke(0);
	poke(1);
	ck_assert_int_eq(loop_turn(&loop, USEC_NEVER), 0);
	ck_assert_int_eq(items[1].calls, 1);
	ck_assert_int_eq(loop_turn(&loop, USEC_NEVER), 0);
	ck_assert_int_eq(items[0].calls, 1);
	ck_assert_int_eq(items[1].calls, 2);
	items[0].watch.fd = fd;
}
END_TEST

/* A deadline that has come does not wait, whether something is ready or not. */
START_TEST(deadlines)
{
	usec_t before = loop_clock();

	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(loop_turn(&loop, loop_now(&loop)), 0);
	ck_assert(loop_now(&loop) >= before);
	ck_assert_int_eq(all_calls(), 0);
	before = loop_clock();
	ck_assert_int_eq(loop_turn(&loop, before + 1500), 0);
	ck_assert(loop_now(&loop) >= before + 1500); /* never early: rounded up */
	poke(0);
	ck_assert_int_eq(loop_turn(&loop, USEC_NEVER - 1), 0); /* far away is not over already */
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(items[0].calls, 2);
}
END_TEST

START_TEST(modifies)
{
	poke(0);
	ck_assert_int_eq(loop_mod(&loop, &items[0].watch, 0), 0);
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(all_calls(), 0);
	ck_assert_int_eq(loop_mod(&loop, &items[0].watch, EPOLLIN), 0);
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(all_calls(), 1);
	close(items[0].other);
	items[0].other = -1;
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_uint_eq(items[0].events, EPOLLIN | EPOLLHUP);
}
END_TEST

START_TEST(errors)
{
	struct watch w = {.fd = -1, .ready = ready};

	ck_assert_int_eq(loop_add(&loop, &w, EPOLLIN), -EBADF);
	ck_assert_int_eq(loop_add(&loop, &items[0].watch, EPOLLIN), -EEXIST);
	loop_del(&loop, &items[0].watch);
	loop_del(&loop, &items[0].watch);
	ck_assert_int_eq(loop_mod(&loop, &items[0].watch, EPOLLIN), -ENOENT);
}
END_TEST

/* More are ready than fit into one batch: the others come in the next turns. */
START_TEST(more_than_a_batch)
{
	enum { MANY = LOOP_BATCH + 20 };
	static struct item many[MANY];
	int missing = MANY;

	for (int i = 0; i < MANY; i++) {
		int p[2];

		ck_assert_int_eq(pipe(p), 0);
		many[i] = (struct item){.watch = {.fd = p[0], .ready = ready}, .other = p[1]};
		ck_assert_int_eq(loop_add(&loop, &many[i].watch, EPOLLIN), 0);
		ck_assert_int_eq(write(p[1], "x", 1), 1);
	}
	for (int turn = 0; turn < 4; turn++)
		ck_assert_int_eq(loop_turn(&loop, 0), 0);
	for (int i = 0; i < MANY; i++) {
		missing -= many[i].calls > 0;
		loop_del(&loop, &many[i].watch);
		close(many[i].watch.fd);
		close(many[i].other);
	}
	ck_assert_int_eq(missing, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("loop");
	TCase *t = tcase_create("turns");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, calls_the_ready);
	tcase_add_test(t, deletes_others);
	tcase_add_test(t, deletes_itself);
	tcase_add_test(t, deadlines);
	tcase_add_test(t, modifies);
	tcase_add_test(t, errors);
	tcase_add_test(t, more_than_a_batch);
	suite_add_tcase(s, t);
	return suite_run(s);
}
