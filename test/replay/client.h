/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client that says what the scenario says, letter by letter.  It keeps what a line should not
 * have to repeat: sequence numbers, ids that it was given, what it was asked last.
 */
#ifndef CULVERT_REPLAY_CLIENT_H
#define CULVERT_REPLAY_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "endpoint.h"
#include "test/replay/trace.h"
#include "test/replay/words.h"

#define CLIENT_CALLS 16
#define CLIENT_KEPT  6
#define CLIENT_FRAME 600

/* The last packet of a kind that asks for an answer, protocol first. */
struct client_kept {
	uint16_t protocol;
	uint8_t code;
	size_t len;
	uint8_t frame[CLIENT_FRAME];
};

struct client_call {
	uint16_t id, peer_id;
	struct client_kept kept[CLIENT_KEPT];
};

struct client {
	char name[TRACE_NAME];
	struct endpoint at;
	uint32_t mark;	       /* of the SA that it sends and receives through; 0: none */
	struct dialer *dialer; /* not NULL: it plays by itself */
	uint16_t ns, nr;
	uint16_t peer_tunnel;
	struct client_call call[CLIENT_CALLS];
	size_t n_calls;
	struct client_call *current;
};

/* Begin anew, as after a reboot. */
void client_reset(struct client *c);

/* What the engine sent to it: remember ids and questions. */
void client_control(struct client *c, const uint8_t *data, size_t len);
void client_frame(struct client *c, uint16_t session, const uint8_t *frame, size_t len);

/*
 * Make the datagram that the words describe, header included; 0: not understood.  ret_frame: the
 * PPP frame in it, where it is one, in ret_frame_len bytes; else NULL.
 */
size_t client_build(struct client *c, const struct words *w, uint8_t *to, size_t size,
		    const uint8_t **ret_frame, size_t *ret_frame_len);

#endif
