/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Secrets are wiped after use and compared in constant time.  struct secret has no printer on
 * purpose.
 */
#ifndef CULVERT_BASE_SECRET_H
#define CULVERT_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_MAX 256

struct secret {
	uint16_t len;
	uint8_t bytes[SECRET_MAX];
};

/* Overwrite len bytes; the compiler may not leave it out. */
void secret_wipe(void *data, size_t len);

/* Equal, in a time that depends on len alone. */
bool secret_equal(const void *a, const void *b, size_t len);

#endif
