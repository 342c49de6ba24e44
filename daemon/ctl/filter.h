/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of the command line (user=alice 4711) as the daemon's Filter.
 */
#ifndef CULVERT_CTL_FILTER_H
#define CULVERT_CTL_FILTER_H

#include "daemon/ctl/ctl.h"

/*
 * A number alone is a session.  allowed: of enum control_filter_key (daemon/control/control_filter.h).
 * NULL, and an exit code in *ret_rc with the reason said, where a word is wrong.
 */
json_t *filter_parse(struct ctl *ctl, int n, char **words, uint32_t allowed, int *ret_rc);

#endif
