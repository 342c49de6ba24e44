// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables of the JSON keys, and the varlink interface that is made of them.
 */
#include "daemon/control/control_keys.h"

#include <string.h>

NAMES_FUNCTION(control_method, CONTROL_METHOD_LIST)

#define ROW(key, kind, what) {key, CONTROL_KIND_##kind, what},

const struct control_key control_status_keys[] = {CONTROL_STATUS_KEYS(ROW){0}};
const struct control_key control_tunnel_keys[] = {CONTROL_TUNNEL_KEYS(ROW){0}};
const struct control_key control_session_keys[] = {CONTROL_SESSION_KEYS(ROW){0}};
const struct control_key control_pool_keys[] = {CONTROL_POOL_KEYS(ROW){0}};
const struct control_key control_client_keys[] = {CONTROL_CLIENT_KEYS(ROW){0}};
const struct control_key control_event_keys[] = {CONTROL_EVENT_KEYS(ROW){0}};
const struct control_key control_reload_keys[] = {CONTROL_RELOAD_KEYS(ROW){0}};
const struct control_key control_change_keys[] = {CONTROL_CHANGE_KEYS(ROW){0}};
const struct control_key control_filter_keys[] = {CONTROL_FILTER_KEYS(ROW){0}};

const struct control_key *control_key_find(const struct control_key *table, const char *key)
{
	for (; table->key; table++)
		if (!strcmp(table->key, key))
			return table;
	return NULL;
}

static const char *varlink_type(enum control_kind kind)
{
	switch (kind) {
	case CONTROL_KIND_INT:
		return "int";
	case CONTROL_KIND_BOOL:
		return "bool";
	case CONTROL_KIND_STRING:
		return "string";
	case CONTROL_KIND_STRINGS:
		return "[]string";
	case CONTROL_KIND_COUNTERS:
		return "[string]int";
	case CONTROL_KIND_CHANGES:
		return "[]Change";
	}
	return "object";
}

static void print_type(FILE *out, const char *name, const struct control_key *key)
{
	fprintf(out, "type %s (\n", name);
	for (; key->key; key++)
		fprintf(out, "  # %s\n  %s: ?%s%s\n", key->what, key->key, varlink_type(key->kind),
			key[1].key ? "," : "");
	fprintf(out, ")\n\n");
}

static const char methods[] =
	"method Status() -> (status: Status)\n"
	"\n"
	"# The lists want \"more\": one object a reply, and a last reply with how many they were.\n"
	"method ListTunnels(filter: ?Filter) -> (tunnel: ?Tunnel, count: ?int)\n"
	"\n"
	"method ListSessions(filter: ?Filter) -> (session: ?Session, count: ?int)\n"
	"\n"
	"method GetSession(session: int) -> (session: Session)\n"
	"\n"
	"method ListPools() -> (pool: ?Pool, count: ?int)\n"
	"\n"
	"method ListClients() -> (client: ?Client, count: ?int)\n"
	"\n"
	"# Wants \"more\". What is done, a line a reply, until the client is up; or Failed.\n"
	"method Connect(client: string) -> (line: ?string, client: ?Client)\n"
	"\n"
	"# Wants \"more\", and answers when nothing is left of it.\n"
	"method Disconnect(client: string) -> (client: Client)\n"
	"\n"
	"# Ends every session that fits; the filter may not be empty unless all is true.\n"
	"method Kick(filter: ?Filter, all: ?bool, reason: ?string) -> (kicked: int)\n"
	"\n"
	"# Refuses newcomers; kick_rate: sessions that are ended a second; exit: the daemon ends "
	"when\n"
	"# none is left. Both answer with how many are up.\n"
	"method Drain(kick_rate: ?int, exit: ?bool) -> (sessions: int)\n"
	"\n"
	"method Undrain() -> (sessions: int)\n"
	"\n"
	"# Becomes the binary that is on disk now. Answered when that has tried itself; then the\n"
	"# connection ends, and whoever connects again speaks with the new one.\n"
	"method Upgrade() -> ()\n"
	"\n"
	"# Wants \"more\". The last of the events kept, or those from number since on; with "
	"follow\n"
	"# also those that come. lost: events that were overwritten before they could be told.\n"
	"method Events(filter: ?Filter, since: ?int, last: ?int, follow: ?bool) -> (\n"
	"  event: ?Event,\n"
	"  lost: ?int,\n"
	"  next: ?int\n"
	")\n"
	"\n"
	"# The configuration in force, as a file, without secrets.\n"
	"method GetConfig() -> (config: string)\n"
	"\n"
	"# What would be different if the file were read now.\n"
	"method DiffConfig() -> (reload: Reload)\n"
	"\n"
	"# Read the file and put it in force; with confirm for so many seconds only, unless it is\n"
	"# called again with confirmed. With revert the one before comes back at once.\n"
	"method Reload(confirm: ?int, confirmed: ?bool, revert: ?bool) -> (reload: Reload)\n"
	"\n"
	"error NotFound ()\n"
	"\n"
	"# uid 0 and members of this group may.\n"
	"error PermissionDenied (group: ?string)\n"
	"\n"
	"error Busy ()\n"
	"\n"
	"error Failed (message: string)\n";

void control_keys_interface(FILE *out)
{
	fprintf(out,
		"# Culvert, an L2TP/IPsec concentrator: what it does, and ending sessions.\n"
		"# A key that is null is not known or does not apply. Integers are in base units,\n"
		"# times in UTC. culvert-json(7) says more.\n"
		"interface " CONTROL_INTERFACE "\n\n");
	print_type(out, "Status", control_status_keys);
	print_type(out, "Tunnel", control_tunnel_keys);
	print_type(out, "Session", control_session_keys);
	print_type(out, "Pool", control_pool_keys);
	print_type(out, "Client", control_client_keys);
	print_type(out, "Event", control_event_keys);
	print_type(out, "Change", control_change_keys);
	print_type(out, "Reload", control_reload_keys);
	fprintf(out, "# All that are given must fit.\n");
	print_type(out, "Filter", control_filter_keys);
	fputs(methods, out);
}
