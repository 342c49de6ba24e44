// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of the kernel role: read and check everything, take what needs privilege, give up the
 * rest, start the others, carry out what they ask of the kernel, and leave nothing behind.
 */
#include "daemon/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <syslog.h>
#include <unistd.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "daemon/addr.h"
#include "daemon/config/config.h"
#include "daemon/control_socket.h"
#include "daemon/leftover.h"
#include "daemon/state_file.h"

#define FDS_PER_SESSION 8 /* three here, two in the protocol role, and what is under way */
#define FDS_BASE        1024
#define SHUTDOWN_MS	10000		    /* without any progress */
#define STOP_PATIENCE	(15 * USEC_PER_SEC) /* without any progress; engine/stop.c has less */

static void fail(struct parent *p, const char *what, int err)
{
	log_say(&p->log, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL, "%s: %s", what, strerror(-err));
}

/* --- start --- */

static int read_config(struct parent *p)
{
	struct config_errors errs;
	int err;

	config_errors_init(&errs);
	err = config_load(p->config_path, p->cfg, &errs);
	if (!err)
		err = config_resolve(p->cfg, &p->account.uid, &p->account.gid, &errs);
	if (err) {
		config_errors_sort(&errs);
		config_errors_print(&errs, stderr);
	}
	config_errors_fini(&errs);
	if (err)
		return err;
	p->config_memfd = config_to_memfd(p->cfg);
	return p->config_memfd < 0 ? p->config_memfd : 0;
}

void parent_raise_limits(struct parent *p)
{
	struct rlimit rl;
	rlim_t want = FDS_BASE;

	for (size_t i = 0; i < p->cfg->n_servers; i++)
		want += (rlim_t)FDS_PER_SESSION * p->cfg->servers[i].max_sessions;
	getrlimit(RLIMIT_NOFILE, &rl);
	if (rl.rlim_cur >= want)
		return;
	rl.rlim_cur = want;
	if (rl.rlim_max < want)
		rl.rlim_max = want;
	if (setrlimit(RLIMIT_NOFILE, &rl) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &rl);
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
	log_say(&p->log, LOG_LEVEL_WARNING, LOG_CLASS_LOCAL,
		"only %llu open files are allowed, enough for about %llu sessions; raise "
		"LimitNOFILE or fs.nr_open",
		(unsigned long long)rl.rlim_max,
		(unsigned long long)(rl.rlim_max / FDS_PER_SESSION));
}

static int open_listeners(struct parent *p)
{
	for (uint8_t i = 0; i < p->cfg->n_listeners; i++) {
		const struct config_listener *l = &p->cfg->listeners[i];
		char at[ADDR_TEXT_MAX];

		p->listeners[i] = kern_listener(p->kern, i);
		if (p->listeners[i] < 0) /* it has said why */
			return p->listeners[i];
		addr_text(&l->address, at);
		log_say(&p->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL, "listening on UDP %s", at);
		if (l->ipsec == CONFIG_IPSEC_OFF)
			log_say(&p->log, LOG_LEVEL_WARNING, LOG_CLASS_LOCAL,
				"ipsec = off on UDP %s: L2TP is served in clear text there", at);
	}
	for (uint8_t i = 0; i < p->cfg->n_clients; i++)
		if (p->cfg->clients[i].ipsec == CONFIG_IPSEC_OFF)
			log_say(&p->log, LOG_LEVEL_WARNING, LOG_CLASS_LOCAL,
				"ipsec = off for client %s: L2TP is spoken in clear text with it",
				p->cfg->clients[i].name);
	return 0;
}

static int open_control(struct parent *p)
{
	p->control = control_socket_listen(p->cfg->control_socket);
	if (p->control >= 0)
		return 0;
	if (p->control == -EADDRINUSE)
		log_say(&p->log, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL,
			"another culvertd already serves %s; stop it first (systemctl stop culvertd)",
			p->cfg->control_socket);
	else
		fail(p, p->cfg->control_socket, p->control);
	return p->control;
}

static int open_state(struct parent *p)
{
	char path[STATE_FILE_PATH_MAX];
	int err;

	state_file_path(p->cfg->control_socket, path, sizeof(path));
	p->state = state_file_open(path);
	if (p->state >= 0) {
		int count = leftover_log(p->state, &p->log, loop_clock());

		if (count > 0)
			log_say(&p->log, LOG_LEVEL_WARNING, LOG_CLASS_LOCAL,
				"an earlier culvertd was killed, and %d session%s with it", count,
				count == 1 ? "" : "s");
	}
	err = p->state < 0 ? p->state : state_file_wipe(p->state);
	if (err)
		fail(p, path, err);
	return err;
}

static enum log_level level_of(int priority)
{
	if (priority <= LOG_ERR)
		return LOG_LEVEL_ERROR;
	if (priority == LOG_WARNING)
		return LOG_LEVEL_WARNING;
	if (priority == LOG_NOTICE)
		return LOG_LEVEL_NOTICE;
	return priority == LOG_INFO ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG;
}

static void kern_say(void *ctx, int priority, const char *text)
{
	struct parent *p = ctx;

	log_say(&p->log, level_of(priority), LOG_CLASS_LOCAL, "%s", text);
}

static const struct kern_ops kern_ops = {
	.send = children_send,
	.log = kern_say,
};

static void kern_ready(struct watch *w, uint32_t events)
{
	struct parent *p = container_of(w, struct parent, kern_watch);

	(void)events;
	kern_poll(p->kern);
	give_more(p);
}

static int watch_kernel(struct parent *p)
{
	p->kern_watch = (struct watch){.fd = kern_fd(p->kern), .ready = kern_ready};
	return loop_add(&p->loop, &p->kern_watch, EPOLLIN);
}

static int open_kernel(struct parent *p)
{
	int err;

	if (kern_probe(&kern_ops, p)) /* it has said what is missing, and what to do */
		return -ENOSYS;
	err = kern_new(p->cfg, &kern_ops, p, &p->kern);
	if (err)
		return err;
	kern_clean_leftovers(p->kern);
	log_say(&p->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL, "socket layout: %s",
		kern_layout(p->kern) == KERN_LAYOUT_PARKED ? "parked" : "classic");
	return watch_kernel(p);
}

/* --- signals --- */

/* The service manager's patience is like ours: it lasts while something happens. */
static void be_patient(struct parent *p)
{
	p->stop_deadline = loop_clock() + STOP_PATIENCE;
#ifdef HAVE_SYSTEMD
	sd_notifyf(0, "STOPPING=1\nSTATUS=Ending sessions\nEXTEND_TIMEOUT_USEC=%llu",
		   (unsigned long long)(2 * STOP_PATIENCE));
#endif
}

void parent_stop(struct parent *p, const char *why)
{
	if (p->stopping)
		return;
	p->stopping = true;
	p->stop_left = kern_tunnel_count(p->kern) + kern_session_count(p->kern);
	be_patient(p);
	p->ike.retry_at = USEC_NEVER;
	log_say(&p->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL, "%s", why);
	children_stop(p);
}

/* Fewer than ever before: nobody can keep us here for ever. */
static void watch_progress(struct parent *p)
{
	unsigned int left = kern_tunnel_count(p->kern) + kern_session_count(p->kern);

	if (left >= p->stop_left || p->stop_deadline == USEC_NEVER)
		return;
	p->stop_left = left;
	be_patient(p);
}

static void signal_ready(struct watch *w, uint32_t events)
{
	struct parent *p = container_of(w, struct parent, signals);
	struct signalfd_siginfo si;

	(void)events;
	while (read(w->fd, &si, sizeof(si)) == sizeof(si)) {
		switch (si.ssi_signo) {
		case SIGCHLD:
			children_reap(p);
			break;
		case SIGHUP:
			if (upgrade_wanted(p))
				upgrade_start(p, 0, true);
			else
				reload_signal(p);
			break;
		case SIGUSR2:
			upgrade_start(p, 0, false);
			break;
		case SIGTERM:
		case SIGINT:
			parent_stop(p, "stopping");
			break;
		}
	}
}

static int open_signals(struct parent *p)
{
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	p->signals = (struct watch){ .fd = fd, .ready = signal_ready };
	return loop_add(&p->loop, &p->signals, EPOLLIN);
}

/* --- life --- */

static usec_t deadline(const struct parent *p)
{
	usec_t when = usec_min(usec_min(children_deadline(p), p->stop_deadline), p->ike.retry_at);

	if (p->stopping)
		return when;
	return usec_min(when, usec_min(reload_deadline(p), upgrade_deadline(p)));
}

static void turn(struct parent *p)
{
	if (loop_turn(&p->loop, deadline(p))) {
		p->quit = true;
		p->status = 1;
		return;
	}
	if (p->stopping)
		watch_progress(p);
	if (p->stopping && children_gone(p)) {
		p->quit = true;
	} else if (p->stopping && loop_now(&p->loop) >= p->stop_deadline) {
		log_say(&p->log, LOG_LEVEL_WARNING, LOG_CLASS_LOCAL,
			"the protocol role has not said goodbye to everybody in time");
		p->stop_deadline = USEC_NEVER;
		children_kill(p);
	}
	if (!p->stopping) {
		children_expire(p, loop_now(&p->loop));
		ike_socket_expire(p, loop_now(&p->loop));
		reload_expire(p, loop_now(&p->loop));
		upgrade_expire(p, loop_now(&p->loop));
	}
}

static int serve(struct parent *p)
{
	int err = children_start(p);

	if (err) {
		fail(p, "starting the roles", err);
		return err;
	}
#ifdef HAVE_SYSTEMD
	sd_notify(0, "READY=1");
#endif
	return 0;
}

static int start(struct parent *p)
{
	const char *what;
	int err = loop_init(&p->loop);

	if (!err)
		err = open_signals(p);
	if (!err)
		err = open_control(p);
	if (!err)
		err = open_state(p);
	if (err)
		return err;
	parent_raise_limits(p);
	err = open_kernel(p);
	if (!err)
		err = open_listeners(p);
	if (err)
		return err;
	err = role_confine_parent(&what);
	if (err) {
		fail(p, what, err);
		return err;
	}
	return serve(p);
}

/* --- going on with what another execution has left --- */

/* The one that was in force, or, if that is not one of ours, what is in the file now. */
static int take_config(struct parent *p, int memfd)
{
	const struct config *cfg;
	struct config_errors errs;
	int err = config_from_memfd(memfd, &cfg);

	if (err) {
		close(memfd);
		return read_config(p);
	}
	*p->cfg = *cfg;
	config_unmap(cfg);
	p->config_memfd = memfd;
	config_errors_init(&errs);
	err = config_resolve(p->cfg, &p->account.uid, &p->account.gid, &errs);
	config_errors_print(&errs, stderr);
	config_errors_fini(&errs);
	return err;
}

static void take_parent(struct parent *p, const struct save_parent *m)
{
	const int fds[] = {m->control, m->state, m->config, m->users};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fcntl(fds[i], F_SETFD, FD_CLOEXEC);
	p->control = m->control;
	p->state = m->state;
	p->protocol.restarts = m->protocol_restarts;
	p->aaa.restarts = m->aaa_restarts;
	p->upgrades = m->upgrades;
	p->reload.users = m->users;
	p->state_written = m->state_written;
	p->drain.on = m->drain_on;
	p->drain.exit = m->drain_exit;
	p->drain.kick_rate = m->drain_kick_rate;
}

static int resume_kernel(struct parent *p, struct save_reader *r)
{
	const char *what;
	int err = kern_load(p->cfg, &kern_ops, p, r, &p->kern);

	save_close(r);
	if (err) {
		fail(p, "what the execution before has left", err);
		return err;
	}
	err = watch_kernel(p);
	if (!err)
		err = open_listeners(p);
	return err ? err : role_confine_parent(&what);
}

static int resume(struct parent *p, int fd)
{
	struct save_parent m;
	struct save_reader r;
	int err = upgrade_load(&r, fd, &m);

	close(fd);
	if (err) {
		fail(p, "what the execution before has left", err);
		return err;
	}
	take_parent(p, &m);
	err = take_config(p, m.config);
	if (!err)
		err = loop_init(&p->loop);
	if (!err)
		err = open_signals(p);
	if (err) {
		save_close(&r);
		return err;
	}
	err = resume_kernel(p, &r);
	if (err)
		return err;
	log_say(&p->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL,
		"upgraded to version %s: %u tunnels and %u sessions go on", CULVERT_VERSION,
		kern_tunnel_count(p->kern), kern_session_count(p->kern));
	err = serve(p);
	if (!err && m.reload)
		reload_signal(p);
	return err;
}

static void finish(struct parent *p)
{
	children_kill(p);
	if (p->kern) {
		kern_shutdown(p->kern, SHUTDOWN_MS);
		kern_free(p->kern);
	}
	if (p->control >= 0) {
		close(p->control);
		unlink(p->cfg->control_socket);
	}
	if (p->state >= 0) {
		(void)leftover_log(p->state, &p->log, loop_clock()); /* who was not told in time */
		state_file_wipe(p->state);
		close(p->state);
	}
	if (p->config_memfd >= 0)
		close(p->config_memfd);
	config_wipe(p->cfg);
	reload_fini(p);
	log_close(&p->log);
}

static struct parent *parent_new(const char *config_path)
{
	struct parent *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->cfg = calloc(1, sizeof(*p->cfg));
	p->config_path = config_path;
	p->config_memfd = -1;
	p->control = p->state = -1;
	children_init(p);
	ike_socket_init(&p->ike);
	reload_init(p);
	upgrade_init(&p->upgrade);
	p->stop_deadline = USEC_NEVER;
	for (size_t i = 0; i < CONFIG_LISTENERS_MAX; i++)
		p->listeners[i] = -1;
	if (p->cfg)
		return p;
	free(p);
	return NULL;
}

/* fd: what an earlier execution has left, or -1. */
static int live(const char *config_path, int fd)
{
	struct parent *p = parent_new(config_path);
	int status;

	if (!p)
		return 1;
	log_open(&p->log, "kernel");
	if (geteuid() != 0) {
		log_say(&p->log, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL,
			"must be started as root: it opens the kernel's interfaces and then gives "
			"up all rights but CAP_NET_ADMIN and a few for starting its other roles");
		p->status = 1;
	} else if (fd >= 0 ? resume(p, fd) : read_config(p) || start(p)) {
		p->status = 1;
	} else {
		while (!p->quit)
			turn(p);
	}
	finish(p);
	status = p->status;
	free(p->cfg);
	free(p);
	return status;
}

int parent_main(const char *config_path)
{
	return live(config_path, -1);
}

int parent_resume(const char *config_path, int fd)
{
	return live(config_path, fd);
}
