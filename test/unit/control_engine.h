/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An engine for the tests of the control socket and of the command: sessions 1 to n_sessions, two
 * tunnels, one pool, at a clock that stands still.
 */
#ifndef CULVERT_TEST_CONTROL_ENGINE_H
#define CULVERT_TEST_CONTROL_ENGINE_H

#include "daemon/control/control.h"

#define ENGINE_NOW  (1000000 * USEC_PER_SEC)
#define ENGINE_WALL (1700000000 * (uint64_t)1000000)

struct engine {
	uint32_t n_sessions;
	bool gone[65536];
	int kicks, refreshes;
	bool refresh_later;
	char kick_reason[128];
	bool drain, drain_exit, stopping;
	uint32_t drain_rate;
	int upgrades;	      /* asked for: the first one fails, the others come too soon */
	int client_result[2]; /* corp comes up, home has failed */
	uint32_t client_lines;
	uint32_t reloads, reload_confirm; /* asked for; the last one's */
	uint8_t reload_what;		  /* 0: it is answered */
};

extern struct engine engine;
extern const struct control_ops engine_ops; /* their ctx is not used */

void engine_reset(void); /* three sessions */
void engine_session(uint32_t id, struct session_report *r);
uint64_t engine_wall(void);
/* The report of a reload, if one was asked for: one change now, one later; confirm 13 is an error.
 */
void engine_answer_reload(struct control *c);

#endif
