// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the file format that tcpdump and tshark read: a header, then a record a packet.  The IPv4
 * and UDP headers are made here (RFC 791 3.1, RFC 768); the UDP checksum is left zero, which says
 * "none".
 */
#include "test/sim/pcap.h"

#include <errno.h>
#include <string.h>

#include "daemon/base/buf.h"

#define PCAP_MAGIC   0xa1b2c3d4u
#define PCAP_SNAPLEN 65535
#define LINKTYPE_RAW 101 /* begins with the IP header */
#define HEADERS	     28	 /* IPv4 without options, UDP */

FILE *pcap_create(const char *path)
{
	uint32_t head[6] = {PCAP_MAGIC, 2 | 4 << 16, 0, 0, PCAP_SNAPLEN, LINKTYPE_RAW};
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(head, sizeof(head), 1, f) != 1) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		if (f)
			fclose(f);
		return NULL;
	}
	return f;
}

/* RFC 1071 */
static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void pcap_write(FILE *f, usec_t when, const struct pcap_end *from, const struct pcap_end *to,
		const void *data, size_t len)
{
	uint32_t record[4] = {(uint32_t)(when / USEC_PER_SEC), (uint32_t)(when % USEC_PER_SEC),
			      (uint32_t)(HEADERS + len), (uint32_t)(HEADERS + len)};
	uint8_t head[HEADERS];
	struct writer w;

	writer_init(&w, head, sizeof(head));
	writer_u16(&w, 0x4500);
	writer_u16(&w, (uint16_t)(HEADERS + len));
	writer_u32(&w, 0);	/* no fragment */
	writer_u16(&w, 0x4011); /* TTL 64, UDP */
	writer_u16(&w, 0);
	writer_u32(&w, from->address);
	writer_u32(&w, to->address);
	writer_patch_u16(&w, 10, checksum(head, 20));
	writer_u16(&w, from->port);
	writer_u16(&w, to->port);
	writer_u16(&w, (uint16_t)(8 + len));
	writer_u16(&w, 0);
	fwrite(record, sizeof(record), 1, f);
	fwrite(head, sizeof(head), 1, f);
	fwrite(data, len, 1, f);
}
