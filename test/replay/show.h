/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What leaves the engine, in the words of a scenario.
 */
#ifndef CULVERT_REPLAY_SHOW_H
#define CULVERT_REPLAY_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/text.h"

/* A control message, header included; false where it cannot be read.  ret_lazy: a ZLB. */
bool show_control(struct text *t, const uint8_t *data, size_t len, bool *ret_lazy);

/* A PPP frame, protocol first. */
void show_frame(struct text *t, const uint8_t *frame, size_t len);

/* A request to the kernel role. */
void show_kernel(struct text *t, const void *msg);

/* " key=value" with whatever is no plain word character escaped as %XX. */
void show_bytes(struct text *t, const char *key, const void *bytes, size_t len);

/* PPP words, shared with what builds frames. */
struct show_code {
	uint16_t protocol;
	uint8_t code;
	const char *name;
};

extern const struct show_code show_codes[];
const struct show_code *show_find_code(uint16_t protocol, uint8_t code);
const struct show_code *show_named_code(uint16_t protocol, const char *name);
uint16_t show_protocol(const char *name); /* 0: unknown */

enum show_kind {
	SHOW_U8,
	SHOW_U16,
	SHOW_U32,
	SHOW_HEX,
	SHOW_ADDRESS,
	SHOW_AUTH,
	SHOW_FLAG,
};

struct show_option {
	uint16_t protocol;
	uint8_t type;
	const char *name;
	enum show_kind kind;
};

const struct show_option *show_find_option(uint16_t protocol, uint8_t type);
const struct show_option *show_named_option(uint16_t protocol, const char *name, size_t len);

#endif
