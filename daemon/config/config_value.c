// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values: numbers, durations, words, addresses, ranges.  Every refusal says what is allowed.
 */
#include "daemon/config/config_value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdarg.h>
#include <string.h>

#include "compiler.h"
#include "daemon/config/config_errors.h"

struct why {
	char *text;
	size_t size;
};

static void explain(struct why *why, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void explain(struct why *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why->text, why->size, fmt, ap);
	va_end(ap);
}

#define refuse(why, ...) (explain(why, __VA_ARGS__), -EINVAL)

static int refuse_range(struct why *why, const struct config_key *key, const char *text)
{
	char allowed[64];

	return refuse(why, "%s is out of range, %s", text,
		      config_key_allowed(key, allowed, sizeof(allowed)));
}

/* Digits alone; the end is left to the caller.  Saturates well above every maximum. */
static bool digits(const char **pos, uint64_t *ret)
{
	const char *p = *pos;
	uint64_t v = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		if (v < UINT64_C(1) << 48)
			v = v * 10 + (uint64_t)(*p - '0');
	*pos = p;
	*ret = v;
	return true;
}

static void store(void *to, uint16_t size, uint64_t v)
{
	uint8_t v8 = (uint8_t)v;
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	switch (size) {
	case 1:
		memcpy(to, &v8, 1);
		return;
	case 2:
		memcpy(to, &v16, 2);
		return;
	case 4:
		memcpy(to, &v32, 4);
		return;
	}
	BUG_ON(true);
}

static uint32_t fetch(const void *from, uint16_t size)
{
	uint16_t v16;
	uint32_t v32;

	if (size == 1)
		return *(const uint8_t *)from;
	if (size == 2) {
		memcpy(&v16, from, 2);
		return v16;
	}
	memcpy(&v32, from, 4);
	return v32;
}

static int parse_number(const struct config_key *key, const char *text, void *to, struct why *why)
{
	const char *p = text;
	uint64_t v;

	if (!digits(&p, &v) || *p)
		return refuse(why, "'%s' is not a number", text);
	if (v < (uint64_t)key->min || v > (uint64_t)key->max)
		return refuse_range(why, key, text);
	store(to, key->size, v);
	return 0;
}

static const struct {
	const char *name;
	unsigned int seconds;
} units[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};

static int parse_duration(const struct config_key *key, const char *text, void *to, struct why *why)
{
	const char *p = text;
	unsigned int unit = 0;
	uint64_t v;

	if (!digits(&p, &v))
		return refuse(why, "'%s' is not a duration, as 30s, 5m or 8h", text);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(p, units[i].name))
			unit = units[i].seconds;
	if (!*p && v == 0)
		unit = 1;
	if (!*p && !unit)
		return refuse(why, "%s needs a unit: %ss, %sm or %sh", text, text, text, text);
	if (!unit)
		return refuse(why, "'%s' is not a duration, as 30s, 5m or 8h", text);
	v *= unit;
	if (v < (uint64_t)key->min || v > (uint64_t)key->max)
		return refuse_range(why, key, text);
	store(to, key->size, v);
	return 0;
}

static int parse_bool(const char *text, bool *to, struct why *why)
{
	static const char *const yes[] = {"yes", "on", "true"};
	static const char *const no[] = {"no", "off", "false"};

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (!strcmp(text, yes[i]) || !strcmp(text, no[i])) {
			*to = !strcmp(text, yes[i]);
			return 0;
		}
	}
	return refuse(why, "'%s' is neither yes nor no", text);
}

static int parse_string(const struct config_key *key, const char *text, char *to, struct why *why)
{
	size_t len = strlen(text);
	size_t max = key->size - 1u;

	if (key->max && (size_t)key->max < max)
		max = (size_t)key->max;
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f ||
		    (key->type == CONFIG_STRING && *p == ' '))
			return refuse(why, "a character that is not allowed in '%s'", text);
	if (len > max)
		return refuse(why, "longer than %zu characters", max);
	if (len < (size_t)key->min)
		return refuse(why, "must not be empty");
	memset(to, 0, key->size);
	snprintf(to, key->size, "%s", text);
	return 0;
}

static int parse_prefix(const struct config_key *key, const char *text, char *to, struct why *why)
{
	for (const char *p = text; *p; p++)
		if (*p < 'a' || *p > 'z')
			return refuse(why, "'%s': only the letters a to z make a device name here",
				      text);
	return parse_string(key, text, to, why);
}

static const char *next_word(void *ctx)
{
	const struct config_word **w = ctx;

	return (*w)->name ? (*w)++->name : NULL;
}

static int parse_word(const struct config_key *key, const char *text, uint8_t *to, struct why *why)
{
	const struct config_word *walk = key->words;
	const char *meant;
	char allowed[64];

	for (const struct config_word *w = key->words; w->name; w++) {
		if (!strcmp(w->name, text)) {
			*to = w->value;
			return 0;
		}
	}
	config_key_allowed(key, allowed, sizeof(allowed));
	meant = config_suggest(text, next_word, &walk);
	if (meant)
		return refuse(why, "'%s' is not one of %s (did you mean '%s'?)", text, allowed,
			      meant);
	return refuse(why, "'%s' is not one of %s", text, allowed);
}

static int parse_words(const struct config_key *key, const char *text, unsigned int n, uint8_t *to,
		       struct why *why)
{
	uint8_t v;
	int r = parse_word(key, text, &v, why);

	if (r < 0)
		return r;
	if (n == 0)
		memset(to, 0, key->size);
	if (memchr(to, v, n < key->size ? n : key->size))
		return refuse(why, "'%s' is there twice", text);
	if (n >= key->size)
		return refuse(why, "more than %u values", key->size);
	to[n] = v;
	return 0;
}

/* An address that a host can have (RFC 1122 3.2.1.3, RFC 5771 3). */
static bool unicast(uint32_t a)
{
	return a >> 24 != 0 && a >> 24 != 127 && a >> 24 < 224;
}

static int parse_ipv4(const char *text, uint32_t *ret, struct why *why)
{
	struct in_addr in;

	if (inet_pton(AF_INET, text, &in) != 1)
		return refuse(why, "'%s' is not an IPv4 address", text);
	if (!unicast(ntohl(in.s_addr)))
		return refuse(why, "%s is not the address of a host", text);
	*ret = ntohl(in.s_addr);
	return 0;
}

static int parse_ipv4s(const struct config_key *key, const char *text, unsigned int n, uint8_t *to,
		       struct why *why)
{
	uint32_t a;
	int r = parse_ipv4(text, &a, why);

	if (r < 0)
		return r;
	if (n >= (unsigned int)key->max)
		return refuse(why, "more than %ld addresses", key->max);
	if (n == 0)
		memset(to, 0, key->size);
	memcpy(to + n * sizeof(a), &a, sizeof(a));
	return 0;
}

/* The bits of a prefix: ADDRESS/LENGTH with nothing beyond the length. */
static int parse_prefix4(const char *address, const char *length, uint32_t *ret_address,
			 uint32_t *ret_mask, struct why *why)
{
	struct in_addr in;
	const char *p = length;
	uint64_t len;

	if (inet_pton(AF_INET, address, &in) != 1)
		return refuse(why, "'%s' is not an IPv4 address", address);
	if (!digits(&p, &len) || *p || len < 1 || len > 32)
		return refuse(why, "'/%s' is not a prefix length, 1 to 32", length);
	*ret_mask = UINT32_MAX << (32 - len);
	*ret_address = ntohl(in.s_addr);
	if (*ret_address & ~*ret_mask)
		return refuse(why, "%s/%s has bits set beyond its length", address, length);
	return 0;
}

/* ADDRESS/LENGTH without the network's and the broadcast address where there are such. */
static int prefix_range(const char *address, const char *length, uint32_t *first, uint32_t *last,
			struct why *why)
{
	uint32_t mask, a;
	int r = parse_prefix4(address, length, &a, &mask, why);

	if (r < 0)
		return r;
	*first = ~mask > 1 ? a + 1 : a;
	*last = ~mask > 1 ? (a | ~mask) - 1 : a | ~mask;
	return 0;
}

static int split_range(char *text, uint32_t *first, uint32_t *last, struct why *why)
{
	char *sep = strpbrk(text, "-/");
	bool prefix = sep && *sep == '/';
	int r;

	if (!sep)
		return refuse(why, "'%s' is not a range, as 10.20.0.10-10.20.0.99 or 10.20.0.0/24",
			      text);
	*sep++ = '\0';
	if (prefix)
		return prefix_range(text, sep, first, last, why);
	r = parse_ipv4(text, first, why);
	return r < 0 ? r : parse_ipv4(sep, last, why);
}

static int parse_range(const char *text, uint8_t *to, struct why *why)
{
	uint32_t first, last;
	char copy[64];
	int r;

	if (strlen(text) >= sizeof(copy))
		return refuse(why, "'%.40s...' is not a range", text);
	snprintf(copy, sizeof(copy), "%s", text);
	r = split_range(copy, &first, &last, why);
	if (r < 0)
		return r;
	if (first > last)
		return refuse(why, "%s ends before it begins", text);
	if (!unicast(first) || !unicast(last) || (first >> 24 < 127 && last >> 24 > 127))
		return refuse(why, "%s contains addresses that no host can have", text);
	if (last - first >= CONFIG_POOL_ADDRESSES_MAX)
		return refuse(why, "%s has %" PRIu32 " addresses, a pool at most %u", text,
			      last - first + 1, CONFIG_POOL_ADDRESSES_MAX);
	memcpy(to, &first, sizeof(first));
	memcpy(to + sizeof(first), &last, sizeof(last));
	return 0;
}

int config_route_parse(const char *text, struct config_route *ret, char *why_text, size_t size)
{
	struct why why = {why_text, size};
	struct config_route route = {.used = 1};
	char copy[64], *slash;
	uint32_t mask;
	int r;

	if (!strcmp(text, "default")) {
		*ret = route;
		return 0;
	}
	slash = strchr(text, '/');
	if (!slash || strlen(text) >= sizeof(copy))
		return refuse(&why, "'%.60s' is not a prefix, as 10.0.0.0/8, nor default", text);
	snprintf(copy, sizeof(copy), "%s", text);
	copy[slash - text] = '\0';
	r = parse_prefix4(copy, slash + 1, &route.address, &mask, &why);
	if (r < 0)
		return r;
	/* 0.0.0.0/1 is fine: half of everything */
	if (route.address >> 24 == 127 || route.address >> 24 >= 224)
		return refuse(&why, "%s is not for hosts", text);
	route.length = (uint8_t)__builtin_popcount(mask);
	*ret = route;
	return 0;
}

static int parse_routes(const struct config_key *key, const char *text, unsigned int n,
			struct config_route *to, struct why *why)
{
	struct config_route route;
	int r = config_route_parse(text, &route, why->text, why->size);

	if (r < 0)
		return r;
	if (n >= (unsigned int)key->max)
		return refuse(why, "more than %ld prefixes", key->max);
	if (n == 0)
		memset(to, 0, key->size);
	for (unsigned int i = 0; i < n; i++)
		if (!memcmp(&to[i], &route, sizeof(route)))
			return refuse(why, "'%s' is there twice", text);
	to[n] = route;
	return 0;
}

int config_address_parse(const char *text, struct endpoint *ret, char *why_text, size_t size)
{
	struct why why = {why_text, size};
	struct endpoint ep = {0};
	char copy[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
	char *scope;

	if (inet_pton(AF_INET, text, ep.addr) == 1) {
		ep.family = ENDPOINT_IPV4;
		*ret = ep;
		return 0;
	}
	if (strlen(text) >= sizeof(copy))
		return refuse(&why, "'%.40s...' is not an address", text);
	snprintf(copy, sizeof(copy), "%s", text);
	scope = strchr(copy, '%');
	if (scope)
		*scope++ = '\0';
	if (inet_pton(AF_INET6, copy, ep.addr) != 1)
		return refuse(&why, "'%s' is not an address", text);
	ep.family = ENDPOINT_IPV6;
	if (scope) {
		ep.scope = if_nametoindex(scope);
		if (!ep.scope)
			return refuse(&why, "there is no interface '%s'", scope);
	} else if (ep.addr[0] == 0xfe && (ep.addr[1] & 0xc0) == 0x80) {
		/* RFC 4007 11.2 */
		return refuse(&why, "a link-local address needs its interface: %s%%eth0", text);
	}
	*ret = ep;
	return 0;
}

int config_value_parse(const struct config_key *key, const char *text, unsigned int n, void *base,
		       char *why_text, size_t size)
{
	struct why why = {why_text, size};
	uint8_t *to = (uint8_t *)base + key->offset;

	if (n > 0 && !config_key_list(key))
		return refuse(&why, "takes one value, not a list");
	switch (key->type) {
	case CONFIG_BOOL:
		return parse_bool(text, (bool *)to, &why);
	case CONFIG_NUMBER:
		return parse_number(key, text, to, &why);
	case CONFIG_DURATION:
		return parse_duration(key, text, to, &why);
	case CONFIG_STRING:
	case CONFIG_FILE:
		return parse_string(key, text, (char *)to, &why);
	case CONFIG_PREFIX:
		return parse_prefix(key, text, (char *)to, &why);
	case CONFIG_WORD:
		return parse_word(key, text, to, &why);
	case CONFIG_WORDS:
		return parse_words(key, text, n, to, &why);
	case CONFIG_IPV4: {
		uint32_t a;
		int r = parse_ipv4(text, &a, &why);

		if (!r)
			store(to, sizeof(a), a);
		return r;
	}
	case CONFIG_IPV4S:
		return parse_ipv4s(key, text, n, to, &why);
	case CONFIG_RANGE:
		return parse_range(text, to, &why);
	case CONFIG_ROUTES:
		return parse_routes(key, text, n, (struct config_route *)(void *)to, &why);
	case CONFIG_REF:
	case CONFIG_ADDRESSES:
		break;
	}
	BUG_ON(true);
}

char *config_duration_text(long seconds, char *buf, size_t size)
{
	for (size_t i = ARRAY_SIZE(units); i-- > 0;) {
		if (seconds && seconds % units[i].seconds == 0) {
			snprintf(buf, size, "%ld%s", seconds / units[i].seconds, units[i].name);
			return buf;
		}
	}
	snprintf(buf, size, "0");
	return buf;
}

char *config_ipv4_text(uint32_t address, char buf[16])
{
	snprintf(buf, 16, "%u.%u.%u.%u", address >> 24, address >> 16 & 0xff, address >> 8 & 0xff,
		 address & 0xff);
	return buf;
}

void config_quote(FILE *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:%@/-";
	char quote = strchr(text, '$') ? '\'' : '"'; /* "${X}" would be replaced */

	if (*text && strspn(text, plain) == strlen(text) && !strstr(text, "//") &&
	    text[strlen(text) - 1] != '/') {
		fputs(text, out);
		return;
	}
	fputc(quote, out);
	for (; *text; text++) {
		if (*text == quote || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc(quote, out);
}

static const char *word_name(const struct config_word *w, uint8_t value)
{
	for (; w->name; w++)
		if (w->value == value)
			return w->name;
	return "?";
}

static void print_list(FILE *out, const struct config_key *key, const uint8_t *from)
{
	char buf[16];
	uint16_t step = key->type == CONFIG_WORDS ? 1 : sizeof(uint32_t);
	uint16_t i = 0;

	fputc('{', out);
	for (; i < key->size && fetch(from + i, step); i += step)
		fprintf(out, "%s%s", i ? ", " : "",
			step == 1 ? word_name(key->words, from[i])
				  : config_ipv4_text(fetch(from + i, step), buf));
	fputc('}', out);
}

static void print_routes(FILE *out, const struct config_route *r, long max)
{
	char buf[16];

	fputc('{', out);
	for (long i = 0; i < max && r[i].used; i++) {
		fputs(i ? ", " : "", out);
		if (r[i].length)
			fprintf(out, "%s/%u", config_ipv4_text(r[i].address, buf), r[i].length);
		else
			fputs("default", out);
	}
	fputc('}', out);
}

void config_value_print(FILE *out, const struct config_key *key, const void *base)
{
	const uint8_t *from = (const uint8_t *)base + key->offset;
	char a[16], b[16];

	switch (key->type) {
	case CONFIG_BOOL:
		fputs(*(const bool *)from ? "yes" : "no", out);
		return;
	case CONFIG_NUMBER:
		fprintf(out, "%" PRIu32, fetch(from, key->size));
		return;
	case CONFIG_DURATION:
		fputs(config_duration_text((long)fetch(from, key->size), a, sizeof(a)), out);
		return;
	case CONFIG_STRING:
	case CONFIG_FILE:
	case CONFIG_PREFIX:
		config_quote(out, (const char *)from);
		return;
	case CONFIG_WORD:
		fputs(word_name(key->words, *from), out);
		return;
	case CONFIG_WORDS:
	case CONFIG_IPV4S:
		print_list(out, key, from);
		return;
	case CONFIG_IPV4:
		fputs(config_ipv4_text(fetch(from, 4), a), out);
		return;
	case CONFIG_ROUTES:
		print_routes(out, (const struct config_route *)(const void *)from, key->max);
		return;
	case CONFIG_RANGE:
		fprintf(out, "%s-%s", config_ipv4_text(fetch(from, 4), a),
			config_ipv4_text(fetch(from + 4, 4), b));
		return;
	case CONFIG_REF:
	case CONFIG_ADDRESSES:
		break;
	}
	BUG_ON(true);
}
