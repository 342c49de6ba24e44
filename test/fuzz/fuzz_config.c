// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The configuration: any text is refused with an error, or gives a struct that, printed, gives the
 * same struct again; and that can be put in force by a reload, and taken back, with nothing left of
 * the difference but what waits for the next start.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "daemon/config/config.h"
#include "daemon/config/config_diff.h"
#include "daemon/config/config_keys.h"

/* libconfuse loses the arguments of a function that is not closed; nothing of ours is excused. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libconfuse";
}

static char *print(const struct config *c)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	BUG_ON(!f);
	config_print(f, c);
	fclose(f);
	return text;
}

static const char base_text[] =
	"listen { address = 192.0.2.1 server = a }\n"
	"listen { address = 192.0.2.2 server = b path-mtu = 1400 }\n"
	"server a { default-group = staff max-sessions = 9 }\n"
	"server b { default-group = guests }\n"
	"group staff { local-address = 10.0.0.1 pool = staff dns = 10.0.0.2 }\n"
	"group guests { local-address = 10.0.0.1 id = 1702 }\n"
	"group more { local-address = 10.0.0.1 pool = more }\n"
	"pool staff { range = 10.0.0.0/24 }\n"
	"pool more { range = 10.0.1.0/24 }\n";

static void only_later(void *ctx, const struct reload_change *change)
{
	(void)ctx;
	BUG_ON(change->apply != CONFIG_APPLY_START);
	BUG_ON(!memchr(change->key, '\0', sizeof(change->key)));
}

static void any(void *ctx, const struct reload_change *change)
{
	(void)ctx;
	BUG_ON(!change->key[0] || !change->apply);
}

static void check_places(const struct config *c)
{
	BUG_ON(c->n_servers > CONFIG_SERVERS_MAX || c->n_groups > CONFIG_GROUPS_MAX);
	for (size_t i = 0; i < c->n_listeners; i++)
		BUG_ON(c->listeners[i].server >= c->n_servers);
	for (size_t i = 0; i < c->n_servers; i++)
		BUG_ON(c->servers[i].default_group >= c->n_groups);
	for (size_t i = 0; i < c->n_groups; i++)
		BUG_ON(c->groups[i].pool >= c->n_pools || !c->groups[i].id);
}

static void reload(const struct config *running, struct config *wanted, struct config *ret)
{
	static const struct config_busy nobody;
	const char *what;

	config_keep_ids(running, wanted);
	config_diff(running, wanted, any, NULL);
	if (config_adopt(running, wanted, &nobody, ret, &what)) {
		*ret = *running; /* too many of them */
		return;
	}
	check_places(ret);
	config_diff(ret, wanted, only_later, NULL);
}

static void there_and_back(struct config *c)
{
	static struct config base, next, last;
	struct config_errors errs;

	config_errors_init(&errs);
	BUG_ON(config_parse("base", base_text, strlen(base_text), &base, &errs) < 0);
	reload(&base, c, &next);
	reload(&next, &base, &last);
	config_errors_fini(&errs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config c, again;
	struct config_errors errs;
	char *text;

	config_errors_init(&errs);
	if (config_parse("fuzz", (const char *)data, size, &c, &errs) < 0) {
		BUG_ON(errs.count == 0 && errs.dropped == 0);
		config_errors_fini(&errs);
		return 0;
	}
	BUG_ON(errs.count);
	text = print(&c);
	BUG_ON(config_parse("again", text, strlen(text), &again, &errs) < 0);
	for (size_t i = 0; i < c.n_groups; i++) /* it is written now */
		again.groups[i].auto_id = c.groups[i].auto_id;
	BUG_ON(memcmp(&c, &again, sizeof(c)));
	there_and_back(&c);
	free(text);
	config_errors_fini(&errs);
	return 0;
}
