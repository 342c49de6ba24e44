// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Channel and unit with socket pairs in their place: both are read by one door, and the end of
 * either is told once.
 */
#include "daemon/pppdev.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/unit/suite.h"

static struct loop loop;
static struct pppdev dev;
static int channel[2], unit[2]; /* [0] is given away */
static int frames, ends;
static size_t last_len;
static uint8_t last[PPPDEV_FRAME_MAX];
static bool detach_within;

static void input(struct pppdev *d, const uint8_t *frame, size_t len)
{
	ck_assert_ptr_eq(d, &dev);
	if (len) {
		frames++;
		memcpy(last, frame, len);
		last_len = len;
	} else {
		ends++;
	}
	if (detach_within || !len)
		pppdev_detach(d);
}

static void begin(void)
{
	frames = ends = 0;
	detach_within = false;
	ck_assert_int_eq(loop_init(&loop), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, channel), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, unit), 0);
	pppdev_init(&dev);
	ck_assert(!pppdev_attached(&dev));
	ck_assert_int_eq(pppdev_attach(&dev, &loop, channel[0], unit[0], input), 0);
	ck_assert(pppdev_attached(&dev));
}

static void end(void)
{
	pppdev_detach(&dev);
	pppdev_detach(&dev);
	ck_assert(!pppdev_attached(&dev));
	ck_assert_int_eq(fcntl(channel[0], F_GETFD), -1);
	ck_assert_int_eq(fcntl(unit[0], F_GETFD), -1);
	close(channel[1]);
	close(unit[1]);
	loop_fini(&loop);
}

START_TEST(one_door)
{
	ck_assert_int_eq(write(channel[1], "\xc0\x21\x09", 3), 3);
	ck_assert_int_eq(write(unit[1], "\x80\x21\x01\x02", 4), 4);
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(frames, 2);
	ck_assert_int_eq(ends, 0);
}
END_TEST

/* A flood on one device leaves room for others. */
START_TEST(batches)
{
	for (int i = 0; i < PPPDEV_BATCH + 3; i++)
		ck_assert_int_eq(write(channel[1], "\xc0\x21", 2), 2);
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(frames, PPPDEV_BATCH);
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(frames, PPPDEV_BATCH + 3);
}
END_TEST

START_TEST(detach_while_reading)
{
	detach_within = true;
	ck_assert_int_eq(write(channel[1], "\xc0\x21", 2), 2);
	ck_assert_int_eq(write(channel[1], "\xc0\x21", 2), 2);
	ck_assert_int_eq(write(unit[1], "\x80\x21", 2), 2);
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(frames, 1);
}
END_TEST

START_TEST(hang_up)
{
	ck_assert_int_eq(write(unit[1], "\x80\x21", 2), 2);
	shutdown(unit[1], SHUT_RDWR);
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(ends, 1);
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(ends, 1);
}
END_TEST

START_TEST(writes_to_channel)
{
	uint8_t buf[16];

	ck_assert_int_eq(pppdev_write(&dev, (const uint8_t *)"\xc0\x21\x01", 3), 0);
	ck_assert_int_eq(recv(channel[1], buf, sizeof(buf), MSG_DONTWAIT), 3);
	ck_assert_int_eq(recv(unit[1], buf, sizeof(buf), MSG_DONTWAIT), -1);
	pppdev_detach(&dev);
	ck_assert_int_eq(pppdev_write(&dev, (const uint8_t *)"\xc0\x21\x01", 3), -EBADF);
	/* neither a socket nor nothing knows how long it has been silent */
	ck_assert_uint_eq(pppdev_idle(&dev), UINT32_MAX);
}
END_TEST

START_TEST(failed_attach)
{
	struct pppdev other;
	int p[2], full;

	ck_assert_int_eq(pipe(p), 0);
	full = open("/dev/null", O_RDWR); /* epoll refuses it */
	pppdev_init(&other);
	ck_assert_int_eq(pppdev_attach(&other, &loop, p[0], full, input), -EPERM);
	ck_assert(!pppdev_attached(&other));
	ck_assert_int_eq(fcntl(p[0], F_GETFD), -1);
	ck_assert_int_eq(fcntl(full, F_GETFD), -1);
	close(p[1]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pppdev");
	TCase *t = tcase_create("devices");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, one_door);
	tcase_add_test(t, batches);
	tcase_add_test(t, detach_while_reading);
	tcase_add_test(t, hang_up);
	tcase_add_test(t, writes_to_channel);
	tcase_add_test(t, failed_attach);
	suite_add_tcase(s, t);
	return suite_run(s);
}
