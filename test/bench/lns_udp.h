/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulation's concentrator behind a real socket: what the load generator is tested against,
 * and a measure of what the protocol alone costs, without a kernel.
 */
#ifndef CULVERT_BENCH_LNS_UDP_H
#define CULVERT_BENCH_LNS_UDP_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/monotime.h"

struct lns_udp_options {
	int fd; /* a bound UDP socket */
	const char *user, *password;
	usec_t aaa_max, kernel_max;
	usec_t idle_exit; /* end when no tunnel is left for so long; USEC_NEVER: never */
};

/* Serve; 0 or a negative errno. */
int lns_udp_run(const struct lns_udp_options *o);

/* A bound UDP socket on 127.0.0.1; port 0: any.  A negative errno where there is none. */
int lns_udp_socket(uint32_t address, uint16_t *port);

#endif
