// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of a link.  The first byte is the role; then steps: what to do, and a byte with the
 * length of the bytes that follow.
 */
#include "test/fuzz/fuzz_ppp.h"

enum step {
	STEP_INPUT,      /* the bytes are a frame */
	STEP_PACKET,     /* the bytes are protocol and packet; length and answer's id are made to fit */
	STEP_ACK_LCP,
	STEP_ACK_IPCP,
	STEP_EXPIRE,
	STEP_VERDICT,    /* first byte: 1 accept, 2 reject, 3 error */
	STEP_GATE,
	STEP_CLOSE,
	STEP_HEARD,
	STEPS
};

static void packet(struct fuzz_link *f, const uint8_t *data, size_t len)
{
	uint8_t copy[256];

	memcpy(copy, data, len);
	if (len >= 6) {
		copy[4] = (uint8_t)((len - 2) >> 8);
		copy[5] = (uint8_t)(len - 2);
	}
	if (len >= 4 && copy[0] == 0xc2)
		copy[3] = f->link.auth.id;
	else if (len >= 4 && copy[2] >= CP_CONFIGURE_ACK && copy[2] <= CP_CONFIGURE_REJECT)
		copy[3] = copy[0] == 0xc0 ? f->link.lcp.cp.request_id :
			  copy[1] == 0x21 ? f->link.ipcp.cp.request_id :
					    f->link.ipv6cp.cp.request_id;
	fuzz_input(f, copy, len);
}

static void step(struct fuzz_link *f, uint8_t what, const uint8_t *data, size_t len)
{
	switch ((enum step)(what % STEPS)) {
	case STEP_INPUT:
		fuzz_input(f, data, len);
		break;
	case STEP_PACKET:
		packet(f, data, len);
		break;
	case STEP_ACK_LCP:
		fuzz_ack(f, f->lcp, f->lcp_len);
		break;
	case STEP_ACK_IPCP:
		fuzz_ack(f, f->ipcp, f->ipcp_len);
		break;
	case STEP_EXPIRE:
		fuzz_expire(f);
		break;
	case STEP_VERDICT:
		fuzz_verdict(f, len ? data[0] : AUTH_ACCEPT);
		break;
	case STEP_GATE:
		link_gate_open(&f->link, &f->env);
		break;
	case STEP_CLOSE:
		link_close(&f->link, LINK_END_LOCAL, len ? "why" : NULL, &f->env);
		break;
	case STEP_HEARD:
		link_heard(&f->link, f->env.now);
		break;
	case STEPS:
		break;
	}
	fuzz_take(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_link f;
	struct reader r;

	reader_init(&r, data, size);
	fuzz_init(&f, reader_u8(&r) & 1 ? LINK_CLIENT : LINK_SERVER);
	link_open(&f.link, &f.env);
	fuzz_take(&f);
	while (reader_left(&r)) {
		uint8_t what = reader_u8(&r);
		struct reader bytes = reader_sub(&r, reader_u8(&r));

		step(&f, what, bytes.pos, reader_left(&bytes));
	}
	/* left alone, it ends or rests: an open link only sends echoes, until it gives up */
	for (int i = 0; i < 200 && link_deadline(&f.link) != USEC_NEVER; i++)
		fuzz_expire(&f);
	BUG_ON(!f.downs);
	return 0;
}
