// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The load generator against the simulation's concentrator, over loopback: what it counts must be
 * what happened.
 */
#include <check.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/bench/lns_udp.h"
#include "test/bench/load.h"
#include "test/bench/options.h"

struct pair {
	pid_t server;
	struct options opt;
	struct load load;
	int status; /* of load_run() */
};

/* Run a server in a child and a load with these words against it. */
static struct pair *run(const char *words)
{
	struct pair *p = calloc(1, sizeof(*p));
	struct lns_udp_options o = {.user = "bench",
				    .password = "bench",
				    .kernel_max = 5000,
				    .idle_exit = 30 * USEC_PER_SEC};
	char text[256], server[32], *argv[32], *rest = text;
	uint16_t port = 0;
	int argc = 0;

	ck_assert_ptr_nonnull(p);
	o.fd = lns_udp_socket(INADDR_LOOPBACK, &port);
	ck_assert_int_ge(o.fd, 0);
	p->server = fork();
	if (p->server == 0)
		_exit(lns_udp_run(&o) != 0);
	close(o.fd);
	snprintf(text, sizeof(text), "load -q %s", words);
	snprintf(server, sizeof(server), "127.0.0.1:%u", port);
	while ((argv[argc] = strsep(&rest, " ")))
		argc++;
	argv[argc++] = server;
	argv[argc] = NULL;
	optind = 0; /* getopt starts anew */
	ck_assert_int_eq(options_parse(&p->opt, argc, argv), 0);
	ck_assert_int_eq(load_init(&p->load, &p->opt), 0);
	p->status = load_run(&p->load);
	return p;
}

static void end(struct pair *p)
{
	kill(p->server, SIGKILL);
	waitpid(p->server, NULL, 0);
	ck_assert_uint_eq(p->load.messages.used, 0);
	load_fini(&p->load);
	free(p);
}

START_TEST(closed_loop)
{
	struct pair *p = run("--clients 100 --concurrency 16");

	ck_assert_int_eq(p->status, 0);
	ck_assert_uint_eq(p->load.stats.up, 100);
	ck_assert_uint_eq(p->load.stats.failed, 0);
	ck_assert_uint_eq(p->load.alive, 0);
	ck_assert_uint_eq(p->load.second_tunnels, 0);
	end(p);
}
END_TEST

START_TEST(many_sessions_of_one_tunnel)
{
	struct pair *p = run("--sessions-per-tunnel 100 --teardown ppp");

	ck_assert_int_eq(p->status, 0);
	ck_assert_uint_eq(p->load.stats.up, 100);
	ck_assert_uint_eq(p->load.alive, 0);
	end(p);
}
END_TEST

START_TEST(open_loop_repeated_sccrq)
{
	struct pair *p = run("--clients 50 --rate 500/s --repeat-sccrq --teardown stopccn");

	ck_assert_int_eq(p->status, 0);
	ck_assert_uint_eq(p->load.stats.up, 50);
	ck_assert_uint_eq(p->load.second_tunnels, 0);
	ck_assert_uint_eq(p->load.alive, 0);
	end(p);
}
END_TEST

START_TEST(server_first)
{
	struct pair *p = run("--clients 20 --server-first --auth pap");

	ck_assert_int_eq(p->status, 0);
	ck_assert_uint_eq(p->load.stats.up, 20);
	end(p);
}
END_TEST

START_TEST(wrong_password)
{
	char path[] = "/tmp/culvert-users.XXXXXX", words[64];
	int fd = mkstemp(path);
	struct pair *p;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "bench wrong\n", 12), 12);
	close(fd);
	snprintf(words, sizeof(words), "--clients 5 --auth chap --users %s", path);
	p = run(words);
	unlink(path);
	ck_assert_int_eq(p->status, 1);
	ck_assert_uint_eq(p->load.stats.up, 0);
	ck_assert_uint_eq(p->load.stats.failed, 5);
	ck_assert_uint_eq(p->load.stats.n_causes, 1);
	ck_assert_str_eq(p->load.stats.causes[0].text, "ppp auth-failed");
	end(p);
}
END_TEST

START_TEST(options_are_checked)
{
	static const char *const wrong[] = {"--clients",	"--clients=0", "--sources=10.8.0.0",
					    "--teardown=never", "--auth=md4",  "--rate=x"};
	struct options o;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		char *argv[] = {(char *)(uintptr_t) "load", (char *)(uintptr_t)wrong[i],
				(char *)(uintptr_t) "127.0.0.1", NULL};

		optind = 0;
		ck_assert_int_eq(options_parse(&o, 3, argv), 3);
	}
}
END_TEST

START_TEST(percentiles)
{
	struct stats s;
	unsigned i;

	ck_assert(stats_init(&s, 100));
	stats_started(&s, 1000);
	for (i = 100; i >= 1; i--)
		stats_up(&s, 1000, 1000 + i * 1000);
	ck_assert_double_eq(stats_percentile_ms(&s, 500), 50);
	ck_assert_double_eq(stats_percentile_ms(&s, 990), 99);
	ck_assert_double_eq(stats_percentile_ms(&s, 1000), 100);
	stats_fini(&s);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("load");
	TCase *t = tcase_create("load");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, closed_loop);
	tcase_add_test(t, many_sessions_of_one_tunnel);
	tcase_add_test(t, open_loop_repeated_sccrq);
	tcase_add_test(t, server_first);
	tcase_add_test(t, wrong_password);
	tcase_add_test(t, options_are_checked);
	tcase_add_test(t, percentiles);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
