/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a step decided.
 *
 * A step of a machine changes its own state and appends to this list; engine_apply() carries the
 * list out and is the only code that frees.  The list belongs to one tunnel and at most one of its
 * sessions: the ones that the engine stepped.  Bytes live in the list until it is reset.
 */
#ifndef CULVERT_BASE_EFFECTS_H
#define CULVERT_BASE_EFFECTS_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/base/names.h"

#define EFFECTS_MAX   64    /* a step makes a handful; a window of retransmissions is the most */
#define EFFECTS_BYTES 24576 /* EFFECT_TRANSMIT of a full window of messages, and some frames */

#define EFFECT_LIST(X)                                                                             \
	/* the tunnel: bytes are a datagram for its peer, header included */                       \
	X(EFFECT_TRANSMIT, "transmit")                                                             \
	/* the control connection is established (RFC 2661 7.2.1) */                               \
	X(EFFECT_TUNNEL_UP, "tunnel-up")                                                           \
	/* it is over: struct tunnel's `end` says why; its sessions end now, without a word */     \
	X(EFFECT_TUNNEL_DOWN, "tunnel-down")                                                       \
	/* nothing is left to say to the peer: free it */                                          \
	X(EFFECT_TUNNEL_FREE, "tunnel-free")                                                       \
	/* the call is established (RFC 2661 7.4): PPP may begin */                                \
	X(EFFECT_CALL_UP, "call-up")                                                               \
	/* the call is over: struct session's `end` says why */                                    \
	X(EFFECT_CALL_DOWN, "call-down")                                                           \
	/* the session: bytes are a PPP frame, two bytes of protocol first */                      \
	X(EFFECT_FRAME, "frame")                                                                   \
	/* the link's phase changed; value: enum link_phase */                                     \
	X(EFFECT_PHASE, "phase")                                                                   \
	/* ask the aaa role; bytes: struct auth_request; answer with link_auth_result() */         \
	X(EFFECT_AUTH, "auth")                                                                     \
	/* a network protocol opened or closed; value: its PPP control protocol number */          \
	X(EFFECT_NCP_UP, "ncp-up")                                                                 \
	X(EFFECT_NCP_DOWN, "ncp-down")                                                             \
	/* PPP is over: struct link's `end` says why */                                            \
	X(EFFECT_LINK_DOWN, "link-down")                                                           \
	/* worth a line in the log; value: enum note; bytes: peer's text or nothing */             \
	X(EFFECT_NOTE, "note")

NAMES_ENUM(effect_kind, EFFECT_LIST);

/* Things that a machine noticed and that somebody who looks for a fault wants to read. */
#define NOTE_LIST(X)                                                                               \
	X(NOTE_AVP_IGNORED, "unknown AVP ignored")                                                 \
	X(NOTE_AVP_VENDOR, "AVP of another vendor ignored")                                        \
	X(NOTE_QUIRK_RESULT_LE, "little-endian result code accepted")                              \
	X(NOTE_QUIRK_RESULT_SHORT, "result code without error code accepted")                      \
	X(NOTE_MALFORMED, "malformed packet dropped")                                              \
	X(NOTE_UNEXPECTED, "message does not fit the state")                                       \
	X(NOTE_IDENTIFICATION, "peer identified itself")                                           \
	X(NOTE_PEER_REASON, "peer gave a reason")                                                  \
	X(NOTE_PROTOCOL_REJECTED, "protocol rejected")                                             \
	X(NOTE_RATE_LIMITED, "rate limited")

NAMES_ENUM(note, NOTE_LIST);

struct effect {
	enum effect_kind kind;
	uint32_t value;
	uint32_t off; /* into bytes[] */
	uint32_t len;
};

struct effects {
	size_t count;
	size_t used; /* of bytes[] */
	struct effect list[EFFECTS_MAX];
	/* aligned, because some effects carry a struct */
	uint8_t bytes[EFFECTS_BYTES] __attribute__((aligned(16)));
};

void effects_reset(struct effects *fx);

/* An effect without bytes. */
void effects_add(struct effects *fx, enum effect_kind kind, uint32_t value);

/*
 * An effect with room for len bytes, aligned to 16, which the caller fills; effects_trim() gives
 * back what the last one did not use.  A full list is a bug, not something that a peer can cause.
 */
void *effects_room(struct effects *fx, enum effect_kind kind, uint32_t value, size_t len);
void effects_trim(struct effects *fx, size_t len);

static inline const uint8_t *effect_bytes(const struct effects *fx, const struct effect *e)
{
	return fx->bytes + e->off;
}

#endif
