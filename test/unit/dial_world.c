// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/unit/dial_world.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/aaa/verify.h"
#include "daemon/ike/message.h"

#define STATE_SLOTS 64
#define FAKE_FD 0x40000000

struct dial_world w;

static struct endpoint endpoint4(uint8_t last, uint16_t port)
{
	return (struct endpoint){.family = ENDPOINT_IPV4, .port = port, .addr = {192, 0, 2, last}};
}

/* --- what the engines do --- */

static struct thing *add(struct side *to, usec_t delay, const void *data, size_t len)
{
	struct thing *t = &w.thing[w.n_things++];

	ck_assert_uint_lt(w.n_things, DIAL_THINGS);
	ck_assert_uint_le(len, sizeof(t->data));
	*t = (struct thing){.due = w.now + delay, .to = to, .len = len};
	memcpy(t->data.bytes, data, len);
	return t;
}

static void put_on_wire(struct side *from, const uint8_t *data, size_t len)
{
	if (from == &w.side[US])
		w.from_us++;
	if (memmem(data, len, DIAL_PASSWORD, strlen(DIAL_PASSWORD)))
		w.password_seen = true;
	if (seed_below(&w.seed, 1000) < w.loss)
		return;
	add(&w.side[from == &w.side[US]], USEC_PER_MSEC + seed_below(&w.seed, 3000), data, len)
		->datagram = true;
}

static void op_send(void *ctx, uint8_t listener, const struct udp_socket *via,
		    const struct endpoint *local, const struct endpoint *peer,
		    const struct iovec *iov, size_t iovlen)
{
	struct side *s = ctx;
	uint8_t data[2048];
	size_t len = 0;

	(void)via;
	(void)local;
	(void)peer;
	if (s == &w.side[US])
		ck_assert(listener == DIAL_LISTENER(0) && s->open);
	for (size_t i = 0; i < iovlen; i++) {
		memcpy(data + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
	}
	put_on_wire(s, data, len);
}

static void answer_client(struct side *s, const struct kern_client_open *m)
{
	struct kern_client a = {
		.wire = {.type = KERN_CLIENT, .version = WIRE_VERSION, .id = m->wire.id},
		.client = m->client,
		.error = w.open_error,
		.local = s->at,
		.peer = m->peer.family ? m->peer : w.side[GATEWAY].at,
		.path_mtu = w.path_mtu,
	};

	a.peer.port = 1701; /* not IKE's */
	s->client_opens++;
	if (a.error)
		snprintf(a.detail, sizeof(a.detail), "there is no such host");
	add(s, 5 * USEC_PER_MSEC, &a, sizeof(a));
}

static int op_kernel(void *ctx, const void *msg, size_t len)
{
	struct side *s = ctx;
	const struct kern_session_add *add_session = msg;
	const struct kern_tunnel_add *add_tunnel = msg;
	const struct wire *wire = msg;
	struct kern_done d = {
		.wire = {.type = KERN_DONE, .version = WIRE_VERSION, .id = wire->id},
	};

	(void)len;
	if (wire->type == KERN_CLIENT_OPEN) {
		answer_client(s, msg);
		return 0;
	}
	if (wire->type == KERN_CLIENT_CLOSE) {
		s->client_closes++;
		return 0;
	}
	ck_assert(wire->type != KERN_SESSION_SET);
	d.tunnel = add_tunnel->tunnel; /* all have it in the same place */
	ck_assert_ptr_eq(&add_tunnel->tunnel, &add_session->tunnel);
	if (wire->type == KERN_TUNNEL_ADD) {
		s->tunnel_adds++;
		ck_assert_uint_eq(add_tunnel->client, s == &w.side[US]);
	} else if (wire->type == KERN_SESSION_ADD) {
		s->session_adds++;
		d.session = add_session->session;
		if (s == &w.side[US])
			d.error = w.session_error;
		snprintf(d.ifname, sizeof(d.ifname), "ppp0");
	} else if (wire->type == KERN_SESSION_DEL) {
		d.session = ((const struct kern_session_del *)msg)->session;
	}
	add(s, 2 * USEC_PER_MSEC, &d, sizeof(d))->asked = wire->type;
	return 0;
}

static int op_aaa(void *ctx, const struct wire_aaa_auth *m)
{
	struct wire_aaa_result r = {
		.wire = {.type = WIRE_AAA_RESULT, .version = WIRE_VERSION, .id = m->wire.id}};
	struct thing *t;

	verify(w.users, &m->request, &r.result);
	if (w.impostor)
		r.result.proof[5] ^= 1;
	t = add(ctx, USEC_PER_MSEC, &r, sizeof(r));
	t->data.wire.type = 0x7fff; /* no number of the kernel's */
	return 0;
}

static int op_attach(void *ctx, struct pppdev *dev, int channel, int unit)
{
	(void)ctx;
	close(channel);
	close(unit);
	dev->channel.fd = dev->unit.fd = FAKE_FD;
	return 0;
}

static void op_detach(void *ctx, struct pppdev *dev)
{
	(void)ctx;
	dev->channel.fd = dev->unit.fd = -1;
}

static int op_frame(void *ctx, struct pppdev *dev, const uint8_t *frame, size_t len)
{
	const struct call *c = container_of(dev, struct call, dev);
	uint8_t data[2048];

	msg_data_header(data, c->peer->tunnel.peer_id, c->session.peer_id);
	data[L2TP_DATA_HEADER_LEN] = 0xff;
	data[L2TP_DATA_HEADER_LEN + 1] = 0x03;
	memcpy(data + L2TP_DATA_HEADER_LEN + 2, frame, len);
	put_on_wire(ctx, data, L2TP_DATA_HEADER_LEN + 2 + len);
	return 0;
}

static uint32_t op_idle(void *ctx, const struct pppdev *dev)
{
	(void)ctx;
	(void)dev;
	return UINT32_MAX;
}

static void op_remove_socket(void *ctx, struct udp_socket *s)
{
	(void)ctx;
	(void)s;
}

static int op_open_client(void *ctx, uint8_t client, int fd)
{
	struct side *s = ctx;

	ck_assert_uint_eq(client, 0);
	ck_assert(!s->open);
	close(fd);
	s->open = true;
	return 0;
}

static void op_close_client(void *ctx, uint8_t client)
{
	struct side *s = ctx;

	ck_assert_uint_eq(client, 0);
	s->open = false;
}

static int op_ike(void *ctx, const void *msg, size_t len)
{
	const struct ike_head *h = msg;

	(void)ctx;
	ck_assert_int_eq(ike_message_check(msg, len, IKE_FROM_CULVERTD), 0);
	if (h->type == IKE_INITIATE) {
		w.initiated++;
		w.initiate_id = h->id;
	} else if (h->type == IKE_TERMINATE) {
		w.terminated = ((const struct ike_terminate *)msg)->unique;
	} else if (h->type == IKE_PROGRESS) {
		w.told++;
	} else if (h->type == IKE_RESULT) {
		w.result = *(const struct ike_result *)msg;
	}
	return 0;
}

static void op_client(void *ctx, uint8_t client, enum engine_client_news news, const char *text)
{
	(void)ctx;
	(void)client;
	if (news == ENGINE_CLIENT_PROGRESS)
		return;
	w.news = news;
	snprintf(w.text, sizeof(w.text), "%s", text);
}

static void op_event(void *ctx, enum engine_event event, const struct peer *p, const struct call *c,
		     const void *text, size_t len)
{
	struct tunnel_report t;
	struct session_report s;

	(void)ctx;
	(void)event;
	(void)text;
	(void)len;
	if (p)
		engine_report_tunnel(p, &t);
	if (c)
		engine_report_session(c, &s);
}

static void op_stopped(void *ctx)
{
	(void)ctx;
}

static const struct engine_ops ops = {
	.send = op_send,
	.kernel = op_kernel,
	.aaa = op_aaa,
	.attach = op_attach,
	.detach = op_detach,
	.frame = op_frame,
	.idle = op_idle,
	.remove_socket = op_remove_socket,
	.open_client = op_open_client,
	.close_client = op_close_client,
	.ike = op_ike,
	.client = op_client,
	.event = op_event,
	.drained = op_stopped,
	.stopped = op_stopped,
};

/* --- time --- */

static int open_null(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static void kernel_done(struct side *s, struct kern_done *d, uint16_t type)
{
	int fds[2], n = type == KERN_SESSION_ADD && !d->error ? 2 : 0;

	for (int i = 0; i < n; i++)
		fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (!d->error && (type == KERN_TUNNEL_ADD || type == KERN_TUNNEL_DEL))
		s->tunnel = type == KERN_TUNNEL_ADD ? d->tunnel : 0;
	if (!d->error && (type == KERN_SESSION_ADD || type == KERN_SESSION_DEL))
		s->session = type == KERN_SESSION_ADD ? d->session : 0;
	engine_kernel_done(s->e, d, fds, (size_t)n, w.now);
}

/* What the kernel has a session for doesn't come up the socket. */
static void arrive(struct side *s, const uint8_t *data, size_t len)
{
	struct datagram d = {.data = data, .len = len, .local = s->at};
	struct call *c = NULL;

	d.peer = w.side[s == &w.side[US]].at;
	d.listener = s == &w.side[US] ? DIAL_LISTENER(0) : 0;
	if (!(data[0] & 0x80))
		c = call_find(s->e, (uint16_t)(data[4] << 8 | data[5]));
	if (c && pppdev_attached(&c->dev))
		engine_frame(s->e, &c->dev, data + 8, len - 8, w.now);
	else if (s == &w.side[GATEWAY] || s->open)
		engine_datagram(s->e, &d, w.now);
}

static void happen(const struct thing *t)
{
	struct wire_aaa_result r;
	struct kern_client a;
	struct kern_done d;

	if (t->datagram) {
		arrive(t->to, t->data.bytes, t->len);
	} else if (t->data.wire.type == KERN_CLIENT) {
		memcpy(&a, t->data.bytes, sizeof(a));
		engine_client_opened(t->to->e, &a,
				     a.error ? -1 : open("/dev/null", O_RDWR | O_CLOEXEC), w.now);
	} else if (t->data.wire.type == KERN_DONE) {
		memcpy(&d, t->data.bytes, sizeof(d));
		kernel_done(t->to, &d, t->asked);
	} else {
		memcpy(&r, t->data.bytes, sizeof(r));
		engine_aaa(t->to->e, &r, w.now);
	}
}

static usec_t next_thing(size_t *ret_which)
{
	usec_t when = USEC_NEVER;

	for (size_t i = 0; i < w.n_things; i++) {
		if (w.thing[i].due < when) {
			when = w.thing[i].due;
			*ret_which = i;
		}
	}
	return when;
}

bool dial_world_one(usec_t until)
{
	size_t which = 0;
	usec_t thing = next_thing(&which), when = thing;
	struct thing t;

	for (int i = 0; i < 2; i++)
		when = usec_min(when, engine_deadline(w.side[i].e));
	if (when > until) {
		w.now = until;
		return false;
	}
	if (when > w.now)
		w.now = when;
	if (thing <= w.now) {
		t = w.thing[which];
		memmove(&w.thing[which], &w.thing[which + 1],
			(--w.n_things - which) * sizeof(w.thing[0]));
		happen(&t);
	}
	for (int i = 0; i < 2; i++) {
		engine_expire(w.side[i].e, w.now);
		engine_reap(w.side[i].e);
	}
	return true;
}

void dial_world_run(usec_t duration)
{
	usec_t until = w.now + duration;

	while (dial_world_one(until))
		;
}

struct client_report dial_world_report(void)
{
	struct client_report r;

	ck_assert(engine_report_client(w.side[US].e, 0, &r));
	return r;
}

/* --- life --- */

static void config_gateway(struct config *c)
{
	c->n_listeners = c->n_servers = c->n_groups = c->n_pools = 1;
	c->listeners[0].ipsec = CONFIG_IPSEC_OFF;
	c->listeners[0].address = endpoint4(1, 1701);
	c->servers[0] = (struct config_server){
		.host_name = "gw",
		.auth = {AUTH_MSCHAPV2, AUTH_CHAP_MD5, AUTH_PAP},
		.window = 8,
		.hello_s = 60,
		.max_tunnels = 10,
		.max_sessions = 10,
		.max_sessions_per_tunnel = 2,
		.max_half_open = 10,
		.max_half_open_per_address = 10,
		.auth_timeout_s = 60,
	};
	c->groups[0] = (struct config_group){
		.name = "g", .mtu = 1400, .local_address = 0x0a000001, .dns = {0x0a000035}};
	c->pools[0] = (struct config_pool){.name = "p", .first = 0x0a000010, .last = 0x0a000020};
}

static void config_us(struct config *c)
{
	struct config_client *cl = &c->clients[0];

	c->n_clients = 1;
	*cl = (struct config_client){
		.name = "corp",
		.gateway = "gw.example.net",
		.user = "alice",
		.host_name = "laptop",
		.ipsec = CONFIG_IPSEC_OFF,
		.auth = {AUTH_MSCHAPV2, AUTH_CHAP_MD5, AUTH_PAP},
		.mtu = 1400,
		.hello_s = 60,
		.echo_s = 30,
		.echo_failures = 3,
		.timeout_s = 60,
		.retry_s = 2,
		.retry_max_s = 60,
		.reconnect = true,
	};
	cl->secret_len = (uint16_t)strlen(DIAL_PASSWORD);
	memcpy(cl->secret, DIAL_PASSWORD, cl->secret_len);
}

void dial_world_init(void)
{
	static const char users[] = "alice \"" DIAL_PASSWORD "\"\n";
	struct config_errors errs;

	memset(&w, 0, sizeof(w));
	seed_init(&w.seed, 7);
	w.now = 1000 * USEC_PER_SEC;
	config_errors_init(&errs);
	ck_assert_int_eq(users_parse("users", users, strlen(users), &w.users, &errs), 0);
	config_us(&w.side[US].cfg);
	w.side[US].cfg.ike_terminate = true;
	config_gateway(&w.side[GATEWAY].cfg);
	w.side[US].at = endpoint4(2, 1701);
	w.side[GATEWAY].at = endpoint4(1, 1701);
}

void dial_world_start(void)
{
	for (int i = 0; i < 2; i++) {
		struct side *s = &w.side[i];

		s->e = engine_new(&s->cfg, KERN_LAYOUT_PARKED, &ops, s, &w.seed.rng);
		ck_assert_ptr_nonnull(s->e);
		s->memory = calloc(1, slots_size(STATE_SLOTS));
		ck_assert_ptr_nonnull(s->memory);
		ck_assert_int_eq(slots_init(&s->state, s->memory, slots_size(STATE_SLOTS), false),
				 0);
		ck_assert_int_eq(engine_keep(s->e, &s->state, false, w.now), 0);
	}
}

/* What was on its way to it is lost, but for datagrams. */
static void forget_answers(const struct side *s)
{
	size_t n = 0;

	for (size_t i = 0; i < w.n_things; i++)
		if (w.thing[i].datagram || w.thing[i].to != s)
			w.thing[n++] = w.thing[i];
	w.n_things = n;
}

static void tell_kept(struct side *s, bool open)
{
	struct kern_kept m = {
		.wire = {.type = KERN_KEPT, .version = WIRE_VERSION},
		.tunnel = s->tunnel,
		.client = s == &w.side[US],
		.layout = KERN_LAYOUT_PARKED,
		.ipv4 = true,
		.ifname = "ppp0",
	};
	struct kern_client c = {.wire = {.type = KERN_CLIENT, .version = WIRE_VERSION}};
	int fds[2];

	c.local = s->at;
	c.peer = w.side[GATEWAY].at;
	if (open)
		engine_client_opened(s->e, &c, open_null(), w.now);
	if (s->tunnel)
		engine_kernel_kept(s->e, &m, fds, 0, w.now);
	m.session = s->session;
	fds[0] = open_null();
	fds[1] = open_null();
	if (s->session)
		engine_kernel_kept(s->e, &m, fds, 2, w.now);
}

void dial_world_crash(int side)
{
	struct side *s = &w.side[side];
	bool open = s->open;

	engine_free(s->e);
	s->open = false;
	forget_answers(s);
	slots_fini(&s->state);
	ck_assert_int_eq(slots_init(&s->state, s->memory, slots_size(STATE_SLOTS), true), 0);
	s->e = engine_new(&s->cfg, KERN_LAYOUT_PARKED, &ops, s, &w.seed.rng);
	ck_assert_ptr_nonnull(s->e);
	ck_assert_int_eq(engine_keep(s->e, &s->state, true, w.now), 0);
	tell_kept(s, open);
	engine_resumed(s->e, w.now);
	engine_reap(s->e);
}

void dial_world_finish(void)
{
	for (int i = 0; i < 2; i++) {
		engine_free(w.side[i].e);
		w.side[i].e = NULL;
		if (w.side[i].memory)
			slots_fini(&w.side[i].state);
		free(w.side[i].memory);
		w.side[i].memory = NULL;
	}
	w.n_things = 0;
}

void dial_world_fini(void)
{
	dial_world_finish();
	users_free(w.users);
}
