// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/replay/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler.h"
#include "daemon/aaa/users.h"
#include "daemon/aaa/verify.h"
#include "daemon/engine/engine_state.h"
#include "daemon/report.h"
#include "test/replay/dialer.h"
#include "test/replay/ike.h"
#include "test/replay/show.h"

#define LISTEN_ADDRESS 0xc6336401u /* 198.51.100.1 */
#define POOL_FIRST     0x0a000010u /* 10.0.0.16 */
#define ROUNDS_MAX     200000	   /* inputs at one point in time */
#define STATE_SLOTS    4096
#define FAKE_FD	       0x40000000  /* stands for a descriptor that attach() has taken */

/* --- clients --- */

static struct endpoint endpoint4(uint32_t address, uint16_t port)
{
	struct endpoint ep = {.family = ENDPOINT_IPV4, .port = port};

	for (int i = 0; i < 4; i++)
		ep.addr[i] = (uint8_t)(address >> (24 - 8 * i));
	return ep;
}

struct client *world_client(struct world *w, const char *name)
{
	for (size_t i = 0; i < w->n_clients; i++)
		if (!strcmp(w->client[i].name, name))
			return &w->client[i];
	return NULL;
}

bool world_set_host(struct endpoint *ep, const char *host)
{
	uint32_t address;

	if (!words_address(host, &address))
		return false;
	*ep = endpoint4(address, ep->port);
	return true;
}

/* Whoever gets what is sent there with this mark; in the classic layout the port stands for one. */
static struct client *client_at(struct world *w, const struct endpoint *ep, uint32_t mark)
{
	for (size_t i = 0; i < w->n_clients; i++) {
		struct client *c = &w->client[i];

		if (c->mark == mark && endpoint_same_host(&c->at, ep) &&
		    (c->at.port == ep->port || (mark && ep->port == kern_fake_port(mark))))
			return c;
	}
	return NULL;
}

/* The mark that what a socket sends gets from the kernel role; 0: none, or one that is dead. */
static uint32_t mark_of(struct world *w, const struct udp_socket *via, const struct endpoint *peer)
{
	const struct carrier *c = via ? container_of(via, const struct carrier, socket) : NULL;
	uint32_t mark = c && via->watch.fd >= 0 ? c->mark : 0;

	if (w->kernel.classic && peer->port >= kern_fake_port(0))
		mark = (uint32_t)(peer->port - kern_fake_port(0));
	return kern_fake_has_sa(&w->kernel, mark) ? mark : 0;
}

struct client *world_add_client(struct world *w, const char *name, uint32_t address, uint16_t port)
{
	struct client *c;

	if (w->n_clients == WORLD_CLIENTS || world_client(w, name))
		return NULL;
	c = &w->client[w->n_clients++];
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->at = endpoint4(address, port);
	return c;
}

/* --- what the engine can do to this world --- */

static void to_client(struct world *w, struct client *c, const uint8_t *data, size_t len)
{
	char line[TRACE_LINE];
	struct text t;
	bool lazy = false;

	text_init(&t, line, sizeof(line));
	if (!(data[0] & 0x80)) {
		uint16_t session = (uint16_t)(data[4] << 8 | data[5]);

		show_frame(&t, data + 8, len - 8);
		text_add(&t, " session=%u via=udp", session);
		client_frame(c, session, data + 8, len - 8);
	} else if (show_control(&t, data, len, &lazy)) {
		client_control(c, data, len);
	} else {
		text_add(&t, "UNREADABLE len=%zu", len); /* hidden AVPs, or a bug */
	}
	trace_add(&w->trace, c->name, lazy || c->dialer, line);
	if (c->dialer)
		dialer_receive(c->dialer, data, len);
}

static void op_send(void *ctx, uint8_t listener, const struct udp_socket *via,
		    const struct endpoint *local, const struct endpoint *peer,
		    const struct iovec *iov, size_t iovlen)
{
	struct endpoint mine = endpoint4(LISTEN_ADDRESS, 1701);
	struct world *w = ctx;
	struct client *c = client_at(w, peer, mark_of(w, via, peer));
	uint8_t data[4096];
	size_t len = 0;

	for (size_t i = 0; i < iovlen; i++) {
		BUG_ON(iov[i].iov_len > sizeof(data) - len);
		memcpy(data + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
	}
	BUG_ON(listener != 0 || !endpoint_equal(local, &mine));
	if (c)
		to_client(w, c, data, len);
}

static int op_ike(void *ctx, const void *msg, size_t len)
{
	struct world *w = ctx;

	return ike_said(w, msg, len);
}

static int op_kernel(void *ctx, const void *msg, size_t len)
{
	struct world *w = ctx;

	return kern_fake_request(&w->kernel, msg, len);
}

static int op_aaa(void *ctx, const struct wire_aaa_auth *msg)
{
	static const char *const methods[] = {"none", "pap", "chap-md5", "mschapv2"};
	struct world *w = ctx;
	char line[TRACE_LINE];
	struct text t;

	if (w->aaa_refuse || w->n_questions == WORLD_QUESTIONS)
		return -ENOBUFS;
	text_init(&t, line, sizeof(line));
	text_add(&t, "AUTH method=%s", methods[msg->request.method]);
	show_bytes(&t, "user", msg->request.user, msg->request.user_len);
	trace_add(&w->trace, "aaa", false, line);
	w->question[w->n_questions++] = *msg;
	return 0;
}

static int op_attach(void *ctx, struct pppdev *dev, int channel, int unit)
{
	struct world *w = ctx;

	close(channel);
	close(unit);
	if (w->no_attach)
		return -ENOMEM;
	BUG_ON(pppdev_attached(dev));
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
	const struct call *call = container_of(dev, struct call, dev);
	struct world *w = ctx;
	struct client *c = client_at(w, &w->kernel.peer[call->peer->tunnel.id],
				     w->kernel.mark[call->peer->tunnel.id]);
	uint16_t session = call->session.peer_id;
	char line[TRACE_LINE];
	struct text t;

	BUG_ON(!pppdev_attached(dev));
	if (!c)
		return 0;
	text_init(&t, line, sizeof(line));
	show_frame(&t, frame, len);
	text_add(&t, " session=%u via=channel", session);
	trace_add(&w->trace, c->name, c->dialer, line);
	client_frame(c, session, frame, len);
	if (c->dialer)
		dialer_frame(c->dialer, session, frame, len);
	return 0;
}

static uint32_t op_idle(void *ctx, const struct pppdev *dev)
{
	const struct world *w = ctx;
	uint16_t id = engine_call_id(container_of(dev, struct call, dev));

	return id == w->idle_session && id ? w->idle_of_session : w->idle;
}

static int op_add_socket(void *ctx, struct udp_socket *s, uint8_t listener, int fd)
{
	struct world *w = ctx;

	(void)listener;
	close(fd);
	s->watch.fd = FAKE_FD;
	w->sockets++;
	return 0;
}

static void op_remove_socket(void *ctx, struct udp_socket *s)
{
	struct world *w = ctx;

	w->sockets -= s->watch.fd >= 0;
	s->watch.fd = -1;
}

static void add_peer(struct text *t, const struct peer *p, bool down)
{
	struct tunnel_report r;

	engine_report_tunnel(p, &r);
	text_add(t, " tunnel=%u peer-tunnel=%u port=%u", r.tunnel, r.peer_tunnel, r.peer.port);
	if (!down)
		return;
	text_add(t, " reason=%s result=%u error=%u", r.reason ? r.reason : "none", r.result,
		 r.error);
	show_bytes(t, "detail", r.detail, strlen(r.detail));
}

static void add_call(struct text *t, const struct call *c)
{
	struct session_report r;

	engine_report_session(c, &r);
	text_add(t, " session=%u peer-session=%u phase=%s", r.session, r.peer_session, r.phase);
	show_bytes(t, "user", r.user, r.user_len);
	text_add(t, " address=%u.%u.%u.%u", r.address >> 24, r.address >> 16 & 255,
		 r.address >> 8 & 255, r.address & 255);
	if (r.reason)
		text_add(t, " reason=%s result=%u error=%u cause=%u", r.reason, r.result, r.error,
			 r.cause);
	show_bytes(t, "detail", r.detail, strlen(r.detail));
	text_add(t, " rx-bytes=%llu", (unsigned long long)r.counters.rx_bytes);
}

static void op_event(void *ctx, enum engine_event event, const struct peer *peer,
		     const struct call *call, const void *text, size_t len)
{
	bool lazy = event == ENGINE_PHASE || event == ENGINE_NOTE;
	struct world *w = ctx;
	char line[TRACE_LINE];
	struct text t;

	if (w->dying)
		return;
	text_init(&t, line, sizeof(line));
	text_add(&t, "%s", engine_event_name(event));
	if (len)
		show_bytes(&t, "text", text, len);
	if (peer)
		add_peer(&t, peer, event == ENGINE_TUNNEL_DOWN);
	if (call)
		add_call(&t, call);
	trace_add(&w->trace, "event", lazy, line);
}

static void op_refreshed(void *ctx)
{
	struct world *w = ctx;

	w->refreshed++;
	trace_add(&w->trace, "engine", false, "refreshed");
}

static void op_drained(void *ctx)
{
	struct world *w = ctx;

	trace_add(&w->trace, "engine", false, "drained");
}

static void op_stopped(void *ctx)
{
	struct world *w = ctx;

	w->stopped = true;
	trace_add(&w->trace, "engine", false, "stopped");
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

/* --- beginning and end --- */

static void after_input(struct world *w)
{
	engine_expire(w->engine, w->now);
	engine_reap(w->engine);
}

static void default_config(struct config *c)
{
	c->version = CONFIG_VERSION;
	c->n_listeners = c->n_servers = c->n_pools = 1;
	c->n_groups = 2;
	c->ike_grace_s = 5;
	c->ike_terminate = true;
	c->listeners[0].ipsec = CONFIG_IPSEC_OFF;
	c->listeners[0].path_mtu = 1500;
	c->listeners[0].address = endpoint4(LISTEN_ADDRESS, 1701);
	snprintf(c->pools[0].name, sizeof(c->pools[0].name), "pool");
	c->pools[0].first = POOL_FIRST;
	c->pools[0].last = POOL_FIRST + 99;
	c->groups[0] = (struct config_group){
		.name = "default",
		.id = 1,
		.mtu = 1400,
		.local_address = 0x0a000001,
		.dns = {0x0a000035},
		.interface = "ppp",
	};
	c->groups[1] = c->groups[0];
	snprintf(c->groups[1].name, sizeof(c->groups[1].name), "fixed");
	c->groups[1].pool = -1; /* only users with an address of their own */
	c->servers[0] = (struct config_server){
		.name = "server",
		.host_name = "lns",
		.auth = {AUTH_MSCHAPV2, AUTH_PAP},
		.window = 8,
		.hello_s = 60,
		.echo_s = 30,
		.echo_failures = 3,
		.max_tunnels = 1000,
		.max_sessions = 1000,
		.max_sessions_per_tunnel = 100,
		.max_half_open = 100,
		.max_half_open_per_address = 10,
		.auth_timeout_s = 30,
	};
}

void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->now = 1000 * USEC_PER_SEC;
	w->idle = UINT32_MAX;
	seed_init(&w->seed, 1);
	trace_init(&w->trace, &w->now);
	kern_fake_init(&w->kernel, &w->trace, &w->now);
	default_config(&w->cfg);
	snprintf(w->users_text, sizeof(w->users_text), "bob secret\n");
}

static bool read_users(struct world *w)
{
	struct config_errors errs = {0};

	users_free(w->users);
	w->users = NULL;
	return !users_parse("users", w->users_text, strlen(w->users_text), &w->users, &errs);
}

bool world_start(struct world *w)
{
	if (w->engine)
		return true;
	if (!read_users(w)) {
		snprintf(w->error, sizeof(w->error), "the users cannot be read");
		return false;
	}
	w->state_memory = calloc(1, slots_size(STATE_SLOTS));
	BUG_ON(!w->state_memory ||
	       slots_init(&w->state, w->state_memory, slots_size(STATE_SLOTS), false));
	w->engine = engine_new(&w->cfg, KERN_LAYOUT_PARKED, &ops, w, &w->seed.rng);
	return w->engine && !engine_keep(w->engine, &w->state, false, w->now);
}

/* What an engine says while its process dies is not heard by anybody. */
static void bury_engine(struct world *w)
{
	w->dying = true;
	engine_free(w->engine);
	w->dying = false;
	kern_fake_forget(&w->kernel);
	w->n_questions = 0;
	w->sockets = 0;
}

bool world_crash(struct world *w)
{
	bury_engine(w);
	slots_fini(&w->state);
	BUG_ON(slots_init(&w->state, w->state_memory, slots_size(STATE_SLOTS), true));
	w->engine = engine_new(&w->cfg, KERN_LAYOUT_PARKED, &ops, w, &w->seed.rng);
	if (!w->engine || engine_keep(w->engine, &w->state, true, w->now))
		return false;
	kern_fake_tell(&w->kernel, w->engine);
	engine_resumed(w->engine, w->now);
	after_input(w);
	return true;
}

bool world_reload_begin(struct world *w)
{
	w->before = w->cfg;
	return !engine_reload(w->engine, &w->before, w->now);
}

/* Whoever still looks at the configuration before sees nonsense. */
bool world_reload_end(struct world *w)
{
	int err = engine_reload(w->engine, &w->cfg, w->now);

	memset(&w->before, 0xa5, sizeof(w->before));
	return !err;
}

bool world_forget_user(struct world *w, const char *name)
{
	size_t len = strlen(name);

	for (char *line = w->users_text; *line;) {
		char *next = strchr(line, '\n') + 1;

		if (!strncmp(line, name, len) && line[len] == ' ') {
			memmove(line, next, strlen(next) + 1);
			return read_users(w);
		}
		line = next;
	}
	return false;
}

void world_fini(struct world *w)
{
	engine_free(w->engine);
	if (w->state_memory)
		slots_fini(&w->state);
	free(w->state_memory);
	for (size_t i = 0; i < w->n_clients; i++)
		if (w->client[i].dialer)
			dialer_free(w->client[i].dialer);
	users_free(w->users);
	kern_fake_fini(&w->kernel);
	trace_fini(&w->trace);
}

/* --- in --- */

void world_datagram(struct world *w, const struct endpoint *from, uint32_t mark,
		    const uint8_t *data, size_t len)
{
	/* a copy without a byte to spare, so that reading beyond it is found */
	uint8_t *copy = malloc(len ? len : 1);
	struct datagram d = {
		.data = copy,
		.len = len,
		.local = w->cfg.listeners[0].address,
		.peer = *from,
		.mark = mark,
	};

	if (w->kernel.classic && mark)
		d.peer.port = kern_fake_port(mark);

	BUG_ON(!copy);
	memcpy(copy, data, len);
	engine_datagram(w->engine, &d, w->now);
	free(copy);
	after_input(w);
}

bool world_attached(struct world *w, uint16_t session)
{
	const struct call *c = call_find(w->engine, session);

	return c && pppdev_attached(&c->dev);
}

bool world_device_frame(struct world *w, uint16_t session, const uint8_t *frame, size_t len)
{
	struct call *c = call_find(w->engine, session);
	uint8_t *copy = malloc(len ? len : 1);

	BUG_ON(!copy);
	if (len)
		memcpy(copy, frame, len);
	if (c && pppdev_attached(&c->dev))
		engine_frame(w->engine, &c->dev, copy, len, w->now);
	else
		c = NULL;
	free(copy);
	after_input(w);
	return c;
}

bool world_answer(struct world *w, enum auth_verdict verdict)
{
	struct wire_aaa_result r = {0};

	if (!w->n_questions)
		return false;
	r.wire = w->question[0].wire;
	r.wire.type = WIRE_AAA_RESULT;
	if (verdict == AUTH_ERROR)
		r.result.reason = AUTH_REASON_BACKEND;
	else
		verify(w->users, &w->question[0].request, &r.result);
	r.result.verdict = (uint8_t)verdict;
	w->n_questions--;
	memmove(w->question, w->question + 1, w->n_questions * sizeof(w->question[0]));
	engine_aaa(w->engine, &r, w->now);
	after_input(w);
	return true;
}

static bool answer_truly(struct world *w)
{
	struct auth_result r;

	if (w->aaa_hold || !w->n_questions)
		return false;
	verify(w->users, &w->question[0].request, &r);
	return world_answer(w, (enum auth_verdict)r.verdict);
}

/* --- time --- */

static bool one_step(struct world *w)
{
	if (engine_deadline(w->engine) <= w->now) {
		after_input(w);
		return true;
	}
	if (kern_fake_step(&w->kernel, w->engine)) {
		after_input(w);
		return true;
	}
	if (answer_truly(w))
		return true;
	for (size_t i = 0; i < w->n_clients; i++)
		if (w->client[i].dialer && dialer_step(w->client[i].dialer))
			return true;
	return false;
}

bool world_settle(struct world *w)
{
	for (int i = 0; i < ROUNDS_MAX; i++)
		if (!one_step(w))
			return true;
	snprintf(w->error, sizeof(w->error), "time stands still");
	return false;
}

static usec_t next_event(const struct world *w)
{
	usec_t when = usec_min(engine_deadline(w->engine), kern_fake_next(&w->kernel));

	for (size_t i = 0; i < w->n_clients; i++)
		if (w->client[i].dialer)
			when = usec_min(when, dialer_next(w->client[i].dialer));
	return when;
}

bool world_run(struct world *w, usec_t duration)
{
	usec_t until = w->now + duration;

	for (;;) {
		usec_t next;

		if (!world_settle(w))
			return false;
		next = next_event(w);
		if (next > until)
			break;
		w->now = next;
	}
	w->now = until;
	return world_settle(w);
}

/* --- how it stands --- */

static uint64_t drop_stat(const struct engine_stats *s, const char *name)
{
	for (int i = 0; i < ENGINE_DROPS; i++)
		if (!strcmp(engine_drop_name((enum engine_drop)i), name))
			return s->drops[i];
	return UINT64_MAX;
}

static uint64_t pool_used(struct world *w)
{
	return pool_stats(engine_pools(w->engine), 0).used + pool_outside(engine_pools(w->engine));
}

static uint64_t records(struct world *w)
{
	return w->state.n_taken;
}

uint64_t world_stat(struct world *w, const char *name)
{
	const struct engine_stats *s = engine_stats(w->engine);
	const struct {
		const char *name;
		uint64_t value;
	} all[] = {
		{"tunnels", s->tunnels},
		{"sessions", s->sessions},
		{"up", s->sessions_up},
		{"half-open", s->half_open},
		{"offloading", s->offloading},
		{"tunnels-total", s->tunnels_total},
		{"sessions-total", s->sessions_total},
		{"auth-accepted", s->auth_accepted},
		{"auth-rejected", s->auth_rejected},
		{"sccrq-repeated", s->sccrq_repeated},
		{"messages", w->engine->messages.used},
		{"timers", w->engine->timers.count},
		{"by-user", w->engine->calls_by_user.count},
		{"by-host", w->engine->half_open_by_host.count},
		{"adding", w->engine->adding},
		{"pool", pool_used(w)},
		{"kernel-tunnels", w->kernel.n_tunnels},
		{"kernel-sessions", w->kernel.n_sessions},
		{"kernel-requests", w->kernel.requests},
		{"questions", w->n_questions},
		{"refreshed", w->refreshed},
		{"sockets", w->sockets},
		{"kernel-sas", w->kernel.n_sas},
		{"held", w->engine->n_held},
		{"identities", w->engine->identities.count},
		{"sas", w->engine->sas.by_unique.count},
		{"records", records(w)},
		{"resumed-lost", w->engine->resumed.lost},
	};

	if (!strncmp(name, "drop.", 5))
		return drop_stat(s, name + 5);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcmp(all[i].name, name))
			return all[i].value;
	return UINT64_MAX;
}

bool world_clean(struct world *w)
{
	static const char *const zero[] = {
		"tunnels",
		"sessions",
		"up",
		"half-open",
		"offloading",
		"messages",
		"timers",
		"by-user",
		"by-host",
		"adding",
		"pool",
		"kernel-tunnels",
		"kernel-sessions",
		"kernel-requests",
		"sockets",
		"kernel-sas",
		"held",
		"identities",
		"sas",
		"records",
	};

	for (size_t i = 0; i < ARRAY_SIZE(zero); i++) {
		uint64_t v = world_stat(w, zero[i]);

		if (v) {
			snprintf(w->error, sizeof(w->error), "left over: %s=%llu", zero[i],
				 (unsigned long long)v);
			return false;
		}
	}
	return true;
}
