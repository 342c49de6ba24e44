/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounds-checked cursors over bytes in network byte order.
 *
 * A reader that is asked for more than it holds yields zeroes, moves to its end and remembers
 * `bad`; a writer that is full writes nothing more and remembers `bad`.  So a decoder reads its
 * fields one after the other and asks once, at the end.  Neither owns its memory.
 */
#ifndef CULVERT_BASE_BUF_H
#define CULVERT_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	const uint8_t *pos;
	const uint8_t *end;
	bool bad;
};

void reader_init(struct reader *r, const void *data, size_t len);
size_t reader_left(const struct reader *r);
uint8_t reader_u8(struct reader *r);
uint16_t reader_u16(struct reader *r);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);

/* The next len bytes in place, or NULL and bad. len 0 gives a pointer that must not be read. */
const uint8_t *reader_bytes(struct reader *r, size_t len);

/* A reader of the next len bytes; where they are not there both are bad and the new one empty. */
struct reader reader_sub(struct reader *r, size_t len);

struct writer {
	uint8_t *start;
	uint8_t *pos;
	uint8_t *end;
	bool bad;
};

void writer_init(struct writer *w, void *data, size_t size);
size_t writer_len(const struct writer *w);
size_t writer_room(const struct writer *w);
void writer_u8(struct writer *w, uint8_t v);
void writer_u16(struct writer *w, uint16_t v);
void writer_u32(struct writer *w, uint32_t v);
void writer_u64(struct writer *w, uint64_t v);
void writer_bytes(struct writer *w, const void *data, size_t len);

/* Write v over the two bytes at offset off, which must have been written already. */
void writer_patch_u16(struct writer *w, size_t off, uint16_t v);

#endif
