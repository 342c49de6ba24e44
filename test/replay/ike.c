// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/replay/ike.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ike/message.h"
#include "ike.h"
#include "test/replay/world.h"

int ike_said(struct world *w, const void *msg, size_t len)
{
	const struct ike_head *h = msg;
	char line[TRACE_LINE];

	if (ike_message_check(msg, len, IKE_FROM_CULVERTD)) {
		trace_add(&w->trace, "ike", false, "BROKEN");
		return -EBADMSG;
	}
	if (h->type == IKE_TERMINATE)
		snprintf(line, sizeof(line), "TERMINATE unique=%u",
			 ((const struct ike_terminate *)msg)->unique);
	else
		snprintf(line, sizeof(line), "? type=%u", h->type);
	trace_add(&w->trace, "ike", false, line);
	return 0;
}

static struct ike_head head(enum ike_type type)
{
	return (struct ike_head){.type = (uint16_t)type, .version = IKE_VERSION};
}

static bool say(struct world *w, const void *msg, size_t len)
{
	if (ike_message_check(msg, len, IKE_FROM_CHARON))
		return false;
	engine_ike(w->engine, msg, w->now);
	return true;
}

static void set_text(char *to, size_t size, const struct words *words, const char *key,
		     const char *otherwise)
{
	const char *value = words_get(words, key);

	snprintf(to, size, "%s", value ? value : otherwise);
	for (; *to; to++) /* words have no spaces */
		if (*to == '_')
			*to = ' ';
}

/* The unique id counts up where none is given, and the SPIs are made of it. */
static bool up(struct world *w, const struct words *words)
{
	const char *host = words_get(words, "host");
	struct ike_child m = {
		.head = head(IKE_CHILD),
		.unique = words_number(words, "unique", ++w->unique),
		.replaces = words_number(words, "replaces", 0),
		.mark_in = words_number(words, "mark", 0),
		.mark_mask = UINT32_MAX,
		.remote_port = (uint16_t)words_number(words, "port", 1701),
		.ike_version = (uint8_t)words_number(words, "version", 1),
		.iv = (uint8_t)words_number(words, "iv", 16),
		.block = (uint8_t)words_number(words, "block", 16),
		.icv = (uint8_t)words_number(words, "icv", 12),
		.flags = words_has(words, "encap") ? IKE_CHILD_ENCAP : 0,
		.local = w->cfg.listeners[0].address,
	};

	w->unique = m.unique;
	m.mark_out = m.mark_in;
	m.spi_in = words_number(words, "spi", 0x1000 + m.unique);
	m.spi_out = m.spi_in + 1;
	m.local.port = 4500;
	m.remote.port = 4500;
	if (!world_set_host(&m.remote, host ? host : "192.0.2.1"))
		return false;
	if (words_has(words, "initiator"))
		m.flags |= IKE_CHILD_INITIATOR;
	set_text(m.connection, sizeof(m.connection), words, "conn", "l2tp");
	set_text(m.child, sizeof(m.child), words, "child", "l2tp");
	set_text(m.remote_id, sizeof(m.remote_id), words, "id", "bob@example.net");
	set_text(m.remote_name, sizeof(m.remote_name), words, "name", "");
	return say(w, &m, sizeof(m));
}

static bool down(struct world *w, const struct words *words)
{
	struct ike_child_down m = {
		.head = head(IKE_CHILD_DOWN),
		.unique = words_number(words, "unique", 0),
	};

	return say(w, &m, sizeof(m));
}

bool ike_command(struct world *w, const struct words *words)
{
	const char *what = words->n > 1 ? words->word[1] : "";
	struct ike_hello hello = {
		.head = head(IKE_HELLO),
		.mark_mask = words_number(words, "mask", UINT32_MAX),
	};
	struct ike_snapshot_end end = {.head = head(IKE_SNAPSHOT_END)};

	if (!strcmp(what, "hello"))
		engine_ike_up(w->engine, &hello, w->now);
	else if (!strcmp(what, "up"))
		return up(w, words);
	else if (!strcmp(what, "down"))
		return down(w, words);
	else if (!strcmp(what, "end"))
		return say(w, &end, sizeof(end));
	else if (!strcmp(what, "lost"))
		engine_ike_lost(w->engine, w->now);
	else
		return false;
	return true;
}
