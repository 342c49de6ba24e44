// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the engine noticed, for the people who run it: a line in the log, an entry in the ring.
 */
#include <string.h>
#include <time.h>

#include "daemon/addr.h"
#include "daemon/protocol.h"
#include "daemon/report.h"

uint64_t protocol_wall(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000;
}

static void tunnel_event(struct protocol *pr, enum event_kind kind, const struct peer *p)
{
	struct tunnel_report r;

	engine_report_tunnel(p, &r);
	if (kind == EVENT_TUNNEL_UP)
		report_tunnel_up(&pr->log, &r, loop_now(&pr->loop));
	else
		report_tunnel_down(&pr->log, &r, loop_now(&pr->loop));
	events_tunnel(&pr->events, kind, &r, protocol_wall());
}

static void session_event(struct protocol *pr, enum event_kind kind, const struct call *c)
{
	struct session_report r;
	usec_t now = loop_now(&pr->loop);

	engine_report_session(c, &r);
	if (kind == EVENT_SESSION_UP)
		report_session_up(&pr->log, &r);
	else
		report_session_down(&pr->log, &r, now);
	events_session(&pr->events, kind, &r, now, protocol_wall());
}

/* The client only learns that it was refused; what to do about it is the operator's. */
static void pool_exhausted(struct protocol *pr, const struct session_report *r)
{
	struct log_line l;

	log_begin_peer(&l, &pr->log, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL, "pool-exhausted",
		       LOG_CAUSE_REFUSED, loop_now(&pr->loop));
	log_pair(&l, "group", "%s", r->group);
	log_pair(&l, "detail", "%s",
		 "no address is left for this user: widen the range of the group's pool, or see "
		 "with `culvert show pools` and `culvert show sessions` who holds them");
	log_end(&l);
	events_session(&pr->events, EVENT_POOL_EXHAUSTED, r, loop_now(&pr->loop), protocol_wall());
}

static void auth_failed(struct protocol *pr, const struct call *c, const char *why)
{
	struct session_report r;
	usec_t now = loop_now(&pr->loop);

	engine_report_session(c, &r);
	r.reason = why;
	report_auth_failed(&pr->log, &r, now);
	events_session(&pr->events, EVENT_AUTH_FAILED, &r, now, protocol_wall());
	if (!strcmp(why, "no-address-left"))
		pool_exhausted(pr, &r);
}

/* A line with what is known of whom it is about. */
static void line(struct protocol *pr, enum log_level level, enum log_cause cause,
		 const char *event, const struct peer *p, const struct call *c, const void *text,
		 size_t len)
{
	struct log_line l;
	struct tunnel_report r;
	char peer[ADDR_TEXT_MAX];

	if (!log_wants(&pr->log, level))
		return;
	log_begin_peer(&l, &pr->log, level, LOG_CLASS_PEER, event, cause, loop_now(&pr->loop));
	if (p) {
		engine_report_tunnel(p, &r);
		log_pair(&l, "tunnel", "%u", r.tunnel);
	}
	if (c)
		log_pair(&l, "session", "%u", engine_call_id(c));
	if (p)
		log_pair(&l, "peer", "%s", addr_text(&r.peer, peer));
	if (len)
		log_bytes(&l, "detail", text, len);
	log_end(&l);
}

/* Debugging is asked for: nothing is held back. */
static void debug_line(struct protocol *pr, const char *event, const struct peer *p,
		       const struct call *c, const void *text, size_t len)
{
	struct log_line l;
	struct session_report r;

	if (!log_wants(&pr->log, LOG_LEVEL_DEBUG) || !c)
		return;
	(void)p;
	engine_report_session(c, &r);
	log_begin(&l, &pr->log, LOG_LEVEL_DEBUG, LOG_CLASS_PEER, event);
	log_pair(&l, "tunnel", "%u", r.tunnel);
	log_pair(&l, "session", "%u", r.session);
	log_bytes(&l, "phase", text, len);
	log_end(&l);
}

void protocol_client_event(struct protocol *pr, uint8_t client, enum engine_client_news news,
			   const char *text)
{
	static const enum log_level levels[] = {
		[ENGINE_CLIENT_PROGRESS] = LOG_LEVEL_DEBUG,
		[ENGINE_CLIENT_UP] = LOG_LEVEL_INFO,
		[ENGINE_CLIENT_FAILED] = LOG_LEVEL_WARNING,
		[ENGINE_CLIENT_DOWN] = LOG_LEVEL_NOTICE,
	};
	static const enum event_kind kinds[] = {
		[ENGINE_CLIENT_UP] = EVENT_CLIENT_UP,
		[ENGINE_CLIENT_FAILED] = EVENT_CLIENT_FAILED,
		[ENGINE_CLIENT_DOWN] = EVENT_CLIENT_DOWN,
	};
	const char *name = pr->cfg->clients[client].name;
	struct log_line l;

	log_begin(&l, &pr->log, levels[news], LOG_CLASS_LOCAL, engine_client_news_name(news));
	log_pair(&l, "client", "%s", name);
	log_bytes(&l, "detail", text, strlen(text));
	log_end(&l);
	if (news != ENGINE_CLIENT_PROGRESS)
		events_note(&pr->events, kinds[news], name, text, protocol_wall());
	if (pr->control)
		control_wake(pr->control);
}

static void drain_event(struct protocol *pr, enum event_kind kind, const char *words)
{
	struct log_line l;

	log_begin(&l, &pr->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL, event_kind_name(kind));
	if (words[0])
		log_pair(&l, "detail", "%s", words);
	log_end(&l);
	events_note(&pr->events, kind, NULL, words, protocol_wall());
}

void protocol_event(struct protocol *pr, enum engine_event event, const struct peer *p,
		    const struct call *c, const void *text, size_t len)
{
	const char *name = engine_event_name(event);
	const char *words = len ? text : "";

	switch (event) {
	case ENGINE_TUNNEL_UP:
		tunnel_event(pr, EVENT_TUNNEL_UP, p);
		break;
	case ENGINE_TUNNEL_DOWN:
		tunnel_event(pr, EVENT_TUNNEL_DOWN, p);
		break;
	case ENGINE_SESSION_UP:
		session_event(pr, EVENT_SESSION_UP, c);
		break;
	case ENGINE_SESSION_DOWN:
		session_event(pr, EVENT_SESSION_DOWN, c);
		break;
	case ENGINE_AUTH_FAILED:
		auth_failed(pr, c, words);
		break;
	case ENGINE_PHASE:
		debug_line(pr, name, p, c, text, len);
		break;
	case ENGINE_NOTE:
		line(pr, LOG_LEVEL_DEBUG, LOG_CAUSE_NOTE, name, p, c, text, len);
		break;
	case ENGINE_LIMIT:
		line(pr, LOG_LEVEL_WARNING, LOG_CAUSE_REFUSED, name, p, c, text, len);
		events_note(&pr->events, EVENT_LIMIT_REACHED, words, NULL, protocol_wall());
		break;
	case ENGINE_OFFLOAD_FAILED:
		line(pr, LOG_LEVEL_ERROR, LOG_CAUSE_REFUSED, name, p, c, text, len);
		events_note(&pr->events, EVENT_KERNEL_FAILED, NULL, words, protocol_wall());
		break;
	case ENGINE_FOREIGN_DELETE:
		line(pr, LOG_LEVEL_WARNING, LOG_CAUSE_SETUP, name, p, c, text, len);
		events_note(&pr->events, EVENT_FOREIGN_DELETE, NULL, words, protocol_wall());
		break;
	case ENGINE_DRAIN:
		drain_event(pr, EVENT_DRAIN, words);
		break;
	case ENGINE_UNDRAIN:
		drain_event(pr, EVENT_UNDRAIN, words);
		break;
	case ENGINE_DRAINED:
		drain_event(pr, EVENT_DRAINED, words);
		break;
	case ENGINE_RESUMED:
		line(pr, LOG_LEVEL_NOTICE, LOG_CAUSE_SETUP, name, p, c, text, len);
		events_note(&pr->events, EVENT_RESUMED, NULL, words, protocol_wall());
		break;
	case ENGINE_REPLACED:
	case ENGINE_RETIED:
		line(pr, LOG_LEVEL_NOTICE, LOG_CAUSE_SETUP, name, p, c, text, len);
		break;
	case ENGINE_NO_SA:
	case ENGINE_WRONG_SA:
		line(pr, LOG_LEVEL_WARNING, LOG_CAUSE_REFUSED, name, p, c, text, len);
		break;
	}
	if (pr->control)
		control_wake(pr->control);
}
