/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the load generator is asked to do.
 */
#ifndef CULVERT_BENCH_OPTIONS_H
#define CULVERT_BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/monotime.h"
#include "test/bench/sockets.h"

#define OPTIONS_USERS_MAX 256

struct options_user {
	char name[64];
	char password[64];
};

/* How a client leaves. */
enum options_bye {
	OPTIONS_BYE_PPP,     /* Terminate-Request, CDN, StopCCN */
	OPTIONS_BYE_CDN,     /* CDN, StopCCN */
	OPTIONS_BYE_STOPCCN, /* StopCCN, which ends its calls (RFC 2661 6.4) */
	OPTIONS_BYE_SILENT,  /* not a word */
	OPTIONS_BYE_SERVER,  /* the server says it; a second line tells that it has gone */
};

struct options {
	struct sockets_options sockets; /* server, sources, clients */
	unsigned calls;			/* sessions of a client */
	unsigned concurrency;		/* closed loop: under way at once; 0: open loop */
	double rate;			/* open loop: arrivals a second */
	usec_t patience;		/* from a session's start until its client gives up */
	usec_t hold;
	bool hold_wait; /* hold until a line arrives on standard input */
	usec_t echo;	/* clients' LCP echoes; 0: none */
	bool server_first;
	bool repeat_sccrq;
	bool json;
	bool quiet;
	enum options_bye bye;
	uint8_t methods[4];  /* enum auth_method that clients agree to */
	uint64_t flood;	     /* data packets of the first session, after the hold */
	unsigned flood_size; /* of the IP packet */
	uint32_t flood_to;   /* host byte order */
	struct options_user users[OPTIONS_USERS_MAX];
	unsigned n_users;
};

/* 0, or the status to exit with plus one; what is wrong was said on stderr. */
int options_parse(struct options *o, int argc, char **argv);

#endif
