// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The configuration: any text is refused with an error, or gives a struct that, printed, gives the
 * same struct again.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "daemon/config/config.h"

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
	BUG_ON(memcmp(&c, &again, sizeof(c)));
	free(text);
	config_errors_fini(&errs);
	return 0;
}
