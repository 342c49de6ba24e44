/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between struct endpoint and what the socket calls and people use.
 */
#ifndef CULVERT_ADDR_H
#define CULVERT_ADDR_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#include "endpoint.h"

#define ADDR_TEXT_MAX 80 /* "[v6%scope]:port" with terminator */

union sockaddr_any {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* The length of what was written to ret; 0 for ENDPOINT_NONE. */
socklen_t addr_to_sockaddr(const struct endpoint *ep, union sockaddr_any *ret);

/* ENDPOINT_NONE for any other family. */
struct endpoint addr_from_sockaddr(const union sockaddr_any *sa);

/* "192.0.2.1:1701", "[2001:db8::1]:1701"; port 0 is left out.  Returns buf. */
char *addr_text(const struct endpoint *ep, char buf[ADDR_TEXT_MAX]);

/* An IPv4 address in host byte order.  Returns buf. */
char *addr_text4(uint32_t address, char buf[ADDR_TEXT_MAX]);

#endif
