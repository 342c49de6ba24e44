// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The outside of a PPP frame.  Decides where the information begins and which protocol it is of;
 * what a protocol is good for is decided in link.c.
 */
#include "daemon/ppp/frame.h"

#include "compiler.h"

const char *frame_protocol_name(uint16_t protocol)
{
	static const struct {
		uint16_t protocol;
		const char *name;
	} names[] = {
		{ PPP_IP, "IP" },       { PPP_VJ_COMP, "VJ" },  { PPP_VJ_PLAIN, "VJ" },
		{ PPP_MP, "MP" },       { PPP_IPV6, "IPv6" },   { PPP_ECPD, "ECP data" },
		{ PPP_CCPD, "CCP data" }, { PPP_IPCP, "IPCP" }, { PPP_ECP, "ECP" },
		{ PPP_IPV6CP, "IPV6CP" }, { PPP_CCP, "CCP" },   { PPP_ACSP, "ACSP" },
		{ PPP_LCP, "LCP" },     { PPP_PAP, "PAP" },     { PPP_LQR, "LQR" },
		{ PPP_CHAP, "CHAP" },   { PPP_EAP, "EAP" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].protocol == protocol)
			return names[i].name;
	return "?";
}

bool frame_parse(const uint8_t *bytes, size_t len, struct frame *ret)
{
	struct reader r;
	uint16_t protocol;

	/* RFC 1662 3.1; no protocol begins with FF: RFC 1661 2 wants the first byte even */
	if (len >= 2 && bytes[0] == 0xff && bytes[1] == 0x03) {
		bytes += 2;
		len -= 2;
	}
	reader_init(&r, bytes, len);
	protocol = reader_u8(&r);
	/* RFC 1661 6.5: an odd first byte is the whole protocol */
	if (!(protocol & 1))
		protocol = (uint16_t)(protocol << 8 | reader_u8(&r));
	/* RFC 1661 2: the last byte is odd */
	if (r.bad || !(protocol & 1))
		return false;
	ret->protocol = protocol;
	ret->len = reader_left(&r);
	ret->info = r.pos;
	return true;
}

void frame_begin(struct writer *w, struct effects *fx, uint16_t protocol, size_t room)
{
	writer_init(w, effects_room(fx, EFFECT_FRAME, 0, room + 2), room + 2);
	writer_u16(w, protocol);
}

void frame_end(struct writer *w, struct effects *fx)
{
	BUG_ON(w->bad);
	effects_trim(fx, writer_len(w));
}

uint32_t frame_sum(const uint8_t *data, size_t len)
{
	uint32_t sum = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ data[i]) * 16777619u;
	return sum;
}
