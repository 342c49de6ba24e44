// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets of PAP and CHAP.  The first byte is role, method and verdict; then packets, each behind
 * a byte with its length.  The identifier of a packet is made to fit where it is 0.
 */
#include "test/fuzz/fuzz_ppp.h"

static void packet(struct auth *a, struct env *env, const uint8_t *data, size_t len)
{
	uint8_t copy[256];

	memcpy(copy, data, len);
	if (len > 1 && !copy[1])
		copy[1] = a->cfg->role == LINK_SERVER ? a->id : a->answer_id;
	auth_input(a, a->method == AUTH_PAP ? PPP_PAP : PPP_CHAP, copy, len, env);
	auth_input(a, PPP_EAP, copy, len, env);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_link f;
	struct auth_result result = { .proof_len = AUTH_PROOF_MAX };
	struct auth a;
	struct reader r;
	uint8_t how;

	reader_init(&r, data, size);
	how = reader_u8(&r);
	fuzz_init(&f, how & 1 ? LINK_CLIENT : LINK_SERVER);
	result.verdict = (uint8_t)(how >> 4 & 3);
	auth_init(&a, &f.cfg);
	auth_start(&a, (enum auth_method)(1 + (how >> 1) % 3), &f.env);
	fuzz_take(&f);
	while (reader_left(&r)) {
		struct reader one = reader_sub(&r, reader_u8(&r));

		packet(&a, &f.env, one.pos, reader_left(&one));
		fuzz_take(&f);
		if (f.asked)
			auth_result(&a, &result, &f.env);
		f.asked = 0;
		f.env.now += USEC_PER_SEC;
		auth_expire(&a, &f.env);
		fuzz_take(&f);
	}
	auth_stop(&a);
	return 0;
}
