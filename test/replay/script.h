/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scenarios: one command a line; test/replay/scenarios/README has the commands.
 */
#ifndef CULVERT_REPLAY_SCRIPT_H
#define CULVERT_REPLAY_SCRIPT_H

#include <stdbool.h>

struct world;

/* Run a file; false with w->error ("file:line: what") where it does not go as it says. */
bool script_run(struct world *w, const char *path);

/* One line of one. */
bool script_line(struct world *w, const char *line);

#endif
