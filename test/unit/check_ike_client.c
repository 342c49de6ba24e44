// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The connection to charon's plugin, with a plugin that behaves and one that doesn't.
 */
#include "daemon/ike/client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/unit/suite.h"

static struct loop loop;
static struct ike_client client;
static int charon; /* its end */
static int ups, messages, losses;
static uint32_t last_unique;

static void up(struct ike_client *c)
{
	ck_assert(c->watch.fd >= 0 && c->greeted);
	ups++;
}

static void message(struct ike_client *c, const struct ike_head *m)
{
	struct ike_child_down down;

	ck_assert(c->watch.fd >= 0 && c->greeted);
	ck_assert_uint_eq(m->type, IKE_CHILD_DOWN);
	memcpy(&down, m, sizeof(down));
	last_unique = down.unique;
	messages++;
}

static void lost(struct ike_client *c, const char *why)
{
	ck_assert_int_lt(c->watch.fd, 0);
	ck_assert_ptr_nonnull(why);
	losses++;
}

static void begin(void)
{
	int pair[2];

	ups = messages = losses = 0;
	ck_assert_int_eq(loop_init(&loop), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	ike_client_init(&client, &loop);
	client.up = up;
	client.message = message;
	client.lost = lost;
	ck_assert_int_eq(ike_client_open(&client, pair[0], "culvert test"), 0);
	charon = pair[1];
}

static void end(void)
{
	ike_client_close(&client);
	close(charon);
	loop_fini(&loop);
}

static void say(const void *msg, size_t len)
{
	ck_assert_int_eq(send(charon, msg, len, 0), (ssize_t)len);
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
}

static void say_hello(uint16_t version)
{
	struct ike_hello m = {
		.head = {.type = IKE_HELLO, .version = version},
		.software = "charon test",
	};

	say(&m, sizeof(m));
}

static void say_down(uint32_t unique)
{
	struct ike_child_down m = {
		.head = {.type = IKE_CHILD_DOWN, .version = IKE_VERSION},
		.unique = unique,
	};

	say(&m, sizeof(m));
}

START_TEST(greets_and_listens)
{
	struct ike_hello hello;

	ck_assert_int_eq(recv(charon, &hello, sizeof(hello), 0), sizeof(hello));
	ck_assert_uint_eq(hello.head.type, IKE_HELLO);
	ck_assert_str_eq(hello.software, "culvert test");
	ck_assert(!client.greeted);
	say_hello(IKE_VERSION);
	ck_assert_int_eq(ups, 1);
	ck_assert_str_eq(client.hello.software, "charon test");
	say_down(5);
	say_hello(IKE_VERSION);
	ck_assert_int_eq(ups, 2);
	ck_assert_int_eq(messages, 1);
	ck_assert_uint_eq(last_unique, 5);
	ck_assert_int_eq(losses, 0);
}
END_TEST

START_TEST(lost_for_a_reason)
{
	char long_one[2048] = {0};

	switch (_i) {
	case 0:
		say_hello(IKE_VERSION + 1);
		break;
	case 1: /* before it has said hello */
		say_down(5);
		break;
	case 2:
		say_hello(IKE_VERSION);
		say("x", 1);
		break;
	case 3:
		say_hello(IKE_VERSION);
		say_down(0);
		break;
	case 4:
		say(long_one, sizeof(long_one));
		break;
	case 5:
		shutdown(charon, SHUT_RDWR);
		ck_assert_int_eq(loop_turn(&loop, 0), 0);
		break;
	}
	ck_assert_int_eq(losses, 1);
	ck_assert_int_eq(messages, 0);
	ck_assert_int_eq(client.watch.fd, -1);
	ck_assert_int_eq(ike_client_send(&client, "", 1), -ENOTCONN);
}
END_TEST

/* A charon that does not read is not waited for, and does not fill our memory. */
START_TEST(charon_that_does_not_read)
{
	struct ike_terminate m = {
		.head = {.type = IKE_TERMINATE, .version = IKE_VERSION},
		.unique = 1,
	};
	int err = 0;

	say_hello(IKE_VERSION);
	for (int i = 0; i < 100000 && !err; i++)
		err = ike_client_send(&client, &m, sizeof(m));
	ck_assert_int_eq(err, -ENOBUFS);
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(losses, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ike_client");
	TCase *t = tcase_create("connection");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, greets_and_listens);
	tcase_add_loop_test(t, lost_for_a_reason, 0, 6);
	tcase_add_test(t, charon_that_does_not_read);
	suite_add_tcase(s, t);
	return suite_run(s);
}
