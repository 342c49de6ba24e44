/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the fuzz targets of daemon/ppp: one link with a clock, the same randomness on each run, and
 * checks of what must hold whatever the peer sends.
 */
#ifndef CULVERT_FUZZ_PPP_H
#define CULVERT_FUZZ_PPP_H

#include <string.h>

#include "compiler.h"
#include "daemon/ppp/frame.h"
#include "daemon/ppp/link.h"

struct fuzz_link {
	struct link link;
	struct effects fx;
	struct env env;
	struct rng rng;
	struct link_config cfg;
	unsigned int asked;  /* questions that wait for a verdict */
	unsigned int downs;
	uint8_t lcp[256], ipcp[256]; /* the last Configure-Requests sent */
	size_t lcp_len, ipcp_len;
};

static void fuzz_fill(struct rng *rng, void *to, size_t len)
{
	(void)rng;
	memset(to, 0x5a, len);
}

static void fuzz_init(struct fuzz_link *f, enum link_role role)
{
	memset(f, 0, sizeof(*f));
	f->rng.fill = fuzz_fill;
	f->env = (struct env){ .now = USEC_PER_SEC, .rng = &f->rng, .fx = &f->fx };
	f->cfg = (struct link_config){
		.role = role,
		.name = "fuzz",
		.methods = { AUTH_MSCHAPV2, AUTH_CHAP_MD5, AUTH_PAP },
		.mru = 1400,
		.echo = 30 * USEC_PER_SEC,
		.echo_failures = 3,
		.restart = 3 * USEC_PER_SEC,
		.max_configure = 10,
		.max_terminate = 2,
		.max_failure = 5,
		.auth_timeout = 60 * USEC_PER_SEC,
		.ipv6 = true,
		.renegotiate = true,
		.user = "user",
		.password = (const uint8_t *)"secret",
		.password_len = 6,
	};
	link_init(&f->link, &f->cfg);
}

static void fuzz_keep(uint8_t *to, size_t *ret_len, const uint8_t *frame, size_t len)
{
	if (len > 256)
		return;
	memcpy(to, frame, len);
	*ret_len = len;
}

/* Look at what was decided, and forget it. */
static void fuzz_take(struct fuzz_link *f)
{
	for (size_t i = 0; i < f->fx.count; i++) {
		const struct effect *e = &f->fx.list[i];
		const uint8_t *b = effect_bytes(&f->fx, e);

		if (e->kind == EFFECT_AUTH)
			f->asked++;
		if (e->kind == EFFECT_LINK_DOWN)
			f->downs++;
		if (e->kind != EFFECT_FRAME)
			continue;
		/* two bytes of protocol, a packet whose length is right, and no more than fits */
		BUG_ON(e->len < 6 || e->len > FRAME_INFO_MAX + 2 || !(b[1] & 1));
		BUG_ON((size_t)(b[4] << 8 | b[5]) != e->len - 2);
		if (b[1] == 0x21 && b[2] == CP_CONFIGURE_REQUEST) {
			if (b[0] == 0xc0)
				fuzz_keep(f->lcp, &f->lcp_len, b, e->len);
			else
				fuzz_keep(f->ipcp, &f->ipcp_len, b, e->len);
		}
	}
	BUG_ON(f->downs > 1);
	BUG_ON(f->downs && link_deadline(&f->link) != USEC_NEVER);
	effects_reset(&f->fx);
}

static inline void fuzz_input(struct fuzz_link *f, const uint8_t *data, size_t len)
{
	link_input(&f->link, data, len, &f->env);
	fuzz_take(f);
}

/* Its last Configure-Request is acknowledged. */
static inline void fuzz_ack(struct fuzz_link *f, uint8_t *request, size_t len)
{
	if (!len)
		return;
	request[2] = CP_CONFIGURE_ACK;
	fuzz_input(f, request, len);
}

static inline void fuzz_expire(struct fuzz_link *f)
{
	usec_t due = link_deadline(&f->link);

	if (due == USEC_NEVER)
		return;
	if (due > f->env.now)
		f->env.now = due;
	link_expire(&f->link, &f->env);
	BUG_ON(link_deadline(&f->link) <= f->env.now);
	fuzz_take(f);
}

static inline void fuzz_verdict(struct fuzz_link *f, uint8_t verdict)
{
	static const uint32_t dns[2] = { 1, 2 }, nbns[2] = { 3, 0 };
	struct auth_result r = { .verdict = verdict, .proof_len = AUTH_PROOF_MAX };

	if (!f->asked)
		return;
	f->asked = 0;
	link_set_ipv4(&f->link, 0x0a000001, 0x0a000002, dns, nbns);
	link_auth_result(&f->link, &r, &f->env);
	fuzz_take(f);
}

/* As far as that goes without the peer's own options. */
static inline void fuzz_up_to(struct fuzz_link *f, enum link_phase phase)
{
	static const uint8_t request[] = { 0xc0, 0x21, 1, 1, 0, 4 };
	uint8_t response[6 + 1 + MSCHAP_RESPONSE] = { 0xc2, 0x23, 2, 0, 0, 54, MSCHAP_RESPONSE };

	link_open(&f->link, &f->env);
	fuzz_take(f);
	if (phase == LINK_ESTABLISH)
		return;
	fuzz_input(f, request, sizeof(request));
	fuzz_ack(f, f->lcp, f->lcp_len);
	if (phase == LINK_AUTHENTICATE)
		return;
	response[3] = f->link.auth.id;
	fuzz_input(f, response, sizeof(response));
	fuzz_verdict(f, AUTH_ACCEPT);
	link_gate_open(&f->link, &f->env);
	fuzz_take(f);
}

/* A packet with these options, answered as each of the codes 1 to 4. */
static inline void fuzz_options(struct fuzz_link *f, struct cp *cp, const uint8_t *data, size_t len)
{
	uint8_t frame[2 + FRAME_INFO_MAX];
	struct writer w;

	if (len > FRAME_INFO_MAX - CP_HEADER)
		len = FRAME_INFO_MAX - CP_HEADER;
	for (uint8_t code = CP_CONFIGURE_REQUEST; code <= CP_CONFIGURE_REJECT; code++) {
		writer_init(&w, frame, sizeof(frame));
		writer_u16(&w, cp->proto->number);
		writer_u8(&w, code);
		writer_u8(&w, code == CP_CONFIGURE_REQUEST ? 7 : cp->request_id);
		writer_u16(&w, (uint16_t)(CP_HEADER + len));
		writer_bytes(&w, data, len);
		fuzz_input(f, frame, writer_len(&w));
	}
}

#endif
