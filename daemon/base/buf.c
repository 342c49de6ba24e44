// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bounds-checked cursors: the only place in the pure folders where a pointer into a packet moves.
 */
#include "daemon/base/buf.h"

#include <string.h>

#include "compiler.h"

/* Where a cursor over nothing points when it was given NULL, on which C allows no arithmetic. */
static const uint8_t nothing[1];

void reader_init(struct reader *r, const void *data, size_t len)
{
	BUG_ON(!data && len);
	r->pos = data ? data : nothing;
	r->end = r->pos + len;
	r->bad = false;
}

size_t reader_left(const struct reader *r)
{
	return (size_t)(r->end - r->pos);
}

const uint8_t *reader_bytes(struct reader *r, size_t len)
{
	const uint8_t *p = r->pos;

	if (len > reader_left(r)) {
		r->pos = r->end;
		r->bad = true;
		return NULL;
	}
	r->pos += len;
	return p;
}

static uint64_t reader_uint(struct reader *r, size_t len)
{
	const uint8_t *p = reader_bytes(r, len);
	uint64_t v = 0;

	if (!p)
		return 0;
	for (size_t i = 0; i < len; i++)
		v = v << 8 | p[i];
	return v;
}

uint8_t reader_u8(struct reader *r)
{
	return (uint8_t)reader_uint(r, 1);
}

uint16_t reader_u16(struct reader *r)
{
	return (uint16_t)reader_uint(r, 2);
}

uint32_t reader_u32(struct reader *r)
{
	return (uint32_t)reader_uint(r, 4);
}

uint64_t reader_u64(struct reader *r)
{
	return reader_uint(r, 8);
}

struct reader reader_sub(struct reader *r, size_t len)
{
	const uint8_t *p = reader_bytes(r, len);
	struct reader sub = { .pos = r->pos, .end = r->pos, .bad = true };

	if (p) {
		sub.pos = p;
		sub.end = p + len;
		sub.bad = false;
	}
	return sub;
}

void writer_init(struct writer *w, void *data, size_t size)
{
	BUG_ON(!data && size);
	w->start = data ? data : (uint8_t *)nothing;
	w->pos = w->start;
	w->end = w->start + size;
	w->bad = false;
}

size_t writer_len(const struct writer *w)
{
	return (size_t)(w->pos - w->start);
}

size_t writer_room(const struct writer *w)
{
	return (size_t)(w->end - w->pos);
}

void writer_bytes(struct writer *w, const void *data, size_t len)
{
	if (w->bad || len > writer_room(w)) {
		w->bad = true;
		return;
	}
	if (len)
		memcpy(w->pos, data, len);
	w->pos += len;
}

static void writer_uint(struct writer *w, uint64_t v, size_t len)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(v >> 8 * (len - 1 - i));
	writer_bytes(w, bytes, len);
}

void writer_u8(struct writer *w, uint8_t v)
{
	writer_uint(w, v, 1);
}

void writer_u16(struct writer *w, uint16_t v)
{
	writer_uint(w, v, 2);
}

void writer_u32(struct writer *w, uint32_t v)
{
	writer_uint(w, v, 4);
}

void writer_u64(struct writer *w, uint64_t v)
{
	writer_uint(w, v, 8);
}

void writer_patch_u16(struct writer *w, size_t off, uint16_t v)
{
	if (w->bad)
		return;
	BUG_ON(writer_len(w) < 2 || off > writer_len(w) - 2);
	w->start[off] = (uint8_t)(v >> 8);
	w->start[off + 1] = (uint8_t)v;
}
