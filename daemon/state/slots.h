/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of records (include/state.h): slots are taken, written and given back here.
 *
 * A write never touches the copy that counts, so it may be interrupted at any instant.  A record of
 * which one copy is bad is the other copy; one of which both are bad is lost, and nothing else is.
 * What a record says is not looked at here; see resume.c for whether it can be believed.
 */
#ifndef CULVERT_STATE_SLOTS_H
#define CULVERT_STATE_SLOTS_H

#include <stdbool.h>
#include <stddef.h>

#include "include/state.h"

struct slots {
	struct state_head *head;
	struct state_slot *slot;
	size_t size; /* of the memory */
	uint32_t n_slots;
	uint32_t n_backed; /* there is memory behind so many */
	uint32_t *free;	   /* stack of those to be given out, the lowest on top at first */
	uint32_t n_free;
	uint32_t n_taken;
	bool keeping;		    /* free[] has places of slots that were kept */
	uint64_t writes, unchanged; /* for measurements */
	/* make sure of memory behind the first so many slots: 0 or -errno; NULL: it is there */
	int (*back)(struct slots *f, uint32_t slots);
	int fd;
};

/* A slot is a number from 1; 0: none. */
typedef uint32_t slot_t;

/* Bytes for so many slots. */
size_t slots_size(uint32_t slots);

/*
 * Begin to use memory, aligned to 8: with what another role has left there, or (not old) zeroed. 0,
 * -ENOMEM, -EINVAL, or -EUCLEAN: what is there is none of these files.
 */
int slots_init(struct slots *f, void *memory, size_t size, bool old);
void slots_fini(struct slots *f);

/* 0: all are taken, or there is no memory. */
slot_t slots_take(struct slots *f);
/*
 * Write the record of a slot, size bytes of it; nothing is done where the first stable bytes, and
 * the size, are those that it has already.
 */
void slots_write(struct slots *f, slot_t slot, enum state_kind kind, const void *record,
		 size_t size, size_t stable);
void slots_release(struct slots *f, slot_t slot);

/* Its checksum, from all the rest; tests write copies of their own. */
void slots_seal(struct state_copy *c);

enum slots_verdict {
	SLOTS_EMPTY,
	SLOTS_GOOD,
	SLOTS_BAD, /* both copies are */
};

/*
 * Read a slot as a record of our version: *ret_kind, and size bytes at ret, what the record does
 * not have zeroed.  Slots are read, and those of use kept with slots_keep(), before any is taken.
 */
enum slots_verdict slots_read(const struct slots *f, slot_t slot, enum state_kind *ret_kind,
			      void *ret, size_t size);
/* The slots that can hold something: 1 to this. */
slot_t slots_last(const struct slots *f);
/* From now on this one is in use; or nobody shall ever read it again. */
void slots_keep(struct slots *f, slot_t slot);
void slots_forget(struct slots *f, slot_t slot);

/* --- slots_version.c --- */
/*
 * The record of a copy as one of our version, in size bytes at ret; false: it is of a version that
 * we don't read.
 */
bool slots_convert(const struct state_copy *copy, void *ret, size_t size);

/* --- slots_map.c --- */
/*
 * Map the file, made larger where it has less than so many slots; takes fd.  *old: it may hold
 * records; false afterwards: it does not, because they could not be read.  0 or -errno.
 */
int slots_map(struct slots *f, int fd, uint32_t slots, bool *old);
void slots_unmap(struct slots *f);

#endif
