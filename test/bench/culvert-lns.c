// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * culvert-lns [PORT]: a concentrator without a kernel on 127.0.0.1, to try culvert-load on.
 * User and password are both "bench".
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/bench/lns_udp.h"

int main(int argc, char **argv)
{
	struct lns_udp_options o = {.user = "bench",
				    .password = "bench",
				    .aaa_max = 1000,
				    .kernel_max = 1000,
				    .idle_exit = USEC_NEVER};
	uint16_t port = argc > 1 ? (uint16_t)strtoul(argv[1], NULL, 10) : 1701;
	int r;

	o.fd = lns_udp_socket(INADDR_LOOPBACK, &port);
	if (o.fd < 0) {
		fprintf(stderr, "culvert-lns: port %u: %s\n", port, strerror(-o.fd));
		return 1;
	}
	printf("127.0.0.1:%u\n", port);
	fflush(stdout);
	r = lns_udp_run(&o);
	return r ? 1 : 0;
}
