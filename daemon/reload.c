// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/reload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config/config.h"
#include "daemon/config/config_diff.h"
#include "daemon/config/config_keys.h"
#include "daemon/parent.h"

#define USERS_SIZE_MAX (64 * 1024 * 1024)
#define REVERT_AGAIN   (10 * USEC_PER_SEC)

static void say(struct parent *p, enum log_level level, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void say(struct parent *p, enum log_level level, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_say(&p->log, level, LOG_CLASS_LOCAL, "reload: %s", line);
}

static void drop_config(struct config **c)
{
	if (*c)
		config_wipe(*c);
	free(*c);
	*c = NULL;
}

static void drop_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void reload_init(struct parent *p)
{
	p->reload = (struct reload){
		.users = -1, .users_before = -1, .users_wanted = -1, .deadline = USEC_NEVER};
}

void reload_fini(struct parent *p)
{
	struct reload *r = &p->reload;

	drop_config(&r->before);
	drop_config(&r->wanted);
	drop_fd(&r->users);
	drop_fd(&r->users_before);
	drop_fd(&r->users_wanted);
	reload_report_fini(&r->report);
}

/* --- the users file --------------------------------------------------------------------------- */

/* Another file with the same content, which no byte of ever comes into our memory. */
static int copy_file(int from)
{
	int fd = memfd_create("culvert-users", MFD_CLOEXEC | MFD_ALLOW_SEALING), err = 0;
	struct stat st;
	off_t at = 0;

	if (fd < 0)
		return -errno;
	if (fstat(from, &st) < 0)
		err = -errno;
	else if (st.st_size > USERS_SIZE_MAX)
		err = -EFBIG;
	while (!err && at < st.st_size) {
		ssize_t n = sendfile(fd, from, &at, (size_t)(st.st_size - at));

		if (n <= 0 && !(n < 0 && errno == EINTR))
			err = n ? -errno : -EIO;
	}
	if (!err && lseek(fd, 0, SEEK_SET) < 0)
		err = -errno;
	if (!err && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int read_users(const struct config *c, struct config_errors *errs)
{
	int fd = config_open_users(c, errs), copy;

	if (fd < 0)
		return fd;
	copy = copy_file(fd);
	close(fd);
	if (copy < 0)
		config_errors_add(errs, c->users_file, 0, "%s", strerror(-copy));
	return copy;
}

int reload_users_open(struct parent *p)
{
	struct reload *r = &p->reload;
	struct config_errors errs;

	config_errors_init(&errs);
	if (r->users < 0)
		r->users = read_users(p->cfg, &errs);
	for (size_t i = 0; i < errs.count; i++)
		log_say(&p->log, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL, "%s: %s", errs.list[i].file,
			errs.list[i].text);
	config_errors_fini(&errs);
	/* each reader begins at the beginning */
	return r->users < 0 ? r->users : copy_file(r->users);
}

void reload_users_bad(struct parent *p)
{
	drop_fd(&p->reload.users); /* the next one reads what is there then */
}

/* The aaa role has them before the answer to anything that comes after. */
static int send_users(struct parent *p, const struct config *c, int users, uint32_t id)
{
	struct wire_aaa_users m = {
		.wire = {.type = WIRE_AAA_USERS, .version = WIRE_VERSION, .id = id},
	};
	int fd = copy_file(users);

	if (fd < 0)
		return fd;
	snprintf(m.path, sizeof(m.path), "%s", c->users_file);
	if (id) /* else they were right once, and shall be in force whatever they name */
		m.n_groups = (uint8_t)config_groups(c, m.group);
	child_send(&p->aaa, &m, sizeof(m), &fd, 1);
	close(fd);
	return 0;
}

/* --- answers ---------------------------------------------------------------------------------- */

static void log_change(struct parent *p, const struct reload_change *c)
{
	const char *when = config_apply_text((enum config_apply)c->apply);

	if (c->kind == RELOAD_CHANGED)
		say(p, LOG_LEVEL_NOTICE, "%s: %s -> %s (%s%s%s)", c->key, c->old, c->now, when,
		    c->why[0] ? "; " : "", c->why);
	else
		say(p, LOG_LEVEL_NOTICE, "%s %s (%s%s%s)", c->key,
		    c->kind == RELOAD_ADDED ? "added" : "removed", when, c->why[0] ? "; " : "",
		    c->why);
}

static const char *plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

static void log_outcome(struct parent *p)
{
	const struct reload_report_text *t = &p->reload.report;
	uint32_t now = t->head.n_changes - t->head.n_start;

	for (size_t i = 0; i < t->head.n_changes; i++)
		log_change(p, &t->changes[i]);
	say(p, LOG_LEVEL_NOTICE, "%u change%s applied, %u need%s a restart", now, plural(now),
	    t->head.n_start, t->head.n_start == 1 ? "s" : "");
}

static void log_errors(struct parent *p)
{
	const struct reload_report_text *t = &p->reload.report;

	for (size_t i = 0; i < t->head.n_errors; i++)
		say(p, LOG_LEVEL_ERROR, "%s", t->errors[i].text);
	say(p, LOG_LEVEL_ERROR, "%u error%s; the configuration in force stays", t->head.n_errors,
	    plural(t->head.n_errors));
}

/* Nothing is under way afterwards. */
static void answer(struct parent *p, int error)
{
	struct reload *r = &p->reload;
	struct kern_reload_done m = {
		.wire = {.type = KERN_RELOAD_DONE, .version = WIRE_VERSION},
		.error = error,
	};
	int fd;

	if (error && r->request.what != KERN_RELOAD_LOOK)
		log_errors(p);
	m.wire.id = r->request.wire.id;
	r->report.head.generation = p->cfg->generation;
	r->report.head.confirm = r->before ? r->confirm_s : 0;
	if (m.wire.id) {
		fd = reload_report_memfd(&r->report);
		children_send(p, &m, sizeof(m), &fd, fd >= 0);
		if (fd >= 0)
			close(fd);
	}
	reload_report_fini(&r->report);
	drop_config(&r->wanted);
	drop_fd(&r->users_wanted);
	r->users_id = 0;
}

static void refuse(struct parent *p, int error, const char *why)
{
	reload_report_error(&p->reload.report, "%s", why);
	answer(p, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* 0 with r->wanted, or -errno with what is wrong in the report. */
static int read_file(struct parent *p)
{
	struct reload *r = &p->reload;
	struct config_errors errs;
	uid_t uid;
	gid_t gid;
	int err;

	r->wanted = calloc(1, sizeof(*r->wanted));
	if (!r->wanted) {
		reload_report_error(&r->report, "out of memory");
		return -ENOMEM;
	}
	config_errors_init(&errs);
	err = config_load(p->config_path, r->wanted, &errs);
	if (!err)
		err = config_resolve(r->wanted, &uid, &gid, &errs);
	if (!err && p->cfg->n_listeners && r->request.what == KERN_RELOAD_APPLY) {
		r->users_wanted = read_users(r->wanted, &errs);
		err = r->users_wanted < 0 ? r->users_wanted : 0;
	}
	if (err)
		reload_report_errors(&r->report, &errs);
	else
		config_keep_ids(p->cfg, r->wanted);
	config_errors_fini(&errs);
	return err;
}

/* --- putting it in force ---------------------------------------------------------------------- */

static int remember(struct parent *p)
{
	struct reload *r = &p->reload;

	r->deadline = loop_clock() + r->request.confirm_s * USEC_PER_SEC;
	r->confirm_s = r->request.confirm_s;
	if (r->before) /* what was not confirmed either is not what to come back to */
		return 0;
	r->before = malloc(sizeof(*r->before));
	if (!r->before)
		return -ENOMEM;
	*r->before = *p->cfg;
	r->users_before = r->users;
	r->users = -1;
	return 0;
}

static void tell_roles(struct parent *p, int memfd)
{
	struct kern_start m = {
		.wire = {.type = KERN_RELOADED, .version = WIRE_VERSION},
		.layout = (uint8_t)kern_layout(p->kern),
	};

	children_send(p, &m, sizeof(m), &memfd, 1);
	drop_fd(&p->config_memfd);
	p->config_memfd = memfd; /* a role that is started later starts with it */
}

/* In clear is never by accident. */
static void warn_of_clear(struct parent *p, const struct config *old)
{
	for (size_t i = 0; i < p->cfg->n_clients; i++) {
		const struct config_client *c = &p->cfg->clients[i];

		if (c->removed || c->ipsec != CONFIG_IPSEC_OFF ||
		    (i < old->n_clients && old->clients[i].ipsec == CONFIG_IPSEC_OFF))
			continue;
		log_say(&p->log, LOG_LEVEL_WARNING, LOG_CLASS_LOCAL,
			"ipsec = off for client %s: L2TP is spoken in clear text with it", c->name);
	}
}

static int adopt(struct parent *p, const struct config *wanted)
{
	struct reload *r = &p->reload;
	struct config *next = malloc(2 * sizeof(*next)), *old;
	struct config_busy busy;
	const char *what;
	int err, memfd = -1;

	if (!next)
		return -ENOMEM;
	old = next + 1;
	*old = *p->cfg;
	kern_busy(p->kern, &busy);
	err = config_adopt(old, wanted, &busy, next, &what);
	if (err)
		reload_report_error(&r->report,
				    "more %ss than can be, with those that were removed and that "
				    "somebody is still in",
				    what);
	else
		err = memfd = config_to_memfd(next);
	if (err >= 0) {
		/* in its old place: who looks at it there sees the new one */
		*p->cfg = *next;
		kern_set_config(p->kern, p->cfg);
		tell_roles(p, memfd);
		parent_raise_limits(p);
		ike_socket_reload(p, old);
		warn_of_clear(p, old);
	}
	config_wipe(next);
	config_wipe(old);
	free(next);
	return err < 0 ? err : 0;
}

static void forget_before(struct reload *r)
{
	drop_config(&r->before);
	drop_fd(&r->users_before);
	r->deadline = USEC_NEVER;
}

/* It could not be put in force, but the aaa role has its users. */
static void take_back(struct parent *p, bool first)
{
	struct reload *r = &p->reload;

	if (first) {
		r->users = r->users_before;
		r->users_before = -1;
		forget_before(r);
	}
	if (r->users >= 0 && r->users_wanted >= 0)
		send_users(p, p->cfg, r->users, 0);
}

/* What was promised is tried again. */
static void keep_promise(struct reload *r)
{
	r->before = r->wanted;
	r->users_before = r->users_wanted;
	r->wanted = NULL;
	r->users_wanted = -1;
	r->deadline = loop_clock() + REVERT_AGAIN;
}

static void put_in_force(struct parent *p)
{
	struct reload *r = &p->reload;
	bool confirm = r->request.what == KERN_RELOAD_APPLY && r->request.confirm_s;
	bool had = r->before;
	int err = confirm ? remember(p) : 0;

	config_diff(p->cfg, r->wanted, reload_report_change, &r->report);
	if (!err)
		err = adopt(p, r->wanted);
	if (err && !r->report.head.n_errors)
		reload_report_error(&r->report, "%s", strerror(-err));
	if (err && r->request.what == KERN_RELOAD_REVERT)
		keep_promise(r);
	else if (err)
		take_back(p, r->before && !had);
	if (!err && r->users_wanted >= 0) {
		drop_fd(&r->users);
		r->users = r->users_wanted;
		r->users_wanted = -1;
	}
	if (!err)
		log_outcome(p);
	if (!err && confirm)
		say(p, LOG_LEVEL_NOTICE,
		    "the configuration before comes back in %u s: culvert reload --confirmed",
		    r->confirm_s);
	answer(p, err);
}

bool reload_users_done(struct parent *p, const struct wire_aaa_users_done *m)
{
	struct reload *r = &p->reload;

	if (!m->wire.id || m->wire.id != r->users_id)
		return m->wire.id; /* to a question that nobody asks any more */
	if (m->errors) {
		reload_report_error(&r->report, "%.*s", (int)sizeof(m->first_error) - 1,
				    m->first_error);
		if (m->errors > 1)
			reload_report_error(&r->report, "and %u more in %s", m->errors - 1,
					    r->wanted->users_file);
		answer(p, -EINVAL);
		return true;
	}
	r->report.head.users = m->users;
	say(p, LOG_LEVEL_NOTICE, "%u user%s in %s", m->users, plural(m->users),
	    r->wanted->users_file);
	put_in_force(p);
	return true;
}

static void ask_users(struct parent *p)
{
	struct reload *r = &p->reload;
	int err;

	if (r->users_wanted < 0) {
		put_in_force(p);
		return;
	}
	if (!p->aaa.pid) {
		refuse(p, -EAGAIN, "the aaa role is just being started; try again");
		return;
	}
	if (++r->next_id == 0)
		r->next_id = 1;
	r->users_id = r->next_id;
	err = send_users(p, r->wanted, r->users_wanted, r->users_id);
	if (err)
		refuse(p, err, strerror(-err));
}

/* --- what is asked for ------------------------------------------------------------------------ */

static void look(struct parent *p)
{
	struct reload *r = &p->reload;
	int err = read_file(p);

	if (!err)
		config_diff(p->cfg, r->wanted, reload_report_change, &r->report);
	answer(p, err);
}

static void apply(struct parent *p)
{
	struct reload *r = &p->reload;
	int err;

	if (r->before && !r->request.confirm_s) {
		refuse(p, -EBUSY,
		       "a reload waits to be confirmed: culvert reload --confirmed, or --revert");
		return;
	}
	err = read_file(p);
	if (err)
		answer(p, err);
	else
		ask_users(p);
}

static void confirm(struct parent *p)
{
	if (!p->reload.before) {
		refuse(p, -ENOENT, "no reload waits to be confirmed");
		return;
	}
	forget_before(&p->reload);
	say(p, LOG_LEVEL_NOTICE, "confirmed");
	answer(p, 0);
}

/* The users were right once: nobody needs to be asked. */
static void revert(struct parent *p)
{
	struct reload *r = &p->reload;

	if (!r->before) {
		refuse(p, -ENOENT, "no reload waits to be confirmed");
		return;
	}
	r->wanted = r->before;
	r->users_wanted = r->users_before;
	r->before = NULL;
	r->users_before = -1;
	r->deadline = USEC_NEVER;
	if (r->users_wanted >= 0)
		send_users(p, r->wanted, r->users_wanted, 0);
	put_in_force(p);
}

static bool wrong(const struct kern_reload *m)
{
	return m->what < KERN_RELOAD_APPLY || m->what > KERN_RELOAD_REVERT ||
	       m->confirm_s > KERN_RELOAD_CONFIRM_MAX;
}

void reload_request(struct parent *p, const struct kern_reload *m)
{
	struct reload *r = &p->reload;
	struct kern_reload_done busy = {
		.wire = {.type = KERN_RELOAD_DONE, .version = WIRE_VERSION, .id = m->wire.id},
		.error = wrong(m) ? -EINVAL : -EBUSY,
	};

	if (wrong(m) || r->users_id || p->stopping) {
		if (m->wire.id)
			children_send(p, &busy, sizeof(busy), NULL, 0);
		else
			say(p, LOG_LEVEL_WARNING, "another one is under way");
		return;
	}
	r->request = *m;
	r->report.head.users = UINT32_MAX;
	if (m->what == KERN_RELOAD_APPLY)
		apply(p);
	else if (m->what == KERN_RELOAD_LOOK)
		look(p);
	else if (m->what == KERN_RELOAD_CONFIRM)
		confirm(p);
	else
		revert(p);
}

void reload_signal(struct parent *p)
{
	const struct kern_reload m = {.what = KERN_RELOAD_APPLY};

	say(p, LOG_LEVEL_NOTICE, "reading %s again", p->config_path);
	reload_request(p, &m);
}

/* --- time, and the ends of others ------------------------------------------------------------- */

void reload_aaa_gone(struct parent *p)
{
	if (p->reload.users_id)
		refuse(p, -EAGAIN, "the aaa role has ended; try again");
}

void reload_protocol_gone(struct parent *p)
{
	p->reload.request.wire.id = 0;
}

usec_t reload_deadline(const struct parent *p)
{
	return p->reload.users_id ? USEC_NEVER : p->reload.deadline;
}

void reload_expire(struct parent *p, usec_t now)
{
	const struct kern_reload m = {.what = KERN_RELOAD_REVERT};

	if (now < reload_deadline(p))
		return;
	say(p, LOG_LEVEL_WARNING,
	    "not confirmed within %u s: back to the configuration before; %s is as it was written",
	    p->reload.confirm_s, p->config_path);
	reload_request(p, &m);
}
