// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The aaa role as a process: confine, then do what daemon/aaa/ does.
 */
#include "daemon/aaa_role.h"

#include <string.h>

#include "daemon/aaa/aaa.h"
#include "daemon/log.h"

int aaa_role_main(const struct role_account *account)
{
	const char *what;
	struct log log;
	int err;

	log_open(&log, "aaa");
	err = role_confine(ROLE_AAA, account, &what);
	if (err) {
		log_say(&log, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL, "%s failed: %s", what,
			strerror(-err));
		return 1;
	}
	err = aaa_main(ROLE_FD_PEER, ROLE_FD_KERNEL);
	if (err)
		log_say(&log, LOG_LEVEL_ERROR, LOG_CLASS_BUG, "ends: %s", strerror(-err));
	log_close(&log);
	return err ? 1 : 0;
}
