/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An engine between edges that are made up: clients, a kernel role, an aaa role, a clock that
 * stands still until it is told to go on.
 */
#ifndef CULVERT_REPLAY_WORLD_H
#define CULVERT_REPLAY_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/engine/engine.h"
#include "daemon/state/slots.h"
#include "test/replay/client.h"
#include "test/replay/kern.h"
#include "test/replay/trace.h"
#include "test/unit/seed.h"

#define WORLD_CLIENTS	80
#define WORLD_QUESTIONS 128
#define WORLD_USERS	4096

struct users;

struct world {
	struct config cfg, before; /* the other one while a reload is under way */
	struct engine *engine; /* made by the first step that needs it */
	struct seed seed;
	usec_t now;
	struct slots state; /* what an engine leaves to the next */
	void *state_memory;
	struct trace trace;
	struct kern_fake kernel;
	struct client client[WORLD_CLIENTS];
	size_t n_clients;
	/* the aaa role */
	char users_text[WORLD_USERS];
	struct users *users;
	bool aaa_hold, aaa_refuse;
	struct wire_aaa_auth question[WORLD_QUESTIONS];
	size_t n_questions;
	uint32_t idle;	/* what the kernel says of every session; UINT32_MAX: never */
	uint32_t idle_of_session;
	uint16_t idle_session; /* but of this one; 0: none */
	bool no_attach; /* the next session's descriptors cannot be used */
	bool stopped;
	bool dying; /* the engine's process has been killed */
	unsigned int refreshed;
	unsigned int sockets; /* of tunnels, in the classic layout */
	uint32_t unique;      /* the next CHILD_SA's id */
	char error[2 * TRACE_LINE];
};

/* A listener on 198.51.100.1:1701, one server, one group with a pool, one user. */
void world_init(struct world *w);
void world_fini(struct world *w);

/* false: no engine could be made */
bool world_start(struct world *w);
/* The engine goes on with w->cfg, which may be changed between the two; false: it could not. */
bool world_reload_begin(struct world *w);
bool world_reload_end(struct world *w);
/* A user that is in the users file no longer; false: nobody was. */
bool world_forget_user(struct world *w, const char *name);

/* kill -9, and another engine on what is left. */
bool world_crash(struct world *w);

struct client *world_client(struct world *w, const char *name); /* NULL: none */
struct client *world_add_client(struct world *w, const char *name, uint32_t address, uint16_t port);

bool world_set_host(struct endpoint *ep, const char *host);

/* Bytes from there, through the SA of this mark. */
void world_datagram(struct world *w, const struct endpoint *from, uint32_t mark,
		    const uint8_t *data, size_t len);

/* A frame that the kernel gives on the channel or the unit of a session; false: no such. */
bool world_device_frame(struct world *w, uint16_t session, const uint8_t *frame, size_t len);
bool world_attached(struct world *w, uint16_t session);

/* The oldest question is answered; proof is right where the verdict is AUTH_ACCEPT. */
bool world_answer(struct world *w, enum auth_verdict verdict);
void world_aaa_release(struct world *w);

/* Do what is due now, then let time pass; false where the engine wants to work for ever. */
bool world_settle(struct world *w);
bool world_run(struct world *w, usec_t duration);

/* The value of a name of "expect stats"; UINT64_MAX: no such name. */
uint64_t world_stat(struct world *w, const char *name);

/* Nothing is left of anybody; false with w->error. */
bool world_clean(struct world *w);

#endif
