// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The concentrator is killed at any instant, again and again, while clients that play by themselves
 * are up, come up, and leave: whoever was up stays up, with the address that it had, and in the end
 * nobody and nothing is left.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "daemon/engine/engine_state.h"
#include "test/replay/dialer.h"
#include "test/replay/script.h"
#include "test/replay/world.h"

#define CLIENTS 12
#define STEADY	6 /* of them are up before anybody is killed */
#define CRASHES 20
#define SEEDS	150

static bool wrong(uint64_t seed, const char *what, unsigned int n)
{
	printf("seed %llu: %s (%u)\n", (unsigned long long)seed, what, n);
	return false;
}

static void order(struct world *w, unsigned int i, const char *what)
{
	char line[64];

	snprintf(line, sizeof(line), "c%u %s", i, what);
	BUG_ON(!script_line(w, line));
}

static bool add_client(struct world *w, unsigned int i)
{
	char line[64];

	snprintf(line, sizeof(line), "dialer c%u 192.0.2.%u user=bob", i, i + 1);
	return script_line(w, line);
}

/* The sessions that clients 0 to STEADY - 1 have, by their tunnels' and their own ids. */
struct had {
	uint16_t tunnel, session;
	uint32_t address;
};

static unsigned int who_is_up(struct world *w, struct had *had, unsigned int most)
{
	unsigned int n = 0;

	for (struct call *c = engine_next_call(w->engine, 0); c && n < most;
	     c = engine_next_call(w->engine, (uint32_t)c->session.id + 1))
		if (c->state == CALL_UP && c->link.phase == LINK_NETWORK)
			had[n++] = (struct had){c->peer->tunnel.id, c->session.id, c->address};
	return n;
}

static bool still_there(struct world *w, const struct had *had, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		const struct call *c = call_find(w->engine, had[i].session);

		if (!c || c->state != CALL_UP || c->address != had[i].address ||
		    c->peer->tunnel.id != had[i].tunnel || c->offload != OFFLOAD_READY)
			return false;
	}
	return true;
}

/* Of those that come up meanwhile: once up, never lost. */
static bool crash_once(struct world *w, uint64_t seed)
{
	struct had had[CLIENTS * 2];
	unsigned int n;

	if (!world_run(w, seed_below(&w->seed, 3) ? seed_below(&w->seed, 40) * USEC_PER_MSEC
						  : seed_below(&w->seed, 90) * USEC_PER_SEC))
		return wrong(seed, "the engine works for ever", 0);
	n = who_is_up(w, had, ARRAY_SIZE(had));
	if (!world_crash(w))
		return wrong(seed, "no engine", 0);
	if (!still_there(w, had, n))
		return wrong(seed, "a session that was up is lost", n);
	if (w->engine->resumed.lost || w->engine->resumed.bad || w->engine->resumed.impossible)
		return wrong(seed, "records were refused", w->engine->resumed.lost);
	return true;
}

static bool steady_up(struct world *w, uint64_t seed, const char *when)
{
	for (unsigned int i = 0; i < STEADY; i++)
		if (dialer_up(w->client[i].dialer) != 1)
			return wrong(seed, when, i);
	return true;
}

static bool play(struct world *w, uint64_t seed)
{
	for (unsigned int i = 0; i < CLIENTS; i++)
		if (!add_client(w, i))
			return wrong(seed, "no client", i);
	w->kernel.delay = seed_below(&w->seed, 20) * USEC_PER_MSEC;
	for (unsigned int i = 0; i < STEADY; i++)
		order(w, i, "dials");
	if (!world_run(w, 5 * USEC_PER_SEC) || !steady_up(w, seed, "not up to begin with"))
		return false;
	for (unsigned int k = 0; k < CRASHES; k++) {
		unsigned int i = STEADY + k % (CLIENTS - STEADY);

		if (k < CLIENTS - STEADY)
			order(w, i, "dials");
		else if (k % 3 == 0 && dialer_up(w->client[i].dialer))
			order(w, i, "hangs-up");
		if (!crash_once(w, seed))
			return false;
	}
	/* Hellos and echoes would have found out by now */
	if (!world_run(w, 300 * USEC_PER_SEC) || !steady_up(w, seed, "down in the end"))
		return false;
	for (unsigned int i = 0; i < CLIENTS; i++)
		order(w, i, "closes");
	if (!world_run(w, 300 * USEC_PER_SEC))
		return wrong(seed, "the engine works for ever", 1);
	if (w->kernel.bug[0])
		return wrong(seed, w->kernel.bug, 0);
	return world_clean(w) || wrong(seed, w->error, 0);
}

static bool run(uint64_t seed, bool print)
{
	struct world *w = calloc(1, sizeof(*w));
	bool ok;

	if (!w)
		return false;
	world_init(w);
	w->trace.print = print;
	seed_init(&w->seed, seed);
	ok = world_start(w) && play(w, seed);
	world_fini(w);
	free(w);
	return ok;
}

int main(int argc, char **argv)
{
	unsigned int failed = 0, n = 0;

	if (argc > 1)
		return run(strtoull(argv[1], NULL, 10), true) ? EXIT_SUCCESS : EXIT_FAILURE;
	for (uint64_t seed = 1; seed <= SEEDS && failed < 5; seed++, n++)
		failed += !run(seed, false);
	printf("100%%: Checks: %u, Failures: %u, Errors: 0\n", n, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
