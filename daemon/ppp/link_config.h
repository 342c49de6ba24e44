/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the links of one server or one client profile have in common; outlives them.
 */
#ifndef CULVERT_PPP_LINK_CONFIG_H
#define CULVERT_PPP_LINK_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/monotime.h"

enum link_role {
	LINK_SERVER, /* authenticates the peer, gives it an address */
	LINK_CLIENT, /* authenticates itself, takes one */
};

struct link_config {
	enum link_role role;
	const char *name;        /* our name in CHAP challenges (server) */
	uint8_t methods[4];      /* enum auth_method, best first; AUTH_NONE ends it */
	uint16_t mru;            /* what we ask for */
	usec_t echo;             /* interval of LCP echoes; USEC_NEVER or 0: none */
	uint8_t echo_failures;
	usec_t restart;          /* RFC 1661 4.6: restart timer, 3 s by default */
	uint8_t max_configure;   /* 10 */
	uint8_t max_terminate;   /* 2 */
	uint8_t max_failure;     /* 5 */
	usec_t auth_timeout;     /* from link_open() to the network phase, and from there to the
				    first network protocol; USEC_NEVER or 0: none */
	bool ipv6;		 /* run IPV6CP; a server may say otherwise for a user */
	bool renegotiate;        /* server: LCP may start anew on an authenticated link; the caller
				    copes with another EFFECT_AUTH.  Else the link ends. */
	/* client only; the caller keeps and wipes them */
	const char *user;
	const uint8_t *password;
	uint16_t password_len;
};

#endif
