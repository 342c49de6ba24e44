// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IPV6CP: both ends need interface identifiers, not zero and not the same (RFC 5072 4.1).  The
 * peer keeps the one that it asks for unless that rule is broken.
 */
#include "daemon/ppp/ipv6cp.h"

#include <string.h>

#include "compiler.h"
#include "daemon/ppp/frame.h"

#define OPT_IDENTIFIER  1
#define OPT_COMPRESSION 2 /* RFC 5072 4.2 */

/* clang-format off */
static const struct option_row rows[] = {
	/* type           min max  as server      as client        we ask           name */
	{ OPT_IDENTIFIER,  10, 10, { OPTION_JUDGE,  OPTION_JUDGE },  { true, true },  "identifier" },
	{ OPT_COMPRESSION, 4, 255, { OPTION_REJECT, OPTION_REJECT }, { false },       "compression" },
};
/* clang-format on */

static const uint8_t zero[8];

static struct ipv6cp *ipv6cp_of(struct cp *cp)
{
	return container_of(cp, struct ipv6cp, cp);
}

static bool same(const uint8_t a[8], const uint8_t b[8])
{
	return memcmp(a, b, 8) == 0;
}

static void put_identifier(struct writer *w, const uint8_t id[8])
{
	option_put(w, &(struct option){ .type = OPT_IDENTIFIER, .len = 10, .data = id });
}

static enum option_verdict judge(struct cp *cp, const struct option *o, struct writer *nak,
				 struct env *env)
{
	const struct ipv6cp *v6 = ipv6cp_of(cp);

	(void)env;
	if (!same(o->data, zero) && !same(o->data, v6->local))
		return OPTION_IS_ACK;
	put_identifier(nak, v6->offer);
	return OPTION_IS_NAK;
}

static void append(const struct cp *cp, uint32_t seen, struct writer *nak)
{
	if (!(seen & 1))
		put_identifier(nak, container_of(cp, const struct ipv6cp, cp)->offer);
}

static void accept(struct cp *cp, const struct option *o)
{
	struct ipv6cp *v6 = ipv6cp_of(cp);

	memcpy(v6->remote, o && o->type == OPT_IDENTIFIER ? o->data : zero, 8);
}

static void put(const struct cp *cp, uint8_t type, struct writer *w)
{
	if (type == OPT_IDENTIFIER)
		writer_bytes(w, container_of(cp, const struct ipv6cp, cp)->local, 8);
}

/* What we propose to the peer must not be ours. */
static void part(struct ipv6cp *v6)
{
	if (same(v6->local, v6->offer))
		v6->offer[7] ^= v6->offer[7] == 1 ? 3 : 1; /* and not zero */
}

/*
 * RFC 5072 4.1: the suggestion is good if it is not what the peer itself has.  A server keeps
 * its own, which the kernel may have already; the peer is naked in turn if they are the same.
 */
static bool nak(struct cp *cp, const struct option *o, struct env *env)
{
	struct ipv6cp *v6 = ipv6cp_of(cp);

	(void)env;
	if (cp->cfg->role == LINK_SERVER)
		return true;
	if (o->len == 10 && !same(o->data, zero) && !same(o->data, v6->remote))
		memcpy(v6->local, o->data, 8);
	part(v6);
	return true;
}

/* Without an identifier of ours there is nothing to run. */
static bool reject(struct cp *cp, uint8_t type)
{
	(void)cp;
	return type != OPT_IDENTIFIER;
}

static const struct cp_protocol protocol_ipv6cp = {
	.number = PPP_IPV6CP,
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
	.judge = judge,
	.append = append,
	.accept = accept,
	.put = put,
	.nak = nak,
	.reject = reject,
};

void ipv6cp_init(struct ipv6cp *v6, const struct link_config *cfg)
{
	memset(v6, 0, sizeof(*v6));
	cp_init(&v6->cp, &protocol_ipv6cp, cfg);
}

/* RFC 5072 4.1: random, with the "u" bit zero because it is not unique in the world. */
static void random_identifier(uint8_t id[8], struct env *env)
{
	if (!same(id, zero))
		return;
	rng_fill(env->rng, id, 8);
	id[0] &= (uint8_t)~2u;
	if (same(id, zero))
		id[7] = 1;
}

void ipv6cp_choose(struct ipv6cp *v6, struct env *env)
{
	random_identifier(v6->local, env);
	random_identifier(v6->offer, env);
	part(v6);
}
