// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the control socket asks of the engine.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/config/config.h"
#include "daemon/engine/pool.h"
#include "daemon/protocol.h"
#include "daemon/report.h"

static void add_counter(struct status_report *r, const char *name, uint64_t value)
{
	if (r->n_counters == STATUS_COUNTERS_MAX)
		return;
	r->counters[r->n_counters].name = name;
	r->counters[r->n_counters].value = value;
	r->n_counters++;
}

static void status_ike(struct protocol *pr, struct status_report *r)
{
	const struct ike_hello *hello = &pr->ike.hello;

	r->n_listeners = pr->cfg->n_listeners;
	for (size_t i = 0; i < r->n_listeners; i++) {
		r->listener[i].at = pr->cfg->listeners[i].address;
		r->listener[i].ipsec = pr->cfg->listeners[i].ipsec == CONFIG_IPSEC_REQUIRE;
		r->ike_wanted |= r->listener[i].ipsec;
	}
	for (size_t i = 0; i < pr->cfg->n_clients; i++)
		r->ike_wanted |= pr->cfg->clients[i].ipsec == CONFIG_IPSEC_REQUIRE;
	r->ike_connected = engine_ike_connected(pr->engine, &r->ike_sas);
	if (!r->ike_connected)
		return;
	memcpy(r->ike_software, hello->software, sizeof(r->ike_software));
	r->ike_flags = hello->flags;
}

static void status(void *ctx, struct status_report *r)
{
	struct protocol *pr = ctx;
	const struct engine_stats *s = engine_stats(pr->engine);
	struct drain d;

	memset(r, 0, sizeof(*r));
	snprintf(r->version, sizeof(r->version), "%s", CULVERT_VERSION);
	snprintf(r->node, sizeof(r->node), "%s", pr->cfg->node);
	snprintf(r->kernel, sizeof(r->kernel), "%s", pr->kernel_release);
	r->layout = (uint8_t)pr->layout;
	r->generation = pr->cfg->generation;
	r->started = pr->started;
	r->tunnels = s->established;
	r->tunnels_setup = s->tunnels - s->established;
	r->sessions = s->sessions_up;
	r->sessions_setup = s->sessions - s->sessions_up;
	r->sessions_started = s->sessions_started;
	r->sessions_ended = s->sessions_started - s->sessions_up;
	r->restarts = pr->protocol_restarts;
	r->aaa_restarts = pr->aaa_restarts;
	r->auth_accepted = s->auth_accepted;
	r->auth_rejected = s->auth_rejected;
	if (engine_draining(pr->engine, &d)) {
		r->drain = d.empty ? "drained" : "draining";
		r->drain_since = d.began;
		r->drain_kick_rate = d.rate;
		r->drain_exit = d.exit;
	}
	status_ike(pr, r);
	for (int i = 0; i < ENGINE_DROPS; i++)
		add_counter(r, engine_drop_name((enum engine_drop)i), s->drops[i]);
	add_counter(r, "truncated", pr->udp.truncated);
	add_counter(r, "send-failed", pr->udp.send_failed);
	add_counter(r, "sccrq-repeated", s->sccrq_repeated);
	add_counter(r, "waiting-for-kernel", s->offloading);
}

static bool next_tunnel(void *ctx, uint32_t after, struct tunnel_report *r)
{
	struct protocol *pr = ctx;
	struct peer *p = engine_next_peer(pr->engine, after + 1);

	if (p)
		engine_report_tunnel(p, r);
	return p != NULL;
}

static bool next_session(void *ctx, uint32_t after, struct session_report *r)
{
	struct protocol *pr = ctx;
	struct call *c = engine_next_call(pr->engine, after + 1);

	if (c)
		engine_report_session(c, r);
	return c != NULL;
}

static bool next_pool(void *ctx, uint32_t index, struct pool_report *r)
{
	struct protocol *pr = ctx;
	struct pools *pools = engine_pools(pr->engine);
	struct pool_stats s;

	if (index >= pool_count(pools))
		return false;
	s = pool_stats(pools, index);
	snprintf(r->pool, sizeof(r->pool), "%s", s.name);
	r->first = s.first;
	r->last = s.last;
	r->size = s.total;
	r->used = s.used;
	return true;
}

static bool next_client(void *ctx, uint32_t index, struct client_report *r)
{
	struct protocol *pr = ctx;

	return index < CONFIG_CLIENTS_MAX && engine_report_client(pr->engine, (uint8_t)index, r);
}

static const char *client_line(void *ctx, uint8_t index, uint32_t *seq)
{
	struct protocol *pr = ctx;

	return engine_client_line(pr->engine, index, seq);
}

static int connect_client(void *ctx, uint8_t index)
{
	struct protocol *pr = ctx;

	return engine_connect(pr->engine, index, loop_now(&pr->loop));
}

static int disconnect_client(void *ctx, uint8_t index)
{
	struct protocol *pr = ctx;

	return engine_disconnect(pr->engine, index, "disconnected", loop_now(&pr->loop));
}

static int kick(void *ctx, uint16_t session, const char *reason)
{
	struct protocol *pr = ctx;
	struct call *c = engine_next_call(pr->engine, session);
	struct session_report r;

	if (!c || engine_call_id(c) != session)
		return -ENOENT;
	engine_report_session(c, &r);
	snprintf(r.detail, sizeof(r.detail), "%s", reason);
	events_session(&pr->events, EVENT_KICKED, &r, loop_now(&pr->loop), protocol_wall());
	engine_kick(pr->engine, c, reason[0] ? reason : NULL, loop_now(&pr->loop));
	return 0;
}

/* The parent remembers it for a protocol role that comes after this one. */
static void remember_drain(struct protocol *pr, bool on, uint32_t kick_rate, bool exit)
{
	struct kern_drain m = {
		.wire = {.type = KERN_DRAINING, .version = WIRE_VERSION},
		.on = on,
		.exit = exit,
		.kick_rate = kick_rate,
	};

	kernel_client_send(pr, &m, sizeof(m));
}

static int drain(void *ctx, uint32_t kick_rate, bool exit)
{
	struct protocol *pr = ctx;

	/* first, because it may be over at once */
	remember_drain(pr, true, kick_rate, exit);
	return engine_drain(pr->engine, kick_rate, exit, loop_now(&pr->loop));
}

static int undrain(void *ctx)
{
	struct protocol *pr = ctx;
	int err = engine_undrain(pr->engine, loop_now(&pr->loop));

	if (!err)
		remember_drain(pr, false, 0, false);
	return err;
}

/* Its answer is told from those of the engine's requests by its id. */
static int upgrade(void *ctx)
{
	struct protocol *pr = ctx;
	struct kern_upgrade m = {.wire = {KERN_UPGRADE, WIRE_VERSION, PROTOCOL_UPGRADE_ID}};

	if (pr->upgrade == -EINPROGRESS)
		return -EALREADY;
	pr->upgrade = kernel_client_send(pr, &m, sizeof(m)) ? -EIO : -EINPROGRESS;
	snprintf(pr->upgrade_why, sizeof(pr->upgrade_why), "the kernel role does not listen");
	return 0;
}

static int upgraded(void *ctx, const char **ret_why)
{
	struct protocol *pr = ctx;

	*ret_why = pr->upgrade_why;
	return pr->upgrade;
}

static bool refresh(void *ctx)
{
	struct protocol *pr = ctx;

	return engine_refresh(pr->engine, loop_now(&pr->loop));
}

static void config(void *ctx, FILE *out)
{
	struct protocol *pr = ctx;

	config_print(out, pr->cfg);
}

static uint32_t reload(void *ctx, uint8_t what, uint32_t confirm_s)
{
	return protocol_reload_ask(ctx, what, confirm_s);
}

static const struct control_ops ops = {
	.status = status,
	.next_tunnel = next_tunnel,
	.next_session = next_session,
	.next_pool = next_pool,
	.next_client = next_client,
	.client_line = client_line,
	.connect = connect_client,
	.disconnect = disconnect_client,
	.kick = kick,
	.drain = drain,
	.undrain = undrain,
	.upgrade = upgrade,
	.upgraded = upgraded,
	.refresh = refresh,
	.config = config,
	.reload = reload,
};

int protocol_control_init(struct protocol *pr)
{
	struct control_setup setup = {
		.loop = &pr->loop,
		.ops = &ops,
		.ctx = pr,
		.events = &pr->events,
		.read_gid = pr->cfg->read_gid,
		.admin_gid = pr->cfg->admin_gid,
		.read_group = pr->cfg->read_group,
		.admin_group = pr->cfg->admin_group,
		.seed = rng_u32(&pr->rng),
		.log = &pr->log,
	};
	int err = control_new(&pr->control, &setup);

	if (err)
		return err;
	err = control_listen(pr->control, pr->control_fd);
	pr->control_fd = -1;
	return err;
}
