/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel role's work, without its process: what the protocol role asks for in
 * include/wire_kern.h is checked, done in the kernel and answered.
 *
 * The owner (the parent process) polls kern_fd(), calls kern_poll() when it is readable, hands in
 * requests and carries away answers.  No call here waits for the kernel's slow parts; those run in
 * threads.  Everything must happen in one thread and one network namespace.
 */
#ifndef CULVERT_NETLINK_KERN_H
#define CULVERT_NETLINK_KERN_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/config/config_diff.h"
#include "include/config.h"
#include "wire_kern.h"

struct kern;

struct kern_ops {
	/*
	 * Queue a message for the protocol role.  The descriptors stay the caller's and may be
	 * closed as soon as this returns: duplicate what cannot be sent at once.
	 */
	void (*send)(void *ctx, const void *msg, size_t len, const int *fds, size_t nfds);

	/* One line for people; priority as in syslog. */
	void (*log)(void *ctx, int priority, const char *line);
};

/*
 * Does this machine have what we need?  Loads modules, then says in one line each what is missing
 * and what to do about it.  0 or the number of lines.  Needs no struct kern.
 */
unsigned kern_probe(const struct kern_ops *ops, void *ctx);

/*
 * 0 or -errno.  Runs the layout's self-test unless the configuration forces one: this needs
 * CAP_SYS_ADMIN, for a scratch network namespace.  Threads start with the first request, so that
 * they inherit what the process has given up by then; they need CAP_NET_ADMIN.  cfg must stay until
 * kern_free() or kern_set_config().
 */
int kern_new(const struct config *cfg, const struct kern_ops *ops, void *ctx,
	     struct kern **ret_kern);

/*
 * When not kern_idle(), as after a kern_shutdown() that took too long, this does nothing: just
 * exit, and everything dies with its descriptors, but slowly.  NULL is allowed.
 */
void kern_free(struct kern *k);

/*
 * The next generation (config_adopt()), for new tunnels and sessions; listeners stay as they are.
 * It may be in the same place as the one before.
 */
void kern_set_config(struct kern *k, const struct config *cfg);

/* The places of the configuration that a tunnel, a session, an SA or a socket has. */
void kern_busy(const struct kern *k, struct config_busy *ret);

enum kern_layout kern_layout(const struct kern *k);

/*
 * Remove what an instance that died has left: routes with our protocol number (devices, sessions
 * and tunnels die with their descriptors).  Their number or -errno.
 */
int kern_clean_leftovers(struct kern *k);

/*
 * The UDP socket of a listener of the configuration, bound and made ready for the layout.  The
 * socket stays ours, since it carries all reception; send the other side a copy.  -errno, after a
 * line in the log.
 */
int kern_listener(struct kern *k, uint8_t index);

int kern_fd(const struct kern *k);
void kern_poll(struct kern *k);

/* One message from the protocol role.  -EBADMSG: it is none of ours; the sender is broken. */
int kern_request(struct kern *k, const void *msg, size_t len);

/*
 * The protocol role has died.  What it had an answer for goes on; what was under way is taken back,
 * and no request of its gets an answer.
 */
void kern_protocol_gone(struct kern *k);

/* The same, and everything goes. */
void kern_take_all(struct kern *k);

/*
 * Tell the next one what it has.  When nothing is coming or going any more (kern_settled), begin
 * with the open sockets of profiles; then tell some more each time there is room, until there are
 * no more; and when it serves, say so.
 */
bool kern_settled(const struct kern *k);
int kern_kept_begin(struct kern *k);
bool kern_kept_some(struct kern *k, unsigned max); /* false: there are no more */
void kern_protocol_serves(struct kern *k);

/*
 * Another execution of this program goes on with what there is.  When nothing is under way
 * (kern_quiet), the one before writes it all down and leaves its descriptors open; should the other
 * one not come to be, kern_stay() takes it back.
 */
struct save_writer;
struct save_reader;
bool kern_quiet(const struct kern *k);
void kern_save(const struct kern *k, struct save_writer *w);
int kern_leave(struct kern *k);
void kern_stay(struct kern *k);

/*
 * And the one after: the reader is where kern_save() began.  What the configuration has no place
 * for is closed.  0 or -errno, and then everything goes with the process.
 */
int kern_load(const struct config *cfg, const struct kern_ops *ops, void *ctx,
	      struct save_reader *r, struct kern **ret_kern);

unsigned kern_tunnel_count(const struct kern *k);
unsigned kern_session_count(const struct kern *k); /* with those coming and going */
bool kern_idle(const struct kern *k);		   /* nothing exists, nothing is under way */

/* kern_take_all(), and wait for the end of it: 0 or -ETIMEDOUT. */
int kern_shutdown(struct kern *k, int timeout_ms);

#endif
