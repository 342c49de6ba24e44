// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `culvertd --check`: the configuration and the users file, without starting anything.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/aaa/users.h"
#include "daemon/config/config.h"

_Static_assert(AAA_GROUPS_MAX == CONFIG_GROUPS_MAX && AUTH_GROUP_MAX == CONFIG_NAME_MAX, "groups");

size_t config_groups(const struct config *c, struct aaa_group ret[AAA_GROUPS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_groups; i++) {
		if (c->groups[i].removed)
			continue;
		memcpy(ret[n].name, c->groups[i].name, sizeof(ret[n].name));
		ret[n++].local_address = c->groups[i].local_address;
	}
	return n;
}

/* The users' groups and addresses must fit the configuration. */
static void check_users(const struct config *c, const struct users *u, struct config_errors *errs)
{
	struct aaa_group groups[AAA_GROUPS_MAX];

	users_check(u, c->users_file, groups, config_groups(c, groups), errs);
}

static size_t load_users(const struct config *c, struct config_errors *errs)
{
	struct users *u = NULL;
	size_t count = 0;
	int fd;

	fd = config_open_users(c, errs);
	if (fd < 0)
		return 0;
	if (users_load(fd, c->users_file, &u, errs) == 0) {
		check_users(c, u, errs);
		count = users_count(u);
	}
	users_free(u);
	close(fd);
	return count;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

int config_check_main(const char *path, FILE *out)
{
	struct config_errors errs;
	struct config *c = calloc(1, sizeof(*c));
	uint64_t addresses = 0;
	size_t users = 0;

	config_errors_init(&errs);
	if (!c)
		config_errors_add(&errs, path, 0, "out of memory");
	else if (config_load(path, c, &errs) == 0)
		users = load_users(c, &errs);
	if (errs.count) {
		config_errors_print(&errs, out);
		fprintf(out, "%s: %zu error%s\n", path, errs.count + errs.dropped,
			plural(errs.count + errs.dropped));
	} else if (c) {
		for (size_t i = 0; i < c->n_pools; i++)
			addresses += (uint64_t)c->pools[i].last - c->pools[i].first + 1;
		fprintf(out,
			"%s: ok: %u listener%s, %u server%s, %u group%s, %u pool%s with "
			"%" PRIu64 " addresses, %zu user%s\n",
			path, c->n_listeners, plural(c->n_listeners), c->n_servers,
			plural(c->n_servers), c->n_groups, plural(c->n_groups), c->n_pools,
			plural(c->n_pools), addresses, users, plural(users));
	}
	if (c)
		config_wipe(c);
	free(c);
	users = errs.count;
	config_errors_fini(&errs);
	return users ? 1 : 0;
}
