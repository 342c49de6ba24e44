/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does this call abort?  In a child, so that it works under sanitizers and with CK_FORK=no, where
 * libcheck's own way does not.
 */
#ifndef CULVERT_TEST_DIES_H
#define CULVERT_TEST_DIES_H

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static inline bool dies(void (*f)(void *), void *arg)
{
	struct rlimit none = {0};
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		f(arg);
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGABRT;
}

#endif
