/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Authentication, both sides of PAP (RFC 1334 2), CHAP with MD5 (RFC 1994) and MS-CHAPv2 (RFC
 * 2759).
 *
 * The server side asks and does not know secrets: a complete answer of the peer goes up as
 * EFFECT_AUTH with a struct auth_request, once, and auth_result() brings the verdict.  Repeats
 * of the peer are met from memory.  The client side answers from struct link_config's password and
 * checks the server's proof where the method has one.
 */
#ifndef CULVERT_PPP_AUTH_H
#define CULVERT_PPP_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/env.h"
#include "daemon/base/names.h"
#include "daemon/ppp/link_config.h"
#include "wire_aaa.h"

#define AUTH_TRIES_MAX 3 /* answers that we take on one link, RFC 2759 6 "R=1" */

#define AUTH_STATE_LIST(X)                                                                         \
	X(AUTH_IDLE, "idle")                                                                       \
	/* server: the Challenge is sent, or PAP is expected; client: the same from the other side */ \
	X(AUTH_ASKED, "asked")                                                                     \
	X(AUTH_ANSWERED, "answered") /* server: the verdict is awaited; client: likewise */        \
	X(AUTH_ACCEPTED, "accepted")                                                               \
	X(AUTH_REFUSED, "refused")

NAMES_ENUM(auth_state, AUTH_STATE_LIST);

enum auth_outcome {
	AUTH_OUTCOME_NONE = 0,
	AUTH_OUTCOME_UP,       /* authenticated */
	AUTH_OUTCOME_FAILED,   /* refused for good; what the peer must hear was sent */
	AUTH_OUTCOME_TIMEOUT,  /* no answer to our Challenges or requests */
	AUTH_OUTCOME_UNPROVED, /* we were let in by one who does not know the password */
};

struct auth {
	const struct link_config *cfg;
	enum auth_state state;
	uint8_t method;        /* enum auth_method */
	uint8_t id;            /* server: of the Challenge; client: of its PAP request */
	uint8_t sends;         /* of the last Challenge or request */
	uint8_t tries;         /* verdicts so far */
	bool retry;            /* our Failure allowed another answer */
	bool broken;           /* refused because of us, not of the peer */
	uint16_t error;        /* E= of our Failure (RFC 2759 6) */
	uint8_t answer_id;     /* server: of the answer looked at last; client: of the Challenge */
	uint32_t answer_sum;   /* of its content, to tell a repeat from a new one */
	uint8_t challenge[MSCHAP_CHALLENGE];
	uint8_t response_len;              /* client: our Response, kept to be repeated */
	uint8_t response[MSCHAP_RESPONSE];
	uint8_t proof[AUTH_PROOF_MAX];     /* of MS-CHAPv2: server, to be repeated; client, expected */
	usec_t deadline;
};

void auth_init(struct auth *a, const struct link_config *cfg);

/* The link is established: begin with this method.  A server's Challenge leaves at once. */
void auth_start(struct auth *a, enum auth_method method, struct env *env);

/* Forget everything; nothing is sent. */
void auth_stop(struct auth *a);

/* A frame of PPP_PAP or PPP_CHAP. */
enum auth_outcome auth_input(struct auth *a, uint16_t protocol, const uint8_t *info, size_t len,
			     struct env *env);

/* Server: the verdict on the request that is open; ignored when none is. */
enum auth_outcome auth_result(struct auth *a, const struct auth_result *result, struct env *env);

usec_t auth_deadline(const struct auth *a);
enum auth_outcome auth_expire(struct auth *a, struct env *env);

#endif
