// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/state/slots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

#define KEPT UINT32_MAX /* in free[], while the slots that are in use are being found */

/* The memory is read by another process, which sees what was stored before we were killed. */
static void in_order(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

/*
 * Against interrupted writes and flipped bits, not against malice.  Each word goes through a
 * bijection, so that no change of one word alone is missed.
 */
static uint64_t sum_of(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t h = 0x9e3779b97f4a7c15u ^ len;

	for (; len >= 8; len -= 8, p += 8) {
		uint64_t word;

		memcpy(&word, p, sizeof(word));
		h = (h ^ word) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	return h;
}

/* --- the head --- */

size_t slots_size(uint32_t slots)
{
	return STATE_HEAD_SIZE + (size_t)slots * sizeof(struct state_slot);
}

static uint64_t head_sum(const struct state_head *h)
{
	return sum_of(h, offsetof(struct state_head, sum));
}

static bool head_good(const struct state_head *h)
{
	return h->magic == STATE_MAGIC && h->format == STATE_FORMAT &&
	       h->head_size == STATE_HEAD_SIZE && h->copy_size == STATE_COPY_SIZE &&
	       h->sum == head_sum(h);
}

static void write_head(struct state_head *h)
{
	h->format = STATE_FORMAT;
	h->head_size = STATE_HEAD_SIZE;
	h->copy_size = STATE_COPY_SIZE;
	h->magic = STATE_MAGIC;
	h->sum = head_sum(h);
}

/* --- copies --- */

#define SUMMED offsetof(struct state_copy, generation)

static uint64_t copy_sum(const struct state_copy *c)
{
	return sum_of(&c->generation, offsetof(struct state_copy, record) - SUMMED + c->size);
}

void slots_seal(struct state_copy *c)
{
	c->sum = copy_sum(c);
}

static bool copy_good(const struct state_copy *c)
{
	return c->size <= STATE_RECORD_MAX && c->size % 8 == 0 && c->kind <= STATE_SESSION &&
	       c->sum == copy_sum(c);
}

static bool copy_zero(const struct state_copy *c)
{
	return !c->sum && !c->generation && !c->size && !c->kind;
}

/* Never written, or killed in the middle of the first time. */
static bool slot_empty(const struct state_slot *s)
{
	return (copy_zero(&s->copy[0]) && !s->copy[1].sum) ||
	       (copy_zero(&s->copy[1]) && !s->copy[0].sum);
}

static bool later(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

/* The copy that counts; NULL: neither. */
static const struct state_copy *current(const struct state_slot *s)
{
	bool first = copy_good(&s->copy[0]), second = copy_good(&s->copy[1]);

	if (first && second)
		return &s->copy[later(s->copy[1].generation, s->copy[0].generation)];
	if (!first && !second)
		return NULL;
	return &s->copy[second];
}

/*
 * The one that counts, of a slot that we write.  A copy whose writer was killed has been made the
 * older one by mend().
 */
static unsigned int newest(const struct state_slot *s)
{
	return later(s->copy[1].generation, s->copy[0].generation);
}

/* What is bad beside what is good must not look like the newer one. */
static void mend(struct state_slot *s)
{
	bool first = copy_good(&s->copy[0]), second = copy_good(&s->copy[1]);

	if (first != second)
		s->copy[first].generation = s->copy[!first].generation - 1;
}

static void overwrite(struct state_slot *s, enum state_kind kind, const void *record, size_t size)
{
	const struct state_copy *last = &s->copy[newest(s)];
	struct state_copy *to = &s->copy[!newest(s)];

	to->sum = 0;
	in_order();
	to->kind = (uint16_t)kind;
	to->version = STATE_VERSION;
	to->readable_by = STATE_READABLE_BY;
	to->size = (uint16_t)size;
	to->reserved = 0;
	memcpy(to->record, record, size);
	to->generation = last->generation + 1;
	in_order();
	slots_seal(to);
	in_order();
}

int slots_init(struct slots *f, void *memory, size_t size, bool old)
{
	if (size < slots_size(1))
		return -EINVAL;
	*f = (struct slots){.head = memory, .size = size, .fd = -1};
	f->slot = (struct state_slot *)(void *)((uint8_t *)memory + STATE_HEAD_SIZE);
	f->n_slots = (uint32_t)((size - STATE_HEAD_SIZE) / sizeof(*f->slot));
	if (f->n_slots > STATE_SLOTS_MAX)
		f->n_slots = STATE_SLOTS_MAX;
	if (!old)
		write_head(f->head);
	else if (!head_good(f->head) || f->head->used > f->n_slots)
		return -EUCLEAN;
	f->free = malloc(f->n_slots * sizeof(*f->free));
	if (!f->free)
		return -ENOMEM;
	f->n_backed = f->n_free = f->n_slots;
	for (uint32_t i = 0; i < f->n_slots; i++)
		f->free[i] = f->n_slots - 1 - i;
	for (uint32_t i = 0; i < f->head->used; i++)
		mend(&f->slot[i]);
	return 0;
}

void slots_fini(struct slots *f)
{
	free(f->free);
	f->free = NULL;
	f->head = NULL;
}

/* --- slots --- */

static struct state_slot *slot_of(const struct slots *f, slot_t slot)
{
	BUG_ON(slot == 0 || slot > f->n_slots);
	return &f->slot[slot - 1];
}

static void kept_all(struct slots *f)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->n_free; i++)
		if (f->free[i] != KEPT)
			f->free[n++] = f->free[i];
	f->n_free = n;
	f->keeping = false;
}

slot_t slots_take(struct slots *f)
{
	uint32_t i;

	if (f->keeping)
		kept_all(f);
	if (!f->n_free)
		return 0;
	i = f->free[f->n_free - 1];
	if (i >= f->n_backed && f->back && f->back(f, i + 1))
		return 0;
	f->n_free--;
	f->n_taken++;
	if (i >= f->head->used) {
		f->head->used = i + 1;
		in_order();
	}
	return i + 1;
}

void slots_write(struct slots *f, slot_t slot, enum state_kind kind, const void *record,
		 size_t size, size_t stable)
{
	struct state_slot *s = slot_of(f, slot);
	const struct state_copy *last = &s->copy[newest(s)];

	BUG_ON(size > STATE_RECORD_MAX || size % 8 || stable > size);
	if (last->kind == kind && last->size == size && last->version == STATE_VERSION &&
	    !memcmp(last->record, record, stable)) {
		f->unchanged++;
		return;
	}
	f->writes++;
	overwrite(s, kind, record, size);
}

void slots_release(struct slots *f, slot_t slot)
{
	if (f->keeping)
		kept_all(f);
	overwrite(slot_of(f, slot), STATE_FREE, "", 0);
	f->n_taken--;
	f->free[f->n_free++] = slot - 1;
}

enum slots_verdict slots_read(const struct slots *f, slot_t slot, enum state_kind *ret_kind,
			      void *ret, size_t size)
{
	const struct state_slot *s = slot_of(f, slot);
	const struct state_copy *c = current(s);

	*ret_kind = STATE_FREE;
	if (!c)
		return slot_empty(s) ? SLOTS_EMPTY : SLOTS_BAD;
	if (c->kind == STATE_FREE)
		return SLOTS_EMPTY;
	if (!slots_convert(c, ret, size))
		return SLOTS_BAD;
	*ret_kind = (enum state_kind)c->kind;
	return SLOTS_GOOD;
}

slot_t slots_last(const struct slots *f)
{
	return f->head->used;
}

void slots_forget(struct slots *f, slot_t slot)
{
	overwrite(slot_of(f, slot), STATE_FREE, "", 0);
}

/* Slots were put on the stack from the last to the first. */
void slots_keep(struct slots *f, slot_t slot)
{
	uint32_t *place = &f->free[f->n_slots - slot];

	BUG_ON(slot == 0 || slot > f->n_slots || *place != slot - 1);
	*place = KEPT;
	f->keeping = true;
	f->n_taken++;
}
