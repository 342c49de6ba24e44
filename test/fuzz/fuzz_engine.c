// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The whole engine: bytes become datagrams, frames, answers of the kernel and aaa roles, charon's
 * words, passing time, in any order.
 *
 * So that the way to the deep states is short, a step may ask for a message or frame that fits what
 * was said before; the rest of its bytes may spoil it.  The made-up kernel role aborts on a request
 * that makes no sense.  At the end everything is stopped, answered and waited for, and nothing may
 * be left.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "daemon/base/buf.h"
#include "daemon/engine/engine_state.h"
#include "daemon/ike/message.h"
#include "test/fuzz/fuzz_engine_config.h"
#include "test/fuzz/fuzz_l2tp.h"
#include "test/unit/seed.h"

#define CLIENTS	  4
#define CALLS	  4		 /* that a client knows the ids of */
#define ASKED	  KERN_QUEUE_MAX /* kernel requests without an answer */
#define QUESTIONS 64
#define STEPS	  4000
#define OBJECTS	  32 /* more than the limits of set_up() let be */
#define FAKE_FD	  0x40000000
#define MARKS	  8

struct request {
	uint32_t id;
	uint16_t type, tunnel, session;
	uint32_t mark;
};

struct client {
	struct endpoint at;
	uint32_t mark;
	uint16_t tunnel; /* ours, as its SCCRP said */
	uint16_t ns, nr;
	uint16_t session[CALLS];   /* ours, of its calls 1 to CALLS */
	uint8_t asked[CALLS][256]; /* its newest Configure-Request or Challenge, length first */
};

struct fuzz {
	struct config cfg, before;
	struct engine *engine;
	struct seed seed;
	usec_t now;
	struct client client[CLIENTS];
	struct request request[ASKED];
	size_t n_requests;
	uint32_t question[QUESTIONS];
	size_t n_questions;
	uint8_t refuse; /* this many requests cannot be sent */
	bool stopped;
	uint16_t tunnel[OBJECTS], session[OBJECTS]; /* in the kernel; 0: a free place */
	bool sa[MARKS];				    /* as well */
	bool ike;
	struct reader in;
};

static struct fuzz f;

static bool clear_text(void)
{
	return f.cfg.listeners[0].ipsec == CONFIG_IPSEC_OFF;
}

/* The place of an id, or NULL; id 0: a free place. */
static uint16_t *find(uint16_t *ids, uint16_t id)
{
	for (size_t i = 0; i < OBJECTS; i++)
		if (ids[i] == id)
			return &ids[i];
	return NULL;
}

/* --- what the engine does to this world --- */

static void learn_control(struct client *c, const uint8_t *data, size_t len)
{
	struct l2tp_header h;
	struct msg m;

	BUG_ON(msg_header(data, len, &h) || !h.control);
	if (!h.payload_len)
		return;
	c->nr = (uint16_t)(h.ns + 1);
	/* hidden AVPs are not used here, so what the engine sends can always be read */
	BUG_ON(msg_decode(&m, &h, data, NULL, 0) != MSG_OK);
	if (m.type == MSG_SCCRP)
		c->tunnel = m.assigned_tunnel;
	if (m.type == MSG_ICRP && h.session >= 1 && h.session <= CALLS)
		c->session[h.session - 1] = m.assigned_session;
}

static void learn_frame(struct client *c, uint16_t session, const uint8_t *frame, size_t len)
{
	if (session >= 1 && session <= CALLS && len >= 6 && len < 256 && frame[2] == 1) {
		c->asked[session - 1][0] = (uint8_t)len;
		memcpy(c->asked[session - 1] + 1, frame, len);
	}
}

static struct client *client_at(const struct endpoint *ep)
{
	for (size_t i = 0; i < CLIENTS; i++)
		if (endpoint_equal(&f.client[i].at, ep))
			return &f.client[i];
	abort();
}

static void op_send(void *ctx, uint8_t listener, const struct udp_socket *via,
		    const struct endpoint *local, const struct endpoint *peer,
		    const struct iovec *iov, size_t iovlen)
{
	struct client *c = client_at(peer);
	uint8_t data[4096];
	size_t len = 0;

	(void)ctx;
	/* nothing in clear text, and nothing by an SA that has gone */
	BUG_ON(!clear_text() && (!via || via->watch.fd != FAKE_FD));
	BUG_ON(listener != 0 || !endpoint_equal(local, &f.cfg.listeners[0].address));
	for (size_t i = 0; i < iovlen; i++) {
		BUG_ON(iov[i].iov_len > sizeof(data) - len);
		memcpy(data + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
	}
	if (data[0] & 0x80)
		learn_control(c, data, len);
	else
		learn_frame(c, (uint16_t)(data[4] << 8 | data[5]), data + 8, len - 8);
}

static bool refused(void)
{
	if (!f.refuse)
		return false;
	f.refuse--;
	return true;
}

static int op_kernel(void *ctx, const void *msg, size_t len)
{
	const struct wire *w = msg;
	struct request r = {.id = w->id, .type = w->type};

	(void)ctx;
	(void)len;
	if (w->type == KERN_SA_ADD)
		r.mark = ((const struct kern_sa_add *)msg)->mark;
	else if (w->type == KERN_SA_DEL)
		r.mark = ((const struct kern_sa_del *)msg)->mark;
	BUG_ON(r.mark >= MARKS);
	BUG_ON(w->type == KERN_TUNNEL_ADD &&
	       (((const struct kern_tunnel_add *)msg)->mark != 0) == clear_text());
	BUG_ON(!w->id || w->version != WIRE_VERSION);
	if (refused() && w->type != KERN_TUNNEL_DEL && w->type != KERN_SESSION_DEL)
		return -ENOBUFS;
	if (w->type == KERN_TUNNEL_ADD) {
		r.tunnel = ((const struct kern_tunnel_add *)msg)->tunnel;
	} else if (w->type == KERN_TUNNEL_DEL) {
		r.tunnel = ((const struct kern_tunnel_del *)msg)->tunnel;
	} else if (w->type == KERN_SESSION_ADD) {
		const struct kern_session_add *a = msg;

		r.tunnel = a->tunnel;
		r.session = a->session;
		BUG_ON(!a->peer_session || !a->remote4 || !a->mtu || !a->local4);
	} else if (w->type == KERN_SESSION_DEL) {
		r.tunnel = ((const struct kern_session_del *)msg)->tunnel;
		r.session = ((const struct kern_session_del *)msg)->session;
	} else if (w->type == KERN_SESSION_SET) {
		BUG_ON(!find(f.session, ((const struct kern_session_set *)msg)->session));
		return 0;
	}
	BUG_ON(f.n_requests == ASKED);
	f.request[f.n_requests++] = r;
	return 0;
}

static int op_ike(void *ctx, const void *msg, size_t len)
{
	(void)ctx;
	BUG_ON(ike_message_check(msg, len, IKE_FROM_CULVERTD));
	return refused() ? -ENOBUFS : 0;
}

static int op_aaa(void *ctx, const struct wire_aaa_auth *msg)
{
	(void)ctx;
	if (refused() || f.n_questions == QUESTIONS)
		return -ENOBUFS;
	f.question[f.n_questions++] = msg->wire.id;
	return 0;
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
	BUG_ON(!pppdev_attached(dev));
	learn_frame(client_at(&c->peer->remote), c->session.peer_id, frame, len);
	return 0;
}

static uint32_t op_idle(void *ctx, const struct pppdev *dev)
{
	(void)ctx;
	(void)dev;
	return (uint32_t)(f.now / USEC_PER_SEC % 200);
}

static int op_add_socket(void *ctx, struct udp_socket *s, uint8_t listener, int fd)
{
	(void)ctx;
	(void)listener;
	close(fd);
	s->watch.fd = FAKE_FD;
	return 0;
}

static void op_remove_socket(void *ctx, struct udp_socket *s)
{
	(void)ctx;
	s->watch.fd = -1;
}

static void op_event(void *ctx, enum engine_event event, const struct peer *peer,
		     const struct call *call, const void *text, size_t len)
{
	(void)ctx;
	(void)text;
	(void)len;
	BUG_ON(event == ENGINE_SESSION_UP && (!call->address || call->state != CALL_UP));
	BUG_ON(event == ENGINE_TUNNEL_UP && !peer->up_since);
}

static void op_refreshed(void *ctx)
{
	(void)ctx;
}

static void op_drained(void *ctx)
{
	(void)ctx;
	BUG_ON(!f.engine->drain.exit || !f.engine->drain.empty);
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
	.add_socket = op_add_socket,
	.remove_socket = op_remove_socket,
	.event = op_event,
	.refreshed = op_refreshed,
	.drained = op_drained,
	.stopped = op_stopped,
};

/* --- answers --- */

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
	else if (r->type == KERN_SA_ADD) {
		BUG_ON(f.sa[r->mark]);
		f.sa[r->mark] = true;
	} else if (r->type == KERN_SA_DEL) {
		BUG_ON(!f.sa[r->mark]);
		f.sa[r->mark] = false;
	}
}

static void answer_stats(uint32_t id)
{
	struct kern_stats s = {.wire = {KERN_STATS, WIRE_VERSION, id}, .last = true};

	s.count = reader_u8(&f.in);
	for (size_t i = 0; i < 3; i++) {
		s.entry[i].tunnel = f.client[i].tunnel;
		s.entry[i].session = f.client[i].session[0];
	}
	engine_kernel_stats(f.engine, &s, f.now);
}

/* Requests on one tunnel take effect in the order sent: the oldest one of its tunnel. */
static void answer_kernel(uint8_t which, int error)
{
	struct kern_done d = {.wire = {KERN_DONE, WIRE_VERSION, 0}, .error = error};
	struct request r;
	int fds[2] = {-1, -1};
	size_t i = 0, nfds = 0;

	if (!f.n_requests)
		return;
	for (size_t k = 0; k < f.n_requests; k++)
		if (f.request[k].tunnel == f.request[which % f.n_requests].tunnel) {
			i = k;
			break;
		}
	r = f.request[i];
	memmove(f.request + i, f.request + i + 1, (--f.n_requests - i) * sizeof(r));
	if (r.type == KERN_STATS_GET) {
		answer_stats(r.id);
		return;
	}
	if (r.type == KERN_SESSION_ADD && !find(f.tunnel, r.tunnel))
		d.error = -ENOENT;
	if (r.type == KERN_SESSION_DEL || r.type == KERN_TUNNEL_DEL)
		d.error = 0;
	if (r.type == KERN_SA_DEL)
		d.error = f.sa[r.mark] ? 0 : -ENOENT;
	if (!d.error)
		carry_out(&r);
	d.wire.id = r.id;
	d.tunnel = r.tunnel;
	d.session = r.session;
	if (!d.error && r.type == KERN_SESSION_ADD)
		nfds = 2;
	if (!d.error && r.type == KERN_SA_ADD)
		nfds = 1;
	for (i = 0; i < nfds; i++)
		fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
	engine_kernel_done(f.engine, &d, fds, nfds, f.now);
}

static void answer_aaa(uint8_t how)
{
	struct wire_aaa_result r = {.wire = {WIRE_AAA_RESULT, WIRE_VERSION, 0}};
	size_t i;

	if (!f.n_questions)
		return;
	i = how % f.n_questions;
	r.wire.id = f.question[i];
	f.question[i] = f.question[--f.n_questions];
	r.result.verdict = how & 0x40 ? AUTH_REJECT : how & 0x80 ? AUTH_ERROR : AUTH_ACCEPT;
	r.result.reason = r.result.verdict == AUTH_ACCEPT ? 0 : AUTH_REASON_WRONG_PASSWORD;
	r.result.proof_len = AUTH_PROOF_MAX;
	memset(r.result.proof, 'S', AUTH_PROOF_MAX);
	if (how & 0x20)
		r.result.address = 0x0a010000 + (how & 3);
	engine_aaa(f.engine, &r, f.now);
}

/* --- what arrives --- */

static void datagram(const struct client *c, const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len + !len);
	struct datagram d = {
		.data = copy,
		.len = len,
		.local = f.cfg.listeners[0].address,
		.peer = c->at,
		.mark = c->mark,
	};

	BUG_ON(!copy);
	memcpy(copy, data, len);
	engine_datagram(f.engine, &d, f.now);
	free(copy);
}

/* Bytes of the input that go to the end of a packet. */
static void spoil(struct writer *w, uint8_t len)
{
	for (; len && reader_left(&f.in); len--)
		writer_u8(w, reader_u8(&f.in));
}

/* A control message that fits, with more bytes behind it if `how` says so. */
static void message(struct client *c, uint8_t type, uint8_t how)
{
	uint8_t data[600], which = how & (CALLS - 1);
	bool call = type >= MSG_OCRQ && type != MSG_ICRQ;
	struct writer w;

	if (type == MSG_SCCRQ && !(how & 0x10)) { /* it has come back */
		memset(c->session, 0, sizeof(c->session));
		c->ns = c->nr = c->tunnel = 0;
	}
	writer_init(&w, data, sizeof(data));
	writer_u16(&w, 0xc802);
	writer_u16(&w, 0);
	writer_u16(&w, type == MSG_SCCRQ ? 0 : c->tunnel);
	writer_u16(&w, call ? c->session[which] : 0);
	writer_u16(&w, (uint16_t)(c->ns + (how & 0x20 ? reader_u8(&f.in) & 7 : 0)));
	writer_u16(&w, c->nr);
	if (type)
		default_avps(&w, type, (uint16_t)(1 + which));
	if (how & 0x80)
		spoil(&w, reader_u8(&f.in));
	writer_patch_u16(&w, 2, (uint16_t)writer_len(&w));
	if (type && !(how & 0x20))
		c->ns++;
	datagram(c, data, writer_len(&w));
}

/* The made-up answer to what was asked: Configure-Ack, or a Response. */
static void answer_frame(struct writer *w, const uint8_t *asked)
{
	if (asked[0] < 4)
		return;
	if (asked[1] == 0xc2) {
		writer_u16(w, 0xc223);
		writer_u8(w, 2);
		writer_u8(w, asked[4]);
		writer_u16(w, 5 + 49 + 3);
		writer_u8(w, 49);
		for (int i = 0; i < 49; i++)
			writer_u8(w, (uint8_t)(i >= 16 && i < 24 ? 0 : 7));
		writer_bytes(w, "bob", 3);
		return;
	}
	writer_bytes(w, asked + 1, asked[0]);
	w->start[8 + 2] = 2;
}

/* Empty requests, which the engine accepts or corrects */
static void request_frame(struct writer *w, uint8_t what)
{
	static const uint16_t protocols[] = {0xc021, 0x8021, 0x8057, 0xc021};
	bool address = protocols[what & 3] == 0x8021;

	writer_u16(w, protocols[what & 3]);
	writer_u8(w, what & 0x10 ? 5 : what & 0x20 ? 9 : 1);
	writer_u8(w, what);
	writer_u16(w, address && !(what & 0x30) ? 10 : what & 0x20 ? 8 : 4);
	if (address && !(what & 0x30)) {
		writer_u16(w, 0x0306);
		writer_u32(w, 0x0a000010u + (what >> 6));
	} else if (what & 0x20) {
		writer_u32(w, 0);
	}
}

static void frame(struct client *c, uint8_t how)
{
	uint8_t which = how & (CALLS - 1), data[600];
	struct call *call = call_find(f.engine, c->session[which]);
	struct writer w;

	writer_init(&w, data, sizeof(data));
	writer_u16(&w, 2);
	writer_u16(&w, c->tunnel);
	writer_u16(&w, c->session[which]);
	writer_u16(&w, 0xff03);
	if (how & 0x80)
		answer_frame(&w, c->asked[which]);
	else if (how & 0x40)
		request_frame(&w, reader_u8(&f.in));
	else
		spoil(&w, reader_u8(&f.in));
	if (how & 0x20 && writer_len(&w) > 9)
		data[8 + reader_u8(&f.in) % (writer_len(&w) - 8)] ^= reader_u8(&f.in);
	if (call && pppdev_attached(&call->dev) && !(how & 0x10))
		engine_frame(f.engine, &call->dev, data + 8, writer_len(&w) - 8, f.now);
	else
		datagram(c, data, writer_len(&w));
}

static void raw(const struct client *c)
{
	uint8_t data[300];
	struct writer w;

	writer_init(&w, data, sizeof(data));
	spoil(&w, reader_u8(&f.in));
	datagram(c, data, writer_len(&w));
}

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

static void child(const struct client *c, uint8_t how)
{
	uint8_t more = reader_u8(&f.in);
	struct ike_child m = {
		.head = {IKE_CHILD, IKE_VERSION, 0},
		.unique = 1 + (how >> 3 & 7),
		.replaces = more >> 2 & 7,
		.mark_in = more & 0x80 ? c->mark : more >> 5 & 3,
		.spi_in = more & 3,
		.flags = more & 0x40 && more & 4 ? IKE_CHILD_INITIATOR : 0,
		.remote_port = c->at.port,
		.ike_version = 1,
		.local = f.cfg.listeners[0].address,
		.remote = c->at,
		.remote_id = {(char)('a' + (how >> 6))},
	};

	if (m.replaces != m.unique)
		engine_ike(f.engine, (const struct ike_head *)&m, f.now);
}

/* Charon's words, in the order in which its connection can bring them. */
static void ike(struct client *c, uint8_t how)
{
	struct ike_hello hello = {.head = {IKE_HELLO, IKE_VERSION, 0}};
	struct ike_snapshot_end end = {.head = {IKE_SNAPSHOT_END, IKE_VERSION, 0}};
	struct ike_child_down down = {.head = {IKE_CHILD_DOWN, IKE_VERSION, 0},
				      .unique = 1 + (how >> 3 & 7)};

	if ((how & 7) == 7) {
		c->mark = how >> 3 & (MARKS - 1);
	} else if (!f.ike) {
		engine_ike_up(f.engine, &hello, f.now);
		f.ike = true;
	} else if ((how & 7) == 6) {
		engine_ike_lost(f.engine, f.now);
		f.ike = false;
	} else if ((how & 7) == 5) {
		engine_ike(f.engine, &end.head, f.now);
	} else if ((how & 7) == 4) {
		engine_ike(f.engine, &down.head, f.now);
	} else {
		child(c, how);
	}
}

static void gone(uint8_t how)
{
	const struct client *c = &f.client[how % CLIENTS];
	struct kern_gone m = {.wire = {KERN_GONE, WIRE_VERSION, 0}, .tunnel = c->tunnel};

	if (how & 0x80)
		m.session = c->session[how >> 2 & (CALLS - 1)];
	engine_kernel_gone(f.engine, &m, f.now);
}

static void eof(uint8_t how)
{
	struct call *c =
		call_find(f.engine, f.client[how % CLIENTS].session[how >> 2 & (CALLS - 1)]);

	if (c && pppdev_attached(&c->dev))
		engine_frame(f.engine, &c->dev, NULL, 0, f.now);
}

static void kick(uint8_t how)
{
	struct call *c = engine_next_call(f.engine, (uint32_t)how << 8);

	if (c)
		engine_kick(f.engine, c, how & 1 ? "out" : NULL, f.now);
}

/* Another configuration; whoever looks at the one before afterwards sees nonsense. */
static void reload(uint8_t how)
{
	f.before = f.cfg;
	BUG_ON(engine_reload(f.engine, &f.before, f.now));
	config_change(&f.cfg, how);
	BUG_ON(engine_reload(f.engine, &f.cfg, f.now));
	memset(&f.before, 0xa5, sizeof(f.before));
}

static void consistent(void)
{
	const struct engine *e = f.engine;
	const struct engine_stats *s = engine_stats(e);

	BUG_ON(s->tunnels != e->peers.count || s->sessions != e->calls.count);
	BUG_ON(s->half_open != e->half_open_by_host.count);
	BUG_ON(s->sessions_up > s->sessions || s->offloading > s->sessions);
	BUG_ON(e->effects.count || e->applying_peer);
	BUG_ON(e->n_asked > CARRIERS_ASKED || (clear_text() && e->n_held));
	BUG_ON(e->timers.count > s->tunnels + s->sessions);
	BUG_ON(pool_stats(e->pools, 0).used + pool_outside(e->pools) > s->sessions);
}

/* A tunnel has the mark of a carrier of its own identity, or waits for one. */
static void ties_consistent(void)
{
	for (struct peer *p = engine_next_peer(f.engine, 0); p;
	     p = engine_next_peer(f.engine, (uint32_t)p->tunnel.id + 1)) {
		if (clear_text()) {
			BUG_ON(p->carrier || p->identity || p->mark);
			continue;
		}
		BUG_ON(!p->identity);
		BUG_ON(!p->carrier && (p->mark != KERN_MARK_DEAD ||
				       (!p->finished && p->grace_deadline == USEC_NEVER)));
		BUG_ON(p->carrier && (p->mark != p->carrier->mark ||
				      p->identity != p->carrier->identity || p->carrier->gone));
	}
}

static void step(void)
{
	uint8_t op = reader_u8(&f.in), how = reader_u8(&f.in);
	struct client *c = &f.client[op >> 6];

	if (op & 0x20 && (op & 15) >= 12) {
		ike(c, how);
		return;
	}
	switch (op & 15) {
	case 0:
		raw(c);
		break;
	case 1:
	case 2:
	case 3:
	case 4:
		message(c, reader_u8(&f.in) % 17, how);
		break;
	case 5:
	case 6:
	case 7:
	case 8:
		frame(c, how);
		break;
	case 9:
		pass(how);
		break;
	case 10:
		answer_kernel(how, how & 0x80 ? -ENOMEM : 0);
		break;
	case 11:
		answer_aaa(how);
		break;
	case 12:
		gone(how);
		break;
	case 13:
		eof(how);
		break;
	case 14:
		if (how < 8)
			engine_stop(f.engine, f.now);
		else if (how < 64)
			engine_refresh(f.engine, f.now);
		else if (how < 240)
			kick(how);
		else if (how < 248)
			engine_undrain(f.engine, f.now);
		else
			engine_drain(f.engine, how & 3, how & 4, f.now);
		break;
	case 15:
		if (how & 0x80)
			reload(how);
		else
			f.refuse = how & 3;
		break;
	}
	if (!(op & 0x10)) /* several inputs may come before the dead are buried */
		engine_reap(f.engine);
}

static void set_up(uint8_t how)
{
	memset(&f, 0, sizeof(f));
	f.now = 1000 * USEC_PER_SEC;
	seed_init(&f.seed, how);
	config_begin(&f.cfg, how);
	for (size_t i = 0; i < CLIENTS; i++)
		f.client[i].at = (struct endpoint){
			.family = ENDPOINT_IPV4,
			.port = 1701,
			.addr = {192, 0, 2, (uint8_t)(i / 2)},
		};
	for (uint32_t i = 0; i < CLIENTS; i++)
		f.client[i].mark = how & 4 ? i + 1 : 0;
	f.client[1].at.port = f.client[3].at.port = 1702;
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
			answer_kernel(0, 0);
		pass(3);
	}
	pass(6);
	engine_reap(f.engine);
	BUG_ON(!f.stopped);
	BUG_ON(s->tunnels || s->sessions || s->sessions_up || s->half_open || s->offloading);
	BUG_ON(f.engine->messages.used || f.engine->timers.count || f.engine->calls_by_user.count);
	BUG_ON(pool_stats(f.engine->pools, 0).used || pool_outside(f.engine->pools));
	BUG_ON(f.engine->adding || f.engine->deleting + f.engine->deleting_peers ||
	       f.engine->n_held);
	BUG_ON(!list_empty(&f.engine->orphans));
	for (size_t i = 0; i < OBJECTS; i++)
		BUG_ON(f.tunnel[i] || f.session[i]);
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
		ties_consistent();
	}
	if (!(how & 0x80))
		all_gone();
	engine_free(f.engine); /* also in the middle of everything */
	return 0;
}
