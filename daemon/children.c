// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The two unprivileged roles, seen from their parent.
 *
 * They live and die together: each needs the other, and a fresh pair is simpler than a mended one.
 * A child that dies soon after its start delays the next start, twice as long each time.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <stdio.h>
#include <unistd.h>

#include "compiler.h"
#include "daemon/config/config.h"
#include "daemon/parent.h"
#include "wire_aaa.h"
#include "wire_kern.h"

#define RESTART_FIRST (USEC_PER_SEC / 4)
#define RESTART_MOST  (30 * USEC_PER_SEC)
#define RESTART_CALM  (60 * USEC_PER_SEC) /* who lived so long starts again at once */
#define SOCKET_BUFFER (1024 * 1024)
#define PER_TURN      64

static void child_say(struct child *c, const char *what)
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

static void child_send(struct child *c, const void *msg, size_t len, const int *fds, size_t nfds)
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
		loop_mod(&c->parent->loop, &c->watch, EPOLLIN | EPOLLOUT);
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
	if (w->type == KERN_IKE_LOST && len == sizeof(struct kern_ike)) {
		ike_socket_lost(p);
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
		loop_mod(&c->parent->loop, w, EPOLLIN);
	for (int i = 0; i < PER_TURN; i++) {
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

/* --- what they are given --- */

static struct wire wire(unsigned int type)
{
	return (struct wire){ .type = (uint16_t)type, .version = WIRE_VERSION };
}

static void give_protocol(struct parent *p)
{
	struct kern_start start = { .wire = wire(KERN_START) };
	struct kern_control control = { .wire = wire(KERN_CONTROL) };
	struct kern_ready ready = { .wire = wire(KERN_READY) };
	struct utsname uts;

	start.layout = (uint8_t)kern_layout(p->kern);
	if (uname(&uts) == 0)
		snprintf(start.kernel, sizeof(start.kernel), "%.*s",
			 (int)sizeof(start.kernel) - 1, uts.release);
	child_send(&p->protocol, &start, sizeof(start), (const int[]){p->config_memfd, p->state},
		   2);
	for (uint8_t i = 0; i < p->cfg->n_listeners; i++) {
		struct kern_listener m = { .wire = wire(KERN_LISTENER), .index = i };

		child_send(&p->protocol, &m, sizeof(m), &p->listeners[i], 1);
	}
	child_send(&p->protocol, &control, sizeof(control), &p->control, 1);
	child_send(&p->protocol, &ready, sizeof(ready), NULL, 0);
	if (!p->drain.on)
		return;
	p->drain.wire = wire(KERN_DRAIN);
	child_send(&p->protocol, &p->drain, sizeof(p->drain), NULL, 0);
}

int children_send_users(struct parent *p)
{
	struct wire_aaa_users m = { .wire = wire(WIRE_AAA_USERS) };
	struct config_errors errs;
	int fd;

	if (!p->cfg->n_listeners) /* nobody dials us, so nobody is asked who he is */
		return 0;
	config_errors_init(&errs);
	fd = config_open_users(p->cfg, &errs);
	for (size_t i = 0; i < errs.count; i++)
		log_say(&p->log, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL, "%s: %s", errs.list[i].file,
			errs.list[i].text);
	config_errors_fini(&errs);
	if (fd < 0)
		return fd;
	snprintf(m.path, sizeof(m.path), "%s", p->cfg->users_file);
	child_send(&p->aaa, &m, sizeof(m), &fd, 1);
	close(fd);
	return 0;
}

/* --- life and death --- */

static int start_one(struct parent *p, struct child *c, enum role role, int peer_fd)
{
	int pair[2], size = SOCKET_BUFFER;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	pid = role_spawn(role, &p->account, pair[1], peer_fd);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return pid;
	}
	c->role = role;
	c->pid = pid;
	c->parent = p;
	c->watch = (struct watch){ .fd = pair[0], .ready = child_ready };
	imsg_queue_init(&c->queue, pair[0], CHILDREN_QUEUE_MAX);
	return loop_add(&p->loop, &c->watch, EPOLLIN);
}

int children_start(struct parent *p)
{
	int pair[2], size = SOCKET_BUFFER, err;

	p->restart_at = USEC_NEVER;
	p->children_since = loop_clock();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	err = start_one(p, &p->aaa, ROLE_AAA, pair[0]);
	if (!err)
		err = start_one(p, &p->protocol, ROLE_PROTOCOL, pair[1]);
	close(pair[0]);
	close(pair[1]);
	if (err)
		return err;
	give_protocol(p);
	ike_socket_start(p);
	return children_send_users(p);
}

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
	struct kern_stop m = { .wire = wire(KERN_STOP) };

	child_send(&p->protocol, &m, sizeof(m), NULL, 0);
}

static void say_end(struct parent *p, const struct child *c, int status)
{
	if (p->stopping)
		return;
	if (WIFSIGNALED(status))
		log_say(&p->log, LOG_LEVEL_ERROR, LOG_CLASS_BUG, "%s role ended by signal %d (%s)",
			role_name(c->role), WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		log_say(&p->log, LOG_LEVEL_ERROR, LOG_CLASS_BUG, "%s role ended with status %d",
			role_name(c->role), WEXITSTATUS(status));
}

static void plan_restart(struct parent *p)
{
	usec_t now = loop_clock();

	if (now - p->children_since >= RESTART_CALM)
		p->restart_delay = RESTART_FIRST;
	p->restart_at = now + p->restart_delay;
	log_say(&p->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL, "starting again in %u ms",
		(unsigned int)(p->restart_delay / USEC_PER_MSEC));
	p->restart_delay = usec_min(2 * p->restart_delay, RESTART_MOST);
}

void children_reap(struct parent *p)
{
	struct child *const children[] = {&p->protocol, &p->aaa};
	int status;

	/* these two alone: other children are waited for by the threads that started them */
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		struct child *c = children[i];

		if (!c->pid || waitpid(c->pid, &status, WNOHANG) != c->pid)
			continue;
		say_end(p, c, status);
		drop_socket(c);
		c->pid = 0;
		if (c == &p->protocol) {
			ike_socket_init(&p->ike);
			kern_protocol_gone(p->kern);
		}
		children_kill(p);
	}
	if (children_gone(p) && !p->stopping && p->restart_at == USEC_NEVER)
		plan_restart(p);
}
