/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What left the engine, as lines of words, and the search for lines that a scenario expects.
 *
 * A line belongs to a channel: "a" for a client of that name, "kernel", "aaa", "event", "engine".
 * Its first words say what it is, the others are key=value.  A pattern fits a line whose first
 * words are the same and that has each of the pattern's pairs: "key=*" is any value, "key=$X" the
 * value of the variable X, which gets it if it has none yet, "!key" that the line has no such key,
 * "key=~text" a value with the text in it.
 */
#ifndef CULVERT_REPLAY_TRACE_H
#define CULVERT_REPLAY_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"
#include "daemon/base/list.h"
#include "daemon/base/monotime.h"

#define TRACE_LINE 1024
#define TRACE_NAME 16
#define TRACE_VARS 64

struct trace_var {
	char name[TRACE_NAME];
	char value[200];
};

struct trace {
	struct list lines;
	const usec_t *now;
	usec_t begin;
	bool print; /* as it happens, to stdout */
	size_t n_vars;
	struct trace_var var[TRACE_VARS];
	char error[2 * TRACE_LINE];
};

void trace_init(struct trace *t, const usec_t *now);
void trace_fini(struct trace *t);

/*
 * Add a line.  lazy: a scenario need not expect it (acknowledgements, phases); where one is not
 * looked for it is passed over.
 */
void trace_add(struct trace *t, const char *channel, bool lazy, const char *text);

/* Only for whoever reads the trace. */
void trace_say(struct trace *t, const char *channel, const char *text);

/*
 * The next line of the channel that was not expected yet must fit; any: some later line may.
 * False with t->error set.
 */
bool trace_expect(struct trace *t, const char *channel, const char *pattern, bool any);

/* No line is left in the channel, or none that fits; lazy ones do not count without a pattern. */
bool trace_expect_nothing(struct trace *t, const char *channel, const char *pattern);

/* Pass over everything in the channel. */
void trace_ignore(struct trace *t, const char *channel);

const char *trace_get(const struct trace *t, const char *name); /* NULL: not set */
bool trace_set(struct trace *t, const char *name, const char *value);

/* Replace each $NAME in from; false where there is no such variable, or no room. */
bool trace_substitute(struct trace *t, const char *from, char *to, size_t size);

#endif
