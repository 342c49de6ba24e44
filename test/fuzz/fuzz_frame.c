// SPDX-License-Identifier: GPL-2.0-or-later
/* The outside of a PPP frame, in each phase of a link. */
#include "test/fuzz/fuzz_ppp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_link f;
	struct frame frame;

	if (frame_parse(data, size, &frame)) {
		BUG_ON(frame.info < data || frame.info + frame.len != data + size);
		BUG_ON(!(frame.protocol & 1));
		frame_protocol_name(frame.protocol);
	}
	for (int phase = LINK_ESTABLISH; phase <= LINK_NETWORK; phase++) {
		fuzz_init(&f, LINK_SERVER);
		fuzz_up_to(&f, (enum link_phase)phase);
		fuzz_input(&f, data, size);
		fuzz_input(&f, data, size);
		fuzz_expire(&f);
	}
	return 0;
}
