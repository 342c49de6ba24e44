// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_NS 20000000

static char *const environment[] = {
	(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	(char *)"LC_ALL=C",
	NULL,
};

/* A file and not a pipe: nobody has to write while the program reads. */
static int input_fd(const char *input)
{
	size_t len = input ? strlen(input) : 0;
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (len && (write(fd, input, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) < 0)) {
		close(fd);
		return -EIO;
	}
	return fd;
}

static int spawn(char *const argv[], int in, pid_t *ret_pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawn(ret_pid, argv[0], &files, &attr, argv, environment);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return -error;
}

static int wait_for(pid_t pid)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	int status = 0;
	pid_t ret = 0;

	for (long ns = 0; ns < PROGRAM_WAIT_S * 1000000000L; ns += PAUSE_NS) {
		ret = waitpid(pid, &status, WNOHANG);
		if (ret)
			break;
		nanosleep(&pause, NULL);
	}
	if (ret < 0)
		return -errno;
	if (!ret) {
		kill(pid, SIGKILL);
		(void)waitpid(pid, &status, 0);
		return -ETIMEDOUT;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

int program_run(char *const argv[], const char *input)
{
	int in = input_fd(input), error;
	pid_t pid;

	if (in < 0)
		return in;
	error = spawn(argv, in, &pid);
	close(in);
	return error ? error : wait_for(pid);
}

const char *program_find(const char *const paths[])
{
	for (; *paths; paths++)
		if (!access(*paths, X_OK))
			return *paths;
	return NULL;
}
