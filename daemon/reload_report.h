/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report of a reload (include/reload.h): written by the kernel role, read by the protocol role.
 */
#ifndef CULVERT_RELOAD_REPORT_H
#define CULVERT_RELOAD_REPORT_H

#include <stddef.h>

#include "compiler.h"
#include "include/reload.h"

struct config_errors;

struct reload_report_text {
	struct reload_report head;
	struct reload_change *changes;
	struct reload_error *errors;
};

/* Zeroed is empty. */
void reload_report_fini(struct reload_report_text *t);

/* As config_diff() calls it; ctx is the struct reload_report_text. */
void reload_report_change(void *ctx, const struct reload_change *change);
void reload_report_error(struct reload_report_text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
void reload_report_errors(struct reload_report_text *t, const struct config_errors *errs);

/* A sealed memfd, or -errno. */
int reload_report_memfd(const struct reload_report_text *t);

/* What such a memfd holds, after checking all of it; 0 or -errno. */
int reload_report_read(int fd, struct reload_report_text *ret);

#endif
