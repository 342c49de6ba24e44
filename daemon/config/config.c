// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loading a configuration: read, fill, check, fetch the secrets.
 *
 * Runs in the kernel role, as root, and in `culvertd --check`.  Nothing here looks at the network.
 */
#include "daemon/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/secret.h"
#include "daemon/config/config_check.h"
#include "daemon/config/config_doc.h"
#include "daemon/config/config_fill.h"

void config_wipe(struct config *c)
{
	secret_wipe(c, sizeof(*c));
}

/* --- files with secrets ----------------------------------------------------------------------- */

static int check_secret_mode(int fd, const char *path, const char **ret_what, char *fix,
			     size_t size)
{
	struct stat st;

	*ret_what = NULL;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode)) {
		*ret_what = "is not a file";
		return -EINVAL;
	}
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		*ret_what = "does not belong to root";
		snprintf(fix, size, "chown root %s", path);
		return -EPERM;
	}
	/* 0600 or 0640, or less */
	if (st.st_mode & 0137) {
		*ret_what = st.st_mode & 07 ? "can be used by everybody"
					    : "can be written or executed by others";
		snprintf(fix, size, "chmod 0600 %s", path);
		return -EPERM;
	}
	return 0;
}

int config_open_secret(const char *path, const char *key, const char *file, int line,
		       struct config_errors *errs)
{
	char fix[CONFIG_PATH_MAX + 16] = "";
	const char *what;
	int fd, r;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		r = -errno;
		config_errors_add(errs, file, line, "%s: %s: %s", key, path, strerror(-r));
		return r;
	}
	r = check_secret_mode(fd, path, &what, fix, sizeof(fix));
	if (r == 0)
		return fd;
	config_errors_add(errs, file, line, "%s: %s %s%s%s", key, path, what ? what : strerror(-r),
			  *fix ? "; run: " : "", fix);
	close(fd);
	return r;
}

int config_open_users(const struct config *c, struct config_errors *errs)
{
	int fd = open(c->users_file, O_PATH | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT) {
		config_errors_add(errs, c->users_file, 0,
				  "there is no users file; run: install -m 0600 /dev/null %s",
				  c->users_file);
		return -ENOENT;
	}
	if (fd >= 0)
		close(fd);
	return config_open_secret(c->users_file, "users-file", c->users_file, 0, errs);
}

struct secret_of {
	const char *file;
	uint8_t *to; /* CONFIG_SECRET_MAX bytes */
	uint16_t *len;
};

/* One line without its end. */
static void load_secret(const struct secret_of *s, const struct config_block *b,
			struct config_errors *errs)
{
	uint8_t buf[CONFIG_SECRET_MAX + 3];
	ssize_t n;
	int fd;

	fd = config_open_secret(s->file, "secret-file", b->file, b->line, errs);
	if (fd < 0)
		return;
	n = read(fd, buf, sizeof(buf));
	close(fd);
	if (n > 0 && buf[n - 1] == '\n')
		n--;
	if (n > 0 && buf[n - 1] == '\r')
		n--;
	if (n < 0)
		config_errors_add(errs, b->file, b->line, "secret-file: %s cannot be read",
				  s->file);
	else if (n == 0)
		config_errors_add(errs, b->file, b->line, "secret-file: %s is empty", s->file);
	else if (n > CONFIG_SECRET_MAX)
		config_errors_add(errs, b->file, b->line,
				  "secret-file: %s holds more than %d characters", s->file,
				  CONFIG_SECRET_MAX);
	else if (memchr(buf, '\n', (size_t)n))
		config_errors_add(errs, b->file, b->line, "secret-file: %s has several lines",
				  s->file);
	else
		memcpy(s->to, buf, *s->len = (uint16_t)n);
	secret_wipe(buf, sizeof(buf));
}

static void load_secrets(struct config *c, const struct config_places *places,
			 struct config_errors *errs)
{
	for (size_t i = 0; i < c->n_servers; i++) {
		struct config_server *s = &c->servers[i];
		struct secret_of of = {s->secret_file, s->secret, &s->secret_len};

		if (s->secret_file[0])
			load_secret(&of, places->servers[i], errs);
	}
	for (size_t i = 0; i < c->n_clients; i++) {
		struct config_client *cl = &c->clients[i];
		struct secret_of of = {cl->secret_file, cl->secret, &cl->secret_len};

		struct secret_of tunnel = {cl->tunnel_secret_file, cl->tunnel_secret,
					   &cl->tunnel_secret_len};

		if (cl->secret_file[0])
			load_secret(&of, places->clients[i], errs);
		if (cl->tunnel_secret_file[0])
			load_secret(&tunnel, places->clients[i], errs);
	}
}

/* --- loading ---------------------------------------------------------------------------------- */

static int finish(struct config_doc *doc, struct config *ret, struct config_errors *errs)
{
	struct config_places places;
	struct config *c = malloc(sizeof(*c));

	if (!c) {
		config_errors_add(errs, doc->texts[0].name, 0, "out of memory");
		return -ENOMEM;
	}
	config_fill(doc, c, &places, errs);
	config_check(doc, c, &places, errs);
	if (doc->includes)
		load_secrets(c, &places, errs);
	config_errors_sort(errs);
	if (errs->count == 0 && errs->dropped == 0)
		*ret = *c;
	config_wipe(c);
	free(c);
	return errs->count || errs->dropped ? -EINVAL : 0;
}

int config_load(const char *path, struct config *ret, struct config_errors *errs)
{
	struct config_doc doc;
	int r;

	r = config_doc_read(&doc, path, errs);
	if (r == 0)
		r = finish(&doc, ret, errs);
	config_doc_fini(&doc);
	return r;
}

int config_parse(const char *name, const char *text, size_t len, struct config *ret,
		 struct config_errors *errs)
{
	struct config_doc doc;
	int r;

	r = config_doc_parse(&doc, name, text, len, errs);
	if (r == 0)
		r = finish(&doc, ret, errs);
	config_doc_fini(&doc);
	return r;
}

/* --- what the machine knows ------------------------------------------------------------------- */

static uint32_t group_id(const char *name)
{
	const struct group *g = *name ? getgrnam(name) : NULL;

	return g ? g->gr_gid : UINT32_MAX;
}

int config_resolve(struct config *c, uid_t *ret_uid, gid_t *ret_gid, struct config_errors *errs)
{
	const struct passwd *pw;

	if (!c->node[0] && gethostname(c->node, sizeof(c->node) - 1) < 0)
		memcpy(c->node, "culvert", sizeof("culvert"));
	c->node[sizeof(c->node) - 1] = '\0';
	for (size_t i = 0; i < c->n_servers; i++)
		if (!c->servers[i].host_name[0])
			memcpy(c->servers[i].host_name, c->node, sizeof(c->node));
	for (size_t i = 0; i < c->n_clients; i++)
		if (!c->clients[i].host_name[0])
			memcpy(c->clients[i].host_name, c->node, sizeof(c->node));
	c->read_gid = group_id(c->read_group);
	c->admin_gid = group_id(c->admin_group);
	pw = getpwnam(c->user);
	if (!pw) {
		config_errors_add(
			errs, "user", 0,
			"there is no account '%s'; run: useradd --system --no-create-home "
			"--shell /usr/sbin/nologin %s",
			c->user, c->user);
		return -ENOENT;
	}
	if (pw->pw_uid == 0) {
		config_errors_add(errs, "user", 0,
				  "'%s' is root, which the processes that talk to "
				  "the network must not be",
				  c->user);
		return -EINVAL;
	}
	*ret_uid = pw->pw_uid;
	*ret_gid = pw->pw_gid;
	return 0;
}
