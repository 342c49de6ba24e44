// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file of records in memory.  The file has no content where nothing was written; memory is
 * asked for before it is written to, because a write for which there is none ends the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/state/slots.h"

#define BACK_SLOTS 64 /* asked for at once */

static int allocate(int fd, size_t from, size_t len)
{
	return fallocate(fd, 0, (off_t)from, (off_t)len) ? -errno : 0;
}

static int back(struct slots *f, uint32_t slots)
{
	uint32_t want = (slots + BACK_SLOTS - 1) / BACK_SLOTS * BACK_SLOTS;
	size_t from = slots_size(f->n_backed);
	int err;

	if (want > f->n_slots)
		want = f->n_slots;
	err = allocate(f->fd, from, slots_size(want) - from);
	if (!err)
		f->n_backed = want;
	return err;
}

/* The file keeps what it has, and is as long as it must be. */
static int fit(int fd, uint32_t slots, size_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	*ret_size = slots_size(slots);
	if ((size_t)st.st_size < *ret_size)
		return ftruncate(fd, (off_t)*ret_size) ? -errno : 0;
	if ((size_t)st.st_size <= slots_size(STATE_SLOTS_MAX))
		*ret_size = (size_t)st.st_size;
	return 0;
}

static int map(struct slots *f, int fd, uint32_t slots, bool old)
{
	size_t size = 0;
	void *memory;
	int err = old || !ftruncate(fd, 0) ? 0 : -errno;

	if (!err)
		err = fit(fd, slots, &size);
	if (!err)
		err = allocate(fd, 0, STATE_HEAD_SIZE);
	if (err)
		return err;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	err = slots_init(f, memory, size, old);
	if (err)
		munmap(memory, size);
	return err;
}

int slots_map(struct slots *f, int fd, uint32_t slots, bool *old)
{
	int err;

	if (slots < 1 || slots > STATE_SLOTS_MAX)
		return -EINVAL;
	err = map(f, fd, slots, *old);
	if (err == -EUCLEAN) {
		*old = false;
		err = map(f, fd, slots, false);
	}
	if (err)
		return err;
	f->fd = fd;
	f->n_backed = slots_last(f);
	f->back = back;
	return 0;
}

void slots_unmap(struct slots *f)
{
	void *memory = f->head;

	if (!memory)
		return;
	slots_fini(f);
	munmap(memory, f->size);
	close(f->fd);
}
