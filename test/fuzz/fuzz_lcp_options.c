// SPDX-License-Identifier: GPL-2.0-or-later
/* Options of LCP, asked for, acknowledged, naked and rejected, by both roles. */
#include "test/fuzz/fuzz_ppp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_link f;

	fuzz_init(&f, LINK_SERVER);
	fuzz_up_to(&f, LINK_ESTABLISH);
	fuzz_options(&f, &f.link.lcp.cp, data, size);
	fuzz_init(&f, LINK_CLIENT);
	fuzz_up_to(&f, LINK_ESTABLISH);
	fuzz_options(&f, &f.link.lcp.cp, data, size);
	return 0;
}
