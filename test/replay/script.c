// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/replay/script.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "test/replay/dialer.h"
#include "test/replay/ike.h"
#include "test/replay/words.h"
#include "test/replay/world.h"

#define LINE_MAX_LEN 2048
#define DEPTH_MAX    4

static bool fail(struct world *w, const char *what, const char *detail)
{
	snprintf(w->error, sizeof(w->error), "%.900s%s%.900s", what, detail ? ": " : "",
		 detail ? detail : "");
	return false;
}

/* --- the configuration --- */

static bool config_pool(struct world *w, const char *value)
{
	char first[32];
	const char *dash = strchr(value, '-');

	snprintf(first, sizeof(first), "%.*s", dash ? (int)(dash - value) : 0, value);
	return dash && words_address(first, &w->cfg.pools[0].first) &&
	       words_address(dash + 1, &w->cfg.pools[0].last);
}

static bool config_auth(struct world *w, const char *value)
{
	static const char *const names[] = {"none", "pap", "chap-md5", "mschapv2"};
	struct config_server *s = &w->cfg.servers[0];
	size_t n = 0;

	memset(s->auth, 0, sizeof(s->auth));
	while (*value) {
		size_t len = strcspn(value, ",");
		uint8_t method = 0;

		for (uint8_t i = 1; i < ARRAY_SIZE(names); i++)
			if (strlen(names[i]) == len && !memcmp(names[i], value, len))
				method = i;
		if (!method || n == CONFIG_METHODS_MAX)
			return false;
		s->auth[n++] = method;
		value += len + (value[len] == ',');
	}
	return true;
}

static int group_named(const struct world *w, const char *name)
{
	for (int i = 0; i < w->cfg.n_groups; i++)
		if (!strcmp(w->cfg.groups[i].name, name))
			return i;
	return -1;
}

static bool config_default_group(struct world *w, const char *value)
{
	int i = group_named(w, value);

	w->cfg.servers[0].default_group = (uint8_t)(i < 0 ? 0 : i);
	return i >= 0;
}

static bool config_remove_group(struct world *w, const char *value)
{
	int i = group_named(w, value);

	if (i >= 0)
		w->cfg.groups[i].removed = true;
	return i >= 0;
}

/* As the first one, with another address of ours. */
static void config_add_group(struct world *w, const char *value)
{
	struct config_group *g = &w->cfg.groups[w->cfg.n_groups++];

	*g = w->cfg.groups[0];
	g->removed = false;
	g->local_address += w->cfg.n_groups;
	snprintf(g->name, sizeof(g->name), "%s", value);
}

static bool config_one(struct world *w, const char *key, const char *value)
{
	struct config_server *s = &w->cfg.servers[0];
	unsigned long v = strtoul(value, NULL, 0);

	if (!strcmp(key, "max-tunnels"))
		s->max_tunnels = (uint32_t)v;
	else if (!strcmp(key, "max-sessions"))
		s->max_sessions = (uint32_t)v;
	else if (!strcmp(key, "max-sessions-per-tunnel"))
		s->max_sessions_per_tunnel = (uint16_t)v;
	else if (!strcmp(key, "max-half-open"))
		s->max_half_open = (uint16_t)v;
	else if (!strcmp(key, "max-half-open-per-address"))
		s->max_half_open_per_address = (uint16_t)v;
	else if (!strcmp(key, "hello"))
		s->hello_s = (uint16_t)v;
	else if (!strcmp(key, "echo"))
		s->echo_s = (uint16_t)v;
	else if (!strcmp(key, "echo-failures"))
		s->echo_failures = (uint16_t)v;
	else if (!strcmp(key, "auth-timeout"))
		s->auth_timeout_s = (uint16_t)v;
	else if (!strcmp(key, "window"))
		s->window = (uint16_t)v;
	else if (!strcmp(key, "sessions-per-user"))
		w->cfg.groups[0].sessions_per_user = w->cfg.groups[1].sessions_per_user =
			(uint16_t)v;
	else if (!strcmp(key, "mtu"))
		w->cfg.groups[0].mtu = (uint16_t)v;
	else if (!strcmp(key, "ipv6"))
		w->cfg.groups[0].ipv6 = !strcmp(value, "yes");
	else if (!strcmp(key, "ipv6-of-fixed"))
		w->cfg.groups[1].ipv6 = !strcmp(value, "yes");
	else if (!strcmp(key, "challenge"))
		s->challenge = !strcmp(value, "yes");
	else if (!strcmp(key, "hide"))
		s->hide = !strcmp(value, "yes");
	else if (!strcmp(key, "pool"))
		return config_pool(w, value);
	else if (!strcmp(key, "sessions-per-identity"))
		w->cfg.groups[0].sessions_per_identity = (uint16_t)v;
	else if (!strcmp(key, "user-match"))
		w->cfg.groups[0].user_match = !strcmp(value, "identity") ? CONFIG_MATCH_IDENTITY
					      : !strcmp(value, "name")	 ? CONFIG_MATCH_NAME
									 : CONFIG_MATCH_NO;
	else if (!strcmp(key, "path-mtu"))
		w->cfg.listeners[0].path_mtu = (uint16_t)v;
	else if (!strcmp(key, "ipsec"))
		w->cfg.listeners[0].ipsec =
			strcmp(value, "require") ? CONFIG_IPSEC_OFF : CONFIG_IPSEC_REQUIRE;
	else if (!strcmp(key, "ike-grace"))
		w->cfg.ike_grace_s = (uint16_t)v;
	else if (!strcmp(key, "ike-terminate"))
		w->cfg.ike_terminate = !strcmp(value, "yes");
	else if (!strcmp(key, "auth"))
		return config_auth(w, value);
	else if (!strcmp(key, "secret"))
		s->secret_len =
			(uint16_t)snprintf((char *)s->secret, sizeof(s->secret), "%s", value);
	else if (!strcmp(key, "default-group"))
		return config_default_group(w, value);
	else if (!strcmp(key, "remove-group"))
		return config_remove_group(w, value);
	else if (!strcmp(key, "add-group"))
		config_add_group(w, value);
	else if (!strcmp(key, "remove-server"))
		s->removed = !strcmp(value, "yes");
	else if (!strcmp(key, "local-address"))
		return words_address(value, &w->cfg.groups[0].local_address);
	else if (!strcmp(key, "dns"))
		return words_address(value, &w->cfg.groups[0].dns[0]);
	else if (!strcmp(key, "seed"))
		seed_init(&w->seed, v);
	else
		return false;
	return true;
}

static bool do_settings(struct world *w, const struct words *words)
{
	for (size_t i = 1; i < words->n; i++) {
		char *eq = strchr(words->word[i], '=');

		if (!eq)
			return fail(w, "a setting is key=value", words->word[i]);
		*eq = '\0';
		if (!config_one(w, words->word[i], eq + 1))
			return fail(w, "bad setting", words->word[i]);
	}
	return true;
}

static bool do_config(struct world *w, const struct words *words)
{
	if (w->engine)
		return fail(w, "config comes first", NULL);
	return do_settings(w, words);
}

/* "reload KEY=VALUE ...": the same settings while everybody is there */
static bool do_reload(struct world *w, const struct words *words)
{
	if (!world_reload_begin(w) || !do_settings(w, words) || !world_reload_end(w))
		return fail(w, "no reload", NULL);
	return world_settle(w);
}

/* "user alice wonder group=fixed address=10.1.0.1": a line of the users file */
static bool do_user(struct world *w, const struct words *words)
{
	size_t len = strlen(w->users_text);

	for (size_t i = 1; i < words->n; i++)
		len += (size_t)snprintf(w->users_text + len, sizeof(w->users_text) - len, "%s%s",
					words->word[i], i + 1 < words->n ? " " : "\n");
	return len < sizeof(w->users_text) && !w->engine;
}

/* --- clients --- */

static void sent_by_dialer(void *ctx, const uint8_t *data, size_t len);

struct dialer_owner {
	struct world *w;
	struct client *c;
};

static struct dialer_owner owners[WORLD_CLIENTS];

static void sent_by_dialer(void *ctx, const uint8_t *data, size_t len)
{
	struct dialer_owner *o = ctx;
	uint16_t session = len >= 6 ? (uint16_t)(data[4] << 8 | data[5]) : 0;

	/* once the kernel has the session, frames come by its device */
	if (!(data[0] & 0x80) && len > 8 && world_attached(o->w, session))
		world_device_frame(o->w, session, data + 8, len - 8);
	else
		world_datagram(o->w, &o->c->at, o->c->mark, data, len);
}

static bool add_client(struct world *w, const struct words *words, const char *name,
		       uint32_t address, uint16_t port)
{
	struct client *c = world_add_client(w, name, address, port);
	struct dialer_owner *o;

	if (!c)
		return fail(w, "no such client can be made", name);
	c->mark = words_number(words, "mark", 0);
	if (strcmp(words->word[0], "client")) {
		o = &owners[c - w->client];
		*o = (struct dialer_owner){w, c};
		c->dialer = dialer_new(&w->trace, &w->now, name, words, sent_by_dialer, o);
	}
	return true;
}

/* "client a 192.0.2.1:1701", "dialer b 192.0.2.2 user=bob", "crowd c 50 10.9.0.0 user=bob" */
static bool do_client(struct world *w, const struct words *words)
{
	bool crowd = !strcmp(words->word[0], "crowd");
	const char *where = words->n > 2u + crowd ? words->word[2 + crowd] : "";
	uint16_t port = 1701;
	uint32_t address;
	char host[32];
	int n = crowd ? atoi(words->word[2]) : 1;

	snprintf(host, sizeof(host), "%.*s", (int)strcspn(where, ":"), where);
	if (strchr(where, ':'))
		port = (uint16_t)atoi(strchr(where, ':') + 1);
	if (!words_address(host, &address))
		return fail(w, "bad address", where);
	for (int i = 0; i < n; i++) {
		char name[TRACE_NAME];

		if (crowd)
			snprintf(name, sizeof(name), "%.4s%u", words->word[1],
				 (unsigned int)i % 1000u);
		else
			snprintf(name, sizeof(name), "%s", words->word[1]);
		if (!add_client(w, words, name, address + (uint32_t)i, port))
			return false;
	}
	return true;
}

/* Where a frame enters: the kernel's device once there is one, unless said otherwise. */
static bool by_device(struct world *w, const struct client *c, const struct words *words)
{
	const char *via = words_get(words, "via");

	if (via)
		return strcmp(via, "udp");
	return c->current && world_attached(w, c->current->peer_id);
}

static bool do_send(struct world *w, struct client *c, struct words *words)
{
	struct endpoint from = c->at;
	uint8_t data[4096];
	const uint8_t *frame;
	size_t len, frame_len;

	from.port = (uint16_t)words_number(words, "from", from.port);
	words->n--;
	memmove(words->word, words->word + 1, words->n * sizeof(words->word[0]));
	if (!words->n)
		return fail(w, "send what", NULL);
	if (!strcmp(words->word[0], "reset")) {
		client_reset(c);
		return true;
	}
	len = client_build(c, words, data, sizeof(data), &frame, &frame_len);
	if (!len)
		return fail(w, "cannot send that", words->word[0]);
	if (frame && by_device(w, c, words)) {
		if (!world_device_frame(w, c->current->peer_id, frame, frame_len))
			return fail(w, "no device", NULL);
	} else {
		world_datagram(w, &from, words_number(words, "mark", c->mark), data, len);
	}
	return true;
}

/* --- what is expected --- */

static bool expect_stats(struct world *w, const struct words *words)
{
	for (size_t i = 2; i < words->n; i++) {
		char *eq = strchr(words->word[i], '=');
		uint64_t v;

		if (!eq)
			return fail(w, "stats wants key=value", words->word[i]);
		*eq = '\0';
		v = world_stat(w, words->word[i]);
		if (v == UINT64_MAX || v != strtoull(eq + 1, NULL, 0)) {
			snprintf(w->error, sizeof(w->error), "%s is %llu, not %s", words->word[i],
				 (unsigned long long)v, eq + 1);
			return false;
		}
	}
	return true;
}

static bool expect_dialer(struct world *w, const struct client *c, const struct words *words)
{
	if (!strcmp(words->word[2], "gone"))
		return dialer_gone(c->dialer) || fail(w, "not gone", c->name);
	if (strncmp(words->word[2], "up=", 3))
		return false;
	if (dialer_up(c->dialer) == (unsigned int)atoi(words->word[2] + 3))
		return true;
	snprintf(w->error, sizeof(w->error), "%s has %u calls up", c->name, dialer_up(c->dialer));
	return false;
}

static bool is_channel(struct world *w, const char *name)
{
	return world_client(w, name) || !strcmp(name, "kernel") || !strcmp(name, "aaa") ||
	       !strcmp(name, "ike") || !strcmp(name, "event") || !strcmp(name, "engine");
}

/* "expect a SCCRP ...", "expect a nothing", "expect a no SCCRP", "await a SCCRP" */
static bool do_expect(struct world *w, const struct words *words, const char *pattern)
{
	const char *channel = words->n > 2 ? words->word[1] : "";
	struct client *c = world_client(w, channel);
	bool ok;

	if (words->n >= 2 && !strcmp(words->word[1], "clean"))
		return world_clean(w);
	if (words->n >= 2 && !strcmp(words->word[1], "stats"))
		return expect_stats(w, words);
	if (!is_channel(w, channel))
		return fail(w, "of whom is that expected", channel);
	if (c && c->dialer &&
	    (!strcmp(words->word[2], "gone") || !strncmp(words->word[2], "up=", 3)))
		return expect_dialer(w, c, words);
	if (!strcmp(words->word[2], "nothing"))
		ok = trace_expect_nothing(&w->trace, channel, NULL);
	else if (!strcmp(words->word[2], "no"))
		ok = trace_expect_nothing(&w->trace, channel, pattern + strlen("no "));
	else
		ok = trace_expect(&w->trace, channel, pattern, words->word[0][0] == 'a');
	return ok || fail(w, w->trace.error, NULL);
}

/* --- the other commands --- */

static bool do_aaa(struct world *w, const struct words *words)
{
	const char *what = words->n > 1 ? words->word[1] : "";
	const char *verdict = words->n > 2 ? words->word[2] : "";

	if (!strcmp(what, "hold"))
		w->aaa_hold = true;
	else if (!strcmp(what, "ok"))
		w->aaa_hold = w->aaa_refuse = false;
	else if (!strcmp(what, "refuse"))
		w->aaa_refuse = true;
	else if (!strcmp(what, "answer"))
		return world_answer(w, !strcmp(verdict, "accept")   ? AUTH_ACCEPT
				       : !strcmp(verdict, "reject") ? AUTH_REJECT
								    : AUTH_ERROR) ||
		       fail(w, "nothing was asked", NULL);
	else
		return fail(w, "aaa what", what);
	return true;
}

static struct call *call_named(struct world *w, const char *id)
{
	struct call *c = engine_next_call(w->engine, (uint32_t)atoi(id));

	return c && engine_call_id(c) == atoi(id) ? c : NULL;
}

static bool do_kick(struct world *w, const struct words *words)
{
	struct call *c = words->n > 1 ? call_named(w, words->word[1]) : NULL;

	if (!c)
		return fail(w, "no such session", NULL);
	engine_kick(w->engine, c, words->n > 2 ? words->word[2] : NULL, w->now);
	return true;
}

static bool do_eof(struct world *w, const struct words *words)
{
	uint16_t session = (uint16_t)(words->n > 1 ? atoi(words->word[1]) : 0);

	if (!world_device_frame(w, session, NULL, 0))
		return fail(w, "no such device", NULL);
	/* a descriptor at its end is ready for ever */
	return !world_attached(w, session) || fail(w, "read again after its end", NULL);
}

static bool do_time(struct world *w, const struct words *words)
{
	usec_t t;

	if (words->n < 2 || !words_time(words->word[1], &t))
		return fail(w, "how long", NULL);
	return world_run(w, t);
}

/* "moves a mark=5 host=203.0.113.9": to another SA, to another address */
static bool do_moves(struct world *w, const struct words *words)
{
	struct client *c = words->n > 1 ? world_client(w, words->word[1]) : NULL;
	const char *host = words_get(words, "host");

	if (!c || (host && !world_set_host(&c->at, host)))
		return fail(w, "who moves where", NULL);
	c->mark = words_number(words, "mark", c->mark);
	return true;
}

static bool do_refresh(struct world *w, const struct words *words)
{
	bool want = words->n < 2 || strcmp(words->word[1], "fails");

	return engine_refresh(w->engine, w->now) == want || fail(w, "refresh", NULL);
}

static bool for_dialers(struct world *w, struct words *words)
{
	size_t len = strcspn(words->word[0], "*");
	bool any = false;

	for (size_t i = 0; i < w->n_clients; i++) {
		struct client *c = &w->client[i];

		if (!c->dialer || strncmp(c->name, words->word[0], len) ||
		    (words->word[0][len] != '*' && c->name[len]))
			continue;
		any = true;
		if (!dialer_command(c->dialer, words))
			return fail(w, "the client cannot do that", c->name);
	}
	return any || fail(w, "what is that", words->word[0]);
}

static bool run_file(struct world *w, const char *path, const struct words *args, int depth);

/* "do login 7 3": another file of the same folder, with %1, %2 ... replaced */
static bool do_include(struct world *w, const char *path, const struct words *words, int depth)
{
	char copy[512], file[700];

	if (words->n < 2 || depth == DEPTH_MAX)
		return fail(w, "do what", NULL);
	snprintf(copy, sizeof(copy), "%s", path);
	snprintf(file, sizeof(file), "%s/%s.inc", dirname(copy), words->word[1]);
	return run_file(w, file, words, depth + 1);
}

/* idle SECONDS [SESSION] */
static bool do_idle(struct world *w, struct words *words)
{
	if (words->n < 2)
		return fail(w, "idle how long", NULL);
	if (words->n > 2) {
		w->idle_of_session = (uint32_t)atoi(words->word[1]);
		w->idle_session = (uint16_t)atoi(words->word[2]);
	} else {
		w->idle = (uint32_t)atoi(words->word[1]);
	}
	return true;
}

/* drain [RATE] [exit] */
static bool do_drain(struct world *w, struct words *words)
{
	bool exit = !strcmp(words->word[words->n - 1], "exit");
	uint32_t rate = words->n > 1 ? (uint32_t)atoi(words->word[1]) : 0;

	return !engine_drain(w->engine, rate, exit, w->now) || fail(w, "it is stopping", NULL);
}

static bool run_words(struct world *w, const char *path, struct words *words, const char *pattern,
		      int depth)
{
	const char *what = words->word[0];
	size_t len = strlen(what);
	struct client *c = NULL;

	if (!strcmp(what, "config"))
		return do_config(w, words);
	if (!strcmp(what, "user"))
		return do_user(w, words);
	if (!strcmp(what, "client") || !strcmp(what, "dialer") || !strcmp(what, "crowd"))
		return do_client(w, words);
	if (!strcmp(what, "do"))
		return do_include(w, path, words, depth);
	if (!world_start(w))
		return false;
	if (!strcmp(what, "expect") || !strcmp(what, "await"))
		return do_expect(w, words, pattern);
	if (!strcmp(what, "ignore")) {
		trace_ignore(&w->trace, words->word[1]);
		return true;
	}
	if (what[len - 1] == ':') {
		words->word[0][len - 1] = '\0';
		c = world_client(w, what);
		if (!c || c->dialer)
			return fail(w, "no such client", what);
		return do_send(w, c, words) && world_settle(w);
	}
	if (!strcmp(what, "time"))
		return do_time(w, words);
	if (!strcmp(what, "aaa"))
		return do_aaa(w, words) && world_settle(w);
	if (!strcmp(what, "kernel"))
		return (kern_fake_command(&w->kernel, words, w->engine) ||
			fail(w, "kernel what", NULL)) &&
		       world_settle(w);
	if (!strcmp(what, "reload"))
		return do_reload(w, words);
	if (!strcmp(what, "forget-user"))
		return (words->n == 2 && world_forget_user(w, words->word[1])) ||
		       fail(w, "no such user", NULL);
	if (!strcmp(what, "ike"))
		return (ike_command(w, words) || fail(w, "ike what", NULL)) && world_settle(w);
	if (!strcmp(what, "moves"))
		return do_moves(w, words);
	if (!strcmp(what, "kick"))
		return do_kick(w, words) && world_settle(w);
	if (!strcmp(what, "eof"))
		return do_eof(w, words) && world_settle(w);
	if (!strcmp(what, "idle"))
		return do_idle(w, words);
	if (!strcmp(what, "drain"))
		return do_drain(w, words) && world_settle(w);
	if (!strcmp(what, "undrain"))
		return (!engine_undrain(w->engine, w->now) || fail(w, "there is no drain", NULL)) &&
		       world_settle(w);
	if (!strcmp(what, "no-attach")) {
		w->no_attach = true;
		return true;
	}
	if (!strcmp(what, "refresh"))
		return do_refresh(w, words) && world_settle(w);
	if (!strcmp(what, "crash"))
		return world_crash(w) && world_settle(w);
	if (!strcmp(what, "stop")) {
		engine_stop(w->engine, w->now);
		return world_settle(w);
	}
	return for_dialers(w, words) && world_settle(w);
}

/* %1 to %9 become the words after "do NAME". */
static bool fill_in(const char *from, const struct words *args, char *to, size_t size)
{
	size_t n = 0;

	for (; *from; from++) {
		const char *value = NULL;
		size_t len = 1, i;

		if (from[0] == '%' && from[1] >= '1' && from[1] <= '9' && args) {
			i = (size_t)(*++from - '0') + 1;
			if (i >= args->n)
				return false;
			value = args->word[i];
			len = strlen(value);
		}
		if (n + len >= size)
			return false;
		memcpy(to + n, value ? value : from, len);
		n += len;
	}
	to[n] = '\0';
	return true;
}

/* Where the pattern of "expect CHANNEL PATTERN" begins. */
static const char *pattern_of(const char *line)
{
	for (int i = 0; i < 2; i++) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return line;
}

static bool run_line(struct world *w, const char *path, char *line, const struct words *args,
		     int depth)
{
	char filled[LINE_MAX_LEN], text[LINE_MAX_LEN], copy[LINE_MAX_LEN];
	struct words words;
	bool expects;

	line[strcspn(line, "#\n")] = '\0';
	line += strspn(line, " \t");
	for (size_t n = strlen(line); n && (line[n - 1] == ' ' || line[n - 1] == '\t'); n--)
		line[n - 1] = '\0';
	if (!*line)
		return true;
	if (!fill_in(line, args, filled, sizeof(filled)))
		return fail(w, "no such argument", line);
	expects = !strncmp(filled, "expect ", 7) || !strncmp(filled, "await ", 6);
	/* variables of a pattern are bound by what fits it */
	if (expects && strncmp(filled, "expect stats", 12))
		snprintf(text, sizeof(text), "%s", filled);
	else if (!trace_substitute(&w->trace, filled, text, sizeof(text)))
		return fail(w, w->trace.error, NULL);
	trace_say(&w->trace, "", text);
	snprintf(copy, sizeof(copy), "%s", text);
	if (!words_split(&words, copy))
		return fail(w, "too many words", NULL);
	return run_words(w, path, &words, pattern_of(text), depth);
}

static bool run_file(struct world *w, const char *path, const struct words *args, int depth)
{
	FILE *f = fopen(path, "r");
	char line[LINE_MAX_LEN], where[2 * TRACE_LINE];
	int number = 0;
	bool ok = true;

	if (!f)
		return fail(w, "cannot be read", path);
	while (ok && fgets(line, sizeof(line), f)) {
		number++;
		ok = run_line(w, path, line, args, depth);
	}
	fclose(f);
	if (!ok) {
		snprintf(where, sizeof(where), "%.200s:%d: %.1800s", path, number, w->error);
		memcpy(w->error, where, sizeof(where));
	}
	return ok;
}

bool script_line(struct world *w, const char *line)
{
	char copy[LINE_MAX_LEN];

	snprintf(copy, sizeof(copy), "%s", line);
	return run_line(w, "", copy, NULL, 0);
}

static bool fail_at(struct world *w, const char *path)
{
	char what[TRACE_LINE];

	snprintf(what, sizeof(what), "%.900s", w->error);
	return fail(w, path, what);
}

bool script_run(struct world *w, const char *path)
{
	static const char *const strict[] = {"kernel", "aaa", "ike", "engine"};

	if (!run_file(w, path, NULL, 0) || !world_start(w))
		return false;
	/* the end of every scenario: nothing unexpected was asked, nothing is left */
	for (size_t i = 0; i < ARRAY_SIZE(strict); i++)
		if (!trace_expect_nothing(&w->trace, strict[i], NULL))
			return fail(w, path, w->trace.error);
	for (size_t i = 0; i < w->n_clients; i++)
		if (!w->client[i].dialer &&
		    !trace_expect_nothing(&w->trace, w->client[i].name, NULL))
			return fail(w, path, w->trace.error);
	if (w->kernel.bug[0])
		return fail(w, path, w->kernel.bug);
	return world_clean(w) || fail_at(w, path);
}
