// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/engine/terms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "daemon/base/secret.h"

#define CLIENT_WINDOW 8 /* control messages that a gateway may send ahead, RFC 2661 4.4.3 */

/* The timers and counters that the standards give to both ends. */
static void standard(struct terms *t)
{
	t->tunnel.vendor_name = "Culvert";
	t->tunnel.retransmit = USEC_PER_SEC;	     /* RFC 2661 5.8 */
	t->tunnel.retransmit_max = 8 * USEC_PER_SEC; /* RFC 2661 5.8 */
	t->tunnel.retransmit_limit = 5;		     /* RFC 2661 5.8 */
	t->tunnel.setup_timeout = 30 * USEC_PER_SEC;
	t->link.restart = 3 * USEC_PER_SEC; /* RFC 1661 4.6 */
	t->link.max_configure = 10;	    /* RFC 1661 4.6 */
	t->link.max_terminate = 2;	    /* RFC 1661 4.6 */
	t->link.max_failure = 5;	    /* RFC 1661 4.6 */
}

static void set_secret(struct terms *t, const uint8_t *secret, uint16_t len)
{
	memcpy(t->secret, secret, sizeof(t->secret));
	t->tunnel.secret = len ? t->secret : NULL;
	t->tunnel.secret_len = len;
}

static usec_t interval(uint16_t seconds)
{
	return seconds ? seconds * USEC_PER_SEC : USEC_NEVER;
}

static struct terms *terms_new(const char host_name[64])
{
	struct terms *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->held = 1;
	memcpy(t->host_name, host_name, sizeof(t->host_name));
	t->tunnel.host_name = t->host_name;
	standard(t);
	return t;
}

/* Before a user is known, any group may be theirs. */
static bool any_ipv6(const struct config *cfg)
{
	for (size_t i = 0; i < cfg->n_groups; i++)
		if (cfg->groups[i].ipv6 && !cfg->groups[i].removed)
			return true;
	return false;
}

struct terms *terms_of_server(const struct config *cfg, const struct config_server *s)
{
	struct terms *t = terms_new(s->host_name);

	if (!t)
		return NULL;
	set_secret(t, s->secret, s->secret_len);
	t->tunnel.challenge = s->challenge;
	t->tunnel.hide = s->hide;
	t->tunnel.window = s->window;
	t->tunnel.hello = interval(s->hello_s);
	t->link.role = LINK_SERVER;
	t->link.name = t->host_name;
	t->link.mru = cfg->groups[s->default_group].mtu;
	t->link.echo = interval(s->echo_s);
	t->link.echo_failures = (uint8_t)s->echo_failures;
	t->link.auth_timeout = s->auth_timeout_s * USEC_PER_SEC;
	t->link.ipv6 = any_ipv6(cfg);
	memcpy(t->link.methods, s->auth, sizeof(t->link.methods));
	return t;
}

int terms_of_servers(const struct config *cfg, struct terms *ret[CONFIG_SERVERS_MAX])
{
	for (size_t i = 0; i < cfg->n_servers; i++) {
		ret[i] = terms_of_server(cfg, &cfg->servers[i]);
		if (!ret[i])
			return -ENOMEM;
	}
	return 0;
}

struct terms *terms_of_client(const struct config_client *c)
{
	struct terms *t = terms_new(c->host_name);

	if (!t)
		return NULL;
	set_secret(t, c->tunnel_secret, c->tunnel_secret_len);
	memcpy(t->user, c->user, sizeof(t->user));
	memcpy(t->password, c->secret, sizeof(t->password));
	t->tunnel.challenge = c->tunnel_secret_len;
	t->tunnel.window = CLIENT_WINDOW;
	t->tunnel.hello = interval(c->hello_s);
	t->link.role = LINK_CLIENT;
	t->link.mru = c->mtu;
	t->link.echo = interval(c->echo_s);
	t->link.echo_failures = (uint8_t)c->echo_failures;
	t->link.auth_timeout = c->timeout_s * USEC_PER_SEC;
	t->link.user = t->user;
	t->link.password = t->password;
	t->link.password_len = c->secret_len;
	memcpy(t->link.methods, c->auth, sizeof(t->link.methods));
	return t;
}

struct terms *terms_get(struct terms *t)
{
	t->held++;
	return t;
}

void terms_put(struct terms *t)
{
	if (!t)
		return;
	BUG_ON(!t->held);
	if (--t->held)
		return;
	secret_wipe(t, sizeof(*t));
	free(t);
}

void terms_put_all(struct terms *t[CONFIG_SERVERS_MAX])
{
	for (size_t i = 0; i < CONFIG_SERVERS_MAX; i++) {
		terms_put(t[i]);
		t[i] = NULL;
	}
}
