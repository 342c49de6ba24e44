/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reports as JSON objects with the keys of include/control.h, all of them, null where there is
 * nothing to say.  The caller owns what is returned; NULL when memory is short.
 */
#ifndef CULVERT_CONTROL_JSON_H
#define CULVERT_CONTROL_JSON_H

#include <jansson.h>

#include "daemon/events.h"
#include "daemon/report.h"
#include "daemon/reload_report.h"

/* Times of reports are monotonic, times shown are not: both clocks at one instant. */
struct control_clock {
	usec_t now;
	uint64_t wall; /* microseconds since 1970 */
};

json_t *control_json_status(const struct status_report *r, const struct control_clock *clock);
json_t *control_json_tunnel(const struct tunnel_report *r, const struct control_clock *clock);
json_t *control_json_session(const struct session_report *r, const struct control_clock *clock);
json_t *control_json_client(const struct client_report *r, const struct control_clock *clock);
json_t *control_json_pool(const struct pool_report *r);
json_t *control_json_event(const struct event *e);
json_t *control_json_change(const struct reload_change *c);

#endif
