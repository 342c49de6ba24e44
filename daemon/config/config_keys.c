// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of keys and what can be asked of it.
 */
#include "daemon/config/config_keys.h"

#include <stdio.h>
#include <string.h>

#include "compiler.h"
#include "include/config.h"
#include "daemon/config/config_errors.h"
#include "daemon/config/config_value.h"
#include "ike.h"
#include "wire_aaa.h"
#include "wire_kern.h"

static const struct config_word layout_words[] = {
	{"auto", KERN_LAYOUT_AUTO},
	{"parked", KERN_LAYOUT_PARKED},
	{"classic", KERN_LAYOUT_CLASSIC},
	{NULL, 0},
};

static const struct config_word ipsec_words[] = {
	{"require", CONFIG_IPSEC_REQUIRE},
	{"off", CONFIG_IPSEC_OFF},
	{NULL, 0},
};

static const struct config_word match_words[] = {
	{"no", CONFIG_MATCH_NO},
	{"identity", CONFIG_MATCH_IDENTITY},
	{"name", CONFIG_MATCH_NAME},
	{NULL, 0},
};

static const struct config_word auth_words[] = {
	{"mschapv2", AUTH_MSCHAPV2},
	{"chap", AUTH_CHAP_MD5},
	{"pap", AUTH_PAP},
	{NULL, 0},
};

static const struct config_word port_words[] = {
	{"1701", CONFIG_PORT_1701},
	{"ephemeral", CONFIG_PORT_EPHEMERAL},
	{NULL, 0},
};

static const struct config_word dns_words[] = {
	{"auto", CONFIG_DNS_AUTO},
	{"none", CONFIG_DNS_NONE},
	{"resolvconf", CONFIG_DNS_RESOLVCONF},
	{"resolved", CONFIG_DNS_RESOLVED},
	{NULL, 0},
};

#define FIELD(type, field)                                                                         \
	.offset = offsetof(struct type, field), .size = sizeof(((struct type *)0)->field)
#define TOP(n, t, field) .scope = CONFIG_TOP, .name = n, .type = t, FIELD(config, field)
#define LISTEN(n, t, field)                                                                        \
	.scope = CONFIG_LISTEN, .name = n, .type = t, FIELD(config_listener, field)
#define SERVER(n, t, field)                                                                        \
	.scope = CONFIG_SERVER, .name = n, .type = t, FIELD(config_server, field)
#define GROUP(n, t, field) .scope = CONFIG_GROUP, .name = n, .type = t, FIELD(config_group, field)
#define CLIENT(n, t, field)                                                                        \
	.scope = CONFIG_CLIENT, .name = n, .type = t, FIELD(config_client, field)
#define POOL(n, t, field)  .scope = CONFIG_POOL, .name = n, .type = t, FIELD(config_pool, field)

/* What a reload does with it. */
#define APPLY_NOW	 .apply = CONFIG_APPLY_NOW
#define APPLY_NEW	 .apply = CONFIG_APPLY_NEW
#define APPLY_CONNECT	 .apply = CONFIG_APPLY_CONNECT
#define APPLY_START(why) .apply = CONFIG_APPLY_START, .because = why

/* One key, one paragraph. */
/* clang-format off */
const struct config_key config_keys[] = {
	{TOP("node", CONFIG_STRING, node),
	 APPLY_NOW, .max = 63, .def = "",
	 .example = "lns1.example.net",
	 .help = "name of this concentrator; empty: the machine's host name"},
	{TOP("users-file", CONFIG_FILE, users_file),
	 APPLY_NOW, .min = 1, .def = "/etc/culvert/users",
	 .help = "users and their secrets; owned by root, mode 0600 or 0640"},
	{TOP("control-socket", CONFIG_FILE, control_socket),
	 APPLY_START("its socket is open"), .min = 1, .max = 107,
	 .def = "/run/culvert/control",
	 .help = "where the command culvert reaches the daemon"},
	{TOP("ike-socket", CONFIG_FILE, ike_socket),
	 APPLY_CONNECT, .min = 1, .max = 107,
	 .def = IKE_SOCKET,
	 .help = "where charon's plugin l2tp is reached"},
	{TOP("ike-grace", CONFIG_DURATION, ike_grace_s),
	 APPLY_NOW, .max = 60, .def = "5s",
	 .help = "how long a tunnel that has lost its SA may wait for another of the same peer"},
	{TOP("ike-terminate", CONFIG_BOOL, ike_terminate),
	 APPLY_NOW, .def = "yes",
	 .help = "take down the SA of a tunnel that has ended, and its IKE SA"},
	{TOP("user", CONFIG_STRING, user),
	 APPLY_START("the processes run under it"), .min = 1, .max = 31, .def = "culvert",
	 .help = "account of the processes that talk to the network"},
	{TOP("read-group", CONFIG_STRING, read_group),
	 APPLY_NOW, .max = 31, .def = "culvert",
	 .help = "members may look at tunnels and sessions; empty: root only"},
	{TOP("admin-group", CONFIG_STRING, admin_group),
	 APPLY_NOW, .max = 31, .def = "culvert-admin",
	 .help = "members may end sessions as well; empty: root only"},
	{TOP("layout", CONFIG_WORD, layout),
	 APPLY_START("every socket is made for it"), .def = "auto", .words = layout_words,
	 .help = "sockets towards the kernel; auto tries what this kernel can do"},
	{TOP("route-protocol", CONFIG_NUMBER, route_protocol),
	 APPLY_START("routes that are there are known by it"), .min = 5, .max = 255, .def = "71",
	 .help = "protocol number of the routes to clients (ip route show proto 71)"},
	{TOP("debug", CONFIG_BOOL, debug),
	 APPLY_NOW, .def = "no",
	 .help = "log every step of the negotiations"},

	{LISTEN("address", CONFIG_ADDRESSES, address),
	 APPLY_START("sockets are bound"), .max = CONFIG_LISTENERS_MAX,
	 .def = "0.0.0.0, ::",
	 .help = "local addresses; a wildcard stands for all of its family"},
	{LISTEN("port", CONFIG_NUMBER, address.port),
	 APPLY_START("sockets are bound"), .min = 1, .max = 65535, .def = "1701",
	 .help = "UDP port (RFC 2661 8.1)"},
	{LISTEN("ipsec", CONFIG_WORD, ipsec),
	 APPLY_START("sockets and IPsec policies are made for it"), .def = "require", .words = ipsec_words,
	 .help = "require: refuse what did not come through IPsec; off: accept clear text"},
	{LISTEN("path-mtu", CONFIG_NUMBER, path_mtu),
	 APPLY_NEW, .min = 576, .max = 9000, .def = "1500",
	 .help = "largest packet on the way to clients, if its route takes that; ESP leaves the MTU"},
	{LISTEN("server", CONFIG_REF, server),
	 APPLY_NEW, .ref = CONFIG_SERVER, .def = "default",
	 .help = "the server block that answers here; may be left out if there is only one"},

	{SERVER("host-name", CONFIG_STRING, host_name),
	 APPLY_NEW, .max = 63, .def = "",
	 .example = "lns1.example.net",
	 .help = "how we introduce ourselves to peers; empty: the node's name"},
	{SERVER("auth", CONFIG_WORDS, auth),
	 APPLY_NEW, .min = 1, .max = CONFIG_METHODS_MAX,
	 .def = "mschapv2, chap", .words = auth_words,
	 .help = "how users prove who they are, best first"},
	{SERVER("default-group", CONFIG_REF, default_group),
	 APPLY_NEW, .ref = CONFIG_GROUP, .def = "default",
	 .help = "group of users who name none; may be left out if there is only one"},
	{SERVER("secret-file", CONFIG_FILE, secret_file),
	 APPLY_NEW, .def = "",
	 .example = "/etc/culvert/tunnel.secret",
	 .help = "the tunnel secret shared with peers (RFC 2661 5.1.1); empty: none"},
	{SERVER("challenge", CONFIG_BOOL, challenge),
	 APPLY_NEW, .def = "no",
	 .help = "peers must prove that they know the tunnel secret"},
	{SERVER("hide", CONFIG_BOOL, hide),
	 APPLY_NEW, .def = "no",
	 .help = "hide attribute values with the tunnel secret (RFC 2661 4.3)"},
	{SERVER("window", CONFIG_NUMBER, window),
	 APPLY_NEW, .min = 1, .max = 16, .def = "8",
	 .help = "control messages a peer may send ahead (RFC 2661 4.4.3)"},
	{SERVER("hello", CONFIG_DURATION, hello_s),
	 APPLY_NEW, .max = 3600, .def = "60s",
	 .help = "silence of a tunnel before we ask whether the peer is there; 0: never"},
	{SERVER("echo", CONFIG_DURATION, echo_s),
	 APPLY_NEW, .max = 3600, .def = "30s",
	 .help = "time between LCP echoes of a session (RFC 1661 5.8); 0: never"},
	{SERVER("echo-failures", CONFIG_NUMBER, echo_failures),
	 APPLY_NEW, .min = 1, .max = 100, .def = "4",
	 .help = "echoes without an answer until a session is given up"},
	{SERVER("max-tunnels", CONFIG_NUMBER, max_tunnels),
	 APPLY_NOW, .min = 1, .max = 65535, .def = "20000",
	 .help = "tunnels at a time"},
	{SERVER("max-sessions", CONFIG_NUMBER, max_sessions),
	 APPLY_NOW, .min = 1, .max = 65535,
	 .def = "20000", .help = "sessions at a time"},
	{SERVER("max-sessions-per-tunnel", CONFIG_NUMBER, max_sessions_per_tunnel),
	 APPLY_NOW, .min = 1,
	 .max = 65535, .def = "1000", .help = "sessions at a time in one tunnel"},
	{SERVER("max-half-open", CONFIG_NUMBER, max_half_open),
	 APPLY_NOW, .min = 1, .max = 65535,
	 .def = "1000", .help = "tunnels in which nobody has logged in yet, all peers together"},
	{SERVER("max-half-open-per-address", CONFIG_NUMBER, max_half_open_per_address),
	 APPLY_NOW, .min = 1,
	 .max = 65535, .def = "128", .help = "and those of one address"},
	{SERVER("auth-timeout", CONFIG_DURATION, auth_timeout_s),
	 APPLY_NEW, .min = 5, .max = 600,
	 .def = "60s", .help = "from the call until the user has proved who it is"},

	{GROUP("id", CONFIG_NUMBER, id),
	 APPLY_NEW, .min = 1, .max = 2147483647,
	 .example = "20",
	 .help = "interface group of its devices (iifgroup 20 in nft); default: 1701 and up"},
	{GROUP("pool", CONFIG_REF, pool),
	 APPLY_NEW, .ref = CONFIG_POOL,
	 .example = "staff",
	 .help = "pool of client addresses; without one only users with their own get in"},
	{GROUP("local-address", CONFIG_IPV4, local_address),
	 APPLY_NEW, .required = true,
	 .example = "10.20.0.1",
	 .help = "our end of every link"},
	{GROUP("mtu", CONFIG_NUMBER, mtu),
	 APPLY_NEW, .min = 576, .max = 1500, .def = "1400",
	 .help = "of the devices, and the MRU that we ask clients for"},
	{GROUP("dns", CONFIG_IPV4S, dns),
	 APPLY_NEW, .max = 2, .def = "",
	 .example = "10.0.0.53", .help = "name servers told to clients (RFC 1877)"},
	{GROUP("nbns", CONFIG_IPV4S, nbns),
	 APPLY_NEW, .max = 2, .def = "",
	 .example = "10.0.0.54", .help = "WINS servers told to clients (RFC 1877)"},
	{GROUP("sessions-per-user", CONFIG_NUMBER, sessions_per_user),
	 APPLY_NEW, .max = 1000, .def = "0",
	 .help = "at a time; 0: no limit"},
	{GROUP("sessions-per-identity", CONFIG_NUMBER, sessions_per_identity),
	 APPLY_NEW, .max = 1000,
	 .def = "0", .help = "at a time, of one IKE identity; 0: no limit"},
	{GROUP("user-match", CONFIG_WORD, user_match),
	 APPLY_NEW, .def = "no", .words = match_words,
	 .help = "whom a user must be to IKE. identity: its name is the Common Name of the "
		 "certificate, or all of an identity that is no distinguished name; name: it is the "
		 "XAuth or EAP name. Letter by letter, and without IPsec nobody gets in"},
	{GROUP("ipv6", CONFIG_BOOL, ipv6),
	 APPLY_NEW, .def = "no",
	 .help = "link-local IPv6 on the links (RFC 5072)"},
	{GROUP("lean", CONFIG_BOOL, lean),
	 APPLY_NEW, .def = "no",
	 .help = "less kernel memory: the mtu is that of the route, the device shows 1279"},
	{GROUP("interface", CONFIG_PREFIX, interface),
	 APPLY_NEW, .min = 1, .max = 7, .def = "ppp",
	 .help = "what device names begin with: ppp gives ppp0, ppp1 and so on"},

	{POOL("range", CONFIG_RANGE, first),
	 APPLY_NOW, .required = true,
	 .example = "10.20.0.10-10.20.15.254",
	 .help = "addresses for clients: first-last or a prefix"},

	{CLIENT("gateway", CONFIG_STRING, gateway),
	 APPLY_CONNECT, .min = 1, .max = 253, .required = true,
	 .example = "vpn.example.net",
	 .help = "name or address of the concentrator"},
	{CLIENT("ipsec", CONFIG_WORD, ipsec),
	 APPLY_CONNECT, .def = "require", .words = ipsec_words,
	 .help = "require: only inside an SA of charon's; off: in clear text"},
	{CLIENT("ike", CONFIG_STRING, ike),
	 APPLY_CONNECT, .max = 63, .def = "", .example = "corp",
	 .help = "charon's connection that protects it; empty: the one with this block's name"},
	{CLIENT("user", CONFIG_STRING, user),
	 APPLY_CONNECT, .min = 1, .max = 127, .required = true,
	 .example = "alice",
	 .help = "who we are there"},
	{CLIENT("secret-file", CONFIG_FILE, secret_file),
	 APPLY_CONNECT, .min = 1, .required = true,
	 .example = "/etc/culvert/corp.secret",
	 .help = "file with the password, one line; owned by root, mode 0600 or 0640"},
	{CLIENT("auth", CONFIG_WORDS, auth),
	 APPLY_CONNECT, .min = 1, .max = CONFIG_METHODS_MAX,
	 .def = "mschapv2, chap", .words = auth_words,
	 .help = "how we may prove who we are, best first; pap tells the password"},
	{CLIENT("tunnel-secret-file", CONFIG_FILE, tunnel_secret_file),
	 APPLY_CONNECT, .def = "",
	 .example = "/etc/culvert/tunnel.secret",
	 .help = "the tunnel secret, which both ends must prove to know (RFC 2661 5.1.1)"},
	{CLIENT("host-name", CONFIG_STRING, host_name),
	 APPLY_CONNECT, .max = 63, .def = "",
	 .example = "laptop",
	 .help = "how we introduce ourselves; empty: the node's name"},
	{CLIENT("port", CONFIG_WORD, port),
	 APPLY_CONNECT, .def = "1701", .words = port_words,
	 .help = "our UDP port; IKE's selectors must hold it"},
	{CLIENT("mtu", CONFIG_NUMBER, mtu),
	 APPLY_CONNECT, .min = 576, .max = 1500, .def = "1400",
	 .help = "of the device, and the MRU that we ask for; less where the route or ESP leave less"},
	{CLIENT("interface", CONFIG_PREFIX, interface),
	 APPLY_CONNECT, .min = 1, .max = 7, .def = "ppp",
	 .help = "what the device's name begins with"},
	{CLIENT("routes", CONFIG_ROUTES, routes),
	 APPLY_NOW, .max = CONFIG_ROUTES_MAX, .def = "",
	 .example = "10.0.0.0/8",
	 .help = "what is reached through it; default: everything but the gateway"},
	{CLIENT("dns", CONFIG_WORD, dns),
	 APPLY_CONNECT, .def = "auto", .words = dns_words,
	 .help = "who is told the name servers that we are given"},
	{CLIENT("autostart", CONFIG_BOOL, autostart),
	 APPLY_NOW, .def = "no",
	 .help = "connect when the daemon starts"},
	{CLIENT("reconnect", CONFIG_BOOL, reconnect),
	 APPLY_NOW, .def = "yes",
	 .help = "connect again after a session was lost"},
	{CLIENT("retry", CONFIG_DURATION, retry_s),
	 APPLY_NOW, .min = 1, .max = 3600, .def = "2s",
	 .help = "wait before connecting again; doubles from failure to failure"},
	{CLIENT("retry-max", CONFIG_DURATION, retry_max_s),
	 APPLY_NOW, .min = 1, .max = 43200, .def = "5m",
	 .help = "the longest such wait"},
	{CLIENT("timeout", CONFIG_DURATION, timeout_s),
	 APPLY_NOW, .min = 5, .max = 600, .def = "60s",
	 .help = "from the start until the session is up"},
	{CLIENT("hello", CONFIG_DURATION, hello_s),
	 APPLY_CONNECT, .max = 3600, .def = "60s",
	 .help = "silence of the tunnel before we ask whether the gateway is there; 0: never"},
	{CLIENT("echo", CONFIG_DURATION, echo_s),
	 APPLY_CONNECT, .max = 3600, .def = "30s",
	 .help = "time between LCP echoes (RFC 1661 5.8); 0: never"},
	{CLIENT("echo-failures", CONFIG_NUMBER, echo_failures),
	 APPLY_CONNECT, .min = 1, .max = 100, .def = "4",
	 .help = "echoes without an answer until the session is given up"},
};
/* clang-format on */

/* The range's two ends are filled from the offset of the first. */
_Static_assert(offsetof(struct config_pool, last) ==
		       offsetof(struct config_pool, first) + sizeof(uint32_t),
	       "range");

const size_t config_keys_count = ARRAY_SIZE(config_keys);

static const struct {
	const char *name, *help;
	bool titled;
} scopes[CONFIG_SCOPES] = {
	[CONFIG_TOP] = {"top level", "Outside of any block.", false},
	[CONFIG_LISTEN] = {"listen",
			   "Where clients reach us. At least one, unless there is a client block.",
			   false},
	[CONFIG_SERVER] = {"server", "How clients are served. A listener names one.", true},
	[CONFIG_GROUP] = {"group", "What a user gets once inside. A server or a user names one.",
			  true},
	[CONFIG_POOL] = {"pool", "Addresses for clients. A group names one.", true},
	[CONFIG_CLIENT] = {"client", "A concentrator that we dial: culvert connect NAME.", true},
};

const char *config_scope_name(enum config_scope scope)
{
	return scopes[scope].name;
}

bool config_scope_titled(enum config_scope scope)
{
	return scopes[scope].titled;
}

const char *config_scope_help(enum config_scope scope)
{
	return scopes[scope].help;
}

const struct config_key *config_key_find(enum config_scope scope, const char *name)
{
	for (size_t i = 0; i < config_keys_count; i++)
		if (config_keys[i].scope == scope && !strcmp(config_keys[i].name, name))
			return &config_keys[i];
	return NULL;
}

struct suggest_walk {
	enum config_scope scope;
	size_t key, block;
};

/* The keys of the scope; at the top level the blocks as well. */
static const char *suggest_next(void *ctx)
{
	struct suggest_walk *w = ctx;

	while (w->key < config_keys_count) {
		const struct config_key *k = &config_keys[w->key++];

		if (k->scope == w->scope)
			return k->name;
	}
	if (w->scope == CONFIG_TOP && ++w->block < CONFIG_SCOPES)
		return scopes[w->block].name;
	return NULL;
}

const char *config_key_suggest(enum config_scope scope, const char *word)
{
	struct suggest_walk w = {.scope = scope};

	return config_suggest(word, suggest_next, &w);
}

const char *config_apply_text(enum config_apply apply)
{
	switch (apply) {
	case CONFIG_APPLY_UNKNOWN:
		break;
	case CONFIG_APPLY_NOW:
		return "at once";
	case CONFIG_APPLY_NEW:
		return "for new sessions";
	case CONFIG_APPLY_CONNECT:
		return "at the next connection";
	case CONFIG_APPLY_START:
		return "at the next start";
	}
	return "?";
}

bool config_key_list(const struct config_key *key)
{
	return key->type == CONFIG_WORDS || key->type == CONFIG_IPV4S ||
	       key->type == CONFIG_ADDRESSES || key->type == CONFIG_ROUTES;
}

static void allowed_words(const struct config_word *w, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (; w->name && len < size; w++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", w->name,
					!w[1].name  ? ""
					: w[2].name ? ", "
						    : " or ");
}

char *config_key_allowed(const struct config_key *key, char *buf, size_t size)
{
	char min[16], max[16];

	buf[0] = '\0';
	switch (key->type) {
	case CONFIG_BOOL:
		snprintf(buf, size, "yes or no");
		break;
	case CONFIG_NUMBER:
		snprintf(buf, size, "%ld to %ld", key->min, key->max);
		break;
	case CONFIG_DURATION:
		snprintf(buf, size, "%s to %s", config_duration_text(key->min, min, sizeof(min)),
			 config_duration_text(key->max, max, sizeof(max)));
		break;
	case CONFIG_WORD:
	case CONFIG_WORDS:
		allowed_words(key->words, buf, size);
		break;
	case CONFIG_IPV4:
		snprintf(buf, size, "an IPv4 address");
		break;
	case CONFIG_IPV4S:
		snprintf(buf, size, "at most %ld IPv4 addresses", key->max);
		break;
	case CONFIG_ADDRESSES:
		snprintf(buf, size, "IPv4 and IPv6 addresses");
		break;
	case CONFIG_RANGE:
		snprintf(buf, size, "FIRST-LAST or ADDRESS/LENGTH");
		break;
	case CONFIG_ROUTES:
		snprintf(buf, size, "default, or ADDRESS/LENGTH, at most %ld", key->max);
		break;
	case CONFIG_PREFIX:
		snprintf(buf, size, "1 to %ld small letters", key->max);
		break;
	case CONFIG_REF:
		snprintf(buf, size, "the name of a %s block", scopes[key->ref].name);
		break;
	case CONFIG_STRING:
	case CONFIG_FILE:
		break;
	}
	return buf;
}
