/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line per fact, for the people who run this.
 *
 * A line has a level, a class that says whose business it is, and key=value pairs; what a peer
 * chose is escaped.  It goes to stderr; where stderr is the journal (JOURNAL_STREAM says so) it
 * goes to the journal itself, each pair as a field CULVERT_KEY.  The journal's socket is connected
 * in log_open(), before a role changes its root, and needs no path afterwards.
 *
 * The pure folders don't log; whoever decides about their outcome does.  There is one struct log a
 * role, made in main() and handed down; nothing here is global.  Lines may come from any thread;
 * limited lines and log_expire() belong to one, the loop's.
 */
#ifndef CULVERT_LOG_H
#define CULVERT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"
#include "daemon/base/monotime.h"
#include "daemon/base/names.h"
#include "daemon/base/text.h"

#define LOG_LEVEL_LIST(X)                                                                          \
	X(LOG_LEVEL_ERROR, "error")	/* something does not work */                              \
	X(LOG_LEVEL_WARNING, "warning") /* it works, but not as it should */                       \
	X(LOG_LEVEL_NOTICE, "notice")	/* rare and worth knowing */                               \
	X(LOG_LEVEL_INFO, "info")	/* per session: up, down, why */                           \
	X(LOG_LEVEL_DEBUG, "debug")	/* step by step */

NAMES_ENUM(log_level, LOG_LEVEL_LIST);

#define LOG_CLASS_LIST(X)                                                                          \
	X(LOG_CLASS_PEER, "peer")   /* the other side did it */                                    \
	X(LOG_CLASS_AUTH, "auth")   /* somebody was or was not let in */                           \
	X(LOG_CLASS_LOCAL, "local") /* this machine: kernel, files, configuration */               \
	X(LOG_CLASS_BUG, "bug")	    /* a fault of this program */

NAMES_ENUM(log_class, LOG_CLASS_LIST);

/* Causes of lines that a peer can bring about as often as it likes; each has a bucket. */
#define LOG_CAUSE_LIST(X)                                                                          \
	X(LOG_CAUSE_MALFORMED, "malformed")   /* packets that cannot be read */                    \
	X(LOG_CAUSE_UNEXPECTED, "unexpected") /* messages that do not fit the state */             \
	X(LOG_CAUSE_REFUSED, "refused")	      /* limits, policy */                                 \
	X(LOG_CAUSE_AUTH, "auth")	      /* failed authentications */                         \
	X(LOG_CAUSE_SETUP, "setup")	      /* tunnels; sessions that never came up */           \
	X(LOG_CAUSE_NOTE, "note")	      /* quirks and other remarks */

NAMES_ENUM(log_cause, LOG_CAUSE_LIST);

#define LOG_CAUSES 6

struct log_bucket {
	usec_t last;	     /* when tokens was brought up to date */
	uint32_t tokens;     /* in thousandths of a line */
	uint32_t suppressed; /* lines since the last one that was let through */
	bool started;
};

struct log {
	const char *role;
	enum log_level level; /* the least important that is written */
	int fd;		      /* stderr */
	int journal;	      /* connected datagram socket, or -1 */
	bool priority;	      /* "<6>" before each line: stderr goes to the journal or to syslog */
	struct log_bucket bucket[LOG_CAUSES];
};

/*
 * role is kept, not copied.  Call it before chroot and before the seccomp filter (afterwards
 * writev and sendto are all it needs).  Does not fail: without a journal there is stderr.
 */
void log_open(struct log *log, const char *role);
void log_close(struct log *log);
void log_set_level(struct log *log, enum log_level level);

/* A sentence of the program's own, for what is not an event. */
void log_say(struct log *log, enum log_level level, enum log_class class, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/*
 * A line of pairs.  event is a stable name as in events.h, or NULL:
 *
 *	struct log_line line;
 *
 *	log_begin(&line, log, LOG_LEVEL_INFO, LOG_CLASS_PEER, "session-up");
 *	log_pair(&line, "tunnel", "%u", id);
 *	log_bytes(&line, "user", user, user_len);
 *	log_end(&line);
 */
#define LOG_LINE_MAX   3072 /* the longest names a peer can send, escaped, and the counters */
#define LOG_FIELDS_MAX 40

struct log_line {
	struct log *log;
	enum log_level level;
	enum log_class class;
	bool off; /* below the level, or suppressed: nothing is built */
	struct text text;
	size_t n_fields, used; /* for the journal: the values once more, as they came */
	struct {
		const char *key; /* kept until log_end() */
		uint16_t off, len;
	} field[LOG_FIELDS_MAX];
	char buf[LOG_LINE_MAX];
	char values[LOG_LINE_MAX];
};

void log_begin(struct log_line *line, struct log *log, enum log_level level, enum log_class class,
	       const char *event);

/* As log_begin(), but at most so many lines of this cause; the rest is counted and said later. */
void log_begin_peer(struct log_line *line, struct log *log, enum log_level level,
		    enum log_class class, const char *event, enum log_cause cause, usec_t now);

void log_pair(struct log_line *line, const char *key, const char *fmt, ...) PRINTF_LIKE(3, 4);
void log_bytes(struct log_line *line, const char *key, const void *bytes, size_t len);
void log_end(struct log_line *line);

/* Is a line at this level written at all?  Saves the work of building it. */
bool log_wants(const struct log *log, enum log_level level);

/*
 * May one more line of this cause be written now?  For callers that use log_say(); counts the
 * line as suppressed if not.
 */
bool log_allowed(struct log *log, enum log_cause cause, usec_t now);

/* Say how many lines were left out, where there is room again.  Returns when to call it next. */
usec_t log_expire(struct log *log, usec_t now);

#endif
