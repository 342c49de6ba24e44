// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sessions, on the loop's thread: who has the job next, and who is answered.
 *
 *	CHANNEL (pool) -> LINK (serial) -> UP -> UNLINK (serial) -> CLOSE (pool) -> gone
 *	     \ failed          \ failed                                ^
 *	      `-----------------`--------------------------------------'
 *
 * The channel comes first because it waits for a grace period; the device is deleted before the
 * PPPoX socket is closed, because together with others that is one wait for all of them, and
 * closing the unit afterwards is nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "netlink/check.h"
#include "netlink/kern_int.h"
#include "netlink/pppox.h"

#define HASH_MIN       1024
/*
 * The kernel keeps IPv6 state for every device of at least 1280 bytes (RFC 8200 5), used or not:
 * about 19 KB, a third of what a session costs.
 */
#define LEAN_MTU       1279
#define TAKEN_RETRIES  50
#define TAKEN_PAUSE_NS 10000000

static struct ksession *of_job(struct job *job)
{
	return container_of(job, struct ksession, work.job);
}

/* --- interface indices ----------------------------------------------------------------------- */

struct ksession *ksession_of_ifindex(struct kern *k, int ifindex)
{
	struct hash_node *node = hash_find(&k->ifindex, (uint64_t)ifindex);

	return node ? container_of(node, struct ksession, by_ifindex) : NULL;
}

/* Twice the buckets when it is full; without memory for them chains only get longer. */
void ksession_hash(struct kern *k, struct ksession *s)
{
	size_t size = k->ifindex.size * 2;
	struct hash_node **buckets;

	if (k->ifindex.count >= k->ifindex.size) {
		buckets = calloc(size, sizeof(struct hash_node *));
		if (buckets) {
			hash_grow(&k->ifindex, buckets, size);
			free(k->ifindex_buckets);
			k->ifindex_buckets = buckets;
		}
	}
	hash_add(&k->ifindex, &s->by_ifindex, (uint64_t)s->ifindex);
	s->hashed = true;
}

static void unhash_session(struct kern *k, struct ksession *s)
{
	if (s->hashed)
		hash_del(&k->ifindex, &s->by_ifindex);
	s->hashed = false;
}

/* --- the end --------------------------------------------------------------------------------- */

static void answer(struct kern *k, struct ksession *s, uint32_t id, int error)
{
	struct kern_failure failure = {error, s->stage, s->why};
	struct kern_done done;

	if (!id)
		return;
	kern_done_init(&done, id, s->add.tunnel, s->add.session);
	done.ifindex = (uint32_t)s->ifindex;
	done.channel = s->channel;
	done.counters = s->counters;
	memcpy(done.ifname, s->name.text, sizeof(done.ifname));
	if (error)
		kern_done_fail(&done, &failure);
	if (s->state == KSESSION_UP)
		kern_answer(k, &done, (const int[]){s->channel_fd, s->unit_fd}, 2);
	else
		kern_answer(k, &done, NULL, 0);
}

static void close_run(struct job *job)
{
	struct ksession *s = of_job(job);
	int fds[] = {s->channel_fd, s->pppox, s->unit_fd};

	if (s->net)
		knet_dns_down(s->net);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void close_done(void *ctx, struct job *job)
{
	struct ksession *s = of_job(job);
	struct ktunnel *t = s->tunnel;
	struct kern *k = ctx;

	answer(k, s, s->add_id, s->error ? s->error : -ECANCELED);
	answer(k, s, s->del_id, 0);
	ifname_put(&s->name);
	free(s->net);
	list_del(&s->of_tunnel);
	k->session[s->add.session] = NULL;
	k->n_sessions--;
	if (!t->add.client)
		k->server_sessions[t->server]--;
	t->sessions--;
	free(s);
	ktunnel_session_gone(k, t);
}

static void start_close(struct kern *k, struct ksession *s)
{
	s->state = KSESSION_CLOSE;
	s->work.job.run = close_run;
	s->work.job.done = close_done;
	workers_submit(k->workers, &s->work.job);
}

static void submit_serial(struct kern *k, struct ksession *s, enum serial_op op,
			  void (*done)(void *ctx, struct job *job))
{
	s->work.op = op;
	s->work.job.run = NULL;
	s->work.job.done = done;
	workers_submit_serial(k->workers, &s->work.job);
}

static void unlink_done(void *ctx, struct job *job)
{
	start_close(ctx, of_job(job));
}

static void start_unlink(struct kern *k, struct ksession *s)
{
	unhash_session(k, s);
	s->state = KSESSION_UNLINK;
	submit_serial(k, s, SERIAL_LINK_DEL, unlink_done);
}

void ksession_start_del(struct kern *k, struct ksession *s, uint32_t id)
{
	if (id)
		s->del_id = id;
	switch (s->state) {
	case KSESSION_CHANNEL:
	case KSESSION_LINK:
	case KSESSION_SETTING:
		s->del_wanted = true;
		break;
	case KSESSION_UP:
		start_unlink(k, s);
		break;
	case KSESSION_UNLINK:
	case KSESSION_CLOSE:
		break;
	}
}

/* --- NP modes -------------------------------------------------------------------------------- */

static void set_done(void *ctx, struct job *job);

/* Its request was counted as answered when it came. */
static void set_failed(struct kern *k, struct ksession *s)
{
	struct kern_failure failure = {s->error, s->stage, s->why};
	struct kern_done done;

	if (!s->set_id) /* its asker has died */
		return;
	kern_done_init(&done, s->set_id, s->add.tunnel, s->add.session);
	kern_done_fail(&done, &failure);
	k->ops->send(k->ctx, &done, sizeof(done), NULL, 0);
}

static void apply_np(struct kern *k, struct ksession *s)
{
	if (s->want4 == s->np4 && s->want6 == s->np6 && !s->routes_due)
		return;
	if (s->routes_due && s->net) {
		const struct config_client *c = &k->cfg->clients[s->tunnel->add.client - 1];

		memcpy(s->net->want, c->routes, sizeof(s->net->want));
		s->net->change = true;
		s->routes_due = false;
	}
	s->state = KSESSION_SETTING;
	s->error = 0;
	s->np4 = s->want4;
	s->np6 = s->want6;
	s->remote_iid = s->want_iid;
	submit_serial(k, s, SERIAL_LINK_SET, set_done);
}

static void set_done(void *ctx, struct job *job)
{
	struct ksession *s = of_job(job);
	struct kern *k = ctx;

	s->state = KSESSION_UP;
	if (s->del_wanted) {
		start_unlink(k, s);
		return;
	}
	if (s->error)
		set_failed(k, s);
	if (s->net && s->net->change_error) {
		kern_log(k, LOG_WARNING, "routes of client %s: %s",
			 k->cfg->clients[s->tunnel->add.client - 1].name,
			 strerror(-s->net->change_error));
		s->net->change_error = 0;
	}
	apply_np(k, s);
}

/* The thread may have the routes that are there now: so it looks for itself what is different. */
void ksession_reload(struct kern *k, struct ksession *s)
{
	if (!s->net || k->cfg->clients[s->tunnel->add.client - 1].removed)
		return;
	s->routes_due = true;
	if (s->state == KSESSION_UP)
		apply_np(k, s);
}

/* --- add ------------------------------------------------------------------------------------- */

static void link_done(void *ctx, struct job *job);

static void start_link(struct kern *k, struct ksession *s)
{
	int error = ifname_take(&k->names, s->prefix, &s->name);

	if (error) {
		s->error = error;
		s->stage = KERN_STAGE_UNIT;
		start_close(k, s);
		return;
	}
	s->state = KSESSION_LINK;
	submit_serial(k, s, SERIAL_LINK_ADD, link_done);
}

static void session_up(struct kern *k, struct ksession *s)
{
	uint32_t id = s->add_id;

	s->state = KSESSION_UP;
	ksession_hash(k, s);
	if (s->del_wanted) {
		s->error = -ECANCELED;
		start_unlink(k, s);
		return;
	}
	s->add_id = 0;
	answer(k, s, id, 0);
	/* The channel can be opened again by its number; the session does not hang on it. */
	close(s->channel_fd);
	s->channel_fd = -1;
	apply_np(k, s);
}

static void dns_run(struct job *job)
{
	knet_dns_up(of_job(job)->net);
}

static void dns_done(void *ctx, struct job *job)
{
	struct ksession *s = of_job(job);

	if (s->net->dns_note)
		kern_log(ctx, LOG_WARNING, "%s: %s", s->name.text, s->net->dns_note);
	session_up(ctx, s);
}

static void link_done(void *ctx, struct job *job)
{
	struct ksession *s = of_job(job);
	struct kern *k = ctx;

	if (s->error == -EEXIST && s->stage == KERN_STAGE_UNIT && !s->del_wanted) {
		/* The name is somebody else's; numbers are plenty, so this ends. */
		ifname_foreign(&s->name);
		s->error = 0;
		start_link(k, s);
	} else if (s->error) {
		start_close(k, s);
	} else if (s->net) {
		s->work.job.run = dns_run;
		s->work.job.done = dns_done;
		workers_submit(k->workers, &s->work.job);
	} else {
		session_up(k, s);
	}
}

/*
 * Kernels since 6.11 let a session go by a work item: for a moment after its socket was closed the
 * id may still be taken.
 */
static int connect_patiently(const struct pppox_ids *ids)
{
	const struct timespec pause = {.tv_nsec = TAKEN_PAUSE_NS};
	int fd;

	for (int i = 0;; i++) {
		fd = pppox_connect(ids);
		if (fd != -EEXIST || i >= TAKEN_RETRIES)
			return fd;
		nanosleep(&pause, NULL);
	}
}

static void channel_run(struct job *job)
{
	struct ksession *s = of_job(job);
	struct pppox_ids ids = {
		.tunnel = s->add.tunnel,
		.peer_tunnel = s->tunnel->add.peer_tunnel,
		.session = s->add.session,
		.peer_session = s->add.peer_session,
		.lac = s->net,
	};

	s->stage = KERN_STAGE_PPPOX;
	s->pppox = connect_patiently(&ids);
	if (s->pppox < 0) {
		s->error = s->pppox;
		return;
	}
	s->stage = KERN_STAGE_CHANNEL;
	s->error = pppox_channel(s->pppox, &s->channel);
}

static void channel_done(void *ctx, struct job *job)
{
	struct ksession *s = of_job(job);
	struct kern *k = ctx;

	if (s->error || s->del_wanted)
		start_close(k, s);
	else
		start_link(k, s);
}

/* What is the group's for a session that was dialed to us is the profile's for one that we dialed.
 */
static int set_profile(struct kern *k, struct ksession *s, const struct ktunnel *t,
		       const struct kern_session_add *m)
{
	const struct config_client *c;
	const struct config_group *g;

	s->mtu = s->device_mtu = m->mtu;
	if (!t->add.client) {
		g = &k->cfg->groups[m->group];
		s->group = g->id;
		memcpy(s->prefix, g->interface, sizeof(s->prefix));
		if (g->lean && s->mtu > LEAN_MTU)
			s->device_mtu = LEAN_MTU;
		return 0;
	}
	c = &k->cfg->clients[t->add.client - 1];
	s->group = CONFIG_GROUP_DIALED;
	memcpy(s->prefix, c->interface, sizeof(s->prefix));
	s->net = knet_new(k->cfg, c, &t->add.peer, m);
	return s->net ? 0 : -ENOMEM;
}

void ksession_to_tables(struct kern *k, struct ksession *s)
{
	struct ktunnel *t = s->tunnel;

	list_init(&s->of_tunnel);
	list_add_tail(&t->session_list, &s->of_tunnel);
	t->sessions++;
	k->session[s->add.session] = s;
	k->n_sessions++;
	if (!t->add.client)
		k->server_sessions[t->server]++;
}

static struct ksession *new_session(struct kern *k, const struct kern_session_add *m)
{
	struct ktunnel *t = k->tunnel[m->tunnel];
	struct ksession *s = calloc(1, sizeof(*s));

	if (!s || set_profile(k, s, t, m)) {
		free(s);
		return NULL;
	}
	s->k = k;
	s->tunnel = t;
	s->add = *m;
	s->add_id = m->wire.id;
	s->route_protocol = k->cfg->route_protocol;
	s->want4 = s->np4 = m->ipv4;
	s->want6 = s->np6 = m->ipv6;
	s->want_iid = s->remote_iid = m->remote_iid;
	s->pppox = s->channel_fd = s->unit_fd = -1;
	ksession_to_tables(k, s);
	return s;
}

static struct check check_add(struct kern *k, const struct kern_session_add *m)
{
	const struct ktunnel *t = k->tunnel[m->tunnel];
	struct check_session now = {
		.tunnel_exists = t && !t->dying,
		.exists = k->session[m->session],
	};

	if (t) {
		now.server = t->server;
		now.sessions = k->server_sessions[t->server];
		now.in_tunnel = t->sessions;
		now.peer = t->add.peer;
		now.client = t->add.client;
	}
	return check_session_add(k->cfg, m, &now);
}

static void refuse(struct kern *k, const struct wire *w, const uint16_t ids[2],
		   const struct kern_failure *failure)
{
	struct kern_done done;

	kern_done_init(&done, w->id, ids[0], ids[1]);
	kern_done_fail(&done, failure);
	kern_answer(k, &done, NULL, 0);
}

void ksession_add(struct kern *k, const struct kern_session_add *m)
{
	const uint16_t ids[2] = {m->tunnel, m->session};
	struct check verdict = check_add(k, m);
	struct kern_failure failure = {verdict.error, KERN_STAGE_CHECK, verdict.why};
	struct ksession *s;

	if (failure.error) {
		refuse(k, &m->wire, ids, &failure);
		return;
	}
	s = new_session(k, m);
	if (!s) {
		failure = (struct kern_failure){-ENOMEM, KERN_STAGE_PPPOX, NULL};
		refuse(k, &m->wire, ids, &failure);
		return;
	}
	s->state = KSESSION_CHANNEL;
	s->work.job.run = channel_run;
	s->work.job.done = channel_done;
	workers_submit(k->workers, &s->work.job);
}

/* --- requests on an existing one ------------------------------------------------------------- */

static struct ksession *find(struct kern *k, uint16_t tunnel, uint16_t session)
{
	struct ksession *s = k->session[session];

	return s && s->add.tunnel == tunnel ? s : NULL;
}

void ksession_del(struct kern *k, const struct kern_session_del *m)
{
	const uint16_t ids[2] = {m->tunnel, m->session};
	struct ksession *s = find(k, m->tunnel, m->session);
	struct kern_failure failure = {-ENOENT, KERN_STAGE_CHECK, "no such session"};

	/* One that goes because its tunnel does has nobody to answer yet. */
	if (!s || s->del_id)
		refuse(k, &m->wire, ids, &failure);
	else
		ksession_start_del(k, s, m->wire.id);
}

/* Not answered unless it fails, which may be said after the next one has come. */
void ksession_set(struct kern *k, const struct kern_session_set *m)
{
	const uint16_t ids[2] = {m->tunnel, m->session};
	struct ksession *s = find(k, m->tunnel, m->session);
	struct kern_failure failure = {-ENOENT, KERN_STAGE_CHECK, "no such session"};

	if (s && m->ipv6 && !s->add.local_iid)
		failure = (struct kern_failure){-EPERM, KERN_STAGE_CHECK,
						"the session was made without IPv6"};
	else if (s && m->ipv4 && !s->add.remote4)
		failure = (struct kern_failure){-EPERM, KERN_STAGE_CHECK,
						"the session was made without IPv4"};
	else if (s)
		failure.error = 0;
	if (failure.error) {
		refuse(k, &m->wire, ids, &failure);
		return;
	}
	k->requests--;
	s->set_id = m->wire.id;
	s->want4 = m->ipv4;
	s->want6 = m->ipv6;
	if (m->remote_iid)
		s->want_iid = m->remote_iid;
	if (s->state == KSESSION_UP)
		apply_np(k, s);
}
