/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control messages that a fuzz target makes by itself: the AVPs that each one needs.
 */
#ifndef CULVERT_FUZZ_L2TP_H
#define CULVERT_FUZZ_L2TP_H

#include "daemon/base/buf.h"
#include "daemon/l2tp/msg.h"

static inline void avp(struct writer *w, uint16_t attribute, uint32_t value, size_t size)
{
	writer_u16(w, (uint16_t)(0x8000 | (6 + size)));
	writer_u16(w, 0);
	writer_u16(w, attribute);
	if (size == 2)
		writer_u16(w, (uint16_t)value);
	else
		writer_u32(w, value);
}

static inline void default_avps(struct writer *w, uint8_t type, uint16_t id)
{
	avp(w, 0, type, 2);
	if (type == MSG_SCCRQ) {
		avp(w, 2, 0x100, 2);
		avp(w, 3, 3, 4);
		avp(w, 7, 0x61626364, 4);
		avp(w, 9, id, 2);
	} else if (type == MSG_ICRQ) {
		avp(w, 14, id, 2);
		avp(w, 15, 1, 4);
	} else if (type == MSG_ICCN) {
		avp(w, 24, 1000, 4);
		avp(w, 19, 1, 4);
	} else if (type == MSG_STOPCCN) {
		avp(w, 9, id, 2);
		avp(w, 1, 1, 2);
	} else if (type == MSG_CDN) {
		avp(w, 14, id, 2);
		avp(w, 1, 1, 2);
	}
}

#endif
