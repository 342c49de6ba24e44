// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IPCP: addresses (RFC 1332 3.3) and name servers (RFC 1877).  Header compression (RFC 1332 3.2)
 * is rejected: the kernel's L2TP path has none.
 */
#include "daemon/ppp/ipcp.h"

#include <string.h>

#include "compiler.h"
#include "daemon/ppp/frame.h"

#define OPT_ADDRESSES   1 /* RFC 1332 3.1, deprecated there */
#define OPT_COMPRESSION 2
#define OPT_ADDRESS     3
#define OPT_DNS1        129
#define OPT_NBNS1       130
#define OPT_DNS2        131
#define OPT_NBNS2       132

/* clang-format off */
static const struct option_row rows[] = {
	/* type           min max  as server      as client        we ask           name */
	{ OPT_ADDRESSES,   10, 10, { OPTION_REJECT, OPTION_REJECT }, { false },       "addresses" },
	{ OPT_COMPRESSION, 4, 255, { OPTION_REJECT, OPTION_REJECT }, { false },       "VJ" },
	/* A server asks for nothing else: Apple's clients reject what they don't know */
	{ OPT_ADDRESS,     6, 6,   { OPTION_JUDGE,  OPTION_JUDGE },  { true, true },  "address" },
	{ OPT_DNS1,        6, 6,   { OPTION_JUDGE,  OPTION_REJECT }, { false, true }, "DNS1" },
	{ OPT_NBNS1,       6, 6,   { OPTION_JUDGE,  OPTION_REJECT }, { false },       "NBNS1" },
	{ OPT_DNS2,        6, 6,   { OPTION_JUDGE,  OPTION_REJECT }, { false, true }, "DNS2" },
	{ OPT_NBNS2,       6, 6,   { OPTION_JUDGE,  OPTION_REJECT }, { false },       "NBNS2" },
};
/* clang-format on */

static struct ipcp *ipcp_of(struct cp *cp)
{
	return container_of(cp, struct ipcp, cp);
}

/* Where the value of an option lives that a server gives and a client gets. */
static uint32_t *value_of(struct ipcp *ipcp, uint8_t type)
{
	bool server = ipcp->cp.cfg->role == LINK_SERVER;

	switch (type) {
	case OPT_ADDRESS:
		return server ? &ipcp->remote : &ipcp->local;
	case OPT_DNS1:
		return &ipcp->dns[0];
	case OPT_DNS2:
		return &ipcp->dns[1];
	case OPT_NBNS1:
		return &ipcp->nbns[0];
	case OPT_NBNS2:
		return &ipcp->nbns[1];
	}
	return NULL;
}

static enum option_verdict judge(struct cp *cp, const struct option *o, struct writer *nak,
				 struct env *env)
{
	struct ipcp *ipcp = ipcp_of(cp);
	const uint32_t *given;

	(void)env;
	if (cp->cfg->role == LINK_CLIENT) /* the server's own address; we have none to give */
		return option_u32(o) ? OPTION_IS_ACK : OPTION_IS_REJECT;
	given = value_of(ipcp, o->type);
	if (!given || !*given)
		return OPTION_IS_REJECT;
	if (option_u32(o) == *given)
		return OPTION_IS_ACK;
	option_put_u32(nak, o->type, *given);
	return OPTION_IS_NAK;
}

/* A peer that does not ask for an address is told once more that it has one (RFC 1332 3.3). */
static void append(const struct cp *cp, uint32_t seen, struct writer *nak)
{
	const struct ipcp *ipcp = container_of(cp, const struct ipcp, cp);
	int row = option_find(rows, ARRAY_SIZE(rows), OPT_ADDRESS);

	if (cp->cfg->role == LINK_SERVER && ipcp->remote && !(seen & 1u << row))
		option_put_u32(nak, OPT_ADDRESS, ipcp->remote);
}

static void accept(struct cp *cp, const struct option *o)
{
	struct ipcp *ipcp = ipcp_of(cp);

	if (cp->cfg->role != LINK_CLIENT)
		return;
	if (!o)
		ipcp->remote = 0;
	else if (o->type == OPT_ADDRESS)
		ipcp->remote = option_u32(o);
}

static void put(const struct cp *cp, uint8_t type, struct writer *w)
{
	const struct ipcp *ipcp = container_of(cp, const struct ipcp, cp);

	switch (type) {
	case OPT_ADDRESS:
		writer_u32(w, ipcp->local);
		break;
	case OPT_DNS1:
		writer_u32(w, ipcp->dns[0]);
		break;
	case OPT_DNS2:
		writer_u32(w, ipcp->dns[1]);
		break;
	}
}

/* A client takes what it is told; a server's address is not the peer's to choose. */
static bool nak(struct cp *cp, const struct option *o, struct env *env)
{
	uint32_t *value = value_of(ipcp_of(cp), o->type);

	(void)env;
	if (cp->cfg->role == LINK_CLIENT && value)
		*value = option_u32(o);
	return true;
}

static bool reject(struct cp *cp, uint8_t type)
{
	uint32_t *value = value_of(ipcp_of(cp), type);

	if (cp->cfg->role == LINK_SERVER)
		return true;
	if (value)
		*value = 0;
	return type != OPT_ADDRESS;
}

static const struct cp_protocol protocol_ipcp = {
	.number = PPP_IPCP,
	.rows = rows,
	.n_rows = ARRAY_SIZE(rows),
	.judge = judge,
	.append = append,
	.accept = accept,
	.put = put,
	.nak = nak,
	.reject = reject,
};

void ipcp_init(struct ipcp *ipcp, const struct link_config *cfg)
{
	memset(ipcp, 0, sizeof(*ipcp));
	cp_init(&ipcp->cp, &protocol_ipcp, cfg);
}

void ipcp_begin(struct ipcp *ipcp)
{
	unsigned int row = (unsigned int)option_find(rows, ARRAY_SIZE(rows), OPT_ADDRESS);

	if (ipcp->cp.cfg->role == LINK_SERVER && !ipcp->local)
		ipcp->cp.wish &= ~(1u << row);
}
