/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time is an argument.  One value of usec_t is read per turn of the loop and handed down; nothing
 * in the pure folders reads a clock.
 */
#ifndef CULVERT_BASE_MONOTIME_H
#define CULVERT_BASE_MONOTIME_H

#include <stdint.h>

typedef uint64_t usec_t; /* microseconds on the monotonic clock */

#define USEC_PER_MSEC ((usec_t)1000)
#define USEC_PER_SEC  ((usec_t)1000000)
#define USEC_NEVER    UINT64_MAX /* a deadline that does not come */

static inline usec_t usec_min(usec_t a, usec_t b)
{
	return a < b ? a : b;
}

static inline usec_t usec_max(usec_t a, usec_t b)
{
	return a > b ? a : b;
}

#endif
