// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parsing and keeping the users file.
 *
 * The file was opened and its mode checked by the kernel role; here it is only bytes.  All its
 * errors are found in one go; with one error none of it is used, so that a slip of the editor
 * locks nobody out.
 */
#include "daemon/aaa/users.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "compiler.h"
#include "daemon/base/secret.h"
#include "daemon/ppp/mschapv2.h"

#define FIRST_SIZE 256 /* buckets */

struct users {
	struct hash names, addresses;
	struct user *first, **end;
};

/* One word of a line, with its quotes and backslashes undone. */
struct word {
	uint8_t bytes[AUTH_USER_MAX + 1]; /* terminated where it holds no zero byte */
	size_t len;
	bool quoted;
};

struct line {
	const char *path;
	uint32_t number;
	const char *pos, *end;
	struct config_errors *errs;
};

static bool wrong(const struct line *l, const char *what)
{
	config_errors_add(l->errs, l->path, (int)l->number, "%s", what);
	return false;
}

/* --- the table -------------------------------------------------------------------------------- */

/* A seed that the file's author does not know, without a system call. */
static uint64_t random_seed(void)
{
	const void *random = (const void *)getauxval(AT_RANDOM); // NOLINT: a pointer by definition
	uint64_t seed = 0;

	if (random)
		memcpy(&seed, random, sizeof(seed));
	return seed;
}

static bool table_init(struct hash *h)
{
	struct hash_node **buckets = calloc(FIRST_SIZE, sizeof(struct hash_node *));

	if (!buckets)
		return false;
	hash_init(h, buckets, FIRST_SIZE, random_seed());
	return true;
}

static void table_add(struct hash *h, struct hash_node *node, uint64_t key)
{
	if (h->count >= h->size) {
		struct hash_node **more = calloc(h->size * 4, sizeof(struct hash_node *));
		struct hash_node **old = h->bucket;

		if (more) { /* else it only gets slower */
			hash_grow(h, more, h->size * 4);
			free(old);
		}
	}
	hash_add(h, node, key);
}

static struct users *users_new(void)
{
	struct users *u = calloc(1, sizeof(*u));

	if (!u || !table_init(&u->names) || !table_init(&u->addresses)) {
		users_free(u);
		return NULL;
	}
	u->end = &u->first;
	return u;
}

static void user_free(struct user *user)
{
	if (!user)
		return;
	secret_wipe(user, sizeof(*user) + user->name_len + user->secret_len);
	free(user);
}

void users_free(struct users *u)
{
	if (!u)
		return;
	while (u->first) {
		struct user *next = u->first->next;

		user_free(u->first);
		u->first = next;
	}
	free(u->names.bucket);
	free(u->addresses.bucket);
	free(u);
}

const struct user *users_find(const struct users *u, const uint8_t *name, size_t len)
{
	struct hash_node *n = hash_find(&u->names, hash_bytes(&u->names, name, len));

	for (; n; n = hash_next(n)) {
		const struct user *user = container_of(n, struct user, by_name);

		if (user->name_len == len && !memcmp(user->bytes, name, len))
			return user;
	}
	return NULL;
}

size_t users_count(const struct users *u)
{
	return u->names.count;
}

const struct user *users_next(const struct users *u, const struct user *user)
{
	return user ? user->next : u->first;
}

/* --- words ------------------------------------------------------------------------------------ */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool put(const struct line *l, struct word *w, char c)
{
	if (w->len == AUTH_USER_MAX)
		return wrong(l, "a word of more than 255 bytes");
	w->bytes[w->len++] = (uint8_t)c;
	w->bytes[w->len] = 0;
	return true;
}

static bool next_quoted(struct line *l, struct word *w)
{
	for (l->pos++; l->pos < l->end && *l->pos != '"'; l->pos++) {
		if (*l->pos == '\\') {
			l->pos++;
			if (l->pos == l->end || (*l->pos != '"' && *l->pos != '\\'))
				return wrong(l, "in quotes a backslash is written twice");
		}
		if (!put(l, w, *l->pos))
			return false;
	}
	if (l->pos == l->end)
		return wrong(l, "the quotes are not closed");
	l->pos++;
	if (l->pos < l->end && !is_blank(*l->pos))
		return wrong(l, "a space is missing after the quotes");
	w->quoted = true;
	return true;
}

/* False at the end of the line and after an error, which is told apart by *ret_error. */
static bool next_word(struct line *l, struct word *w, bool *ret_error)
{
	w->len = 0;
	w->bytes[0] = 0;
	w->quoted = false;
	*ret_error = false;
	while (l->pos < l->end && is_blank(*l->pos))
		l->pos++;
	if (l->pos == l->end || *l->pos == '#')
		return false;
	*ret_error = true;
	if (*l->pos == '"') {
		if (!next_quoted(l, w))
			return false;
	} else {
		for (; l->pos < l->end && !is_blank(*l->pos); l->pos++) {
			if (*l->pos == '"')
				return wrong(l, "a quote inside of a word: quote all of it");
			if (!put(l, w, *l->pos))
				return false;
		}
	}
	*ret_error = false;
	return true;
}

/* --- one user --------------------------------------------------------------------------------- */

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool parse_nt_hash(const struct line *l, const struct word *w, uint8_t hash[16])
{
	if (w->len != 3 + 32)
		return wrong(l, "nt: is followed by 32 hexadecimal digits");
	for (size_t i = 0; i < 16; i++) {
		int hi = hex_digit(w->bytes[3 + 2 * i]);
		int lo = hex_digit(w->bytes[4 + 2 * i]);

		if (hi < 0 || lo < 0)
			return wrong(l, "nt: is followed by 32 hexadecimal digits");
		hash[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

static bool parse_secret(const struct line *l, const struct word *w, struct user *user)
{
	if (!w->quoted && !strncmp((const char *)w->bytes, "nt:", 3))
		return parse_nt_hash(l, w, user->nt_hash);
	if (w->len == 0)
		return wrong(l, "the secret is empty");
	if (mschapv2_nt_hash(w->bytes, w->len, user->nt_hash) < 0)
		return wrong(l, "the secret is not UTF-8");
	memcpy(user->bytes + user->name_len, w->bytes, w->len);
	user->secret_len = (uint8_t)w->len;
	user->plain = true;
	return true;
}

static const char *next_option(void *ctx)
{
	static const char *const names[] = {"group", "address", NULL};
	size_t *i = ctx;

	return names[(*i)++];
}

static bool unknown_option(const struct line *l, const char *name)
{
	size_t i = 0;
	const char *meant = config_suggest(name, next_option, &i);

	/* The name is repeated only where it is nearly one of ours: it may be part of a secret. */
	if (!meant)
		return wrong(l, "unknown option; there are group=NAME and address=IPV4 (a secret "
				"with a space needs quotes)");
	config_errors_add(l->errs, l->path, (int)l->number,
			  "unknown option '%s' (did you mean '%s'?)", name, meant);
	return false;
}

static bool parse_address(const struct line *l, const char *value, struct user *user)
{
	struct in_addr in;

	if (user->address)
		return wrong(l, "address= is there twice");
	if (inet_pton(AF_INET, value, &in) != 1)
		return wrong(l, "address= takes an IPv4 address");
	user->address = ntohl(in.s_addr);
	/* RFC 1122 3.2.1.3: not an address of a host */
	if (user->address >> 24 == 0 || user->address >> 24 == 127 || user->address >> 24 >= 224)
		return wrong(l, "address= is not the address of a host");
	return true;
}

static bool parse_option(const struct line *l, struct word *w, struct user *user)
{
	char *name = (char *)w->bytes;
	char *value = strchr(name, '=');

	if (!value)
		return wrong(l, "after the secret come options, NAME=VALUE (a secret with a space "
				"needs quotes)");
	*value++ = '\0';
	if (!strcmp(name, "address"))
		return parse_address(l, value, user);
	if (strcmp(name, "group") != 0)
		return unknown_option(l, name);
	if (user->group[0])
		return wrong(l, "group= is there twice");
	if (!*value || strlen(value) >= sizeof(user->group))
		return wrong(l, "group= takes a name of 1 to 31 letters");
	memcpy(user->group, value, strlen(value) + 1);
	return true;
}

static bool parse_rest(struct line *l, struct word *w, struct user *user)
{
	bool error;

	if (!next_word(l, w, &error)) {
		return error ? false
			     : wrong(l,
				     "the secret is missing (one that begins with # needs quotes)");
	}
	if (!parse_secret(l, w, user))
		return false;
	while (next_word(l, w, &error))
		if (!parse_option(l, w, user))
			return false;
	return !error;
}

static void add_user(struct users *u, const struct line *l, struct user *user)
{
	const struct user *old = users_find(u, user->bytes, user->name_len);
	struct hash_node *n = user->address ? hash_find(&u->addresses, user->address) : NULL;

	if (old)
		config_errors_add(l->errs, l->path, (int)l->number,
				  "this user is there already, in line %u", old->line);
	if (n)
		config_errors_add(l->errs, l->path, (int)l->number,
				  "this address is the user's of line %u",
				  container_of(n, struct user, by_address)->line);
	if (u->names.count == USERS_MAX)
		wrong(l, "more users than can be");
	if (old || n || u->names.count == USERS_MAX) {
		user_free(user);
		return;
	}
	table_add(&u->names, &user->by_name, hash_bytes(&u->names, user->bytes, user->name_len));
	if (user->address)
		table_add(&u->addresses, &user->by_address, user->address);
	*u->end = user;
	u->end = &user->next;
}

static void parse_line(struct users *u, struct line *l)
{
	struct user *user = NULL;
	struct word w;
	bool error;

	for (const char *p = l->pos; p < l->end; p++) {
		if (((unsigned char)*p < 0x20 && !is_blank(*p)) || *p == 0x7f) {
			wrong(l, "a control character");
			return;
		}
	}
	if (!next_word(l, &w, &error))
		goto out;
	if (w.len == 0) {
		wrong(l, "the name is empty");
		goto out;
	}
	user = calloc(1, sizeof(*user) + w.len + AUTH_DATA_MAX);
	if (!user) {
		wrong(l, "out of memory");
		goto out;
	}
	user->line = l->number;
	user->name_len = (uint8_t)w.len;
	memcpy(user->bytes, w.bytes, w.len);
	if (parse_rest(l, &w, user)) {
		add_user(u, l, user);
		user = NULL;
	}
out:
	user_free(user);
	secret_wipe(&w, sizeof(w));
}

/* --- the file --------------------------------------------------------------------------------- */

int users_parse(const char *path, const char *data, size_t len, struct users **ret,
		struct config_errors *errs)
{
	struct line l = {.path = path, .errs = errs};
	const char *pos = data, *end = data + len;
	size_t before = errs->count + errs->dropped;
	struct users *u = users_new();

	if (!u) {
		config_errors_add(errs, path, 0, "out of memory");
		return -ENOMEM;
	}
	while (pos < end) {
		const char *eol = memchr(pos, '\n', (size_t)(end - pos));

		l.number++;
		l.pos = pos;
		l.end = eol ? eol : end;
		parse_line(u, &l);
		pos = eol ? eol + 1 : end;
	}
	if (errs->count + errs->dropped != before) {
		users_free(u);
		return -EINVAL;
	}
	*ret = u;
	return 0;
}

/* Grow by hand: realloc() would leave secrets behind. */
static char *grow(char *old, size_t len, size_t size)
{
	char *new = malloc(size);

	if (old) {
		if (new)
			memcpy(new, old, len);
		secret_wipe(old, len);
	}
	free(old);
	return new;
}

static int read_file(int fd, char **ret, size_t *ret_len)
{
	size_t size = 0, len = 0;
	char *buf = NULL;
	ssize_t n;

	for (;;) {
		if (len == size) {
			if (size > USERS_FILE_MAX) {
				n = -EFBIG;
				break;
			}
			size = size ? size * 2 : 65536;
			buf = grow(buf, len, size);
			if (!buf)
				return -ENOMEM;
		}
		n = pread(fd, buf + len, size - len, (off_t)len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			n = -errno;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	if (n < 0) {
		secret_wipe(buf, len);
		free(buf);
		return (int)n;
	}
	*ret = buf;
	*ret_len = len;
	return 0;
}

int users_load(int fd, const char *path, struct users **ret, struct config_errors *errs)
{
	char *buf = NULL;
	size_t len = 0;
	int r;

	r = read_file(fd, &buf, &len);
	if (r < 0) {
		config_errors_add(errs, path, 0, "cannot be read: %s",
				  r == -EFBIG ? "it is too big" : "read error");
		return r;
	}
	r = users_parse(path, buf, len, ret, errs);
	secret_wipe(buf, len);
	free(buf);
	return r;
}

void users_check(const struct users *u, const char *path, const struct aaa_group *groups, size_t n,
		 struct config_errors *errs)
{
	const struct user *user = NULL;

	while ((user = users_next(u, user)) != NULL) {
		bool found = !user->group[0];

		for (size_t i = 0; i < n && !found; i++)
			found = !strcmp(groups[i].name, user->group);
		if (!found)
			config_errors_add(errs, path, (int)user->line,
					  "there is no group '%s' in the configuration",
					  user->group);
		for (size_t i = 0; i < n && user->address; i++)
			if (groups[i].local_address == user->address)
				config_errors_add(errs, path, (int)user->line,
						  "the address is the local-address of group '%s'",
						  groups[i].name);
	}
}
