// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines to stderr or to the journal; how often a peer may cause one.
 *
 * The journal is spoken to directly, in its documented native protocol (datagrams of KEY=value
 * lines), because libsystemd looks its socket up by path with every line and a role's root is
 * empty.  Where the journal does not take a line, stderr does; a line that nobody takes is lost,
 * for the log may not stop the daemon.
 */
#include "daemon/log.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

NAMES_FUNCTION(log_level, LOG_LEVEL_LIST)
NAMES_FUNCTION(log_class, LOG_CLASS_LIST)
NAMES_FUNCTION(log_cause, LOG_CAUSE_LIST)

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define IDENTIFIER     "culvertd"

static int syslog_priority(enum log_level level)
{
	switch (level) { /* RFC 5424 6.2.1 */
	case LOG_LEVEL_ERROR:
		return 3;
	case LOG_LEVEL_WARNING:
		return 4;
	case LOG_LEVEL_NOTICE:
		return 5;
	case LOG_LEVEL_INFO:
		return 6;
	case LOG_LEVEL_DEBUG:
		return 7;
	}
	return 3;
}

/* systemd.exec(5): JOURNAL_STREAM has device and inode of the stream that it connected. */
static bool is_journal(int fd)
{
	const char *text = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;
	char *end;

	if (!text || fstat(fd, &st) < 0)
		return false;
	device = strtoull(text, &end, 10);
	if (*end != ':')
		return false;
	inode = strtoull(end + 1, &end, 10);
	return !*end && st.st_dev == device && st.st_ino == inode;
}

static int connect_journal(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void log_open(struct log *log, const char *role)
{
	memset(log, 0, sizeof(*log));
	log->role = role;
	log->level = LOG_LEVEL_INFO;
	log->fd = STDERR_FILENO;
	log->priority = is_journal(log->fd);
	log->journal = log->priority ? connect_journal() : -1;
}

void log_close(struct log *log)
{
	if (log->journal >= 0)
		close(log->journal);
	log->journal = -1;
}

void log_set_level(struct log *log, enum log_level level)
{
	log->level = level;
}

bool log_wants(const struct log *log, enum log_level level)
{
	return level <= log->level;
}

/* --- writing ------------------------------------------------------------------------------- */

static void write_stderr(const struct log *log, enum log_level level, const char *text)
{
	char prefix[64];
	struct iovec iov[3];

	if (log->priority)
		snprintf(prefix, sizeof(prefix), "<%d>", syslog_priority(level));
	else
		snprintf(prefix, sizeof(prefix), IDENTIFIER " %s %s: ", log->role,
			 log_level_name(level));
	iov[0] = (struct iovec){prefix, strlen(prefix)};
	iov[1] = (struct iovec){(char *)(uintptr_t)text, strlen(text)};
	iov[2] = (struct iovec){(char[]){'\n'}, 1};
	if (writev(log->fd, iov, 3) < 0)
		return; /* nobody is left to be told */
}

/* A datagram of the journal under construction; what does not fit is left out whole. */
struct datagram {
	size_t len;
	char bytes[2 * LOG_LINE_MAX + 2048];
};

static bool needs_length(const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)value[i] < ' ')
			return true;
	return false;
}

static void put(struct datagram *d, const void *bytes, size_t len)
{
	memcpy(d->bytes + d->len, bytes, len);
	d->len += len;
}

/* systemd.io/JOURNAL_NATIVE_PROTOCOL: "KEY=value\n", or "KEY\n", 64-bit length, value, "\n". */
static void put_field(struct datagram *d, const char *prefix, const char *key, const char *value,
		      size_t len)
{
	size_t start = d->len + strlen(prefix);
	uint8_t size[8];

	if (sizeof(d->bytes) - d->len < strlen(prefix) + strlen(key) + len + 10)
		return;
	put(d, prefix, strlen(prefix));
	put(d, key, strlen(key));
	for (size_t i = start; i < d->len; i++)
		d->bytes[i] = d->bytes[i] == '-' ? '_' : (char)toupper((uint8_t)d->bytes[i]);
	if (needs_length(value, len)) {
		for (int i = 0; i < 8; i++)
			size[i] = (uint8_t)((uint64_t)len >> (8 * i)); /* little-endian */
		put(d, "\n", 1);
		put(d, size, sizeof(size));
	} else {
		put(d, "=", 1);
	}
	put(d, value, len);
	put(d, "\n", 1);
}

static bool write_journal(const struct log_line *line)
{
	const struct log *log = line->log;
	const char *class = log_class_name(line->class);
	struct datagram d = {0};
	char number[4];

	snprintf(number, sizeof(number), "%d", syslog_priority(line->level));
	put_field(&d, "", "MESSAGE", line->text.buf, line->text.len);
	put_field(&d, "", "PRIORITY", number, strlen(number));
	put_field(&d, "", "SYSLOG_IDENTIFIER", IDENTIFIER, strlen(IDENTIFIER));
	put_field(&d, "CULVERT_", "role", log->role, strlen(log->role));
	put_field(&d, "CULVERT_", "class", class, strlen(class));
	for (size_t i = 0; i < line->n_fields; i++)
		put_field(&d, "CULVERT_", line->field[i].key, line->values + line->field[i].off,
			  line->field[i].len);
	return send(log->journal, d.bytes, d.len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

/* The program's own words have no line breaks; if some library's had, they stop here. */
static void one_line(struct text *t)
{
	for (size_t i = 0; i < t->len; i++)
		if ((unsigned char)t->buf[i] < ' ' || t->buf[i] == 0x7f)
			t->buf[i] = ' ';
}

void log_end(struct log_line *line)
{
	if (line->off)
		return;
	one_line(&line->text);
	if (line->log->journal < 0 || !write_journal(line))
		write_stderr(line->log, line->level, line->text.buf);
}

/* --- building ------------------------------------------------------------------------------ */

static void keep(struct log_line *line, const char *key, const void *value, size_t len)
{
	if (line->log->journal < 0 || line->n_fields == LOG_FIELDS_MAX ||
	    len > sizeof(line->values) - line->used)
		return;
	memcpy(line->values + line->used, value, len);
	line->field[line->n_fields].key = key;
	line->field[line->n_fields].off = (uint16_t)line->used;
	line->field[line->n_fields].len = (uint16_t)len;
	line->n_fields++;
	line->used += len;
}

static void begin(struct log_line *line, struct log *log, enum log_level level,
		  enum log_class class)
{
	line->log = log;
	line->level = level;
	line->class = class;
	line->off = !log_wants(log, level);
	line->n_fields = 0;
	line->used = 0;
	text_init(&line->text, line->buf, sizeof(line->buf));
}

void log_begin(struct log_line *line, struct log *log, enum log_level level, enum log_class class,
	       const char *event)
{
	begin(line, log, level, class);
	if (event)
		log_pair(line, "event", "%s", event);
}

void log_pair(struct log_line *line, const char *key, const char *fmt, ...)
{
	char value[512];
	va_list ap;
	int n;

	if (line->off)
		return;
	va_start(ap, fmt);
	n = vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(value))
		n = sizeof(value) - 1;
	log_bytes(line, key, value, (size_t)n);
}

void log_bytes(struct log_line *line, const char *key, const void *bytes, size_t len)
{
	if (line->off)
		return;
	text_peer(&line->text, key, bytes, len);
	keep(line, key, bytes, len);
}

void log_say(struct log *log, enum log_level level, enum log_class class, const char *fmt, ...)
{
	struct log_line line;
	va_list ap;
	int n;

	begin(&line, log, level, class);
	if (line.off)
		return;
	va_start(ap, fmt);
	n = vsnprintf(line.buf, sizeof(line.buf), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	line.text.len = strlen(line.buf);
	log_end(&line);
}

/* --- rate limit ---------------------------------------------------------------------------- */

#define TOKEN 1000 /* one line */

static const struct {
	uint32_t burst, per_second; /* lines */
} limits[LOG_CAUSES] = {
	[LOG_CAUSE_MALFORMED] = {10, 1},
	[LOG_CAUSE_UNEXPECTED] = {10, 1},
	[LOG_CAUSE_REFUSED] = {10, 1},
	/* tools that lock addresses out read these */
	[LOG_CAUSE_AUTH] = {50, 5},
	/* many clients at once are an ordinary morning */
	[LOG_CAUSE_SETUP] = {200, 50},
	[LOG_CAUSE_NOTE] = {10, 1},
};

static void refill(struct log_bucket *b, enum log_cause cause, usec_t now)
{
	uint32_t full = limits[cause].burst * TOKEN;
	usec_t earned;

	if (!b->started) {
		b->started = true;
		b->tokens = full;
		b->last = now;
	}
	earned = (now - b->last) / USEC_PER_MSEC * limits[cause].per_second; /* TOKEN: 1000 ms */
	if (!earned)
		return;
	b->tokens = earned > full - b->tokens ? full : b->tokens + (uint32_t)earned;
	b->last = now;
}

static void say_suppressed(struct log *log, enum log_cause cause)
{
	struct log_bucket *b = &log->bucket[cause];
	struct log_line line;

	log_begin(&line, log, LOG_LEVEL_NOTICE, LOG_CLASS_PEER, "suppressed");
	log_pair(&line, "cause", "%s", log_cause_name(cause));
	log_pair(&line, "lines", "%u", b->suppressed);
	log_end(&line);
	b->suppressed = 0;
}

bool log_allowed(struct log *log, enum log_cause cause, usec_t now)
{
	struct log_bucket *b = &log->bucket[cause];

	refill(b, cause, now);
	if (b->tokens < TOKEN) {
		b->suppressed++;
		return false;
	}
	b->tokens -= TOKEN;
	if (b->suppressed)
		say_suppressed(log, cause);
	return true;
}

void log_begin_peer(struct log_line *line, struct log *log, enum log_level level,
		    enum log_class class, const char *event, enum log_cause cause, usec_t now)
{
	log_begin(line, log, level, class, event);
	if (!line->off && !log_allowed(log, cause, now))
		line->off = true;
}

usec_t log_expire(struct log *log, usec_t now)
{
	usec_t next = USEC_NEVER;

	for (int i = 0; i < LOG_CAUSES; i++) {
		struct log_bucket *b = &log->bucket[i];

		if (!b->suppressed)
			continue;
		refill(b, (enum log_cause)i, now);
		if (b->tokens >= TOKEN)
			say_suppressed(log, (enum log_cause)i);
		else
			next = usec_min(next, b->last +
						      (TOKEN - b->tokens) * USEC_PER_MSEC /
							      limits[i].per_second +
						      1);
	}
	return next;
}
