// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/base/secret.h"

#include <string.h>

void secret_wipe(void *data, size_t len)
{
	memset(data, 0, len);
	__asm__ volatile("" : : "r"(data) : "memory");
}

bool secret_equal(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a;
	const volatile uint8_t *y = b;
	uint8_t diff = 0;

	for (size_t i = 0; i < len; i++)
		diff |= x[i] ^ y[i];
	return diff == 0;
}
