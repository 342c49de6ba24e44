/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small helpers of the language; knows nothing of the program.
 */
#ifndef CULVERT_COMPILER_H
#define CULVERT_COMPILER_H

#include <stddef.h>
#include <stdlib.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr) - offsetof(type, member)))

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUST_CHECK __attribute__((warn_unused_result))

/*
 * A programming error, never something that a peer can cause.  Stays on in release builds: a
 * crashed role is restarted, a corrupted one is not.
 */
#define BUG_ON(cond)                                                                               \
	do {                                                                                       \
		if (__builtin_expect(!!(cond), 0))                                                 \
			abort();                                                                   \
	} while (0)

#endif
