// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What this machine lacks, in words that say what to do.
 *
 * The kernel loads its modules itself when their sockets are opened, where a module loader is set
 * up; modprobe is run as well, because containers and hardened machines often turn that off.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_pppox.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "compiler.h"
#include "netlink/kern.h"
#include "netlink/l2tp_genl.h"

struct probe {
	const struct kern_ops *ops;
	void *ctx;
	unsigned problems;
};

static void problem(struct probe *p, const char *what, int error, const char *remedy)
{
	char line[256];

	snprintf(line, sizeof(line), "%s: %s; %s", what, strerror(-error), remedy);
	p->ops->log(p->ctx, LOG_ERR, line);
	p->problems++;
}

/* Quietly, and whatever comes of it: the checks tell. */
static void load_modules(void)
{
	static const char *const paths[] = {"/sbin/modprobe", "/usr/sbin/modprobe"};
	static const char *const argv[] = {"modprobe", "-q",	       "-a", "ppp_generic",
					   "l2tp_ppp", "l2tp_netlink", NULL};
	static const char *const envp[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	int status;
	pid_t pid;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (posix_spawn(&pid, paths[i], NULL, NULL, (char *const *)argv,
				(char *const *)envp))
			continue;
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		return;
	}
}

#define MODULES "modprobe l2tp_ppp (RHEL: install kernel-modules-extra; a container: on its host)"

static void check_dev_ppp(struct probe *p)
{
	int fd = open("/dev/ppp", O_RDWR | O_CLOEXEC);
	struct stat st;

	if (fd >= 0)
		close(fd);
	else if (errno == EPERM)
		problem(p, "/dev/ppp", -errno, "CAP_NET_ADMIN is missing; start as root");
	else if (errno == EACCES)
		problem(p, "/dev/ppp", -errno, "allow it: DeviceAllow=/dev/ppp rw, or root");
	else if (errno == ENOENT)
		problem(p, "/dev/ppp", -errno, "modprobe ppp_generic; mknod /dev/ppp c 108 0");
	else if (!stat("/dev/ppp", &st) && !S_ISCHR(st.st_mode))
		problem(p, "/dev/ppp", -ENODEV, "rm /dev/ppp; mknod /dev/ppp c 108 0");
	else
		problem(p, "/dev/ppp", -errno, "modprobe ppp_generic");
}

static void check_pppox(struct probe *p)
{
	int fd = socket(AF_PPPOX, SOCK_DGRAM | SOCK_CLOEXEC, PX_PROTO_OL2TP);

	if (fd >= 0)
		close(fd);
	else
		problem(p, "PPPoL2TP sockets", -errno, MODULES);
}

static void check_genl(struct probe *p)
{
	struct l2tp_genl genl;
	int error = l2tp_genl_open(&genl);

	if (!error)
		error = l2tp_genl_tunnel_get(&genl, 0xffffffff); /* allowed to nobody else */
	if (error == -EPERM)
		problem(p, "generic netlink l2tp", error,
			"CAP_NET_ADMIN is missing; start as root");
	else if (error && !(error == -ENOENT && genl.sock))
		problem(p, "generic netlink l2tp", error, MODULES);
	l2tp_genl_close(&genl);
}

unsigned kern_probe(const struct kern_ops *ops, void *ctx)
{
	struct probe p = {ops, ctx, 0};

	load_modules();
	check_dev_ppp(&p);
	check_pppox(&p);
	check_genl(&p);
	return p.problems;
}
