// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Starts children and confines them: empty root, own account, no capability, no_new_privs, and a
 * list of system calls.  The list is short because a role only polls, reads, writes and passes
 * descriptors; a call outside it ends the role with a line that names it.
 */
#include "daemon/roles.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/ppp_defs.h>
#include <linux/ppp-ioctl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler.h"

const char *role_name(enum role role)
{
	switch (role) {
	case ROLE_KERNEL:
		return "kernel";
	case ROLE_PROTOCOL:
		return "protocol";
	case ROLE_AAA:
		return "aaa";
	}
	return "?";
}

/* Put a socket where the child looks for it, without the flag that would close it. */
static void place_fd(int from, int to)
{
	if (from == to)
		fcntl(to, F_SETFD, 0);
	else if (dup2(from, to) < 0)
		_exit(127);
}

static void __attribute__((noreturn))
become(enum role role, const struct role_account *account, int kernel_fd, int peer_fd)
{
	char name[] = "culvertd", flag[] = "--role", role_word[16], uid[16], gid[16];
	char *argv[] = { name, flag, role_word, uid, gid, NULL };
	sigset_t none;
	int kernel_copy, peer_copy;

	snprintf(role_word, sizeof(role_word), "%s", role_name(role));
	snprintf(uid, sizeof(uid), "%u", account->uid);
	snprintf(gid, sizeof(gid), "%u", account->gid);
	/* out of the way first: either may sit on the other's place */
	kernel_copy = fcntl(kernel_fd, F_DUPFD_CLOEXEC, 10);
	peer_copy = fcntl(peer_fd, F_DUPFD_CLOEXEC, 10);
	if (kernel_copy < 0 || peer_copy < 0)
		_exit(127);
	place_fd(kernel_copy, ROLE_FD_KERNEL);
	place_fd(peer_copy, ROLE_FD_PEER);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv("/proc/self/exe", argv);
	_exit(127);
}

pid_t role_spawn(enum role role, const struct role_account *account, int kernel_fd, int peer_fd)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		become(role, account, kernel_fd, peer_fd);
	return pid;
}

static bool parse_id(const char *text, unsigned int *ret)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (errno || *end || end == text || v >= UINT32_MAX)
		return false;
	*ret = (unsigned int)v;
	return true;
}

bool role_from_argv(int argc, char **argv, enum role *ret_role, struct role_account *ret_account)
{
	if (argc != 5 || strcmp(argv[1], "--role"))
		return false;
	if (!strcmp(argv[2], role_name(ROLE_PROTOCOL)))
		*ret_role = ROLE_PROTOCOL;
	else if (!strcmp(argv[2], role_name(ROLE_AAA)))
		*ret_role = ROLE_AAA;
	else
		return false;
	return parse_id(argv[3], &ret_account->uid) && parse_id(argv[4], &ret_account->gid);
}

static int enter_empty_root(void)
{
	if (mkdir("/run/culvert", 0755) < 0 && errno != EEXIST)
		return -errno;
	if (mkdir(ROLE_ROOT, 0555) < 0 && errno != EEXIST)
		return -errno;
	if (chroot(ROLE_ROOT) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

static int change_account(const struct role_account *account)
{
	if (setgroups(0, NULL) < 0 || setresgid(account->gid, account->gid, account->gid) < 0 ||
	    setresuid(account->uid, account->uid, account->uid) < 0)
		return -errno;
	return 0;
}

/* The bounding set can only be emptied while CAP_SETPCAP is held, so before the account changes. */
static int drop_bounds(void)
{
	capng_clear(CAPNG_SELECT_BOTH);
	return capng_apply(CAPNG_SELECT_BOUNDS) ? -EPERM : 0;
}

static int drop_capabilities(void)
{
	capng_clear(CAPNG_SELECT_BOTH);
	return capng_apply(CAPNG_SELECT_CAPS) ? -EPERM : 0;
}

/* What both children do: memory, time, randomness, messages, the log, leaving. */
static const int calls_common[] = {
	SCMP_SYS(read),		SCMP_SYS(write),	 SCMP_SYS(readv),
	SCMP_SYS(writev),	SCMP_SYS(close),	 SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),	SCMP_SYS(sendto),	 SCMP_SYS(recvfrom),
	SCMP_SYS(poll),		SCMP_SYS(ppoll),	 SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),	SCMP_SYS(epoll_ctl),	 SCMP_SYS(epoll_create1),
	SCMP_SYS(mmap),		SCMP_SYS(munmap),	 SCMP_SYS(mremap),
	SCMP_SYS(mprotect),	SCMP_SYS(madvise),	 SCMP_SYS(brk),
	SCMP_SYS(futex),	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
	SCMP_SYS(getrandom),	SCMP_SYS(fcntl),	 SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),	SCMP_SYS(lseek),	 SCMP_SYS(pread64),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
	SCMP_SYS(exit),		SCMP_SYS(exit_group),	 SCMP_SYS(getpid),
	SCMP_SYS(gettid),	SCMP_SYS(tgkill),	 SCMP_SYS(restart_syscall),
	SCMP_SYS(sched_yield),	SCMP_SYS(rseq),		 SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
};

/*
 * The protocol role also serves sockets, reads the size of the configuration's memfd, and makes
 * room for records in the state file.
 */
static const int calls_protocol[] = {
	SCMP_SYS(recvmmsg),   SCMP_SYS(sendmmsg),    SCMP_SYS(accept4),	 SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(shutdown), SCMP_SYS(dup),
	SCMP_SYS(ftruncate),  SCMP_SYS(fallocate),
};

static int allow(scmp_filter_ctx ctx, const int *calls, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);
	return err;
}

/* The one ioctl: how long a session has been silent (pppdev_idle). */
static int allow_idle(scmp_filter_ctx ctx)
{
	const struct scmp_arg_cmp request = {
		.arg = 1,
		.op = SCMP_CMP_EQ,
		.datum_a = PPPIOCGIDLE64,
	};

	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, &request);
}

/* Async-signal-safe: the number is written by hand. */
static void refused(int sig, siginfo_t *info, void *context)
{
	char line[] = "<2>culvertd: event=seccomp a role used system call     , which it may "
		      "not; it ends\n";
	char *digit = strstr(line, "    ,");
	int nr = info->si_syscall;

	(void)sig;
	(void)context;
	for (int i = 3; i >= 0 && nr > 0; i--, nr /= 10)
		digit[i] = (char)('0' + nr % 10);
	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		_exit(126);
	_exit(125);
}

static int filter_calls(enum role role)
{
	struct sigaction sa = { .sa_sigaction = refused, .sa_flags = SA_SIGINFO };
	scmp_filter_ctx ctx;
	int err;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return 0; /* the sanitizers' runtime makes calls of its own */
#endif
	sigaction(SIGSYS, &sa, NULL);
	ctx = seccomp_init(SCMP_ACT_TRAP);
	if (!ctx)
		return -ENOMEM;
	err = allow(ctx, calls_common, ARRAY_SIZE(calls_common));
	if (!err && role == ROLE_PROTOCOL)
		err = allow(ctx, calls_protocol, ARRAY_SIZE(calls_protocol));
	if (!err && role == ROLE_PROTOCOL)
		err = allow_idle(ctx);
	if (!err)
		err = seccomp_load(ctx);
	seccomp_release(ctx);
	return err;
}

int role_confine(enum role role, const struct role_account *account, const char **ret_what)
{
	int err;

	*ret_what = "chroot to " ROLE_ROOT;
	err = enter_empty_root();
	if (err)
		return err;
	*ret_what = "emptying the capability bounding set";
	err = drop_bounds();
	if (err)
		return err;
	*ret_what = "changing to the unprivileged account";
	err = change_account(account);
	if (err)
		return err;
	*ret_what = "dropping capabilities";
	err = drop_capabilities();
	if (err)
		return err;
	/* after the change of account, which forgets it */
	*ret_what = "PR_SET_PDEATHSIG";
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	*ret_what = "no_new_privs";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	*ret_what = "the system call filter";
	return filter_calls(role);
}

/*
 * CAP_SYS_ADMIN is for the self-test's network namespace and CAP_SYS_MODULE for modprobe, both
 * before this is called; what stays is for the kernel's interfaces, for the sockets and for
 * starting a role again after a crash.
 */
int role_confine_parent(const char **ret_what)
{
	*ret_what = "dropping capabilities";
	capng_clear(CAPNG_SELECT_BOTH);
	capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET,
		      CAP_NET_ADMIN, CAP_SETUID, CAP_SETGID, CAP_SYS_CHROOT, CAP_SETPCAP, CAP_KILL,
		      -1);
	return capng_apply(CAPNG_SELECT_BOTH) ? -EPERM : 0;
}
