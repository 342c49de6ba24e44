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
#define FLOOD_PARTS  5	  /* the cheapest counts: whatever else happens only adds */

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

/* CPU time that the machine has spent so far, all CPUs, softirqs included: what was not idle. */
static double busy_ns(void)
{
	FILE *f = fopen("/proc/uptime", "r");
	double up = 0, idle = 0;
	int n = 0;

	if (f) {
		n = fscanf(f, "%lf %lf", &up, &idle);
		fclose(f);
	}
	return n == 2 ? (up * (double)sysconf(_SC_NPROCESSORS_ONLN) - idle) * 1e9 : 0;
}

/*
 * One part: what a packet of it took.  Kept if it is the cheapest so far.  Some of the work may be
 * left to a kernel thread, so that the CPU time is read when that has had its turn.
 */
static void flood_part(struct load *l, const uint8_t *data, size_t len)
{
	static const struct timespec settle = {.tv_nsec = 200000000};
	double wall = wall_ns(), busy = busy_ns();
	uint64_t n = sockets_flood(&l->sockets, 0, data, len, l->opt->flood / FLOOD_PARTS + 1);

	if (!n)
		return;
	l->flooded += n;
	wall = (wall_ns() - wall) / (double)n;
	nanosleep(&settle, NULL);
	busy = (busy_ns() - busy) / (double)n;
	if (l->flood_busy_ns > 0 && busy >= l->flood_busy_ns)
		return;
	l->flood_ns = wall;
	l->flood_busy_ns = busy;
}

void flood_run(struct load *l)
{
	const struct call *c = &l->calls[0].call;
	uint8_t data[SOCKETS_MTU];
	struct writer w;
	size_t len;
	unsigned i;

	if (l->calls[0].fate != CLIENT_CALL_UP)
		return;
	msg_data_header(data, c->station->tunnel.peer_id, c->session.peer_id);
	writer_init(&w, data, sizeof(data));
	w.pos += L2TP_DATA_HEADER_LEN;
	writer_u16(&w, PPP_ALL_HDLC);
	writer_u16(&w, PPP_IPV4);
	write_ip(&w, station_call_address(c), l->opt->flood_to, l->opt->flood_size);
	len = writer_len(&w);
	sockets_flood(&l->sockets, 0, data, len, WARM_UP);
	for (i = 0; i < FLOOD_PARTS; i++)
		flood_part(l, data, len);
}
