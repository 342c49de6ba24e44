/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does a data packet cost?  Packets of the first session, the oldest one, as fast as they go.
 *
 * The oldest tunnel is the one to ask: where the receiver walks a chain of sockets, the newest is
 * found at once and shows nothing.
 */
#ifndef CULVERT_BENCH_FLOOD_H
#define CULVERT_BENCH_FLOOD_H

struct load;

/* Sets flooded, flood_ns and flood_busy_ns of the load. */
void flood_run(struct load *l);

#endif
