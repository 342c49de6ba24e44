/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * EFFECT_NOTE from what a peer sent: never so many that decisions would not fit.
 */
#ifndef CULVERT_L2TP_NOTE_H
#define CULVERT_L2TP_NOTE_H

#include <stddef.h>

#include "daemon/base/env.h"
#include "daemon/l2tp/msg.h"

/* A note with a text of ours; NULL: none. */
void l2tp_note(struct env *env, enum note note, const char *text);

/* What the decoder tolerated or left out. */
void l2tp_note_message(struct env *env, const struct msg *m);

/* A message that does not fit the state; NULL: something else. */
void l2tp_note_unexpected(struct env *env, const struct msg *m);

#endif
