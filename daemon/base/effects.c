// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/base/effects.h"

#include "compiler.h"

NAMES_FUNCTION(effect_kind, EFFECT_LIST)
NAMES_FUNCTION(note, NOTE_LIST)

void effects_reset(struct effects *fx)
{
	fx->count = 0;
	fx->used = 0;
}

void *effects_room(struct effects *fx, enum effect_kind kind, uint32_t value, size_t len)
{
	struct effect *e = &fx->list[fx->count];

	BUG_ON(fx->count == EFFECTS_MAX || len > EFFECTS_BYTES - fx->used);
	e->kind = kind;
	e->value = value;
	e->off = (uint32_t)fx->used;
	e->len = (uint32_t)len;
	fx->count++;
	fx->used += (len + 15) & ~(size_t)15;
	if (fx->used > EFFECTS_BYTES)
		fx->used = EFFECTS_BYTES;
	return fx->bytes + e->off;
}

void effects_add(struct effects *fx, enum effect_kind kind, uint32_t value)
{
	effects_room(fx, kind, value, 0);
}

void effects_trim(struct effects *fx, size_t len)
{
	struct effect *e;

	BUG_ON(fx->count == 0);
	e = &fx->list[fx->count - 1];
	BUG_ON(len > e->len);
	e->len = (uint32_t)len;
	fx->used = e->off + ((len + 15) & ~(size_t)15);
}
