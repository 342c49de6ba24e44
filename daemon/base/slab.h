/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects of one size from memory that the owner gives in chunks.  Pure code takes and returns
 * objects here instead of calling malloc(); what it may use is what it was given, so the limit is
 * the owner's.
 */
#ifndef CULVERT_BASE_SLAB_H
#define CULVERT_BASE_SLAB_H

#include <stddef.h>

struct slab_free {
	struct slab_free *next;
};

struct slab {
	struct slab_free *free;
	size_t object; /* bytes of one object, rounded up to 16 */
	size_t total;  /* objects given */
	size_t used;   /* objects taken */
};

void slab_init(struct slab *s, size_t object);

/* Give memory aligned to 16 bytes; it stays in the slab. */
void slab_give(struct slab *s, void *memory, size_t len);

/* NULL when nothing is left: refuse whatever needed it.  The object is not cleared. */
void *slab_take(struct slab *s);
void slab_put(struct slab *s, void *object); /* NULL is allowed */

#endif
