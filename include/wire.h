/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every message between two roles begins with.
 *
 * Roles talk over SOCK_SEQPACKET pairs in fixed structs, host byte order, no pointers; descriptors
 * go along by SCM_RIGHTS.  A message has exactly the length of its type's struct; a receiver
 * checks that, and the version, before it looks at anything else.  Nobody waits for an answer: a
 * request carries an id that its answer repeats.
 */
#ifndef CULVERT_WIRE_H
#define CULVERT_WIRE_H

#include <stdint.h>

#define WIRE_VERSION  1
#define WIRE_SIZE_MAX 4096 /* no message is longer */
#define WIRE_FDS_MAX  4    /* no message carries more descriptors */

struct wire {
	uint16_t type; /* enum wire_kern_type or enum wire_aaa_type */
	uint16_t version;
	uint32_t id; /* of the request; 0: not an answer to one */
};

#endif
