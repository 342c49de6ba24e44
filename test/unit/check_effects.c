// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of decisions: places of the bytes, and that overflowing it is a bug and not a leak.
 */
#include "daemon/base/effects.h"

#include <string.h>

#include "test/unit/dies.h"
#include "test/unit/suite.h"

static struct effects fx;

START_TEST(places)
{
	uint8_t *a, *b, *c;

	effects_reset(&fx);
	a = effects_room(&fx, EFFECT_TRANSMIT, 0, 5);
	memset(a, 0xaa, 5);
	effects_add(&fx, EFFECT_TUNNEL_UP, 9);
	b = effects_room(&fx, EFFECT_FRAME, 0, 17);
	memset(b, 0xbb, 17);
	c = effects_room(&fx, EFFECT_NOTE, NOTE_MALFORMED, 0);
	ck_assert_uint_eq(fx.count, 4);
	ck_assert(((uintptr_t)a & 15) == 0 && ((uintptr_t)b & 15) == 0 && ((uintptr_t)c & 15) == 0);
	ck_assert_ptr_eq(effect_bytes(&fx, &fx.list[0]), a);
	ck_assert_ptr_eq(effect_bytes(&fx, &fx.list[2]), b);
	ck_assert(b >= a + 5);
	ck_assert(c >= b + 17);
	ck_assert_uint_eq(a[4], 0xaa);
	ck_assert_int_eq(fx.list[1].kind, EFFECT_TUNNEL_UP);
	ck_assert_uint_eq(fx.list[1].value, 9);
	ck_assert_uint_eq(fx.list[1].len, 0);
	ck_assert_uint_eq(fx.list[2].len, 17);
	effects_reset(&fx);
	ck_assert_uint_eq(fx.count, 0);
	ck_assert_ptr_eq(effects_room(&fx, EFFECT_FRAME, 0, 1), a);
}
END_TEST

START_TEST(trims)
{
	uint8_t *a, *b;

	effects_reset(&fx);
	a = effects_room(&fx, EFFECT_TRANSMIT, 0, 1500);
	effects_trim(&fx, 20);
	ck_assert_uint_eq(fx.list[0].len, 20);
	b = effects_room(&fx, EFFECT_FRAME, 0, EFFECTS_BYTES - 32); /* what was trimmed is there */
	ck_assert_ptr_eq(b, a + 32);
	effects_trim(&fx, 0);
	effects_room(&fx, EFFECT_FRAME, 0, EFFECTS_BYTES - 32);
	ck_assert_uint_eq(fx.used, EFFECTS_BYTES);
	effects_add(&fx, EFFECT_TUNNEL_FREE, 0); /* needs no bytes */
	ck_assert_uint_eq(fx.count, 4);
}
END_TEST

static void too_many(void *arg)
{
	(void)arg;
	effects_reset(&fx);
	for (int i = 0; i < EFFECTS_MAX; i++)
		effects_add(&fx, EFFECT_TUNNEL_UP, 0);
	if (fx.count != EFFECTS_MAX)
		_exit(1);
	effects_add(&fx, EFFECT_TUNNEL_UP, 0);
}

static void too_long(void *arg)
{
	(void)arg;
	effects_reset(&fx);
	effects_room(&fx, EFFECT_TRANSMIT, 0, EFFECTS_BYTES - 15);
	effects_room(&fx, EFFECT_TRANSMIT, 0, 1);
}

static void huge(void *arg)
{
	(void)arg;
	effects_reset(&fx);
	effects_room(&fx, EFFECT_TRANSMIT, 0, SIZE_MAX);
}

static void trims_nothing(void *arg)
{
	(void)arg;
	effects_reset(&fx);
	effects_trim(&fx, 0);
}

static void trims_upward(void *arg)
{
	(void)arg;
	effects_reset(&fx);
	effects_room(&fx, EFFECT_TRANSMIT, 0, 4);
	effects_trim(&fx, 5);
}

START_TEST(bugs)
{
	ck_assert(dies(too_many, NULL));
	ck_assert(dies(too_long, NULL));
	ck_assert(dies(huge, NULL));
	ck_assert(dies(trims_nothing, NULL));
	ck_assert(dies(trims_upward, NULL));
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(effect_kind_name(EFFECT_TRANSMIT), "transmit");
	ck_assert_str_eq(effect_kind_name((enum effect_kind)1000), "?");
	ck_assert_str_eq(note_name(NOTE_QUIRK_RESULT_LE), "little-endian result code accepted");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("effects");
	TCase *t = tcase_create("list");

	tcase_add_test(t, places);
	tcase_add_test(t, trims);
	tcase_add_test(t, bugs);
	tcase_add_test(t, names);
	suite_add_tcase(s, t);
	return suite_run(s);
}
