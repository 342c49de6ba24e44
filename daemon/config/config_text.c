// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Text of a configuration file: comments, quotes and braces, as libconfuse 3.3 understands them
 * ('#', '//' and C comments; "..." with escapes, '...'; a word ends at white space or at one of
 * #"'={}()+, and the asterisk).
 */
#include "daemon/config/config_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NESTING_MAX 16 /* open braces that are remembered for the message */

static int read_all(int fd, char *to, size_t size, size_t *ret_len)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, to + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_len = len;
	return 0;
}

int config_text_read(struct config_text *t, const char *path)
{
	struct stat st;
	char *buf = NULL;
	size_t len = 0;
	int r = 0;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (S_ISDIR(st.st_mode))
		r = -EISDIR;
	else if (!S_ISREG(st.st_mode))
		r = -EINVAL;
	else if (st.st_size > (off_t)CONFIG_TEXT_MAX)
		r = -EFBIG;
	if (r < 0)
		goto out;
	buf = malloc((size_t)st.st_size + 1);
	r = buf ? read_all(fd, buf, (size_t)st.st_size, &len) : -ENOMEM;
	if (r == 0)
		r = config_text_set(t, path, buf, len);
out:
	free(buf);
	close(fd);
	return r;
}

int config_text_set(struct config_text *t, const char *name, const void *data, size_t len)
{
	if (len > CONFIG_TEXT_MAX)
		return -EFBIG;
	t->broken = false;
	t->len = len;
	t->name = strdup(name);
	t->text = malloc(len + 1);
	if (!t->name || !t->text) {
		config_text_fini(t);
		return -ENOMEM;
	}
	if (len)
		memcpy(t->text, data, len);
	t->text[len] = '\0';
	return 0;
}

void config_text_fini(struct config_text *t)
{
	free(t->name);
	free(t->text);
	memset(t, 0, sizeof(*t));
}

/* --- comments and what else must be said before libconfuse reads ------------------------------ */

struct cleaner {
	struct config_text *t;
	struct config_errors *errs;
	size_t pos;
	int line;
	size_t equals; /* behind the '=' whose value has not come yet; 0: none */
	unsigned int depth;
	int open_line[NESTING_MAX];
};

/* A character that libconfuse would leave out without a word. */
static void wrong(struct cleaner *c, int line, const char *what)
{
	config_errors_add(c->errs, c->t->name, line, "%s", what);
}

/* What makes everything after it mean something else. */
static void broken(struct cleaner *c, int line, const char *what)
{
	wrong(c, line, what);
	c->t->broken = true;
}

static char peek(const struct cleaner *c, size_t ahead)
{
	return c->pos + ahead < c->t->len ? c->t->text[c->pos + ahead] : '\0';
}

/* Make it a space, unless it ends a line. */
static void blank_one(struct cleaner *c)
{
	if (c->t->text[c->pos] == '\n')
		c->line++;
	else
		c->t->text[c->pos] = ' ';
	c->pos++;
}

static void clean_line_comment(struct cleaner *c)
{
	while (c->pos < c->t->len && c->t->text[c->pos] != '\n')
		blank_one(c);
}

static void clean_block_comment(struct cleaner *c)
{
	int line = c->line;

	blank_one(c);
	blank_one(c);
	while (c->pos < c->t->len && !(peek(c, 0) == '*' && peek(c, 1) == '/'))
		blank_one(c);
	if (c->pos == c->t->len) {
		broken(c, line,
		       "this /* comment has no end (a path with an asterisk needs quotes)");
		return;
	}
	blank_one(c);
	blank_one(c);
}

static void skip_quoted(struct cleaner *c)
{
	char quote = peek(c, 0);
	int line = c->line;

	c->equals = 0;
	for (c->pos++; c->pos < c->t->len; c->pos++) {
		char ch = peek(c, 0);

		if (ch == quote) {
			c->pos++;
			return;
		}
		if (ch == '\n') {
			broken(c, line, "this text in quotes does not end in its line");
			return;
		}
		if (ch == '\0' || (quote == '"' && ch == '$' && peek(c, 1) == '{'))
			wrong(c, line,
			      ch ? "environment variables are not replaced here: "
				   "use single quotes for a ${"
				 : "a zero byte");
		if (ch == '\\' && peek(c, 1) && peek(c, 1) != '\n')
			c->pos++;
	}
	broken(c, line, "this text in quotes has no end");
}

static void clean_brace(struct cleaner *c, char ch)
{
	if (ch == '{') {
		if (c->depth < NESTING_MAX)
			c->open_line[c->depth] = c->line;
		c->depth++;
	} else if (c->depth == 0) {
		broken(c, c->line, "a } without its {");
	} else {
		c->depth--;
	}
}

/* libconfuse would take the next line's first word for the value: leave out the key instead. */
static void missing_value(struct cleaner *c)
{
	char *text = c->t->text;
	size_t pos = c->equals;

	wrong(c, c->line, "the value after the = is missing (for none at all write \"\")");
	while (pos > 0 && text[pos - 1] != '\n' && strchr("=+ \t", text[pos - 1]))
		text[--pos] = ' ';
	while (pos > 0 && !strchr(" \t\n{}()=,\"'", text[pos - 1]))
		text[--pos] = ' ';
	c->equals = 0;
}

static void clean_plain(struct cleaner *c, char ch)
{
	if (c->equals && (ch == '\n' || ch == '}'))
		missing_value(c);
	else if (ch != ' ' && ch != '\t' && ch != '\r')
		c->equals = ch == '=' ? c->pos + 1 : 0;
	if (ch == '{' || ch == '}')
		clean_brace(c, ch);
	else if (ch == '\n')
		c->line++;
	else if (ch == '\r')
		c->t->text[c->pos] = ' ';
	else if ((ch == '+' && peek(c, 1) != '=') || ch == '*' || ch == '|' || ch == '$')
		wrong(c, c->line, "one of + * | $ outside of quotes");
	else if (((unsigned char)ch < 0x20 && ch != '\t') || ch == 0x7f)
		wrong(c, c->line, "a control character");
	c->pos++;
}

void config_text_clean(struct config_text *t, struct config_errors *errs)
{
	struct cleaner c = {.t = t, .errs = errs, .line = 1};

	while (c.pos < t->len) {
		char ch = peek(&c, 0);

		if (ch == '#' || (ch == '/' && peek(&c, 1) == '/'))
			clean_line_comment(&c);
		else if (ch == '/' && peek(&c, 1) == '*')
			clean_block_comment(&c);
		else if (ch == '"' || ch == '\'')
			skip_quoted(&c);
		else
			clean_plain(&c, ch);
	}
	if (c.equals)
		missing_value(&c);
	if (c.depth > NESTING_MAX)
		c.depth = NESTING_MAX;
	if (c.depth > 0)
		broken(&c, c.open_line[c.depth - 1], "this { has no }");
}

/* --- blanking statements, in text that was cleaned -------------------------------------------- */

static bool is_space(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\n';
}

static bool ends_word(char ch)
{
	return ch == '\0' || is_space(ch) || strchr("\"'={}()+,*", ch);
}

static size_t skip_space(const struct config_text *t, size_t pos)
{
	while (pos < t->len && is_space(t->text[pos]))
		pos++;
	return pos;
}

/* Past one word or quoted text. */
static size_t skip_value(const struct config_text *t, size_t pos)
{
	char quote = t->text[pos];

	if (quote != '"' && quote != '\'') {
		while (pos < t->len && !ends_word(t->text[pos]))
			pos++;
		return pos;
	}
	for (pos++; pos < t->len && t->text[pos] != quote; pos++)
		if (t->text[pos] == '\\' && pos + 1 < t->len)
			pos++;
	return pos < t->len ? pos + 1 : pos;
}

/* Past the brace or parenthesis that closes the one at pos. */
static size_t skip_nested(const struct config_text *t, size_t pos)
{
	unsigned int depth = 0;

	while (pos < t->len) {
		char ch = t->text[pos];

		if (ch == '"' || ch == '\'') {
			pos = skip_value(t, pos);
			continue;
		}
		pos++;
		if (ch == '{' || ch == '(')
			depth++;
		else if ((ch == '}' || ch == ')') && --depth == 0)
			break;
	}
	return pos;
}

/* Where the statement whose word ends at pos ends; pos itself if it is not a statement. */
static size_t statement_end(const struct config_text *t, size_t pos, bool *ret_assignment)
{
	size_t p = skip_space(t, pos);
	char ch = t->text[p];

	*ret_assignment = ch == '=' || (ch == '+' && t->text[p + 1] == '=');
	if (*ret_assignment) {
		p = skip_space(t, p + (ch == '+' ? 2 : 1));
		return t->text[p] == '{' ? skip_nested(t, p) : skip_value(t, p);
	}
	if (ch == '(' || ch == '{')
		return skip_nested(t, p);
	if (p < t->len && (ch == '"' || ch == '\'' || !ends_word(ch))) { /* a block with a name */
		p = skip_space(t, skip_value(t, p));
		if (t->text[p] == '{')
			return skip_nested(t, p);
	}
	return pos;
}

static size_t line_start(const struct config_text *t, int line)
{
	size_t pos = 0;

	for (int i = 1; i < line && pos < t->len; pos++)
		if (t->text[pos] == '\n')
			i++;
	return pos;
}

/* The next place from pos on, in the same line, where word stands as a word; t->len if none. */
static size_t find_word(const struct config_text *t, size_t pos, const char *word)
{
	size_t len = strlen(word);

	while (len && pos < t->len && t->text[pos] != '\n') {
		size_t end = skip_value(t, pos);
		size_t start = pos;

		if (end == pos) {
			pos++;
			continue;
		}
		if (t->text[start] == '"' || t->text[start] == '\'') {
			start++;
			if (end - start == len + 1 && !memcmp(t->text + start, word, len))
				return start - 1;
		} else if (end - start == len && !memcmp(t->text + start, word, len)) {
			return start;
		}
		pos = end;
	}
	return t->len;
}

static void blank_range(struct config_text *t, size_t from, size_t to)
{
	for (; from < to; from++)
		if (t->text[from] != '\n')
			t->text[from] = ' ';
}

bool config_text_blank(struct config_text *t, int line, const char *word)
{
	size_t pos = line_start(t, line);
	size_t block = 0, block_end = 0;

	for (pos = find_word(t, pos, word); pos < t->len;) {
		size_t next = skip_value(t, pos);
		bool assignment;
		size_t end = statement_end(t, next, &assignment);

		if (assignment) { /* most likely meant: a block's name can be the same word */
			blank_range(t, pos, end);
			return true;
		}
		if (end > next && !block_end) {
			block = pos;
			block_end = end;
		}
		pos = find_word(t, next, word);
	}
	blank_range(t, block, block_end);
	return block_end > 0;
}

bool config_text_blank_line(struct config_text *t, int line, const char *word)
{
	for (; line > 0; line--) {
		size_t pos = find_word(t, line_start(t, line), word);
		size_t end = pos;

		if (pos >= t->len)
			continue;
		while (end < t->len && t->text[end] != '\n' && t->text[end] != '}')
			end++;
		blank_range(t, pos, end);
		return true;
	}
	return false;
}
