/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control messages and PPP frames from words, right or wrong as the words say.  It shares no code
 * with the encoders under test.
 */
#ifndef CULVERT_REPLAY_BUILD_H
#define CULVERT_REPLAY_BUILD_H

#include "daemon/base/buf.h"
#include "test/replay/words.h"

struct build_header {
	uint16_t tunnel, session, ns, nr;
};

/* RFC 2661 3.2; -1: no such message.  "ZLB" is 0. */
int build_type(const char *name);

/*
 * A control message; the first word is its name, of the others each key of the table below makes
 * an AVP, each -key removes one that the message has by default, and avp=M:VENDOR:TYPE:HEX adds
 * any other.  False: a word was not understood.
 */
bool build_control(struct writer *w, const struct build_header *h, const struct words *words);

/* The options of a Configure packet: "mru=1400", "pfc", "opt13=0611". */
bool build_options(struct writer *w, uint16_t protocol, const struct words *words);

#endif
