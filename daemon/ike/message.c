// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a message must be, by its type: its length, its sender, and what its fields may hold.
 */
#include "daemon/ike/message.h"

#include <errno.h>
#include <string.h>

#define STRINGS_MAX 5

/* Where a message has its strings. */
struct string {
	size_t off, size;
};

struct rule {
	uint16_t type;
	bool charon, culvertd; /* may send it */
	bool needs_id;
	size_t len;
	struct string strings[STRINGS_MAX];
};

#define STRING(type, field)                                                                        \
	{                                                                                          \
		offsetof(struct type, field), sizeof(((struct type *)0)->field)                    \
	}

static const struct rule rules[] = {
	{IKE_HELLO, true, true, false, sizeof(struct ike_hello), {STRING(ike_hello, software)}},
	{IKE_CHILD,
	 true,
	 false,
	 false,
	 sizeof(struct ike_child),
	 {STRING(ike_child, connection), STRING(ike_child, child), STRING(ike_child, local_id),
	  STRING(ike_child, remote_id), STRING(ike_child, remote_name)}},
	{IKE_CHILD_DOWN, true, false, false, sizeof(struct ike_child_down), {{0}}},
	{IKE_SNAPSHOT_END, true, false, false, sizeof(struct ike_snapshot_end), {{0}}},
	{IKE_CONNECT, true, false, true, sizeof(struct ike_connect), {{0}}},
	{IKE_CANCEL, true, false, true, sizeof(struct ike_cancel), {{0}}},
	{IKE_INITIATED, true, false, true, sizeof(struct ike_result), {STRING(ike_result, text)}},
	{IKE_PROGRESS, false, true, true, sizeof(struct ike_text), {STRING(ike_text, text)}},
	{IKE_RESULT, false, true, true, sizeof(struct ike_result), {STRING(ike_result, text)}},
	{IKE_INITIATE,
	 false,
	 true,
	 true,
	 sizeof(struct ike_initiate),
	 {STRING(ike_initiate, connection), STRING(ike_initiate, child)}},
	{IKE_TERMINATE,
	 false,
	 true,
	 false,
	 sizeof(struct ike_terminate),
	 {STRING(ike_terminate, text)}},
};

static const struct rule *find(uint16_t type, enum ike_sender from)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].type == type &&
		    (from == IKE_FROM_CHARON ? rules[i].charon : rules[i].culvertd))
			return &rules[i];
	return NULL;
}

static bool strings_end(const struct rule *r, const char *msg)
{
	for (size_t i = 0; i < STRINGS_MAX && r->strings[i].size; i++)
		if (!memchr(msg + r->strings[i].off, 0, r->strings[i].size))
			return false;
	return true;
}

static bool endpoint_ok(const struct endpoint *e)
{
	return e->family == ENDPOINT_IPV4 || e->family == ENDPOINT_IPV6;
}

static bool child_ok(const struct ike_child *m)
{
	return m->unique && m->replaces != m->unique && endpoint_ok(&m->local) &&
	       endpoint_ok(&m->remote) && m->local.family == m->remote.family &&
	       (m->ike_version == 1 || m->ike_version == 2);
}

static bool fields_ok(const void *msg, uint16_t type)
{
	struct ike_child child;
	struct ike_connect connect;
	struct ike_child_down down;
	struct ike_terminate terminate;
	struct ike_result result;

	switch (type) {
	case IKE_CHILD:
		memcpy(&child, msg, sizeof(child));
		return child_ok(&child);
	case IKE_CHILD_DOWN:
		memcpy(&down, msg, sizeof(down));
		return down.unique != 0;
	case IKE_CONNECT:
		memcpy(&connect, msg, sizeof(connect));
		return connect.unique != 0;
	case IKE_TERMINATE:
		memcpy(&terminate, msg, sizeof(terminate));
		return terminate.unique != 0;
	case IKE_RESULT:
	case IKE_INITIATED:
		memcpy(&result, msg, sizeof(result));
		return result.error <= 0;
	case IKE_INITIATE:
		return ((const char *)msg)[offsetof(struct ike_initiate, connection)] != 0;
	default:
		return true;
	}
}

int ike_message_check(const void *msg, size_t len, enum ike_sender from)
{
	struct ike_head head;
	const struct rule *r;

	if (len < sizeof(head))
		return -EBADMSG;
	memcpy(&head, msg, sizeof(head));
	if (head.version != IKE_VERSION)
		return -EPROTO;
	r = find(head.type, from);
	if (!r || len != r->len || (r->needs_id && !head.id) || !strings_end(r, msg))
		return -EBADMSG;
	return fields_ok(msg, head.type) ? 0 : -EBADMSG;
}
