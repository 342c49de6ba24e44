// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the serial thread does: everything that takes the kernel's RTNL lock or ppp_mutex.
 *
 * Deletes that wait together go together: counters, routes, a private interface group, and one
 * RTM_DELLINK for the group, which waits for one grace period instead of one a device.  Routes go
 * explicitly before, because the kernel would search its whole table once for each device that
 * leaves a route behind.  Adds go one by one, a few between two rounds of deletes.
 *
 * Only fields of struct ksession that are the thread's are written here.
 */
#include <errno.h>
#include <linux/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "netlink/kern_int.h"
#include "netlink/pppox.h"

#define DELETES_PER_ROUND 512
#define ADDS_PER_ROUND	  16
#define BUSY_RETRIES	  200
#define BUSY_PAUSE_NS	  1000000

static struct ksession *of_job(struct job *job)
{
	return container_of(job, struct ksession, work.job);
}

/* --- add ------------------------------------------------------------------------------------- */

/* RTM_NEWLINK only tries ppp_mutex, which any ioctl of any pppd may hold just then. */
static int new_device(struct rtnl *r, struct ksession *s)
{
	const struct rtnl_link link = {
		.name = s->name.text,
		.mtu = s->device_mtu,
		.group = s->group,
		.unit_fd = s->unit_fd,
	};
	const struct timespec pause = {.tv_nsec = BUSY_PAUSE_NS};
	int error;

	for (int i = 0;; i++) {
		rtnl_begin(r);
		(void)rtnl_new_ppp(r, &link);
		error = rtnl_commit(r);
		if (error != -EBUSY || i >= BUSY_RETRIES)
			break;
		nanosleep(&pause, NULL);
	}
	snprintf(s->why, sizeof(s->why), "%s", r->why);
	return error;
}

static int index_of(int inet_fd, const char *name)
{
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	memcpy(ifr.ifr_name, name, IFNAMSIZ);
	return ioctl(inet_fd, SIOCGIFINDEX, &ifr) < 0 ? -errno : ifr.ifr_ifindex;
}

/* Channel, device, and the two joined; nothing passes yet, since the device is down. */
static int make_unit(struct kern *k, struct ksession *s)
{
	int error;

	s->stage = KERN_STAGE_CHANNEL;
	s->channel_fd = pppox_attach(s->channel);
	if (s->channel_fd < 0)
		return s->channel_fd;
	s->stage = KERN_STAGE_UNIT;
	s->unit_fd = pppox_open_unit();
	if (s->unit_fd < 0)
		return s->unit_fd;
	error = new_device(&k->rtnl, s);
	if (error)
		return error;
	s->ifindex = index_of(k->inet_fd, s->name.text);
	if (s->ifindex < 0)
		return s->ifindex == -EEXIST ? -EIO : s->ifindex;
	error = pppox_set_np(s->unit_fd, s->np4, s->np6);
	if (!error)
		error = pppox_set_mru(s->unit_fd, (uint16_t)s->mtu);
	if (!error)
		error = pppox_join(s->channel_fd, s->unit_fd);
	return error == -EEXIST ? -EIO : error; /* EEXIST is for the name alone */
}

/* The queueing discipline, up, addresses and the route: one batch. */
static int configure(struct rtnl *r, struct ksession *s)
{
	const struct kern_session_add *m = &s->add;
	const struct rtnl_address4 a4 = {s->ifindex, m->local4, m->remote4};
	const struct rtnl_route4 route = {
		.ifindex = s->ifindex,
		.remote = m->remote4,
		.source = m->local4,
		.protocol = s->route_protocol,
		.mtu = s->device_mtu < s->mtu ? (uint16_t)s->mtu : 0,
	};
	unsigned up, address4 = 0, route4 = 0;

	rtnl_begin(r);
	(void)rtnl_set_noqueue(r, s->ifindex); /* an optimisation: its error is none */
	up = rtnl_set_up(r, s->ifindex, true);
	if (m->remote4) {
		address4 = rtnl_new_address4(r, &a4);
		route4 = rtnl_new_route4(r, &route);
	}
	(void)rtnl_commit(r);
	snprintf(s->why, sizeof(s->why), "%s", r->why);
	s->stage = KERN_STAGE_UNIT;
	if (rtnl_error(r, up))
		return rtnl_error(r, up);
	s->stage = KERN_STAGE_ADDRESS;
	if (m->remote4 && rtnl_error(r, address4))
		return rtnl_error(r, address4);
	s->stage = KERN_STAGE_ROUTE;
	return m->remote4 ? rtnl_error(r, route4) : 0;
}

static int configure_dialed(struct rtnl *r, struct ksession *s)
{
	int error;

	s->stage = KERN_STAGE_UNIT;
	rtnl_begin(r);
	(void)rtnl_set_noqueue(r, s->ifindex);
	(void)rtnl_set_up(r, s->ifindex, true);
	error = rtnl_commit(r);
	s->net->ifindex = s->ifindex;
	memcpy(s->net->ifname, s->name.text, sizeof(s->net->ifname));
	if (!error)
		error = knet_up(s->net, r, &s->stage);
	snprintf(s->why, sizeof(s->why), "%s", r->why);
	return error;
}

/*
 * The link-local address comes when IPv6 is first let through, because every device with one
 * makes the kernel slower with every other: it walks all IPv6 routes whenever a device comes up.
 */
static int configure6(struct rtnl *r, struct ksession *s)
{
	const struct rtnl_address6 a6 = {s->ifindex, s->add.local_iid, s->remote_iid};
	int error;

	if (!s->np6 || s->has6)
		return 0;
	rtnl_begin(r);
	(void)rtnl_new_address6(r, &a6);
	error = rtnl_commit(r);
	s->has6 = !error;
	if (error)
		s->stage = KERN_STAGE_ADDRESS;
	return error;
}

static void drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/*
 * What fails after the device was made is left to the pool: closing the unit deletes the device.
 */
static void link_add(struct kern *k, struct ksession *s)
{
	s->error = make_unit(k, s);
	if (!s->error && s->net)
		s->error = configure_dialed(&k->rtnl, s);
	else if (!s->error)
		s->error = configure(&k->rtnl, s);
	if (!s->error)
		s->error = configure6(&k->rtnl, s);
	if (!s->error)
		s->stage = KERN_STAGE_NONE;
	if (s->error == -EEXIST && s->stage == KERN_STAGE_UNIT) {
		drop(&s->unit_fd); /* no device yet; the same again with another name */
		drop(&s->channel_fd);
	}
}

/* IPv6 stays shut if it cannot have its address; the rest of the session goes on. */
static void link_set(struct kern *k, struct ksession *s)
{
	s->error = configure6(&k->rtnl, s);
	snprintf(s->why, sizeof(s->why), "%s", s->error ? k->rtnl.why : "");
	(void)pppox_set_np(s->unit_fd, s->np4, s->np6 && !s->error);
	if (s->net && s->net->change)
		knet_change(s->net, &k->rtnl);
}

/* --- delete ---------------------------------------------------------------------------------- */

/*
 * Counters and routes of a batch of sessions and, unless the devices are deleted one by one, their
 * way into the dying group.
 */
#define PER_SESSION 3
#define PER_BATCH   (RTNL_BATCH_MAX / PER_SESSION)

static void retire(struct kern *k, struct ksession **s, unsigned count, bool group)
{
	struct rtnl *r = &k->rtnl;
	unsigned counters[PER_BATCH];

	rtnl_begin(r);
	for (unsigned i = 0; i < count; i++) {
		const struct rtnl_route4 route = {
			.ifindex = s[i]->ifindex,
			.remote = s[i]->add.remote4,
			.source = s[i]->add.local4,
			.protocol = s[i]->route_protocol,
		};

		counters[i] = rtnl_get_counters(r, s[i]->ifindex);
		if (s[i]->add.remote4)
			(void)rtnl_del_route4(r, &route);
		if (group)
			(void)rtnl_set_group(r, s[i]->ifindex, k->dying_group);
		else
			(void)rtnl_del_link(r, s[i]->ifindex);
	}
	(void)rtnl_commit(r); /* what is not there any more need not be deleted */
	for (unsigned i = 0; i < count; i++)
		if (!rtnl_error(r, counters[i]))
			s[i]->counters = r->counters[counters[i]];
}

static void link_del(struct kern *k, struct ksession **s, unsigned count)
{
	bool group = count > 1;

	for (unsigned i = 0; i < count; i++)
		if (s[i]->net)
			knet_down(s[i]->net, &k->rtnl);
	for (unsigned i = 0; i < count; i += PER_BATCH)
		retire(k, s + i, count - i < PER_BATCH ? count - i : PER_BATCH, group);
	if (group) {
		rtnl_begin(&k->rtnl);
		(void)rtnl_del_group(&k->rtnl, k->dying_group);
		(void)rtnl_commit(&k->rtnl); /* if it fails, closing the units does it */
	}
	for (unsigned i = 0; i < count; i++)
		workers_finish(k->workers, &s[i]->work.job);
}

/* --- the round ------------------------------------------------------------------------------- */

static bool is_delete(struct job *job)
{
	return container_of(job, struct serial_job, job)->op == SERIAL_LINK_DEL;
}

static void run_deletes(struct kern *k, struct list *jobs)
{
	struct ksession *s[DELETES_PER_ROUND];
	struct list *pos, *tmp;
	unsigned count = 0;

	list_for_each_safe (pos, tmp, jobs) {
		struct job *job = list_entry(pos, struct job, node);

		if (!is_delete(job))
			continue;
		list_del(pos);
		s[count++] = of_job(job);
		if (count == DELETES_PER_ROUND)
			break;
	}
	if (count)
		link_del(k, s, count);
}

static void run_one(struct kern *k, struct job *job)
{
	struct serial_job *work = container_of(job, struct serial_job, job);

	switch (work->op) {
	case SERIAL_LINK_ADD:
		link_add(k, of_job(job));
		break;
	case SERIAL_LINK_SET:
		link_set(k, of_job(job));
		break;
	case SERIAL_STATS:
		kstats_collect(&k->rtnl, work);
		break;
	case SERIAL_LINK_DEL:
		BUG_ON(true);
	}
	workers_finish(k->workers, job);
}

void kserial_run(void *ctx, struct list *jobs)
{
	struct kern *k = ctx;
	struct list *pos, *tmp;
	unsigned count = 0;

	run_deletes(k, jobs);
	list_for_each_safe (pos, tmp, jobs) {
		struct job *job = list_entry(pos, struct job, node);

		if (is_delete(job))
			continue;
		list_del(pos);
		run_one(k, job);
		if (++count == ADDS_PER_ROUND)
			break;
	}
}
