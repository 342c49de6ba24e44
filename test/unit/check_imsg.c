// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages between roles over real sockets: descriptors, sizes, order, and nothing left open.
 */
#include "daemon/imsg.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/unit/dies.h"
#include "test/unit/suite.h"
#include "wire.h"

static int ends[2];
static int fds_before;

static int open_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void begin(void)
{
	fds_before = open_fds();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
}

static void end(void)
{
	close(ends[0]);
	close(ends[1]);
	ck_assert_int_eq(open_fds(), fds_before);
}

START_TEST(passes)
{
	int fds[WIRE_FDS_MAX], got[WIRE_FDS_MAX];
	size_t n = WIRE_FDS_MAX;
	char buf[16];

	for (int i = 0; i < WIRE_FDS_MAX; i++)
		fds[i] = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(imsg_send(ends[0], "hello", 5, fds, WIRE_FDS_MAX), 0);
	ck_assert_int_eq(imsg_recv(ends[1], buf, sizeof(buf), got, &n), 5);
	ck_assert_mem_eq(buf, "hello", 5);
	ck_assert_uint_eq(n, WIRE_FDS_MAX);
	for (int i = 0; i < WIRE_FDS_MAX; i++) {
		char zero = 1;

		ck_assert_int_eq(fcntl(got[i], F_GETFD), FD_CLOEXEC);
		ck_assert_int_eq(read(got[i], &zero, 1), 1);
		ck_assert_int_eq(zero, 0);
		close(got[i]);
		ck_assert_int_eq(close(fds[i]), 0); /* stayed ours */
	}
}
END_TEST

START_TEST(plain)
{
	char buf[16];
	size_t n = 3;
	int got[3];

	ck_assert_int_eq(imsg_recv(ends[1], buf, sizeof(buf), got, &n), -EAGAIN);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(imsg_send(ends[0], "a", 1, NULL, 0), 0);
	ck_assert_int_eq(imsg_send(ends[0], "bc", 2, NULL, 0), 0);
	n = 3;
	ck_assert_int_eq(imsg_recv(ends[1], buf, sizeof(buf), got, &n), 1);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(imsg_recv(ends[1], buf, sizeof(buf), NULL, NULL), 2);
	shutdown(ends[0], SHUT_WR);
	ck_assert_int_eq(imsg_recv(ends[1], buf, sizeof(buf), NULL, NULL), 0);
	close(ends[1]);
	ck_assert_int_eq(imsg_send(ends[0], "d", 1, NULL, 0), -EPIPE); /* and no signal */
	ends[1] = dup(ends[0]);
}
END_TEST

/* Whoever brings more than is wanted loses all of it, and we keep none. */
START_TEST(too_many_fds)
{
	int fds[WIRE_FDS_MAX] = {0, 1, 2, 0}, got[1];
	char buf[16];

	for (size_t room = 0; room < 2; room++) {
		size_t n = room;

		ck_assert_int_eq(imsg_send(ends[0], "x", 1, fds, WIRE_FDS_MAX), 0);
		ck_assert_int_eq(imsg_recv(ends[1], buf, sizeof(buf), got, &n), -EMSGSIZE);
		ck_assert_uint_eq(n, 0);
	}
	ck_assert_int_eq(imsg_send(ends[0], "x", 1, fds, 1), 0);
	ck_assert_int_eq(imsg_recv(ends[1], buf, sizeof(buf), NULL, NULL), -EMSGSIZE);
}
END_TEST

/* More than imsg_send() would ever send: the kernel cuts, what did arrive is closed. */
START_TEST(far_too_many_fds)
{
	enum { MANY = 60 };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(MANY * sizeof(int))];
	} ctl = {.buf = {0}};
	struct iovec iov = {.iov_base = (char[]){'x'}, .iov_len = 1};
	struct msghdr mh = {.msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = ctl.buf,
			    .msg_controllen = sizeof(ctl.buf)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&mh);
	int fds[MANY] = {0}, got[WIRE_FDS_MAX];
	size_t n = WIRE_FDS_MAX;
	char buf[16];

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	ck_assert_int_eq(sendmsg(ends[0], &mh, 0), 1);
	ck_assert_int_eq(imsg_recv(ends[1], buf, sizeof(buf), got, &n), -EMSGSIZE);
	ck_assert_uint_eq(n, 0);
}
END_TEST

/* A receiver that has no descriptor left refuses the message, whole, and goes on with the next. */
START_TEST(no_descriptor_left)
{
	int fds[2] = {0, 1}, got[2];
	struct rlimit before, none;
	char buf[16];
	size_t n = 2;

	ck_assert_int_eq(imsg_send(ends[0], "first", 5, fds, 2), 0);
	ck_assert_int_eq(imsg_send(ends[0], "next", 4, NULL, 0), 0);
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	ck_assert_int_eq(imsg_recv(ends[1], buf, sizeof(buf), got, &n), -EMSGSIZE);
	ck_assert_uint_eq(n, 0);
	n = 2;
	ck_assert_int_eq(imsg_recv(ends[1], buf, sizeof(buf), got, &n), 4);
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(oversize)
{
	int fds[1] = {0}, got[1];
	char big[100] = "", buf[99];
	size_t n = 1;

	ck_assert_int_eq(imsg_send(ends[0], big, sizeof(big), fds, 1), 0);
	ck_assert_int_eq(imsg_recv(ends[1], buf, sizeof(buf), got, &n), -EMSGSIZE);
	ck_assert_uint_eq(n, 0);
	/* the next one is not hurt */
	ck_assert_int_eq(imsg_send(ends[0], "ok", 2, NULL, 0), 0);
	ck_assert_int_eq(imsg_recv(ends[1], buf, sizeof(buf), NULL, NULL), 2);
}
END_TEST

static void send_oversize(void *arg)
{
	static char big[WIRE_SIZE_MAX + 1];

	imsg_send(*(int *)arg, big, sizeof(big), NULL, 0);
}

static void send_fds(void *arg)
{
	int fds[WIRE_FDS_MAX + 1] = {0};

	imsg_send(*(int *)arg, "x", 1, fds, WIRE_FDS_MAX + 1);
}

START_TEST(bugs)
{
	ck_assert(dies(send_oversize, &ends[0]));
	ck_assert(dies(send_fds, &ends[0]));
}
END_TEST

/* Take one message: its number, and whether a descriptor came; -EAGAIN when there is none. */
static int take_number(void)
{
	unsigned char msg[2000];
	int fd = -1;
	size_t n = 1;
	ssize_t len = imsg_recv(ends[1], msg, sizeof(msg), &fd, &n);

	if (len < 0)
		return (int)len;
	ck_assert_int_eq(len, sizeof(msg));
	ck_assert_uint_eq(n, msg[0] % 3 == 0);
	if (n)
		close(fd);
	return msg[0];
}

static int queue_number(struct imsg_queue *q, int i)
{
	unsigned char msg[2000] = {(unsigned char)i};
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), err;

	err = imsg_queue_send(q, msg, sizeof(msg), &fd, i % 3 == 0);
	close(fd); /* what waits has its own */
	return err;
}

START_TEST(queue_keeps_order)
{
	int size = 8000, sent = 0, got = 0, v;
	struct imsg_queue q;

	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	imsg_queue_init(&q, ends[0], 100);
	while (imsg_queue_idle(&q)) {
		ck_assert_int_eq(queue_number(&q, sent++), 0);
		ck_assert_int_lt(sent, 100);
	}
	while (sent < 100)
		ck_assert_int_eq(queue_number(&q, sent++), 0);
	ck_assert_int_eq(imsg_queue_flush(&q), -EAGAIN);
	while (got < 100) {
		while ((v = take_number()) >= 0)
			ck_assert_int_eq(v, got++);
		ck_assert_int_eq(v, -EAGAIN);
		ck_assert_int_eq(imsg_queue_flush(&q), imsg_queue_idle(&q) ? 0 : -EAGAIN);
		/* a newcomer does not overtake what waits */
		if (sent < 120 && !imsg_queue_idle(&q))
			ck_assert_int_eq(queue_number(&q, sent++), 0);
	}
	while ((v = take_number()) >= 0 || imsg_queue_flush(&q) == -EAGAIN || v >= 0)
		ck_assert(v < 0 || v == got++);
	while ((v = take_number()) >= 0)
		ck_assert_int_eq(v, got++);
	ck_assert_int_eq(got, sent);
	ck_assert(imsg_queue_idle(&q));
	imsg_queue_fini(&q);
}
END_TEST

START_TEST(queue_is_bounded)
{
	int size = 8000;
	struct imsg_queue q;
	int i = 0;

	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	imsg_queue_init(&q, ends[0], 4);
	while (imsg_queue_idle(&q))
		ck_assert_int_eq(queue_number(&q, i++), 0);
	for (int n = 1; n < 4; n++)
		ck_assert_int_eq(queue_number(&q, i++), 0);
	ck_assert_uint_eq(q.count, 4);
	ck_assert_int_eq(queue_number(&q, i), -ENOBUFS);
	imsg_queue_fini(&q); /* end() finds what would stay open */
	ck_assert_uint_eq(q.count, 0);
}
END_TEST

START_TEST(queue_without_peer)
{
	struct imsg_queue q;

	imsg_queue_init(&q, ends[0], 4);
	close(ends[1]);
	ck_assert_int_eq(imsg_queue_send(&q, "x", 1, NULL, 0), -EPIPE);
	ck_assert(imsg_queue_idle(&q));
	imsg_queue_fini(&q);
	ends[1] = dup(ends[0]);
}
END_TEST

/* A descriptor that is none: nothing waits, nothing stays open. */
START_TEST(queue_bad_fd)
{
	int size = 8000, fds[3];
	struct imsg_queue q;
	int i = 0;

	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	imsg_queue_init(&q, ends[0], 100);
	fds[0] = fds[1] = 0;
	fds[2] = 1000;
	ck_assert_int_eq(imsg_queue_send(&q, "x", 1, fds, 3), -EBADF);
	while (imsg_queue_idle(&q))
		ck_assert_int_eq(queue_number(&q, i++), 0);
	ck_assert_int_eq(imsg_queue_send(&q, "x", 1, fds, 3), -EBADF);
	ck_assert_uint_eq(q.count, 1);
	imsg_queue_fini(&q);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("imsg");
	TCase *t = tcase_create("messages");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, passes);
	tcase_add_test(t, plain);
	tcase_add_test(t, too_many_fds);
	tcase_add_test(t, far_too_many_fds);
	tcase_add_test(t, no_descriptor_left);
	tcase_add_test(t, oversize);
	tcase_add_test(t, bugs);
	tcase_add_test(t, queue_keeps_order);
	tcase_add_test(t, queue_is_bounded);
	tcase_add_test(t, queue_without_peer);
	tcase_add_test(t, queue_bad_fd);
	suite_add_tcase(s, t);
	return suite_run(s);
}
