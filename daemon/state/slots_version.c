// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records of other versions, read as ours.
 */
#include <string.h>

#include "compiler.h"
#include "daemon/state/slots.h"

struct converter {
	uint16_t kind, version;
	/* record has from bytes; fill size zeroed bytes at ret */
	void (*convert)(const uint8_t *record, size_t from, void *ret, size_t size);
};

/* What it has and we know; the rest is zero. */
static void appended(const uint8_t *record, size_t from, void *ret, size_t size)
{
	memcpy(ret, record, from < size ? from : size);
}

/* Every version up to ours that can still be read. */
static const struct converter converters[] = {
	{STATE_TUNNEL, 1, appended},
	{STATE_SESSION, 1, appended},
#if STATE_VERSION > 1
	{STATE_TUNNEL, 2, appended},
	{STATE_SESSION, 2, appended},
#endif
};

static const struct converter *converter_for(const struct state_copy *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(converters); i++)
		if (converters[i].kind == c->kind && converters[i].version == c->version)
			return &converters[i];
	return NULL;
}

bool slots_convert(const struct state_copy *copy, void *ret, size_t size)
{
	const struct converter *c = converter_for(copy);

	memset(ret, 0, size);
	if (c)
		c->convert(copy->record, copy->size, ret, size);
	else if (copy->version > STATE_VERSION && copy->readable_by &&
		 copy->readable_by <= STATE_VERSION)
		appended(copy->record, copy->size, ret, size);
	else
		return false;
	return true;
}
