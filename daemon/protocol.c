// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of the protocol role: confine, collect what the kernel role gives, serve, end.
 */
#include "daemon/protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "daemon/config/config.h"
#include "daemon/report.h"

static void fill_random(struct rng *rng, void *to, size_t len)
{
	(void)rng;
	while (len) {
		ssize_t n = getrandom(to, len, 0);

		BUG_ON(n < 0 && errno != EINTR);
		if (n > 0) {
			to = (char *)to + n;
			len -= (size_t)n;
		}
	}
}

/* --- what the engine can do to the world --- */

static void op_send(void *ctx, uint8_t listener, const struct udp_socket *via,
		    const struct endpoint *local, const struct endpoint *peer,
		    const struct iovec *iov, size_t iovlen)
{
	struct protocol *pr = ctx;

	udp_send(&pr->udp, listener, via, local, peer, iov, iovlen);
}

static int op_ike(void *ctx, const void *msg, size_t len)
{
	struct protocol *pr = ctx;

	return ike_client_send(&pr->ike, msg, len);
}

static int op_kernel(void *ctx, const void *msg, size_t len)
{
	return kernel_client_send(ctx, msg, len);
}

static int op_aaa(void *ctx, const struct wire_aaa_auth *msg)
{
	return aaa_client_send(ctx, msg);
}

static void device_input(struct pppdev *dev, const uint8_t *frame, size_t len)
{
	struct protocol *pr = container_of(dev->loop, struct protocol, loop);

	engine_frame(pr->engine, dev, frame, len, loop_now(&pr->loop));
}

static int op_attach(void *ctx, struct pppdev *dev, int channel, int unit)
{
	struct protocol *pr = ctx;

	return pppdev_attach(dev, &pr->loop, channel, unit, device_input);
}

static void op_detach(void *ctx, struct pppdev *dev)
{
	(void)ctx;
	pppdev_detach(dev);
}

static int op_frame(void *ctx, struct pppdev *dev, const uint8_t *frame, size_t len)
{
	(void)ctx;
	return pppdev_write(dev, frame, len);
}

static uint32_t op_idle(void *ctx, const struct pppdev *dev)
{
	(void)ctx;
	return pppdev_idle(dev);
}

static int op_add_socket(void *ctx, struct udp_socket *s, uint8_t listener, int fd)
{
	struct protocol *pr = ctx;

	return udp_add(&pr->udp, s, listener, fd);
}

static void op_remove_socket(void *ctx, struct udp_socket *s)
{
	(void)ctx;
	udp_remove(s);
}

static int op_open_client(void *ctx, uint8_t client, int fd)
{
	struct protocol *pr = ctx;

	return udp_add_listener(&pr->udp, (uint8_t)(CONFIG_LISTENERS_MAX + client), fd);
}

static void op_close_client(void *ctx, uint8_t client)
{
	struct protocol *pr = ctx;

	udp_remove(&pr->udp.listeners[CONFIG_LISTENERS_MAX + client]);
}

static void op_client(void *ctx, uint8_t client, enum engine_client_news news, const char *text)
{
	protocol_client_event(ctx, client, news, text);
}

static void op_event(void *ctx, enum engine_event event, const struct peer *p,
		     const struct call *c, const void *text, size_t len)
{
	protocol_event(ctx, event, p, c, text, len);
}

static void op_refreshed(void *ctx)
{
	struct protocol *pr = ctx;

	control_refreshed(pr->control);
}

static void op_drained(void *ctx)
{
	struct kern_stop m = {.wire = {.type = KERN_DRAINED, .version = WIRE_VERSION}};

	kernel_client_send(ctx, &m, sizeof(m));
}

static void op_stopped(void *ctx)
{
	struct protocol *pr = ctx;
	struct kern_stop m = { .wire = { .type = KERN_STOPPED, .version = WIRE_VERSION } };

	kernel_client_send(pr, &m, sizeof(m));
	protocol_quit(pr, 0);
}

static const struct engine_ops ops = {
	.send = op_send,
	.ike = op_ike,
	.kernel = op_kernel,
	.aaa = op_aaa,
	.attach = op_attach,
	.detach = op_detach,
	.frame = op_frame,
	.idle = op_idle,
	.add_socket = op_add_socket,
	.remove_socket = op_remove_socket,
	.open_client = op_open_client,
	.close_client = op_close_client,
	.client = op_client,
	.event = op_event,
	.refreshed = op_refreshed,
	.drained = op_drained,
	.stopped = op_stopped,
};

/* --- life --- */

static void datagram(void *ctx, const struct datagram *d)
{
	struct protocol *pr = ctx;

	if (pr->ready)
		engine_datagram(pr->engine, d, loop_now(&pr->loop));
}

/*
 * Without records all is served as well, but for this process's life alone.  The file has room for
 * as many as there can be, whatever the limits are: what is not written takes no memory.
 */
static void open_state(struct protocol *pr)
{
	bool old = pr->resumed;
	int err = pr->state_fd < 0 ? -EBADF
				   : slots_map(&pr->state, pr->state_fd, STATE_SLOTS_MAX, &old);

	if (!err) {
		pr->state_fd = -1;
		err = engine_keep(pr->engine, &pr->state, pr->resumed, loop_now(&pr->loop));
	}
	if (err)
		log_say(&pr->log, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL,
			"sessions will not outlive this process: the state file: %s",
			strerror(-err));
	else if (old != pr->resumed)
		log_say(&pr->log, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL,
			"the state file cannot be read: every session is lost");
}

int protocol_begin(struct protocol *pr)
{
	if (!pr->cfg || pr->engine)
		return -EBADMSG;
	pr->engine = engine_new(pr->cfg, pr->layout, &ops, pr, &pr->rng);
	if (!pr->engine)
		return -ENOMEM;
	open_state(pr);
	return 0;
}

int protocol_ready(struct protocol *pr)
{
	struct log_line line;
	int err = 0;

	if (pr->ready || pr->control_fd < 0)
		return -EBADMSG;
	if (!pr->engine)
		err = protocol_begin(pr);
	if (err)
		return err;
	pr->ready = true;
	pr->started = loop_now(&pr->loop);
	engine_resumed(pr->engine, pr->started);
	engine_reap(pr->engine);
	events_note(&pr->events, EVENT_STARTED, NULL, NULL, protocol_wall());
	err = protocol_control_init(pr);
	if (err)
		return err;
	log_begin(&line, &pr->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL, "ready");
	log_pair(&line, "listeners", "%u", pr->cfg->n_listeners);
	log_pair(&line, "layout", "%s", report_layout((uint8_t)pr->layout));
	log_end(&line);
	return 0;
}

void protocol_quit(struct protocol *pr, int status)
{
	pr->quit = true;
	pr->status = status;
}

static usec_t deadline(struct protocol *pr)
{
	usec_t when = log_expire(&pr->log, loop_now(&pr->loop));

	if (pr->ready)
		when = usec_min(when, engine_deadline(pr->engine));
	if (pr->control)
		when = usec_min(when, control_deadline(pr->control));
	return when;
}

static void turn(struct protocol *pr)
{
	usec_t now;

	if (loop_turn(&pr->loop, deadline(pr))) {
		protocol_quit(pr, 1);
		return;
	}
	now = loop_now(&pr->loop);
	if (pr->ready) {
		engine_expire(pr->engine, now);
		engine_reap(pr->engine);
	}
	if (pr->control)
		control_expire(pr->control, now);
}

static int set_up(struct protocol *pr)
{
	int err;

	pr->control_fd = pr->state_fd = -1;
	pr->rng.fill = fill_random;
	events_init(&pr->events);
	err = loop_init(&pr->loop);
	if (!err)
		err = udp_init(&pr->udp, &pr->loop, datagram, pr);
	if (!err)
		protocol_ike_init(pr);
	if (!err)
		err = kernel_client_init(pr, ROLE_FD_KERNEL);
	if (!err)
		err = aaa_client_init(pr, ROLE_FD_PEER);
	return err;
}

static void tear_down(struct protocol *pr)
{
	imsg_queue_flush(&pr->kernel.queue);
	control_free(pr->control);
	pr->control = NULL;
	ike_client_close(&pr->ike);
	engine_free(pr->engine);
	slots_unmap(&pr->state);
	udp_fini(&pr->udp);
	kernel_client_fini(pr);
	aaa_client_fini(pr);
	if (pr->cfg)
		config_unmap(pr->cfg);
	loop_fini(&pr->loop);
	log_close(&pr->log);
}

int protocol_main(const struct role_account *account)
{
	struct protocol *pr = calloc(1, sizeof(*pr));
	const char *what;
	int err, status;

	if (!pr)
		return 1;
	log_open(&pr->log, "protocol");
	err = role_confine(ROLE_PROTOCOL, account, &what);
	if (err) {
		log_say(&pr->log, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL, "%s failed: %s", what,
			strerror(-err));
		free(pr);
		return 1;
	}
	err = set_up(pr);
	if (err) {
		log_say(&pr->log, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL, "cannot start: %s",
			strerror(-err));
		free(pr);
		return 1;
	}
	while (!pr->quit)
		turn(pr);
	status = pr->status;
	if (status) /* what is noted of sessions is for who comes after us: nothing is ended here */
		_exit(status);
	tear_down(pr);
	free(pr);
	return status;
}
