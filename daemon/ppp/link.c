// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The phases of a link (RFC 1661 3.2) and the way of each frame to the machine that it is for.
 *
 *	establish     LCP alone; every other frame is dropped (3.4)
 *	authenticate  LCP and the method that LCP agreed on (3.5)
 *	network       IPCP and IPV6CP, each for itself; what we don't know is rejected (3.6)
 *	terminate     LCP alone, until it is answered or tired (3.7)
 *
 * Not by the letter of 3.5: the newest Configure-Request of a network protocol that comes during
 * authentication waits until that is done instead of being dropped, as if the wire had been
 * slower.  A client that asks early, or whose frames were reordered, saves its restart timer.
 *
 * The authenticate phase lasts until the gate opens as well: Success is said by the time that the
 * kernel takes what the peer will send upon it.
 *
 * Decides when a link is over and why; does not decide who may in (aaa) nor with what address
 * (engine).
 */
#include "daemon/ppp/link.h"

#include <stdio.h>
#include <string.h>

#include "compiler.h"
#include "daemon/base/secret.h"
#include "daemon/ppp/frame.h"

NAMES_FUNCTION(link_phase, LINK_PHASE_LIST)
NAMES_FUNCTION(link_end, LINK_END_LIST)

static void on_ncp(struct link *l, const struct frame *f, struct env *env);
static void on_unknown(struct link *l, const struct frame *f, struct env *env);

void link_init(struct link *l, const struct link_config *cfg)
{
	BUG_ON(!cfg->restart || !cfg->max_configure);
	memset(l, 0, sizeof(*l));
	l->cfg = cfg;
	l->phase = LINK_DEAD;
	l->end = LINK_END_NONE;
	l->ipv6 = cfg->ipv6;
	l->gate = cfg->role == LINK_CLIENT; /* it has nothing to say that waits for a kernel */
	lcp_init(&l->lcp, cfg);
	auth_init(&l->auth, cfg);
	ipcp_init(&l->ipcp, cfg);
	ipv6cp_init(&l->ipv6cp, cfg);
	l->auth_deadline = USEC_NEVER;
	l->echo_deadline = USEC_NEVER;
	l->reject_tokens = LINK_REJECTS_MAX;
}

static void set_phase(struct link *l, enum link_phase phase, struct env *env)
{
	if (l->phase == phase)
		return;
	l->phase = phase;
	effects_add(env->fx, EFFECT_PHASE, phase);
}

static usec_t patience(const struct link *l, const struct env *env)
{
	usec_t t = l->cfg->auth_timeout;

	return t == 0 || t == USEC_NEVER ? USEC_NEVER : env->now + t;
}

static bool echoes(const struct link *l)
{
	return l->cfg->echo != 0 && l->cfg->echo != USEC_NEVER && !l->lcp.echo_refused;
}

static bool runs_ipv6(const struct link *l)
{
	return l->ipv6 && link_mtu(l) >= IPV6CP_MTU_MIN;
}

static struct cp *ncp_of(struct link *l, uint16_t protocol)
{
	if (protocol == PPP_IPCP)
		return &l->ipcp.cp;
	return protocol == PPP_IPV6CP && runs_ipv6(l) ? &l->ipv6cp.cp : NULL;
}

static struct link_held *held_of(struct link *l, const struct cp *cp)
{
	return cp == &l->ipcp.cp ? &l->held_ipcp : &l->held_ipv6cp;
}

/* --- going down --- */

static void finish(struct link *l, struct env *env)
{
	if (l->down)
		return;
	if (l->end == LINK_END_NONE)
		l->end = l->peer_closed ? LINK_END_PEER : LINK_END_LCP_TIMEOUT;
	l->down = true;
	auth_stop(&l->auth);
	set_phase(l, LINK_DEAD, env);
	effects_add(env->fx, EFFECT_LINK_DOWN, l->end);
}

static void ncp_down(struct cp *cp, struct env *env)
{
	if (cp_event(cp, AUTOMATON_DOWN, env) & CP_DOWN)
		effects_add(env->fx, EFFECT_NCP_DOWN, cp->proto->number);
}

/* LCP is not open any more: nothing above it is, either. */
static void forget_held(struct link *l)
{
	l->held_ipcp.len = 0;
	l->held_ipv6cp.len = 0;
	l->admitted = false;
	secret_wipe(&l->verdict, sizeof(l->verdict));
}

static void upper_down(struct link *l, struct env *env)
{
	ncp_down(&l->ipcp.cp, env);
	ncp_down(&l->ipv6cp.cp, env);
	auth_stop(&l->auth);
	forget_held(l);
	l->echo_deadline = USEC_NEVER;
	l->echo_pending = 0;
	l->network_up = false;
}

void link_close(struct link *l, enum link_end why, const char *text, struct env *env)
{
	if (l->down || l->phase == LINK_TERMINATE)
		return;
	if (l->end == LINK_END_NONE)
		l->end = why;
	if (l->phase == LINK_DEAD) {
		finish(l, env);
		return;
	}
	upper_down(l, env);
	l->auth_deadline = USEC_NEVER;
	set_phase(l, LINK_TERMINATE, env);
	if (cp_close(&l->lcp.cp, text, env) & CP_FINISHED)
		finish(l, env);
}

void link_lower_down(struct link *l)
{
	l->down = true;
	l->phase = LINK_DEAD;
	auth_stop(&l->auth);
	forget_held(l);
}

/* --- network protocols --- */

static void ncp_outcome(struct link *l, struct cp *cp, unsigned int out, struct env *env)
{
	bool up = (out & CP_UP) != 0;

	if (out & CP_DOWN)
		effects_add(env->fx, EFFECT_NCP_DOWN, cp->proto->number);
	/* a server that acknowledges 0.0.0.0 has given us nothing */
	if (up && cp == &l->ipcp.cp && l->cfg->role == LINK_CLIENT && !l->ipcp.local) {
		up = false;
		out |= CP_FAILED;
	}
	if (up) {
		effects_add(env->fx, EFFECT_NCP_UP, cp->proto->number);
		l->network_up = true;
		l->auth_deadline = USEC_NEVER;
	}
	if (out & CP_FAILED && cp_close(cp, NULL, env) & CP_DOWN && !(out & CP_UP))
		effects_add(env->fx, EFFECT_NCP_DOWN, cp->proto->number);
	if (l->phase != LINK_NETWORK || cp_opened(&l->ipcp.cp) || cp_opened(&l->ipv6cp.cp))
		return;
	/* None is open.  One that was may come again; if none ever was and none tries, give up. */
	if (out & CP_DOWN)
		l->auth_deadline = patience(l, env);
	if (!l->network_up && !cp_alive(&l->ipcp.cp) && !cp_alive(&l->ipv6cp.cp))
		link_close(l, LINK_END_NCP_FAILED, "No network protocol", env);
}

static void release(struct link *l, uint16_t protocol, struct link_held *held, struct env *env)
{
	struct link_held copy = *held;
	struct frame f = { .protocol = protocol, .len = copy.len, .info = copy.info };

	held->len = 0;
	if (copy.len && ncp_of(l, protocol))
		on_ncp(l, &f, env);
	else if (copy.len)
		on_unknown(l, &f, env);
}

static void release_held(struct link *l, struct env *env)
{
	release(l, PPP_IPCP, &l->held_ipcp, env);
	release(l, PPP_IPV6CP, &l->held_ipv6cp, env);
}

static void start_network(struct link *l, struct env *env)
{
	set_phase(l, LINK_NETWORK, env);
	l->auth_deadline = patience(l, env);
	l->network_up = false;
	ipcp_begin(&l->ipcp);
	ncp_outcome(l, &l->ipcp.cp, cp_event(&l->ipcp.cp, AUTOMATON_UP, env), env);
	if (runs_ipv6(l)) {
		ipv6cp_choose(&l->ipv6cp, env);
		ncp_outcome(l, &l->ipv6cp.cp, cp_event(&l->ipv6cp.cp, AUTOMATON_UP, env), env);
	}
	release_held(l, env);
}

/* The network phase, if the gate is open. */
static void enter_network(struct link *l, struct env *env)
{
	if (l->gate) {
		start_network(l, env);
		return;
	}
	l->admitted = true;
	l->auth_deadline = USEC_NEVER; /* from here on it is us who are slow */
	if (l->phase != LINK_AUTHENTICATE)
		set_phase(l, LINK_AUTHENTICATE, env);
}

static void on_ncp(struct link *l, const struct frame *f, struct env *env)
{
	struct cp *cp = ncp_of(l, f->protocol);
	struct link_held *held;
	struct cp_packet p;

	if (!cp)
		return;
	held = held_of(l, cp);
	if (cp_packet_parse(f->info, f->len, &p) &&
	    (p.code == CP_CONFIGURE_REQUEST || p.code == CP_TERMINATE_REQUEST)) {
		held->len = 0; /* the newest word counts */
		if (p.code == CP_CONFIGURE_REQUEST && l->phase == LINK_AUTHENTICATE) {
			size_t len = CP_HEADER + p.len; /* without padding */

			if (len <= sizeof(held->info)) {
				held->len = (uint8_t)len;
				memcpy(held->info, f->info, len);
			}
			return;
		}
	}
	if (l->phase == LINK_NETWORK)
		ncp_outcome(l, cp, cp_input(cp, f->info, f->len, env), env);
}

/* --- authentication --- */

static void auth_done(struct link *l, enum auth_outcome outcome, struct env *env)
{
	switch (outcome) {
	case AUTH_OUTCOME_NONE:
		break;
	case AUTH_OUTCOME_UP:
		if (l->phase == LINK_AUTHENTICATE)
			enter_network(l, env);
		break;
	case AUTH_OUTCOME_FAILED:
		link_close(l, LINK_END_AUTH_FAILED, "Authentication failed", env);
		break;
	case AUTH_OUTCOME_UNPROVED:
		link_close(l, LINK_END_AUTH_UNPROVED, "Wrong proof", env);
		break;
	case AUTH_OUTCOME_TIMEOUT:
		link_close(l, LINK_END_AUTH_TIMEOUT, "Authentication timed out", env);
		break;
	}
}

void link_auth_result(struct link *l, const struct auth_result *result, struct env *env)
{
	if (l->phase != LINK_AUTHENTICATE || l->admitted)
		return;
	if (result->verdict == AUTH_ACCEPT && !l->gate) {
		l->verdict.proof_len = result->proof_len;
		memcpy(l->verdict.proof, result->proof, sizeof(l->verdict.proof));
		enter_network(l, env);
		return;
	}
	auth_done(l, auth_result(&l->auth, result, env), env);
	/* a user who may correct the password needs time to type it */
	if (l->phase == LINK_AUTHENTICATE && l->auth.state == AUTH_ASKED)
		l->auth_deadline = patience(l, env);
}

/* --- LCP --- */

static void lcp_up(struct link *l, struct env *env)
{
	l->peer_closed = false;
	l->lcp.cp.mtu = l->lcp.peer_mru;
	l->ipcp.cp.mtu = l->lcp.peer_mru;
	l->ipv6cp.cp.mtu = l->lcp.peer_mru;
	l->echo_pending = 0;
	l->echo_deadline = echoes(l) ? env->now + l->cfg->echo : USEC_NEVER;
	if (l->lcp.auth == AUTH_NONE) {
		enter_network(l, env);
		return;
	}
	set_phase(l, LINK_AUTHENTICATE, env);
	auth_start(&l->auth, (enum auth_method)l->lcp.auth, env);
}

static void lcp_outcome(struct link *l, unsigned int out, struct env *env)
{
	if (out & CP_PEER_CLOSED) {
		l->peer_closed = true;
		/* RFC 1661 4.1 goes on asking; not for long, because it has left */
		if (l->phase == LINK_ESTABLISH)
			l->auth_deadline = usec_min(l->auth_deadline,
						    env->now + 2 * l->cfg->restart);
	}
	if (out & CP_REJECTED && l->end == LINK_END_NONE)
		l->end = LINK_END_PROTOCOL;
	if (out & CP_DOWN) {
		bool settled =
			(l->phase == LINK_NETWORK || l->admitted) && l->cfg->role == LINK_SERVER;
		/* a peer that does not try again after a Failure has failed, not hung up */
		bool refused = l->phase == LINK_AUTHENTICATE && l->auth.tries;

		upper_down(l, env);
		if (cp_alive(&l->lcp.cp) && settled && !l->cfg->renegotiate) {
			link_close(l, LINK_END_PROTOCOL, "Dial again", env);
			return;
		}
		if (cp_alive(&l->lcp.cp)) { /* the peer negotiates anew */
			set_phase(l, LINK_ESTABLISH, env);
			l->auth_deadline = patience(l, env);
		} else {
			if (l->end == LINK_END_NONE)
				l->end = refused ? LINK_END_AUTH_FAILED : LINK_END_PEER;
			set_phase(l, LINK_TERMINATE, env);
			l->auth_deadline = USEC_NEVER;
		}
	}
	if (out & CP_UP)
		lcp_up(l, env);
	if (l->lcp.loops >= LCP_LOOPS_MAX)
		link_close(l, LINK_END_LOOPBACK, NULL, env);
	else if (out & CP_FAILED && l->lcp.no_auth)
		link_close(l, LINK_END_AUTH_METHOD, "No common authentication", env);
	else if (out & CP_FAILED)
		link_close(l, LINK_END_LCP_FAILED, "No agreement", env);
	if (out & CP_FINISHED)
		finish(l, env);
}

void link_open(struct link *l, struct env *env)
{
	if (l->down || l->phase != LINK_DEAD)
		return;
	cp_event(&l->ipcp.cp, AUTOMATON_OPEN, env);
	cp_event(&l->ipv6cp.cp, AUTOMATON_OPEN, env);
	l->auth_deadline = patience(l, env);
	l->reject_refill = env->now;
	set_phase(l, LINK_ESTABLISH, env);
	lcp_outcome(l, lcp_open(&l->lcp, env), env);
}

static void note_protocol(uint16_t protocol, struct env *env)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%s 0x%04x", frame_protocol_name(protocol), protocol);

	memcpy(effects_room(env->fx, EFFECT_NOTE, NOTE_PROTOCOL_REJECTED, (size_t)n), text,
	       (size_t)n);
}

/* RFC 1661 5.7: the peer does not know a protocol of ours. */
static void on_rejected(struct link *l, uint16_t protocol, struct env *env)
{
	struct cp *ncp;

	note_protocol(protocol, env);
	if (protocol == PPP_LCP)
		lcp_outcome(l, cp_rejected(&l->lcp.cp, env), env);
	else if ((protocol == PPP_PAP || protocol == PPP_CHAP) && l->phase == LINK_AUTHENTICATE)
		link_close(l, LINK_END_AUTH_METHOD, "No common authentication", env);
	if (l->phase != LINK_NETWORK)
		return;
	ncp = ncp_of(l, protocol == PPP_IP ? PPP_IPCP :
			protocol == PPP_IPV6 ? PPP_IPV6CP : protocol);
	if (ncp)
		ncp_outcome(l, ncp, cp_rejected(ncp, env), env);
}

/* Why the peer ends: Windows sends an error code, others a sentence. */
static void note_reason(struct link *l, const struct cp_packet *p, struct env *env)
{
	size_t len = p->len < 64 ? p->len : 64;

	l->peer_error = lcp_terminate_error(p);
	if (!l->peer_error && len)
		memcpy(effects_room(env->fx, EFFECT_NOTE, NOTE_PEER_REASON, len), p->data, len);
}

static void on_lcp(struct link *l, const struct frame *f, struct env *env)
{
	struct cp_packet p;
	uint16_t rejected;

	if (cp_packet_parse(f->info, f->len, &p) && p.code == CP_TERMINATE_REQUEST)
		note_reason(l, &p, env);
	lcp_outcome(l, cp_input(&l->lcp.cp, f->info, f->len, env), env);
	rejected = l->lcp.rejected;
	l->lcp.rejected = 0;
	if (rejected && !l->down)
		on_rejected(l, rejected, env);
}

/* --- the rest --- */

static bool may_reject(struct link *l, usec_t now)
{
	usec_t seconds = (now - l->reject_refill) / USEC_PER_SEC;

	if (seconds) {
		usec_t tokens = l->reject_tokens + seconds;

		l->reject_tokens = tokens < LINK_REJECTS_MAX ? (uint8_t)tokens : LINK_REJECTS_MAX;
		l->reject_refill += seconds * USEC_PER_SEC;
	}
	if (!l->reject_tokens)
		return false;
	l->reject_tokens--;
	return true;
}

/*
 * RFC 1661 5.7.  A peer that closes a protocol which we do not have gets its answer, because
 * Windows waits for that of its CCP.
 */
static void on_unknown(struct link *l, const struct frame *f, struct env *env)
{
	struct cp_packet p;
	struct writer w;

	if (l->phase != LINK_NETWORK || !may_reject(l, env->now))
		return;
	if ((f->protocol == PPP_CCP || f->protocol == PPP_ECP) &&
	    cp_packet_parse(f->info, f->len, &p) && p.code == CP_TERMINATE_REQUEST) {
		frame_begin(&w, env->fx, f->protocol, CP_HEADER);
		writer_u8(&w, CP_TERMINATE_ACK);
		writer_u8(&w, p.id);
		writer_u16(&w, CP_HEADER);
		frame_end(&w, env->fx);
		return;
	}
	note_protocol(f->protocol, env);
	lcp_send_protocol_reject(&l->lcp, f->protocol, f->info, f->len, env);
}

void link_input(struct link *l, const uint8_t *frame, size_t len, struct env *env)
{
	struct frame f;

	if (l->down || l->phase == LINK_DEAD)
		return;
	if (!frame_parse(frame, len, &f)) {
		effects_add(env->fx, EFFECT_NOTE, NOTE_MALFORMED);
		return;
	}
	if (f.protocol == PPP_LCP)
		on_lcp(l, &f, env);
	else if (f.protocol == PPP_PAP || f.protocol == PPP_CHAP)
		auth_done(l, auth_input(&l->auth, f.protocol, f.info, f.len, env), env);
	else if (ncp_of(l, f.protocol))
		on_ncp(l, &f, env);
	else if (f.protocol != PPP_IP && (f.protocol != PPP_IPV6 || !runs_ipv6(l)))
		on_unknown(l, &f, env);
	l->echo_looped = l->lcp.own_magic;
	l->lcp.own_magic = false;
	if (!l->echo_looped) /* hearing oneself is no sign of a peer */
		link_heard(l, env->now);
}

void link_set_ipv4(struct link *l, uint32_t local, uint32_t remote, const uint32_t dns[2],
		   const uint32_t nbns[2])
{
	l->ipcp.local = local;
	l->ipcp.remote = remote;
	memcpy(l->ipcp.dns, dns, sizeof(l->ipcp.dns));
	memcpy(l->ipcp.nbns, nbns, sizeof(l->ipcp.nbns));
}

void link_set_ipv6(struct link *l, bool ipv6)
{
	l->ipv6 = ipv6;
}

void link_gate_open(struct link *l, struct env *env)
{
	struct auth_result accept = {.verdict = AUTH_ACCEPT};

	l->gate = true;
	if (!l->admitted)
		return;
	l->admitted = false;
	if (l->lcp.auth == AUTH_NONE) {
		start_network(l, env);
		return;
	}
	accept.proof_len = l->verdict.proof_len;
	memcpy(accept.proof, l->verdict.proof, sizeof(accept.proof));
	auth_done(l, auth_result(&l->auth, &accept, env), env);
	secret_wipe(&accept, sizeof(accept));
	secret_wipe(&l->verdict, sizeof(l->verdict));
}

/* --- time --- */

void link_heard(struct link *l, usec_t when)
{
	/* what was heard before the last echo left does not answer it */
	if (l->echo_deadline == USEC_NEVER || when + l->cfg->echo < l->echo_deadline)
		return;
	l->echo_pending = 0;
	l->echo_deadline = when + l->cfg->echo;
}

usec_t link_deadline(const struct link *l)
{
	usec_t t = usec_min(l->auth_deadline, l->echo_deadline);

	if (l->down)
		return USEC_NEVER;
	t = usec_min(t, cp_deadline(&l->lcp.cp));
	t = usec_min(t, auth_deadline(&l->auth));
	t = usec_min(t, cp_deadline(&l->ipcp.cp));
	return usec_min(t, cp_deadline(&l->ipv6cp.cp));
}

static void expire_patience(struct link *l, struct env *env)
{
	if (env->now < l->auth_deadline)
		return;
	l->auth_deadline = USEC_NEVER;
	switch (l->phase) {
	case LINK_DEAD:
	case LINK_TERMINATE:
		break;
	case LINK_ESTABLISH:
		link_close(l, l->peer_closed ? LINK_END_PEER : LINK_END_LCP_TIMEOUT, NULL, env);
		break;
	case LINK_AUTHENTICATE:
		link_close(l, LINK_END_AUTH_TIMEOUT, "Authentication timed out", env);
		break;
	case LINK_NETWORK:
		link_close(l, LINK_END_NCP_FAILED, "No network protocol", env);
		break;
	}
}

static void expire_echo(struct link *l, struct env *env)
{
	if (env->now < l->echo_deadline)
		return;
	if (!echoes(l)) {
		l->echo_deadline = USEC_NEVER;
	} else if (l->echo_pending >= l->cfg->echo_failures) {
		link_close(l, l->echo_looped ? LINK_END_LOOPBACK : LINK_END_ECHO, NULL, env);
	} else {
		l->echo_pending++;
		l->echo_deadline = env->now + l->cfg->echo;
		lcp_send_echo(&l->lcp, env);
	}
}

void link_expire(struct link *l, struct env *env)
{
	if (l->down)
		return;
	lcp_outcome(l, cp_expire(&l->lcp.cp, env), env);
	auth_done(l, auth_expire(&l->auth, env), env);
	ncp_outcome(l, &l->ipcp.cp, cp_expire(&l->ipcp.cp, env), env);
	ncp_outcome(l, &l->ipv6cp.cp, cp_expire(&l->ipv6cp.cp, env), env);
	expire_patience(l, env);
	expire_echo(l, env);
}

uint16_t link_mtu(const struct link *l)
{
	uint16_t ours = l->cfg->mru ? l->cfg->mru : LCP_MRU_DEFAULT;

	if (!cp_opened(&l->lcp.cp))
		return 0;
	return l->lcp.peer_mru < ours ? l->lcp.peer_mru : ours;
}
