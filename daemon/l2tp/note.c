// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/l2tp/note.h"

#include <stdio.h>
#include <string.h>

#include "daemon/l2tp/msg_fields.h"

#define NOTES_UP_TO (EFFECTS_MAX / 2)
#define TEXT_MAX    64

void l2tp_note(struct env *env, enum note note, const char *text)
{
	size_t len = text ? strlen(text) : 0;
	void *to;

	if (env->fx->count >= NOTES_UP_TO || EFFECTS_BYTES - env->fx->used < EFFECTS_BYTES / 2)
		return;
	to = effects_room(env->fx, EFFECT_NOTE, (uint32_t)note, len);
	if (len)
		memcpy(to, text, len);
}

void l2tp_note_message(struct env *env, const struct msg *m)
{
	char text[TEXT_MAX];

	for (unsigned int i = 0; i < m->ignored_count && i < MSG_IGNORED_MAX; i++) {
		const struct msg_ignored *avp = &m->ignored[i];

		snprintf(text, sizeof(text), "%s vendor %u attribute %u", msg_type_name(m->type),
			 avp->vendor, avp->attribute);
		l2tp_note(env, avp->vendor ? NOTE_AVP_VENDOR : NOTE_AVP_IGNORED, text);
	}
	if (m->quirks & MSG_QUIRK_RESULT_LE)
		l2tp_note(env, NOTE_QUIRK_RESULT_LE, msg_type_name(m->type));
	if (m->quirks & MSG_QUIRK_RESULT_SHORT)
		l2tp_note(env, NOTE_QUIRK_RESULT_SHORT, msg_type_name(m->type));
}

void l2tp_note_unexpected(struct env *env, const struct msg *m)
{
	char text[TEXT_MAX];

	if (m && !msg_row(m->type)) {
		snprintf(text, sizeof(text), "message type %u", m->type);
		l2tp_note(env, NOTE_UNEXPECTED, text);
	} else {
		l2tp_note(env, NOTE_UNEXPECTED, m ? msg_type_name(m->type) : NULL);
	}
}
