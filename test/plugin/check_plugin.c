// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The plugin's table and its socket with strongSwan's library but without charon: what culvertd is
 * told, when it is slow, and what it may say.
 */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ike/message.h"
#include "plugin/l2tp_children.h"
#include "plugin/l2tp_socket.h"

#define LIMIT 8 /* messages that it queues, here */

static char path[64];
static l2tp_children_t *children;
static l2tp_socket_t *sock;
static int fd; /* culvertd's end */
static volatile int heard, lost;
static volatile uint16_t last_type;

/* any of them, aligned */
static union {
	struct ike_head head;
	struct ike_hello hello;
	struct ike_child child;
	struct ike_child_down down;
} msg;

static uint32_t mask(l2tp_marks_t *marks)
{
	return marks ? 0xff00 : 0;
}

static l2tp_marks_t marks = {.get_mask = mask};

static void hear(void *user, const struct ike_head *head)
{
	if (!head) {
		lost++;
		return;
	}
	last_type = head->type;
	heard++;
}

static int dial(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, path);
	ck_assert_int_eq(connect(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return s;
}

static void greet(int s, uint16_t version)
{
	struct ike_hello hello = {
		.head = {.type = IKE_HELLO, .version = version},
		.software = "check",
	};

	ck_assert_int_eq(send(s, &hello, sizeof(hello), 0), sizeof(hello));
}

/* the type of the next message; 0: the end; -1: nothing comes */
static int next(int s)
{
	struct pollfd p = {.fd = s, .events = POLLIN};
	ssize_t n;

	if (poll(&p, 1, 2000) != 1)
		return -1;
	n = recv(s, &msg, sizeof(msg), 0);
	if (n <= 0)
		return 0;
	ck_assert_int_eq(ike_message_check(&msg, (size_t)n, IKE_FROM_CHARON), 0);
	return msg.head.type;
}

static bool silent(int s)
{
	struct pollfd p = {.fd = s, .events = POLLIN};

	return poll(&p, 1, 100) == 0;
}

static struct ike_child child(uint32_t unique, uint32_t mark)
{
	return (struct ike_child){
		.head = {.type = IKE_CHILD, .version = IKE_VERSION},
		.unique = unique,
		.ike = 1,
		.mark_in = mark,
		.mark_out = mark,
		.ike_version = 2,
		.local = {.family = ENDPOINT_IPV4},
		.remote = {.family = ENDPOINT_IPV4},
		.connection = "l2tp",
		.child = "l2tp",
	};
}

static void put(uint32_t unique, uint32_t mark)
{
	struct ike_child c = child(unique, mark);

	children->put(children, &c);
}

static void setup(void)
{
	library_init(NULL, "check");
	snprintf(path, sizeof(path), "/tmp/check_plugin.%d", getpid());
	lib->settings->set_str(lib->settings, "%s.plugins.l2tp.socket", path, lib->ns);
	lib->settings->set_int(lib->settings, "%s.plugins.l2tp.queue", LIMIT, lib->ns);
	children = l2tp_children_create();
	sock = l2tp_socket_create(children, &marks);
	ck_assert_ptr_nonnull(sock);
	sock->set_callback(sock, hear, NULL);
	fd = dial();
	heard = lost = 0;
}

static void teardown(void)
{
	close(fd);
	sock->destroy(sock);
	children->destroy(children);
	ck_assert_int_eq(access(path, F_OK), -1);
	library_deinit();
}

/* greeted, with an empty table */
static void begin(void)
{
	greet(fd, IKE_VERSION);
	ck_assert_int_eq(next(fd), IKE_HELLO);
	ck_assert_int_eq(next(fd), IKE_SNAPSHOT_END);
}

START_TEST(tells_what_there_is)
{
	put(1, 0x100);
	put(2, 0x200);
	ck_assert(silent(fd));
	ck_assert(!sock->is_connected(sock));
	greet(fd, IKE_VERSION);
	ck_assert_int_eq(next(fd), IKE_HELLO);
	ck_assert_uint_eq(msg.hello.mark_mask, 0xff00);
	ck_assert_int_eq(next(fd), IKE_CHILD);
	ck_assert_int_eq(next(fd), IKE_CHILD);
	ck_assert_int_eq(next(fd), IKE_SNAPSHOT_END);
	ck_assert(sock->is_connected(sock));
}
END_TEST

START_TEST(tells_what_becomes_of_it)
{
	struct ike_child c = child(3, 0x100);
	uint32_t replaced = 0;

	begin();
	put(1, 0x100);
	ck_assert_int_eq(next(fd), IKE_CHILD);
	put(1, 0x100);
	ck_assert(silent(fd));
	children->replace(children, &c, 1);
	ck_assert_int_eq(next(fd), IKE_CHILD);
	ck_assert_uint_eq(msg.child.unique, 3);
	ck_assert_uint_eq(msg.child.replaces, 1);
	/* what it was told as stays, and the old one goes without a word */
	put(3, 0x100);
	ck_assert(!children->remove(children, 1, &replaced));
	ck_assert(silent(fd));
	ck_assert(children->has_mark(children, 0x100));
	ck_assert(children->remove(children, 3, &replaced));
	ck_assert_uint_eq(replaced, 1);
	ck_assert_int_eq(next(fd), IKE_CHILD_DOWN);
	ck_assert_uint_eq(msg.down.unique, 3);
	ck_assert(!children->has_mark(children, 0x100));
}
END_TEST

/* what culvertd knows when it has read on until nothing comes any more; how often it started over
 */
static int read_all(bool known[], uint32_t size)
{
	int type, hellos = 0;

	while ((type = next(fd)) > 0) {
		if (type == IKE_HELLO) {
			memset(known, 0, size * sizeof(*known));
			hellos++;
		}
		if (type == IKE_CHILD) {
			ck_assert_uint_lt(msg.child.unique, size);
			known[msg.child.unique] = true;
		}
		if (type == IKE_CHILD_DOWN) {
			ck_assert_uint_lt(msg.down.unique, size);
			known[msg.down.unique] = false;
		}
	}
	ck_assert_int_eq(type, -1);
	return hellos;
}

/*
 * What fits is told, and then a snapshot of what is left; when that is, and how often, is the
 * scheduler's business: in the end culvertd knows what there is.
 */
START_TEST(starts_over_for_a_slow_one)
{
	static bool known[6001];
	uint32_t replaced, seen = 0;

	begin();
	put(5000, 0x5000);
	for (uint32_t i = 1; i <= 1000; i++) {
		put(i, i << 8);
		if (i != 1000)
			children->remove(children, i, &replaced);
	}
	ck_assert_int_ge(read_all(known, 6001), 1);
	for (uint32_t i = 0; i < 6001; i++)
		seen += known[i];
	ck_assert_uint_eq(seen, 2);
	ck_assert(known[1000]);
	ck_assert(known[5000]);
	put(6000, 0x6000);
	ck_assert_int_eq(next(fd), IKE_CHILD);
	ck_assert(silent(fd));
}
END_TEST

/* A snapshot that is longer than the queue is told all the same. */
START_TEST(tells_many)
{
	uint32_t seen = 0;

	for (uint32_t i = 1; i <= 500; i++)
		put(i, i << 8);
	greet(fd, IKE_VERSION);
	ck_assert_int_eq(next(fd), IKE_HELLO);
	while (next(fd) == IKE_CHILD)
		seen++;
	ck_assert_uint_eq(seen, 500);
	ck_assert_int_eq(msg.head.type, IKE_SNAPSHOT_END);
}
END_TEST

START_TEST(hears_no_nonsense)
{
	unsigned char junk[sizeof(struct ike_child) + 64];
	struct ike_text text = {
		.head = {.type = IKE_PROGRESS, .version = IKE_VERSION, .id = 1},
	};
	int valid = 0;

	begin();
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		size_t len = 1 + (size_t)random() % (sizeof(junk) - 1);
		uint16_t type = (uint16_t)(random() % 80);

		for (size_t k = 0; k < len; k++)
			junk[k] = (unsigned char)random();
		if (len > sizeof(struct ike_head)) {
			memcpy(junk, &type, sizeof(type));
			memcpy(junk + 2, &text.head.version, sizeof(text.head.version));
		} else {
			memset(junk, 0, sizeof(junk));
			if (len >= sizeof(struct ike_head))
				junk[2] = IKE_VERSION;
		}
		if (type != IKE_HELLO && !ike_message_check(junk, len, IKE_FROM_CULVERTD))
			valid++;
		ck_assert_int_eq(send(fd, junk, len, 0), (ssize_t)len);
	}
	ck_assert_int_eq(send(fd, &text, sizeof(text), 0), sizeof(text));
	put(7, 0x700);
	ck_assert_int_eq(next(fd), IKE_CHILD);
	for (int i = 0; i < 100 && heard <= valid; i++)
		usleep(10000);
	ck_assert_int_eq(heard, valid + 1);
	ck_assert_int_eq(last_type, IKE_PROGRESS);
}
END_TEST

START_TEST(hangs_up)
{
	int other;

	/* before a greeting nothing counts */
	put(1, 0x100);
	ck_assert(silent(fd));
	greet(fd, IKE_VERSION + 1);
	ck_assert_int_eq(next(fd), 0);
	close(fd);
	fd = dial();
	greet(fd, IKE_VERSION);
	ck_assert_int_eq(next(fd), IKE_HELLO);
	ck_assert_int_eq(next(fd), IKE_CHILD);
	ck_assert_int_eq(next(fd), IKE_SNAPSHOT_END);
	/* a second one takes the place of the first */
	lost = 0;
	other = dial();
	greet(other, IKE_VERSION);
	ck_assert_int_eq(next(fd), 0);
	ck_assert_int_eq(next(other), IKE_HELLO);
	ck_assert_int_eq(lost, 1);
	close(other);
}
END_TEST

START_TEST(is_for_root)
{
	pid_t pid;
	int status = 0;

	if (getuid())
		return;
	pid = fork();
	if (!pid) {
		struct sockaddr_un addr = {.sun_family = AF_UNIX};
		int s = socket(AF_UNIX, SOCK_SEQPACKET, 0);

		strcpy(addr.sun_path, path);
		if (setuid(65534))
			_exit(1);
		_exit(connect(s, (struct sockaddr *)&addr, sizeof(addr)) ? 0 : 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("plugin");
	TCase *t = tcase_create("socket");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, tells_what_there_is);
	tcase_add_test(t, tells_what_becomes_of_it);
	tcase_add_test(t, starts_over_for_a_slow_one);
	tcase_add_test(t, tells_many);
	tcase_add_test(t, hears_no_nonsense);
	tcase_add_test(t, hangs_up);
	tcase_add_test(t, is_for_root);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
