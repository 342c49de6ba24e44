// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel role's frame: life, requests, answers, and what is ready.
 *
 * Requests come in here, pass netlink/check.c, and go to kern_tunnel.c, kern_session.c and
 * kern_stats.c; at most KERN_QUEUE_MAX are under way.  One epoll descriptor holds all that can
 * become ready: finished jobs, two kinds of netlink events, and a timer that only runs while there
 * is something to ask the kernel again.
 */
#include "netlink/kern.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "daemon/addr.h"
#include "netlink/advice.h"
#include "netlink/check.h"
#include "netlink/kern_int.h"
#include "netlink/layout.h"

#define POOL_THREADS 96 /* grace periods are shared by whoever waits at once */
#define HASH_BUCKETS 1024

/* --- answers --------------------------------------------------------------------------------- */

void kern_log(struct kern *k, int priority, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	k->ops->log(k->ctx, priority, line);
}

void kern_done_init(struct kern_done *done, uint32_t id, uint16_t tunnel, uint16_t session)
{
	memset(done, 0, sizeof(*done));
	done->wire = (struct wire){KERN_DONE, WIRE_VERSION, id};
	done->tunnel = tunnel;
	done->session = session;
}

void kern_done_fail(struct kern_done *done, const struct kern_failure *failure)
{
	done->error = failure->error;
	done->stage = (uint8_t)failure->stage;
	advice_text(failure->stage, failure->error, failure->words, done->detail,
		    sizeof(done->detail));
}

void kern_answer(struct kern *k, const struct kern_done *done, const int *fds, size_t nfds)
{
	if (!done->wire.id)
		return;
	k->requests--;
	k->ops->send(k->ctx, done, sizeof(*done), fds, nfds);
}

/* --- requests -------------------------------------------------------------------------------- */

/* Before anything is looked at. */
static void turn_away(struct kern *k, const struct wire *w, int error, const char *why)
{
	struct kern_failure failure = {error, KERN_STAGE_CHECK, why};
	struct kern_done done;

	kern_done_init(&done, w->id, 0, 0);
	kern_done_fail(&done, &failure);
	k->ops->send(k->ctx, &done, sizeof(done), NULL, 0);
}

int kern_request(struct kern *k, const void *msg, size_t len)
{
	union {
		struct wire wire;
		struct kern_tunnel_add tunnel_add;
		struct kern_tunnel_del tunnel_del;
		struct kern_session_add session_add;
		struct kern_session_del session_del;
		struct kern_session_set session_set;
		struct kern_stats_get stats_get;
		struct kern_sa_add sa_add;
		struct kern_sa_set sa_set;
		struct kern_sa_del sa_del;
		struct kern_tunnel_set tunnel_set;
		struct kern_client_open client_open;
		struct kern_client_close client_close;
	} m; /* a copy, aligned */
	int error = check_message(msg, len);

	if (error)
		return error;
	memcpy(&m, msg, len);
	if (!m.wire.id)
		return -EBADMSG;
	error = workers_start(k->workers);
	if (error || k->requests >= KERN_QUEUE_MAX) {
		turn_away(k, &m.wire, error ? error : -EBUSY,
			  error ? "no thread could be started" : "too many requests under way");
		return 0;
	}
	k->requests++;
	if (m.wire.type == KERN_TUNNEL_ADD)
		ktunnel_add(k, &m.tunnel_add);
	else if (m.wire.type == KERN_TUNNEL_DEL)
		ktunnel_del(k, &m.tunnel_del);
	else if (m.wire.type == KERN_SESSION_ADD)
		ksession_add(k, &m.session_add);
	else if (m.wire.type == KERN_SESSION_DEL)
		ksession_del(k, &m.session_del);
	else if (m.wire.type == KERN_SESSION_SET)
		ksession_set(k, &m.session_set);
	else if (m.wire.type == KERN_SA_ADD)
		ksa_add(k, &m.sa_add);
	else if (m.wire.type == KERN_SA_SET)
		ksa_set(k, &m.sa_set);
	else if (m.wire.type == KERN_SA_DEL)
		ksa_del(k, &m.sa_del);
	else if (m.wire.type == KERN_TUNNEL_SET)
		ktunnel_set(k, &m.tunnel_set);
	else if (m.wire.type == KERN_CLIENT_OPEN)
		kclient_open(k, &m.client_open);
	else if (m.wire.type == KERN_CLIENT_CLOSE)
		kclient_close(k, &m.client_close);
	else
		kstats_get(k, &m.stats_get);
	return 0;
}

/* --- what is ready --------------------------------------------------------------------------- */

int kern_fd(const struct kern *k)
{
	return k->epoll;
}

void kern_tick(struct kern *k)
{
	const struct itimerspec soon = {.it_value.tv_nsec = KERN_TICK_MS * 1000000};

	if (!k->ticking)
		k->ticking = !timerfd_settime(k->timer, 0, &soon, NULL);
}

static void tick(struct kern *k)
{
	uint64_t count;
	bool more;

	if (read(k->timer, &count, sizeof(count)) < 0)
		return;
	k->ticking = false;
	more = ktunnel_tick(k);
	more |= kmonitor_tick(k);
	if (more)
		kern_tick(k);
}

void kern_poll(struct kern *k)
{
	struct epoll_event event[8];
	int n = epoll_wait(k->epoll, event, ARRAY_SIZE(event), 0);

	for (int i = 0; i < n; i++) {
		int fd = event[i].data.fd;

		if (fd == workers_fd(k->workers))
			(void)workers_reap(k->workers);
		else if (fd == k->monitor)
			kmonitor_links(k);
		else if (fd == k->timer)
			tick(k);
		else if (fd == k->sa_timer)
			kkeep_sa_timer(k);
		else if (fd == k->guard.monitor)
			kguard_event(k);
		else if (fd == k->guard.timer)
			kguard_timer(k);
		else
			kmonitor_genl(k);
	}
}

int kern_watch(struct kern *k, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(k->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* --- listeners ------------------------------------------------------------------------------- */

/* Have we a listener of our own on this port, so that a test of the port would only find that? */
static bool port_is_ours(const struct kern *k, const struct endpoint *address)
{
	for (unsigned i = 0; i < k->cfg->n_listeners; i++)
		if (k->listener[i] >= 0 && k->cfg->listeners[i].address.port == address->port &&
		    k->cfg->listeners[i].address.family == address->family)
			return true;
	return false;
}

bool kern_wildcard(const struct kern *k, uint8_t listener)
{
	static const uint8_t any[16];

	return !memcmp(k->cfg->listeners[listener].address.addr, any, sizeof(any));
}

bool kern_requires(const struct kern *k, uint8_t listener)
{
	return k->cfg->listeners[listener].ipsec == CONFIG_IPSEC_REQUIRE;
}

static int open_listener(struct kern *k, uint8_t index)
{
	const struct endpoint *address = &k->cfg->listeners[index].address;
	int fd, error = port_is_ours(k, address) ? 0 : layout_check_port(address);

	if (!error)
		error = kguard_listener(k, index);
	if (error)
		return error;
	fd = layout_listener(address, kern_requires(k, index));
	if (fd < 0 || k->layout != KERN_LAYOUT_PARKED)
		return fd;
	error = l2tp_genl_tunnel_add(&k->genl, LAYOUT_LISTENER_TUNNEL + index, 1, fd);
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

int kern_listener(struct kern *k, uint8_t index)
{
	char text[ADDR_TEXT_MAX];
	const char *remedy = "";
	int fd;

	if (index >= k->cfg->n_listeners)
		return -EINVAL;
	if (k->listener[index] >= 0)
		return k->listener[index];
	fd = open_listener(k, index);
	if (fd == -EADDRINUSE || fd == -EEXIST)
		remedy = "; another program (xl2tpd? a second culvertd?) has it: ss -ulnp";
	else if (fd == -EADDRNOTAVAIL)
		remedy = "; this machine has no such address: ip address";
	if (fd < 0)
		kern_log(k, LOG_ERR, "listen on %s: %s%s",
			 addr_text(&k->cfg->listeners[index].address, text), strerror(-fd), remedy);
	k->listener[index] = fd < 0 ? -1 : fd;
	return fd;
}

/* --- the end --------------------------------------------------------------------------------- */

unsigned kern_tunnel_count(const struct kern *k)
{
	return k->n_tunnels;
}

unsigned kern_session_count(const struct kern *k)
{
	return k->n_sessions;
}

bool kern_idle(const struct kern *k)
{
	return !k->n_tunnels && !k->n_sessions && !k->stats_busy && !k->nft.busy && kclient_idle(k);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int kern_shutdown(struct kern *k, int timeout_ms)
{
	int64_t end = now_ms() + timeout_ms, left;
	unsigned objects = k->n_tunnels + k->n_sessions;

	kern_take_all(k);
	while (!kern_idle(k)) {
		struct pollfd pfd = {.fd = k->epoll, .events = POLLIN};

		left = end - now_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&pfd, 1, (int)left) > 0)
			kern_poll(k);
		if (k->n_tunnels + k->n_sessions < objects) {
			objects = k->n_tunnels + k->n_sessions;
			end = now_ms() + timeout_ms;
		}
	}
	return 0;
}

int kern_clean_leftovers(struct kern *k)
{
	struct rtnl r; /* the other one is the serial thread's */
	int count = rtnl_open(&r);

	kguard_clean(k);
	if (count < 0)
		return count;
	count = rtnl_flush_routes4(&r, k->cfg->route_protocol);
	rtnl_close(&r);
	if (count > 0)
		kern_log(k, LOG_NOTICE, "removed %d routes of an earlier instance", count);
	return count;
}

/* --- birth ----------------------------------------------------------------------------------- */

void kern_set_config(struct kern *k, const struct config *cfg)
{
	struct list *pos, *of;

	k->cfg = cfg;
	knft_groups(k);
	list_for_each (pos, &k->tunnels)
		list_for_each (of, &list_entry(pos, struct ktunnel, all)->session_list)
			ksession_reload(k, list_entry(of, struct ksession, of_tunnel));
}

void kern_busy(const struct kern *k, struct config_busy *ret)
{
	struct list *pos, *of;

	memset(ret, 0, sizeof(*ret));
	list_for_each (pos, &k->tunnels) {
		const struct ktunnel *t = list_entry(pos, struct ktunnel, all);

		if (t->add.client)
			ret->client[t->add.client - 1] = true;
		else
			ret->server[t->server] = true;
		list_for_each (of, &t->session_list)
			if (!t->add.client)
				ret->group[list_entry(of, struct ksession, of_tunnel)->add.group] =
					true;
	}
	list_for_each (pos, &k->sas)
		ret->server[list_entry(pos, struct ksa, all)->server] = true;
	for (unsigned i = 0; i < CONFIG_CLIENTS_MAX; i++)
		ret->client[i] |= k->client[i].state != KCLIENT_CLOSED;
}

enum kern_layout kern_layout(const struct kern *k)
{
	return k->layout;
}

static void choose_layout(struct kern *k)
{
	char why[96];

	k->layout = (enum kern_layout)k->cfg->layout;
	if (k->layout != KERN_LAYOUT_AUTO)
		return;
	if (layout_self_test(&k->layout, why, sizeof(why))) {
		k->layout = KERN_LAYOUT_CLASSIC;
		kern_log(k, LOG_WARNING, "layout=classic: the self-test could not run (%s)", why);
	}
}

static int open_tables(struct kern *k)
{
	uint64_t seed;

	k->tunnel = calloc(KERN_IDS, sizeof(*k->tunnel));
	k->session = calloc(KERN_IDS, sizeof(*k->session));
	k->ifindex_buckets = calloc(HASH_BUCKETS, sizeof(struct hash_node *));
	k->sa_buckets = calloc(HASH_BUCKETS, sizeof(struct hash_node *));
	if (!k->tunnel || !k->session || !k->ifindex_buckets || !k->sa_buckets)
		return -ENOMEM;
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return -EIO;
	hash_init(&k->ifindex, k->ifindex_buckets, HASH_BUCKETS, seed);
	hash_init(&k->sa_by_mark, k->sa_buckets, HASH_BUCKETS, seed);
	/* A group number that nobody uses: the devices in it are deleted all at once. */
	k->dying_group = (uint32_t)(seed >> 32) | 0x80000000u;
	return 0;
}

static int open_descriptors(struct kern *k)
{
	int error = l2tp_genl_open(&k->genl);

	if (error)
		return error;
	error = l2tp_genl_listen(&k->genl);
	if (error)
		return error;
	error = rtnl_open(&k->rtnl);
	if (error)
		return error;
	k->monitor = rtnl_monitor_open();
	if (k->monitor < 0)
		return k->monitor;
	k->epoll = epoll_create1(EPOLL_CLOEXEC);
	k->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	k->sa_timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	k->inet_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (k->epoll < 0 || k->timer < 0 || k->sa_timer < 0 || k->inet_fd < 0)
		return -errno;
	error = kern_watch(k, k->monitor);
	if (!error)
		error = kern_watch(k, k->timer);
	if (!error)
		error = kern_watch(k, k->sa_timer);
	return error ? error : kern_watch(k, l2tp_genl_event_fd(&k->genl));
}

/*
 * A descriptor table that grows while threads share it waits for a grace period each time.  It
 * takes 8 bytes a descriptor.
 */
#define DESCRIPTORS_AT_ONCE 16384

static void grow_descriptor_table(struct kern *k)
{
	struct rlimit rl;
	int fd;

	if (getrlimit(RLIMIT_NOFILE, &rl) || rl.rlim_cur < 256)
		return;
	if (rl.rlim_cur > DESCRIPTORS_AT_ONCE)
		rl.rlim_cur = DESCRIPTORS_AT_ONCE;
	fd = fcntl(k->epoll, F_DUPFD_CLOEXEC, (int)rl.rlim_cur - 1);
	if (fd >= 0)
		close(fd);
}

static int make_workers(struct kern *k)
{
	const struct workers_config config = {
		.threads_max = POOL_THREADS,
		.serial = kserial_run,
		.ctx = k,
	};
	int error = workers_new(&config, &k->workers);

	return error ? error : kern_watch(k, workers_fd(k->workers));
}

int kern_new(const struct config *cfg, const struct kern_ops *ops, void *ctx,
	     struct kern **ret_kern)
{
	return kern_make(cfg, KERN_LAYOUT_AUTO, ops, ctx, ret_kern);
}

int kern_make(const struct config *cfg, enum kern_layout layout, const struct kern_ops *ops,
	      void *ctx, struct kern **ret_kern)
{
	struct kern *k = calloc(1, sizeof(*k));
	int error;

	if (!k)
		return -ENOMEM;
	k->cfg = cfg;
	k->ops = ops;
	k->ctx = ctx;
	k->epoll = k->monitor = k->timer = k->sa_timer = k->inet_fd = -1;
	k->guard.monitor = k->guard.timer = -1;
	for (unsigned i = 0; i < CONFIG_LISTENERS_MAX; i++)
		k->listener[i] = -1;
	list_init(&k->tunnels);
	list_init(&k->sas);
	k->mark_mask = UINT32_MAX;
	list_init(&k->nft.waiting);
	list_init(&k->nft.answering);
	k->layout = layout;
	if (layout == KERN_LAYOUT_AUTO)
		choose_layout(k);
	error = open_tables(k);
	if (!error)
		error = open_descriptors(k);
	if (!error)
		error = make_workers(k);
	if (error) {
		kern_free(k);
		return error;
	}
	grow_descriptor_table(k);
	*ret_kern = k;
	return 0;
}

void kern_free(struct kern *k)
{
	if (!k || (k->workers && !kern_idle(k)))
		return;
	workers_free(k->workers);
	for (unsigned i = 0; i < CONFIG_LISTENERS_MAX; i++)
		if (k->listener[i] >= 0)
			close(k->listener[i]);
	knft_close(k);
	kguard_close(k); /* what is in clear must find no socket */
	const int fds[] = {k->epoll, k->monitor, k->timer, k->sa_timer, k->inet_fd};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	l2tp_genl_close(&k->genl);
	rtnl_close(&k->rtnl);
	ifnames_free(&k->names);
	free(k->kept);
	free(k->sa_buckets);
	free(k->ifindex_buckets);
	free(k->session);
	free(k->tunnel);
	free(k);
}
