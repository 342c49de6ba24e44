// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counters of every session: one dump of all devices by the serial thread, from which the loop's
 * thread picks ours.  One dump at a time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netlink/kern_int.h"

struct entry {
	int ifindex;
	struct kern_counters counters;
};

struct kstats {
	struct serial_job work;
	int error;
	size_t count, room;
	struct entry *entry;
};

static void keep(void *ctx, int ifindex, const struct kern_counters *counters)
{
	struct kstats *st = ctx;
	size_t room = st->room ? st->room * 2 : 256;
	struct entry *more;

	if (st->count == st->room) {
		more = realloc(st->entry, room * sizeof(*more));
		if (!more) {
			st->error = -ENOMEM;
			return;
		}
		st->entry = more;
		st->room = room;
	}
	st->entry[st->count++] = (struct entry){ifindex, *counters};
}

void kstats_collect(struct rtnl *r, struct serial_job *work)
{
	struct kstats *st = container_of(work, struct kstats, work);
	int error = rtnl_dump_counters(r, keep, st);

	if (!st->error)
		st->error = error;
}

static void flush(struct kern *k, struct kern_stats *m)
{
	k->ops->send(k->ctx, m, sizeof(*m), NULL, 0);
	m->count = 0;
	memset(m->entry, 0, sizeof(m->entry));
}

/* The last message may be empty; the one with last set is what ends the request. */
static void stream(struct kern *k, const struct kstats *st)
{
	struct kern_stats m = {.wire = {KERN_STATS, WIRE_VERSION, k->stats_id}};

	for (size_t i = 0; i < st->count; i++) {
		struct ksession *s = ksession_of_ifindex(k, st->entry[i].ifindex);

		if (!s)
			continue;
		if (m.count == KERN_STATS_MAX)
			flush(k, &m);
		m.entry[m.count].tunnel = s->add.tunnel;
		m.entry[m.count].session = s->add.session;
		m.entry[m.count++].counters = st->entry[i].counters;
	}
	m.last = true;
	flush(k, &m);
}

static void stats_done(void *ctx, struct job *job)
{
	struct kstats *st = container_of(job, struct kstats, work.job);
	struct kern_failure failure = {st->error, KERN_STAGE_NONE, "counters"};
	struct kern *k = ctx;
	struct kern_done done;

	if (st->error) {
		kern_done_init(&done, k->stats_id, 0, 0);
		kern_done_fail(&done, &failure);
		kern_answer(k, &done, NULL, 0);
	} else if (k->stats_id) {
		k->requests--;
		stream(k, st);
	}
	k->stats_busy = false;
	free(st->entry);
	free(st);
}

void kstats_get(struct kern *k, const struct kern_stats_get *m)
{
	struct kern_failure failure = {-EBUSY, KERN_STAGE_CHECK, "one at a time"};
	struct kstats *st = k->stats_busy ? NULL : calloc(1, sizeof(*st));
	struct kern_done done;

	if (!st) {
		kern_done_init(&done, m->wire.id, 0, 0);
		kern_done_fail(&done, &failure);
		kern_answer(k, &done, NULL, 0);
		return;
	}
	k->stats_id = m->wire.id;
	st->work.op = SERIAL_STATS;
	st->work.job.done = stats_done;
	k->stats_busy = true;
	workers_submit_serial(k->workers, &st->work.job);
}
