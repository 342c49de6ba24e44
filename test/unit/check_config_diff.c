// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The difference of two configurations: golden files (test/config/diff: NAME.old and NAME.new with
 * NAME.diff, every change), and what of it is put in force.
 *
 * With UPDATE_GOLDEN=1 the golden files are written anew; look at the difference.
 */
#include "daemon/config/config_diff.h"

#include <check.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config/config.h"
#include "daemon/config/config_keys.h"
#include "daemon/config/config_text.h"

static struct config running, wanted, next;
static const struct config_busy nobody;

static char *slurp(const char *path)
{
	struct config_text t = {0};

	if (config_text_read(&t, path) < 0)
		return strdup("(no file)");
	free(t.name);
	return t.text;
}

static void parse(const char *text, struct config *c)
{
	struct config_errors errs;

	config_errors_init(&errs);
	if (config_parse("test", text, strlen(text), c, &errs) < 0)
		ck_abort_msg("%s", errs.count ? errs.list[0].text : "?");
	config_errors_fini(&errs);
}

static void load(const char *path, struct config *c)
{
	char *text = slurp(path);

	parse(text, c);
	free(text);
}

static void print(void *ctx, const struct reload_change *c)
{
	static const char *const sign[] = {"?", "~", "+", "-"};
	FILE *f = ctx;

	fprintf(f, "%s %s", sign[c->kind], c->key);
	if (c->kind == RELOAD_CHANGED)
		fprintf(f, ": %s -> %s", c->old, c->now);
	fprintf(f, " (%s%s%s)\n", config_apply_text((enum config_apply)c->apply),
		c->why[0] ? "; " : "", c->why);
}

static char *diff(const struct config *a, const struct config *b)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	config_diff(a, b, print, f);
	fclose(f);
	return text;
}

static void only_later(void *ctx, const struct reload_change *c)
{
	(void)ctx;
	ck_assert_msg(c->apply == CONFIG_APPLY_START, "%s is not in force", c->key);
}

static void adopt(void)
{
	const char *what;

	config_keep_ids(&running, &wanted);
	ck_assert_int_eq(config_adopt(&running, &wanted, &nobody, &next, &what), 0);
	config_diff(&next, &wanted, only_later, NULL);
}

/* --- golden files ----------------------------------------------------------------------------- */

static void one_golden(const char *old)
{
	char path[256], *text, *is;
	size_t len = strlen(old) - strlen("old");

	load(old, &running);
	snprintf(path, sizeof(path), "%.*snew", (int)len, old);
	load(path, &wanted);
	config_keep_ids(&running, &wanted);
	snprintf(path, sizeof(path), "%.*sdiff", (int)len, old);
	is = diff(&running, &wanted);
	if (getenv("UPDATE_GOLDEN")) {
		FILE *f = fopen(path, "w");

		ck_assert_ptr_nonnull(f);
		fputs(is, f);
		fclose(f);
	}
	text = slurp(path);
	ck_assert_msg(!strcmp(text, is), "%s:\n%s", path, is);
	free(text);
	free(is);
	adopt();
}

START_TEST(golden)
{
	glob_t g;

	ck_assert_int_eq(glob("test/config/diff/*.old", 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++)
		one_golden(g.gl_pathv[i]);
	globfree(&g);
}
END_TEST

/* --- the table -------------------------------------------------------------------------------- */

/* Whoever adds a key has to say when a change of it counts. */
START_TEST(every_key_has_a_rule)
{
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *k = &config_keys[i];

		ck_assert_msg(k->apply != CONFIG_APPLY_UNKNOWN, "%s has no rule for a reload",
			      k->name);
		ck_assert_msg((k->apply == CONFIG_APPLY_START) == !!k->because,
			      "%s: a reason is for what waits for the next start", k->name);
		ck_assert_str_ne(config_apply_text(k->apply), "?");
	}
}
END_TEST

/* --- secrets ---------------------------------------------------------------------------------- */

#define MINIMAL "listen { }\ngroup a { local-address = 10.0.0.1 }\n"

START_TEST(secrets_are_not_told)
{
	char *text;

	parse(MINIMAL "client c { gateway = g user = u secret-file = /s }", &running);
	wanted = running;
	memcpy(running.servers[0].secret, "opensesame", 10);
	memcpy(wanted.servers[0].secret, "closesesame", 11);
	running.servers[0].secret_len = 10;
	wanted.servers[0].secret_len = 11;
	memcpy(running.clients[0].secret, "hunter2", 7);
	memcpy(wanted.clients[0].secret, "hunter3", 7);
	running.clients[0].secret_len = wanted.clients[0].secret_len = 7;
	text = diff(&running, &wanted);
	ck_assert_ptr_null(strstr(text, "sesame"));
	ck_assert_ptr_null(strstr(text, "hunter"));
	ck_assert_str_eq(text, "~ server default / secret-file: (a secret) -> (another secret) "
			       "(for new sessions)\n"
			       "~ client c / secret-file: (a secret) -> (another secret) "
			       "(at the next connection)\n");
	free(text);
	adopt();
	ck_assert_mem_eq(next.clients[0].secret, "hunter3", 7);
}
END_TEST

/* --- places ----------------------------------------------------------------------------------- */

static int group_at(const struct config *c, const char *name)
{
	for (int i = 0; i < c->n_groups; i++)
		if (!strcmp(c->groups[i].name, name))
			return i;
	return -1;
}

#define GROUP(name) "group " name " { local-address = 10.0.0.1 }\n"

START_TEST(blocks_keep_their_places)
{
	parse("listen { }\nserver s { default-group = b }\n" GROUP("a") GROUP("b"), &running);
	parse("listen { }\nserver s { default-group = c }\n" GROUP("c") GROUP("b"), &wanted);
	adopt();
	ck_assert_int_eq(group_at(&next, "a"), 0);
	ck_assert_int_eq(group_at(&next, "b"), 1);
	ck_assert(!next.groups[1].removed);
	/* nobody is left in a, but what it was is known until its place is needed */
	ck_assert_int_eq(group_at(&next, "c"), 2);
	ck_assert(next.groups[0].removed);
	ck_assert_uint_eq(next.servers[0].default_group, 2);
	ck_assert_uint_eq(next.generation, running.generation + 1);
	/* and back, as it was */
	wanted = running;
	running = next;
	adopt();
	ck_assert(!next.groups[0].removed && !next.groups[1].removed && next.groups[2].removed);
	ck_assert_uint_eq(next.servers[0].default_group, 1);
}
END_TEST

START_TEST(places_are_used_again)
{
	struct config_busy busy = {.group = {true}};
	const char *what;
	char text[8192] = "listen { }\nserver s { default-group = g1 }\n";

	parse("listen { }\nserver s { default-group = a }\n" GROUP("a") GROUP("b"), &running);
	running.groups[0].removed = running.groups[1].removed = true;
	for (int i = 1; i < CONFIG_GROUPS_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), GROUP("g%d"), i);
	parse(text, &wanted);
	config_keep_ids(&running, &wanted);
	ck_assert_int_eq(config_adopt(&running, &wanted, &busy, &next, &what), 0);
	ck_assert_str_eq(next.groups[0].name, "a"); /* somebody is there */
	ck_assert_str_eq(next.groups[1].name, "g1");
	ck_assert_uint_eq(next.n_groups, CONFIG_GROUPS_MAX);
	busy.group[1] = true;
	snprintf(text + strlen(text), sizeof(text) - strlen(text), GROUP("g64"));
	parse(text, &wanted);
	config_keep_ids(&running, &wanted);
	ck_assert_int_eq(config_adopt(&running, &wanted, &busy, &next, &what), -ENOSPC);
	ck_assert_str_eq(what, "group");
}
END_TEST

/* The numbers that nobody wrote stay with their groups; one that is written wins. */
START_TEST(ids_stay)
{
	parse("listen { }\nserver s { default-group = a }\n" GROUP("a") GROUP("b"), &running);
	ck_assert_uint_eq(running.groups[1].id, 1702);
	parse("listen { }\nserver s { default-group = a }\n" GROUP("new") GROUP("b") GROUP("a"),
	      &wanted);
	adopt();
	ck_assert_uint_eq(next.groups[group_at(&next, "a")].id, 1701);
	ck_assert_uint_eq(next.groups[group_at(&next, "b")].id, 1702);
	ck_assert_uint_eq(next.groups[group_at(&next, "new")].id, 1703);
	parse("listen { }\nserver s { default-group = b }\n" GROUP(
		      "b") "group c { local-address = 10.0.0.1 id = 1702 }\n",
	      &wanted);
	adopt();
	ck_assert_uint_eq(next.groups[group_at(&next, "c")].id, 1702);
	ck_assert_uint_eq(next.groups[group_at(&next, "b")].id, 1703);
	ck_assert_uint_eq(next.groups[group_at(&next, "a")].id, 1701);
}
END_TEST

/* A listener stays as it was, and goes on with its server's new settings. */
START_TEST(listeners_stay)
{
	parse("listen { address = 192.0.2.1 }\nlisten { address = 192.0.2.2 ipsec = off }\n"
	      "server s { }\n" GROUP("a"),
	      &running);
	parse("listen { address = 192.0.2.2 path-mtu = 1400 }\nlisten { address = 192.0.2.3 }\n"
	      "server s { window = 4 }\n" GROUP("a"),
	      &wanted);
	adopt();
	ck_assert_uint_eq(next.n_listeners, 2);
	ck_assert_uint_eq(next.listeners[0].address.addr[3], 1);
	ck_assert_uint_eq(next.listeners[1].path_mtu, 1400);
	ck_assert_uint_eq(next.listeners[1].ipsec, CONFIG_IPSEC_OFF);
	ck_assert_uint_eq(next.servers[0].window, 4);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("config_diff");
	TCase *t = tcase_create("config_diff");
	SRunner *r;
	int failed;

	tcase_add_test(t, golden);
	tcase_add_test(t, every_key_has_a_rule);
	tcase_add_test(t, secrets_are_not_told);
	tcase_add_test(t, blocks_keep_their_places);
	tcase_add_test(t, places_are_used_again);
	tcase_add_test(t, ids_stay);
	tcase_add_test(t, listeners_stay);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
