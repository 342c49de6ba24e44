// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * culvertd: arguments, and which role this process is.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/aaa_role.h"
#include "daemon/config/config.h"
#include "daemon/parent.h"
#include "daemon/protocol.h"
#include "daemon/upgrade.h"

#define STATUS_USAGE 2

static void usage(FILE *out)
{
	fprintf(out,
		"usage: culvertd [-f] [-c FILE]\n"
		"       culvertd --check [FILE]\n"
		"\n"
		"  -c, --config FILE  the configuration (default " CONFIG_PATH ")\n"
		"  -f, --foreground   stay in the foreground; it always does, systemd wants it so\n"
		"      --check [FILE] say what is wrong with the configuration and stop\n"
		"  -V, --version      print the version\n"
		"  -h, --help         print this\n");
}

static int run_role(enum role role, const struct role_account *account)
{
	switch (role) {
	case ROLE_PROTOCOL:
		return protocol_main(account);
	case ROLE_AAA:
		return aaa_role_main(account);
	case ROLE_KERNEL:
		break;
	}
	return STATUS_USAGE;
}

enum { OPT_CHECK = 256, OPT_RESUME };

static const struct option options[] = {
	{"config", required_argument, NULL, 'c'},
	{"foreground", no_argument, NULL, 'f'},
	{"check", no_argument, NULL, OPT_CHECK},
	{"resume", required_argument, NULL, OPT_RESUME}, /* the parent's own, upgrade.c */
	{"version", no_argument, NULL, 'V'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

int main(int argc, char **argv)
{
	const char *path = CONFIG_PATH;
	struct role_account account;
	bool check = false;
	int resume = -1;
	enum role role;
	int c;

	if (role_from_argv(argc, argv, &role, &account))
		return run_role(role, &account);
	if (upgrade_is_test(argc, argv))
		return upgrade_test_main(argv);
	while ((c = getopt_long(argc, argv, "c:fVh", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			path = optarg;
			break;
		case 'f':
			break;
		case OPT_CHECK:
			check = true;
			break;
		case OPT_RESUME:
			resume = (int)strtol(optarg, NULL, 10);
			break;
		case 'V':
			printf("culvertd %s\n", CULVERT_VERSION);
			return 0;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return STATUS_USAGE;
		}
	}
	if (check && optind + 1 == argc)
		path = argv[optind++];
	if (optind != argc) {
		usage(stderr);
		return STATUS_USAGE;
	}
	if (check)
		return config_check_main(path, stdout);
	return resume > STDERR_FILENO ? parent_resume(path, resume) : parent_main(path);
}
