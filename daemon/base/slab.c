// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/base/slab.h"

#include <stdint.h>

#include "compiler.h"

void slab_init(struct slab *s, size_t object)
{
	BUG_ON(object < sizeof(struct slab_free));
	s->free = NULL;
	s->object = (object + 15) & ~(size_t)15;
	s->total = 0;
	s->used = 0;
}

void slab_give(struct slab *s, void *memory, size_t len)
{
	char *p = memory;

	BUG_ON((uintptr_t)memory & 15);
	for (; len >= s->object; len -= s->object, p += s->object) {
		struct slab_free *f = (struct slab_free *)(void *)p;

		f->next = s->free;
		s->free = f;
		s->total++;
	}
}

void *slab_take(struct slab *s)
{
	struct slab_free *f = s->free;

	if (!f)
		return NULL;
	s->free = f->next;
	s->used++;
	return f;
}

void slab_put(struct slab *s, void *object)
{
	struct slab_free *f = object;

	if (!f)
		return;
	BUG_ON(s->used == 0);
	f->next = s->free;
	s->free = f;
	s->used--;
}
