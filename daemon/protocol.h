/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol role: everything that reads what a peer sent, in a process that may do nothing.
 *
 * protocol.c is its life from start to end; kernel_client.c and aaa_client.c talk to the other
 * roles, protocol_ike.c to charon; protocol_events.c tells the operator what happened;
 * protocol_control.c answers him.
 */
#ifndef CULVERT_PROTOCOL_H
#define CULVERT_PROTOCOL_H

#include <stdbool.h>

#include "daemon/control/control.h"
#include "daemon/engine/engine.h"
#include "daemon/events.h"
#include "daemon/ike/client.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/role_client.h"
#include "daemon/roles.h"
#include "daemon/state/slots.h"
#include "daemon/udp.h"

#define PROTOCOL_UPGRADE_ID UINT32_MAX

struct protocol {
	struct loop loop;
	struct log log;
	struct rng rng;
	struct role_client kernel, aaa;
	struct list aaa_open; /* questions without an answer: aaa_client.c */
	unsigned int n_aaa_open;
	struct slots state; /* records, for the process after this one */
	struct ike_client ike;
	struct udp udp;
	struct engine *engine; /* NULL until KERN_KEPT or KERN_READY */
	bool ready;	       /* KERN_READY came: serve */
	struct control *control;
	struct events events;
	uint32_t reload_id; /* of the last question */
	const struct config *cfg;
	int control_fd; /* listening, until the control socket is served */
	int state_fd;	/* the state file */
	bool resumed;	/* an earlier role has written it */
	uint32_t protocol_restarts, aaa_restarts;
	int upgrade; /* the last one asked for: -EINPROGRESS, 0, or why not */
	char upgrade_why[KERN_DETAIL_MAX];
	enum kern_layout layout;
	char kernel_release[64];
	usec_t started;
	bool stopping, quit;
	int status; /* exit status */
};

/* Runs until the kernel role says stop or goes away; returns an exit status. */
int protocol_main(const struct role_account *account);

/* --- kernel_client.c, aaa_client.c --- */
int kernel_client_init(struct protocol *pr, int fd);
void kernel_client_fini(struct protocol *pr);
int kernel_client_send(struct protocol *pr, const void *msg, size_t len);
int aaa_client_init(struct protocol *pr, int fd);
void aaa_client_fini(struct protocol *pr);
/* Another aaa role, at the other end of fd: it is asked what is open. Takes fd: 0 or -errno. */
int aaa_client_replace(struct protocol *pr, int fd);
int aaa_client_send(struct protocol *pr, const struct wire_aaa_auth *msg);

/* --- protocol.c --- */
/* What an earlier process has left may be told now; protocol_ready() does it otherwise. */
int protocol_begin(struct protocol *pr);
/* Everything that the kernel role had to give is here: begin to serve. */
int protocol_ready(struct protocol *pr);
void protocol_quit(struct protocol *pr, int status);

/* --- protocol_events.c --- */
void protocol_event(struct protocol *pr, enum engine_event event, const struct peer *p,
		    const struct call *c, const void *text, size_t len);
void protocol_client_event(struct protocol *pr, uint8_t client, enum engine_client_news news,
			   const char *text);
uint64_t protocol_wall(void);

/* --- protocol_ike.c --- */
void protocol_ike_init(struct protocol *pr);
/* Takes fd: 0 or -errno (then it is still the caller's). */
int protocol_ike_open(struct protocol *pr, int fd);

/* --- protocol_reload.c --- */
/* A new configuration; 0 or -errno. */
int protocol_reloaded(struct protocol *pr, int fd);
/* The id of the question, 0: it could not be asked. */
uint32_t protocol_reload_ask(struct protocol *pr, uint8_t what, uint32_t confirm_s);
int protocol_reload_done(struct protocol *pr, const struct kern_reload_done *m, int fd);

/* --- protocol_control.c --- */
int protocol_control_init(struct protocol *pr);

#endif
