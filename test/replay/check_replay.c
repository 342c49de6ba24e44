// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs scenarios: all of test/replay/scenarios, or the files given.  -v prints what happens.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/replay/script.h"
#include "test/replay/world.h"

static int open_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static bool run(const char *path, bool print)
{
	struct world *w = malloc(sizeof(*w));
	int before = open_fds();
	bool ok;

	if (!w)
		return false;
	world_init(w);
	w->trace.print = print;
	if (print)
		printf("--- %s\n", path);
	ok = script_run(w, path);
	if (!ok)
		printf("not ok %s\n", w->error);
	world_fini(w);
	free(w);
	if (ok && open_fds() != before) {
		printf("not ok %s: descriptors left open\n", path);
		ok = false;
	}
	return ok;
}

int main(int argc, char **argv)
{
	bool print = argc > 1 && !strcmp(argv[1], "-v");
	int first = 1 + print, failed = 0, checks;
	glob_t g = {.gl_pathc = 0};

	if (first < argc) {
		checks = argc - first;
		for (int i = first; i < argc; i++)
			failed += !run(argv[i], print);
	} else {
		glob("test/replay/scenarios/*.rpl", 0, NULL, &g);
		checks = (int)g.gl_pathc;
		for (size_t i = 0; i < g.gl_pathc; i++)
			failed += !run(g.gl_pathv[i], print);
		globfree(&g);
	}
	printf("%d%%: Checks: %d, Failures: %d\n", checks ? 100 * (checks - failed) / checks : 0,
	       checks, failed);
	return failed || !checks ? EXIT_FAILURE : EXIT_SUCCESS;
}
