/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One PPP link (RFC 1661 3): phases, and the protocols that run in them.
 *
 * A struct link embeds its LCP, authentication, IPCP and IPV6CP machines by value and allocates
 * nothing.  Frames go in with link_input(), without the FF 03 of RFC 1662, protocol field first;
 * they come out as EFFECT_FRAME the same way.  Nothing here knows where a frame travels.
 *
 * The gate: network protocols negotiate before the kernel has made the interface, but no
 * Configure-Ack that would let the peer send network data leaves before link_gate_open().  Both
 * roles have it; who has no kernel to wait for opens it right after link_init().
 */
#ifndef CULVERT_PPP_LINK_H
#define CULVERT_PPP_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/env.h"
#include "daemon/base/names.h"
#include "daemon/ppp/auth.h"
#include "daemon/ppp/ipcp.h"
#include "daemon/ppp/ipv6cp.h"
#include "daemon/ppp/lcp.h"
#include "daemon/ppp/link_config.h"
#include "wire_aaa.h"

#define LINK_PHASE_LIST(X)                                                                         \
	X(LINK_DEAD, "dead")                                                                       \
	X(LINK_ESTABLISH, "establish")                                                             \
	X(LINK_AUTHENTICATE, "authenticate")                                                       \
	X(LINK_NETWORK, "network")                                                                 \
	X(LINK_TERMINATE, "terminate")

NAMES_ENUM(link_phase, LINK_PHASE_LIST);

/* Why a link ended; the engine makes RFC 3145 causes and log words of it. */
#define LINK_END_LIST(X)                                                                           \
	X(LINK_END_NONE, "none")                                                                   \
	X(LINK_END_PEER, "peer-request")	     /* Terminate-Request received */              \
	X(LINK_END_LOCAL, "local-request")	     /* link_close() */                            \
	X(LINK_END_LCP_TIMEOUT, "lcp-timeout")	     /* no answer to our Configure-Requests */     \
	X(LINK_END_LCP_FAILED, "lcp-failed")	     /* no agreement within Max-Failure */         \
	X(LINK_END_LOOPBACK, "loopback")	     /* our own magic number came back */          \
	X(LINK_END_ECHO, "echo-timeout")	     /* echoes unanswered */                       \
	X(LINK_END_AUTH_METHOD, "no-common-auth")    /* the peer refused every method */           \
	X(LINK_END_AUTH_FAILED, "auth-failed")	     /* rejected, too often */                     \
	X(LINK_END_AUTH_UNPROVED, "server-unproved") /* it does not know the password */           \
	X(LINK_END_AUTH_TIMEOUT, "auth-timeout")                                                   \
	X(LINK_END_NCP_FAILED, "no-network-protocol") /* none opened, none left to try */          \
	X(LINK_END_PROTOCOL, "protocol-error")

NAMES_ENUM(link_end, LINK_END_LIST);

#define LINK_HELD_MAX 96 /* the longest Configure-Request of a network protocol that waits */
#define LINK_REJECTS_MAX 8 /* Protocol-Rejects at once; then one a second */

/* A frame's information that came too early. */
struct link_held {
	uint8_t len;
	uint8_t info[LINK_HELD_MAX];
};

/* What an accepting struct auth_result has for the peer. */
struct link_verdict {
	uint8_t proof_len;
	uint8_t proof[AUTH_PROOF_MAX];
};

struct link {
	const struct link_config *cfg;
	enum link_phase phase;
	enum link_end end;
	uint32_t peer_error;     /* the RAS error code of a Windows Terminate-Request, or 0 */
	struct lcp lcp;
	struct auth auth;
	struct ipcp ipcp;
	struct ipv6cp ipv6cp;
	usec_t auth_deadline;    /* to be authenticated; then, for a network protocol to open */
	usec_t echo_deadline;
	uint8_t echo_pending;    /* echoes sent since one was answered */
	bool gate;               /* open */
	bool ipv6;		 /* IPV6CP is run, if the MRU lets IPv6 through */
	bool admitted;		 /* authenticated, if asked for; the gate is what is waited for */
	bool down;               /* EFFECT_LINK_DOWN was made */
	bool peer_closed;        /* the peer sent a Terminate-Request */
	bool echo_looped;        /* what came last was an echo of ours */
	bool network_up;         /* a network protocol was open since authentication */
	uint8_t reject_tokens;   /* Protocol-Rejects that may be sent now */
	usec_t reject_refill;
	struct link_verdict verdict; /* while admitted */
	/* A Configure-Request that came before the network phase: the newest of each protocol */
	struct link_held held_ipcp, held_ipv6cp;
};

void link_init(struct link *l, const struct link_config *cfg);

/* The lower layer is up: start LCP. */
void link_open(struct link *l, struct env *env);

/* One frame, protocol field first (one or two bytes: RFC 1661 6.5). */
void link_input(struct link *l, const uint8_t *frame, size_t len, struct env *env);

/*
 * Server: the answer to the EFFECT_AUTH that is open.  Accept moves to the network phase as soon as
 * the gate is open; the caller has called link_set_ipv4() before it.
 */
void link_auth_result(struct link *l, const struct auth_result *result, struct env *env);

/* Server: what IPCP gives the peer.  Host byte order; 0: not offered, its option is rejected. */
void link_set_ipv4(struct link *l, uint32_t local, uint32_t remote, const uint32_t dns[2],
		   const uint32_t nbns[2]);

/* Server: whether IPV6CP is run after all; before, the configuration's word counts. */
void link_set_ipv6(struct link *l, bool ipv6);

/*
 * Server: the kernel is ready.  Until then the peer hears nothing of its success: what it would
 * send next could meet a kernel that has half a session, and would be lost.  Stays open when LCP
 * negotiates anew.
 */
void link_gate_open(struct link *l, struct env *env);

/* Terminate-Request, then EFFECT_LINK_DOWN once answered or given up. text may be NULL. */
void link_close(struct link *l, enum link_end why, const char *text, struct env *env);

/* The lower layer has gone: no frame leaves any more.  No effects. */
void link_lower_down(struct link *l);

/* Data of the peer was seen at this time: no echo is needed yet. */
void link_heard(struct link *l, usec_t when);

usec_t link_deadline(const struct link *l);
void link_expire(struct link *l, struct env *env);

/* The MTU towards the peer: the least of its MRU and ours, 0 before LCP is opened. */
uint16_t link_mtu(const struct link *l);

#endif
