/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration Options (RFC 1661 6): a walk over them, and the form of the policy tables that
 * LCP, IPCP and IPV6CP have one each of.
 *
 * A row says what an option may look like and what each role does when the peer asks for it.  An
 * option without a row is rejected.
 */
#ifndef CULVERT_PPP_OPTION_H
#define CULVERT_PPP_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/buf.h"

#define OPTION_HEADER 2

struct option {
	uint8_t type;
	uint8_t len;         /* whole, as on the wire: header included */
	const uint8_t *data; /* len - 2 bytes */
};

enum option_walk {
	OPTION_FOUND,
	OPTION_END,
	OPTION_BROKEN, /* a length below 2 or beyond the end: nothing after it can be read */
};

enum option_walk option_next(struct reader *r, struct option *ret);

/* Every option has a length that fits. */
bool option_list_sound(const uint8_t *data, size_t len);

void option_put(struct writer *w, const struct option *o);
void option_put_u16(struct writer *w, uint8_t type, uint16_t v);
void option_put_u32(struct writer *w, uint8_t type, uint32_t v);
uint16_t option_u16(const struct option *o); /* the first bytes of data; 0 if there are fewer */
uint32_t option_u32(const struct option *o);

/* What to do with an option that the peer asks for. */
enum option_rule {
	OPTION_REJECT = 0,
	OPTION_ACCEPT, /* with any value */
	OPTION_JUDGE,  /* the protocol's own function looks at the value */
};

enum option_verdict {
	OPTION_IS_ACK,
	OPTION_IS_NAK,       /* the judge has written what we would take instead */
	OPTION_IS_NAK_ALONE, /* the same, and nothing else of this request matters */
	OPTION_IS_REJECT,
};

struct option_row {
	uint8_t type;
	uint8_t min, max;     /* of len, header included */
	uint8_t rule[2];      /* enum option_rule, by enum link_role */
	bool wish[2];         /* we ask for it ourselves, by enum link_role */
	const char *name;
};

/* Index of the row, or -1. */
int option_find(const struct option_row *rows, size_t n, uint8_t type);

#endif
