/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The channel and the unit of an offloaded session.
 *
 * The kernel gives LCP and authentication frames on the channel and network control frames on the
 * unit (until the unit is connected everything comes on the channel, and what was queued there
 * stays there), so both are read and enter by the same door.  Everything is written to the
 * channel.
 */
#ifndef CULVERT_PPPDEV_H
#define CULVERT_PPPDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/loop.h"

#define PPPDEV_FRAME_MAX 2048
#define PPPDEV_BATCH     16 /* frames taken per turn and descriptor */

struct pppdev {
	struct watch channel, unit; /* fd -1: not there */
	struct loop *loop;
	/* one frame, protocol first; len 0: the kernel has taken the session away */
	void (*input)(struct pppdev *dev, const uint8_t *frame, size_t len);
};

void pppdev_init(struct pppdev *dev);

/* Takes both descriptors, also on failure: 0 or -errno. */
int pppdev_attach(struct pppdev *dev, struct loop *loop, int channel, int unit,
		  void (*input)(struct pppdev *dev, const uint8_t *frame, size_t len));
void pppdev_detach(struct pppdev *dev);
bool pppdev_attached(const struct pppdev *dev);

/* 0 or -errno; a frame that the kernel has no room for is lost, as on any wire. */
int pppdev_write(struct pppdev *dev, const uint8_t *frame, size_t len);

/* Seconds since the peer last sent network data; UINT32_MAX: never, or not known. */
uint32_t pppdev_idle(const struct pppdev *dev);

#endif
