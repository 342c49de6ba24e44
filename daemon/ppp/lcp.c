// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LCP: which options we ask for and take (RFC 1661 6), and the codes above 7 (RFC 1661 5.7 to
 * 5.9, RFC 1570 2).  When the link goes up or down, and what follows, is decided in link.c.
 */
#include "daemon/ppp/lcp.h"

#include <string.h>

#include "compiler.h"
#include "daemon/ppp/frame.h"
#include "wire_aaa.h"

/* RFC 1661 6, RFC 1570 2.3, RFC 1990 5.1, RFC 2125 5 */
#define OPT_MRU        1
#define OPT_ACCM       2
#define OPT_AUTH       3
#define OPT_QUALITY    4
#define OPT_MAGIC      5
#define OPT_PFC        7
#define OPT_ACFC       8
#define OPT_CALLBACK   13
#define OPT_MRRU       17
#define OPT_SSNHF      18
#define OPT_EID        19
#define OPT_LINK_DISC  23

/* clang-format off */
static const struct option_row rows[] = {
	/* type         min max  as server      as client        we ask          name */
	{ OPT_MRU,       4,  4, { OPTION_JUDGE,  OPTION_JUDGE },  { true, true }, "MRU" },
	/* RFC 1661 6 and RFC 1662 7.1: no octet is escaped on our line; any map is fine */
	{ OPT_ACCM,      6,  6, { OPTION_ACCEPT, OPTION_ACCEPT }, { false },      "ACCM" },
	{ OPT_AUTH,      4, 32, { OPTION_REJECT, OPTION_JUDGE },  { true, false }, "auth" },
	{ OPT_QUALITY,   4, 32, { OPTION_REJECT, OPTION_REJECT }, { false },      "quality" },
	{ OPT_MAGIC,     6,  6, { OPTION_JUDGE,  OPTION_JUDGE },  { true, true }, "magic" },
	/* we read both forms anyway (frame.c) and never send the short one */
	{ OPT_PFC,       2,  2, { OPTION_ACCEPT, OPTION_ACCEPT }, { false },      "PFC" },
	{ OPT_ACFC,      2,  2, { OPTION_ACCEPT, OPTION_ACCEPT }, { false },      "ACFC" },
	{ OPT_CALLBACK,  3, 255, { OPTION_REJECT, OPTION_REJECT }, { false },     "callback" },
	/* acknowledging MRRU would promise multilink */
	{ OPT_MRRU,      4,  4, { OPTION_REJECT, OPTION_REJECT }, { false },      "MRRU" },
	{ OPT_SSNHF,     2,  2, { OPTION_REJECT, OPTION_REJECT }, { false },      "SSNHF" },
	{ OPT_EID,       3, 23, { OPTION_REJECT, OPTION_REJECT }, { false },      "endpoint" },
	{ OPT_LINK_DISC, 4,  4, { OPTION_REJECT, OPTION_REJECT }, { false },      "link" },
};
/* clang-format on */

static struct lcp *lcp_of(struct cp *cp)
{
	return container_of(cp, struct lcp, cp);
}

static const struct lcp *lcp_of_const(const struct cp *cp)
{
	return container_of(cp, const struct lcp, cp);
}

static uint32_t new_magic(struct env *env)
{
	uint32_t v = rng_u32(env->rng);

	return v ? v : 1; /* RFC 1661 6.4: zero is none */
}

/* --- authentication protocols --- */

/* RFC 1334 2.1, RFC 1994 3, RFC 2759 2 */
static void put_method(struct writer *w, uint8_t method)
{
	writer_u16(w, method == AUTH_PAP ? PPP_PAP : PPP_CHAP);
	if (method == AUTH_CHAP_MD5)
		writer_u8(w, 5);
	else if (method == AUTH_MSCHAPV2)
		writer_u8(w, 0x81);
}

static uint8_t option_method(const struct option *o)
{
	static const uint8_t methods[] = { AUTH_PAP, AUTH_CHAP_MD5, AUTH_MSCHAPV2 };

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		uint8_t data[4];
		struct writer w;

		writer_init(&w, data, sizeof(data));
		put_method(&w, methods[i]);
		if (writer_len(&w) == (size_t)o->len - OPTION_HEADER &&
		    !memcmp(data, o->data, writer_len(&w)))
			return methods[i];
	}
	return AUTH_NONE;
}

/* Place of the method among those that the configuration allows, or -1. */
static int method_place(const struct link_config *cfg, uint8_t method)
{
	for (size_t i = 0; i < ARRAY_SIZE(cfg->methods); i++) {
		if (cfg->methods[i] == AUTH_NONE)
			break;
		if (cfg->methods[i] == method)
			return (int)i;
	}
	return -1;
}

/* The peer will not have the method that we asked for; it named another, or nothing useful. */
static bool next_method(struct lcp *lcp, uint8_t named)
{
	const struct link_config *cfg = lcp->cp.cfg;
	int place = method_place(cfg, lcp->auth);

	if (place >= 0)
		lcp->auth_refused |= (uint8_t)(1u << place);
	place = method_place(cfg, named);
	if (place >= 0 && !(lcp->auth_refused & 1u << place)) {
		lcp->auth = named;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(cfg->methods) && cfg->methods[i] != AUTH_NONE; i++) {
		if (lcp->auth_refused & 1u << i)
			continue;
		lcp->auth = cfg->methods[i];
		return true;
	}
	lcp->no_auth = true;
	return false;
}

/* --- options --- */

static enum option_verdict judge_auth(const struct lcp *lcp, const struct option *o,
				      struct writer *nak)
{
	const struct link_config *cfg = lcp->cp.cfg;
	uint8_t method = option_method(o);

	if (cfg->methods[0] == AUTH_NONE)
		return OPTION_IS_REJECT;
	if (method != AUTH_NONE && method_place(cfg, method) >= 0)
		return OPTION_IS_ACK;
	writer_u8(nak, OPT_AUTH);
	writer_u8(nak, cfg->methods[0] == AUTH_PAP ? 4 : 5);
	put_method(nak, cfg->methods[0]);
	return OPTION_IS_NAK;
}

static enum option_verdict judge(struct cp *cp, const struct option *o, struct writer *nak,
				 struct env *env)
{
	struct lcp *lcp = lcp_of(cp);

	switch (o->type) {
	case OPT_MRU:
		if (option_u16(o) >= LCP_MRU_MIN)
			return OPTION_IS_ACK;
		option_put_u16(nak, OPT_MRU, LCP_MRU_MIN);
		return OPTION_IS_NAK;
	case OPT_MAGIC:
		if (option_u32(o) == 0) {
			option_put_u32(nak, OPT_MAGIC, new_magic(env));
			return OPTION_IS_NAK;
		}
		if (option_u32(o) != lcp->magic)
			return OPTION_IS_ACK;
		/* RFC 1661 6.4: chance or a loop.  If it is a loop, what we say comes back, so
		   say nothing else. */
		if (lcp->loops < UINT8_MAX)
			lcp->loops++;
		option_put_u32(nak, OPT_MAGIC, new_magic(env));
		return OPTION_IS_NAK_ALONE;
	case OPT_AUTH:
		return judge_auth(lcp, o, nak);
	}
	return OPTION_IS_REJECT;
}

static void accept(struct cp *cp, const struct option *o)
{
	struct lcp *lcp = lcp_of(cp);

	if (!o) {
		lcp->peer_mru = LCP_MRU_DEFAULT;
		lcp->peer_magic = 0;
		lcp->loops = 0;
		cp->unique = false;
		if (cp->cfg->role == LINK_CLIENT)
			lcp->auth = AUTH_NONE;
		return;
	}
	switch (o->type) {
	case OPT_MRU:
		lcp->peer_mru = option_u16(o);
		break;
	case OPT_MAGIC:
		lcp->peer_magic = option_u32(o);
		cp->unique = true;
		break;
	case OPT_AUTH:
		lcp->auth = option_method(o);
		break;
	}
}

static void put(const struct cp *cp, uint8_t type, struct writer *w)
{
	const struct lcp *lcp = lcp_of_const(cp);

	switch (type) {
	case OPT_MRU:
		writer_u16(w, lcp->mru);
		break;
	case OPT_MAGIC:
		writer_u32(w, lcp->magic);
		break;
	case OPT_AUTH:
		put_method(w, lcp->auth);
		break;
	}
}

static bool nak(struct cp *cp, const struct option *o, struct env *env)
{
	struct lcp *lcp = lcp_of(cp);
	uint16_t mru = option_u16(o);

	switch (o->type) {
	case OPT_MRU:
		/* less is fine; more than we are configured for is not */
		if (mru >= LCP_MRU_MIN && mru < lcp->mru)
			lcp->mru = mru;
		break;
	case OPT_MAGIC:
		lcp->magic = new_magic(env);
		break;
	case OPT_AUTH:
		return next_method(lcp, option_method(o));
	}
	return true;
}

static bool reject(struct cp *cp, uint8_t type)
{
	struct lcp *lcp = lcp_of(cp);

	if (type == OPT_MAGIC)
		lcp->magic = 0;
	if (type == OPT_AUTH)
		lcp->no_auth = true;
	return type != OPT_AUTH;
}

/* --- codes --- */

/* How Windows begins the Identification with its host name. */
static const char windows_host[] = "MSRAS-0-";

static bool names_host(const uint8_t *p, size_t len)
{
	return len >= sizeof(windows_host) - 1 &&
	       memcmp(p, windows_host, sizeof(windows_host) - 1) == 0;
}

static bool printable(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] < 0x20 || p[i] > 0x7e)
			return false;
	return len > 0;
}

/*
 * RFC 1570 2.1.  Windows sends three: "MSRASV5.20", "MSRAS-0-" with its host name, and 16 bytes
 * that are not text.  The host name is what an operator wants to see, so it is not replaced.
 */
static void on_identification(struct lcp *lcp, const struct cp_packet *p, struct env *env)
{
	const uint8_t *text;
	size_t len;

	if (p->len < 4 || !printable(p->data + 4, p->len - 4))
		return;
	text = p->data + 4; /* behind the magic number */
	len = p->len - 4;
	if (len > LCP_IDENT_MAX)
		len = LCP_IDENT_MAX;
	memcpy(effects_room(env->fx, EFFECT_NOTE, NOTE_IDENTIFICATION, len), text, len);
	if (names_host(lcp->ident, lcp->ident_len) && !names_host(text, len))
		return;
	lcp->ident_len = (uint8_t)len;
	memcpy(lcp->ident, text, len);
}

/* RFC 1661 5.8: an echo with the magic number of its receiver was looped back. */
static void check_magic(struct lcp *lcp, const struct cp_packet *p)
{
	struct reader r;
	uint32_t magic;

	reader_init(&r, p->data, p->len);
	magic = reader_u32(&r);
	lcp->own_magic = magic && magic == lcp->magic;
}

/*
 * RFC 1661 5.8: the reply has our magic number, and no more than the peer receives.  It is sent
 * even if the request has our number, too, because some peers put the wrong one in.
 */
static void on_echo_request(struct lcp *lcp, const struct cp_packet *p, struct env *env)
{
	size_t len = CP_HEADER + p->len;
	struct writer w;

	if (!(automaton_step(&lcp->cp.fsm, AUTOMATON_RXR, lcp->cp.cfg, env->now) & AUTOMATON_SER))
		return;
	if (p->len < 4) {
		effects_add(env->fx, EFFECT_NOTE, NOTE_MALFORMED);
		return;
	}
	check_magic(lcp, p);
	if (len > lcp->peer_mru)
		len = lcp->peer_mru;
	if (len > FRAME_INFO_MAX)
		len = FRAME_INFO_MAX;
	frame_begin(&w, env->fx, PPP_LCP, len);
	writer_u8(&w, CP_ECHO_REPLY);
	writer_u8(&w, p->id);
	writer_u16(&w, (uint16_t)len);
	writer_u32(&w, lcp->magic);
	writer_bytes(&w, p->data + 4, len - CP_HEADER - 4);
	frame_end(&w, env->fx);
}

static void on_protocol_reject(struct lcp *lcp, const struct cp_packet *p, struct env *env)
{
	struct reader r;
	uint16_t protocol;

	reader_init(&r, p->data, p->len);
	protocol = reader_u16(&r);
	if (r.bad)
		effects_add(env->fx, EFFECT_NOTE, NOTE_MALFORMED);
	else if (cp_opened(&lcp->cp)) /* RFC 1661 5.7: else silently discarded */
		lcp->rejected = protocol;
}

static bool code(struct cp *cp, const struct cp_packet *p, struct env *env)
{
	struct lcp *lcp = lcp_of(cp);

	switch (p->code) {
	case CP_CODE_REJECT:
		if (p->len && p->data[0] == CP_ECHO_REQUEST)
			lcp->echo_refused = true;
		return true;
	case CP_PROTOCOL_REJECT:
		on_protocol_reject(lcp, p, env);
		return true;
	case CP_ECHO_REQUEST:
		on_echo_request(lcp, p, env);
		return true;
	case CP_ECHO_REPLY:
		check_magic(lcp, p);
		return true;
	case CP_DISCARD_REQUEST:
	case CP_TIME_REMAINING:
		return true;
	case CP_IDENTIFICATION:
		on_identification(lcp, p, env);
		return true;
	}
	return false;
}

/* --- the way in --- */

static const struct cp_protocol protocol_lcp = {
	.number = PPP_LCP,
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
	.judge = judge,
	.accept = accept,
	.put = put,
	.nak = nak,
	.reject = reject,
	.code = code,
};

static void unwish(struct lcp *lcp, uint8_t type)
{
	lcp->cp.wish &= ~(1u << option_find(rows, ARRAY_SIZE(rows), type));
}

void lcp_init(struct lcp *lcp, const struct link_config *cfg)
{
	memset(lcp, 0, sizeof(*lcp));
	cp_init(&lcp->cp, &protocol_lcp, cfg);
	lcp->peer_mru = LCP_MRU_DEFAULT;
	lcp->mru = cfg->mru ? cfg->mru : LCP_MRU_DEFAULT;
	if (lcp->mru == LCP_MRU_DEFAULT)
		unwish(lcp, OPT_MRU);
	if (cfg->role == LINK_SERVER)
		lcp->auth = cfg->methods[0];
	if (lcp->auth == AUTH_NONE)
		unwish(lcp, OPT_AUTH);
}

unsigned int lcp_open(struct lcp *lcp, struct env *env)
{
	lcp->magic = new_magic(env);
	cp_event(&lcp->cp, AUTOMATON_OPEN, env);
	return cp_event(&lcp->cp, AUTOMATON_UP, env);
}

void lcp_send_echo(struct lcp *lcp, struct env *env)
{
	uint8_t data[4];
	struct writer w;

	writer_init(&w, data, sizeof(data));
	writer_u32(&w, lcp->magic);
	cp_send(&lcp->cp, CP_ECHO_REQUEST, ++lcp->echo_id, data, sizeof(data), env);
}

void lcp_send_protocol_reject(struct lcp *lcp, uint16_t protocol, const uint8_t *info, size_t len,
			      struct env *env)
{
	size_t head = CP_HEADER + 2;
	size_t room = lcp->peer_mru < FRAME_INFO_MAX ? lcp->peer_mru : FRAME_INFO_MAX;
	struct writer w;

	if (len > room - head)
		len = room - head;
	frame_begin(&w, env->fx, PPP_LCP, head + len);
	writer_u8(&w, CP_PROTOCOL_REJECT);
	writer_u8(&w, ++lcp->cp.last_id);
	writer_u16(&w, (uint16_t)(head + len));
	writer_u16(&w, protocol);
	writer_bytes(&w, info, len);
	frame_end(&w, env->fx);
}

/*
 * Windows: its magic number, 00 3c cd 74, and the RAS error code, say 732 "PPP negotiation is not
 * converging" when we did not agree to what it insists on.
 */
uint32_t lcp_terminate_error(const struct cp_packet *p)
{
	struct reader r;
	uint32_t error;

	reader_init(&r, p->data, p->len);
	reader_u32(&r);
	if (reader_u32(&r) != 0x003ccd74)
		return 0;
	error = reader_u32(&r);
	return r.bad ? 0 : error;
}
