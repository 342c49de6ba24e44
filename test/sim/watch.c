// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/sim/watch.h"

#include "daemon/base/buf.h"

#define CONTROL_HEADER 12 /* RFC 2661 3.1 with the bits that 5.8 wants */

/* RFC 2661 4.4.1, 4.4.3 */
#define AVP_MESSAGE_TYPE    0
#define AVP_ASSIGNED_TUNNEL 9

uint16_t watch_assigned(const uint8_t *data, size_t len, uint16_t message)
{
	struct reader r;
	bool right = false;

	reader_init(&r, data, len);
	reader_bytes(&r, CONTROL_HEADER);
	while (reader_left(&r) >= 6) {
		uint16_t size = reader_u16(&r) & 0x3ff; /* RFC 2661 4.1 */
		uint16_t vendor = reader_u16(&r);
		uint16_t type = reader_u16(&r);
		struct reader value;

		if (size < 6)
			return 0;
		value = reader_sub(&r, size - 6u);
		if (vendor)
			continue;
		if (type == AVP_MESSAGE_TYPE && reader_u16(&value) != message)
			return 0;
		if (type == AVP_MESSAGE_TYPE)
			right = true;
		else if (type == AVP_ASSIGNED_TUNNEL && right)
			return reader_u16(&value);
	}
	return 0;
}

static void watch_sccrp(struct watch_tunnel *t, const uint8_t *data, size_t len)
{
	uint16_t id = watch_assigned(data, len, WATCH_SCCRP);

	if (!id)
		return;
	if (!t->assigned)
		t->assigned = id;
	else if (t->assigned != id)
		t->second = true;
}

/* The Message Type AVP is the first of every message (RFC 2661 4.4.1). */
static uint16_t message_type(const uint8_t *data, size_t len)
{
	struct reader r;

	reader_init(&r, data, len);
	reader_bytes(&r, CONTROL_HEADER + 6);
	return reader_u16(&r);
}

static void watch_goodbye(struct watch_counts *c, enum watch_way way, const uint8_t *data,
			  size_t len)
{
	uint16_t type = message_type(data, len);

	c->stopccn[way] += type == WATCH_STOPCCN;
	c->cdn[way] += type == WATCH_CDN;
}

void watch_control(struct watch_counts *c, struct watch_tunnel *t, enum watch_way way,
		   const uint8_t *data, size_t len)
{
	struct reader r;
	uint16_t ns;

	if (len <= CONTROL_HEADER)
		return; /* a ZLB only acknowledges (RFC 2661 5.8) */
	reader_init(&r, data, len);
	reader_bytes(&r, 8);
	ns = reader_u16(&r);
	c->control[way]++;
	if ((int16_t)(uint16_t)(ns - t->next[way]) < 0) {
		c->control_repeats[way]++;
	} else {
		t->next[way] = (uint16_t)(ns + 1);
		watch_goodbye(c, way, data, len);
	}
	if (way == WATCH_IN)
		watch_sccrp(t, data, len);
}

/* FNV-1a, never 0 */
static uint32_t hash(const uint8_t *p, size_t len)
{
	uint32_t h = 2166136261u;

	while (len--)
		h = (h ^ *p++) * 16777619u;
	return h ? h : 1;
}

/*
 * Which request this is, -1 for what is none.  A CHAP Response counts as one: the authenticator
 * asked twice for it.
 */
static int request_slot(uint16_t protocol, uint8_t code)
{
	switch (protocol) {
	case 0xc021:
		return code == 1 ? 0 : -1;
	case 0x8021:
		return code == 1 ? 1 : -1;
	case 0x8057:
		return code == 1 ? 2 : -1;
	case 0xc023:
		return code == 1 ? 3 : -1;
	case 0xc223:
		return code == 1 || code == 2 ? 4 : -1;
	default:
		return -1;
	}
}

void watch_frame(struct watch_counts *c, struct watch_call *call, enum watch_way way,
		 const uint8_t *frame, size_t len)
{
	struct reader r;
	uint16_t protocol;
	uint8_t code;
	uint32_t h;
	int slot;

	reader_init(&r, frame, len);
	protocol = reader_u16(&r);
	code = reader_u8(&r);
	if (len < 6)
		return;
	c->frames[way]++;
	if (protocol == 0xc021) {
		c->echo_requests[way] += code == 9;
		c->echo_replies[way] += code == 10;
	}
	slot = request_slot(protocol, code);
	if (slot < 0)
		return;
	/* the identifier may change from one to the next, so it is left out (RFC 1661 5.1) */
	h = hash(frame + 4, len - 4);
	if (call->last[way][slot] == h)
		c->ppp_repeats[way]++;
	call->last[way][slot] = h;
}
