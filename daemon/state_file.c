// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void state_file_path(const char *control_socket, char *buf, size_t size)
{
	const char *slash = strrchr(control_socket, '/');
	int dir = slash ? (int)(slash + 1 - control_socket) : 0;

	snprintf(buf, size, "%.*sstate", dir, control_socket);
}

/*
 * What somebody else could write, or has another name for, would be believed by the protocol role:
 * it is made anew.
 */
static int check(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink != 1 ||
	    (st.st_mode & 07777) != 0600)
		return -EPERM;
	return 0;
}

static int open_path(const char *path, int flags)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0600);

	return fd < 0 ? -errno : fd;
}

int state_file_open(const char *path)
{
	int fd = open_path(path, 0);

	if (fd >= 0 && !check(fd))
		return fd;
	if (fd >= 0)
		close(fd);
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	return open_path(path, O_EXCL);
}

int state_file_wipe(int fd)
{
	return ftruncate(fd, 0) < 0 ? -errno : 0;
}
