// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Making text fit to be shown, and times of day without the time zone files that an empty root
 * doesn't have (gmtime() looks for them).
 */
#include "daemon/control/control_text.h"

#include <stdio.h>
#include <string.h>

/*
 * Length of the character at p, and its code point; 0 if it is none.  RFC 3629 4: shortest form,
 * no surrogates, at most U+10FFFF.
 */
static size_t decode(const uint8_t *p, size_t len, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = p[0] < 0x80		   ? 1
		   : (p[0] & 0xe0) == 0xc0 ? 2
		   : (p[0] & 0xf0) == 0xe0 ? 3
		   : (p[0] & 0xf8) == 0xf0 ? 4
					   : 0;
	uint32_t c;

	if (n == 0 || n > len)
		return 0;
	c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return n;
}

static bool showable(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false; /* C0, DEL, C1 */
	if (c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e))
		return false; /* line separators, direction */
	return !(c >= 0x2066 && c <= 0x2069);
}

size_t control_text_clean(char *to, size_t size, const void *bytes, size_t len)
{
	static const uint8_t replacement[] = {0xef, 0xbf, 0xbd};
	const uint8_t *p = bytes;
	size_t used = 0;

	while (len) {
		const uint8_t *from = p;
		uint32_t c = 0;
		size_t n = decode(p, len, &c), put = n;

		if (n == 0)
			n = 1;
		if (put == 0 || !showable(c)) {
			from = replacement;
			put = sizeof(replacement);
		}
		if (put > size - 1 - used)
			break;
		memcpy(to + used, from, put);
		used += put;
		p += n;
		len -= n;
	}
	to[used] = '\0';
	return used;
}

/* The Gregorian calendar from days since 1970-01-01; years begin in March here. */
static void civil(uint64_t days, unsigned int *year, unsigned int *month, unsigned int *day)
{
	uint64_t z = days + 719468, era = z / 146097, doe = z % 146097;
	uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	*day = (unsigned int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (unsigned int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (unsigned int)(yoe + era * 400 + (*month <= 2));
}

char *control_text_time(char to[CONTROL_TIME_MAX], uint64_t wall, bool with_microseconds)
{
	uint64_t s = wall / 1000000;
	unsigned int year, month, day, rest = (unsigned int)(s % 86400);
	char micro[8] = "";

	civil(s / 86400, &year, &month, &day);
	if (with_microseconds)
		snprintf(micro, sizeof(micro), ".%06u", (unsigned int)(wall % 1000000) % 1000000u);
	snprintf(to, CONTROL_TIME_MAX, "%04u-%02u-%02uT%02u:%02u:%02u%sZ", year % 10000,
		 month % 100, day % 100, rest / 3600 % 24, rest / 60 % 60, rest % 60, micro);
	return to;
}
