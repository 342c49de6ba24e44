// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The option negotiation automaton: RFC 1661 4.1, and the restart counter and timer of 4.6.
 *
 * The table is laid out as the RFC prints it: a row per event, its first line for the states 0 to
 * 5 and its second for 6 to 9.  Left out, as the RFC permits: the Passive and Restart options
 * ("p" and "r"), and the note "x" on crossed connections, which is a remark.
 */
#include "daemon/ppp/automaton.h"

#include "compiler.h"

NAMES_FUNCTION(automaton_state, AUTOMATON_STATE_LIST)
NAMES_FUNCTION(automaton_event, AUTOMATON_EVENT_LIST)

struct cell {
	uint16_t actions;
	uint8_t next;
};

#define NONE 0xff

#define tlu AUTOMATON_TLU
#define tld AUTOMATON_TLD
#define tls AUTOMATON_TLS
#define tlf AUTOMATON_TLF
#define irc AUTOMATON_IRC
#define zrc AUTOMATON_ZRC
#define scr AUTOMATON_SCR
#define sca AUTOMATON_SCA
#define scn AUTOMATON_SCN
#define str AUTOMATON_STR
#define sta AUTOMATON_STA
#define scj AUTOMATON_SCJ
#define ser AUTOMATON_SER
#define __  { 0, NONE } /* "-": the event cannot happen there, or means nothing */

/* clang-format off */
/*
 *	 0 Initial    1 Starting    2 Closed    3 Stopped              4 Closing   5 Stopping
 *	 6 Req-Sent       7 Ack-Rcvd       8 Ack-Sent       9 Opened
 */
static const struct cell table[AUTOMATON_EVENTS][AUTOMATON_STATES] = {
[AUTOMATON_UP] = {
	{ 0, 2 },     { irc|scr, 6 }, __,          __,                    __,         __,
	__,              __,              __,              __ },
[AUTOMATON_DOWN] = {
	__,           __,           { 0, 0 },      { tls, 1 },            { 0, 0 },   { 0, 1 },
	{ 0, 1 },        { 0, 1 },        { 0, 1 },        { tld, 1 } },
[AUTOMATON_OPEN] = {
	{ tls, 1 },   { 0, 1 },     { irc|scr, 6 }, { 0, 3 },             { 0, 5 },   { 0, 5 },
	{ 0, 6 },        { 0, 7 },        { 0, 8 },        { 0, 9 } },
[AUTOMATON_CLOSE] = {
	{ 0, 0 },     { tlf, 0 },   { 0, 2 },      { 0, 2 },              { 0, 4 },   { 0, 4 },
	{ irc|str, 4 },  { irc|str, 4 },  { irc|str, 4 },  { tld|irc|str, 4 } },

[AUTOMATON_TO_RETRY] = {
	__,           __,           __,            __,                    { str, 4 }, { str, 5 },
	{ scr, 6 },      { scr, 6 },      { scr, 8 },      __ },
[AUTOMATON_TO_EXPIRED] = {
	__,           __,           __,            __,                    { tlf, 2 }, { tlf, 3 },
	{ tlf, 3 },      { tlf, 3 },      { tlf, 3 },      __ },

[AUTOMATON_RCR_GOOD] = {
	__,           __,           { sta, 2 },    { irc|scr|sca, 8 },    { 0, 4 },   { 0, 5 },
	{ sca, 8 },      { sca|tlu, 9 },  { sca, 8 },      { tld|scr|sca, 8 } },
[AUTOMATON_RCR_BAD] = {
	__,           __,           { sta, 2 },    { irc|scr|scn, 6 },    { 0, 4 },   { 0, 5 },
	{ scn, 6 },      { scn, 7 },      { scn, 6 },      { tld|scr|scn, 6 } },
[AUTOMATON_RCA] = {
	__,           __,           { sta, 2 },    { sta, 3 },            { 0, 4 },   { 0, 5 },
	{ irc, 7 },      { scr, 6 },      { irc|tlu, 9 },  { tld|scr, 6 } },
[AUTOMATON_RCN] = {
	__,           __,           { sta, 2 },    { sta, 3 },            { 0, 4 },   { 0, 5 },
	{ irc|scr, 6 },  { scr, 6 },      { irc|scr, 8 },  { tld|scr, 6 } },

[AUTOMATON_RTR] = {
	__,           __,           { sta, 2 },    { sta, 3 },            { sta, 4 }, { sta, 5 },
	{ sta, 6 },      { sta, 6 },      { sta, 6 },      { tld|zrc|sta, 5 } },
[AUTOMATON_RTA] = {
	__,           __,           { 0, 2 },      { 0, 3 },              { tlf, 2 }, { tlf, 3 },
	{ 0, 6 },        { 0, 6 },        { 0, 8 },        { tld|scr, 6 } },

[AUTOMATON_RUC] = {
	__,           __,           { scj, 2 },    { scj, 3 },            { scj, 4 }, { scj, 5 },
	{ scj, 6 },      { scj, 7 },      { scj, 8 },      { scj, 9 } },
[AUTOMATON_RXJ_GOOD] = {
	__,           __,           { 0, 2 },      { 0, 3 },              { 0, 4 },   { 0, 5 },
	{ 0, 6 },        { 0, 6 },        { 0, 8 },        { 0, 9 } },
[AUTOMATON_RXJ_BAD] = {
	__,           __,           { tlf, 2 },    { tlf, 3 },            { tlf, 2 }, { tlf, 3 },
	{ tlf, 3 },      { tlf, 3 },      { tlf, 3 },      { tld|irc|str, 5 } },

[AUTOMATON_RXR] = {
	__,           __,           { 0, 2 },      { 0, 3 },              { 0, 4 },   { 0, 5 },
	{ 0, 6 },        { 0, 7 },        { 0, 8 },        { ser, 9 } },
};
/* clang-format on */

void automaton_init(struct automaton *a)
{
	a->state = AUTOMATON_INITIAL;
	a->restart = 0;
	a->deadline = USEC_NEVER;
}

/* RFC 1661 4.2: the timer runs in the states that wait for an answer. */
static bool timed(enum automaton_state s)
{
	return s >= AUTOMATON_CLOSING && s <= AUTOMATON_ACK_SENT;
}

unsigned int automaton_step(struct automaton *a, enum automaton_event event,
			    const struct link_config *cfg, usec_t now)
{
	const struct cell *c = &table[event][a->state];

	if (c->next == NONE)
		return 0;
	a->state = c->next;
	/* RFC 1661 4.4: irc sets Max-Terminate where a Terminate-Request follows */
	if (c->actions & irc)
		a->restart = c->actions & str ? cfg->max_terminate : cfg->max_configure;
	/* and zrc waits one period for the peer to have our answer */
	if (c->actions & zrc)
		a->restart = 0;
	if (c->actions & (scr | str) && a->restart)
		a->restart--;
	if (c->actions & (scr | str | zrc))
		a->deadline = now + cfg->restart;
	if (!timed(a->state))
		a->deadline = USEC_NEVER;
	return c->actions;
}

int automaton_next(enum automaton_event event, enum automaton_state state)
{
	const struct cell *c = &table[event][state];

	return c->next == NONE ? -1 : c->next;
}

enum automaton_event automaton_timeout(const struct automaton *a)
{
	return a->restart ? AUTOMATON_TO_RETRY : AUTOMATON_TO_EXPIRED;
}
