/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reload says of itself: the kernel role, which reads the file, to the protocol role, which
 * tells who asked.
 *
 * It goes along with the answer in a sealed memfd: a struct reload_report, its changes, its errors.
 * Every text is terminated; a value that is longer than its place ends in "...".  What is secret is
 * not in it.
 */
#ifndef CULVERT_RELOAD_H
#define CULVERT_RELOAD_H

#include <stdint.h>

#define RELOAD_VERSION	   1
#define RELOAD_KEY_MAX	   96
#define RELOAD_VALUE_MAX   192
#define RELOAD_WHY_MAX	   96
#define RELOAD_ERROR_MAX   384
#define RELOAD_CHANGES_MAX 4096
#define RELOAD_ERRORS_MAX  200

enum reload_kind {
	RELOAD_CHANGED = 1, /* a key */
	RELOAD_ADDED,	    /* a block */
	RELOAD_REMOVED,
};

struct reload_change {
	uint8_t kind;		    /* enum reload_kind */
	uint8_t apply;		    /* enum config_apply: when it counts */
	char key[RELOAD_KEY_MAX];   /* as in the file: "group staff / dns", "pool staff" */
	char old[RELOAD_VALUE_MAX]; /* of a key, as in the file; else empty */
	char now[RELOAD_VALUE_MAX];
	char why[RELOAD_WHY_MAX]; /* that it counts then; may be empty */
};

struct reload_report {
	uint32_t version, generation; /* of the configuration in force now */
	uint32_t n_changes, n_errors;
	uint32_t n_start; /* changes that count at the next start alone */
	uint32_t users;	  /* in the users file; UINT32_MAX: nobody looked */
	uint32_t confirm; /* seconds that are left to confirm it; 0: none is needed */
};

struct reload_error {
	char text[RELOAD_ERROR_MAX]; /* "FILE:LINE: what is wrong" */
};

#endif
