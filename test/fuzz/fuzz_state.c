// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An engine on records that anybody may have written: good checksums, any values.  What it makes of
 * them can be spoken to, dies again, and in the end nothing is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/buf.h"
#include "daemon/engine/engine_state.h"
#include "test/unit/seed.h"

#define SLOTS	 16
#define ASKED	 1024
#define FAKE_FD	 0x40000000
#define LISTENER 0xc0000201u /* 192.0.2.1 */
#define CLIENT	 0xc6336401u /* 198.51.100.1 */

struct fuzz {
	struct config cfg;
	struct engine *engine;
	struct slots state;
	struct seed seed;
	usec_t now;
	struct reader in;
	struct kern_done asked[ASKED]; /* answers to be given */
	size_t n_asked;
	bool stopped;
};

static struct fuzz f;
static uint64_t memory[(STATE_HEAD_SIZE + SLOTS * sizeof(struct state_slot)) / 8];

/* --- what the engine does to this world --- */

static void op_send(void *ctx, uint8_t listener, const struct udp_socket *via,
		    const struct endpoint *local, const struct endpoint *peer,
		    const struct iovec *iov, size_t iovlen)
{
	(void)ctx;
	(void)peer;
	(void)local;
	BUG_ON(listener >= f.cfg.n_listeners || !iovlen || !iov[0].iov_len);
	BUG_ON(f.cfg.listeners[listener].ipsec == CONFIG_IPSEC_REQUIRE && !via);
}

static int op_kernel(void *ctx, const void *msg, size_t len)
{
	const struct wire *w = msg;
	struct kern_done d = {.wire = {KERN_DONE, WIRE_VERSION, w->id}};

	(void)ctx;
	(void)len;
	if (f.n_asked == ASKED)
		return -ENOBUFS;
	if (w->type == KERN_TUNNEL_DEL) {
		d.tunnel = ((const struct kern_tunnel_del *)msg)->tunnel;
	} else if (w->type == KERN_SESSION_DEL) {
		d.tunnel = ((const struct kern_session_del *)msg)->tunnel;
		d.session = ((const struct kern_session_del *)msg)->session;
	} else if (w->type != KERN_SA_DEL) {
		return 0;
	}
	f.asked[f.n_asked++] = d;
	return 0;
}

static int op_ike(void *ctx, const void *msg, size_t len)
{
	(void)ctx;
	(void)msg;
	(void)len;
	return 0;
}

static int op_aaa(void *ctx, const struct wire_aaa_auth *msg)
{
	(void)ctx;
	(void)msg;
	return -ENOBUFS;
}

static int op_attach(void *ctx, struct pppdev *dev, int channel, int unit)
{
	(void)ctx;
	BUG_ON(channel != FAKE_FD || unit != FAKE_FD || pppdev_attached(dev));
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
	(void)ctx;
	(void)frame;
	BUG_ON(!pppdev_attached(dev) || len < 6);
	return 0;
}

static uint32_t op_idle(void *ctx, const struct pppdev *dev)
{
	(void)ctx;
	(void)dev;
	return UINT32_MAX;
}

static int op_add_socket(void *ctx, struct udp_socket *s, uint8_t listener, int fd)
{
	(void)ctx;
	(void)listener;
	s->watch.fd = fd;
	return 0;
}

static void op_remove_socket(void *ctx, struct udp_socket *s)
{
	(void)ctx;
	s->watch.fd = -1;
}

static int op_open_client(void *ctx, uint8_t client, int fd)
{
	(void)ctx;
	(void)client;
	(void)fd;
	return 0;
}

static void op_close_client(void *ctx, uint8_t client)
{
	(void)ctx;
	(void)client;
}

static void op_client(void *ctx, uint8_t client, enum engine_client_news news, const char *text)
{
	(void)ctx;
	(void)client;
	(void)news;
	BUG_ON(!text);
}

static void op_event(void *ctx, enum engine_event event, const struct peer *peer,
		     const struct call *call, const void *text, size_t len)
{
	(void)ctx;
	(void)peer;
	(void)call;
	BUG_ON(!engine_event_name(event) || (len && !text));
}

static void op_refreshed(void *ctx)
{
	(void)ctx;
}

static void op_stopped(void *ctx)
{
	(void)ctx;
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
	.open_client = op_open_client,
	.close_client = op_close_client,
	.client = op_client,
	.event = op_event,
	.refreshed = op_refreshed,
	.stopped = op_stopped,
};

/* --- records --- */

static void take_bytes(void *to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		((uint8_t *)to)[i] = reader_u8(&f.in);
}

static struct endpoint endpoint4(uint32_t address)
{
	struct endpoint ep = {.family = ENDPOINT_IPV4, .port = 1701};

	for (int i = 0; i < 4; i++)
		ep.addr[i] = (uint8_t)(address >> (24 - 8 * i));
	return ep;
}

static size_t tunnel_record(uint16_t id, bool ipsec, uint8_t *to)
{
	struct state_tunnel s = {
		.stage = STATE_TUNNEL_UP,
		.role = L2TP_LNS,
		.id = id,
		.peer_id = id,
		.channel = {.ns = 5, .nr = 7, .oldest = 3, .highest = 4, .peer_window = 4},
		.listener = f.cfg.listeners[ipsec].address,
		.local = f.cfg.listeners[ipsec].address,
		.remote = endpoint4(CLIENT),
		.created = 100 * USEC_PER_SEC,
		.up_since = 100 * USEC_PER_SEC,
		.peer_host = "pc",
	};

	if (ipsec) {
		s.mark = id;
		s.has_identity = 1;
		s.carrier_port = 1701;
		memcpy(s.connection, "l2tp", 5);
		memcpy(s.remote_id, "bob", 4);
	}
	memcpy(to, &s, sizeof(s));
	return sizeof(s);
}

static size_t session_record(uint16_t id, uint8_t stage, uint8_t *to)
{
	static const struct state_cp opened = {.state = AUTOMATON_OPENED, .answered = 1};
	struct state_session s = {
		.stage = stage,
		.role = L2TP_LNS,
		.tunnel = (uint16_t)(id / 4),
		.id = id,
		.peer_id = id,
		.up_since = 100 * USEC_PER_SEC,
		.link = {.lcp = opened,
			 .ipcp = opened,
			 .ipv6cp = {.state = AUTOMATON_STARTING},
			 .mru = 1400,
			 .peer_mru = 1400,
			 .magic = 77,
			 .auth = AUTH_MSCHAPV2,
			 .local4 = f.cfg.groups[0].local_address,
			 .remote4 = f.cfg.pools[0].first + id},
		.address = f.cfg.pools[0].first + id,
		.ifname = "ppp0",
		.group = "staff",
		.method = AUTH_MSCHAPV2,
		.user_len = 3,
		.user = "bob",
	};

	memcpy(to, &s, sizeof(s));
	return stage == STATE_SESSION_UP ? sizeof(s) : STATE_SESSION_SMALL;
}

/* A record as it should be, and some bytes of it as they should not. */
static void put_record(void)
{
	uint8_t how = reader_u8(&f.in), edits = reader_u8(&f.in) & 7;
	bool tunnel = how & 0x80;
	uint8_t record[STATE_RECORD_MAX] = {0};
	slot_t slot = slots_take(&f.state);
	struct state_copy *c;
	size_t len;

	if (!slot)
		return;
	len = tunnel ? tunnel_record(1 + (how & 3), how & 0x40, record)
		     : session_record(4 + (how & 15), 1 + (how >> 4 & 3) % 3, record);
	while (edits--) {
		uint16_t at = reader_u16(&f.in);
		uint8_t value = reader_u8(&f.in);

		if (at < len)
			record[at] = value;
	}
	slots_write(&f.state, slot, tunnel ? STATE_TUNNEL : STATE_SESSION, record, len, 0);
	if (how != 0xff)
		return;
	/* its envelope */
	c = &f.state.slot[slot - 1].copy[1];
	take_bytes(&c->kind, 8);
	if (c->size <= STATE_RECORD_MAX)
		slots_seal(c);
}

/* --- and what becomes of them --- */

static void begin(void)
{
	int err;

	slots_fini(&f.state);
	BUG_ON(slots_init(&f.state, memory, sizeof(memory), true));
	f.engine = engine_new(&f.cfg, KERN_LAYOUT_PARKED, &ops, &f, &f.seed.rng);
	BUG_ON(!f.engine);
	err = engine_keep(f.engine, &f.state, true, f.now);
	BUG_ON(err);
}

/* The kernel role tells tunnels, then sessions. */
static void tell_kept(void)
{
	uint8_t tunnels = reader_u8(&f.in);
	uint32_t sessions = (uint32_t)reader_u16(&f.in) << 4;

	for (uint16_t id = 1; id < 8; id++)
		if (!(tunnels >> id & 1))
			engine_kernel_kept(
				f.engine,
				&(struct kern_kept){.tunnel = id, .layout = KERN_LAYOUT_PARKED},
				NULL, 0, f.now);
	for (uint16_t id = 4; id < 20; id++) {
		struct kern_kept m = {
			.tunnel = id / 4, .session = id, .ipv4 = true, .ifname = "ppp7"};
		int fds[] = {FAKE_FD, FAKE_FD};

		if (!(sessions >> id & 1) && call_find(f.engine, id))
			engine_kernel_kept(f.engine, &m, fds, 2, f.now);
		else
			engine_kernel_kept(f.engine, &m, NULL, 0, f.now);
	}
	engine_resumed(f.engine, f.now);
	engine_reap(f.engine);
}

static void answer_all(void)
{
	while (f.n_asked) {
		struct kern_done d = f.asked[0];

		memmove(f.asked, f.asked + 1, --f.n_asked * sizeof(d));
		engine_kernel_done(f.engine, &d, NULL, 0, f.now);
		engine_reap(f.engine);
	}
}

static void pass(usec_t time)
{
	usec_t end = f.now + time;

	for (int i = 0; i < 10000 && engine_deadline(f.engine) <= end; i++) {
		if (engine_deadline(f.engine) > f.now)
			f.now = engine_deadline(f.engine);
		engine_expire(f.engine, f.now);
		engine_reap(f.engine);
	}
	f.now = end;
}

static void control(uint8_t how)
{
	uint8_t hello[] = {
		0xc8, 2, 0, 20, 0, how & 7, 0, 0, 0, reader_u8(&f.in), 0, reader_u8(&f.in),
		0x80, 8, 0, 0,	0, 0,	    0, 6};
	struct datagram d = {
		.data = hello,
		.len = how & 0x40 ? 12 : sizeof(hello),
		.local = f.cfg.listeners[0].address,
		.peer = endpoint4(CLIENT),
	};

	hello[3] = (uint8_t)d.len;
	engine_datagram(f.engine, &d, f.now);
}

static void frame(uint8_t how)
{
	struct call *c = call_find(f.engine, 4 + (how & 15));
	uint8_t bytes[16];

	take_bytes(bytes, sizeof(bytes));
	bytes[0] = 0xc0 >> (how >> 7);
	bytes[1] = 0x21;
	if (c && pppdev_attached(&c->dev))
		engine_frame(f.engine, &c->dev, bytes, sizeof(bytes), f.now);
}

static void step(void)
{
	uint8_t op = reader_u8(&f.in), how = reader_u8(&f.in);

	switch (op % 5) {
	case 0:
		control(how);
		break;
	case 1:
		frame(how);
		break;
	case 2:
		pass(how * USEC_PER_SEC / 4);
		break;
	case 3:
		answer_all();
		break;
	case 4: /* killed again; now the kernel has all that is on record */
		engine_free(f.engine);
		f.n_asked = 0;
		begin();
		tell_kept();
		break;
	}
	engine_reap(f.engine);
}

static void all_gone(void)
{
	const struct engine_stats *s = engine_stats(f.engine);
	const struct ike_hello hello = {.head = {.type = IKE_HELLO, .version = IKE_VERSION}};
	const struct ike_head end = {.type = IKE_SNAPSHOT_END, .version = IKE_VERSION};

	engine_stop(f.engine, f.now);
	for (int i = 0; i < 40; i++) {
		answer_all();
		pass(5 * USEC_PER_SEC);
	}
	/* charon, when it comes, knows of none of these SAs */
	engine_ike_up(f.engine, &hello, f.now);
	engine_ike(f.engine, &end, f.now);
	answer_all();
	BUG_ON(!f.stopped || s->tunnels || s->sessions || s->sessions_up || s->half_open);
	BUG_ON(f.engine->messages.used || f.engine->timers.count || f.engine->calls_by_user.count);
	BUG_ON(pool_stats(f.engine->pools, 0).used || pool_outside(f.engine->pools));
	BUG_ON(f.engine->identities.count || !list_empty(&f.engine->carriers));
	BUG_ON(!list_empty(&f.engine->orphans_told) || !list_empty(&f.engine->orphans_asked));
	BUG_ON(f.state.n_taken);
}

static void set_up(void)
{
	memset(&f, 0, sizeof(f));
	memset(memory, 0, sizeof(memory));
	f.now = 1000 * USEC_PER_SEC;
	seed_init(&f.seed, 1);
	f.cfg.n_listeners = 2;
	f.cfg.n_servers = f.cfg.n_groups = f.cfg.n_pools = 1;
	f.cfg.ike_grace_s = 5;
	f.cfg.listeners[0] =
		(struct config_listener){.address = endpoint4(LISTENER), .ipsec = CONFIG_IPSEC_OFF};
	f.cfg.listeners[1].address = endpoint4(LISTENER + 1);
	f.cfg.pools[0].first = 0x0a000010;
	f.cfg.pools[0].last = 0x0a000030;
	f.cfg.groups[0] = (struct config_group){
		.name = "staff", .mtu = 1400, .local_address = 0x0a000001, .ipv6 = true};
	f.cfg.servers[0] = (struct config_server){
		.host_name = "lns",
		.auth = {AUTH_MSCHAPV2},
		.window = 4,
		.hello_s = 60,
		.echo_s = 30,
		.echo_failures = 3,
		.max_tunnels = 6,
		.max_sessions = 8,
		.max_sessions_per_tunnel = 4,
		.max_half_open = 4,
		.max_half_open_per_address = 3,
		.auth_timeout_s = 30,
	};
	BUG_ON(slots_init(&f.state, memory, sizeof(memory), false));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t records;

	set_up();
	reader_init(&f.in, data, size);
	records = reader_u8(&f.in) & 15;
	while (records--)
		put_record();
	begin();
	tell_kept();
	for (int i = 0; i < 64 && reader_left(&f.in); i++)
		step();
	all_gone();
	engine_free(f.engine);
	slots_fini(&f.state);
	return 0;
}
