// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A configuration in a sealed memfd: written once by the kernel role, mapped by the others.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config/config.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

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

int config_to_memfd(const struct config *c)
{
	int fd, r;

	fd = memfd_create("culvert-config", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	r = write_all(fd, c, sizeof(*c));
	if (r == 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		r = -errno;
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

static bool counts_fit(const struct config *c)
{
	return c->n_listeners <= CONFIG_LISTENERS_MAX && c->n_servers <= CONFIG_SERVERS_MAX &&
	       c->n_groups <= CONFIG_GROUPS_MAX && c->n_pools <= CONFIG_POOLS_MAX &&
	       c->n_clients <= CONFIG_CLIENTS_MAX;
}

int config_from_memfd(int fd, const struct config **ret)
{
	const struct config *c;
	struct stat st;
	int seals;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size != (off_t)sizeof(*c))
		return -EMSGSIZE;
	seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0)
		return -errno;
	if ((seals & SEALS) != SEALS)
		return -EPERM;
	/* Kernels before 6.7 map a write-sealed file privately only. */
	c = mmap(NULL, sizeof(*c), PROT_READ, MAP_PRIVATE, fd, 0);
	if (c == MAP_FAILED)
		return -errno;
	if (c->version != CONFIG_VERSION || !counts_fit(c)) {
		config_unmap(c);
		return -EPROTO;
	}
	*ret = c;
	return 0;
}

void config_unmap(const struct config *c)
{
	munmap((void *)(uintptr_t)c, sizeof(*c));
}
