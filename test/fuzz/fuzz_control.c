// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a client of the control socket may write: anything.  An administrator's connection gets the
 * bytes whole, over a real socket pair, and an engine with a few objects whose text is hostile.
 *
 * The loop is one that waits for nothing, defined here in place of daemon/loop.c: most of the time
 * would be spent in epoll otherwise.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compiler.h"
#include "daemon/control/control.h"
#include "daemon/loop.h"

static bool next_tunnel(void *ctx, uint32_t after, struct tunnel_report *ret)
{
	(void)ctx;
	ret->tunnel = (uint16_t)(after + 1);
	memset(ret->client_host, 0xfe, sizeof(ret->client_host) - 1);
	return after < 3;
}

static bool next_session(void *ctx, uint32_t after, struct session_report *ret)
{
	(void)ctx;
	ret->session = (uint16_t)(after + 1);
	ret->user_len = 255;
	memset(ret->user, (int)after, sizeof(ret->user));
	return after < 3;
}

static bool next_pool(void *ctx, uint32_t index, struct pool_report *ret)
{
	(void)ctx;
	ret->size = 1;
	return index < 2;
}

static bool next_client(void *ctx, uint32_t index, struct client_report *ret)
{
	(void)ctx;
	snprintf(ret->name, sizeof(ret->name), "c%u", index);
	ret->state = "idle";
	ret->result = index ? -1 : 1;
	ret->lines = 2;
	memset(ret->reason, 0xfe, sizeof(ret->reason) - 1);
	return index < 2;
}

static const char *client_line(void *ctx, uint8_t index, uint32_t *seq)
{
	(void)ctx;
	return *seq < 2u + index ? "tunnel is up" : NULL;
}

static int dial_client(void *ctx, uint8_t index)
{
	(void)ctx;
	BUG_ON(index > 1);
	return index ? -EBUSY : 0;
}

static void status(void *ctx, struct status_report *ret)
{
	(void)ctx;
	ret->sessions = 1;
}

/* A reason is clean text. */
static int kick(void *ctx, uint16_t session, const char *reason)
{
	(void)ctx;
	BUG_ON(session == 0 || strlen(reason) > 95);
	for (; *reason; reason++)
		BUG_ON((unsigned char)*reason < ' ');
	return 0;
}

static int drain_daemon(void *ctx, uint32_t kick_rate, bool exit)
{
	(void)ctx;
	BUG_ON(kick_rate > 10000);
	return exit ? -EIO : 0;
}

static uint32_t reload(void *ctx, uint8_t what, uint32_t confirm_s)
{
	(void)ctx;
	BUG_ON(what < 1 || what > 4 || confirm_s > 86400 || (what != 1 && confirm_s));
	return confirm_s != 7;
}

static int undrain(void *ctx)
{
	(void)ctx;
	return 0;
}

static int upgrade(void *ctx)
{
	(void)ctx;
	return 0;
}

static int upgraded(void *ctx, const char **ret_why)
{
	(void)ctx;
	*ret_why = "text";
	return -EIO;
}

static void config(void *ctx, FILE *out)
{
	(void)ctx;
	fputs("text", out);
}

static int peer(int fd, struct control_peer *ret)
{
	(void)fd;
	(void)ret; /* zeroed: root */
	return 0;
}

static const struct control_ops ops = {
	.status = status,
	.next_tunnel = next_tunnel,
	.next_session = next_session,
	.next_pool = next_pool,
	.next_client = next_client,
	.client_line = client_line,
	.connect = dial_client,
	.disconnect = dial_client,
	.kick = kick,
	.drain = drain_daemon,
	.undrain = undrain,
	.upgrade = upgrade,
	.upgraded = upgraded,
	.config = config,
	.reload = reload,
};

static struct watch *watched;

int loop_add(struct loop *loop, struct watch *w, uint32_t events)
{
	(void)loop;
	(void)events;
	watched = w;
	return 0;
}

int loop_mod(struct loop *loop, struct watch *w, uint32_t events)
{
	(void)loop;
	(void)w;
	(void)events;
	return 0;
}

void loop_del(struct loop *loop, struct watch *w)
{
	(void)loop;
	BUG_ON(watched != w);
	watched = NULL;
}

struct world {
	struct loop loop;
	struct events *events;
	struct control *control;
};

static struct world *new_world(void)
{
	struct world *w = calloc(1, sizeof(*w));
	struct control_setup setup = {.loop = &w->loop, .ops = &ops, .seed = 1, .peer = peer};

	w->events = malloc(sizeof(*w->events));
	BUG_ON(!w->events);
	w->loop.now = USEC_PER_SEC;
	events_init(w->events);
	events_note(w->events, EVENT_STARTED, NULL, "\x80\x1b", 1);
	setup.events = w->events;
	BUG_ON(control_new(&w->control, &setup));
	return w;
}

/* Replies are whole JSON texts without a byte that ends a line. */
static void drain(int fd)
{
	char buf[65536];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		for (ssize_t i = 0; i < n; i++)
			BUG_ON(buf[i] && (unsigned char)buf[i] < ' ');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world *w;
	int sv[2];

	if (!w)
		w = new_world();
	BUG_ON(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv));
	if (control_accept(w->control, sv[1]) == 0 && send(sv[0], data, size, MSG_NOSIGNAL) >= 0) {
		shutdown(sv[0], SHUT_WR);
		for (int i = 0; i < 40 && watched; i++) {
			watched->ready(watched, i ? EPOLLIN | EPOLLOUT : EPOLLIN);
			drain(sv[0]);
		}
	}
	close(sv[0]);
	if (watched)
		watched->ready(watched, EPOLLHUP);
	BUG_ON(control_clients(w->control));
	return 0;
}
