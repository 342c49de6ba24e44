// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The two unprivileged roles, seen from their parent: their start, their messages, their end.
 *
 * Each is started again by itself when it dies, at once; one that dies soon after its start delays
 * the next one, twice as long each time.  What the protocol role had built goes on meanwhile
 * (netlink/kern_keep.c), and its successor finds out from the state file what it was.  Should one
 * after the other die of that, the state is given up, and with it the sessions.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <stdio.h>
#include <unistd.h>

#include "compiler.h"
#include "daemon/parent.h"
#include "daemon/state_file.h"
#include "wire_aaa.h"
#include "wire_kern.h"

#define RESTART_FIRST (USEC_PER_SEC / 10) /* after the second death in a row */
#define RESTART_MOST  (5 * USEC_PER_SEC)
#define RESTART_CALM  (2 * USEC_PER_SEC) /* who lived so long starts again at once */
/*
 * What a death in the first RESTART_CALM counts: a role that was killed from outside says less
 * about the state that it found than one that stumbled by itself.
 */
#define SUSPECT_KILLED	 1
#define SUSPECT_STUMBLED 4
#define SUSPECT_ENOUGH	 20
#define SOCKET_BUFFER (1024 * 1024)
#define PER_TURN      64

void child_say(struct child *c, const char *what)
{
	log_say(&c->parent->log, LOG_LEVEL_ERROR, LOG_CLASS_BUG, "%s role: %s",
		role_name(c->role), what);
}

static void drop_socket(struct child *c)
{
	if (c->watch.fd < 0)
		return;
	loop_del(&c->parent->loop, &c->watch);
	imsg_queue_fini(&c->queue);
	close(c->watch.fd);
	c->watch.fd = -1;
}

/* Room to write where something waits; and what it says, unless that is to wait. */
static void watch_child(struct child *c)
{
	bool read = c->role != ROLE_PROTOCOL || !upgrade_quiet(c->parent);

	if (c->watch.fd >= 0)
		loop_mod(&c->parent->loop, &c->watch,
			 (read ? EPOLLIN : 0) | (imsg_queue_idle(&c->queue) ? 0 : EPOLLOUT));
}

void children_stop_reading(struct parent *p)
{
	watch_child(&p->protocol);
}

void children_resume_reading(struct parent *p)
{
	watch_child(&p->protocol);
}

void child_send(struct child *c, const void *msg, size_t len, const int *fds, size_t nfds)
{
	int err;

	if (c->watch.fd < 0)
		return;
	err = imsg_queue_send(&c->queue, msg, len, fds, nfds);
	if (err && err != -EPIPE && err != -ECONNRESET) {
		/* an answer that is lost would leave a session in between for ever */
		child_say(c, err == -ENOBUFS ? "does not read its messages; ending it"
					     : strerror(-err));
		kill(c->pid, SIGKILL);
	}
	if (!imsg_queue_idle(&c->queue))
		watch_child(c);
}

void children_send(void *ctx, const void *msg, size_t len, const int *fds, size_t nfds)
{
	struct parent *p = ctx;

	child_send(&p->protocol, msg, len, fds, nfds);
}

/* --- what they say --- */

static void from_protocol(struct parent *p, const struct wire *w, size_t len)
{
	if (w->type == KERN_STOPPED)
		return; /* its exit follows */
	if (w->type == KERN_DRAINING && len == sizeof(p->drain)) {
		memcpy(&p->drain, w, len);
		return;
	}
	if (w->type == KERN_DRAINED && len == sizeof(struct kern_stop)) {
		if (p->drain.on && p->drain.exit)
			parent_stop(p, "nobody is left: stopping");
		return;
	}
	if (w->type == KERN_UPGRADE && len == sizeof(struct kern_upgrade)) {
		upgrade_start(p, w->id, false);
		return;
	}
	if (w->type == KERN_IKE_LOST && len == sizeof(struct kern_ike)) {
		ike_socket_lost(p);
		return;
	}
	if (w->type == KERN_RELOAD && len == sizeof(struct kern_reload)) {
		reload_request(p, (const void *)w);
		return;
	}
	if (kern_request(p->kern, w, len))
		child_say(&p->protocol, "sent something that is no request");
}

static void from_aaa(struct parent *p, const struct wire *w, size_t len)
{
	const struct wire_aaa_users_done *m = (const void *)w;

	if (w->type != WIRE_AAA_USERS_DONE || len != sizeof(*m)) {
		child_say(&p->aaa, "sent something that is no answer");
		return;
	}
	if (reload_users_done(p, m))
		return;
	if (m->errors)
		reload_users_bad(p);
	if (m->errors)
		log_say(&p->log, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL,
			"%.*s (%u error%s in all; the users before it stay in force)",
			(int)sizeof(m->first_error) - 1, m->first_error, m->errors,
			m->errors == 1 ? "" : "s");
	else
		log_say(&p->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL, "%u user%s in %s", m->users,
			m->users == 1 ? "" : "s", p->cfg->users_file);
}

static void child_ready(struct watch *w, uint32_t events)
{
	struct child *c = container_of(w, struct child, watch);
	union {
		struct wire wire;
		char bytes[WIRE_SIZE_MAX];
	} buf;

	if ((events & EPOLLOUT) && imsg_queue_flush(&c->queue) != -EAGAIN)
		watch_child(c);
	if (c->role == ROLE_PROTOCOL)
		give_more(c->parent);
	for (int i = 0; i < PER_TURN && (events & ~(uint32_t)EPOLLOUT); i++) {
		ssize_t n = imsg_recv(w->fd, &buf, sizeof(buf), NULL, NULL);

		if (n == -EAGAIN || n == -EINTR)
			return;
		if (n <= 0) { /* it is about to exit; SIGCHLD tells the rest */
			loop_del(&c->parent->loop, w);
			return;
		}
		if ((size_t)n < sizeof(buf.wire) || buf.wire.version != WIRE_VERSION)
			child_say(c, "sent a message of another version");
		else if (c->role == ROLE_PROTOCOL)
			from_protocol(c->parent, &buf.wire, (size_t)n);
		else
			from_aaa(c->parent, &buf.wire, (size_t)n);
	}
}

/* --- life --- */

void children_init(struct parent *p)
{
	struct child *const children[] = {&p->protocol, &p->aaa};

	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		*children[i] = (struct child){
			.role = i ? ROLE_AAA : ROLE_PROTOCOL,
			.restart_at = USEC_NEVER,
			.watch.fd = -1,
			.parent = p,
		};
	}
}

static int make_pair(int pair[2])
{
	int size = SOCKET_BUFFER;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	return 0;
}

static int spawn(struct child *c, int peer_fd)
{
	struct parent *p = c->parent;
	int pair[2], err = make_pair(pair);
	pid_t pid;

	if (err)
		return err;
	pid = role_spawn(c->role, &p->account, pair[1], peer_fd);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return pid;
	}
	c->pid = pid;
	c->since = loop_clock();
	c->restart_at = USEC_NEVER;
	c->watch = (struct watch){ .fd = pair[0], .ready = child_ready };
	imsg_queue_init(&c->queue, pair[0], CHILDREN_QUEUE_MAX);
	return loop_add(&p->loop, &c->watch, EPOLLIN);
}

/* With a connection to the other role, whose end of it is closed when that does not live. */
static int start_one(struct parent *p, struct child *c)
{
	struct child *other = c == &p->aaa ? &p->protocol : &p->aaa;
	int peer[2], err = make_pair(peer);

	if (err)
		return err;
	err = spawn(c, peer[0]);
	close(peer[0]);
	if (!err && other->pid)
		give_peer(p, other->role, peer[1]);
	close(peer[1]);
	if (err)
		return err;
	if (c == &p->protocol)
		give_protocol(p);
	else
		give_users(p);
	return 0;
}

/* Who cannot know its users does not begin; it has said why. */
static int users_there(struct parent *p)
{
	int fd = p->cfg->n_listeners ? reload_users_open(p) : -1;

	if (fd >= 0)
		close(fd);
	return p->cfg->n_listeners && fd < 0 ? fd : 0;
}

int children_start(struct parent *p)
{
	int err = users_there(p);

	if (!err)
		err = start_one(p, &p->aaa);
	return err ? err : start_one(p, &p->protocol);
}

usec_t children_deadline(const struct parent *p)
{
	return usec_min(p->protocol.restart_at, p->aaa.restart_at);
}

static void plan(struct child *c, usec_t now)
{
	c->restart_at = now + c->restart_delay;
	c->restart_delay =
		c->restart_delay ? usec_min(2 * c->restart_delay, RESTART_MOST) : RESTART_FIRST;
}

static void expire(struct parent *p, struct child *c, usec_t now)
{
	int err;

	if (now < c->restart_at)
		return;
	err = start_one(p, c);
	if (!err)
		return;
	child_say(c, strerror(-err));
	if (!c->pid)
		plan(c, now);
}

void children_expire(struct parent *p, usec_t now)
{
	expire(p, &p->aaa, now);
	expire(p, &p->protocol, now);
}

/* --- death --- */

bool children_gone(const struct parent *p)
{
	return p->protocol.pid == 0 && p->aaa.pid == 0;
}

void children_kill(struct parent *p)
{
	if (p->protocol.pid)
		kill(p->protocol.pid, SIGKILL);
	if (p->aaa.pid)
		kill(p->aaa.pid, SIGKILL);
}

void children_stop(struct parent *p)
{
	struct kern_stop m = {
		.wire = {.type = KERN_STOP, .version = WIRE_VERSION},
	};

	p->protocol.restart_at = p->aaa.restart_at = USEC_NEVER;
	if (p->giving != GIVING_DONE)
		return; /* when it serves */
	if (p->protocol.pid)
		child_send(&p->protocol, &m, sizeof(m), NULL, 0);
	else
		children_kill(p);
}

void children_end(struct parent *p)
{
	struct child *const children[] = {&p->protocol, &p->aaa};

	children_kill(p);
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		struct child *c = children[i];

		if (c->pid)
			(void)waitpid(c->pid, NULL, 0);
		drop_socket(c);
		c->pid = 0;
		c->restart_at = USEC_NEVER;
	}
	p->giving = GIVING_DONE;
	ike_socket_init(&p->ike);
}

void children_again(struct parent *p)
{
	p->protocol.restart_at = p->aaa.restart_at = loop_clock();
}

static void say_end(const struct child *c, int status)
{
	struct parent *p = c->parent;
	char how[64], kept[64] = "";

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(how, sizeof(how), "with status %d", WEXITSTATUS(status));
	if (c->role == ROLE_PROTOCOL)
		snprintf(kept, sizeof(kept), "; %u tunnels and %u sessions go on without it",
			 kern_tunnel_count(p->kern), kern_session_count(p->kern));
	log_say(&p->log, LOG_LEVEL_ERROR, LOG_CLASS_BUG,
		"%s role ended %s after %llu ms%s; starting it again in %llu ms (restart %u)",
		role_name(c->role), how,
		(unsigned long long)((loop_clock() - c->since) / USEC_PER_MSEC), kept,
		(unsigned long long)(c->restart_delay / USEC_PER_MSEC), c->restarts);
}

/* Does what it found kill one role after the other?  Better none of the sessions than no service.
 */
static void suspect_state(struct parent *p, bool killed)
{
	p->suspicion += killed ? SUSPECT_KILLED : SUSPECT_STUMBLED;
	if (!p->state_written || p->suspicion < SUSPECT_ENOUGH)
		return;
	log_say(&p->log, LOG_LEVEL_ERROR, LOG_CLASS_BUG,
		"the protocol role dies again and again at its start, perhaps of what it finds in "
		"the state file: starting without it; %u tunnels and %u sessions end",
		kern_tunnel_count(p->kern), kern_session_count(p->kern));
	p->suspicion = 0;
	p->state_written = false;
	kern_take_all(p->kern);
}

static void ended(struct child *c, int status)
{
	struct parent *p = c->parent;
	usec_t now = loop_clock();
	bool calm = now - c->since >= RESTART_CALM;

	drop_socket(c);
	c->pid = 0;
	if (c->role == ROLE_AAA)
		reload_aaa_gone(p);
	if (c->role == ROLE_PROTOCOL) {
		p->giving = GIVING_DONE;
		reload_protocol_gone(p);
		ike_socket_init(&p->ike);
		kern_protocol_gone(p->kern);
	}
	if (p->stopping) {
		children_kill(p);
		return;
	}
	if (calm)
		c->restart_delay = 0;
	c->restarts++;
	say_end(c, status);
	if (c->role == ROLE_PROTOCOL && calm)
		p->suspicion = 0;
	else if (c->role == ROLE_PROTOCOL)
		suspect_state(p, WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	if (c->role == ROLE_PROTOCOL && !p->state_written)
		state_file_wipe(p->state);
	plan(c, now);
}

void children_reap(struct parent *p)
{
	struct child *const children[] = {&p->protocol, &p->aaa};
	int status;

	/* these two alone: other children are waited for by the threads that started them */
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		struct child *c = children[i];

		if (c->pid && waitpid(c->pid, &status, WNOHANG) == c->pid)
			ended(c, status);
	}
}
