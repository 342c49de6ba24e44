/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket: varlink's wire format (JSON objects, each ended by a zero byte), interface
 * org.culvert.control, answered in the protocol role without ever blocking.
 *
 * Who may what is decided by the credentials of the process that connected (SO_PEERCRED,
 * SO_PEERGROUPS): uid 0 and the admin group everything, the read group may look.  Lists are
 * streamed one object a reply, by a cursor over ids, as fast as the client reads; nothing large is
 * ever built.  Clients, bytes of a request, bytes not yet read by a client, and idle time are
 * limited.
 *
 * It knows the engine by struct control_ops alone.  Callbacks run inside a client's turn; they may
 * do anything but free the struct control.
 */
#ifndef CULVERT_DAEMON_CONTROL_H
#define CULVERT_DAEMON_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "daemon/base/monotime.h"
#include "daemon/events.h"
#include "daemon/report.h"

struct control;
struct log;
struct loop;

#define CONTROL_CLIENTS_MAX 16

struct control_ops {
	void (*status)(void *ctx, struct status_report *ret);

	/*
	 * The tunnel or session with the lowest id greater than `after`; false if there is none.
	 * ret is zeroed.  Called once for each object listed: let it be a step in a table.
	 */
	bool (*next_tunnel)(void *ctx, uint32_t after, struct tunnel_report *ret);
	bool (*next_session)(void *ctx, uint32_t after, struct session_report *ret);

	/* The pool with this index, counted from 0; false if there is none. */
	bool (*next_pool)(void *ctx, uint32_t index, struct pool_report *ret);

	/* The client profile with this index, likewise; its lines, as engine_client_line() does. */
	bool (*next_client)(void *ctx, uint32_t index, struct client_report *ret);
	const char *(*client_line)(void *ctx, uint8_t index, uint32_t *seq);

	/*
	 * Bring it up, or down.  0 or -errno: it is so already (-EALREADY), or cannot be any more
	 * (-ESHUTDOWN).  control_wake() tells that there is something new.
	 */
	int (*connect)(void *ctx, uint8_t index);
	int (*disconnect)(void *ctx, uint8_t index);

	/*
	 * End this session as an administrator's decision; reason is for the log, terminated,
	 * clean text, may be empty.  0 or a negative errno; -ENOENT if it has just gone.
	 */
	int (*kick)(void *ctx, uint16_t session, const char *reason);

	/*
	 * Refuse newcomers from now on, end kick_rate sessions a second (0: none), and with exit
	 * the daemon when none is left; and end that.  0 or -errno: it is so already (-EALREADY),
	 * or cannot be any more (-ESHUTDOWN).
	 */
	int (*drain)(void *ctx, uint32_t kick_rate, bool exit);
	int (*undrain)(void *ctx);

	/*
	 * Become the binary that is on disk now: 0, or -EALREADY.  Then control_wake() tells that
	 * there is an answer: 0, -errno with a reason in words, or still -EINPROGRESS.
	 */
	int (*upgrade)(void *ctx);
	int (*upgraded)(void *ctx, const char **ret_why);

	/*
	 * Bring the counters up to date: true if control_refreshed() will be called when they are,
	 * false if they are now, or cannot be.  May be NULL.  Not called again while it runs,
	 * unless it takes longer than somebody wants to wait.
	 */
	bool (*refresh)(void *ctx);

	/*
	 * Have the configuration read again (enum kern_reload_what): what control_reloaded() will
	 * be called with, or 0 when it cannot be asked for.  May be NULL.
	 */
	uint32_t (*reload)(void *ctx, uint8_t what, uint32_t confirm_s);

	/* Print the configuration in force, without secrets.  May be NULL. */
	void (*config)(void *ctx, FILE *out);
};

/* Who connected. */
struct control_peer {
	uid_t uid;
	gid_t gid;
	size_t n_groups;
	gid_t *groups; /* malloc()ed; given away with the struct; NULL: no others */
};

struct control_setup {
	struct loop *loop;
	const struct control_ops *ops;
	void *ctx;			      /* for ops */
	const struct events *events;	      /* outlives the struct control */
	uint32_t read_gid, admin_gid;	      /* UINT32_MAX: no such group */
	const char *read_group, *admin_group; /* their names, for the error text; kept */
	uint32_t seed;			      /* random; for the JSON library's hash tables */
	struct log *log; /* who was refused, who ended sessions; NULL: nobody asks */

	/* Tests replace these; NULL: SO_PEERCRED, and CLOCK_REALTIME in microseconds since 1970 */
	int (*peer)(int fd, struct control_peer *ret);
	uint64_t (*wall)(void);
};

/* The struct is copied. */
int control_new(struct control **ret, const struct control_setup *setup);

/* Serve this listening, non-blocking socket; takes it over. */
int control_listen(struct control *c, int fd);

/* Serve one connected, non-blocking socket; takes it over, also on failure. */
int control_accept(struct control *c, int fd);

void control_free(struct control *c); /* closes everything; NULL is allowed */

/* After a reload; clients that are connected keep what they were allowed. */
void control_set_groups(struct control *c, uint32_t read_gid, const char *read_group,
			uint32_t admin_gid, const char *admin_group);

/* The answer to ops->reload(). */
struct reload_report_text;
void control_reloaded(struct control *c, uint32_t id, int error,
		      const struct reload_report_text *report);

/* The counters that ops->refresh() asked for are there. */
void control_refreshed(struct control *c);

/* Events were added to the ring. */
void control_wake(struct control *c);

/* When control_expire() wants to be called: idle clients, a refresh that does not come. */
usec_t control_deadline(const struct control *c);
void control_expire(struct control *c, usec_t now);

size_t control_clients(const struct control *c);

#endif
