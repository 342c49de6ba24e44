/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture file of UDP datagrams that never saw a socket: classic pcap, raw IPv4, microseconds.
 */
#ifndef CULVERT_SIM_PCAP_H
#define CULVERT_SIM_PCAP_H

#include <stdint.h>
#include <stdio.h>

#include "daemon/base/monotime.h"

struct pcap_end {
	uint32_t address; /* host byte order */
	uint16_t port;
};

/* NULL, with a message on stderr, where the file cannot be made. */
FILE *pcap_create(const char *path);
void pcap_write(FILE *f, usec_t when, const struct pcap_end *from, const struct pcap_end *to,
		const void *data, size_t len);

#endif
