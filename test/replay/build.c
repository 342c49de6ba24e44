// SPDX-License-Identifier: GPL-2.0-or-later
#include "test/replay/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "test/replay/show.h"

enum kind {
	U16,
	U32,
	TEXT,
	HEX,
	RESULT,	   /* 3 or 3,0 or 3,0,text */
	RESULT_LE, /* the same with its numbers the wrong way round */
};

/* RFC 2661 4.4; for: messages (bit per type) that have it by default, with this value */
static const struct {
	const char *key;
	uint16_t attribute;
	enum kind kind;
	bool mandatory;
	uint32_t messages;
	const char *value;
} avps[] = {
	{"proto", 2, U16, true, 1 << 1, "0x100"},
	{"framing", 3, U32, true, 1 << 1, "3"},
	{"bearer", 4, U32, true, 0, NULL},
	{"tie", 5, HEX, false, 0, NULL},
	{"firmware", 6, U16, false, 0, NULL},
	{"host", 7, TEXT, true, 1 << 1, "client"},
	{"vendor", 8, TEXT, false, 0, NULL},
	{"tunnel", 9, U16, true, 0, NULL},
	{"window", 10, U16, true, 0, NULL},
	{"challenge", 11, HEX, true, 0, NULL},
	{"response", 13, HEX, true, 0, NULL},
	{"session", 14, U16, true, 0, NULL},
	{"serial", 15, U32, true, 1 << 10 | 1 << 7, "1"},
	{"tx", 24, U32, true, 1 << 12, "1000000"},
	{"ftype", 19, U32, true, 1 << 12, "1"},
	{"rx", 38, U32, false, 0, NULL},
	{"called", 21, TEXT, true, 0, NULL},
	{"calling", 22, TEXT, true, 0, NULL},
	{"accm", 35, HEX, true, 1 << 16, "00000000000000000000"},
	{"errors", 34, HEX, true, 1 << 15, "0000000000000000000000000000000000000000000000000000"},
	{"proxy-lcp", 26, HEX, false, 0, NULL},
	{"result", 1, RESULT, true, 0, NULL},
	{"result-le", 1, RESULT_LE, true, 0, NULL},
};

static const char *const types[] = {
	"ZLB",	"SCCRQ", "SCCRP", "SCCCN", "StopCCN", "?",   "HELLO", "OCRQ", "OCRP",
	"OCCN", "ICRQ",	 "ICRP",  "ICCN",  "?",	      "CDN", "WEN",   "SLI",
};

int build_type(const char *name)
{
	unsigned int n;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i], name))
			return (int)i;
	return sscanf(name, "TYPE%u", &n) == 1 ? (int)n : -1;
}

static void avp_header(struct writer *w, bool mandatory, size_t len, uint16_t vendor,
		       uint16_t attribute)
{
	writer_u16(w, (uint16_t)((mandatory ? 0x8000 : 0) | (6 + len)));
	writer_u16(w, vendor);
	writer_u16(w, attribute);
}

static uint16_t swapped(uint16_t v, bool swap)
{
	return swap ? (uint16_t)(v << 8 | v >> 8) : v;
}

static bool put_result(struct writer *w, const char *value, bool swap)
{
	unsigned int result, error = 0;
	char text[100] = "";
	int n = sscanf(value, "%u,%u,%99s", &result, &error, text);

	if (n < 1)
		return false;
	writer_u16(w, swapped((uint16_t)result, swap));
	if (n > 1)
		writer_u16(w, swapped((uint16_t)error, swap));
	writer_bytes(w, text, strlen(text));
	return true;
}

static bool put_value(struct writer *w, enum kind kind, const char *value)
{
	uint8_t bytes[600];
	size_t len;

	switch (kind) {
	case U16:
		writer_u16(w, (uint16_t)strtoul(value, NULL, 0));
		return true;
	case U32:
		writer_u32(w, (uint32_t)strtoul(value, NULL, 0));
		return true;
	case TEXT:
		writer_bytes(w, value, strlen(value));
		return true;
	case HEX:
		len = words_hex(value, bytes, sizeof(bytes));
		if (len == SIZE_MAX)
			return false;
		writer_bytes(w, bytes, len);
		return true;
	case RESULT:
	case RESULT_LE:
		return put_result(w, value, kind == RESULT_LE);
	}
	return false;
}

static bool put_avp(struct writer *w, bool mandatory, uint16_t vendor, uint16_t attribute,
		    enum kind kind, const char *value)
{
	uint8_t bytes[700];
	struct writer v;

	writer_init(&v, bytes, sizeof(bytes));
	if (!put_value(&v, kind, value))
		return false;
	avp_header(w, mandatory, writer_len(&v), vendor, attribute);
	writer_bytes(w, bytes, writer_len(&v));
	return true;
}

static bool put_default(struct writer *w, size_t i, int type, const struct words *words)
{
	char minus[20];

	snprintf(minus, sizeof(minus), "-%s", avps[i].key);
	if (type < 0 || type > 16 || !(avps[i].messages >> type & 1) ||
	    words_get(words, avps[i].key) || words_has(words, minus))
		return true;
	return put_avp(w, avps[i].mandatory, 0, avps[i].attribute, avps[i].kind, avps[i].value);
}

/* avp=M:VENDOR:TYPE:HEX, "-" for not mandatory */
static bool put_any(struct writer *w, const char *text)
{
	unsigned int vendor, attribute;
	char m, hex[600] = "";

	if (sscanf(text, "%c:%u:%u:%599s", &m, &vendor, &attribute, hex) < 3)
		return false;
	return put_avp(w, m == 'M', (uint16_t)vendor, (uint16_t)attribute, HEX, hex);
}

static bool put_word(struct writer *w, const char *word)
{
	const char *eq = strchr(word, '=');

	if (!eq)
		return word[0] == '-';
	for (size_t i = 0; i < ARRAY_SIZE(avps); i++)
		if (strlen(avps[i].key) == (size_t)(eq - word) &&
		    !memcmp(avps[i].key, word, (size_t)(eq - word)))
			return put_avp(w, avps[i].mandatory, 0, avps[i].attribute, avps[i].kind,
				       eq + 1);
	if (!strncmp(word, "avp=", 4))
		return put_any(w, eq + 1);
	/* the header's, and the client's own words */
	return !strncmp(word, "to=", 3) || !strncmp(word, "sid=", 4) || !strncmp(word, "ns=", 3) ||
	       !strncmp(word, "nr=", 3) || !strncmp(word, "from=", 5) ||
	       !strncmp(word, "mark=", 5) || !strncmp(word, "call=", 5);
}

bool build_control(struct writer *w, const struct build_header *h, const struct words *words)
{
	int type = build_type(words->word[0]);

	writer_u16(w, 0xc802); /* RFC 2661 3.1: T, L, S, version 2 */
	writer_u16(w, 0);
	writer_u16(w, h->tunnel);
	writer_u16(w, h->session);
	writer_u16(w, h->ns);
	writer_u16(w, h->nr);
	if (type > 0) {
		avp_header(w, true, 2, 0, 0);
		writer_u16(w, (uint16_t)type);
	}
	for (size_t i = 0; i < ARRAY_SIZE(avps); i++)
		if (!put_default(w, i, type, words))
			return false;
	for (size_t i = 1; i < words->n; i++)
		if (!put_word(w, words->word[i]))
			return false;
	writer_patch_u16(w, 2, (uint16_t)writer_len(w));
	return !w->bad;
}

/* --- PPP options --- */

static bool put_auth(struct writer *w, const char *value)
{
	if (!strcmp(value, "pap")) {
		writer_u16(w, 0xc023);
		return true;
	}
	writer_u16(w, 0xc223);
	writer_u8(w, !strcmp(value, "mschapv2") ? 0x81 : 5);
	return !strcmp(value, "mschapv2") || !strcmp(value, "chap-md5");
}

static bool put_option_value(struct writer *w, enum show_kind kind, const char *value)
{
	uint32_t address;

	switch (kind) {
	case SHOW_U8:
		writer_u8(w, (uint8_t)strtoul(value, NULL, 0));
		return true;
	case SHOW_U16:
		writer_u16(w, (uint16_t)strtoul(value, NULL, 0));
		return true;
	case SHOW_U32:
		writer_u32(w, (uint32_t)strtoul(value, NULL, 0));
		return true;
	case SHOW_HEX:
		return put_value(w, HEX, value);
	case SHOW_ADDRESS:
		if (!words_address(value, &address))
			return false;
		writer_u32(w, address);
		return true;
	case SHOW_AUTH:
		return put_auth(w, value);
	case SHOW_FLAG:
		return true;
	}
	return false;
}

static bool put_option(struct writer *w, uint16_t protocol, const char *word)
{
	size_t len = strcspn(word, "=");
	const struct show_option *o = show_named_option(protocol, word, len);
	uint8_t bytes[260];
	unsigned int type;
	struct writer v;

	if (!o && sscanf(word, "opt%u=", &type) != 1)
		return false;
	writer_init(&v, bytes, sizeof(bytes));
	if (!put_option_value(&v, o ? o->kind : SHOW_HEX, word[len] ? word + len + 1 : ""))
		return false;
	writer_u8(w, o ? o->type : (uint8_t)type);
	writer_u8(w, (uint8_t)(2 + writer_len(&v)));
	writer_bytes(w, bytes, writer_len(&v));
	return true;
}

bool build_options(struct writer *w, uint16_t protocol, const struct words *words)
{
	for (size_t i = 2; i < words->n; i++) {
		const char *word = words->word[i];

		if (!strncmp(word, "id=", 3) || !strncmp(word, "via=", 4) ||
		    !strncmp(word, "call=", 5) || !strncmp(word, "from=", 5) ||
		    !strncmp(word, "mark=", 5))
			continue;
		if (!put_option(w, protocol, word))
			return false;
	}
	return !w->bad;
}
