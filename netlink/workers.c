// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A pool of threads that grows and shrinks on demand, and one serial thread.
 *
 * A thread of the pool is started when a job finds nobody idle, up to the limit; one that has had
 * nothing to do for a while goes, except the last.  Stacks are small and every signal is blocked,
 * so that signals go to the loop.
 */
#include "netlink/workers.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define POOL_STACK   ((size_t)524288) /* the parser of libnftables alone takes 100 KB */
#define SERIAL_STACK ((size_t)262144)
#define IDLE_SECONDS 10

struct workers {
	struct workers_config config;
	pthread_mutex_t lock;
	pthread_cond_t pool_wake, serial_wake, left;
	struct list pool, serial, finished;
	unsigned waiting; /* jobs on pool */
	unsigned idle, threads;
	bool started, stop;
	int eventfd;
	pthread_t serial_thread;
};

/* Wait for work; false if there has been none for so long that one thread less will do. */
static bool wait_for_work(struct workers *w)
{
	struct timespec end;
	int error = 0;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += IDLE_SECONDS;
	w->idle++;
	while (!w->waiting && !w->stop && !error)
		error = pthread_cond_timedwait(&w->pool_wake, &w->lock, &end);
	w->idle--;
	return w->waiting || (!w->stop && w->threads == 1);
}

static void *pool_main(void *arg)
{
	struct workers *w = arg;
	struct job *job;

	(void)pthread_setname_np(pthread_self(), "culvertd-pool");
	pthread_mutex_lock(&w->lock);
	while (wait_for_work(w)) {
		if (!w->waiting)
			continue;
		job = list_entry(list_first(&w->pool), struct job, node);
		list_del(&job->node);
		w->waiting--;
		pthread_mutex_unlock(&w->lock);
		job->run(job);
		workers_finish(w, job);
		pthread_mutex_lock(&w->lock);
	}
	w->threads--;
	pthread_cond_signal(&w->left);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Move everything from one list to the end of another. */
static void take_all(struct list *to, struct list *from)
{
	struct list *node;

	while ((node = list_first(from))) {
		list_del(node);
		list_add_tail(to, node);
	}
}

static void *serial_main(void *arg)
{
	struct workers *w = arg;
	struct list mine;

	(void)pthread_setname_np(pthread_self(), "culvertd-rtnl");
	list_init(&mine);
	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (list_empty(&w->serial) && list_empty(&mine) && !w->stop)
			pthread_cond_wait(&w->serial_wake, &w->lock);
		if (list_empty(&w->serial) && list_empty(&mine))
			break;
		take_all(&mine, &w->serial);
		pthread_mutex_unlock(&w->lock);
		w->config.serial(w->config.ctx, &mine);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/*
 * All signals blocked: a thread inherits the mask of the one that makes it.  Without ret it is
 * detached.
 */
static int start(pthread_t *ret, size_t stack, void *(*run)(void *), void *arg)
{
	bool detached = !ret;
	pthread_t thread;
	pthread_attr_t attr;
	sigset_t all, old;
	int error;

	sigfillset(&all);
	pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, stack);
	(void)pthread_attr_setdetachstate(&attr, detached ? PTHREAD_CREATE_DETACHED
							  : PTHREAD_CREATE_JOINABLE);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(ret ? ret : &thread, &attr, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return -error;
}

int workers_new(const struct workers_config *config, struct workers **ret_workers)
{
	struct workers *w = calloc(1, sizeof(*w));
	pthread_condattr_t monotonic;
	int error;

	if (!w)
		return -ENOMEM;
	w->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->eventfd < 0) {
		error = -errno;
		free(w);
		return error;
	}
	w->config = *config;
	list_init(&w->pool);
	list_init(&w->serial);
	list_init(&w->finished);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&w->pool_wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_cond_init(&w->serial_wake, NULL);
	pthread_cond_init(&w->left, NULL);
	*ret_workers = w;
	return 0;
}

int workers_start(struct workers *w)
{
	int error = 0;

	if (w->started)
		return 0;
	pthread_mutex_lock(&w->lock);
	/* One of the pool as well, so that a job always finds a thread sooner or later. */
	if (!w->threads) {
		error = start(NULL, POOL_STACK, pool_main, w);
		w->threads = !error;
	}
	pthread_mutex_unlock(&w->lock);
	if (!error)
		error = start(&w->serial_thread, SERIAL_STACK, serial_main, w);
	w->started = !error;
	return error;
}

void workers_free(struct workers *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->pool_wake);
	pthread_cond_broadcast(&w->serial_wake);
	while (w->threads)
		pthread_cond_wait(&w->left, &w->lock);
	pthread_mutex_unlock(&w->lock);
	if (w->started)
		pthread_join(w->serial_thread, NULL);
	pthread_cond_destroy(&w->pool_wake);
	pthread_cond_destroy(&w->serial_wake);
	pthread_cond_destroy(&w->left);
	pthread_mutex_destroy(&w->lock);
	close(w->eventfd);
	free(w);
}

int workers_fd(const struct workers *w)
{
	return w->eventfd;
}

void workers_submit(struct workers *w, struct job *job)
{
	pthread_mutex_lock(&w->lock);
	list_add_tail(&w->pool, &job->node);
	w->waiting++;
	/* A thread that cannot be made is no error: the others will come to the job. */
	if (w->waiting > w->idle && w->threads < w->config.threads_max &&
	    !start(NULL, POOL_STACK, pool_main, w))
		w->threads++;
	pthread_cond_signal(&w->pool_wake);
	pthread_mutex_unlock(&w->lock);
}

void workers_submit_serial(struct workers *w, struct job *job)
{
	pthread_mutex_lock(&w->lock);
	list_add_tail(&w->serial, &job->node);
	pthread_cond_signal(&w->serial_wake);
	pthread_mutex_unlock(&w->lock);
}

void workers_finish(struct workers *w, struct job *job)
{
	uint64_t one = 1;
	bool first;

	pthread_mutex_lock(&w->lock);
	first = list_empty(&w->finished);
	list_add_tail(&w->finished, &job->node);
	pthread_mutex_unlock(&w->lock);
	if (first && write(w->eventfd, &one, sizeof(one)) < 0)
		return; /* cannot fail: the counter is far from full */
}

unsigned workers_reap(struct workers *w)
{
	struct list mine, *node;
	unsigned count = 0;
	uint64_t value;

	list_init(&mine);
	if (read(w->eventfd, &value, sizeof(value)) < 0 && errno != EAGAIN)
		return 0;
	pthread_mutex_lock(&w->lock);
	take_all(&mine, &w->finished);
	pthread_mutex_unlock(&w->lock);
	for (; (node = list_first(&mine)); count++) {
		struct job *job = list_entry(node, struct job, node);

		list_del(&job->node);
		job->done(w->config.ctx, job);
	}
	return count;
}
