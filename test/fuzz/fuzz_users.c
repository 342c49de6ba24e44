// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The users file: any bytes are refused with an error, or each user that they hold is found.
 */
#include "compiler.h"
#include "daemon/aaa/users.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct user *user = NULL;
	struct config_errors errs;
	struct users *users = NULL;
	size_t n = 0;

	config_errors_init(&errs);
	if (users_parse("fuzz", (const char *)data, size, &users, &errs) < 0) {
		BUG_ON(users || (errs.count == 0 && errs.dropped == 0));
		config_errors_fini(&errs);
		return 0;
	}
	BUG_ON(errs.count);
	while ((user = users_next(users, user)) != NULL) {
		BUG_ON(users_find(users, user->bytes, user->name_len) != user);
		BUG_ON(!user->name_len || (user->plain && !user->secret_len));
		n++;
	}
	BUG_ON(n != users_count(users));
	users_free(users);
	return 0;
}
