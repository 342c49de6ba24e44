// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LENGTH_MAX (256 * 1024 * 1024)

/* --- writing --------------------------------------------------------------------------------- */

static void append(struct save_writer *w, const void *data, size_t len)
{
	size_t room = w->room ? w->room : 65536;
	uint8_t *more;

	if (w->error)
		return;
	while (room < w->len + len)
		room *= 2;
	if (room > w->room) {
		more = realloc(w->bytes, room);
		if (!more) {
			w->error = -ENOMEM;
			return;
		}
		w->bytes = more;
		w->room = room;
	}
	memcpy(w->bytes + w->len, data, len);
	w->len += len;
}

void save_begin(struct save_writer *w)
{
	const struct save_head head = {
		.magic = SAVE_MAGIC,
		.version = SAVE_VERSION,
		.readable_by = SAVE_READABLE_BY,
		.head_size = sizeof(head),
	};

	memset(w, 0, sizeof(*w));
	append(w, &head, sizeof(head));
}

void save_put(struct save_writer *w, enum save_type type, const void *record, size_t size)
{
	static const uint8_t zero[8];
	size_t padding = -size % 8;
	const struct save_record head = {
		.type = (uint16_t)type,
		.size = (uint16_t)(size + padding),
	};

	append(w, &head, sizeof(head));
	append(w, record, size);
	append(w, zero, padding);
}

int save_end(struct save_writer *w)
{
	int fd = w->error ? w->error : memfd_create("culvert-kernel", MFD_CLOEXEC);
	size_t done = 0;

	if (!w->error && fd < 0)
		fd = -errno;
	while (fd >= 0 && done < w->len) {
		ssize_t n = write(fd, w->bytes + done, w->len - done);
		int error = -errno;

		if (n < 0 && error == -EINTR)
			continue;
		if (n < 0) {
			close(fd);
			fd = error;
			break;
		}
		done += (size_t)n;
	}
	free(w->bytes);
	memset(w, 0, sizeof(*w));
	return fd;
}

/* --- reading --------------------------------------------------------------------------------- */

static int read_all(struct save_reader *r, int fd)
{
	size_t done = 0;

	while (done < r->len) {
		ssize_t n = pread(fd, r->bytes + done, r->len - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EBADMSG;
		done += (size_t)n;
	}
	return 0;
}

static int check_head(struct save_reader *r)
{
	struct save_head head;

	memcpy(&head, r->bytes, sizeof(head));
	if (head.magic != SAVE_MAGIC || head.head_size < sizeof(head) || head.head_size > r->len ||
	    head.head_size % 8)
		return -EBADMSG;
	if (head.readable_by > SAVE_VERSION)
		return -EPROTO;
	r->version = head.version;
	r->at = head.head_size;
	return 0;
}

int save_open(struct save_reader *r, int fd)
{
	struct stat st;
	int error;

	memset(r, 0, sizeof(*r));
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size < (off_t)sizeof(struct save_head) || st.st_size > LENGTH_MAX)
		return -EBADMSG;
	r->len = (size_t)st.st_size;
	r->bytes = calloc(1, r->len);
	if (!r->bytes)
		return -ENOMEM;
	error = read_all(r, fd);
	if (!error)
		error = check_head(r);
	if (error)
		save_close(r);
	return error;
}

int save_next(struct save_reader *r, const void **ret, size_t *ret_size)
{
	struct save_record head;

	if (r->at == r->len)
		return 0;
	if (r->len - r->at < sizeof(head))
		return -EBADMSG;
	memcpy(&head, r->bytes + r->at, sizeof(head));
	r->at += sizeof(head);
	if (!head.type || head.size > r->len - r->at || head.size % 8)
		return -EBADMSG;
	*ret = r->bytes + r->at;
	*ret_size = head.size;
	r->at += head.size;
	return head.type;
}

void save_get(void *to, size_t size, const void *record, size_t len)
{
	size_t have = len < size ? len : size;

	memcpy(to, record, have);
	memset((uint8_t *)to + have, 0, size - have);
}

void save_close(struct save_reader *r)
{
	free(r->bytes);
	memset(r, 0, sizeof(*r));
}
