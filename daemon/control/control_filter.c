// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Filters: read once from JSON, compared with every object of a list.  Text is compared as it is
 * shown, so that what one copies from a list finds it again.
 */
#include "daemon/control/control_filter.h"

#include "compiler.h"
#include <arpa/inet.h>
#include <string.h>

#include "daemon/control/control_text.h"

static const struct {
	const char *key;
	uint32_t bit;
} keys[] = {
	{"user", FILTER_USER},		 {"ip", FILTER_IP},	    {"peer", FILTER_PEER},
	{"group", FILTER_GROUP},	 {"state", FILTER_STATE},   {"client", FILTER_CLIENT},
	{"interface", FILTER_INTERFACE}, {"tunnel", FILTER_TUNNEL}, {"session", FILTER_SESSION},
};

uint32_t control_filter_bit(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].key, key))
			return keys[i].bit;
	return 0;
}

/* A name that is too long for ours fits nothing; that is an answer, but rather a mistake. */
static bool set_words(char *to, size_t size, const char *from)
{
	size_t len = strlen(from);

	if (len == 0 || len >= size)
		return false;
	memcpy(to, from, len + 1);
	return true;
}

static bool set_peer(struct endpoint *to, const char *from)
{
	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, from, to->addr) == 1)
		to->family = ENDPOINT_IPV4;
	else if (inet_pton(AF_INET6, from, to->addr) == 1)
		to->family = ENDPOINT_IPV6;
	return to->family != ENDPOINT_NONE;
}

static bool set_ip(uint32_t *to, const char *from)
{
	struct in_addr in;

	if (inet_pton(AF_INET, from, &in) != 1)
		return false;
	*to = ntohl(in.s_addr);
	return true;
}

static bool set_state(enum report_state *to, const char *from)
{
	static const enum report_state all[] = {REPORT_SETUP, REPORT_UP, REPORT_CLOSING};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (!strcmp(report_state_name(all[i]), from)) {
			*to = all[i];
			return true;
		}
	}
	return false;
}

static bool set_id(uint16_t *to, const json_t *value)
{
	json_int_t v = json_integer_value(value);

	if (!json_is_integer(value) || v < 1 || v > UINT16_MAX)
		return false;
	*to = (uint16_t)v;
	return true;
}

static bool set(struct control_filter *f, uint32_t bit, const json_t *value)
{
	const char *text = json_string_value(value);

	if (bit == FILTER_TUNNEL)
		return set_id(&f->tunnel, value);
	if (bit == FILTER_SESSION)
		return set_id(&f->session, value);
	if (!text)
		return false;
	switch (bit) {
	case FILTER_USER:
		return set_words(f->user, sizeof(f->user), text);
	case FILTER_IP:
		return set_ip(&f->ip, text);
	case FILTER_PEER:
		return set_peer(&f->peer, text);
	case FILTER_GROUP:
		return set_words(f->group, sizeof(f->group), text);
	case FILTER_STATE:
		return set_state(&f->state, text);
	case FILTER_INTERFACE:
		return set_words(f->interface, sizeof(f->interface), text);
	case FILTER_CLIENT:
		return set_words(f->client, sizeof(f->client), text);
	default: /* a mask, not an enum of its own */
		return false;
	}
}

bool control_filter_parse(struct control_filter *ret, const json_t *from, uint32_t allowed,
			  const char **ret_key)
{
	json_t *object = (json_t *)(uintptr_t)from, *value;
	const char *key;

	memset(ret, 0, sizeof(*ret));
	if (!from || json_is_null(from))
		return true;
	*ret_key = "filter";
	if (!json_is_object(from))
		return false;
	json_object_foreach (object, key, value) {
		uint32_t bit = control_filter_bit(key) & allowed;

		if (json_is_null(value) && bit)
			continue;
		if (!bit || !set(ret, bit, value)) {
			*ret_key = key;
			return false;
		}
		ret->given |= bit;
	}
	return true;
}

/* --- comparing -------------------------------------------------------------------------------- */

static bool same_bytes(const char *want, const void *bytes, size_t len)
{
	char clean[FILTER_TEXT_MAX];

	control_text_clean(clean, sizeof(clean), bytes, len);
	return !strcmp(want, clean);
}

static bool wants(const struct control_filter *f, enum control_filter_key key)
{
	return f->given & key;
}

/* Without the port; scope is not asked for. */
static bool same_host(const struct control_filter *f, const struct endpoint *e)
{
	return !wants(f, FILTER_PEER) || endpoint_same_host(&f->peer, e);
}

bool control_filter_session(const struct control_filter *f, const struct session_report *r)
{
	return (!wants(f, FILTER_SESSION) || f->session == r->session) &&
	       (!wants(f, FILTER_TUNNEL) || f->tunnel == r->tunnel) &&
	       (!wants(f, FILTER_STATE) || f->state == r->state) &&
	       (!wants(f, FILTER_IP) || f->ip == r->address) && same_host(f, &r->peer) &&
	       (!wants(f, FILTER_INTERFACE) || !strcmp(f->interface, r->interface)) &&
	       (!wants(f, FILTER_GROUP) || !strcmp(f->group, r->group)) &&
	       (!wants(f, FILTER_CLIENT) ||
		same_bytes(f->client, r->client_host, strlen(r->client_host))) &&
	       (!wants(f, FILTER_USER) || same_bytes(f->user, r->user, r->user_len));
}

bool control_filter_tunnel(const struct control_filter *f, const struct tunnel_report *r)
{
	return (!wants(f, FILTER_TUNNEL) || f->tunnel == r->tunnel) &&
	       (!wants(f, FILTER_STATE) || f->state == r->state) && same_host(f, &r->peer) &&
	       (!wants(f, FILTER_CLIENT) ||
		same_bytes(f->client, r->client_host, strlen(r->client_host)));
}

bool control_filter_event(const struct control_filter *f, const struct event *e)
{
	return (!wants(f, FILTER_SESSION) || f->session == e->session) &&
	       (!wants(f, FILTER_TUNNEL) || f->tunnel == e->tunnel) &&
	       (!wants(f, FILTER_IP) || f->ip == e->address) && same_host(f, &e->peer) &&
	       (!wants(f, FILTER_INTERFACE) || !strcmp(f->interface, e->interface)) &&
	       (!wants(f, FILTER_GROUP) || !strcmp(f->group, e->group)) &&
	       (!wants(f, FILTER_USER) || same_bytes(f->user, e->user, e->user_len));
}
