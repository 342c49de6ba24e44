// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every event in every state, against a text that can be read beside RFC 1661 4.1.  A wanted
 * change is written by
 *	UPDATE_GOLDEN=1 build/test/unit/check_automaton
 * in the top folder, and reviewed as a difference of test/golden/automaton.txt.
 */
#include "daemon/ppp/automaton.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

#define GOLDEN "test/golden/automaton.txt"

static const struct link_config cfg = {
	.restart = 3 * USEC_PER_SEC,
	.max_configure = 10,
	.max_terminate = 2,
};

/* In the order that the RFC writes them. */
static const struct {
	unsigned int action;
	const char *name;
} actions[] = {
	{ AUTOMATON_TLD, "tld" }, { AUTOMATON_TLS, "tls" }, { AUTOMATON_IRC, "irc" },
	{ AUTOMATON_ZRC, "zrc" }, { AUTOMATON_SCR, "scr" }, { AUTOMATON_SCA, "sca" },
	{ AUTOMATON_SCN, "scn" }, { AUTOMATON_STR, "str" }, { AUTOMATON_STA, "sta" },
	{ AUTOMATON_SCJ, "scj" }, { AUTOMATON_SER, "ser" }, { AUTOMATON_TLU, "tlu" },
	{ AUTOMATON_TLF, "tlf" },
};

static void cell(enum automaton_event event, enum automaton_state state, char *to, size_t size)
{
	struct automaton a = { .state = state, .restart = 5, .deadline = 77 };
	unsigned int acts = automaton_step(&a, event, &cfg, 1000);
	size_t n = 0;

	to[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (acts & actions[i].action)
			n += (size_t)snprintf(to + n, size - n, "%s%s", n ? "," : "",
					      actions[i].name);
	if (automaton_next(event, state) < 0) {
		ck_assert(!acts && a.state == state && a.deadline == 77 && a.restart == 5);
		snprintf(to, size, "-");
	} else {
		ck_assert_int_eq(automaton_next(event, state), a.state);
		snprintf(to + n, size - n, "%s%d", n ? "/" : "", (int)a.state);
	}
}

static size_t trim(const char *text, size_t n)
{
	while (n && text[n - 1] == ' ')
		n--;
	return n;
}

/* Two halves, as in the RFC. */
static char *whole(void)
{
	size_t size = 65536, n = 0;
	char *text = malloc(size);

	ck_assert_ptr_nonnull(text);
	for (int half = 0; half < 2; half++) {
		int from = half ? 6 : 0, to = half ? 10 : 6;

		n += (size_t)snprintf(text + n, size - n, "%-6s", "");
		for (int s = from; s < to; s++)
			n += (size_t)snprintf(text + n, size - n, " %d %-12s", s,
					      automaton_state_name((enum automaton_state)s));
		n = trim(text, n);
		n += (size_t)snprintf(text + n, size - n, "\n");
		for (int e = 0; e < AUTOMATON_EVENTS; e++) {
			n += (size_t)snprintf(text + n, size - n, "%-6s",
					      automaton_event_name((enum automaton_event)e));
			for (int s = from; s < to; s++) {
				char c[64];

				cell((enum automaton_event)e, (enum automaton_state)s, c, sizeof(c));
				n += (size_t)snprintf(text + n, size - n, " %-14s", c);
			}
			n = trim(text, n);
			n += (size_t)snprintf(text + n, size - n, "\n");
		}
		n += (size_t)snprintf(text + n, size - n, "\n");
	}
	return text;
}

START_TEST(golden)
{
	static char old[65536];
	char *now = whole();
	FILE *f = fopen(GOLDEN, getenv("UPDATE_GOLDEN") ? "w+" : "r");
	size_t n;

	ck_assert_msg(f != NULL, "no " GOLDEN "; run in the top folder");
	if (getenv("UPDATE_GOLDEN")) {
		fputs(now, f);
		rewind(f);
	}
	n = fread(old, 1, sizeof(old) - 1, f);
	old[n] = '\0';
	fclose(f);
	ck_assert_str_eq(old, now);
	free(now);
}
END_TEST

static unsigned int step(struct automaton *a, enum automaton_event e, usec_t now)
{
	return automaton_step(a, e, &cfg, now);
}

/* Ten requests, one each restart period, then the end (RFC 1661 4.6). */
START_TEST(max_configure)
{
	struct automaton a;
	usec_t now = 0;
	unsigned int sent = 0;

	automaton_init(&a);
	ck_assert_uint_eq(a.deadline, USEC_NEVER);
	step(&a, AUTOMATON_OPEN, now);
	sent += (step(&a, AUTOMATON_UP, now) & AUTOMATON_SCR) != 0;
	while (a.deadline != USEC_NEVER) {
		unsigned int acts;

		ck_assert_uint_eq(a.deadline, now + cfg.restart);
		now = a.deadline;
		acts = step(&a, automaton_timeout(&a), now);
		sent += (acts & AUTOMATON_SCR) != 0;
		if (acts & AUTOMATON_TLF)
			break;
	}
	ck_assert_uint_eq(sent, cfg.max_configure);
	ck_assert_int_eq(a.state, AUTOMATON_STOPPED);
	ck_assert_uint_eq(a.deadline, USEC_NEVER);
}
END_TEST

START_TEST(max_terminate)
{
	struct automaton a = { .state = AUTOMATON_OPENED, .restart = 10, .deadline = USEC_NEVER };
	unsigned int sent = 0, acts = step(&a, AUTOMATON_CLOSE, 0);

	while (a.deadline != USEC_NEVER) {
		sent += (acts & AUTOMATON_STR) != 0;
		acts = step(&a, automaton_timeout(&a), a.deadline);
	}
	ck_assert_uint_eq(sent, cfg.max_terminate);
	ck_assert_uint_eq(acts, AUTOMATON_TLF);
	ck_assert_int_eq(a.state, AUTOMATON_CLOSED);
}
END_TEST

/* RFC 1661 4.4 "zrc": one period for our Terminate-Ack to arrive, without another frame. */
START_TEST(peer_terminates)
{
	struct automaton a = { .state = AUTOMATON_OPENED, .restart = 10, .deadline = USEC_NEVER };

	ck_assert_uint_eq(step(&a, AUTOMATON_RTR, 100),
			  AUTOMATON_TLD | AUTOMATON_ZRC | AUTOMATON_STA);
	ck_assert_uint_eq(a.deadline, 100 + cfg.restart);
	ck_assert_int_eq(automaton_timeout(&a), AUTOMATON_TO_EXPIRED);
	ck_assert_uint_eq(step(&a, AUTOMATON_TO_EXPIRED, a.deadline), AUTOMATON_TLF);
	ck_assert_int_eq(a.state, AUTOMATON_STOPPED);
}
END_TEST

/* The timer runs in the states that wait for an answer, and in no other. */
START_TEST(timer_states)
{
	for (int e = 0; e < AUTOMATON_EVENTS; e++) {
		for (int s = 0; s < AUTOMATON_STATES; s++) {
			bool runs = s >= AUTOMATON_CLOSING && s <= AUTOMATON_ACK_SENT;
			struct automaton a = { .state = (enum automaton_state)s,
					       .restart = 1,
					       .deadline = runs ? 50 : USEC_NEVER };

			step(&a, (enum automaton_event)e, 10);
			runs = a.state >= AUTOMATON_CLOSING && a.state <= AUTOMATON_ACK_SENT;
			ck_assert_msg(runs == (a.deadline != USEC_NEVER), "event %d in state %d",
				      e, s);
		}
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("automaton");
	TCase *t = tcase_create("table");
	SRunner *sr;
	int failed;

	tcase_add_test(t, golden);
	tcase_add_test(t, max_configure);
	tcase_add_test(t, max_terminate);
	tcase_add_test(t, peer_terminates);
	tcase_add_test(t, timer_states);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
