// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads with the codecs of daemon/l2tp, which have tests of their own, and PPP by itself.
 */
#include "test/replay/show.h"

#include <string.h>

#include "compiler.h"
#include "daemon/base/buf.h"
#include "daemon/l2tp/msg.h"
#include "wire_kern.h"

#define LCP    0xc021
#define PAP    0xc023
#define CHAP   0xc223
#define IPCP   0x8021
#define IPV6CP 0x8057
#define CCP    0x80fd

static const struct {
	uint16_t number;
	const char *name;
} protocols[] = {
	{LCP, "LCP"},	    {PAP, "PAP"}, {CHAP, "CHAP"}, {IPCP, "IPCP"},
	{IPV6CP, "IPV6CP"}, {CCP, "CCP"}, {0x0021, "IP"}, {0x0057, "IPV6"},
};

const struct show_code show_codes[] = {
	{0, 1, "Configure-Request"},
	{0, 2, "Configure-Ack"},
	{0, 3, "Configure-Nak"},
	{0, 4, "Configure-Reject"},
	{0, 5, "Terminate-Request"},
	{0, 6, "Terminate-Ack"},
	{0, 7, "Code-Reject"},
	{LCP, 8, "Protocol-Reject"},
	{LCP, 9, "Echo-Request"},
	{LCP, 10, "Echo-Reply"},
	{LCP, 11, "Discard-Request"},
	{LCP, 12, "Identification"},
	{PAP, 1, "Authenticate-Request"},
	{PAP, 2, "Authenticate-Ack"},
	{PAP, 3, "Authenticate-Nak"},
	{CHAP, 1, "Challenge"},
	{CHAP, 2, "Response"},
	{CHAP, 3, "Success"},
	{CHAP, 4, "Failure"},
	{0, 0, NULL},
};

static const struct show_option options[] = {
	{LCP, 1, "mru", SHOW_U16},	    {LCP, 2, "accm", SHOW_HEX},
	{LCP, 3, "auth", SHOW_AUTH},	    {LCP, 5, "magic", SHOW_HEX},
	{LCP, 7, "pfc", SHOW_FLAG},	    {LCP, 8, "acfc", SHOW_FLAG},
	{LCP, 13, "callback", SHOW_HEX},    {LCP, 17, "mrru", SHOW_U16},
	{LCP, 19, "endpoint", SHOW_HEX},    {IPCP, 2, "vj", SHOW_HEX},
	{IPCP, 3, "addr", SHOW_ADDRESS},    {IPCP, 129, "dns1", SHOW_ADDRESS},
	{IPCP, 130, "nbns1", SHOW_ADDRESS}, {IPCP, 131, "dns2", SHOW_ADDRESS},
	{IPCP, 132, "nbns2", SHOW_ADDRESS}, {IPV6CP, 1, "iid", SHOW_HEX},
	{CCP, 18, "mppe", SHOW_HEX},
};

const struct show_code *show_find_code(uint16_t protocol, uint8_t code)
{
	const struct show_code *c;

	for (c = show_codes; c->name; c++)
		if (c->code == code && (c->protocol == protocol ||
					(!c->protocol && protocol != PAP && protocol != CHAP)))
			return c;
	return NULL;
}

const struct show_code *show_named_code(uint16_t protocol, const char *name)
{
	const struct show_code *c;

	for (c = show_codes; c->name; c++)
		if (!strcmp(c->name, name) && show_find_code(protocol, c->code) == c)
			return c;
	return NULL;
}

uint16_t show_protocol(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (!strcmp(protocols[i].name, name))
			return protocols[i].number;
	return 0;
}

const struct show_option *show_find_option(uint16_t protocol, uint8_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].protocol == protocol && options[i].type == type)
			return &options[i];
	return NULL;
}

const struct show_option *show_named_option(uint16_t protocol, const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].protocol == protocol && strlen(options[i].name) == len &&
		    !memcmp(options[i].name, name, len))
			return &options[i];
	return NULL;
}

void show_bytes(struct text *t, const char *key, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	text_add(t, " %s=", key);
	for (size_t i = 0; i < len; i++) {
		if (p[i] > 0x20 && p[i] < 0x7f && p[i] != '%')
			text_add(t, "%c", p[i]);
		else if (p[i] == ' ')
			text_add(t, "_");
		else
			text_add(t, "%%%02x", p[i]);
	}
}

static void show_hex(struct text *t, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		text_add(t, "%02x", p[i]);
}

/* --- control messages --- */

static void show_values(struct text *t, const struct msg *m)
{
	if (msg_has(m, AVP_RESULT_CODE)) {
		text_add(t, " result=%u error=%u", m->result, m->error);
		if (m->result_text.len)
			show_bytes(t, "text", m->result_text.data, m->result_text.len);
	}
	if (msg_has(m, AVP_ASSIGNED_TUNNEL_ID))
		text_add(t, " assigned-tunnel=%u", m->assigned_tunnel);
	if (msg_has(m, AVP_ASSIGNED_SESSION_ID))
		text_add(t, " assigned-session=%u", m->assigned_session);
	if (msg_has(m, AVP_HOST_NAME))
		show_bytes(t, "host", m->host_name.data, m->host_name.len);
	if (msg_has(m, AVP_RECEIVE_WINDOW_SIZE))
		text_add(t, " window=%u", m->window);
	if (msg_has(m, AVP_CHALLENGE)) {
		text_add(t, " challenge=");
		show_hex(t, m->challenge.data, m->challenge.len);
	}
	if (msg_has(m, AVP_CHALLENGE_RESPONSE)) {
		text_add(t, " response=");
		show_hex(t, m->response.data, m->response.len);
	}
	if (msg_has(m, AVP_DISCONNECT_CAUSE))
		text_add(t, " cause=%u", m->cause);
}

bool show_control(struct text *t, const uint8_t *data, size_t len, bool *ret_lazy)
{
	struct l2tp_header h;
	struct msg m;

	*ret_lazy = false;
	if (msg_header(data, len, &h) || !h.control)
		return false;
	if (!h.payload_len) {
		*ret_lazy = true;
		text_add(t, "ZLB to=%u ns=%u nr=%u", h.tunnel, h.ns, h.nr);
		return true;
	}
	if (msg_decode(&m, &h, data, NULL, 0) != MSG_OK)
		return false;
	text_add(t, "%s to=%u session=%u ns=%u nr=%u", msg_type_name(m.type), h.tunnel, h.session,
		 h.ns, h.nr);
	show_values(t, &m);
	return true;
}

/* --- PPP --- */

static const char *auth_name(const uint8_t *p, size_t len)
{
	if (len == 2 && p[0] == 0xc0 && p[1] == 0x23)
		return "pap";
	if (len == 3 && p[0] == 0xc2 && p[1] == 0x23)
		return p[2] == 5 ? "chap-md5" : p[2] == 0x81 ? "mschapv2" : "chap";
	return "?";
}

static void show_option(struct text *t, uint16_t protocol, uint8_t type, const uint8_t *p,
			size_t len)
{
	const struct show_option *o = show_find_option(protocol, type);

	if (!o) {
		text_add(t, " opt%u=", type);
		show_hex(t, p, len);
		return;
	}
	text_add(t, " %s=", o->name);
	if (o->kind == SHOW_AUTH)
		text_add(t, "%s", auth_name(p, len));
	else if (o->kind == SHOW_ADDRESS && len == 4)
		text_add(t, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
	else if (o->kind == SHOW_U16 && len == 2)
		text_add(t, "%u", p[0] << 8 | p[1]);
	else
		show_hex(t, p, len);
}

static void show_options(struct text *t, uint16_t protocol, struct reader *r)
{
	while (reader_left(r) >= 2) {
		uint8_t type = reader_u8(r);
		uint8_t len = reader_u8(r);
		const uint8_t *p = len >= 2 ? reader_bytes(r, len - 2u) : NULL;

		if (!p) {
			text_add(t, " broken");
			return;
		}
		show_option(t, protocol, type, p, len - 2u);
	}
}

static void show_chap(struct text *t, uint8_t code, struct reader *r)
{
	if (code == 1 || code == 2) {
		uint8_t len = reader_u8(r);
		const uint8_t *value = reader_bytes(r, len);

		text_add(t, " value=");
		show_hex(t, value, value ? len : 0);
		show_bytes(t, "name", r->pos, reader_left(r));
	} else {
		show_bytes(t, "text", r->pos, reader_left(r));
	}
}

static void show_packet(struct text *t, uint16_t protocol, uint8_t code, struct reader *r)
{
	bool lcp = protocol == LCP;

	if (protocol == PAP) {
		uint8_t len = reader_u8(r);

		show_bytes(t, "text", r->pos, len <= reader_left(r) ? len : 0);
	} else if (protocol == CHAP) {
		show_chap(t, code, r);
	} else if (code >= 1 && code <= 4) {
		show_options(t, protocol, r);
	} else if (lcp && code == 8) {
		text_add(t, " rejected=%04x", reader_u16(r));
	} else if (lcp && (code == 9 || code == 10)) {
		text_add(t, " magic=%08x", reader_u32(r));
	} else if (reader_left(r)) {
		show_bytes(t, "data", r->pos, reader_left(r));
	}
}

void show_frame(struct text *t, const uint8_t *frame, size_t len)
{
	const struct show_code *known;
	const char *name = NULL;
	struct reader r, body;
	uint16_t protocol;
	uint8_t code, id;

	reader_init(&r, frame, len);
	protocol = reader_u16(&r);
	code = reader_u8(&r);
	id = reader_u8(&r);
	body = reader_sub(&r, reader_u16(&r) - 4u);
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].number == protocol)
			name = protocols[i].name;
	known = show_find_code(protocol, code);
	if (r.bad || body.bad || !name || !known) {
		text_add(t, "PPP protocol=%04x code=%u len=%zu", protocol, code, len);
		return;
	}
	text_add(t, "%s %s id=%u", name, known->name, id);
	show_packet(t, protocol, code, &body);
}

/* --- requests to the kernel role --- */

static void show_address(struct text *t, const char *key, uint32_t a)
{
	text_add(t, " %s=%u.%u.%u.%u", key, a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

static void show_host(struct text *t, const struct endpoint *ep)
{
	text_add(t, " host=%u.%u.%u.%u", ep->addr[0], ep->addr[1], ep->addr[2], ep->addr[3]);
}

void show_kernel(struct text *t, const void *msg)
{
	const struct wire *w = msg;

	if (w->type == KERN_TUNNEL_ADD) {
		const struct kern_tunnel_add *m = msg;

		text_add(t, "TUNNEL_ADD tunnel=%u peer-tunnel=%u port=%u mark=%u", m->tunnel,
			 m->peer_tunnel, m->peer.port, m->mark);
	} else if (w->type == KERN_TUNNEL_DEL) {
		text_add(t, "TUNNEL_DEL tunnel=%u", ((const struct kern_tunnel_del *)msg)->tunnel);
	} else if (w->type == KERN_SESSION_ADD) {
		const struct kern_session_add *m = msg;

		text_add(t,
			 "SESSION_ADD tunnel=%u session=%u peer-session=%u group=%u mtu=%u "
			 "ipv4=%u ipv6=%u iid=%u",
			 m->tunnel, m->session, m->peer_session, m->group, m->mtu, m->ipv4, m->ipv6,
			 m->local_iid != 0);
		show_address(t, "remote", m->remote4);
	} else if (w->type == KERN_SESSION_DEL) {
		const struct kern_session_del *m = msg;

		text_add(t, "SESSION_DEL tunnel=%u session=%u", m->tunnel, m->session);
	} else if (w->type == KERN_SESSION_SET) {
		const struct kern_session_set *m = msg;

		text_add(t, "SESSION_SET tunnel=%u session=%u ipv4=%u ipv6=%u peer-iid=%u",
			 m->tunnel, m->session, m->ipv4, m->ipv6, m->remote_iid != 0);
	} else if (w->type == KERN_SA_ADD) {
		const struct kern_sa_add *m = msg;

		text_add(t, "SA_ADD mark=%u port=%u", m->mark, m->peer.port);
		if (m->mask != UINT32_MAX)
			text_add(t, " mask=0x%x", m->mask);
		show_host(t, &m->peer);
	} else if (w->type == KERN_SA_SET) {
		const struct kern_sa_set *m = msg;

		text_add(t, "SA_SET mark=%u port=%u", m->mark, m->peer.port);
		show_host(t, &m->peer);
	} else if (w->type == KERN_SA_DEL) {
		text_add(t, "SA_DEL mark=%u", ((const struct kern_sa_del *)msg)->mark);
	} else if (w->type == KERN_TUNNEL_SET) {
		const struct kern_tunnel_set *m = msg;

		text_add(t, "TUNNEL_SET tunnel=%u", m->tunnel);
		if (m->mark == KERN_MARK_DEAD)
			text_add(t, " mark=dead");
		else
			text_add(t, " mark=%u port=%u", m->mark, m->peer.port);
		show_host(t, &m->peer);
	} else if (w->type == KERN_STATS_GET) {
		text_add(t, "STATS_GET");
	} else {
		text_add(t, "? type=%u", w->type);
	}
}
