/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of a tunnel, a session, a pool or the daemon, flat: the engine fills it, and the
 * log, the event ring and the control socket read it.  Nothing here owns anything; the pointers
 * are to constant names.  A field that is not known is zero, NULL or empty.
 *
 * Text that the peer chose is kept as it came, any bytes; whoever shows it escapes it.
 */
#ifndef CULVERT_REPORT_H
#define CULVERT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/config.h"
#include "daemon/base/monotime.h"
#include "daemon/base/names.h"
#include "endpoint.h"
#include "ike.h"
#include "wire_aaa.h"
#include "wire_kern.h"

struct log;

#define REPORT_TEXT_MAX 160

#define REPORT_STATE_LIST(X)                                                                       \
	X(REPORT_SETUP, "setup")                                                                   \
	X(REPORT_UP, "up")                                                                         \
	X(REPORT_CLOSING, "closing")

NAMES_ENUM(report_state, REPORT_STATE_LIST);

/* The SA that a tunnel came through; empty where there is none. */
struct report_ike {
	char connection[IKE_NAME_MAX];
	char id[IKE_ID_MAX];   /* the peer's identity */
	char name[IKE_ID_MAX]; /* its XAuth or EAP name */
	uint32_t child;	       /* unique id of the CHILD_SA; 0: none just now */
	uint32_t spi_in, spi_out;
};

struct tunnel_report {
	uint16_t tunnel, peer_tunnel;
	enum report_state state;
	const char *control_state; /* tunnel_state_name() */
	struct endpoint peer, local;
	uint32_t mark;
	struct report_ike ike;
	uint8_t layout;	      /* enum kern_layout; AUTO: the kernel does not have it yet */
	char profile[CONFIG_NAME_MAX]; /* that dialed it; empty: it was dialed to us */
	char client_host[64]; /* terminated, any bytes */
	char client_vendor[32];
	uint16_t firmware;
	uint32_t sessions;
	usec_t created, up_since, heard; /* 0: not yet */
	uint16_t window, ns, nr, queued;
	uint32_t retransmits;
	/* once it is over */
	const char *reason;
	char detail[96];	/* the peer's words or ours, terminated, any bytes */
	uint16_t result, error; /* RFC 2661 4.4.2, with a StopCCN */
};

struct session_report {
	uint16_t session, tunnel, peer_session, peer_tunnel;
	enum report_state state;
	const char *call_state; /* session_state_name() */
	const char *phase;	/* link_phase_name() */
	uint8_t auth;		/* enum auth_method */
	uint8_t user_len;
	uint8_t user[AUTH_USER_MAX + 1]; /* any bytes */
	char group[CONFIG_NAME_MAX];
	char profile[CONFIG_NAME_MAX];	 /* that dialed it; empty: it was dialed to us */
	uint32_t address, local_address; /* host byte order */
	uint64_t iid;			 /* the peer's, network byte order as bytes */
	uint32_t dns[2], nbns[2];	 /* host byte order */
	char interface[KERN_IFNAME_MAX];
	uint32_t ifindex;
	uint16_t mru, mtu;
	struct endpoint peer, local;
	uint32_t mark;
	struct report_ike ike;
	uint8_t layout;	      /* enum kern_layout */
	char client_host[64]; /* terminated, any bytes; so are the next three */
	char client_vendor[32];
	char identification[96];
	char calling[32];
	usec_t created, up_since; /* 0: not yet */
	struct kern_counters counters;
	/* once it is over */
	const char *reason;
	char detail[96];	/* the peer's words or ours, terminated, any bytes */
	uint16_t result, error; /* RFC 2661 4.4.2, with a CDN */
	uint16_t cause;		/* RFC 3145 2, disconnect code; 0: none */
};

struct client_report {
	char name[CONFIG_NAME_MAX];
	const char *state; /* dial_state_name() */
	char gateway[CONFIG_GATEWAY_MAX];
	char user[CONFIG_USER_MAX];
	bool ipsec;
	struct endpoint peer, local;
	uint16_t tunnel, session;
	char interface[KERN_IFNAME_MAX];
	uint32_t address, remote_address; /* host byte order */
	uint32_t dns[2];
	usec_t up_since;       /* 0: not up */
	usec_t retry;	       /* when it is tried again; 0: not */
	unsigned int failures; /* in a row */
	int result;	       /* of the last attempt: 0 under way, 1 it was up, -1 it failed */
	char reason[REPORT_TEXT_MAX]; /* why it is not up */
	uint32_t lines;		      /* told so far: engine_client_line() */
};

struct pool_report {
	char pool[CONFIG_NAME_MAX];
	uint32_t first, last; /* host byte order */
	uint32_t size, used;
};

#define STATUS_COUNTERS_MAX 64

struct status_report {
	char version[32];
	char node[64];
	char kernel[64];
	uint8_t layout; /* enum kern_layout */
	uint32_t generation;
	usec_t started;
	uint32_t tunnels, tunnels_setup, sessions, sessions_setup;
	uint64_t sessions_started, sessions_ended;
	uint64_t auth_accepted, auth_rejected;
	uint32_t restarts, aaa_restarts; /* of the roles, since the daemon's start */
	uint8_t n_listeners;
	struct {
		struct endpoint at;
		bool ipsec; /* it is required */
	} listener[CONFIG_LISTENERS_MAX];
	const char *drain; /* what has become of it; NULL: there is none */
	usec_t drain_since;
	uint32_t drain_kick_rate;
	bool drain_exit;
	bool ike_wanted, ike_connected;
	char ike_software[IKE_NAME_MAX];
	uint32_t ike_flags; /* IKE_HAS_..., IKE_SETS_MARKS */
	uint32_t ike_sas;
	uint32_t n_counters;
	struct {
		const char *name; /* letters, digits, '_' and '-' */
		uint64_t value;
	} counters[STATUS_COUNTERS_MAX];
};

/*
 * One line each, class peer, level info.  The line of a session that is or was up is always
 * written; the others can be had without a password and are rate-limited.
 */
void report_tunnel_up(struct log *log, const struct tunnel_report *r, usec_t now);
void report_tunnel_down(struct log *log, const struct tunnel_report *r, usec_t now);
void report_session_up(struct log *log, const struct session_report *r);
void report_session_down(struct log *log, const struct session_report *r, usec_t now);

/* A user was not let in: class auth, level notice, rate-limited. */
void report_auth_failed(struct log *log, const struct session_report *r, usec_t now);

const char *report_layout(uint8_t layout);    /* enum kern_layout; NULL if not known */
const char *report_auth_method(uint8_t auth); /* enum auth_method; NULL if none */

#endif
