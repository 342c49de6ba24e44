// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file of records: whoever is killed while writing loses nothing, and a flipped bit costs one
 * record at most.
 */
#include "daemon/state/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/unit/dies.h"
#include "test/unit/seed.h"
#include "test/unit/suite.h"

#define SLOTS 8

static uint64_t memory[(STATE_HEAD_SIZE + SLOTS * sizeof(struct state_slot)) / 8];
static struct slots f;

static void begin(void)
{
	slots_fini(&f);
	memset(memory, 0, sizeof(memory));
	ck_assert_int_eq(slots_init(&f, memory, sizeof(memory), false), 0);
}

static void end(void)
{
	slots_fini(&f);
}

/* A new life of the process, on what the one before has left. */
static void again(void)
{
	slots_fini(&f);
	ck_assert_int_eq(slots_init(&f, memory, sizeof(memory), true), 0);
}

static struct state_session session(uint16_t id)
{
	struct state_session s = {.stage = STATE_SESSION_UP, .id = id, .user_len = 3};

	memcpy(s.user, "bob", 3);
	return s;
}

static void put(slot_t slot, uint16_t id)
{
	struct state_session s = session(id);

	slots_write(&f, slot, STATE_SESSION, &s, sizeof(s), sizeof(s));
}

/* The id in it; 0: empty; -1: bad. */
static int get(slot_t slot)
{
	struct state_session s;
	enum state_kind kind;

	switch (slots_read(&f, slot, &kind, &s, sizeof(s))) {
	case SLOTS_EMPTY:
		ck_assert_int_eq(kind, STATE_FREE);
		return 0;
	case SLOTS_BAD:
		return -1;
	case SLOTS_GOOD:
		break;
	}
	ck_assert_int_eq(kind, STATE_SESSION);
	return s.id;
}

START_TEST(takes_and_gives_back)
{
	for (slot_t i = 1; i <= SLOTS; i++) {
		ck_assert_uint_eq(slots_take(&f), i);
		put(i, (uint16_t)(100 + i));
	}
	ck_assert_uint_eq(slots_take(&f), 0);
	slots_release(&f, 3);
	ck_assert_int_eq(get(3), 0);
	ck_assert_int_eq(get(4), 104);
	ck_assert_uint_eq(slots_take(&f), 3);
	ck_assert_int_eq(get(3), 0);
	ck_assert_uint_eq(slots_take(&f), 0);
}
END_TEST

START_TEST(outlives_its_process)
{
	for (slot_t i = 1; i <= 5; i++)
		put(slots_take(&f), (uint16_t)(100 + i));
	put(2, 202);
	slots_release(&f, 4);
	again();
	ck_assert_uint_eq(slots_last(&f), 5);
	ck_assert_int_eq(get(1), 101);
	ck_assert_int_eq(get(2), 202);
	ck_assert_int_eq(get(3), 103);
	ck_assert_int_eq(get(4), 0);
	ck_assert_int_eq(get(5), 105);
	slots_keep(&f, 1);
	slots_keep(&f, 3);
	slots_keep(&f, 5);
	ck_assert_uint_eq(slots_take(&f), 2); /* not kept: given out anew */
	ck_assert_uint_eq(slots_take(&f), 4);
	ck_assert_uint_eq(slots_take(&f), 6);
	slots_release(&f, 5);
	ck_assert_uint_eq(slots_take(&f), 5);
}
END_TEST

START_TEST(unchanged_is_not_written)
{
	struct state_session s = session(7);
	slot_t slot = slots_take(&f);

	slots_write(&f, slot, STATE_SESSION, &s, sizeof(s),
		    offsetof(struct state_session, echo_at));
	s.echo_at = 5;
	slots_write(&f, slot, STATE_SESSION, &s, sizeof(s),
		    offsetof(struct state_session, echo_at));
	ck_assert_uint_eq(f.writes, 1);
	ck_assert_uint_eq(f.unchanged, 1);
	s.peer_id = 5;
	slots_write(&f, slot, STATE_SESSION, &s, sizeof(s),
		    offsetof(struct state_session, echo_at));
	ck_assert_uint_eq(f.writes, 2);
	/* a smaller one is another */
	slots_write(&f, slot, STATE_SESSION, &s, STATE_SESSION_SMALL, STATE_SESSION_SMALL);
	ck_assert_uint_eq(f.writes, 3);
}
END_TEST

/* What a slot looks like when its writer is killed after so many bytes of the copy were stored. */
START_TEST(torn_anywhere)
{
	static uint8_t before[sizeof(memory)], after[sizeof(memory)];
	slot_t slot = slots_take(&f);
	size_t at;

	for (uint16_t id = 1; id <= 4; id++) { /* the first, over nothing, over either copy */
		memcpy(before, memory, sizeof(memory));
		put(slot, id);
		memcpy(after, memory, sizeof(memory));
		for (at = STATE_HEAD_SIZE; at <= STATE_HEAD_SIZE + sizeof(struct state_slot);
		     at++) {
			int is;

			/* the checksum is what is stored last, but for the copy's own bytes any
			 * order is survived */
			memcpy(memory, before, sizeof(memory));
			memcpy((uint8_t *)memory + STATE_HEAD_SIZE, after + STATE_HEAD_SIZE,
			       at - STATE_HEAD_SIZE);
			again();
			is = get(slot);
			ck_assert_msg(is == id || is == id - 1 || (id == 1 && is == -1),
				      "byte %zu: %d", at, is);
			/* and it is written on as if nothing had been */
			slots_keep(&f, slot);
			put(slot, 1000);
			again();
			ck_assert_int_eq(get(slot), 1000);
			put(slot, 1001);
			again();
			ck_assert_int_eq(get(slot), 1001);
		}
		memcpy(memory, after, sizeof(memory));
		again();
		slots_keep(&f, slot);
	}
}
END_TEST

/* The order that slots_write() has: no checksum, the record, its checksum. */
START_TEST(torn_in_order)
{
	static uint8_t after[sizeof(memory)];
	slot_t slot = slots_take(&f);

	put(slot, 1);
	put(slot, 2);
	for (uint16_t id = 3; id <= 4; id++) {
		struct state_slot *s = f.slot;
		unsigned int n = id % 2; /* the first write goes to the second copy */
		const struct state_copy *new =
			&((struct state_slot *)(void *)(after + STATE_HEAD_SIZE))->copy[n];
		struct state_copy old = s->copy[n];

		put(slot, id);
		memcpy(after, memory, sizeof(memory));
		ck_assert_mem_ne(&old, &s->copy[n], sizeof(old));
		for (size_t at = sizeof(old.sum); at <= sizeof(old); at++) {
			s->copy[n] = old;
			s->copy[n].sum = 0;
			memcpy((uint8_t *)&s->copy[n] + sizeof(old.sum),
			       (const uint8_t *)new + sizeof(old.sum), at - sizeof(old.sum));
			again();
			ck_assert_int_eq(get(slot), id - 1);
		}
		memcpy(memory, after, sizeof(memory));
		again();
		slots_keep(&f, slot);
	}
}
END_TEST

START_TEST(torn_release)
{
	slot_t slot = slots_take(&f);

	put(slot, 1);
	put(slot, 2);
	slots_release(&f, slot);
	f.slot[slot - 1].copy[1].sum = 0;
	again();
	ck_assert_int_eq(get(slot), 2);
}
END_TEST

/* Any one bit of either copy: this record as it is, as it was, or not at all; the others stay. */
START_TEST(flipped_bits)
{
	uint8_t *bytes = (uint8_t *)memory;
	size_t at = STATE_HEAD_SIZE + sizeof(struct state_slot); /* the second */
	size_t end_at = at + sizeof(struct state_slot);

	for (slot_t i = 1; i <= 3; i++)
		put(slots_take(&f), (uint16_t)(100 + i));
	put(2, 202);
	for (; at < end_at; at++)
		for (int bit = 0; bit < 8; bit++) {
			int is;

			bytes[at] ^= (uint8_t)(1 << bit);
			is = get(2);
			ck_assert_msg(is == 202 || is == 102, "bit %d of byte %zu: %d", bit, at,
				      is);
			ck_assert_int_eq(get(1), 101);
			ck_assert_int_eq(get(3), 103);
			bytes[at] ^= (uint8_t)(1 << bit);
		}
}
END_TEST

START_TEST(both_copies_bad)
{
	for (slot_t i = 1; i <= 3; i++)
		put(slots_take(&f), (uint16_t)(100 + i));
	put(2, 202);
	f.slot[1].copy[0].record[2] ^= 4;
	f.slot[1].copy[1].record[2] ^= 4;
	again();
	ck_assert_int_eq(get(1), 101);
	ck_assert_int_eq(get(2), -1);
	ck_assert_int_eq(get(3), 103);
	ck_assert_uint_eq(slots_take(&f), 1);
	ck_assert_uint_eq(slots_take(&f), 2); /* and is used again */
	put(2, 302);
	again();
	ck_assert_int_eq(get(2), 302);
}
END_TEST

/* Some bytes of a slot, any, from one of many writers. */
START_TEST(garbage)
{
	struct seed seed;

	seed_init(&seed, 5);
	for (int round = 0; round < 2000; round++) {
		begin();
		put(slots_take(&f), 1);
		put(slots_take(&f), 2);
		put(slots_take(&f), 3);
		seed_fill(&seed.rng, &f.slot[1], sizeof(f.slot[1]));
		if (seed_below(&seed, 2)) /* plausible sizes */
			f.slot[1].copy[0].size = f.slot[1].copy[1].size = 8;
		again();
		ck_assert_int_eq(get(1), 1);
		ck_assert_int_eq(get(2), -1);
		ck_assert_int_eq(get(3), 3);
		end();
	}
	begin();
}
END_TEST

START_TEST(generations_wrap)
{
	slot_t slot = slots_take(&f);

	f.slot[0].copy[0].generation = UINT32_MAX - 1;
	f.slot[0].copy[1].generation = UINT32_MAX - 2;
	for (uint16_t id = 1; id <= 6; id++) {
		put(slot, id);
		ck_assert_int_eq(get(slot), id);
	}
}
END_TEST

/* --- versions --- */

static void write_as(slot_t slot, uint16_t version, uint16_t readable_by, size_t size)
{
	struct state_session s = session(9);
	struct state_copy *c;

	s.tx_packets = 77;
	slots_write(&f, slot, STATE_SESSION, &s, size, size);
	c = &f.slot[slot - 1].copy[1];
	c->version = version;
	c->readable_by = readable_by;
	slots_seal(c);
}

START_TEST(newer_version_is_read)
{
	write_as(slots_take(&f), STATE_VERSION + 1, STATE_VERSION, sizeof(struct state_session));
	ck_assert_int_eq(get(1), 9);
}
END_TEST

START_TEST(shorter_version_is_filled_up)
{
	struct state_session s;
	enum state_kind kind;

	write_as(slots_take(&f), 1, 1, offsetof(struct state_session, echo_at));
	memset(&s, 0xff, sizeof(s));
	ck_assert_int_eq(slots_read(&f, 1, &kind, &s, sizeof(s)), SLOTS_GOOD);
	ck_assert_uint_eq(s.id, 9);
	ck_assert_uint_eq(s.echo_at, 0);
	ck_assert_uint_eq(s.tx_packets, 0);
}
END_TEST

START_TEST(longer_version_is_cut)
{
	struct state_session s = session(9);
	uint8_t record[sizeof(s) + 16];
	enum state_kind kind;
	slot_t slot = slots_take(&f);

	memset(record, 0xee, sizeof(record));
	memcpy(record, &s, sizeof(s));
	slots_write(&f, slot, STATE_SESSION, record, sizeof(record), sizeof(record));
	ck_assert_int_eq(slots_read(&f, slot, &kind, &s, sizeof(s)), SLOTS_GOOD);
	ck_assert_uint_eq(s.id, 9);
}
END_TEST

START_TEST(strange_versions_are_refused)
{
	static const uint16_t strange[][2] = {
		{0, 0}, {0, 1}, {STATE_VERSION + 1, 0}, {STATE_VERSION + 2, STATE_VERSION + 1}};

	slots_take(&f);
	for (size_t i = 0; i < 4; i++) {
		memset(f.slot, 0, sizeof(f.slot[0]));
		write_as(1, strange[i][0], strange[i][1], sizeof(struct state_session));
		ck_assert_int_eq(get(1), -1);
	}
}
END_TEST

/* --- the head --- */

START_TEST(head_is_checked)
{
	uint8_t *bytes = (uint8_t *)memory;

	put(slots_take(&f), 1);
	for (size_t at = 0; at < offsetof(struct state_head, seed); at++) {
		bytes[at] ^= 1;
		slots_fini(&f);
		ck_assert_int_eq(slots_init(&f, memory, sizeof(memory), true), -EUCLEAN);
		bytes[at] ^= 1;
		again();
	}
	f.head->used = SLOTS + 1;
	slots_fini(&f);
	ck_assert_int_eq(slots_init(&f, memory, sizeof(memory), true), -EUCLEAN);
	ck_assert_int_eq(slots_init(&f, memory, slots_size(1) - 1, true), -EINVAL);
	f.head = (struct state_head *)(void *)memory;
	f.head->used = 1;
}
END_TEST

START_TEST(more_slots_later)
{
	put(slots_take(&f), 1);
	slots_fini(&f);
	ck_assert_int_eq(slots_init(&f, memory, slots_size(2), true), 0);
	ck_assert_int_eq(get(1), 1);
	slots_keep(&f, 1);
	ck_assert_uint_eq(slots_take(&f), 2);
	ck_assert_uint_eq(slots_take(&f), 0);
	again();
	ck_assert_int_eq(get(1), 1);
}
END_TEST

static void release_none(void *arg)
{
	(void)arg;
	slots_release(&f, 0);
}

static void release_one_too_far(void *arg)
{
	(void)arg;
	slots_release(&f, SLOTS + 1);
}

START_TEST(dies_of_no_slot)
{
	ck_assert(dies(release_none, NULL));
	ck_assert(dies(release_one_too_far, NULL));
}
END_TEST

/* --- a real file --- */

START_TEST(in_a_file)
{
	int fd = memfd_create("state", MFD_CLOEXEC), other = dup(fd);
	bool old = false;
	struct stat st;

	slots_fini(&f);
	ck_assert_int_eq(slots_map(&f, fd, 1000, &old), 0);
	ck_assert_int_eq(fstat(other, &st), 0);
	ck_assert_int_eq(st.st_size, (off_t)slots_size(1000));
	ck_assert_int_lt(st.st_blocks, 64); /* nothing is there yet */
	for (slot_t i = 1; i <= 200; i++)
		put(slots_take(&f), (uint16_t)i);
	slots_unmap(&f);

	old = true;
	fd = dup(other);
	ck_assert_int_eq(slots_map(&f, fd, 2000, &old), 0); /* limits have grown */
	ck_assert(old);
	ck_assert_uint_eq(slots_last(&f), 200);
	for (slot_t i = 1; i <= 200; i++) {
		ck_assert_int_eq(get(i), (int)i);
		slots_keep(&f, i);
	}
	ck_assert_uint_eq(slots_take(&f), 201);
	put(201, 201);
	f.head->magic++;
	slots_unmap(&f);

	fd = dup(other);
	ck_assert_int_eq(slots_map(&f, fd, 1000, &old), 0);
	ck_assert(!old); /* nobody can read it */
	ck_assert_uint_eq(slots_last(&f), 0);
	ck_assert_uint_eq(slots_take(&f), 1);
	ck_assert_int_eq(get(1), 0);
	slots_unmap(&f);
	close(other);
	begin();
}
END_TEST

START_TEST(without_memory)
{
	int fd = memfd_create("state", MFD_CLOEXEC | MFD_ALLOW_SEALING), other = dup(fd);
	bool old = false;
	slot_t slot;
	int n = 0;

	slots_fini(&f);
	ck_assert_int_eq(slots_map(&f, fd, 1000, &old), 0);
	put(slots_take(&f), 1);
	/* a file that cannot have more is one whose file system is full */
	ck_assert_int_eq(ftruncate(other, (off_t)slots_size(100)), 0);
	ck_assert_int_eq(fcntl(other, F_ADD_SEALS, F_SEAL_GROW), 0);
	while ((slot = slots_take(&f))) {
		put(slot, 2);
		n++;
	}
	ck_assert_int_lt(n, 100);
	slots_unmap(&f);
	close(other);
	begin();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slots");
	TCase *t = tcase_create("slots");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, takes_and_gives_back);
	tcase_add_test(t, outlives_its_process);
	tcase_add_test(t, unchanged_is_not_written);
	tcase_add_test(t, torn_anywhere);
	tcase_add_test(t, torn_in_order);
	tcase_add_test(t, torn_release);
	tcase_add_test(t, flipped_bits);
	tcase_add_test(t, both_copies_bad);
	tcase_add_test(t, garbage);
	tcase_add_test(t, generations_wrap);
	tcase_add_test(t, newer_version_is_read);
	tcase_add_test(t, shorter_version_is_filled_up);
	tcase_add_test(t, longer_version_is_cut);
	tcase_add_test(t, strange_versions_are_refused);
	tcase_add_test(t, head_is_checked);
	tcase_add_test(t, more_slots_later);
	tcase_add_test(t, dies_of_no_slot);
	tcase_add_test(t, in_a_file);
	tcase_add_test(t, without_memory);
	suite_add_tcase(s, t);
	return suite_run(s);
}
