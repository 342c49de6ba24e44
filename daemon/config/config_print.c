// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Printing: a configuration that loads back to the same struct, all keys with their defaults, and
 * the manual page's list of them.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>

#include "daemon/config/config.h"
#include "daemon/config/config_kind.h"
#include "daemon/config/config_value.h"

/* --- a configuration -------------------------------------------------------------------------- */

static void print_address(FILE *out, const struct endpoint *ep)
{
	char buf[INET6_ADDRSTRLEN + IF_NAMESIZE + 1], name[IF_NAMESIZE];
	size_t len;

	inet_ntop(ep->family == ENDPOINT_IPV4 ? AF_INET : AF_INET6, ep->addr, buf, sizeof(buf));
	len = strlen(buf);
	if (ep->scope && if_indextoname(ep->scope, name))
		snprintf(buf + len, sizeof(buf) - len, "%%%s", name);
	config_quote(out, buf);
}

/* What has no value is left out: written, it would be refused or mean the same. */
static void print_key(FILE *out, const struct config *c, const struct config_key *key,
		      const void *base)
{
	const char *indent = key->scope == CONFIG_TOP ? "" : "\t";
	const char *name;

	if (key->type == CONFIG_REF) {
		name = config_ref_name(c, key, base);
		if (!name)
			return;
		fprintf(out, "%s%s = ", indent, key->name);
		config_quote(out, name);
	} else {
		fprintf(out, "%s%s = ", indent, key->name);
		if (key->type == CONFIG_ADDRESSES)
			print_address(out,
				      (const struct endpoint *)((const char *)base + key->offset));
		else
			config_value_print(out, key, base);
	}
	fputc('\n', out);
}

static void print_block(FILE *out, const struct config *c, enum config_scope scope,
			const char *title, const void *base)
{
	if (scope != CONFIG_TOP) {
		fprintf(out, "\n%s ", config_scope_name(scope));
		if (title) {
			config_quote(out, title);
			fputc(' ', out);
		}
		fputs("{\n", out);
	}
	for (size_t i = 0; i < config_keys_count; i++)
		if (config_keys[i].scope == scope)
			print_key(out, c, &config_keys[i], base);
	if (scope != CONFIG_TOP)
		fputs("}\n", out);
}

void config_print(FILE *out, const struct config *c)
{
	print_block(out, c, CONFIG_TOP, NULL, c);
	for (size_t i = 0; i < c->n_listeners; i++)
		print_block(out, c, CONFIG_LISTEN, NULL, &c->listeners[i]);
	for (size_t i = 0; i < c->n_servers; i++)
		if (!c->servers[i].removed)
			print_block(out, c, CONFIG_SERVER, c->servers[i].name, &c->servers[i]);
	for (size_t i = 0; i < c->n_groups; i++)
		if (!c->groups[i].removed)
			print_block(out, c, CONFIG_GROUP, c->groups[i].name, &c->groups[i]);
	for (size_t i = 0; i < c->n_pools; i++)
		print_block(out, c, CONFIG_POOL, c->pools[i].name, &c->pools[i]);
	for (size_t i = 0; i < c->n_clients; i++)
		if (!c->clients[i].removed)
			print_block(out, c, CONFIG_CLIENT, c->clients[i].name, &c->clients[i]);
}

/* --- the table -------------------------------------------------------------------------------- */

static void print_default(FILE *out, const struct config_key *key)
{
	const char *text = key->def;

	if (!text || (!*text && key->example))
		text = key->example;
	if (strchr(text, ','))
		fprintf(out, "{%s}", text);
	else
		config_quote(out, text);
}

/* A key without a default stands there as a comment, with an example. */
static void print_default_key(FILE *out, const struct config_key *key)
{
	const char *indent = key->scope == CONFIG_TOP ? "" : "\t";
	const char *hash = key->required || (key->def && (*key->def || !key->example)) ? "" : "# ";
	char allowed[80];

	config_key_allowed(key, allowed, sizeof(allowed));
	fprintf(out, "%s# %s%s%s\n", indent, key->help, *allowed ? " -- " : "", allowed);
	fprintf(out, "%s%s%s = ", indent, hash, key->name);
	print_default(out, key);
	fprintf(out, "%s\n", key->required ? " # has no default" : "");
}

void config_print_defaults(FILE *out)
{
	fputs("# Every key of culvert.conf with its default; keys that have none stand as "
	      "examples.\n",
	      out);
	for (enum config_scope s = CONFIG_TOP; s < CONFIG_SCOPES; s++) {
		fprintf(out, "\n# %s\n", config_scope_help(s));
		if (s != CONFIG_TOP)
			fprintf(out, "%s%s {\n", config_scope_name(s),
				config_scope_titled(s) ? " default" : "");
		for (size_t i = 0; i < config_keys_count; i++)
			if (config_keys[i].scope == s)
				print_default_key(out, &config_keys[i]);
		if (s != CONFIG_TOP)
			fputs("}\n", out);
	}
}

/* roff takes a hyphen for a line break's and a dot or quote at the start for a request. */
static void roff(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	for (; *text; text++) {
		if (*text == '-')
			fputs("\\-", out);
		else if (*text == '\\')
			fputs("\\e", out);
		else
			fputc(*text, out);
	}
}

static void man_key(FILE *out, const struct config_key *key)
{
	char allowed[80];

	fputs(".TP\n.B ", out);
	roff(out, key->name);
	fputc('\n', out);
	roff(out, key->help);
	fputs(".\n", out);
	config_key_allowed(key, allowed, sizeof(allowed));
	if (*allowed) {
		fputs("Value: ", out);
		roff(out, allowed);
		fputs(".\n", out);
	}
	if (key->def && *key->def) {
		fputs("Default: ", out);
		roff(out, key->def);
		fputs(".\n", out);
	} else if (key->example) {
		fputs("Example: ", out);
		roff(out, key->example);
		fputs(".\n", out);
	}
	if (key->apply != CONFIG_APPLY_NOW)
		fprintf(out, "Reload: %s%s%s.\n", config_apply_text(key->apply),
			key->because ? ", because " : "", key->because ? key->because : "");
}

void config_print_man(FILE *out)
{
	for (enum config_scope s = CONFIG_TOP; s < CONFIG_SCOPES; s++) {
		if (s == CONFIG_TOP)
			fputs(".SS Top level\n", out);
		else
			fprintf(out, ".SS %s%s { ... }\n", config_scope_name(s),
				config_scope_titled(s) ? " NAME" : "");
		roff(out, config_scope_help(s));
		fputc('\n', out);
		for (size_t i = 0; i < config_keys_count; i++)
			if (config_keys[i].scope == s)
				man_key(out, &config_keys[i]);
	}
}
