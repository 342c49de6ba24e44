/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An address and port, as the roles tell each other: fixed size, no pointers, no socket header.
 */
#ifndef CULVERT_ENDPOINT_H
#define CULVERT_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum endpoint_family {
	ENDPOINT_NONE = 0,
	ENDPOINT_IPV4 = 4,
	ENDPOINT_IPV6 = 6,
};

/*
 * port is in host byte order; addr in network byte order, an IPv4 address in its first four
 * bytes and the rest zero, so that two endpoints are equal exactly if their bytes are.
 */
struct endpoint {
	uint8_t family;
	uint8_t reserved;
	uint16_t port;
	uint32_t scope; /* interface index of a link-local IPv6 address, else 0 */
	uint8_t addr[16];
};

static inline bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* The same host, whatever the port. */
static inline bool endpoint_same_host(const struct endpoint *a, const struct endpoint *b)
{
	return a->family == b->family && !memcmp(a->addr, b->addr, sizeof(a->addr));
}

#endif
