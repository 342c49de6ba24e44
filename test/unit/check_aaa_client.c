// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The aaa role dies: the next one is asked what was not answered, and nothing else.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/protocol.h"
#include "test/unit/suite.h"

static struct protocol *pr;
static int aaa; /* the other end */

static int connection(void)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
	aaa = fds[1];
	return fds[0];
}

static void begin(void)
{
	pr = calloc(1, sizeof(*pr));
	ck_assert_ptr_nonnull(pr);
	log_open(&pr->log, "test");
	ck_assert_int_eq(loop_init(&pr->loop), 0);
	ck_assert_int_eq(aaa_client_init(pr, connection()), 0);
}

static void end(void)
{
	aaa_client_fini(pr);
	loop_fini(&pr->loop);
	log_close(&pr->log);
	free(pr);
	close(aaa);
}

static void ask(uint32_t id)
{
	struct wire_aaa_auth m = {
		.wire = {.type = WIRE_AAA_AUTH, .version = WIRE_VERSION, .id = id},
	};

	ck_assert_int_eq(aaa_client_send(pr, &m), 0);
}

/* The next question at the other end; 0: there is none. */
static uint32_t asked(void)
{
	struct wire_aaa_auth m;

	return recv(aaa, &m, sizeof(m), 0) == sizeof(m) ? m.wire.id : 0;
}

static void answer(uint32_t id)
{
	struct wire_aaa_result m = {
		.wire = {.type = WIRE_AAA_RESULT, .version = WIRE_VERSION, .id = id},
	};

	ck_assert_int_eq(send(aaa, &m, sizeof(m), 0), sizeof(m));
}

static void dies(void)
{
	close(aaa);
	ck_assert_int_eq(loop_turn(&pr->loop, 0), 0);
	ck_assert(!pr->quit);
}

static void comes_back(void)
{
	int fd = connection();

	ck_assert_int_eq(aaa_client_replace(pr, fd), 0);
}

START_TEST(asked_again)
{
	for (uint32_t id = 1; id <= 3; id++)
		ask(id);
	ck_assert_uint_eq(asked(), 1);
	ck_assert_uint_eq(asked(), 2);
	answer(2);
	ck_assert_int_eq(loop_turn(&pr->loop, 0), 0);
	dies();
	ask(4); /* while there is nobody */
	comes_back();
	ck_assert_uint_eq(asked(), 1);
	ck_assert_uint_eq(asked(), 3);
	ck_assert_uint_eq(asked(), 4);
	ck_assert_uint_eq(asked(), 0);
	answer(4);
	answer(1);
	answer(3);
	answer(99); /* nobody asked */
	ck_assert_int_eq(loop_turn(&pr->loop, 0), 0);
	ck_assert_uint_eq(pr->n_aaa_open, 0);
}
END_TEST

/* What it said last is heard before the connection is exchanged. */
START_TEST(last_words)
{
	int before = aaa;

	ask(1);
	ask(2);
	answer(1);
	comes_back();
	ck_assert_uint_eq(asked(), 2);
	ck_assert_uint_eq(asked(), 0);
	close(before);
}
END_TEST

/* Nobody who never answers makes us keep passwords without end. */
START_TEST(bounded)
{
	for (uint32_t id = 1; id <= 1100; id++) {
		ask(id);
		ck_assert_uint_eq(asked(), id);
	}
	ck_assert_uint_eq(pr->n_aaa_open, 1024);
	dies();
	comes_back();
	ck_assert_uint_eq(asked(), 1100 - 1024 + 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("aaa_client");
	TCase *t = tcase_create("aaa_client");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, asked_again);
	tcase_add_test(t, last_words);
	tcase_add_test(t, bounded);
	suite_add_tcase(s, t);
	return suite_run(s);
}
