// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * culvert-load: many L2TP/PPP clients in one process, for measuring a concentrator, ours or any
 * other.  `culvert-load --help` says how.
 */
#include <stdlib.h>

#include "test/bench/load.h"
#include "test/bench/options.h"

int main(int argc, char **argv)
{
	struct options *o = malloc(sizeof(*o));
	struct load *l = malloc(sizeof(*l));
	int r;

	if (!o || !l)
		return 3;
	r = options_parse(o, argc, argv);
	if (r)
		return r - 1;
	if (load_init(l, o))
		return 3;
	r = load_run(l);
	load_fini(l);
	free(l);
	free(o);
	return r < 0 ? 3 : r;
}
