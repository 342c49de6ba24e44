/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of a drain: engine_drain() in engine.h.
 */
#ifndef CULVERT_ENGINE_DRAIN_H
#define CULVERT_ENGINE_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/monotime.h"

struct drain {
	bool on;
	bool exit;     /* when nobody is left */
	bool empty;    /* nobody is */
	uint32_t rate; /* sessions that are ended a second; 0: none is */
	uint64_t kicked;
	usec_t began;
	usec_t since; /* with this rate */
	usec_t next;  /* the next is ended */
};

#endif
