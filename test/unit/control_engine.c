// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A make-believe engine behind struct control_ops.
 */
#include "test/unit/control_engine.h"

#include <errno.h>
#include <string.h>

#include "compiler.h"
#include "daemon/config/config_keys.h"
#include "daemon/reload_report.h"
#include "wire_kern.h"

struct engine engine;

void engine_reset(void)
{
	memset(&engine, 0, sizeof(engine));
	engine.n_sessions = 3;
}

uint64_t engine_wall(void)
{
	return ENGINE_WALL;
}

void engine_session(uint32_t id, struct session_report *r)
{
	r->session = (uint16_t)id;
	r->tunnel = (uint16_t)(id + 1000);
	r->peer_session = 17;
	r->peer_tunnel = 18;
	r->state = REPORT_UP;
	r->call_state = "established";
	r->phase = "network";
	r->auth = AUTH_MSCHAPV2;
	r->user_len = (uint8_t)sprintf((char *)r->user, "user%u", id);
	strcpy(r->group, id % 2 ? "staff" : "guests");
	r->address = 0x0a140000 + id;
	r->local_address = 0x0a000001;
	r->iid = 0x0100000000000000;
	r->dns[0] = 0x0a000035;
	sprintf(r->interface, "ppp%u", id);
	r->ifindex = id + 10;
	r->mru = r->mtu = 1400;
	r->peer = (struct endpoint){
		.family = ENDPOINT_IPV4, .port = 1701, .addr = {203, 0, 113, (uint8_t)id}};
	r->local = (struct endpoint){
		.family = ENDPOINT_IPV6, .port = 1701, .addr = {0x20, 1, 0xd, 0xb8, [15] = 1}};
	r->mark = 42;
	strcpy(r->ike.connection, "l2tp");
	strcpy(r->ike.id, "CN=laptop");
	r->ike.child = 5;
	r->ike.spi_in = 0xc0ffee;
	r->layout = KERN_LAYOUT_PARKED;
	strcpy(r->client_host, "laptop");
	strcpy(r->client_vendor, "vendor");
	strcpy(r->identification, "MSRASV5.20");
	strcpy(r->calling, "0123");
	r->created = ENGINE_NOW - 70 * USEC_PER_SEC;
	r->up_since = ENGINE_NOW - 65 * USEC_PER_SEC;
	r->counters = (struct kern_counters){1, 100, 2, 200};
}

static bool next_session(void *ctx, uint32_t after, struct session_report *ret)
{
	(void)ctx;
	for (uint32_t id = after + 1; id <= engine.n_sessions; id++) {
		if (!engine.gone[id]) {
			engine_session(id, ret);
			return true;
		}
	}
	return false;
}

static bool next_tunnel(void *ctx, uint32_t after, struct tunnel_report *ret)
{
	(void)ctx;
	if (after >= 2)
		return false;
	ret->tunnel = (uint16_t)(after + 1);
	ret->state = after ? REPORT_UP : REPORT_SETUP;
	ret->control_state = "established";
	strcpy(ret->client_host, after ? "laptop" : "r\xc3\xb6uter\x1b[31m\xff");
	ret->heard = ENGINE_NOW - 3 * USEC_PER_SEC;
	return true;
}

static bool next_pool(void *ctx, uint32_t index, struct pool_report *ret)
{
	(void)ctx;
	if (index)
		return false;
	*ret = (struct pool_report){"staff4", 0x0a140001, 0x0a1400fe, 254, 3};
	return true;
}

static void status(void *ctx, struct status_report *ret)
{
	(void)ctx;
	strcpy(ret->version, "0.1");
	strcpy(ret->node, "lns1");
	ret->sessions = engine.n_sessions;
	ret->started = ENGINE_NOW - 90061 * USEC_PER_SEC;
	if (engine.drain) {
		ret->drain = engine.n_sessions ? "draining" : "drained";
		ret->drain_since = ENGINE_NOW - 60 * USEC_PER_SEC;
		ret->drain_kick_rate = engine.drain_rate;
		ret->drain_exit = engine.drain_exit;
	}
	ret->n_counters = 1;
	ret->counters[0].name = "malformed";
	ret->counters[0].value = 5;
}

static bool next_client(void *ctx, uint32_t index, struct client_report *ret)
{
	(void)ctx;
	if (index > 1)
		return false;
	strcpy(ret->name, index ? "home" : "corp");
	ret->state = engine.client_result[index] > 0 ? "up" : "idle";
	strcpy(ret->gateway, "vpn.example.net");
	strcpy(ret->user, "alice");
	ret->result = engine.client_result[index];
	ret->lines = engine.client_lines;
	ret->retry = index ? ENGINE_NOW + 5 * USEC_PER_SEC : 0;
	if (ret->result < 0)
		strcpy(ret->reason, "no answer from 192.0.2.1:1701");
	return true;
}

static const char *client_line(void *ctx, uint8_t index, uint32_t *seq)
{
	(void)ctx;
	(void)index;
	return *seq < engine.client_lines ? "tunnel to 192.0.2.1:1701" : NULL;
}

static int connect_client(void *ctx, uint8_t index)
{
	(void)ctx;
	engine.client_lines += 2;
	engine.client_result[index] = index ? -1 : 1;
	return 0;
}

static int disconnect_client(void *ctx, uint8_t index)
{
	(void)ctx;
	engine.client_result[index] = 0;
	return 0;
}

static int kick(void *ctx, uint16_t session, const char *reason)
{
	(void)ctx;
	if (session == 13)
		return -ENOENT;
	engine.gone[session] = true;
	engine.kicks++;
	strcpy(engine.kick_reason, reason);
	return 0;
}

static int drain(void *ctx, uint32_t kick_rate, bool exit)
{
	(void)ctx;
	engine.drain = true;
	engine.drain_rate = kick_rate;
	engine.drain_exit = exit;
	return engine.stopping ? -ESHUTDOWN : 0;
}

static int undrain(void *ctx)
{
	(void)ctx;
	if (!engine.drain)
		return -EALREADY;
	engine.drain = false;
	return 0;
}

static int upgrade(void *ctx)
{
	(void)ctx;
	return engine.upgrades++ ? -EALREADY : 0;
}

static int upgraded(void *ctx, const char **ret_why)
{
	(void)ctx;
	*ret_why = "its self-test failed";
	return -ENOEXEC;
}

static bool refresh(void *ctx)
{
	(void)ctx;
	engine.refreshes++;
	return engine.refresh_later;
}

static void config(void *ctx, FILE *out)
{
	(void)ctx;
	fputs("node = \"lns1\"\n", out);
}

static uint32_t reload(void *ctx, uint8_t what, uint32_t confirm_s)
{
	(void)ctx;
	engine.reload_what = what;
	engine.reload_confirm = confirm_s;
	return ++engine.reloads;
}

void engine_answer_reload(struct control *c)
{
	static const struct reload_change changes[] = {
		{RELOAD_CHANGED, CONFIG_APPLY_NEW, "group staff / dns", "{10.0.0.53}",
		 "{10.0.0.54}", ""},
		{RELOAD_REMOVED, CONFIG_APPLY_START, "listen 192.0.2.1:1701", "", "",
		 "its tunnels use its socket"},
	};
	struct reload_report_text t = {.head.users = 3, .head.generation = 2};

	if (!engine.reload_what)
		return;
	t.head.confirm = engine.reload_confirm;
	if (engine.reload_what <= KERN_RELOAD_LOOK)
		for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
			reload_report_change(&t, &changes[i]);
	engine.reload_what = 0;
	if (engine.reload_confirm == 13) {
		reload_report_error(&t, "culvert.conf:3: what is this?");
		reload_report_error(&t, "culvert.conf:5: \x1b[31mand \xff this?");
	}
	control_reloaded(c, engine.reloads, t.head.n_errors ? -EINVAL : 0, &t);
	reload_report_fini(&t);
}

const struct control_ops engine_ops = {
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
