/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole client: the machines in their client roles (test/sim/station.h) at one end of a wire that
 * loses or doubles what it is told to.  Its struct call is the station's, so nothing here may
 * meet the engine's own header of objects.
 */
#ifndef CULVERT_REPLAY_DIALER_H
#define CULVERT_REPLAY_DIALER_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/monotime.h"
#include "endpoint.h"
#include "test/replay/words.h"

struct dialer;
struct trace;

/* What a dialer sends goes to sent(). */
struct dialer *dialer_new(struct trace *trace, const usec_t *now, const char *name,
			  const struct words *w,
			  void (*sent)(void *ctx, const uint8_t *data, size_t len), void *ctx);
void dialer_free(struct dialer *d);

/* A datagram for it, or a frame of the session with this id of its own, from a kernel session. */
void dialer_receive(struct dialer *d, const uint8_t *data, size_t len);
void dialer_frame(struct dialer *d, uint16_t session, const uint8_t *frame, size_t len);

usec_t dialer_next(const struct dialer *d);
/* Do one thing that is due; false: there is none. */
bool dialer_step(struct dialer *d);

/* "dials calls=2 tunnel=7", "hangs-up cdn", "closes", "crashes", "loses in SCCRP 2" ... */
bool dialer_command(struct dialer *d, const struct words *w);

/* Calls that are up at its end, and its state in words. */
unsigned int dialer_up(const struct dialer *d);
bool dialer_gone(const struct dialer *d);

#endif
