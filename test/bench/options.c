// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/bench/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "wire_aaa.h"

static const char help[] =
	"usage: culvert-load [OPTION]... SERVER[:PORT]\n"
	"\n"
	"Brings up L2TP/PPP sessions as real clients do, holds them and takes them down.\n"
	"\n"
	"  --clients N              tunnels (1)\n"
	"  --sessions-per-tunnel N  (1)\n"
	"  --concurrency N          sessions under way at once (64); the next starts when one is "
	"up\n"
	"  --rate N                 instead: N sessions a second arrive, whatever became of the "
	"others\n"
	"  --patience SECONDS       a client gives up after that (60; with --rate 30)\n"
	"  --sources PREFIX         each client from an address of its own, port 1701; the prefix "
	"must\n"
	"                           be local: ip route add local PREFIX dev lo\n"
	"                           else: a socket and an ephemeral port for each client\n"
	"  --server-first           clients wait for the server's first LCP and IPCP requests\n"
	"                           (real ones don't)\n"
	"  --auth LIST              what clients agree to: mschapv2,chap,pap (all of them)\n"
	"  --users FILE             lines of user and password, used in turn (bench, bench)\n"
	"  --repeat-sccrq           send each SCCRQ twice and count tunnels\n"
	"  --echo SECONDS           LCP echoes of the clients (none)\n"
	"  --hold SECONDS|wait      keep sessions up that long, or until a line comes on stdin "
	"(0)\n"
	"  --flood N                N data packets of the first session, when the hold is over\n"
	"  --flood-size BYTES       of such an IP packet (64)\n"
	"  --flood-to ADDRESS       where they go (198.51.100.1)\n"
	"  --teardown HOW           ppp, cdn (default), stopccn or silent; server: wait for its\n"
	"                           goodbyes, until a second line comes on stdin\n"
	"  -q                       figures at the end only\n"
	"  -j                       figures as JSON, a line for each event\n"
	"\n"
	"Exit status: 0 all came up and stayed; 1 not all; 2 usage; 3 something here failed.\n";

enum {
	OPT_CLIENTS = 256,
	OPT_CALLS,
	OPT_CONCURRENCY,
	OPT_RATE,
	OPT_PATIENCE,
	OPT_SOURCES,
	OPT_SERVER_FIRST,
	OPT_AUTH,
	OPT_USERS,
	OPT_REPEAT,
	OPT_ECHO,
	OPT_HOLD,
	OPT_FLOOD,
	OPT_FLOOD_SIZE,
	OPT_FLOOD_TO,
	OPT_TEARDOWN,
};

static const struct option long_options[] = {
	{"clients", required_argument, NULL, OPT_CLIENTS},
	{"sessions-per-tunnel", required_argument, NULL, OPT_CALLS},
	{"concurrency", required_argument, NULL, OPT_CONCURRENCY},
	{"rate", required_argument, NULL, OPT_RATE},
	{"patience", required_argument, NULL, OPT_PATIENCE},
	{"sources", required_argument, NULL, OPT_SOURCES},
	{"server-first", no_argument, NULL, OPT_SERVER_FIRST},
	{"auth", required_argument, NULL, OPT_AUTH},
	{"users", required_argument, NULL, OPT_USERS},
	{"repeat-sccrq", no_argument, NULL, OPT_REPEAT},
	{"echo", required_argument, NULL, OPT_ECHO},
	{"hold", required_argument, NULL, OPT_HOLD},
	{"flood", required_argument, NULL, OPT_FLOOD},
	{"flood-size", required_argument, NULL, OPT_FLOOD_SIZE},
	{"flood-to", required_argument, NULL, OPT_FLOOD_TO},
	{"teardown", required_argument, NULL, OPT_TEARDOWN},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static bool bad(const char *what, const char *value)
{
	fprintf(stderr, "culvert-load: %s: \"%s\"\n", what, value);
	return false;
}

static bool number(const char *text, double min, double max, double *ret)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || (*end && strcmp(end, "/s") && strcmp(end, "s")) || v < min || v > max)
		return bad("not a number, or out of range", text);
	*ret = v;
	return true;
}

static bool count(const char *text, double max, unsigned *ret)
{
	double v;

	if (!number(text, 1, max, &v))
		return false;
	*ret = (unsigned)v;
	return true;
}

static bool seconds(const char *text, usec_t *ret)
{
	double v;

	if (!number(text, 0, 1e6, &v))
		return false;
	*ret = (usec_t)(v * (double)USEC_PER_SEC);
	return true;
}

static bool address(const char *text, uint32_t *ret)
{
	struct in_addr a;

	if (inet_pton(AF_INET, text, &a) != 1)
		return bad("not an IPv4 address", text);
	*ret = ntohl(a.s_addr);
	return true;
}

static bool prefix(const char *text, struct sockets_options *o)
{
	char copy[32];
	char *slash;
	double bits;

	snprintf(copy, sizeof(copy), "%s", text);
	slash = strchr(copy, '/');
	if (!slash)
		return bad("--sources wants a prefix, 10.8.0.0/16", text);
	*slash = '\0';
	if (!address(copy, &o->prefix) || !number(slash + 1, 8, 30, &bits))
		return false;
	o->prefix_len = (unsigned)bits;
	o->prefix &= ~(uint32_t)0 << (32 - o->prefix_len);
	return true;
}

static bool methods(const char *text, uint8_t *ret)
{
	static const struct {
		const char *name;
		enum auth_method method;
	} known[] = {{"mschapv2", AUTH_MSCHAPV2}, {"chap", AUTH_CHAP_MD5}, {"pap", AUTH_PAP}};
	char copy[64];
	char *word, *rest = copy;
	size_t i, n = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((word = strsep(&rest, ","))) {
		for (i = 0; i < ARRAY_SIZE(known) && strcmp(word, known[i].name); i++)
			;
		if (i == ARRAY_SIZE(known) || n == 3)
			return bad("--auth wants mschapv2, chap, pap", text);
		ret[n++] = (uint8_t)known[i].method;
	}
	ret[n] = AUTH_NONE;
	return true;
}

static bool users(const char *path, struct options *o)
{
	FILE *f = fopen(path, "r");
	char line[256];

	if (!f)
		return bad(strerror(errno), path);
	o->n_users = 0;
	while (o->n_users < OPTIONS_USERS_MAX && fgets(line, sizeof(line), f)) {
		struct options_user *u = &o->users[o->n_users];

		if (line[0] != '#' && sscanf(line, "%63s %63s", u->name, u->password) == 2)
			o->n_users++;
	}
	fclose(f);
	return o->n_users || bad("no user in", path);
}

static bool teardown(const char *text, enum options_bye *ret)
{
	static const char *const names[] = {"ppp", "cdn", "stopccn", "silent", "server"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(text, names[i]))
			continue;
		*ret = (enum options_bye)i;
		return true;
	}
	return bad("--teardown wants ppp, cdn, stopccn, silent or server", text);
}

static bool server(const char *text, struct sockaddr_in *ret)
{
	char copy[64];
	char *colon;
	uint32_t a;
	double port = 1701; /* RFC 2661 8.1 */

	snprintf(copy, sizeof(copy), "%s", text);
	colon = strchr(copy, ':');
	if (colon)
		*colon = '\0';
	if (!address(copy, &a) || (colon && !number(colon + 1, 1, 65535, &port)))
		return false;
	*ret = (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr.s_addr = htonl(a)};
	return true;
}

static bool hold(const char *text, struct options *o)
{
	o->hold_wait = !strcmp(text, "wait");
	return o->hold_wait || seconds(text, &o->hold);
}

static bool packets(const char *text, uint64_t *ret)
{
	double v;

	if (!number(text, 1, 1e9, &v))
		return false;
	*ret = (uint64_t)v;
	return true;
}

static bool set(struct options *o, int which, const char *value)
{
	switch (which) {
	case OPT_CLIENTS:
		return count(value, 60000, &o->sockets.clients);
	case OPT_CALLS:
		return count(value, 60000, &o->calls);
	case OPT_CONCURRENCY:
		return count(value, 1e6, &o->concurrency);
	case OPT_RATE:
		return number(value, 0.001, 1e6, &o->rate);
	case OPT_PATIENCE:
		return seconds(value, &o->patience);
	case OPT_SOURCES:
		return prefix(value, &o->sockets);
	case OPT_SERVER_FIRST:
		o->server_first = true;
		return true;
	case OPT_AUTH:
		return methods(value, o->methods);
	case OPT_USERS:
		return users(value, o);
	case OPT_REPEAT:
		o->repeat_sccrq = true;
		return true;
	case OPT_ECHO:
		return seconds(value, &o->echo);
	case OPT_HOLD:
		return hold(value, o);
	case OPT_FLOOD:
		return packets(value, &o->flood);
	case OPT_FLOOD_SIZE:
		return count(value, 1400, &o->flood_size);
	case OPT_FLOOD_TO:
		return address(value, &o->flood_to);
	case OPT_TEARDOWN:
		return teardown(value, &o->bye);
	case 'q':
		o->quiet = true;
		return true;
	case 'j':
		o->json = true;
		return true;
	default:
		return false;
	}
}

static void set_defaults(struct options *o)
{
	memset(o, 0, sizeof(*o));
	o->sockets.clients = 1;
	o->sockets.port = 1701;
	o->calls = 1;
	o->bye = OPTIONS_BYE_CDN;
	o->flood_size = 64;
	o->flood_to = 0xc6336401u; /* 198.51.100.1 (RFC 5737) */
	methods("mschapv2,chap,pap", o->methods);
	o->n_users = 1;
	snprintf(o->users[0].name, sizeof(o->users[0].name), "bench");
	snprintf(o->users[0].password, sizeof(o->users[0].password), "bench");
}

int options_parse(struct options *o, int argc, char **argv)
{
	int which;

	set_defaults(o);
	while ((which = getopt_long(argc, argv, "qjh", long_options, NULL)) != -1) {
		if (which == 'h') {
			fputs(help, stdout);
			return 1;
		}
		if (which == '?' || !set(o, which, optarg))
			return 3;
	}
	if (optind != argc - 1) {
		fputs("culvert-load: one SERVER is wanted; --help says more\n", stderr);
		return 3;
	}
	if (!o->concurrency && o->rate <= 0)
		o->concurrency = 64;
	if (!o->patience)
		o->patience = (o->rate > 0 ? 30 : 60) * USEC_PER_SEC;
	if (o->flood_size < 28)
		o->flood_size = 28; /* IPv4 and UDP headers */
	return server(argv[optind], &o->sockets.server) ? 0 : 3;
}
