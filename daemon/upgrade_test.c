// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a new binary is asked before a culvertd becomes it: does it understand the configuration,
 * what the parent has written down, and the records in the state file?  It runs beside the daemon,
 * and only reads.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/config/config.h"
#include "daemon/upgrade.h"
#include "include/state.h"

#define COPY_HEAD offsetof(struct state_copy, record)

bool upgrade_is_test(int argc, char **argv)
{
	return argc == 5 && !strcmp(argv[1], "--self-test");
}

static int test_config(const char *path)
{
	struct config *cfg = calloc(1, sizeof(*cfg));
	struct config_errors errs;
	int err;

	if (!cfg)
		return -ENOMEM;
	config_errors_init(&errs);
	err = config_load(path, cfg, &errs);
	if (err) {
		config_errors_sort(&errs);
		config_errors_print(&errs, stderr);
		fprintf(stderr, "it does not understand %s: culvertd --check\n", path);
	}
	config_errors_fini(&errs);
	config_wipe(cfg);
	free(cfg);
	return err;
}

int upgrade_load(struct save_reader *r, int fd, struct save_parent *ret)
{
	const void *record;
	size_t size;
	int err = save_open(r, fd);

	if (err)
		return err;
	if (save_next(r, &record, &size) != SAVE_PARENT) {
		save_close(r);
		return -EBADMSG;
	}
	save_get(ret, sizeof(*ret), record, size);
	return 0;
}

static int test_record(int fd)
{
	struct save_parent parent;
	struct save_reader r;
	const void *record;
	size_t size;
	int type, err = upgrade_load(&r, fd, &parent);

	if (err) {
		fprintf(stderr,
			"it cannot read what version %s of the kernel role's records says\n",
			err == -EPROTO ? "a later" : "that");
		return err;
	}
	while ((type = save_next(&r, &record, &size)) > 0)
		;
	save_close(&r);
	if (type < 0)
		fprintf(stderr, "the kernel role's records end in the middle\n");
	return type;
}

static int test_copy(int fd, off_t at)
{
	struct state_copy c;

	if (pread(fd, &c, COPY_HEAD, at) != (ssize_t)COPY_HEAD)
		return 0; /* nothing was ever there */
	return c.kind != STATE_FREE && c.readable_by > STATE_VERSION ? -EPROTO : 0;
}

static int test_state(int fd)
{
	struct state_head head;
	int err = 0;

	if (pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return 0; /* nothing is in it yet */
	if (head.magic != STATE_MAGIC || head.format != STATE_FORMAT ||
	    head.head_size != STATE_HEAD_SIZE || head.copy_size != STATE_COPY_SIZE)
		err = -EPROTO;
	for (uint32_t i = 0; !err && i < 2 * head.used && i < 2 * STATE_SLOTS_MAX; i++)
		err = test_copy(fd, STATE_HEAD_SIZE + (off_t)i * STATE_COPY_SIZE);
	if (err)
		fprintf(stderr, "it cannot read the state file's records\n");
	return err;
}

int upgrade_test_main(char **argv)
{
	long record = strtol(argv[2], NULL, 10), state = strtol(argv[3], NULL, 10);

	if (test_config(argv[4]) || test_record((int)record) || test_state((int)state))
		return 1;
	return 0;
}
