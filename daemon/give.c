// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the unprivileged roles are given by their parent, in order.
 *
 * The protocol role gets configuration, state and sockets, and then what is left of an earlier
 * one's work: only when the kernel has finished with what that one had under way, and a few
 * sessions at a time, because there may be more than its socket takes.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "compiler.h"
#include "daemon/config/config.h"
#include "daemon/parent.h"
#include "wire_aaa.h"
#include "wire_kern.h"

#define KEPT_AT_ONCE 32

static struct wire wire(unsigned int type)
{
	return (struct wire){.type = (uint16_t)type, .version = WIRE_VERSION};
}

void give_protocol(struct parent *p)
{
	struct kern_start start = {
		.wire = wire(KERN_START),
		.layout = (uint8_t)kern_layout(p->kern),
		.resumed = p->state_written,
		.protocol_restarts = p->protocol.restarts,
		.aaa_restarts = p->aaa.restarts,
	};
	struct kern_control control = {.wire = wire(KERN_CONTROL)};
	const int fds[] = {p->config_memfd, p->state};
	struct utsname uts;

	if (uname(&uts) == 0)
		snprintf(start.kernel, sizeof(start.kernel), "%.*s", (int)sizeof(start.kernel) - 1,
			 uts.release);
	child_send(&p->protocol, &start, sizeof(start), fds, 2);
	for (uint8_t i = 0; i < p->cfg->n_listeners; i++) {
		struct kern_listener m = {.wire = wire(KERN_LISTENER), .index = i};

		child_send(&p->protocol, &m, sizeof(m), &p->listeners[i], 1);
	}
	child_send(&p->protocol, &control, sizeof(control), &p->control, 1);
	p->giving = GIVING_SETTLE;
	give_more(p);
}

static void serves(struct parent *p)
{
	struct kern_ready ready = {.wire = wire(KERN_READY)};

	child_send(&p->protocol, &ready, sizeof(ready), NULL, 0);
	p->giving = GIVING_DONE;
	p->state_written = true;
	kern_protocol_serves(p->kern);
	if (p->drain.on) {
		p->drain.wire = wire(KERN_DRAIN);
		child_send(&p->protocol, &p->drain, sizeof(p->drain), NULL, 0);
	}
	if (p->stopping)
		children_stop(p);
	else
		ike_socket_start(p);
}

void give_more(struct parent *p)
{
	if (p->giving == GIVING_SETTLE && kern_settled(p->kern)) {
		int err = kern_kept_begin(p->kern);

		p->giving = err ? GIVING_DONE : GIVING_KEPT;
		if (err) {
			child_say(&p->protocol, strerror(-err));
			kill(p->protocol.pid, SIGKILL);
		}
	}
	while (p->giving == GIVING_KEPT && imsg_queue_idle(&p->protocol.queue))
		if (!kern_kept_some(p->kern, KEPT_AT_ONCE))
			serves(p);
}

int give_users(struct parent *p)
{
	struct wire_aaa_users m = {.wire = wire(WIRE_AAA_USERS)};
	int fd;

	if (!p->cfg->n_listeners) /* nobody dials us, so nobody is asked who he is */
		return 0;
	fd = reload_users_open(p);
	if (fd < 0)
		return fd;
	snprintf(m.path, sizeof(m.path), "%s", p->cfg->users_file);
	child_send(&p->aaa, &m, sizeof(m), &fd, 1);
	close(fd);
	return 0;
}

void give_peer(struct parent *p, enum role to, int fd)
{
	struct kern_aaa to_protocol = {.wire = wire(KERN_AAA), .restarts = p->aaa.restarts};
	struct wire_aaa_peer to_aaa = {.wire = wire(WIRE_AAA_PEER)};

	if (to == ROLE_AAA)
		child_send(&p->aaa, &to_aaa, sizeof(to_aaa), &fd, 1);
	else
		child_send(&p->protocol, &to_protocol, sizeof(to_protocol), &fd, 1);
}
