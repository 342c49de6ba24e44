// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/reload_report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config/config_errors.h"
#include "daemon/config/config_keys.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

void reload_report_fini(struct reload_report_text *t)
{
	free(t->changes);
	free(t->errors);
	memset(t, 0, sizeof(*t));
}

/* --- writing ---------------------------------------------------------------------------------- */

void reload_report_change(void *ctx, const struct reload_change *change)
{
	struct reload_report_text *t = ctx;
	struct reload_change *more;

	if (t->head.n_changes == RELOAD_CHANGES_MAX)
		return;
	more = realloc(t->changes, (t->head.n_changes + 1) * sizeof(*more));
	if (!more)
		return;
	t->changes = more;
	more[t->head.n_changes++] = *change;
	t->head.n_start += change->apply == CONFIG_APPLY_START;
}

void reload_report_error(struct reload_report_text *t, const char *fmt, ...)
{
	struct reload_error *more;
	va_list ap;

	if (t->head.n_errors == RELOAD_ERRORS_MAX)
		return;
	more = realloc(t->errors, (t->head.n_errors + 1) * sizeof(*more));
	if (!more)
		return;
	t->errors = more;
	va_start(ap, fmt);
	vsnprintf(more[t->head.n_errors++].text, sizeof(more->text), fmt, ap);
	va_end(ap);
}

void reload_report_errors(struct reload_report_text *t, const struct config_errors *errs)
{
	char text[RELOAD_ERROR_MAX];

	for (size_t i = 0; i < errs->count; i++)
		reload_report_error(t, "%s", config_error_text(&errs->list[i], text, sizeof(text)));
	if (errs->dropped)
		reload_report_error(t, "and %zu more", errs->dropped);
}

static int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int reload_report_memfd(const struct reload_report_text *t)
{
	struct reload_report head = t->head;
	int fd = memfd_create("culvert-reload", MFD_CLOEXEC | MFD_ALLOW_SEALING), err;

	if (fd < 0)
		return -errno;
	head.version = RELOAD_VERSION;
	err = write_all(fd, &head, sizeof(head));
	if (!err)
		err = write_all(fd, t->changes, head.n_changes * sizeof(*t->changes));
	if (!err)
		err = write_all(fd, t->errors, head.n_errors * sizeof(*t->errors));
	if (!err && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool is_right(const struct reload_report_text *t)
{
	for (size_t i = 0; i < t->head.n_changes; i++) {
		const struct reload_change *c = &t->changes[i];

		if (c->kind < RELOAD_CHANGED || c->kind > RELOAD_REMOVED || !c->apply ||
		    c->apply > CONFIG_APPLY_START || !ends(c->key, sizeof(c->key)) ||
		    !ends(c->old, sizeof(c->old)) || !ends(c->now, sizeof(c->now)) ||
		    !ends(c->why, sizeof(c->why)))
			return false;
	}
	for (size_t i = 0; i < t->head.n_errors; i++)
		if (!ends(t->errors[i].text, sizeof(t->errors[i].text)))
			return false;
	return true;
}

/* Copies, so that nothing depends on the mapping. */
static int copy(const char *from, size_t size, struct reload_report_text *ret)
{
	size_t changes, errors;

	memcpy(&ret->head, from, sizeof(ret->head));
	if (ret->head.version != RELOAD_VERSION || ret->head.n_changes > RELOAD_CHANGES_MAX ||
	    ret->head.n_errors > RELOAD_ERRORS_MAX)
		return -EPROTO;
	changes = ret->head.n_changes * sizeof(*ret->changes);
	errors = ret->head.n_errors * sizeof(*ret->errors);
	if (size != sizeof(ret->head) + changes + errors)
		return -EMSGSIZE;
	ret->changes = malloc(changes + 1);
	ret->errors = malloc(errors + 1);
	if (!ret->changes || !ret->errors)
		return -ENOMEM;
	memcpy(ret->changes, from + sizeof(ret->head), changes);
	memcpy(ret->errors, from + sizeof(ret->head) + changes, errors);
	return is_right(ret) ? 0 : -EPROTO;
}

int reload_report_read(int fd, struct reload_report_text *ret)
{
	struct stat st;
	char *map;
	int err;

	memset(ret, 0, sizeof(*ret));
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size < (off_t)sizeof(ret->head))
		return -EMSGSIZE;
	if (fcntl(fd, F_GET_SEALS) != SEALS)
		return -EPERM;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	err = copy(map, (size_t)st.st_size, ret);
	munmap(map, (size_t)st.st_size);
	if (err)
		reload_report_fini(ret);
	return err;
}
