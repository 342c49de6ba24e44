// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is told of a dial: progress, and why it ended.  The first thing that ended counts, because
 * what follows is only the consequence.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/addr.h"
#include "daemon/base/text.h"
#include "daemon/engine/dial.h"

void dial_say(struct dial *d, enum engine_client_news news, const char *fmt, ...)
{
	struct engine *e = d->engine;
	char line[ENGINE_CLIENT_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (news == ENGINE_CLIENT_PROGRESS || news == ENGINE_CLIENT_UP)
		memcpy(d->line[d->lines++ % ENGINE_CLIENT_LINES], line, sizeof(line));
	e->ops->client(e->ctx, d->index, news, line);
	dial_ike_tell(e, d, news, line);
}

void dial_why(struct dial *d, const char *fmt, ...)
{
	va_list ap;

	if (d->why[0])
		return;
	va_start(ap, fmt);
	vsnprintf(d->why, sizeof(d->why), fmt, ap);
	va_end(ap);
}

/* RFC 2759 6: "E=691 R=1 C=... V=3 M=words"; others send words alone. */
void dial_peer_reason(struct dial *d, const uint8_t *text, size_t len)
{
	const uint8_t *words = memmem(text, len, " M=", 3);

	if (words) {
		words += 3;
		len -= (size_t)(words - text);
		text = words;
	}
	text_escape(d->peer_words, sizeof(d->peer_words), text, len);
}

static void link_why(struct dial *d, const struct call *c)
{
	const char *user = d->cfg->user;

	switch (c->link.end) {
	case LINK_END_AUTH_FAILED:
		d->refused = true;
		dial_why(d, "authentication failed: the gateway refuses user %s%s%s", user,
			 d->peer_words[0] ? ": " : "", d->peer_words);
		return;
	case LINK_END_AUTH_UNPROVED:
		d->refused = true;
		dial_why(d, "authentication failed: the gateway does not know the password of %s",
			 user);
		return;
	case LINK_END_AUTH_METHOD:
		d->refused = true;
		dial_why(d, "authentication failed: the gateway wants a method that auth does not "
			    "allow");
		return;
	case LINK_END_NONE:
	case LINK_END_PEER:
	case LINK_END_LOCAL:
	case LINK_END_LCP_TIMEOUT:
	case LINK_END_LCP_FAILED:
	case LINK_END_LOOPBACK:
	case LINK_END_ECHO:
	case LINK_END_AUTH_TIMEOUT:
	case LINK_END_NCP_FAILED:
	case LINK_END_PROTOCOL:
		dial_why(d, "PPP ended: %s%s%s", link_end_name(c->link.end),
			 d->peer_words[0] ? ": " : "", d->peer_words);
	}
}

static void l2tp_why(struct dial *d, const char *what, const struct l2tp_end *end)
{
	char text[128];

	text_escape(text, sizeof(text), end->text, strlen(end->text));
	if (end->by == L2TP_END_TIMEOUT)
		dial_why(d, "%s: %s", what, text);
	else if (end->by == L2TP_END_PEER)
		dial_why(d, "the gateway ended the %s: result %u, error %u%s%s", what, end->result,
			 end->error, text[0] ? ", " : "", text);
	else
		dial_why(d, "%s ended%s%s", what, text[0] ? ": " : "", text);
}

void dial_ended(struct dial *d, const struct peer *p, const struct call *c)
{
	char at[ADDR_TEXT_MAX];

	if (c && c->link.end != LINK_END_NONE && c->link.end != LINK_END_LOCAL)
		link_why(d, c);
	else if (p->down && p->tunnel.end.by == L2TP_END_TIMEOUT && !p->tunnel.peer_id)
		dial_why(d, "no answer from %s", addr_text(&d->gateway, at));
	else if (p->down)
		l2tp_why(d, "tunnel", &p->tunnel.end);
	else if (c && c->reason && c->session.end.by != L2TP_END_PEER && c->detail[0])
		dial_why(d, "%s: %s", c->reason, c->detail);
	else if (c)
		l2tp_why(d, "call", &c->session.end);
	dial_note(d, DIAL_EV_ENDED);
}
