// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ring of events: copied in, numbered, overwritten in order.
 */
#include "daemon/events.h"

#include <stdio.h>
#include <string.h>

NAMES_FUNCTION(event_kind, EVENT_LIST)

_Static_assert((EVENTS_MAX & (EVENTS_MAX - 1)) == 0, "the ring is indexed by a mask");

void events_init(struct events *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->next = 1;
}

void events_add(struct events *ev, const struct event *e, uint64_t wall)
{
	struct event *slot = &ev->ring[ev->next & (EVENTS_MAX - 1)];

	*slot = *e;
	slot->time = wall;
	slot->seq = ev->next++;
}

/* Cut, and terminated. */
static void set_words(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

void events_tunnel(struct events *ev, enum event_kind kind, const struct tunnel_report *r,
		   uint64_t wall)
{
	struct event e = {.kind = kind, .tunnel = r->tunnel, .peer = r->peer, .mark = r->mark};

	set_words(e.ike_id, sizeof(e.ike_id), r->ike.id);
	set_words(e.reason, sizeof(e.reason), r->reason);
	set_words(e.detail, sizeof(e.detail), r->detail);
	events_add(ev, &e, wall);
}

void events_session(struct events *ev, enum event_kind kind, const struct session_report *r,
		    usec_t now, uint64_t wall)
{
	struct event e = {
		.kind = kind,
		.tunnel = r->tunnel,
		.session = r->session,
		.peer = r->peer,
		.address = r->address,
		.user_len = r->user_len,
		.rx_bytes = r->counters.rx_bytes,
		.tx_bytes = r->counters.tx_bytes,
	};

	if (kind == EVENT_SESSION_DOWN && !r->up_since)
		e.kind = EVENT_SESSION_FAILED;
	memcpy(e.user, r->user, r->user_len);
	e.mark = r->mark;
	set_words(e.ike_id, sizeof(e.ike_id), r->ike.id);
	set_words(e.interface, sizeof(e.interface), r->interface);
	set_words(e.group, sizeof(e.group), r->group);
	set_words(e.reason, sizeof(e.reason), r->reason);
	set_words(e.detail, sizeof(e.detail), r->detail);
	if (r->up_since && now > r->up_since)
		e.duration = (uint32_t)((now - r->up_since) / USEC_PER_SEC);
	events_add(ev, &e, wall);
}

void events_note(struct events *ev, enum event_kind kind, const char *reason, const char *detail,
		 uint64_t wall)
{
	struct event e = {.kind = kind};

	set_words(e.reason, sizeof(e.reason), reason);
	set_words(e.detail, sizeof(e.detail), detail);
	events_add(ev, &e, wall);
}

const struct event *events_get(const struct events *ev, uint64_t seq)
{
	uint64_t oldest = ev->next > EVENTS_MAX ? ev->next - EVENTS_MAX : 1;

	if (seq < oldest)
		seq = oldest;
	return seq < ev->next ? &ev->ring[seq & (EVENTS_MAX - 1)] : NULL;
}
