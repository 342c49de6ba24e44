/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel role that a scenario commands: answers at once, later, with errors or never, and
 * watches that no request is one that a real kernel role would call a bug of the engine.
 */
#ifndef CULVERT_REPLAY_KERN_H
#define CULVERT_REPLAY_KERN_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/list.h"
#include "daemon/base/monotime.h"
#include "test/replay/words.h"
#include "wire_kern.h"

struct engine;
struct trace;

#define KERN_FAKE_RULES 8

struct kern_fake_rule {
	uint16_t type;
	int error;
	unsigned int times; /* left; 0: not in use */
	bool refuse;	    /* the request cannot even be sent */
};

struct kern_fake {
	struct trace *trace;
	const usec_t *now;
	bool hold;    /* answers wait for a command */
	bool told;    /* another protocol role is there, which asks for SAs again */
	bool classic; /* KERN_TUNNEL_ADD brings a socket */
	usec_t delay;
	struct kern_fake_rule rule[KERN_FAKE_RULES];
	struct list pending;  /* requests, oldest first */
	uint32_t requests;    /* not answered */
	struct list sessions; /* that are there */
	uint32_t n_sessions, n_tunnels;
	bool tunnel[65536];
	uint32_t mark[65536]; /* of tunnels; KERN_MARK_DEAD too */
	struct endpoint peer[65536];
	struct list sas;
	uint32_t n_sas;
	struct kern_counters counters; /* of every session */
	char bug[200];		       /* what the engine should not have asked */
};

void kern_fake_init(struct kern_fake *k, struct trace *trace, const usec_t *now);
void kern_fake_fini(struct kern_fake *k);

/* The port that stands for a mark in the classic layout; the least one for 0. */
static inline uint16_t kern_fake_port(uint32_t mark)
{
	return (uint16_t)(20000 + mark);
}

bool kern_fake_has_sa(const struct kern_fake *k, uint32_t mark);

/* The protocol role was killed: what it had not been answered is taken back. */
void kern_fake_forget(struct kern_fake *k);
/* And tell the next one what it has left. */
void kern_fake_tell(struct kern_fake *k, struct engine *e);

/* 0 or -errno, like struct engine_ops's kernel(). */
int kern_fake_request(struct kern_fake *k, const void *msg, size_t len);

/* When the next answer is due. */
usec_t kern_fake_next(const struct kern_fake *k);
/* Give the engine one answer that is due; false: there is none. */
bool kern_fake_step(struct kern_fake *k, struct engine *e);

/* "hold", "ok", "delay 5ms", "fail SESSION_ADD enomem", "refuse ...", "answer [TYPE] [ERROR]" */
bool kern_fake_command(struct kern_fake *k, const struct words *w, struct engine *e);

#endif
