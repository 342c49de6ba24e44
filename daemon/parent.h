/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel role: the process that is started, keeps CAP_NET_ADMIN, and never reads a packet.
 *
 * parent.c is its life; children.c starts the other two roles, gives them what they need, and
 * starts them again when they die.  What it does to the kernel is netlink/.
 */
#ifndef CULVERT_PARENT_H
#define CULVERT_PARENT_H

#include <stdbool.h>

#include "daemon/ike_socket.h"
#include "daemon/imsg.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/reload.h"
#include "daemon/roles.h"
#include "daemon/upgrade.h"
#include "include/config.h"
#include "netlink/kern.h"

#define CHILDREN_QUEUE_MAX 8192 /* messages to a child that may wait */

struct child {
	enum role role;
	pid_t pid; /* 0: not running */
	usec_t since;
	usec_t restart_at;    /* it is down until then; USEC_NEVER: it runs, or is not wanted */
	usec_t restart_delay; /* of the next one; doubles with each quick death */
	uint32_t restarts;
	struct watch watch;
	struct imsg_queue queue;
	struct parent *parent;
};

/* How far the protocol role has been given what it needs. */
enum giving {
	GIVING_DONE,   /* it serves, or there is none */
	GIVING_SETTLE, /* what the one before had under way is being taken back */
	GIVING_KEPT,   /* it is being told what there is */
};

struct parent {
	struct log log;
	struct loop loop;
	const char *config_path;
	struct config *cfg;
	int config_memfd;
	struct role_account account;
	struct kern *kern;
	struct watch kern_watch, signals;
	int listeners[CONFIG_LISTENERS_MAX]; /* netlink/ owns them */
	int control; /* the listening control socket */
	int state;   /* the state file */
	struct child protocol, aaa;
	struct ike_socket ike;
	struct reload reload;
	enum giving giving;
	bool state_written; /* by a protocol role that served */
	unsigned suspicion; /* of what is in it: children.c */
	bool stopping, quit;
	usec_t stop_deadline;	/* without progress */
	unsigned int stop_left; /* in the kernel, the fewest so far */
	struct upgrade upgrade;
	uint32_t upgrades;	 /* so far */
	struct kern_drain drain; /* what a new protocol role goes on with */
	int status;
};

/* Runs in the foreground until it is told to stop; returns an exit status. */
int parent_main(const char *config_path);
/* The same, going on with what an earlier execution has left in fd. */
int parent_resume(const char *config_path, int fd);
/* As many open files as the configuration's sessions need. */
void parent_raise_limits(struct parent *p);

/* --- children.c --- */
void children_init(struct parent *p);
/* Start both and give them everything; 0 or -errno. */
int children_start(struct parent *p);
/* A child has ended (SIGCHLD): plan a new start. */
void children_reap(struct parent *p);
usec_t children_deadline(const struct parent *p);
void children_expire(struct parent *p, usec_t now);
/* What was left of both is gone. */
bool children_gone(const struct parent *p);
/* Ask the protocol role to end every session. */
void children_stop(struct parent *p);
void children_kill(struct parent *p);
/* End both, at once, and wait for that; and start them anew. */
void children_end(struct parent *p);
void children_again(struct parent *p);
/* What the protocol role asks waits, or does not any more. */
void children_stop_reading(struct parent *p);
void children_resume_reading(struct parent *p);
/* The protocol role says that nobody is left, and that was what was waited for. */
void parent_stop(struct parent *p, const char *why);
/* The kernel role's answers: struct kern_ops. */
void children_send(void *ctx, const void *msg, size_t len, const int *fds, size_t nfds);
void child_send(struct child *c, const void *msg, size_t len, const int *fds, size_t nfds);
void child_say(struct child *c, const char *what);

/* --- give.c --- */
/* A new protocol role: everything it needs, at once or as it comes. */
void give_protocol(struct parent *p);
/* Go on with that: its socket has room, or the kernel has done something. */
void give_more(struct parent *p);
/* Give the aaa role the users file as it is now. */
int give_users(struct parent *p);
/* A new connection between the two, to whichever lives while the other is being started. */
void give_peer(struct parent *p, enum role to, int fd);

#endif
