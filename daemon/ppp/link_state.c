// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/ppp/link_state.h"

#include <string.h>

_Static_assert(LCP_IDENT_MAX == sizeof(((struct state_link *)0)->ident), "the record's room");

bool link_savable(const struct link *l)
{
	return l->phase == LINK_NETWORK && !l->down && cp_opened(&l->lcp.cp);
}

usec_t link_echo_at(const struct link *l)
{
	return l->echo_deadline;
}

/* --- control protocols --- */

static void cp_save(const struct cp *cp, struct state_cp *ret)
{
	ret->state = (uint8_t)cp->fsm.state;
	ret->request_id = cp->request_id;
	ret->last_id = cp->last_id;
	ret->acked_id = cp->acked_id;
	ret->wish = cp->wish;
	ret->acked_sum = cp->acked_sum;
	ret->answered = cp->answered;
	ret->unique = cp->unique;
	ret->acked_at = cp->acked_at;
}

static bool has_timer(enum automaton_state s)
{
	return s >= AUTOMATON_CLOSING && s != AUTOMATON_OPENED;
}

/*
 * A negotiation that was under way goes on with what it says next, when its timer expires; which
 * may be the same again.
 */
static bool cp_restore(struct cp *cp, const struct state_cp *s, uint16_t mtu, struct env *env)
{
	uint32_t known = (uint32_t)((UINT64_C(1) << cp->proto->n_rows) - 1);

	if (s->state >= AUTOMATON_STATES || s->wish & ~known || s->answered > 1 || s->unique > 1)
		return false;
	cp->fsm.state = (enum automaton_state)s->state;
	cp->fsm.restart = 0;
	cp->fsm.deadline = USEC_NEVER;
	if (has_timer(cp->fsm.state)) {
		cp->fsm.restart = cp->cfg->max_configure;
		cp->fsm.deadline = env->now + cp->cfg->restart;
	}
	cp->request_id = s->request_id;
	cp->last_id = s->last_id;
	cp->acked_id = s->acked_id;
	cp->wish = s->wish;
	cp->acked_sum = s->acked_sum;
	cp->answered = s->answered;
	cp->unique = s->unique;
	cp->acked_at = usec_min(s->acked_at, env->now);
	cp->mtu = mtu;
	return true;
}

/* --- the link --- */

void link_save(const struct link *l, struct state_link *ret)
{
	const struct lcp *lcp = &l->lcp;

	cp_save(&lcp->cp, &ret->lcp);
	cp_save(&l->ipcp.cp, &ret->ipcp);
	cp_save(&l->ipv6cp.cp, &ret->ipv6cp);
	ret->mru = lcp->mru;
	ret->peer_mru = lcp->peer_mru;
	ret->magic = lcp->magic;
	ret->peer_magic = lcp->peer_magic;
	ret->auth = lcp->auth;
	ret->echo_id = lcp->echo_id;
	ret->flags = (uint8_t)((l->ipv6 ? STATE_LINK_IPV6 : 0) |
			       (lcp->echo_refused ? STATE_LINK_ECHO_REFUSED : 0));
	ret->ident_len = lcp->ident_len;
	memcpy(ret->ident, lcp->ident, sizeof(ret->ident));
	ret->local4 = l->ipcp.local;
	ret->remote4 = l->ipcp.remote;
	memcpy(ret->dns, l->ipcp.dns, sizeof(ret->dns));
	memcpy(ret->nbns, l->ipcp.nbns, sizeof(ret->nbns));
	memcpy(ret->local_iid, l->ipv6cp.local, sizeof(ret->local_iid));
	memcpy(ret->remote_iid, l->ipv6cp.remote, sizeof(ret->remote_iid));
	memcpy(ret->offer_iid, l->ipv6cp.offer, sizeof(ret->offer_iid));
}

static bool possible(const struct state_link *s)
{
	return s->lcp.state == AUTOMATON_OPENED && s->auth <= AUTH_MSCHAPV2 &&
	       s->ident_len <= sizeof(s->ident) && s->mru >= LCP_MRU_MIN &&
	       s->peer_mru >= LCP_MRU_MIN &&
	       !(s->flags & ~(STATE_LINK_IPV6 | STATE_LINK_ECHO_REFUSED));
}

static void restore_lcp(struct lcp *lcp, const struct state_link *s)
{
	lcp->mru = s->mru;
	lcp->peer_mru = s->peer_mru;
	lcp->magic = s->magic;
	lcp->peer_magic = s->peer_magic;
	lcp->auth = s->auth;
	lcp->echo_id = s->echo_id;
	lcp->echo_refused = s->flags & STATE_LINK_ECHO_REFUSED;
	lcp->ident_len = s->ident_len;
	memcpy(lcp->ident, s->ident, sizeof(lcp->ident));
}

static void restore_addresses(struct link *l, const struct state_link *s)
{
	l->ipcp.local = s->local4;
	l->ipcp.remote = s->remote4;
	memcpy(l->ipcp.dns, s->dns, sizeof(l->ipcp.dns));
	memcpy(l->ipcp.nbns, s->nbns, sizeof(l->ipcp.nbns));
	memcpy(l->ipv6cp.local, s->local_iid, sizeof(s->local_iid));
	memcpy(l->ipv6cp.remote, s->remote_iid, sizeof(s->remote_iid));
	memcpy(l->ipv6cp.offer, s->offer_iid, sizeof(s->offer_iid));
}

/* The client's end answers a Challenge at any time (RFC 1994 2); a server has asked its question.
 */
static void restore_auth(struct link *l, uint8_t method)
{
	if (l->cfg->role != LINK_CLIENT || method == AUTH_NONE)
		return;
	l->auth.method = method;
	l->auth.state = AUTH_ACCEPTED;
}

static void restore_timers(struct link *l, usec_t echo_at, struct env *env)
{
	bool echoes = l->cfg->echo && l->cfg->echo != USEC_NEVER && !l->lcp.echo_refused;
	bool none = !cp_opened(&l->ipcp.cp) && !cp_opened(&l->ipv6cp.cp);
	usec_t patience = l->cfg->auth_timeout;

	if (echoes && echo_at >= env->now)
		l->echo_deadline = usec_min(echo_at, env->now + l->cfg->echo);
	else if (echoes) /* not all of them at once */
		l->echo_deadline = env->now + l->lcp.magic % l->cfg->echo;
	if (none && patience && patience != USEC_NEVER)
		l->auth_deadline = env->now + patience;
	l->reject_refill = env->now;
}

bool link_restore(struct link *l, const struct state_link *s, usec_t echo_at, struct env *env)
{
	if (!possible(s) || !cp_restore(&l->lcp.cp, &s->lcp, s->peer_mru, env) ||
	    !cp_restore(&l->ipcp.cp, &s->ipcp, s->peer_mru, env) ||
	    !cp_restore(&l->ipv6cp.cp, &s->ipv6cp, s->peer_mru, env))
		return false;
	restore_lcp(&l->lcp, s);
	restore_addresses(l, s);
	restore_auth(l, s->auth);
	l->phase = LINK_NETWORK;
	l->gate = true;
	l->ipv6 = s->flags & STATE_LINK_IPV6;
	l->network_up = true;
	restore_timers(l, echo_at, env);
	return true;
}
