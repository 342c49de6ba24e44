/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What failed, in words, with what to do about it.  Pure.
 */
#ifndef CULVERT_NETLINK_ADVICE_H
#define CULVERT_NETLINK_ADVICE_H

#include <stddef.h>

#include "wire_kern.h"

/* words: what the checks or the kernel said, may be NULL or empty.  Returns buf. */
char *advice_text(enum kern_stage stage, int error, const char *words, char *buf, size_t size);

#endif
