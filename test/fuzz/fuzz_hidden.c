// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hidden AVP: two bytes of attribute, one of vector length, vector, value.  What was revealed and
 * is hidden again is the same.
 */
#include <string.h>

#include "daemon/base/buf.h"
#include "daemon/l2tp/avp.h"
#include "daemon/l2tp/hide.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t secret[] = "s3cret";
	struct hide_key key = { .secret = secret, .secret_len = sizeof(secret) - 1 };
	uint8_t to[AVP_VALUE_MAX];
	struct reader r;
	uint16_t attribute;
	size_t inner, len;

	reader_init(&r, data, size);
	attribute = reader_u16(&r);
	key.vector_len = reader_u8(&r);
	key.vector = reader_bytes(&r, key.vector_len);
	len = reader_left(&r);
	if (r.bad || len > sizeof(to))
		return 0;
	if (unhide(&key, attribute, r.pos, len, to, &inner))
		return 0;
	BUG_ON(inner + HIDE_OVERHEAD > len);
	hide(&key, attribute, to, len);
	BUG_ON(memcmp(to, r.pos, len));
	return 0;
}
