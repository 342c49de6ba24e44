// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Configuration Options: type, length, data (RFC 1661 6).  Nothing here knows what a type means.
 */
#include "daemon/ppp/option.h"

enum option_walk option_next(struct reader *r, struct option *ret)
{
	const uint8_t *data;
	uint8_t type, len;

	if (reader_left(r) == 0)
		return OPTION_END;
	type = reader_u8(r);
	len = reader_u8(r);
	if (r->bad || len < OPTION_HEADER)
		return OPTION_BROKEN;
	data = reader_bytes(r, (size_t)len - OPTION_HEADER);
	if (!data)
		return OPTION_BROKEN;
	ret->type = type;
	ret->len = len;
	ret->data = data;
	return OPTION_FOUND;
}

bool option_list_sound(const uint8_t *data, size_t len)
{
	enum option_walk walk;
	struct option o;
	struct reader r;

	reader_init(&r, data, len);
	do
		walk = option_next(&r, &o);
	while (walk == OPTION_FOUND);
	return walk == OPTION_END;
}

void option_put(struct writer *w, const struct option *o)
{
	writer_u8(w, o->type);
	writer_u8(w, o->len);
	writer_bytes(w, o->data, (size_t)o->len - OPTION_HEADER);
}

void option_put_u16(struct writer *w, uint8_t type, uint16_t v)
{
	writer_u8(w, type);
	writer_u8(w, OPTION_HEADER + 2);
	writer_u16(w, v);
}

void option_put_u32(struct writer *w, uint8_t type, uint32_t v)
{
	writer_u8(w, type);
	writer_u8(w, OPTION_HEADER + 4);
	writer_u32(w, v);
}

uint16_t option_u16(const struct option *o)
{
	struct reader r;

	reader_init(&r, o->data, (size_t)o->len - OPTION_HEADER);
	return reader_u16(&r);
}

uint32_t option_u32(const struct option *o)
{
	struct reader r;

	reader_init(&r, o->data, (size_t)o->len - OPTION_HEADER);
	return reader_u32(&r);
}

int option_find(const struct option_row *rows, size_t n, uint8_t type)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].type == type)
			return (int)i;
	return -1;
}
