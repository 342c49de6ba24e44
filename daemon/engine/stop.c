// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The orderly end: a StopCCN to every peer, every kernel object away, then nothing.
 *
 * The calls of a tunnel get no CDN of their own: a StopCCN ends them all (RFC 2661 5.7), and one
 * message for each call would take a round trip for every window of them.  What a peer's window
 * has no room for, the channel holds back.
 *
 * Peers are told as fast as the kernel role can take their sessions away, a lot at a time: until
 * then they go on working, nobody's acknowledgement waits behind thousands of others, and no burst
 * overflows a queue on the way.
 *
 * How long it takes is not known beforehand, so nothing here has a fixed end: who does not answer
 * is given up a while after the last goodbye, and the kernel role is waited for as long as its
 * answers come.
 */
#include "daemon/engine/dial.h"

#define STOP_PARALLEL 512		  /* goodbyes without an acknowledgement */
#define STOP_PACE     (USEC_PER_SEC / 4)  /* who has not answered by then holds nobody up */
#define STOP_SILENCE  (5 * USEC_PER_SEC)  /* for the acknowledgement of the last one: 3 tries */
#define STOP_STALLED  (10 * USEC_PER_SEC) /* without an answer of the kernel role */
#define STOP_ALL_TOLD ((uint32_t)UINT16_MAX + 1)

static bool kernel_is_done(const struct engine *e)
{
	return !e->deleting && !e->deleting_peers && !e->adding && list_empty(&e->leaving_calls) &&
	       list_empty(&e->leaving_peers);
}

static void tell(struct engine *e, struct peer *p)
{
	if (kernel_is_done(e)) /* it is asked from now on */
		e->stop.kernel_at = e->env.now;
	if (!p->down) {
		p->told = true;
		e->stop.unanswered++;
		e->stop.told_at = e->env.now;
		peer_close(e, p, L2TP_STOP_SHUTDOWN, 0, "the server is shutting down");
	} else if (tunnel_lingers(&p->tunnel)) {
		p->finished = true; /* it only waits for repeats */
		peer_settle(e, p);
	}
}

void stop_answered(struct engine *e, struct peer *p)
{
	if (p->told && e->stop.unanswered)
		e->stop.unanswered--;
	p->told = false;
}

void stop_progress(struct engine *e)
{
	e->stop.kernel_at = e->env.now;
}

static bool kernel_takes_more(const struct engine *e)
{
	return e->stop.kernel_lost || offload_wants_deletes(e);
}

static void tell_some(struct engine *e)
{
	while (e->stop.next < STOP_ALL_TOLD && e->stop.unanswered < STOP_PARALLEL &&
	       kernel_takes_more(e)) {
		struct peer *p = engine_next_peer(e, e->stop.next);

		e->stop.next = p ? (uint32_t)p->tunnel.id + 1 : STOP_ALL_TOLD;
		engine_begin(e, e->env.now);
		if (p)
			tell(e, p);
	}
}

usec_t stop_deadline(const struct engine *e)
{
	if (!e->stopping || e->stopped)
		return USEC_NEVER;
	if (e->stop.next < STOP_ALL_TOLD && e->stop.unanswered >= STOP_PARALLEL)
		return e->stop.pace_at;
	if (!e->stats.tunnels || (e->stop.next < STOP_ALL_TOLD && kernel_takes_more(e)))
		return e->env.now;
	return kernel_is_done(e) || e->stop.kernel_lost ? e->stop.told_at + STOP_SILENCE
							: e->stop.kernel_at + STOP_STALLED;
}

void stop_expire(struct engine *e)
{
	if (!e->stopping || e->stopped)
		return;
	if (e->env.now >= e->stop.pace_at) {
		e->stop.unanswered = 0;
		e->stop.pace_at = e->env.now + STOP_PACE;
	}
	if (e->env.now >= e->stop.kernel_at + STOP_STALLED && !kernel_is_done(e))
		e->stop.kernel_lost = true;
	tell_some(e);
	if (e->stop.next < STOP_ALL_TOLD || e->env.now < stop_deadline(e))
		return;
	e->stopped = true;
	e->ops->stopped(e->ctx);
}

void engine_stop(struct engine *e, usec_t now)
{
	engine_begin(e, now);
	if (e->stopping)
		return;
	e->stopping = true;
	e->stop.told_at = e->stop.kernel_at = now;
	e->stop.pace_at = now + STOP_PACE;
	for (size_t i = 0; i < e->cfg->n_clients; i++)
		dial_stop(e, &e->dials[i]);
	stop_expire(e);
}
