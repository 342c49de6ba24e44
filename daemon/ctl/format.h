/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as people read them.
 */
#ifndef CULVERT_CTL_FORMAT_H
#define CULVERT_CTL_FORMAT_H

#include "daemon/ctl/ctl.h"

#define FORMAT_MAX 1024

/* 512, 1.2K, 34M: powers of 1024, three figures at most.  Returns to. */
char *format_bytes(char to[FORMAT_MAX], uint64_t bytes);

/* 4s, 02:11:05 without days, 3d02:11:05 with.  Returns to. */
char *format_duration(char to[FORMAT_MAX], uint64_t seconds);

/*
 * The value of a key as text: bytes and durations by the key's name, lists with commas, "-" for
 * null.  Harmless to a terminal whatever it holds, ASCII unless ctl->utf8.  Returns to.
 */
char *format_value(const struct ctl *ctl, char to[FORMAT_MAX], const char *key,
		   const json_t *value);

/* Places that the text takes on a terminal, near enough: its characters. */
size_t format_width(const char *text);

#endif
