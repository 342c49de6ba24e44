// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/engine_state.h"

static bool is_address(const char *id)
{
	unsigned char buf[16];

	return inet_pton(AF_INET, id, buf) == 1 || inet_pton(AF_INET6, id, buf) == 1;
}

static struct endpoint host_of(const struct ike_child *m)
{
	struct endpoint host = {.family = ENDPOINT_NONE};

	if (!m->remote_name[0] && is_address(m->remote_id)) {
		host = m->remote;
		host.port = 0;
	}
	return host;
}

bool identity_is(const struct identity *id, const struct ike_child *m)
{
	struct endpoint host = host_of(m);

	return !strcmp(id->connection, m->connection) && !strcmp(id->remote_id, m->remote_id) &&
	       !strcmp(id->remote_name, m->remote_name) && endpoint_same_host(&id->host, &host);
}

static uint64_t key_of(const struct engine *e, const struct ike_child *m)
{
	return hash_bytes(&e->identities, m->remote_id, strlen(m->remote_id)) ^
	       hash_bytes(&e->identities, m->remote_name, strlen(m->remote_name)) * 3;
}

struct identity *identity_get(struct engine *e, const struct ike_child *m)
{
	uint64_t key = key_of(e, m);
	struct identity *id;

	for (struct hash_node *n = hash_find(&e->identities, key); n; n = hash_next(n)) {
		id = container_of(n, struct identity, by_key);
		if (identity_is(id, m))
			return id;
	}
	id = calloc(1, sizeof(*id));
	if (!id)
		return NULL;
	list_init(&id->carriers);
	list_init(&id->peers);
	id->host = host_of(m);
	memcpy(id->connection, m->connection, sizeof(id->connection));
	memcpy(id->remote_id, m->remote_id, sizeof(id->remote_id));
	memcpy(id->remote_name, m->remote_name, sizeof(id->remote_name));
	hash_add(&e->identities, &id->by_key, key);
	engine_grow_hash(&e->identities);
	return id;
}

struct identity *identity_resume(struct engine *e, const struct state_tunnel *s)
{
	struct ike_child m = {.remote = s->identity_host};

	memcpy(m.connection, s->connection, sizeof(m.connection));
	memcpy(m.remote_id, s->remote_id, sizeof(m.remote_id));
	memcpy(m.remote_name, s->remote_name, sizeof(m.remote_name));
	return identity_get(e, &m);
}

void identity_put(struct engine *e, struct identity *id)
{
	if (!id || !list_empty(&id->carriers) || !list_empty(&id->peers))
		return;
	hash_del(&e->identities, &id->by_key);
	free(id);
}

/*
 * RFC 4514 2, as charon prints it: "C=CH, O=Example, CN=bob".  It does not escape commas, so a name
 * with two "CN=" may be one that somebody has put into another attribute: it is nobody's.
 */
size_t identity_common_name(const char *remote_id, const char **ret)
{
	const char *name = NULL, *rdn = remote_id;
	bool dn = false;

	while (rdn) {
		const char *next = strstr(rdn, ", ");

		if (!strncmp(rdn, "CN=", 3)) {
			if (name)
				return 0;
			name = rdn + 3;
		}
		dn = dn || next;
		rdn = next ? next + 2 : NULL;
	}
	if (!name && (dn || strchr(remote_id, '=')))
		return 0;
	*ret = name ? name : remote_id;
	return name ? strcspn(name, ",") : strlen(remote_id);
}

static bool is_called(const struct call *c, const char *name, size_t len)
{
	return len && len == c->user_len && !memcmp(name, c->user, len);
}

static bool matches(const struct call *c, const struct identity *id, uint8_t how)
{
	const char *name = NULL;
	size_t len;

	if (how == CONFIG_MATCH_NO)
		return true;
	if (!id)
		return false;
	if (how == CONFIG_MATCH_NAME)
		return is_called(c, id->remote_name, strlen(id->remote_name));
	len = identity_common_name(id->remote_id, &name);
	return is_called(c, name, len);
}

/* Stale ones of a client that has crashed should not lock it out for long. */
static void ask_all(struct engine *e, const struct identity *id)
{
	struct list *l, *next;

	list_for_each_safe (l, next, &id->peers) {
		struct peer *p = list_entry(l, struct peer, in_identity);

		tunnel_probe(&p->tunnel, &e->env);
		engine_apply(e, p, NULL);
	}
}

enum auth_reason identity_admits(struct engine *e, const struct call *c,
				 const struct config_group *g)
{
	const struct identity *id = c->peer->identity;

	if (!matches(c, id, g->user_match))
		return AUTH_REASON_IDENTITY;
	if (!id || !g->sessions_per_identity || id->sessions < g->sessions_per_identity)
		return AUTH_REASON_NONE;
	ask_all(e, id);
	return AUTH_REASON_IDENTITY_LIMIT;
}
