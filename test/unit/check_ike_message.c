// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages between charon's plugin and culvertd: what is taken, and each way of being wrong.
 */
#include "daemon/ike/message.h"

#include <errno.h>
#include <string.h>

#include "test/unit/suite.h"

static struct ike_child child(void)
{
	struct ike_child m = {
		.head = {.type = IKE_CHILD, .version = IKE_VERSION},
		.unique = 7,
		.ike_version = 1,
		.local = {.family = ENDPOINT_IPV4, .port = 4500, .addr = {192, 0, 2, 1}},
		.remote = {.family = ENDPOINT_IPV4, .port = 4500, .addr = {192, 0, 2, 9}},
		.connection = "l2tp",
		.remote_id = "C=CH, O=Example, CN=bob",
	};

	return m;
}

static int check_child(const struct ike_child *m)
{
	return ike_message_check(m, sizeof(*m), IKE_FROM_CHARON);
}

START_TEST(child_taken_and_refused)
{
	struct ike_child m = child();

	ck_assert_int_eq(check_child(&m), 0);
	ck_assert_int_eq(ike_message_check(&m, sizeof(m), IKE_FROM_CULVERTD), -EBADMSG);
	m.unique = 0;
	ck_assert_int_eq(check_child(&m), -EBADMSG);
	m = child();
	m.replaces = m.unique;
	ck_assert_int_eq(check_child(&m), -EBADMSG);
	m = child();
	m.ike_version = 3;
	ck_assert_int_eq(check_child(&m), -EBADMSG);
	m = child();
	m.remote.family = ENDPOINT_IPV6;
	ck_assert_int_eq(check_child(&m), -EBADMSG);
	m = child();
	m.local.family = m.remote.family = ENDPOINT_NONE;
	ck_assert_int_eq(check_child(&m), -EBADMSG);
}
END_TEST

START_TEST(every_string_ends)
{
	const size_t at[] = {
		offsetof(struct ike_child, connection),	 offsetof(struct ike_child, child),
		offsetof(struct ike_child, local_id),	 offsetof(struct ike_child, remote_id),
		offsetof(struct ike_child, remote_name),
	};
	const size_t size[] = {IKE_NAME_MAX, IKE_NAME_MAX, IKE_ID_MAX, IKE_ID_MAX, IKE_ID_MAX};

	for (size_t i = 0; i < 5; i++) {
		struct ike_child m = child();

		memset((char *)&m + at[i], 'x', size[i] - 1);
		ck_assert_int_eq(check_child(&m), 0);
		((char *)&m)[at[i] + size[i] - 1] = 'x';
		ck_assert_int_eq(check_child(&m), -EBADMSG);
	}
}
END_TEST

START_TEST(length_and_version)
{
	struct ike_child m = child();
	char longer[sizeof(m) + 1] = {0};

	memcpy(longer, &m, sizeof(m));
	for (size_t len = 0; len <= sizeof(longer); len++)
		ck_assert_int_eq(ike_message_check(longer, len, IKE_FROM_CHARON),
				 len == sizeof(m) ? 0 : -EBADMSG);
	m.head.version++;
	ck_assert_int_eq(check_child(&m), -EPROTO);
	m.head.version = IKE_VERSION;
	m.head.type = 9;
	ck_assert_int_eq(check_child(&m), -EBADMSG);
}
END_TEST

START_TEST(questions_have_ids)
{
	struct ike_connect m = {
		.head = {.type = IKE_CONNECT, .version = IKE_VERSION},
		.unique = 3,
	};
	struct ike_result r = {
		.head = {.type = IKE_RESULT, .version = IKE_VERSION, .id = 4},
		.error = -EACCES,
	};

	ck_assert_int_eq(ike_message_check(&m, sizeof(m), IKE_FROM_CHARON), -EBADMSG);
	m.head.id = 1;
	ck_assert_int_eq(ike_message_check(&m, sizeof(m), IKE_FROM_CHARON), 0);
	m.unique = 0;
	ck_assert_int_eq(ike_message_check(&m, sizeof(m), IKE_FROM_CHARON), -EBADMSG);
	ck_assert_int_eq(ike_message_check(&r, sizeof(r), IKE_FROM_CULVERTD), 0);
	r.error = 1;
	ck_assert_int_eq(ike_message_check(&r, sizeof(r), IKE_FROM_CULVERTD), -EBADMSG);
}
END_TEST

START_TEST(initiate_names_a_connection)
{
	struct ike_initiate m = {
		.head = {.type = IKE_INITIATE, .version = IKE_VERSION, .id = 1},
	};

	ck_assert_int_eq(ike_message_check(&m, sizeof(m), IKE_FROM_CULVERTD), -EBADMSG);
	m.connection[0] = 'c';
	ck_assert_int_eq(ike_message_check(&m, sizeof(m), IKE_FROM_CULVERTD), 0);
	ck_assert_int_eq(ike_message_check(&m, sizeof(m), IKE_FROM_CHARON), -EBADMSG);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ike_message");
	TCase *t = tcase_create("messages");

	tcase_add_test(t, child_taken_and_refused);
	tcase_add_test(t, every_string_ends);
	tcase_add_test(t, length_and_version);
	tcase_add_test(t, questions_have_ids);
	tcase_add_test(t, initiate_names_a_connection);
	suite_add_tcase(s, t);
	return suite_run(s);
}
