// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/l2tp/tunnel_state.h"

#include <string.h>

/* --- the channel --- */

static void channel_save(const struct channel *c, struct state_channel *ret)
{
	ret->ns = c->ns;
	ret->nr = c->nr;
	ret->oldest = c->oldest;
	ret->highest = c->highest;
	ret->peer_window = c->peer_window;
	ret->retransmits = c->retransmits;
}

static uint16_t lost(const struct state_channel *s)
{
	return (uint16_t)(s->highest - s->oldest);
}

static bool channel_possible(const struct state_channel *s)
{
	uint16_t waiting = (uint16_t)(s->ns - s->oldest);

	return waiting <= CHANNEL_QUEUE_MAX && lost(s) <= waiting &&
	       lost(s) <= CHANNEL_WINDOW_MAX && s->peer_window &&
	       s->peer_window <= CHANNEL_WINDOW_MAX;
}

/* What was never sent is lost as well, but nobody waits for its number. */
static void channel_restore(struct channel *c, const struct state_channel *s)
{
	channel_peer_window(c, s->peer_window);
	c->ns = c->oldest = c->sent = c->highest = s->oldest;
	c->nr = s->nr;
	c->retransmits = s->retransmits;
	c->ack = true; /* what was received may not have been acknowledged */
}

/* --- the tunnel --- */

void tunnel_save(const struct tunnel *t, struct state_tunnel *ret)
{
	ret->stage = t->state == TUNNEL_ESTABLISHED ? STATE_TUNNEL_UP : STATE_TUNNEL_CLOSING;
	ret->role = (uint8_t)t->role;
	ret->id = t->id;
	ret->peer_id = t->peer_id;
	channel_save(&t->channel, &ret->channel);
	ret->peer_framing = t->peer_framing;
	ret->peer_bearer = t->peer_bearer;
	ret->peer_firmware = t->peer_firmware;
	memcpy(ret->peer_host, t->peer_host, sizeof(ret->peer_host));
	memcpy(ret->peer_vendor, t->peer_vendor, sizeof(ret->peer_vendor));
	ret->heard = t->heard;
}

static bool terminated(const char *text, size_t size)
{
	return memchr(text, '\0', size);
}

static bool possible(const struct state_tunnel *s)
{
	return (s->stage == STATE_TUNNEL_UP || s->stage == STATE_TUNNEL_CLOSING) && s->peer_id &&
	       channel_possible(&s->channel) && terminated(s->peer_host, sizeof(s->peer_host)) &&
	       terminated(s->peer_vendor, sizeof(s->peer_vendor));
}

bool tunnel_restore(struct tunnel *t, const struct state_tunnel *s, struct env *env)
{
	if (!possible(s) || s->id != t->id || s->role != t->role)
		return false;
	t->state = TUNNEL_ESTABLISHED;
	t->peer_id = s->peer_id;
	channel_restore(&t->channel, &s->channel);
	t->heard = usec_min(s->heard, env->now);
	t->peer_framing = s->peer_framing;
	t->peer_bearer = s->peer_bearer;
	t->peer_firmware = s->peer_firmware;
	memcpy(t->peer_host, s->peer_host, sizeof(t->peer_host));
	memcpy(t->peer_vendor, s->peer_vendor, sizeof(t->peer_vendor));
	return true;
}

void tunnel_repair(struct tunnel *t, const struct state_tunnel *s, struct env *env)
{
	struct channel *c = &t->channel;
	uint16_t n = lost(&s->channel);
	struct msg m;

	msg_init(&m, MSG_HELLO);
	while (n-- && tunnel_send(t, &m, 0, env))
		;
	/* the peer may acknowledge them all at once, though we have sent one of them only */
	if (t->state == TUNNEL_ESTABLISHED)
		c->highest = s->channel.highest;
	channel_flush(c, t->peer_id, env);
}

/* --- the call --- */

void session_save_ids(const struct session *s, uint16_t tunnel, struct state_session *ret)
{
	ret->role = (uint8_t)s->role;
	ret->tunnel = tunnel;
	ret->id = s->id;
	ret->peer_id = s->peer_id;
}

void session_save(const struct session *s, struct state_session *ret)
{
	ret->call_serial = s->call_serial;
	ret->tx_speed = s->tx_speed;
	ret->rx_speed = s->rx_speed;
	ret->framing = s->framing;
	if (s->sequencing_required)
		ret->flags |= STATE_SESSION_SEQUENCING;
	memcpy(ret->calling, s->calling, sizeof(ret->calling));
	memcpy(ret->called, s->called, sizeof(ret->called));
}

bool session_restore(struct session *s, const struct state_session *r)
{
	if (r->id != s->id || r->role != s->role || !r->peer_id ||
	    !terminated(r->calling, sizeof(r->calling)) ||
	    !terminated(r->called, sizeof(r->called)))
		return false;
	s->state = SESSION_ESTABLISHED;
	s->peer_id = r->peer_id;
	s->call_serial = r->call_serial;
	s->tx_speed = r->tx_speed;
	s->rx_speed = r->rx_speed;
	s->framing = r->framing;
	s->sequencing_required = r->flags & STATE_SESSION_SEQUENCING;
	memcpy(s->calling, r->calling, sizeof(s->calling));
	memcpy(s->called, r->called, sizeof(s->called));
	return true;
}
