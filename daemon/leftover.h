/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who was on when an earlier culvertd was killed, for whoever keeps accounts: a line in the log for
 * each session that the state file has, as if it had ended now.
 */
#ifndef CULVERT_LEFTOVER_H
#define CULVERT_LEFTOVER_H

#include "daemon/base/monotime.h"
#include "daemon/log.h"

/* fd, the state file, stays as it is, and the caller's.  The number of sessions, or -errno. */
int leftover_log(int fd, struct log *log, usec_t now);

#endif
