// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What real clients send, and what they must hear: the dialogues of Windows (W), macOS and iOS
 * (A), Android (D), RouterOS (R) and pppd (L), taken from traces of theirs, and garbage (G).  The
 * steps are explained in script.h.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "test/unit/script.h"

#define FLAG_IPV6   1 /* IPV6CP runs */
#define FLAG_NBNS   2 /* NBNS servers are configured */
#define FLAG_CLIENT 4 /* the link is a client's */
#define FLAG_LCP    8 /* begins after LCP */
#define FLAG_AUTH   16 /* begins after LCP and authentication */

struct dialogue {
	const char *name;
	unsigned int flags;
	const char *steps[40];
};

#define SERVER_ASKS "< c021 01 01 len 01 04 0578 03 05 c223 81 05 06 magic"
#define CHALLENGE   "< c223 01 cid len 10 ?16 'concentrator'"

/* clang-format off */
static const struct dialogue dialogues[] = {
	{ "W1 callback, id 0", 0, {
		SERVER_ASKS,
		"> c021 01 00 len 01 04 0578 05 06 11223344 07 02 08 02 0d 03 06",
		"< c021 04 00 len 0d 03 06",
		"> c021 01 01 len 01 04 0578 05 06 11223344 07 02 08 02",
		"< c021 02 01 len 01 04 0578 05 06 11223344 07 02 08 02",
		"ack c021",
		CHALLENGE,
		"phase authenticate",
	} },
	{ "W1 no answer for a while, the next id", 0, {
		SERVER_ASKS,
		"> c021 01 01 len 01 04 0578 05 06 11223344 07 02 08 02",
		"< c021 02 01 len 01 04 0578 05 06 11223344 07 02 08 02",
		"ack c021",
		CHALLENGE,
		"> c021 01 02 len 01 04 0578 05 06 11223344 07 02 08 02",
		"< c021 02 02 len 01 04 0578 05 06 11223344 07 02 08 02",
		"phase authenticate",
		"silent",
		"> c021 01 03 len 01 04 0578 05 06 99999999 07 02 08 02", /* begins anew */
		"< c021 01 02 *",
		"< c021 02 03 *",
		"phase establish",
	} },
	{ "W2 multilink offered", 0, {
		SERVER_ASKS,
		"> c021 01 00 len 01 04 0578 05 06 11223344 07 02 08 02 0d 03 06 11 04 064e"
		" 13 17 01 aa*20 17 04 0053",
		"< c021 04 00 len 0d 03 06 11 04 064e 13 17 01 aa*20 17 04 0053",
		"> c021 01 01 len 01 04 0578 05 06 11223344 07 02 08 02",
		"< c021 02 01 len 01 04 0578 05 06 11223344 07 02 08 02",
	} },
	{ "W3 identification", FLAG_LCP, {
		CHALLENGE,
		"> c021 0c 02 len 11223344 'MSRASV5.20'",
		"silent",
		"> c021 0c 03 len 11223344 'MSRAS-0-LAPTOP'",
		"> c021 0c 04 len 11223344 8f*16",
		"silent",
		"noted peer identified itself",
		"phase authenticate",
	} },
	{ "W4 NCPs back to back, ids shared", FLAG_AUTH | FLAG_IPV6, {
		"< 8057 01 01 len 01 0a ?8",
		"> 8057 01 05 len 01 0a 021122fffe334455",
		"> 80fd 01 06 len 12 06 01000000",
		"> 8021 01 07 len 03 06 0a000064 81 06 0a000035 83 06 0a000036",
		"< 8057 02 05 len 01 0a 021122fffe334455",
		"< c021 08 02 len 80fd 01 06 000a 12 06 01000000",
		"< 8021 02 07 len 03 06 0a000064 81 06 0a000035 83 06 0a000036",
		"ack 8021",
		"up 8021",
		"ack 8057",
		"up 8057",
		"silent",
	} },
	{ "W4 IPCP does not wait for CCP", FLAG_AUTH, {
		"ack 8021",
		"> 80fd 01 04 len 12 06 010000e1",
		"< c021 08 02 len 80fd 01 04 000a 12 06 010000e1",
		"> 8021 01 05 len 03 06 0a000064",
		"< 8021 02 05 len 03 06 0a000064",
		"up 8021",
		"silent",
	} },
	{ "W5 MPPE and MPPC", FLAG_AUTH, {
		"ack 8021",
		"> 80fd 01 05 len 12 06 01000000",
		"< c021 08 02 len 80fd 01 05 000a 12 06 01000000",
		"> 80fd 01 06 len 12 06 00000001",
		"< c021 08 03 len 80fd 01 06 000a 12 06 00000001",
		"> 80fd 01 07 len 12 06 01000061",
		"< c021 08 04 len 80fd 01 07 000a 12 06 01000061",
		"> 80fd 05 08 len 11223344 003ccd74 000002dc",
		"< 80fd 06 08 len",
		"silent",
		"phase network",
		"> 8021 01 09 len 03 06 0a000064",
		"< 8021 02 09 len 03 06 0a000064",
		"up 8021",
	} },
	{ "W6 name servers, VJ, one reject and then one nak", FLAG_AUTH, {
		"ack 8021",
		"> 8021 01 07 len 02 06 002d 0f 01 03 06 00000000 81 06 00000000 82 06 00000000"
		" 83 06 00000000 84 06 00000000",
		"< 8021 04 07 len 02 06 002d 0f 01 82 06 00000000 84 06 00000000",
		"> 8021 01 08 len 03 06 00000000 81 06 00000000 83 06 00000000",
		"< 8021 03 08 len 03 06 0a000064 81 06 0a000035 83 06 0a000036",
		"> 8021 01 09 len 03 06 0a000064 81 06 0a000035 83 06 0a000036",
		"< 8021 02 09 len 03 06 0a000064 81 06 0a000035 83 06 0a000036",
		"up 8021",
		"silent",
	} },
	{ "W6 with WINS", FLAG_AUTH | FLAG_NBNS, {
		"> 8021 01 07 len 03 06 00000000 82 06 00000000 84 06 00000000",
		"< 8021 04 07 len 84 06 00000000",
		"> 8021 01 08 len 03 06 00000000 82 06 00000000",
		"< 8021 03 08 len 03 06 0a000064 82 06 0a000037",
	} },
	{ "W7 IPv6 is off", FLAG_AUTH, {
		"> 8057 01 05 len 01 0a 021122fffe334455",
		"< c021 08 02 len 8057 01 05 000e 01 0a 021122fffe334455",
		"silent",
		"ack 8021",
		"> 8021 01 06 len 03 06 0a000064",
		"< 8021 02 06 len 03 06 0a000064",
		"up 8021",
	} },
	{ "W8 Terminate-Request with a RAS error", FLAG_AUTH, {
		"> c021 05 09 len 11223344 003ccd74 000002dc",
		"< c021 06 09 len",
		"phase terminate",
		"end peer-request",
		"wait 3000",
		"phase dead",
		"silent",
	} },
	{ "W9 one question, Success again", FLAG_LCP, {
		CHALLENGE,
		"> c223 02 cid len 31 00*49 'CORP\\User'",
		"> c223 02 cid len 31 00*49 'CORP\\User'",
		"wait 2000",
		"> c223 02 cid len 31 00*49 'CORP\\User'",
		"asked 1",
		"silent",
		"accept",
		"< c223 03 cid len 'S=' 41*40 ' M=Welcome'",
		"< 8021 01 01 len 03 06 0a000001",
		"> c223 02 cid len 31 00*49 'CORP\\User'",
		"< c223 03 cid len 'S=' 41*40 ' M=Welcome'",
		"asked 1",
		"phase network",
	} },
	{ "W9 wrong password, three times", FLAG_LCP, {
		CHALLENGE,
		"> c223 02 cid len 31 00*49 'User'",
		"reject",
		"< c223 04 cid len 'E=691 R=1 C=' ?32 ' V=3 M=Authentication failed'",
		"> c223 02 cid len 31 00*49 'User'",
		"< c223 04 cid len 'E=691 R=1 C=' ?32 ' V=3 M=Authentication failed'",
		"asked 1",
		"> c223 02 cid len 31 01*49 'User'", /* the same id: seen in some clients */
		"asked 2",
		"reject",
		"< c223 04 cid len 'E=691 R=1 C=' ?32 ' V=3 M=Authentication failed'",
		"> c223 02 cid len 31 02*49 'User'",
		"asked 3",
		"reject",
		"< c223 04 cid len 'E=691 R=0 C=' ?32 ' V=3 M=Authentication failed'",
		"< c021 05 02 len 'Authentication failed'",
		"phase terminate",
		"> c021 06 02 len",
		"phase dead",
		"end auth-failed",
	} },
	{ "W9 too many sessions", FLAG_LCP, {
		CHALLENGE,
		"> c223 02 cid len 31 00*49 'User'",
		"limit",
		"< c223 04 cid len 'E=649 R=0 C=' ?32 ' V=3 M=' *",
		"< c021 05 02 *",
		"end auth-failed",
	} },
	{ "W9 the data base is broken", FLAG_LCP, {
		CHALLENGE,
		"> c223 02 cid len 31 00*49 'User'",
		"error",
		"< c223 04 cid len 'E=691 R=0 C=' ?32 ' V=3 M=Not possible at the moment'",
		"< c021 05 02 *",
	} },
	{ "W9 change password", FLAG_LCP, {
		CHALLENGE,
		"> c223 07 01 len 00*582",
		"< c223 04 01 len 'E=709 R=0 C=' ?32 ' V=3 M=' *",
		"< c021 05 02 *",
		"asked 0",
		"end auth-failed",
	} },
	{ "W10 Windows as the server", FLAG_CLIENT, {
		"< c021 01 01 len 01 04 0578 05 06 magic",
		"> c021 01 00 len 01 04 0578 03 04 c227 05 06 55667788 07 02 08 02 0d 03 06"
		" 11 04 064e 13 17 01 aa*20 17 04 0053",
		"< c021 04 00 len 0d 03 06 11 04 064e 13 17 01 aa*20 17 04 0053",
		"> c021 01 01 len 01 04 0578 03 04 c227 05 06 55667788 07 02 08 02",
		"< c021 03 01 len 03 05 c223 81",
		"> c021 01 02 len 01 04 0578 03 05 c223 81 05 06 55667788 07 02 08 02",
		"< c021 02 02 len 01 04 0578 03 05 c223 81 05 06 55667788 07 02 08 02",
		"ack c021",
		"phase authenticate",
		"> c223 01 00 len 10 5b*16 'SERVER'",
		"< c223 02 00 len 31 ?16 00*8 ?24 00 'User'",
	} },
	{ "A1 no MRU, first copies lost", 0, {
		SERVER_ASKS,
		"ack c021",
		"wait 2900", /* its request is lost until now */
		"silent",
		"> c021 01 01 len 02 06 00000000 05 06 11223344 07 02 08 02",
		"< c021 02 01 len 02 06 00000000 05 06 11223344 07 02 08 02",
		CHALLENGE,
		"> c021 01 01 len 02 06 00000000 05 06 11223344 07 02 08 02",
		"< c021 02 01 len 02 06 00000000 05 06 11223344 07 02 08 02",
		"silent",
		"phase authenticate",
	} },
	{ "A2 echo at once and at any time", FLAG_LCP, {
		CHALLENGE,
		"> c021 09 00 len 11223344",
		"< c021 0a 00 len magic",
		"> c021 09 01 len 11223344 'some more'",
		"< c021 0a 01 len magic 'some more'",
		"phase authenticate",
	} },
	{ "A3 ACSP", FLAG_AUTH, {
		"ack 8021",
		"> 8021 01 01 len 03 06 00000000 81 06 00000000 83 06 00000000",
		"> 8057 01 01 len 01 0a 021122fffe334455",
		"> 8235 01 01 0010 01 06 00000001 02 06 00000001",
		"< 8021 03 01 len 03 06 0a000064 81 06 0a000035 83 06 0a000036",
		"< c021 08 02 len 8057 01 01 000e 01 0a 021122fffe334455",
		"< c021 08 03 len 8235 01 01 0010 01 06 00000001 02 06 00000001",
		"> 8021 01 02 len 03 06 0a000064 81 06 0a000035 83 06 0a000036",
		"< 8021 02 02 len 03 06 0a000064 81 06 0a000035 83 06 0a000036",
		"up 8021",
	} },
	{ "A4 CHAP only when LCP is open on both sides", 0, {
		SERVER_ASKS,
		"ack c021",
		"silent",
		"phase establish",
		"> c021 01 01 len",
		"< c021 02 01 len",
		CHALLENGE,
	} },
	{ "A4 the other way round", 0, {
		SERVER_ASKS,
		"> c021 01 01 len",
		"< c021 02 01 len",
		"silent",
		"ack c021",
		CHALLENGE,
	} },
	{ "A5 no DNS in our own request", FLAG_LCP, {
		CHALLENGE,
		"> c223 02 cid len 31 00*49 'User'",
		"accept",
		"< c223 03 *",
		"< 8021 01 01 000a 03 06 0a000001",
		"silent",
	} },
	{ "D1 Android: MRU 1270, CCP, VJ", FLAG_IPV6, {
		SERVER_ASKS,
		"> c021 01 01 len 01 04 04f6 02 06 00000000 05 06 11223344 07 02 08 02",
		"< c021 02 01 len 01 04 04f6 02 06 00000000 05 06 11223344 07 02 08 02",
		"> c021 03 01 len 03 05 c223 81", /* refuses nothing, in fact: naks with the same */
		"< c021 01 02 len 01 04 0578 03 05 c223 05 05 06 magic",
		"ack c021",
		CHALLENGE,
		"> c223 02 cid len 10 00*16 'User'",
		"accept",
		"< c223 03 cid len 'Welcome'",
		"< 8021 01 01 len 03 06 0a000001",
		"silent", /* no IPV6CP on a link of 1270 */
		"> 80fd 01 01 len 1a 04 7800 18 04 7800 15 03 2f",
		"< c021 08 03 len 80fd 01 01 000f 1a 04 7800 18 04 7800 15 03 2f",
		"> 8021 01 01 len 02 06 002d 0f 01 03 06 00000000 81 06 00000000 83 06 00000000",
		"< 8021 04 01 len 02 06 002d 0f 01",
		"> 8057 01 01 len 01 0a 021122fffe334455",
		"< c021 08 04 len 8057 01 01 000e 01 0a 021122fffe334455",
		"> 8021 01 02 len 03 06 0a000064 81 06 0a000035 83 06 0a000036",
		"< 8021 02 02 len 03 06 0a000064 81 06 0a000035 83 06 0a000036",
		"ack 8021",
		"up 8021",
	} },
	{ "D1 the user was idle", FLAG_AUTH, {
		"ack 8021",
		"> 8021 01 01 len 03 06 0a000064",
		"< 8021 02 01 len 03 06 0a000064",
		"up 8021",
		"> c021 05 02 len 'Link inactive'",
		"< c021 06 02 len",
		"down 8021",
		"noted peer gave a reason",
		"end peer-request",
		"phase terminate",
	} },
	{ "R1 RouterOS: MRU 1450, MRRU, CHAP if MS-CHAPv2 were not allowed", 0, {
		SERVER_ASKS,
		"> c021 01 01 len 01 04 05aa 05 06 11223344 11 04 0640",
		"< c021 04 01 len 11 04 0640",
		"> c021 01 02 len 01 04 05aa 05 06 11223344",
		"< c021 02 02 len 01 04 05aa 05 06 11223344",
		"> c021 03 01 len 03 05 c223 80", /* MS-CHAP 1: we don't; the next best is MD5 */
		"< c021 01 02 len 01 04 0578 03 05 c223 05 05 06 magic",
		"> c021 03 02 len 03 04 c023",
		"< c021 01 03 len 01 04 0578 03 04 c023 05 06 magic",
		"ack c021",
		"silent",
		"phase authenticate",
		"> c023 01 01 len 04 'User' 0a 'clientPass'",
		"asked 1",
		"> c023 01 02 len 04 'User' 0a 'clientPass'",
		"asked 1",
		"accept",
		"< c023 02 02 len 07 'Welcome'",
		"< 8021 01 01 *",
		"> c023 01 03 len 04 'User' 0a 'clientPass'",
		"< c023 02 03 len 07 'Welcome'",
	} },
	{ "R1 the strongest method, if the peer has no wish", FLAG_LCP, {
		CHALLENGE,
		"silent",
	} },
	{ "L1 pppd: Discard-Request, Code-Reject, echo", FLAG_AUTH, {
		"> c021 0b 05 len 11223344 'nothing'",
		"silent",
		"> c021 0d 06 len 11223344 0000003c",
		"silent",
		/* an Echo-Request with our magic number: answered, the link is not looped */
		"> c021 09 07 len magic",
		"< c021 0a 07 len magic",
		"phase network",
		"> c021 05 02 len 'User request'",
		"< c021 06 02 len",
		"end peer-request",
	} },
	{ "L1 our own magic number", 0, {
		SERVER_ASKS,
		"> c021 01 01 len 02 06 000a0000 05 06 magic 07 02 08 02",
		"< c021 03 01 len 05 06 ?4",
		"> c021 01 02 len 02 06 000a0000 05 06 11223344 07 02 08 02",
		"< c021 02 02 len 02 06 000a0000 05 06 11223344 07 02 08 02",
		"ack c021",
		CHALLENGE,
	} },
	{ "G1 unknown option", 0, {
		SERVER_ASKS,
		"> c021 01 01 len fe 04 0000 05 06 11223344",
		"< c021 04 01 len fe 04 0000",
	} },
	{ "G1 options of length 0 and 1, and one cut short", 0, {
		SERVER_ASKS,
		"> c021 01 01 len 05 00",
		"silent",
		"> c021 01 02 len 05 01 05 06 11223344",
		"silent",
		"> c021 01 03 len 05 06 1122",
		"silent",
		"> c021 01 04 len 05",
		"silent",
		"noted malformed packet dropped",
		"> c021 01 05 len 05 04 1122", /* well-formed, but no magic number */
		"< c021 04 05 len 05 04 1122",
		"> c021 01 06 len 05 06 11223344",
		"< c021 02 06 len 05 06 11223344",
	} },
	{ "G1 code ff", FLAG_LCP, {
		CHALLENGE,
		"> c021 ff 07 len 'what'",
		"< c021 07 02 len ff 07 0008 'what'",
		"> c021 00 07 len",
		"< c021 07 03 len 00 07 0004",
		"phase authenticate",
	} },
	{ "G1 with and without FF 03, padding behind the length", 0, {
		SERVER_ASKS,
		"> ff 03 c021 01 01 000a 05 06 11223344 000000",
		"< c021 02 01 000a 05 06 11223344",
		"ack c021",
		CHALLENGE,
		"> ff 03 c021 09 01 len 11223344",
		"< c021 0a 01 len magic",
	} },
	{ "G1 compressed protocol field", FLAG_AUTH, {
		"> 21 4500", /* IP, too early: dropped */
		"silent",
		"> 2d 4500",
		"< c021 08 02 len 002d 4500",
		"> 002d 4500",
		"< c021 08 03 len 002d 4500",
		"> ff 03 2f 4500",
		"< c021 08 04 len 002f 4500",
	} },
};
/* clang-format on */

static struct script s;

START_TEST(dialogue)
{
	const struct dialogue *d = &dialogues[_i];

	script_init(&s, d->flags & FLAG_CLIENT ? LINK_CLIENT : LINK_SERVER);
	s.name = d->name;
	s.cfg.ipv6 = (d->flags & FLAG_IPV6) != 0;
	if (d->flags & FLAG_NBNS)
		s.nbns[0] = PAIR_DNS + 2;
	script_open(&s);
	if (d->flags & (FLAG_LCP | FLAG_AUTH))
		script_run(&s, script_lcp_up);
	if (d->flags & FLAG_AUTH)
		script_run(&s, script_authenticated);
	script_run(&s, d->steps);
}
END_TEST

START_TEST(windows_error)
{
	script_init(&s, LINK_SERVER);
	script_open(&s);
	script_run(&s, script_lcp_up);
	script_step(&s, "> c021 05 09 len 11223344 003ccd74 000002dc");
	ck_assert_uint_eq(s.link.peer_error, 732);
}
END_TEST

/* The host name stays, whatever comes after it. */
START_TEST(windows_name)
{
	script_init(&s, LINK_SERVER);
	script_open(&s);
	script_step(&s, "> c021 0c 02 len 11223344 'MSRASV5.20'");
	script_step(&s, "> c021 0c 03 len 11223344 8f*16");
	script_step(&s, "> c021 0c 04 len 11223344");
	script_step(&s, "> c021 0c 04 len 112233");
	ck_assert_uint_eq(s.link.lcp.ident_len, 10);
	script_step(&s, "> c021 0c 03 len 11223344 'MSRAS-0-LAPTOP'");
	script_step(&s, "> c021 0c 04 len 11223344 8f*16");
	script_step(&s, "> c021 0c 05 len 11223344 'MSRASV5.20'");
	ck_assert_uint_eq(s.link.lcp.ident_len, 14);
	ck_assert_mem_eq(s.link.lcp.ident, "MSRAS-0-LAPTOP", 14);
}
END_TEST

/* A domain is kept as sent: who strips it is the aaa role. */
START_TEST(domain_kept)
{
	script_init(&s, LINK_SERVER);
	script_open(&s);
	script_run(&s, script_lcp_up);
	script_step(&s, "> c223 02 cid len 31 07*16 00*8 09*24 00 'CORP\\User'");
	script_step(&s, "asked 1");
	ck_assert_uint_eq(s.request.user_len, 9);
	ck_assert_mem_eq(s.request.user, "CORP\\User", 9);
	ck_assert_uint_eq(s.request.method, AUTH_MSCHAPV2);
	ck_assert_uint_eq(s.request.data_len, MSCHAP_RESPONSE);
	ck_assert_uint_eq(s.request.data[0], 7);
	ck_assert_uint_eq(s.request.challenge_len, MSCHAP_CHALLENGE);
	ck_assert_mem_eq(s.request.challenge, s.link.auth.challenge, MSCHAP_CHALLENGE);
}
END_TEST

/* A2: an Echo-Reply, and A3: a Protocol-Reject, no longer than the peer receives. */
START_TEST(cut_to_mru)
{
	char step[64];

	script_init(&s, LINK_SERVER);
	script_open(&s);
	script_step(&s, "> c021 01 01 len 01 04 00c8 05 06 11223344"); /* MRU 200 */
	script_step(&s, "ack c021");
	script_step(&s, "skip");
	script_step(&s, "> c021 09 01 len 11223344 ab*400");
	script_step(&s, "< c021 0a 01 00c8 magic ab*192");
	script_step(&s, "> c021 ee 01 len ab*400");
	script_step(&s, "< c021 07 02 00c8 ee 01 0194 ab*192");
	script_step(&s, "> c223 02 cid len 31 00*49 'User'");
	script_step(&s, "accept");
	script_step(&s, "skip");
	snprintf(step, sizeof(step), "> 8235 ab*600");
	script_step(&s, step);
	script_step(&s, "< c021 08 03 00c8 8235 ab*194");
}
END_TEST

/* A peer that asks for what it cannot have, for ever, with a new id each time. */
START_TEST(storm)
{
	char step[80];
	unsigned int naks = 0, rejects = 0;

	script_init(&s, LINK_SERVER);
	script_open(&s);
	for (unsigned int i = 0; i < 50; i++) {
		snprintf(step, sizeof(step), "> c021 01 %02x len 01 04 0001", i);
		s.taken = s.count = 0;
		script_step(&s, step);
		if (s.count && s.sent[0].data[2] == 3)
			naks++;
		if (s.count && s.sent[0].data[2] == 4)
			rejects++;
	}
	ck_assert_uint_eq(naks, s.cfg.max_failure); /* RFC 1661 4.6: then rejected */
	ck_assert_uint_eq(rejects, s.cfg.max_failure);
	script_step(&s, "end lcp-failed");
	script_step(&s, "wait 6000");
	script_step(&s, "phase dead");
	ck_assert_uint_eq(s.downs, 1);
}
END_TEST

/* A peer that naks and naks. */
START_TEST(ping_pong)
{
	char step[80];
	unsigned int requests = 0;

	script_init(&s, LINK_SERVER);
	s.cfg.methods[0] = AUTH_NONE;
	script_open(&s);
	for (unsigned int i = 1; i < 50; i++) {
		requests += s.count && s.sent[s.count - 1].data[2] == 1;
		snprintf(step, sizeof(step), "> c021 03 %02x len 01 04 0600 05 06 %08x",
			 s.link.lcp.cp.request_id, i);
		s.taken = s.count = 0;
		script_step(&s, step);
	}
	ck_assert_uint_gt(requests, s.cfg.max_failure);
	ck_assert_uint_le(requests, 2u * s.cfg.max_failure + 1);
	script_step(&s, "end lcp-failed");
}
END_TEST

/* One that naks our method of authentication with nonsense: we offer all, then give up. */
START_TEST(no_method)
{
	script_init(&s, LINK_SERVER);
	script_open(&s);
	script_step(&s, SERVER_ASKS);
	script_step(&s, "> c021 03 01 len 03 04 c227");
	script_step(&s, "< c021 01 02 len 01 04 0578 03 05 c223 05 05 06 magic");
	script_step(&s, "> c021 03 02 len 03 04 c227");
	script_step(&s, "< c021 01 03 len 01 04 0578 03 04 c023 05 06 magic");
	script_step(&s, "> c021 03 03 len 03 04 c227");
	script_step(&s, "< c021 05 04 len 'No common authentication'");
	script_step(&s, "end no-common-auth");
	script_step(&s, "> c021 06 04 len");
	script_step(&s, "phase dead");
}
END_TEST

START_TEST(method_rejected)
{
	script_init(&s, LINK_SERVER);
	script_open(&s);
	script_step(&s, SERVER_ASKS);
	script_step(&s, "> c021 04 01 len 03 05 c223 81");
	script_step(&s, "< c021 05 02 *");
	script_step(&s, "end no-common-auth");
}
END_TEST

/* Protocol-Rejects are answers, but not to everything for ever. */
START_TEST(rejects_bounded)
{
	script_init(&s, LINK_SERVER);
	script_open(&s);
	script_run(&s, script_lcp_up);
	script_run(&s, script_authenticated);
	for (int i = 0; i < 100; i++)
		script_step(&s, "> 8235 0101");
	ck_assert_uint_eq(s.count, LINK_REJECTS_MAX);
	script_step(&s, "skip");
	script_step(&s, "ack 8021");
	script_step(&s, "wait 2000");
	for (int i = 0; i < 100; i++)
		script_step(&s, "> 8235 0101");
	ck_assert_uint_eq(s.count, 2);
	script_step(&s, "phase network");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ppp_clients");
	TCase *t = tcase_create("dialogues");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, dialogue, 0, ARRAY_SIZE(dialogues));
	tcase_add_test(t, windows_error);
	tcase_add_test(t, windows_name);
	tcase_add_test(t, domain_kept);
	tcase_add_test(t, cut_to_mru);
	tcase_add_test(t, storm);
	tcase_add_test(t, ping_pong);
	tcase_add_test(t, no_method);
	tcase_add_test(t, method_rejected);
	tcase_add_test(t, rejects_bounded);
	suite_add_tcase(suite, t);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
