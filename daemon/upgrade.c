// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From being asked to being another program.
 *
 *	TEST -> GRACE -> QUIET -> execve
 *	  \ fails         \ too busy
 *	   `-> as before    `-> as before
 *
 * The two other roles are ended just before, like in a crash: what they know is in the state file.
 */
#include "daemon/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "daemon/parent.h"

#define TEST_PATIENCE  (20 * USEC_PER_SEC)
#define GRACE	       (USEC_PER_SEC / 4)
#define QUIET_PATIENCE (10 * USEC_PER_SEC)

void upgrade_init(struct upgrade *u)
{
	ssize_t n = readlink("/proc/self/exe", u->exe, sizeof(u->exe) - 1);

	u->exe[n > 0 ? n : 0] = '\0';
	u->output.fd = -1;
	u->until = USEC_NEVER;
}

bool upgrade_wanted(const struct parent *p)
{
	struct stat mine, disk;

	return !stat("/proc/self/exe", &mine) && !stat(p->upgrade.exe, &disk) &&
	       (mine.st_dev != disk.st_dev || mine.st_ino != disk.st_ino);
}

bool upgrade_quiet(const struct parent *p)
{
	return p->upgrade.phase == UPGRADE_QUIET;
}

/* --- answers -----------------------------------------------------------------------------------
 */

static void answer(struct parent *p, int error, const char *text)
{
	struct kern_done done = {
		.wire = {KERN_DONE, WIRE_VERSION, p->upgrade.id},
		.error = error,
	};

	snprintf(done.detail, sizeof(done.detail), "%s", text);
	if (p->upgrade.id)
		child_send(&p->protocol, &done, sizeof(done), NULL, 0);
	p->upgrade.id = 0;
}

static void give_up(struct parent *p, int error, const char *why)
{
	log_say(&p->log, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL,
		"not upgraded, and everything goes on as it was: %s", why);
	answer(p, error, why);
	p->upgrade.phase = UPGRADE_NONE;
	p->upgrade.until = USEC_NEVER;
	children_resume_reading(p);
}

/* --- what is written down ----------------------------------------------------------------------
 */

static int write_down(struct parent *p)
{
	const struct save_parent m = {
		.control = p->control,
		.state = p->state,
		.config = p->config_memfd,
		.users = p->reload.users,
		.protocol_restarts = p->protocol.restarts,
		.aaa_restarts = p->aaa.restarts,
		.upgrades = p->upgrades + 1,
		.state_written = p->state_written,
		.reload = p->upgrade.reload,
		.drain_on = p->drain.on,
		.drain_exit = p->drain.exit,
		.drain_kick_rate = p->drain.kick_rate,
	};
	struct save_writer w;

	save_begin(&w);
	save_put(&w, SAVE_PARENT, &m, sizeof(m));
	kern_save(p->kern, &w);
	return save_end(&w);
}

/* --- the test ----------------------------------------------------------------------------------
 */

static void __attribute__((noreturn)) become_test(const struct parent *p, int record, int output)
{
	char name[] = "culvertd", flag[] = "--self-test", fds[2][16];
	char *argv[] = {name, flag, fds[0], fds[1], (char *)(uintptr_t)p->config_path, NULL};
	sigset_t none;

	snprintf(fds[0], sizeof(fds[0]), "%d", record);
	snprintf(fds[1], sizeof(fds[1]), "%d", p->state);
	fcntl(record, F_SETFD, 0);
	fcntl(p->state, F_SETFD, 0);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(p->upgrade.exe, argv);
	fprintf(stderr, "%s: %s\n", p->upgrade.exe, strerror(errno));
	_exit(127);
}

/* Its last line says what is wrong; the ones before may be the configuration's mistakes. */
static void keep_last_line(char *said, size_t size, const char *text)
{
	size_t len = strlen(text);
	const char *line;

	while (len && text[len - 1] == '\n')
		len--;
	for (line = text + len; line > text && line[-1] != '\n'; line--)
		;
	if (len)
		snprintf(said, size, "%.*s", (int)(text + len - line), line);
}

static void test_ended(struct parent *p)
{
	struct upgrade *u = &p->upgrade;
	char why[256];
	int status;

	loop_del(&p->loop, &u->output);
	close(u->output.fd);
	u->output.fd = -1;
	if (waitpid(u->pid, &status, 0) != u->pid)
		status = -1;
	u->pid = 0;
	if (status) {
		snprintf(why, sizeof(why), "the new binary's self-test: %s",
			 u->said[0] ? u->said : "it failed without a word");
		give_up(p, -ENOEXEC, why);
		return;
	}
	answer(p, 0, "the self-test has passed");
	u->phase = UPGRADE_GRACE;
	u->until = loop_clock() + GRACE;
}

static void test_said(struct watch *w, uint32_t events)
{
	struct upgrade *u = container_of(w, struct upgrade, output);
	struct parent *p = container_of(u, struct parent, upgrade);
	char text[1024];
	ssize_t n = read(w->fd, text, sizeof(text) - 1);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		test_ended(p);
		return;
	}
	text[n] = '\0';
	keep_last_line(u->said, sizeof(u->said), text);
}

static int start_test(struct parent *p, int record)
{
	struct upgrade *u = &p->upgrade;
	int output[2];

	if (pipe2(output, O_CLOEXEC) < 0)
		return -errno;
	u->pid = fork();
	if (u->pid == 0)
		become_test(p, record, output[1]);
	close(output[1]);
	if (u->pid < 0) {
		close(output[0]);
		return -errno;
	}
	fcntl(output[0], F_SETFL, O_NONBLOCK);
	u->said[0] = '\0';
	u->output = (struct watch){.fd = output[0], .ready = test_said};
	u->phase = UPGRADE_TEST;
	u->until = loop_clock() + TEST_PATIENCE;
	return loop_add(&p->loop, &u->output, EPOLLIN);
}

void upgrade_start(struct parent *p, uint32_t id, bool reload)
{
	struct upgrade *u = &p->upgrade;
	uint32_t before = u->id;
	int record, err;

	if (p->stopping || u->phase != UPGRADE_NONE) {
		u->id = id;
		answer(p, p->stopping ? -ESHUTDOWN : -EALREADY,
		       p->stopping ? "culvertd is stopping" : "an upgrade is under way");
		u->id = before;
		return;
	}
	u->id = id;
	u->reload = reload;
	if (p->reload.before) {
		give_up(p, -EBUSY, "a configuration waits to be confirmed, or taken back");
		return;
	}
	record = write_down(p);
	err = record < 0 ? record : start_test(p, record);
	if (record >= 0)
		close(record);
	if (err)
		give_up(p, err, strerror(-err));
	else
		log_say(&p->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL,
			"upgrading to %s: its self-test", u->exe);
}

/* --- the leap ----------------------------------------------------------------------------------
 */

static void across(struct parent *p, int record, bool open)
{
	const int fds[] = {record, p->control, p->state, p->config_memfd, p->reload.users};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			fcntl(fds[i], F_SETFD, open ? 0 : FD_CLOEXEC);
}

static void notify(const char *what)
{
#ifdef HAVE_SYSTEMD
	sd_notify(0, what);
#else
	(void)what;
#endif
}

static int execute(struct parent *p, int record)
{
	char name[] = "culvertd", stay[] = "-f", config[] = "-c", flag[] = "--resume", fd[16];
	char *argv[] = {name, stay, config, (char *)(uintptr_t)p->config_path, flag, fd, NULL};
	int err;

	snprintf(fd, sizeof(fd), "%d", record);
	err = kern_leave(p->kern);
	if (err)
		return err;
	across(p, record, true);
	notify("RELOADING=1");
	execv(p->upgrade.exe, argv);
	err = -errno;
	notify("READY=1");
	across(p, record, false);
	kern_stay(p->kern);
	return err;
}

/* Comes back only when it was in vain. */
static void leap(struct parent *p)
{
	int record, err;

	children_end(p);
	kern_protocol_gone(p->kern);
	record = write_down(p);
	log_say(&p->log, LOG_LEVEL_NOTICE, LOG_CLASS_LOCAL,
		"becoming %s, with %u tunnels and %u sessions", p->upgrade.exe,
		kern_tunnel_count(p->kern), kern_session_count(p->kern));
	err = record < 0 ? record : execute(p, record);
	if (record >= 0)
		close(record);
	give_up(p, err, strerror(-err));
	children_again(p);
}

usec_t upgrade_deadline(const struct parent *p)
{
	return p->upgrade.until;
}

void upgrade_expire(struct parent *p, usec_t now)
{
	struct upgrade *u = &p->upgrade;

	if (u->phase == UPGRADE_TEST && now >= u->until) {
		kill(u->pid, SIGKILL);
		u->until = USEC_NEVER; /* the end of its output follows */
		snprintf(u->said, sizeof(u->said), "it takes too long");
	} else if (u->phase == UPGRADE_GRACE && now >= u->until) {
		u->phase = UPGRADE_QUIET;
		u->until = now + QUIET_PATIENCE;
		children_stop_reading(p);
	}
	if (u->phase != UPGRADE_QUIET)
		return;
	if (p->giving == GIVING_DONE && !p->reload.users_id && kern_quiet(p->kern))
		leap(p);
	else if (now >= u->until)
		give_up(p, -EBUSY, "the kernel is still busy with what was asked of it");
}
