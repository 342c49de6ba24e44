// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine of a machine that dials: what gateways say in L2TP and PPP, answers of the kernel
 * role, charon's words, an impatient user, passing time, in any order.
 *
 * Like fuzz_engine, a step may ask for a message or frame that fits what was said before; the rest
 * of its bytes may spoil it.  One profile goes in clear text, the other through IPsec, and not a
 * word of that one leaves without an SA.  At the end everything is stopped, and nothing may be
 * left.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "daemon/base/buf.h"
#include "daemon/engine/dial.h"
#include "daemon/ike/message.h"
#include "daemon/l2tp/msg.h"
#include "test/fuzz/fuzz_l2tp.h"
#include "test/unit/seed.h"

#define PROFILES 2
#define SECURE	 1  /* the one that requires IPsec */
#define ASKED	 64 /* kernel requests without an answer */
#define STEPS	 4000
#define OBJECTS	 16
#define FAKE_FD	 0x40000000
#define PASSWORD "a password that is told by nobody"

struct request {
	uint32_t id;
	uint16_t type, tunnel, session;
};

/* The other end of a profile's tunnel. */
struct gateway {
	struct endpoint at;
	uint16_t tunnel, session; /* ours, as our messages have said */
	uint16_t ns, nr;
	uint8_t asked[256]; /* our newest Configure-Request, length first */
};

struct fuzz {
	struct config cfg;
	struct engine *engine;
	struct seed seed;
	usec_t now;
	struct gateway gateway[PROFILES];
	bool open[PROFILES];
	struct request request[ASKED];
	size_t n_requests;
	struct kern_client_open opening[PROFILES];
	bool is_opening[PROFILES];
	uint32_t initiate_id;
	uint8_t refuse; /* this many requests cannot be sent */
	bool ike, stopped;
	uint16_t tunnel[OBJECTS], session[OBJECTS]; /* in the kernel; 0: a free place */
	struct reader in;
};

static struct fuzz f;

/* The place of an id, or NULL; id 0: a free place. */
static uint16_t *find(uint16_t *ids, uint16_t id)
{
	for (size_t i = 0; i < OBJECTS; i++)
		if (ids[i] == id)
			return &ids[i];
	return NULL;
}

static bool refused(void)
{
	return f.refuse && f.refuse--;
}

/* --- what the engine does to this world --- */

static void learn_control(struct gateway *g, const uint8_t *data, size_t len)
{
	struct l2tp_header h;
	struct msg m;

	BUG_ON(msg_header(data, len, &h) || !h.control);
	if (!h.payload_len)
		return;
	g->nr = (uint16_t)(h.ns + 1);
	BUG_ON(msg_decode(&m, &h, data, NULL, 0) != MSG_OK);
	if (m.type == MSG_SCCRQ) {
		g->tunnel = m.assigned_tunnel;
		g->session = g->ns = 0;
		g->nr = 1;
	}
	if (m.type == MSG_ICRQ)
		g->session = m.assigned_session;
}

static void learn_frame(struct gateway *g, const uint8_t *frame, size_t len)
{
	if (len >= 6 && len < sizeof(g->asked) && frame[2] == 1) {
		g->asked[0] = (uint8_t)len;
		memcpy(g->asked + 1, frame, len);
	}
}

static void op_send(void *ctx, uint8_t listener, const struct udp_socket *via,
		    const struct endpoint *local, const struct endpoint *peer,
		    const struct iovec *iov, size_t iovlen)
{
	size_t which = listener - (size_t)CONFIG_LISTENERS_MAX, len = 0;
	uint8_t data[4096] = {0};

	(void)ctx;
	(void)via;
	(void)local;
	BUG_ON(which >= PROFILES || !f.open[which]);
	BUG_ON(!endpoint_equal(peer, &f.gateway[which].at));
	/* RFC 3193 2.1: nothing without its SA */
	BUG_ON(which == SECURE && !f.engine->dials[SECURE].sa);
	for (size_t i = 0; i < iovlen; i++) {
		BUG_ON(iov[i].iov_len > sizeof(data) - len);
		memcpy(data + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
	}
	if (data[0] & 0x80)
		learn_control(&f.gateway[which], data, len);
	else
		learn_frame(&f.gateway[which], data + 8, len - 8);
}

static struct request request_of(const struct wire *w)
{
	struct request r = {.id = w->id, .type = w->type};
	const void *msg = w;

	if (w->type == KERN_TUNNEL_ADD) {
		r.tunnel = ((const struct kern_tunnel_add *)msg)->tunnel;
	} else if (w->type == KERN_TUNNEL_DEL) {
		r.tunnel = ((const struct kern_tunnel_del *)msg)->tunnel;
	} else if (w->type == KERN_SESSION_ADD) {
		r.tunnel = ((const struct kern_session_add *)msg)->tunnel;
		r.session = ((const struct kern_session_add *)msg)->session;
	} else if (w->type == KERN_SESSION_DEL) {
		r.tunnel = ((const struct kern_session_del *)msg)->tunnel;
		r.session = ((const struct kern_session_del *)msg)->session;
	}
	return r;
}

static int op_kernel(void *ctx, const void *msg, size_t len)
{
	const struct kern_client_open *open = msg;
	const struct kern_session_add *a = msg;
	const struct wire *w = msg;

	(void)ctx;
	(void)len;
	BUG_ON(!w->id || w->version != WIRE_VERSION);
	if (w->type == KERN_CLIENT_CLOSE || w->type == KERN_SESSION_SET)
		return 0;
	if (refused() && w->type != KERN_TUNNEL_DEL && w->type != KERN_SESSION_DEL)
		return -ENOBUFS;
	if (w->type == KERN_CLIENT_OPEN) {
		BUG_ON(open->client >= PROFILES || f.open[open->client]);
		BUG_ON(open->client == SECURE && !open->peer.family);
		f.opening[open->client] = *open;
		f.is_opening[open->client] = true;
		return 0;
	}
	BUG_ON(f.n_requests == ASKED);
	BUG_ON(w->type == KERN_SESSION_ADD &&
	       (!a->peer_session || !a->local4 || !a->mtu || a->remote4 == a->local4));
	f.request[f.n_requests++] = request_of(w);
	return 0;
}

static int op_ike(void *ctx, const void *msg, size_t len)
{
	const struct ike_head *h = msg;

	(void)ctx;
	BUG_ON(ike_message_check(msg, len, IKE_FROM_CULVERTD));
	BUG_ON(memmem(msg, len, PASSWORD, strlen(PASSWORD)));
	if (refused())
		return -ENOBUFS;
	if (h->type == IKE_INITIATE)
		f.initiate_id = h->id;
	return 0;
}

static int op_aaa(void *ctx, const struct wire_aaa_auth *msg)
{
	(void)ctx;
	(void)msg;
	abort(); /* nobody logs in here */
}

static int op_attach(void *ctx, struct pppdev *dev, int channel, int unit)
{
	(void)ctx;
	close(channel);
	close(unit);
	if (refused())
		return -ENOMEM;
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

	(void)ctx;
	BUG_ON(!pppdev_attached(dev) || !c->peer->dial);
	learn_frame(&f.gateway[c->peer->dial->index], frame, len);
	return 0;
}

static uint32_t op_idle(void *ctx, const struct pppdev *dev)
{
	(void)ctx;
	(void)dev;
	return (uint32_t)(f.now / USEC_PER_SEC % 200);
}

static void op_remove_socket(void *ctx, struct udp_socket *s)
{
	(void)ctx;
	s->watch.fd = -1;
}

static int op_open_client(void *ctx, uint8_t client, int fd)
{
	(void)ctx;
	BUG_ON(client >= PROFILES || f.open[client]);
	if (refused())
		return -ENOMEM;
	close(fd);
	f.open[client] = true;
	return 0;
}

static void op_close_client(void *ctx, uint8_t client)
{
	(void)ctx;
	BUG_ON(client >= PROFILES);
	f.open[client] = false;
}

static void op_client(void *ctx, uint8_t client, enum engine_client_news news, const char *text)
{
	(void)ctx;
	(void)news;
	BUG_ON(client >= PROFILES || strstr(text, PASSWORD));
}

static void op_event(void *ctx, enum engine_event event, const struct peer *peer,
		     const struct call *call, const void *text, size_t len)
{
	(void)ctx;
	BUG_ON(event == ENGINE_SESSION_UP && (!call->address || call->state != CALL_UP));
	BUG_ON(event == ENGINE_TUNNEL_UP && !peer->up_since);
	BUG_ON(text && memmem(text, len, PASSWORD, strlen(PASSWORD)));
}

static void op_refreshed(void *ctx)
{
	(void)ctx;
}

static void op_stopped(void *ctx)
{
	(void)ctx;
	BUG_ON(f.stopped);
	f.stopped = true;
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
	.remove_socket = op_remove_socket,
	.open_client = op_open_client,
	.close_client = op_close_client,
	.client = op_client,
	.event = op_event,
	.refreshed = op_refreshed,
	.stopped = op_stopped,
};

/* --- answers --- */

static int some_fd(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static void made(uint16_t *ids, uint16_t id)
{
	uint16_t *place = find(ids, 0);

	BUG_ON(!id || find(ids, id) || !place);
	*place = id;
}

static void deleted(uint16_t *ids, uint16_t id)
{
	uint16_t *place = find(ids, id);

	BUG_ON(!id || !place);
	*place = 0;
}

static void carry_out(const struct request *r)
{
	if (r->type == KERN_TUNNEL_ADD)
		made(f.tunnel, r->tunnel);
	else if (r->type == KERN_TUNNEL_DEL)
		deleted(f.tunnel, r->tunnel);
	else if (r->type == KERN_SESSION_ADD)
		made(f.session, r->session);
	else if (r->type == KERN_SESSION_DEL)
		deleted(f.session, r->session);
}

/* Requests take effect in the order sent. */
static void answer_kernel(int error)
{
	struct kern_done d = {.wire = {KERN_DONE, WIRE_VERSION, 0}, .error = error};
	int fds[2] = {-1, -1}, n = 0;
	struct request r;

	if (!f.n_requests)
		return;
	r = f.request[0];
	memmove(f.request, f.request + 1, --f.n_requests * sizeof(r));
	if (r.type == KERN_SESSION_DEL || r.type == KERN_TUNNEL_DEL)
		d.error = 0;
	if (r.type == KERN_SESSION_ADD && !find(f.tunnel, r.tunnel))
		d.error = -ENOENT;
	if (!d.error)
		carry_out(&r);
	d.wire.id = r.id;
	d.tunnel = r.tunnel;
	d.session = r.session;
	if (!d.error && r.type == KERN_SESSION_ADD)
		n = 2;
	for (int i = 0; i < n; i++)
		fds[i] = some_fd();
	engine_kernel_done(f.engine, &d, fds, (size_t)n, f.now);
}

static void answer_open(size_t which, int error)
{
	struct kern_client a = {
		.wire = {KERN_CLIENT, WIRE_VERSION, f.opening[which].wire.id},
		.client = (uint8_t)which,
		.error = error,
		.local = {.family = ENDPOINT_IPV4, .port = 1701, .addr = {192, 0, 2, 9}},
		.peer = f.gateway[which].at,
		.detail = "there is no such host",
	};

	if (!f.is_opening[which])
		return;
	f.is_opening[which] = false;
	engine_client_opened(f.engine, &a, error ? -1 : some_fd(), f.now);
}

/* --- what the gateways say --- */

static void datagram(size_t which, const uint8_t *data, size_t len)
{
	struct datagram d = {
		.len = len,
		.local = {.family = ENDPOINT_IPV4, .port = 1701, .addr = {192, 0, 2, 9}},
		.peer = f.gateway[which].at,
		.listener = DIAL_LISTENER(which),
	};
	uint8_t *copy;

	if (!f.open[which])
		return;
	copy = malloc(len + !len);
	BUG_ON(!copy);
	memcpy(copy, data, len);
	d.data = copy;
	engine_datagram(f.engine, &d, f.now);
	free(copy);
}

/* Bytes of the input that go to the end of a packet. */
static void spoil(struct writer *w, uint8_t len)
{
	for (; len && reader_left(&f.in); len--)
		writer_u8(w, reader_u8(&f.in));
}

static void avps(struct writer *w, uint8_t type)
{
	default_avps(w, type, 7);
	if (type == MSG_SCCRP) {
		avp(w, 2, 0x100, 2);
		avp(w, 3, 3, 4);
		avp(w, 7, 0x61626364, 4);
		avp(w, 9, 7, 2);
	} else if (type == MSG_ICRP) {
		avp(w, 14, 7, 2);
	}
}

/* A control message that fits, with more bytes behind it if `how` says so. */
static void message(size_t which, uint8_t type, uint8_t how)
{
	struct gateway *g = &f.gateway[which];
	uint8_t data[600];
	struct writer w;

	writer_init(&w, data, sizeof(data));
	writer_u16(&w, 0xc802);
	writer_u16(&w, 0);
	writer_u16(&w, g->tunnel);
	writer_u16(&w, type >= MSG_OCRQ && type != MSG_ICRQ ? g->session : 0);
	writer_u16(&w, (uint16_t)(g->ns + (how & 0x20 ? reader_u8(&f.in) & 7 : 0)));
	writer_u16(&w, how & 0x40 ? reader_u8(&f.in) & 7 : g->nr);
	if (type)
		avps(&w, type);
	if (how & 0x80)
		spoil(&w, reader_u8(&f.in));
	writer_patch_u16(&w, 2, (uint16_t)writer_len(&w));
	if (type && !(how & 0x20))
		g->ns++;
	datagram(which, data, writer_len(&w));
}

/* Configure-Ack to what we have asked, or a Nak with addresses (RFC 1332 3.3, RFC 1877 1.1) */
static void answer_frame(struct writer *w, const struct gateway *g, uint8_t what)
{
	bool ipcp = g->asked[1] == 0x80 && g->asked[2] == 0x21;

	if (g->asked[0] < 6)
		return;
	if (!ipcp || !(what & 1)) {
		writer_bytes(w, g->asked + 1, g->asked[0]);
		w->start[8 + 2] = 2;
		return;
	}
	writer_u16(w, 0x8021);
	writer_u8(w, 3);
	writer_u8(w, g->asked[4]);
	writer_u16(w, 10);
	writer_u16(w, 0x0306);
	writer_u32(w, 0x0a000010);
}

/* Configure-Requests: LCP with each way to log in (RFC 1661 6.2), and IPCP with an address */
static void request_frame(struct writer *w, uint8_t what)
{
	static const uint8_t auth[4][6] = {
		{4, 3, 4, 0xc0, 0x23}, {5, 3, 5, 0xc2, 0x23, 5}, {5, 3, 5, 0xc2, 0x23, 0x81}, {0}};
	const uint8_t *a = auth[what & 3];

	if (what & 0x80) {
		writer_u16(w, 0x8021);
		writer_u16(w, (uint16_t)(0x100 | (what & 0xf)));
		writer_u16(w, 10);
		writer_u16(w, 0x0306);
		writer_u32(w, what & 0x40 ? 0 : 0x0a000001);
		return;
	}
	writer_u16(w, 0xc021);
	writer_u16(w, (uint16_t)(0x100 | (what >> 2 & 0xf)));
	writer_u16(w, (uint16_t)(4 + a[0]));
	writer_bytes(w, a + 1, a[0]);
}

/* A Challenge, or the verdict; with the right proof, which nobody outside could know, or a wrong
 * one */
static void auth_frame(struct writer *w, const struct call *c, uint8_t what)
{
	const struct auth *a = &c->link.auth;

	if (a->method == AUTH_PAP) {
		writer_u16(w, 0xc023);
		writer_u8(w, what & 1 ? 3 : 2);
		writer_u8(w, a->id);
		writer_u16(w, 5);
		writer_u8(w, 0);
		return;
	}
	writer_u16(w, 0xc223);
	if (what & 2) {
		writer_u8(w, what & 1 ? 4 : 3);
		writer_u8(w, a->answer_id);
		writer_u16(w, 4 + AUTH_PROOF_MAX);
		writer_bytes(w, a->proof, AUTH_PROOF_MAX);
		return;
	}
	writer_u8(w, 1);
	writer_u8(w, what);
	writer_u16(w, 4 + 1 + 16 + 2);
	writer_u8(w, 16);
	for (int i = 0; i < 16; i++)
		writer_u8(w, (uint8_t)(what + i));
	writer_bytes(w, "gw", 2);
}

static void frame(size_t which, uint8_t how)
{
	struct gateway *g = &f.gateway[which];
	struct call *c = call_find(f.engine, g->session);
	uint8_t data[600], what = reader_u8(&f.in);
	struct writer w;

	writer_init(&w, data, sizeof(data));
	writer_u16(&w, 2);
	writer_u16(&w, g->tunnel);
	writer_u16(&w, g->session);
	writer_u16(&w, 0xff03);
	if ((how & 3) == 0)
		answer_frame(&w, g, what);
	else if ((how & 3) == 1)
		request_frame(&w, what);
	else if ((how & 3) == 2 && c)
		auth_frame(&w, c, what);
	else
		spoil(&w, what);
	if (how & 0x20 && writer_len(&w) > 9)
		data[8 + reader_u8(&f.in) % (writer_len(&w) - 8)] ^= reader_u8(&f.in);
	if (c && pppdev_attached(&c->dev) && !(how & 0x10))
		engine_frame(f.engine, &c->dev, data + 8, writer_len(&w) - 8, f.now);
	else
		datagram(which, data, writer_len(&w));
}

/* --- time, charon and the user --- */

static void pass(uint8_t how)
{
	static const usec_t steps[] = {1000,	 100000,   1000000,  3000000,
				       10000000, 31000000, 61000000, 300000000};
	usec_t until = f.now + steps[how & 7];

	for (int i = 0; i < 10000 && engine_deadline(f.engine) <= until; i++) {
		f.now = engine_deadline(f.engine) > f.now ? engine_deadline(f.engine) : f.now;
		engine_expire(f.engine, f.now);
		engine_reap(f.engine);
	}
	BUG_ON(engine_deadline(f.engine) <= until); /* it would never sleep again */
	f.now = until;
	engine_expire(f.engine, f.now);
}

static void child(uint8_t how)
{
	struct ike_child m = {
		.head = {IKE_CHILD, IKE_VERSION, 0},
		.unique = 1 + (how >> 3 & 3),
		.replaces = how >> 5 & 3,
		.spi_in = how,
		.flags = IKE_CHILD_INITIATOR,
		.local_port = 1701,
		.remote_port = 1701,
		.ike_version = 2,
		.local = {.family = ENDPOINT_IPV4, .port = 4500, .addr = {192, 0, 2, 9}},
		.remote = f.gateway[SECURE].at,
		.connection = "secure",
	};

	m.local.addr[3] = (uint8_t)(m.local.addr[3] + (how >> 7)); /* it has moved */
	if (m.replaces != m.unique)
		engine_ike(f.engine, &m.head, f.now);
}

/* Charon's words, in the order in which its connection can bring them. */
static void ike(uint8_t how)
{
	struct ike_hello hello = {.head = {IKE_HELLO, IKE_VERSION, 0}};
	struct ike_snapshot_end end = {.head = {IKE_SNAPSHOT_END, IKE_VERSION, 0}};
	struct ike_child_down down = {.head = {IKE_CHILD_DOWN, IKE_VERSION, 0},
				      .unique = 1 + (how >> 3 & 3)};
	struct ike_result initiated = {.head = {IKE_INITIATED, IKE_VERSION, f.initiate_id},
				       .error = how & 0x80 ? -ETIMEDOUT : 0};
	struct ike_connect connect = {.head = {IKE_CONNECT, IKE_VERSION, 1 + (how >> 5)},
				      .unique = 1 + (how >> 3 & 3)};
	struct ike_cancel cancel = {.head = {IKE_CANCEL, IKE_VERSION, 1 + (how >> 5)}};

	if (!f.ike) {
		engine_ike_up(f.engine, &hello, f.now);
		f.ike = true;
		return;
	}
	switch (how & 7) {
	case 0:
		engine_ike_lost(f.engine, f.now);
		f.ike = false;
		break;
	case 1:
		engine_ike(f.engine, &end.head, f.now);
		break;
	case 2:
		engine_ike(f.engine, &down.head, f.now);
		break;
	case 3:
		engine_ike(f.engine, &initiated.head, f.now);
		break;
	case 4:
		engine_ike(f.engine, &connect.head, f.now);
		break;
	case 5:
		engine_ike(f.engine, &cancel.head, f.now);
		break;
	default:
		child(how);
		break;
	}
}

static void gone(size_t which, uint8_t how)
{
	struct kern_gone m = {.wire = {KERN_GONE, WIRE_VERSION, 0},
			      .tunnel = f.gateway[which].tunnel};

	if (how & 0x80)
		m.session = f.gateway[which].session;
	engine_kernel_gone(f.engine, &m, f.now);
}

static void kick(void)
{
	struct call *c = engine_next_call(f.engine, 0);

	if (c)
		engine_kick(f.engine, c, "out", f.now);
}

/* --- the whole --- */

static void consistent(void)
{
	const struct engine *e = f.engine;
	const struct engine_stats *s = engine_stats(e);

	BUG_ON(s->tunnels != e->peers.count || s->sessions != e->calls.count);
	BUG_ON(s->tunnels > PROFILES || s->sessions > PROFILES);
	BUG_ON(s->sessions_up > s->sessions || s->offloading > s->sessions);
	BUG_ON(e->effects.count || e->applying_peer);
	BUG_ON(memmem(e, sizeof(*e), PASSWORD, strlen(PASSWORD)));
	for (size_t i = 0; i < PROFILES; i++) {
		const struct dial *d = &e->dials[i];

		BUG_ON(d->state == DIAL_IDLE && (d->peer || f.open[i]));
		BUG_ON(d->call && (!d->peer || d->call->peer != d->peer));
	}
}

static void step(void)
{
	uint8_t op = reader_u8(&f.in), how = reader_u8(&f.in);
	size_t which = op >> 7;

	switch (op & 15) {
	case 0:
		engine_connect(f.engine, (uint8_t)which, f.now);
		break;
	case 1:
		engine_disconnect(f.engine, (uint8_t)which, "disconnected", f.now);
		break;
	case 2 ... 3:
		answer_open(which, how & 0x80 ? -ENOENT : 0);
		break;
	case 4 ... 5:
		message(which, reader_u8(&f.in) % 17, how);
		break;
	case 6 ... 8:
		frame(which, how);
		break;
	case 9:
		pass(how);
		break;
	case 10:
		answer_kernel(how & 0x80 ? -ENOMEM : 0);
		break;
	case 11 ... 12:
		ike(how);
		break;
	case 13:
		gone(which, how);
		break;
	case 14:
		how < 8 ? engine_stop(f.engine, f.now) : kick();
		break;
	case 15:
		f.refuse = how & 3;
		break;
	}
	/* several inputs may come before what is due, and before the dead are buried */
	if (op & 0x10)
		return;
	engine_expire(f.engine, f.now);
	engine_reap(f.engine);
}

static void set_up_profile(size_t i, uint8_t how)
{
	struct config_client *c = &f.cfg.clients[i];

	*c = (struct config_client){
		.user = "alice",
		.host_name = "laptop",
		.gateway = "gw",
		.ipsec = i == SECURE ? CONFIG_IPSEC_REQUIRE : CONFIG_IPSEC_OFF,
		.auth = {AUTH_MSCHAPV2, AUTH_CHAP_MD5, AUTH_PAP},
		.mtu = 1400,
		.hello_s = 60,
		.echo_s = 30,
		.echo_failures = 3,
		.timeout_s = 60,
		.retry_s = 2,
		.retry_max_s = 60,
		.reconnect = how & 1,
		.autostart = how & 2,
		.secret_len = (uint16_t)strlen(PASSWORD),
	};
	snprintf(c->name, sizeof(c->name), "%s", i == SECURE ? "secure" : "clear");
	memcpy(c->secret, PASSWORD, c->secret_len);
	f.gateway[i].at = (struct endpoint){
		.family = ENDPOINT_IPV4, .port = 1701, .addr = {192, 0, 2, (uint8_t)(1 + i)}};
}

static void set_up(uint8_t how)
{
	memset(&f, 0, sizeof(f));
	f.now = 1000 * USEC_PER_SEC;
	seed_init(&f.seed, how);
	f.cfg.n_clients = PROFILES;
	f.cfg.ike_grace_s = 5;
	f.cfg.ike_terminate = !(how & 4);
	for (size_t i = 0; i < PROFILES; i++)
		set_up_profile(i, (uint8_t)(how >> (3 + 2 * i)));
	f.engine = engine_new(&f.cfg, KERN_LAYOUT_PARKED, &ops, &f, &f.seed.rng);
	BUG_ON(!f.engine);
}

/* Whatever has happened: stopped, answered and waited for, nothing is left. */
static void all_gone(void)
{
	const struct engine_stats *s = engine_stats(f.engine);

	f.refuse = 0;
	engine_stop(f.engine, f.now);
	for (int i = 0; i < 20; i++) {
		while (f.n_requests)
			answer_kernel(0);
		for (size_t k = 0; k < PROFILES; k++)
			answer_open(k, -ECANCELED);
		pass(3);
	}
	pass(6);
	engine_reap(f.engine);
	BUG_ON(!f.stopped);
	BUG_ON(s->tunnels || s->sessions || s->sessions_up || s->offloading);
	BUG_ON(f.engine->messages.used || f.engine->timers.count);
	for (size_t i = 0; i < OBJECTS; i++)
		BUG_ON(f.tunnel[i] || f.session[i] ||
		       (i < PROFILES && (f.engine->dials[i].state != DIAL_IDLE || f.open[i])));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t how = size ? data[0] : 0;

	set_up(how);
	reader_init(&f.in, data, size);
	reader_u8(&f.in);
	for (int i = 0; i < STEPS && reader_left(&f.in); i++) {
		step();
		consistent();
	}
	if (!(how & 0x80))
		all_gone();
	engine_free(f.engine); /* also in the middle of everything */
	return 0;
}
