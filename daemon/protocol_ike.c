// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Charon comes and goes: what it says goes to the engine, what it lacks to the log.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/protocol.h"

static struct protocol *protocol_of(struct ike_client *c)
{
	return container_of(c, struct protocol, ike);
}

/* What charon has loaded that takes packets from their clients, and what it lacks. */
static void warn(struct protocol *pr, const struct ike_hello *h)
{
	if (h->flags & IKE_HAS_FORECAST)
		log_say(&pr->log, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL,
			"charon has loaded its plugin forecast, which sends packets to the wrong "
			"client of a NAT: set load = no for it in strongswan.d and restart charon");
	if (h->flags & IKE_HAS_CONNMARK)
		log_say(&pr->log, LOG_LEVEL_WARNING, LOG_CLASS_LOCAL,
			"charon has loaded its plugin connmark, which is of no use here: set "
			"load = no for it in strongswan.d and restart charon");
	if (!(h->flags & IKE_HAS_IKEV1))
		log_say(&pr->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL,
			"this charon has no IKEv1: Windows' and Apple's own L2TP clients cannot "
			"connect");
	if (!(h->flags & IKE_SETS_MARKS))
		log_say(&pr->log, LOG_LEVEL_WARNING, LOG_CLASS_LOCAL,
			"charon's plugin l2tp does not set marks: only connections whose "
			"configuration has them are served");
}

static void up(struct ike_client *c)
{
	struct protocol *pr = protocol_of(c);
	struct log_line line;

	log_begin(&line, &pr->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL, "ike-connected");
	log_bytes(&line, "software", c->hello.software, strlen(c->hello.software));
	log_pair(&line, "mark_mask", "0x%x", c->hello.mark_mask);
	log_end(&line);
	warn(pr, &c->hello);
	engine_ike_up(pr->engine, &c->hello, loop_now(&pr->loop));
}

static void message(struct ike_client *c, const struct ike_head *m)
{
	struct protocol *pr = protocol_of(c);

	engine_ike(pr->engine, m, loop_now(&pr->loop));
}

/* The kernel role tries again; why comes from ourselves. */
static void lost(struct ike_client *c, const char *why)
{
	struct protocol *pr = protocol_of(c);
	struct kern_ike m = {.wire = {.type = KERN_IKE_LOST, .version = WIRE_VERSION}};
	struct log_line line;

	log_begin_peer(&line, &pr->log, LOG_LEVEL_WARNING, LOG_CLASS_LOCAL, "ike-lost",
		       LOG_CAUSE_REFUSED, loop_now(&pr->loop));
	log_pair(&line, "detail", "%s", why);
	log_end(&line);
	engine_ike_lost(pr->engine, loop_now(&pr->loop));
	kernel_client_send(pr, &m, sizeof(m));
}

void protocol_ike_init(struct protocol *pr)
{
	ike_client_init(&pr->ike, &pr->loop);
	pr->ike.up = up;
	pr->ike.message = message;
	pr->ike.lost = lost;
}

int protocol_ike_open(struct protocol *pr, int fd)
{
	return ike_client_open(&pr->ike, fd, "culvert " CULVERT_VERSION);
}
