// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/unit/script.h"

#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "daemon/ppp/frame.h"

const char *const script_lcp_up[] = {
	"< c021 01 01 len 01 04 0578 03 05 c223 81 05 06 magic",
	"> c021 01 01 len 05 06 11223344",
	"< c021 02 01 len 05 06 11223344",
	"ack c021",
	"phase authenticate",
	NULL,
};

const char *const script_authenticated[] = {
	"< c223 01 cid len 10 ?16 'concentrator'",
	"> c223 02 cid len 31 00*49 'User'",
	"asked 1",
	"accept",
	"< c223 03 cid len 'S=' 41*40 ' M=Welcome'",
	"< 8021 01 01 len 03 06 0a000001",
	"phase network",
	NULL,
};

void script_init(struct script *s, enum link_role role)
{
	memset(s, 0, sizeof(*s));
	pair_rng_init(&s->rng, 7);
	s->now = 50 * USEC_PER_SEC;
	s->name = "";
	s->env.rng = &s->rng.rng;
	s->env.fx = &s->fx;
	s->cfg = (struct link_config){
		.role = role,
		.name = "concentrator",
		.methods = { AUTH_MSCHAPV2, AUTH_CHAP_MD5, AUTH_PAP },
		.mru = 1400,
		.echo_failures = 2,
		.restart = 3 * USEC_PER_SEC,
		.max_configure = 10,
		.max_terminate = 2,
		.max_failure = 5,
		.auth_timeout = 60 * USEC_PER_SEC,
		.user = PAIR_USER,
		.password = (const uint8_t *)PAIR_SECRET,
		.password_len = sizeof(PAIR_SECRET) - 1,
	};
	s->local = PAIR_LOCAL;
	s->remote = PAIR_REMOTE;
	s->dns[0] = PAIR_DNS;
	s->dns[1] = PAIR_DNS + 1;
	s->verdict.verdict = AUTH_ACCEPT;
	s->verdict.proof_len = AUTH_PROOF_MAX;
	memset(s->verdict.proof, 'A', AUTH_PROOF_MAX);
	memcpy(s->verdict.proof, "S=", 2);
}

void script_open(struct script *s)
{
	link_init(&s->link, &s->cfg);
	s->link.gate = true;
	s->env.now = s->now;
	link_open(&s->link, &s->env);
	script_take(s);
}

static const uint16_t protocols[] = { PPP_LCP, PPP_IPCP, PPP_IPV6CP, PPP_CCP };

static void keep(struct script *s, const uint8_t *data, size_t len)
{
	ck_assert_msg(s->count < SCRIPT_SENT, "%s: too many frames", s->name);
	ck_assert_msg(len <= PAIR_FRAME, "%s: a frame of %zu bytes", s->name, len);
	memcpy(s->sent[s->count].data, data, len);
	s->sent[s->count++].len = len;
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (len < 6 || len > sizeof(s->last_request[0]) || data[2] != 1 ||
		    (data[0] << 8 | data[1]) != protocols[i])
			continue;
		memcpy(s->last_request[i], data, len);
		s->last_len[i] = len;
	}
}

void script_take(struct script *s)
{
	if (s->fx.count && s->link.auth.state != AUTH_IDLE)
		s->cid = s->link.auth.id; /* it is wiped when the link ends */
	for (size_t i = 0; i < s->fx.count; i++) {
		const struct effect *e = &s->fx.list[i];
		const uint8_t *bytes = effect_bytes(&s->fx, e);

		if (e->kind == EFFECT_FRAME)
			keep(s, bytes, e->len);
		if (e->kind == EFFECT_AUTH) {
			memcpy(&s->request, bytes, sizeof(s->request));
			s->asked++;
		}
		if (e->kind == EFFECT_NCP_UP)
			s->ncp_up = (uint16_t)e->value;
		if (e->kind == EFFECT_NCP_DOWN)
			s->ncp_down = (uint16_t)e->value;
		if (e->kind == EFFECT_LINK_DOWN)
			s->downs++;
		if (e->kind == EFFECT_NOTE) {
			s->notes[e->value]++;
			snprintf(s->note, sizeof(s->note), "%.*s", (int)e->len,
				 (const char *)bytes);
		}
	}
	effects_reset(&s->fx);
}

/* --- frames --- */

struct pattern {
	size_t len;
	bool open; /* ends with "*" */
	uint8_t data[PAIR_FRAME];
	bool any[PAIR_FRAME];
};

static void add(struct script *s, struct pattern *p, unsigned int byte, bool any)
{
	ck_assert_msg(p->len < PAIR_FRAME, "%s: the pattern is too long", s->name);
	p->data[p->len] = (uint8_t)byte;
	p->any[p->len++] = any;
}

static void add_token(struct script *s, struct pattern *p, const char *t, size_t len,
		      size_t *ret_at)
{
	unsigned int byte, times;

	if (len == 3 && !strncmp(t, "len", 3)) {
		*ret_at = p->len;
		add(s, p, 0, false);
		add(s, p, 0, false);
	} else if (len == 5 && !strncmp(t, "magic", 5)) {
		for (int i = 24; i >= 0; i -= 8)
			add(s, p, s->link.lcp.magic >> i & 0xff, false);
	} else if (len == 3 && !strncmp(t, "cid", 3)) {
		add(s, p, s->cid, false);
	} else if (*t == '*') {
		p->open = true;
	} else if (*t == '?') {
		for (int n = atoi(t + 1); n > 0; n--)
			add(s, p, 0, true);
	} else if (len > 3 && t[2] == '*' && sscanf(t, "%2x*%u", &byte, &times) == 2) {
		while (times--)
			add(s, p, byte, false);
	} else {
		ck_assert_msg(len % 2 == 0, "%s: \"%.*s\"", s->name, (int)len, t);
		for (size_t i = 0; i < len; i += 2) {
			ck_assert_msg(isxdigit((unsigned char)t[i]) &&
					      isxdigit((unsigned char)t[i + 1]),
				      "%s: \"%.*s\"", s->name, (int)len, t);
			sscanf(t + i, "%2x", &byte);
			add(s, p, byte, false);
		}
	}
}

static void parse(struct script *s, const char *t, struct pattern *p)
{
	size_t at = 0;

	memset(p, 0, sizeof(*p));
	for (;;) {
		size_t n;

		t += strspn(t, " ");
		if (!*t)
			break;
		if (*t == '\'') {
			for (t++; *t && *t != '\''; t++)
				add(s, p, (unsigned char)*t, false);
			t += *t == '\'';
			continue;
		}
		n = strcspn(t, " ");
		add_token(s, p, t, n, &at);
		t += n;
	}
	if (at && !p->open) {
		p->data[at] = (uint8_t)((p->len - at + 2) >> 8);
		p->data[at + 1] = (uint8_t)(p->len - at + 2);
	} else if (at) {
		p->any[at] = p->any[at + 1] = true;
	}
}

static void hex(char *to, size_t size, const uint8_t *data, size_t len)
{
	to[0] = '\0';
	for (size_t i = 0; i < len && 2 * i + 3 < size; i++)
		sprintf(to + 2 * i, "%02x", data[i]);
}

static void expect(struct script *s, const char *step)
{
	char got[400];
	struct pattern p;
	bool same;
	size_t i = s->taken;

	parse(s, step + 1, &p);
	ck_assert_msg(i < s->count, "%s: \"%s\": nothing was sent", s->name, step);
	same = p.open ? s->sent[i].len >= p.len : s->sent[i].len == p.len;
	for (size_t b = 0; same && b < p.len; b++)
		same = p.any[b] || p.data[b] == s->sent[i].data[b];
	hex(got, sizeof(got), s->sent[i].data, s->sent[i].len);
	ck_assert_msg(same, "%s: \"%s\": sent %s", s->name, step, got);
	s->taken++;
}

static void input(struct script *s, const char *step)
{
	struct pattern p;
	uint8_t *exact;

	parse(s, step + 1, &p);
	exact = malloc(p.len ? p.len : 1); /* so that a read beyond its end is seen */
	ck_assert_ptr_nonnull(exact);
	memcpy(exact, p.data, p.len);
	s->env.now = s->now;
	link_input(&s->link, exact, p.len, &s->env);
	free(exact);
	script_take(s);
}

static void acknowledge(struct script *s, const char *protocol)
{
	unsigned long want = strtoul(protocol, NULL, 16);

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (protocols[i] != want)
			continue;
		ck_assert_msg(s->last_len[i], "%s: ack %s: no request", s->name, protocol);
		s->last_request[i][2] = 2;
		s->env.now = s->now;
		link_input(&s->link, s->last_request[i], s->last_len[i], &s->env);
		script_take(s);
	}
}

/* --- the other steps --- */

static void verdict(struct script *s, const char *word)
{
	struct auth_result r = s->verdict;

	if (!strcmp(word, "reject")) {
		r.verdict = AUTH_REJECT;
		r.reason = AUTH_REASON_WRONG_PASSWORD;
	} else if (!strcmp(word, "limit")) {
		r.verdict = AUTH_REJECT;
		r.reason = AUTH_REASON_LIMIT;
	} else if (!strcmp(word, "error")) {
		r.verdict = AUTH_ERROR;
		r.reason = AUTH_REASON_BACKEND;
	}
	link_set_ipv4(&s->link, s->local, s->remote, s->dns, s->nbns);
	link_auth_result(&s->link, &r, &s->env);
}

static void wait(struct script *s, usec_t time)
{
	usec_t end = s->now + time;

	while (link_deadline(&s->link) <= end) {
		usec_t due = link_deadline(&s->link);

		s->now = due > s->now ? due : s->now;
		s->env.now = s->now;
		link_expire(&s->link, &s->env);
		script_take(s);
		ck_assert_msg(link_deadline(&s->link) > s->now, "%s: a timer stands still", s->name);
	}
	s->now = end;
}

static bool noted(struct script *s, const char *name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(s->notes); i++)
		if (s->notes[i] && !strcmp(note_name((enum note)i), name))
			return true;
	return false;
}

static bool starts(const char *step, const char *word, const char **ret_rest)
{
	size_t n = strlen(word);

	if (strncmp(step, word, n) || (step[n] && step[n] != ' '))
		return false;
	*ret_rest = step + n + (step[n] == ' ');
	return true;
}

void script_step(struct script *s, const char *step)
{
	char got[200] = "";
	const char *rest;

	s->env.now = s->now;
	if (*step == '>') {
		input(s, step);
	} else if (*step == '<') {
		expect(s, step);
	} else if (starts(step, "ack", &rest)) {
		acknowledge(s, rest);
	} else if (starts(step, "accept", &rest) || starts(step, "reject", &rest) ||
		   starts(step, "error", &rest) || starts(step, "limit", &rest)) {
		verdict(s, step);
		script_take(s);
	} else if (starts(step, "shut", &rest)) {
		s->link.gate = false;
	} else if (starts(step, "gate", &rest)) {
		link_gate_open(&s->link, &s->env);
		script_take(s);
	} else if (starts(step, "close", &rest)) {
		link_close(&s->link, LINK_END_LOCAL, "bye", &s->env);
		script_take(s);
	} else if (starts(step, "wait", &rest)) {
		wait(s, (usec_t)atoi(rest) * USEC_PER_MSEC);
	} else if (starts(step, "silent", &rest)) {
		if (s->taken < s->count)
			hex(got, sizeof(got), s->sent[s->taken].data, s->sent[s->taken].len);
		ck_assert_msg(s->taken == s->count, "%s: not silent: %s", s->name, got);
	} else if (starts(step, "skip", &rest)) {
		s->taken = s->count;
	} else if (starts(step, "asked", &rest)) {
		ck_assert_msg(s->asked == (unsigned int)atoi(rest), "%s: asked %u times, not %s",
			      s->name, s->asked, rest);
	} else if (starts(step, "phase", &rest)) {
		ck_assert_msg(!strcmp(link_phase_name(s->link.phase), rest), "%s: phase %s, not %s",
			      s->name, link_phase_name(s->link.phase), rest);
	} else if (starts(step, "end", &rest)) {
		ck_assert_msg(!strcmp(link_end_name(s->link.end), rest), "%s: end %s, not %s",
			      s->name, link_end_name(s->link.end), rest);
	} else if (starts(step, "up", &rest)) {
		ck_assert_msg(s->ncp_up == strtoul(rest, NULL, 16), "%s: up is %04x, not %s",
			      s->name, s->ncp_up, rest);
		s->ncp_up = 0;
	} else if (starts(step, "down", &rest)) {
		ck_assert_msg(s->ncp_down == strtoul(rest, NULL, 16), "%s: down is %04x, not %s",
			      s->name, s->ncp_down, rest);
		s->ncp_down = 0;
	} else if (starts(step, "noted", &rest)) {
		ck_assert_msg(noted(s, rest), "%s: not noted: %s", s->name, rest);
	} else {
		ck_abort_msg("%s: what is \"%s\"?", s->name, step);
	}
	/* room for the next ones */
	if (s->taken == s->count)
		s->taken = s->count = 0;
}

void script_run(struct script *s, const char *const *steps)
{
	for (; *steps; steps++)
		script_step(s, *steps);
}
