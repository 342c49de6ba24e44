// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The configuration: golden files (test/config: NAME.conf with NAME.ok, what is printed back, or
 * NAME.err, every error), the table of keys, the files with secrets, the memfd.
 *
 * With UPDATE_GOLDEN=1 the golden files are written anew; look at the difference.
 */
#include "daemon/config/config.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config/config_keys.h"
#include "daemon/config/config_text.h"

static struct config conf;
static struct config_errors errs;

static void setup(void)
{
	memset(&conf, 0xa5, sizeof(conf));
	config_errors_init(&errs);
}

static void teardown(void)
{
	config_errors_fini(&errs);
}

/* What is written to it is `captured` once it is closed. */
static char *captured;
static size_t captured_len;

static FILE *capture(void)
{
	return open_memstream(&captured, &captured_len);
}

static int parse(const char *text)
{
	config_errors_fini(&errs);
	return config_parse("test", text, strlen(text), &conf, &errs);
}

static char *printed(const struct config *c)
{
	FILE *f = capture();

	config_print(f, c);
	fclose(f);
	return captured;
}

static char *printed_errors(void)
{
	FILE *f = capture();

	config_errors_print(&errs, f);
	fclose(f);
	return captured;
}

/* The text of the one error there is. */
static const char *only_error(void)
{
	ck_assert_uint_eq(errs.count, 1);
	return errs.list[0].text;
}

static void assert_contains(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in '%s'", part, text);
}

/* --- golden files ----------------------------------------------------------------------------- */

static char *slurp(const char *path)
{
	struct config_text t = {0};

	if (config_text_read(&t, path) < 0)
		return strdup("(no file)");
	free(t.name);
	return t.text;
}

static void compare_golden(const char *path, const char *text)
{
	char *expected;

	if (getenv("UPDATE_GOLDEN")) {
		FILE *f = fopen(path, "w");

		ck_assert_ptr_nonnull(f);
		fputs(text, f);
		fclose(f);
	}
	expected = slurp(path);
	ck_assert_msg(!strcmp(expected, text), "%s differs; now it is:\n%s", path, text);
	free(expected);
}

/* What is printed back must load to the same bytes. */
static void check_round_trip(const char *path, const char *text)
{
	static struct config again;

	memset(&again, 0x5a, sizeof(again));
	ck_assert_msg(config_parse(path, text, strlen(text), &again, &errs) == 0,
		      "%s: printed back it is refused: %s", path,
		      errs.count ? errs.list[0].text : "");
	for (size_t i = 0; i < conf.n_groups; i++) /* it is written now */
		again.groups[i].auto_id = conf.groups[i].auto_id;
	ck_assert_msg(!memcmp(&again, &conf, sizeof(conf)), "%s: printed back it differs", path);
}

static void one_golden(const char *path)
{
	char golden[256], *text;
	int len = (int)strlen(path) - 5;
	int r;

	config_errors_fini(&errs);
	r = config_load(path, &conf, &errs);
	ck_assert_int_eq(r == 0, errs.count == 0);
	snprintf(golden, sizeof(golden), "%.*s.%s", len, path, r ? "err" : "ok");
	text = r ? printed_errors() : printed(&conf);
	compare_golden(golden, text);
	if (r == 0)
		check_round_trip(path, text);
	free(text);
	snprintf(golden, sizeof(golden), "%.*s.%s", len, path, r ? "ok" : "err");
	ck_assert_msg(access(golden, F_OK) < 0, "%s must not be there", golden);
}

START_TEST(golden)
{
	char cwd[1024];
	glob_t found;

	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	ck_assert_msg(chdir("test/config") == 0, "run from the top of the tree");
	ck_assert_int_eq(glob("*.conf", 0, NULL, &found), 0);
	ck_assert_uint_gt(found.gl_pathc, 10);
	for (size_t i = 0; i < found.gl_pathc; i++)
		one_golden(found.gl_pathv[i]);
	globfree(&found);
	ck_assert_int_eq(chdir(cwd), 0);
}
END_TEST

START_TEST(example_loads)
{
	ck_assert_int_eq(config_load("packaging/examples/culvert.conf", &conf, &errs), 0);
	ck_assert_uint_eq(conf.n_listeners, 2);
	ck_assert_str_eq(conf.groups[0].name, "staff");
	ck_assert_uint_eq(conf.groups[0].id, 20);
	ck_assert_uint_eq(conf.groups[0].mtu, 1400);
}
END_TEST

/* In memory, for its secret's file is nobody's here. */
START_TEST(client_example_parses)
{
	char *text = slurp("packaging/examples/client.conf");

	ck_assert_int_eq(parse(text), 0);
	ck_assert_uint_eq(conf.n_clients, 1);
	ck_assert_uint_eq(conf.clients[0].ipsec, CONFIG_IPSEC_REQUIRE);
	ck_assert_uint_eq(conf.clients[0].routes[1].length, 12);
	free(text);
}
END_TEST

/* --- the table -------------------------------------------------------------------------------- */

static char *defaults(void)
{
	FILE *f = capture();

	config_print_defaults(f);
	fclose(f);
	return captured;
}

START_TEST(defaults_load)
{
	char *text = defaults();
	static struct config bare;
	const char *minimal = "listen { } server default { } "
			      "group default { local-address = 10.20.0.1 } "
			      "pool default { range = 10.20.0.10-10.20.15.254 } "
			      "client default { gateway = vpn.example.net user = alice "
			      "secret-file = /etc/culvert/corp.secret }";

	ck_assert_int_eq(parse(minimal), 0);
	bare = conf;
	ck_assert_int_eq(parse(text), 0);
	/* what --defaults says is what happens when nothing is said */
	ck_assert_mem_eq(&bare, &conf, sizeof(bare));
	free(text);
}
END_TEST

/* A machine that only dials needs nothing else; every key of a client and back again. */
START_TEST(clients_alone)
{
	static struct config again;
	char *text;

	ck_assert_int_eq(
		parse("client corp { gateway = 192.0.2.1 ike = corp-ike user = 'D\\\\alice' "
		      "secret-file = /x/s auth = {pap, mschapv2} host-name = lap "
		      "port = ephemeral mtu = 1300 interface = vpn ipsec = off "
		      "routes = {default, 10.0.0.0/8, 192.0.2.7/32} dns = resolvconf "
		      "autostart = yes reconnect = no retry = 5s retry-max = 1m "
		      "tunnel-secret-file = /x/t timeout = 30s hello = 0 echo = 10s echo-failures "
		      "= 2 } "
		      "client b { gateway = b.example.net user = b secret-file = /x/b "
		      "ipsec = off }"),
		0);
	ck_assert_uint_eq(conf.n_clients, 2);
	ck_assert_uint_eq(conf.n_servers, 0);
	ck_assert_str_eq(conf.clients[0].user, "D\\alice");
	ck_assert_uint_eq(conf.clients[0].routes[1].address, 0x0a000000);
	ck_assert_uint_eq(conf.clients[0].routes[1].length, 8);
	ck_assert_uint_eq(conf.clients[0].routes[3].used, 0);
	ck_assert_uint_eq(conf.clients[1].port, CONFIG_PORT_1701);
	ck_assert_uint_eq(conf.clients[1].routes[0].used, 0);
	again = conf;
	text = printed(&conf);
	ck_assert_int_eq(parse(text), 0);
	ck_assert_mem_eq(&again, &conf, sizeof(again));
	free(text);
}
END_TEST

START_TEST(clients_refused)
{
	static const struct {
		const char *keys, *why;
	} bad[] = {
		{"ipsec = off routes = 10.0.0.0", "is not a prefix"},
		{"ipsec = off routes = 10.0.0.1/8", "bits set beyond its length"},
		{"ipsec = off routes = 224.0.0.0/4", "is not for hosts"},
		{"ipsec = off routes = {10.0.0.0/8, 10.0.0.0/8}", "is there twice"},
		{"ipsec = off retry = 1m retry-max = 1s", "retry-max is less than retry"},
	};
	char text[256];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text),
			 "client corp { gateway = g user = u secret-file = /x/s %s }", bad[i].keys);
		ck_assert_int_eq(parse(text), -EINVAL);
		assert_contains(only_error(), bad[i].why);
	}
	ck_assert_int_eq(parse("client corp { ipsec = off }"), -EINVAL);
	ck_assert_uint_eq(errs.count, 3);
}
END_TEST

START_TEST(every_key_is_complete)
{
	char *text = defaults();
	char *man;
	FILE *f = capture();

	config_print_man(f);
	fclose(f);
	man = captured;
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *k = &config_keys[i];
		char line[64];

		ck_assert_msg(k->help && *k->help, "%s has no help", k->name);
		ck_assert_msg(k->def || k->example, "%s has neither default nor example", k->name);
		ck_assert_msg(!k->required || (k->example && !k->def), "%s", k->name);
		ck_assert_ptr_eq(config_key_find(k->scope, k->name), k);
		snprintf(line, sizeof(line), "%s = ", k->name);
		assert_contains(text, line);
	}
	assert_contains(man, ".B sessions\\-per\\-user\n");
	assert_contains(man, ".SS group NAME { ... }\n");
	free(text);
	free(man);
}
END_TEST

/* The whole list would be too long for a message. */
static void tell_difference(const char *page, char *list)
{
	const char *before = "the beginning";

	for (char *line = strtok(list, "\n"); line; line = strtok(NULL, "\n")) {
		ck_assert_msg(strstr(page, line) != NULL,
			      "packaging/man/culvert.conf.5 lacks, after \"%s\":\n%s", before,
			      line);
		before = line;
	}
	ck_abort_msg("packaging/man/culvert.conf.5 has the table's keys in another order");
}

/* The manual page's list is this table's: a key added or changed here shows there. */
START_TEST(manual_page_is_current)
{
	char *page = slurp("packaging/man/culvert.conf.5");
	FILE *f = capture();

	config_print_man(f);
	fclose(f);
	if (!strstr(page, captured))
		tell_difference(page, captured);
	free(page);
	free(captured);
}
END_TEST

/* --- limits ----------------------------------------------------------------------------------- */

static char *repeat(const char *head, const char *fmt, unsigned int n)
{
	FILE *f = capture();

	fputs(head, f);
	for (unsigned int i = 0; i < n; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		fprintf(f, fmt, i, i % 256);
#pragma GCC diagnostic pop
	}
	fclose(f);
	return captured;
}

#define HEAD "listen { ipsec = off }\n"

START_TEST(too_many_blocks)
{
	char *text =
		repeat(HEAD, "group g%u { local-address = 10.0.0.%u }\n", CONFIG_GROUPS_MAX + 1);

	ck_assert_int_eq(parse(text), -EINVAL);
	assert_contains(errs.list[errs.count - 1].text, "more group blocks than can be (64)");
	ck_assert_int_eq(errs.list[errs.count - 1].line, CONFIG_GROUPS_MAX + 2);
	free(text);
	text = repeat(HEAD, "pool p%u { range = 10.%u.0.0/24 }\n", 10000);
	ck_assert_int_eq(parse(text), -EINVAL);
	ck_assert_uint_le(errs.count, CONFIG_ERRORS_MAX);
	free(text);
	text = repeat(HEAD "group g { local-address = 10.0.0.1 dns = {1.1.1.1", ", 10.0.0.1",
		      50000);
	text = realloc(text, strlen(text) + 8);
	strcat(text, "} }\n");
	ck_assert_int_eq(parse(text), -EINVAL);
	free(text);
}
END_TEST

START_TEST(too_many_errors)
{
	char *text = repeat(HEAD, "key%u = %u\n", CONFIG_ERRORS_MAX + 50);

	ck_assert_int_eq(parse(text), -EINVAL);
	ck_assert_uint_eq(errs.count, CONFIG_ERRORS_MAX);
	assert_contains(errs.list[0].text, "unknown key 'key0'");
	free(text);
}
END_TEST

START_TEST(listeners_at_the_limit)
{
	char *text = repeat("group g { local-address = 10.0.0.1 }\n",
			    "listen { address = 10.0.%u.%u ipsec = off }\n", CONFIG_LISTENERS_MAX);

	ck_assert_int_eq(parse(text), 0);
	ck_assert_uint_eq(conf.n_listeners, CONFIG_LISTENERS_MAX);
	free(text);
	text = repeat("group g { local-address = 10.0.0.1 }\n",
		      "listen { address = 10.0.%u.%u ipsec = off }\n", CONFIG_LISTENERS_MAX + 1);
	ck_assert_int_eq(parse(text), -EINVAL);
	assert_contains(only_error(), "more listeners");
	free(text);
}
END_TEST

/* --- text ------------------------------------------------------------------------------------- */

/* Cut anywhere, a file is refused or loads; it never does anything else. */
START_TEST(cut_anywhere)
{
	char *text = slurp("test/config/words.conf");
	size_t len = strlen(text);

	for (size_t i = 0; i <= len; i++) {
		char *copy = malloc(i ? i : 1);

		memcpy(copy, text, i);
		config_errors_fini(&errs);
		if (config_parse("cut", copy, i, &conf, &errs) == 0)
			ck_assert_uint_eq(errs.count, 0);
		else
			ck_assert_uint_gt(errs.count, 0);
		free(copy);
	}
	free(text);
}
END_TEST

START_TEST(odd_words)
{
	ck_assert_int_eq(parse(HEAD "group g { local-address = 10.0.0.1 }\n\"group|mtu\" = 5\n"),
			 -EINVAL);
	ck_assert_int_eq(errs.list[0].line, 3);
	ck_assert_int_eq(parse(HEAD "group g { local-address = 10.0.0.1 \"{\" = 5 }\n"), -EINVAL);
	ck_assert_int_eq(parse("\"\" = 5"), -EINVAL);
	ck_assert_int_eq(parse("include(\"x\")"), -EINVAL);
	assert_contains(errs.list[errs.count - 1].text, "include() is not possible here");
	ck_assert_int_eq(parse("node = \"a\\033b\"" HEAD), -EINVAL);
	for (size_t i = 0; i < errs.count; i++) /* nothing for the terminal to obey */
		ck_assert_ptr_null(strchr(errs.list[i].text, '\033'));
}
END_TEST

START_TEST(missing_file)
{
	ck_assert_int_eq(config_load("/nonexistent/x.conf", &conf, &errs), -ENOENT);
	assert_contains(only_error(), "cannot be read: No such file or directory; begin with");
	teardown();
	ck_assert_int_eq(config_load("/", &conf, &errs), -EISDIR);
	teardown();
	ck_assert_int_eq(config_load("/dev/zero", &conf, &errs), -EINVAL);
}
END_TEST

START_TEST(suggestions)
{
	ck_assert_str_eq(config_key_suggest(CONFIG_GROUP, "mut"), "mtu"); /* neighbours swapped */
	ck_assert_str_eq(config_key_suggest(CONFIG_GROUP, "session-per-user"), "sessions-per-user");
	ck_assert_str_eq(config_key_suggest(CONFIG_TOP, "pools"), "pool");
	ck_assert_ptr_null(config_key_suggest(CONFIG_GROUP, "x"));
	ck_assert_ptr_null(config_key_suggest(CONFIG_GROUP, "rate-limit"));
	ck_assert_ptr_null(config_key_suggest(
		CONFIG_GROUP, "a-word-that-is-far-longer-than-any-key-could-ever-be"));
}
END_TEST

START_TEST(errors_in_order)
{
	config_errors_add(&errs, "a", 7, "x");
	config_errors_add(&errs, "b", 1, "x");
	config_errors_add(&errs, "a", 2, "y");
	config_errors_add(&errs, "a", 2, "y");
	config_errors_add(&errs, "a", 0, "z");
	config_errors_sort(&errs);
	ck_assert_uint_eq(errs.count, 4);
	ck_assert_int_eq(errs.list[0].line, 0);
	ck_assert_int_eq(errs.list[1].line, 2);
	ck_assert_int_eq(errs.list[2].line, 7);
	ck_assert_str_eq(errs.list[3].file, "b");
}
END_TEST

/* --- files with secrets ----------------------------------------------------------------------- */

static char dir[64];

static void make_dir(void)
{
	setup();
	strcpy(dir, "/tmp/check_config.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void remove_dir(void)
{
	char command[128];

	teardown();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static const char *write_file(const char *name, const char *text, mode_t mode)
{
	static char path[2][128];
	static unsigned int n;
	char *p = path[n++ % 2];
	FILE *f;

	snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	f = fopen(p, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	ck_assert_int_eq(chmod(p, mode), 0);
	return p;
}

static int load_with_secret(const char *secret, mode_t mode)
{
	const char *path;

	config_errors_fini(&errs);
	path = write_file("conf",
			  HEAD "group g { local-address = 10.0.0.1 }\n"
			       "server default { challenge = yes secret-file = tunnel.secret }\n",
			  0644);
	if (secret)
		write_file("tunnel.secret", secret, mode);
	return config_load(path, &conf, &errs);
}

START_TEST(tunnel_secret)
{
	char path[128];

	ck_assert_int_eq(load_with_secret(NULL, 0), -EINVAL);
	assert_contains(only_error(), "/tunnel.secret: No such file or directory");
	ck_assert_int_eq(errs.list[0].line, 3);

	ck_assert_int_eq(load_with_secret("hunter2\n", 0600), 0);
	ck_assert_uint_eq(conf.servers[0].secret_len, 7);
	ck_assert_mem_eq(conf.servers[0].secret, "hunter2", 8);
	snprintf(path, sizeof(path), "%s/tunnel.secret", dir);
	ck_assert_str_eq(conf.servers[0].secret_file, path);
	ck_assert_int_eq(load_with_secret("hunter2", 0640), 0);
	ck_assert_uint_eq(conf.servers[0].secret_len, 7);

	ck_assert_int_eq(load_with_secret("hunter2", 0644), -EINVAL);
	assert_contains(only_error(), "can be used by everybody; run: chmod 0600 ");
	ck_assert_ptr_null(strstr(only_error(), "hunter2"));
	ck_assert_int_eq(load_with_secret("hunter2", 0660), -EINVAL);
	assert_contains(only_error(), "can be written or executed by others");
	ck_assert_int_eq(load_with_secret("\n", 0600), -EINVAL);
	assert_contains(only_error(), "is empty");
	ck_assert_int_eq(load_with_secret("a\nb\n", 0600), -EINVAL);
	assert_contains(only_error(), "has several lines");
}
END_TEST

START_TEST(tunnel_secret_length)
{
	char text[CONFIG_SECRET_MAX + 8];

	memset(text, 'x', sizeof(text));
	text[CONFIG_SECRET_MAX] = '\n';
	text[CONFIG_SECRET_MAX + 1] = '\0';
	ck_assert_int_eq(load_with_secret(text, 0600), 0);
	ck_assert_uint_eq(conf.servers[0].secret_len, CONFIG_SECRET_MAX);
	memcpy(text + CONFIG_SECRET_MAX, "x\n", 3);
	ck_assert_int_eq(load_with_secret(text, 0600), -EINVAL);
	assert_contains(only_error(), "holds more than 128 characters");
}
END_TEST

START_TEST(users_file_mode)
{
	memset(&conf, 0, sizeof(conf));
	snprintf(conf.users_file, sizeof(conf.users_file), "%s/users", dir);
	ck_assert_int_eq(config_open_users(&conf, &errs), -ENOENT);
	assert_contains(only_error(), "there is no users file; run: install -m 0600 /dev/null ");
	config_errors_fini(&errs);
	write_file("users", "", 0604);
	ck_assert_int_eq(config_open_users(&conf, &errs), -EPERM);
	assert_contains(only_error(), "chmod 0600 ");
	config_errors_fini(&errs);
	if (geteuid() == 0) {
		chmod(conf.users_file, 0600);
		ck_assert_int_eq(chown(conf.users_file, 65534, 0), 0);
		ck_assert_int_eq(config_open_users(&conf, &errs), -EPERM);
		assert_contains(only_error(), "does not belong to root; run: chown root ");
	}
}
END_TEST

static char *check_main(const char *path, int expected)
{
	FILE *f = capture();

	ck_assert_int_eq(config_check_main(path, f), expected);
	fclose(f);
	return captured;
}

START_TEST(check_command)
{
	const char *path;
	char text[512], *out;

	snprintf(text, sizeof(text),
		 HEAD
		 "users-file = %s/users\n"
		 "group g { local-address = 10.0.0.1 pool = p }\npool p { range = 10.0.0.0/24 }\n",
		 dir);
	write_file("users", "alice secret\nbob nt:8846f7eaee8fb117ad06bdd830b7586c group=g\n",
		   0600);
	path = write_file("conf", text, 0644);
	out = check_main(path, 0);
	assert_contains(out, "conf: ok: 2 listeners, 1 server, 1 group, 1 pool with 254 addresses, "
			     "2 users\n");
	free(out);
	write_file("users", "alice secret group=h\nbob hunter2 address=10.0.0.1\n", 0600);
	out = check_main(path, 1);
	assert_contains(out, "users:1: there is no group 'h' in the configuration\n");
	assert_contains(out, "users:2: the address is the local-address of group 'g'\n");
	assert_contains(out, "conf: 2 errors\n");
	ck_assert_ptr_null(strstr(out, "hunter2"));
	free(out);
	out = check_main("/nonexistent.conf", 1);
	assert_contains(out, "/nonexistent.conf: cannot be read");
	free(out);
}
END_TEST

/* --- the machine ------------------------------------------------------------------------------ */

START_TEST(resolve)
{
	uid_t uid = 12345;
	gid_t gid = 12345;

	ck_assert_int_eq(parse(HEAD "group g { local-address = 10.0.0.1 }\n"
				    "read-group = root admin-group = no-such-group-here "
				    "user = nobody\n"),
			 0);
	ck_assert_int_eq(config_resolve(&conf, &uid, &gid, &errs), 0);
	ck_assert_uint_ne(uid, 12345);
	ck_assert_uint_eq(conf.read_gid, 0);
	ck_assert_uint_eq(conf.admin_gid, UINT32_MAX);
	ck_assert_str_ne(conf.node, "");
	ck_assert_str_eq(conf.servers[0].host_name, conf.node);
	strcpy(conf.user, "no-such-user-here");
	ck_assert_int_eq(config_resolve(&conf, &uid, &gid, &errs), -ENOENT);
	assert_contains(only_error(), "run: useradd --system");
	config_errors_fini(&errs);
	strcpy(conf.user, "root");
	ck_assert_int_eq(config_resolve(&conf, &uid, &gid, &errs), -EINVAL);
}
END_TEST

START_TEST(memfd)
{
	const struct config *map = NULL;
	char byte = 0;
	int fd;

	ck_assert_int_eq(parse(HEAD "group g { local-address = 10.0.0.1 }\n"), 0);
	fd = config_to_memfd(&conf);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_lt(write(fd, &byte, 1), 0);
	ck_assert_int_eq(config_from_memfd(fd, &map), 0);
	close(fd);
	ck_assert_mem_eq(map, &conf, sizeof(conf));
	config_unmap(map);
}
END_TEST

static int map_of(const void *data, size_t len, bool seal)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	const struct config *map;
	int r;

	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	if (seal)
		fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	r = config_from_memfd(fd, &map);
	close(fd);
	return r;
}

START_TEST(memfd_refused)
{
	const struct config *map;

	ck_assert_int_eq(parse(HEAD "group g { local-address = 10.0.0.1 }\n"), 0);
	ck_assert_int_eq(map_of(&conf, sizeof(conf), false), -EPERM);
	ck_assert_int_eq(map_of(&conf, sizeof(conf) - 1, true), -EMSGSIZE);
	conf.version++;
	ck_assert_int_eq(map_of(&conf, sizeof(conf), true), -EPROTO);
	conf.version--;
	conf.n_groups = CONFIG_GROUPS_MAX + 1;
	ck_assert_int_eq(map_of(&conf, sizeof(conf), true), -EPROTO);
	ck_assert_int_eq(config_from_memfd(-1, &map), -EBADF);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("config");
	TCase *c = tcase_create("config");
	TCase *f = tcase_create("files");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, golden);
	tcase_add_test(c, example_loads);
	tcase_add_test(c, client_example_parses);
	tcase_add_test(c, defaults_load);
	tcase_add_test(c, clients_alone);
	tcase_add_test(c, clients_refused);
	tcase_add_test(c, every_key_is_complete);
	tcase_add_test(c, manual_page_is_current);
	tcase_add_test(c, too_many_blocks);
	tcase_add_test(c, too_many_errors);
	tcase_add_test(c, listeners_at_the_limit);
	tcase_add_test(c, cut_anywhere);
	tcase_add_test(c, odd_words);
	tcase_add_test(c, missing_file);
	tcase_add_test(c, suggestions);
	tcase_add_test(c, errors_in_order);
	tcase_add_test(c, resolve);
	tcase_add_test(c, memfd);
	tcase_add_test(c, memfd_refused);
	suite_add_tcase(s, c);
	tcase_add_checked_fixture(f, make_dir, remove_dir);
	tcase_add_test(f, tunnel_secret);
	tcase_add_test(f, tunnel_secret_length);
	tcase_add_test(f, users_file_mode);
	tcase_add_test(f, check_command);
	suite_add_tcase(s, f);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
