// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/bench/flood.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/buf.h"
#include "test/bench/load.h"
#include "test/bench/options.h"

#define IP_UDP	     28 /* the two headers, without options */
#define UDP_DISCARD  9
#define PPP_IPV4     0x0021
#define PPP_ALL_HDLC 0xff03
#define WARM_UP	     1000 /* packets that are not counted */

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

/* An IPv4 packet to the discard port of an address behind the concentrator. */
static void write_ip(struct writer *w, uint32_t from, uint32_t to, size_t size)
{
	static const uint8_t zeroes[SOCKETS_MTU];
	uint8_t *ip = w->pos;

	writer_u16(w, 0x4500);
	writer_u16(w, (uint16_t)size);
	writer_u32(w, 0);
	writer_u16(w, 0x4011); /* TTL 64, UDP */
	writer_u16(w, 0);
	writer_u32(w, from);
	writer_u32(w, to);
	writer_patch_u16(w, (size_t)(ip - w->start) + 10, checksum(ip, 20));
	writer_u16(w, UDP_DISCARD);
	writer_u16(w, UDP_DISCARD);
	writer_u16(w, (uint16_t)(size - 20));
	writer_u16(w, 0); /* no checksum (RFC 768) */
	writer_bytes(w, zeroes, size - IP_UDP);
}

static double wall_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* CPU time that the machine has spent so far, all CPUs, softirqs included. */
static double busy_ns(void)
{
	unsigned long long user, nice, system, idle, wait, irq, softirq;
	FILE *f = fopen("/proc/stat", "r");
	int n = 0;

	if (f) {
		n = fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system,
			   &idle, &wait, &irq, &softirq);
		fclose(f);
	}
	if (n != 7)
		return 0;
	return (double)(user + nice + system + irq + softirq) * 1e9 / (double)sysconf(_SC_CLK_TCK);
}

void flood_run(struct load *l)
{
	const struct call *c = &l->calls[0].call;
	uint8_t data[SOCKETS_MTU];
	struct writer w;
	double wall, busy;

	if (l->calls[0].fate != CLIENT_CALL_UP)
		return;
	msg_data_header(data, c->station->tunnel.peer_id, c->session.peer_id);
	writer_init(&w, data, sizeof(data));
	w.pos += L2TP_DATA_HEADER_LEN;
	writer_u16(&w, PPP_ALL_HDLC);
	writer_u16(&w, PPP_IPV4);
	write_ip(&w, station_call_address(c), l->opt->flood_to, l->opt->flood_size);
	sockets_flood(&l->sockets, 0, data, writer_len(&w), WARM_UP);
	wall = wall_ns();
	busy = busy_ns();
	l->flooded = sockets_flood(&l->sockets, 0, data, writer_len(&w), l->opt->flood);
	l->flood_ns = (wall_ns() - wall) / (double)l->flooded;
	l->flood_busy_ns = (busy_ns() - busy) / (double)l->flooded;
}
