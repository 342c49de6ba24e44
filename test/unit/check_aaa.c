// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The aaa role end to end: its loop runs in a thread, questions and answers go over socket pairs.
 * The vectors are those of RFC 2759 9.2.
 */
#include "daemon/aaa/aaa.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compiler.h"
#include "daemon/imsg.h"
#include "daemon/ppp/mschapv2.h"
#include "wire_aaa.h"

/* RFC 2759 9.2: user "User", password "clientPass" */
static const uint8_t auth_challenge[16] = {0x5B, 0x5D, 0x7C, 0x7D, 0x7B, 0x3F, 0x2F, 0x3E,
					   0x3C, 0x2C, 0x60, 0x21, 0x32, 0x26, 0x26, 0x28};
static const uint8_t peer_challenge[16] = {0x21, 0x40, 0x23, 0x24, 0x25, 0x5E, 0x26, 0x2A,
					   0x28, 0x29, 0x5F, 0x2B, 0x3A, 0x33, 0x7C, 0x7E};
static const uint8_t nt_response[24] = {0x82, 0x30, 0x9E, 0xCD, 0x8D, 0x70, 0x8B, 0x5E,
					0xA0, 0x8F, 0xAA, 0x39, 0x81, 0xCD, 0x83, 0x54,
					0x42, 0x33, 0x11, 0x4A, 0x3D, 0x85, 0xD6, 0xDF};
#define PROOF "S=407A5589115FD0D6209F510FE9C04566932CDA56"

#define N_USERS 6
#define USERS                                                                                      \
	"User clientPass\n"                                                                        \
	"Hash nt:44ebba8d5312b8d611474411f56989ae group=staff address=10.20.0.5\n"                 \
	"CORP\\carol corp-pass group=corp\n"                                                       \
	"carol plain-pass\n"                                                                       \
	"erin \"p w\"\n"                                                                           \
	"zero nt:00000000000000000000000000000000\n"

static int protocol = -1, kernel = -1; /* our ends */
static int ends[2];		       /* those of the role */
static pthread_t thread;
static int exit_value;

static void *run(void *arg)
{
	(void)arg;
	exit_value = aaa_main(ends[0], ends[1]);
	close(ends[0]);
	close(ends[1]);
	return NULL;
}

static void setup(void)
{
	int a[2], b[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, a), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, b), 0);
	protocol = a[0];
	kernel = b[0];
	ends[0] = a[1];
	ends[1] = b[1];
	exit_value = 12345;
	ck_assert_int_eq(pthread_create(&thread, NULL, run, NULL), 0);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* The role ends once the kernel role has gone. */
static int finish(void)
{
	pthread_join(thread, NULL);
	close_one(&protocol);
	close_one(&kernel);
	return exit_value;
}

static void teardown(void)
{
	if (protocol < 0)
		return;
	close_one(&kernel);
	ck_assert_int_eq(finish(), 0);
}

static ssize_t receive(int fd, void *buf, size_t size)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t nfds = 0;

	ck_assert_int_eq(poll(&p, 1, 10000), 1);
	return imsg_recv(fd, buf, size, NULL, &nfds);
}

static struct aaa_group only_group; /* no name: nobody looks */

static struct wire_aaa_users_done load(const char *text)
{
	struct wire_aaa_users m = {
		.wire = {.type = WIRE_AAA_USERS, .version = WIRE_VERSION, .id = 77},
		.path = "/etc/culvert/users",
	};
	struct wire_aaa_users_done done;
	int fd = memfd_create("users", MFD_CLOEXEC);

	m.n_groups = only_group.name[0] != 0;
	m.group[0] = only_group;
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(imsg_send(kernel, &m, sizeof(m), &fd, 1), 0);
	close(fd);
	ck_assert_int_eq(receive(kernel, &done, sizeof(done)), sizeof(done));
	ck_assert_uint_eq(done.wire.type, WIRE_AAA_USERS_DONE);
	ck_assert_uint_eq(done.wire.version, WIRE_VERSION);
	ck_assert_uint_eq(done.wire.id, 77);
	return done;
}

static struct auth_request request(enum auth_method method, const char *user, const void *data,
				   size_t len)
{
	struct auth_request r = {
		.method = (uint8_t)method,
		.id = 9,
		.challenge_len = method == AUTH_PAP ? 0 : 16,
		.data_len = (uint8_t)len,
		.user_len = (uint8_t)strlen(user),
	};

	memcpy(r.user, user, r.user_len);
	memcpy(r.challenge, auth_challenge, 16);
	memcpy(r.data, data, len);
	return r;
}

static struct auth_result ask(const struct auth_request *r)
{
	static uint32_t id;
	struct wire_aaa_auth m = {
		.wire = {.type = WIRE_AAA_AUTH, .version = WIRE_VERSION, .id = ++id},
		.request = *r,
	};
	struct wire_aaa_result result;

	ck_assert_int_eq(imsg_send(protocol, &m, sizeof(m), NULL, 0), 0);
	ck_assert_int_eq(receive(protocol, &result, sizeof(result)), sizeof(result));
	ck_assert_uint_eq(result.wire.type, WIRE_AAA_RESULT);
	ck_assert_uint_eq(result.wire.version, WIRE_VERSION);
	ck_assert_uint_eq(result.wire.id, id);
	return result.result;
}

static struct auth_result pap(const char *user, const char *password)
{
	struct auth_request r = request(AUTH_PAP, user, password, strlen(password));

	return ask(&r);
}

static struct auth_result chap(const char *user, const char *password)
{
	uint8_t digest[16];
	struct auth_request r;

	chap_md5_response(9, (const uint8_t *)password, strlen(password), auth_challenge, 16,
			  digest);
	r = request(AUTH_CHAP_MD5, user, digest, sizeof(digest));
	return ask(&r);
}

/* What a client with this password would send; hashed is the name that it hashes. */
static struct auth_result mschapv2(const char *user, const char *hashed, const char *password)
{
	uint8_t data[MSCHAP_RESPONSE] = {0}, hash[16];
	struct auth_request r;

	ck_assert_int_eq(mschapv2_nt_hash((const uint8_t *)password, strlen(password), hash), 0);
	memcpy(data, peer_challenge, 16);
	mschapv2_nt_response(auth_challenge, peer_challenge, (const uint8_t *)hashed,
			     strlen(hashed), hash, data + 24);
	r = request(AUTH_MSCHAPV2, user, data, sizeof(data));
	return ask(&r);
}

static void assert_accepted(const struct auth_result *r, const char *user, const char *group)
{
	ck_assert_uint_eq(r->verdict, AUTH_ACCEPT);
	ck_assert_uint_eq(r->reason, AUTH_REASON_NONE);
	ck_assert_uint_eq(r->user_len, strlen(user));
	ck_assert_mem_eq(r->user, user, strlen(user));
	ck_assert_str_eq(r->group, group);
}

/* Nothing but the reason comes back with it. */
static void assert_rejected(const struct auth_result *r, enum auth_reason reason)
{
	struct auth_result expected = {.verdict = AUTH_REJECT, .reason = (uint8_t)reason};

	ck_assert_uint_eq(r->reason, reason);
	ck_assert_mem_eq(r, &expected, sizeof(expected));
}

START_TEST(rfc_2759_vectors)
{
	uint8_t data[MSCHAP_RESPONSE] = {0};
	struct auth_request r;
	struct auth_result res;
	static const char *const names[] = {"User", "DOMAIN\\User"};

	load(USERS);
	memcpy(data, peer_challenge, 16);
	memcpy(data + 24, nt_response, 24);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		r = request(AUTH_MSCHAPV2, names[i], data, sizeof(data));
		res = ask(&r);
		assert_accepted(&res, "User", "");
		ck_assert_uint_eq(res.proof_len, 42);
		ck_assert_mem_eq(res.proof, PROOF, 42);
	}
	/* each bit of challenge, peer challenge and response counts; reserved and flags don't */
	for (size_t bit = 0; bit < 8 * sizeof(data); bit += 5) {
		r = request(AUTH_MSCHAPV2, "User", data, sizeof(data));
		r.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		res = ask(&r);
		if ((bit >= 128 && bit < 192) || bit >= 384)
			assert_accepted(&res, "User", "");
		else
			assert_rejected(&res, AUTH_REASON_WRONG_PASSWORD);
	}
	r = request(AUTH_MSCHAPV2, "User", data, sizeof(data));
	r.challenge[15] ^= 1;
	res = ask(&r);
	assert_rejected(&res, AUTH_REASON_WRONG_PASSWORD);
}
END_TEST

START_TEST(nt_hash_users)
{
	struct auth_result res;

	load(USERS);
	/* RFC 2759 9.2: 44EB... is the hash of clientPass */
	res = mschapv2("Hash", "Hash", "clientPass");
	assert_accepted(&res, "Hash", "staff");
	ck_assert_uint_eq(res.address, 0x0a140005);
	res = pap("Hash", "clientPass");
	assert_accepted(&res, "Hash", "staff");
	res = pap("Hash", "clientPasS");
	assert_rejected(&res, AUTH_REASON_WRONG_PASSWORD);
	res = pap("Hash", "\xff");
	assert_rejected(&res, AUTH_REASON_WRONG_PASSWORD);
	res = pap("zero", "\xff"); /* has no hash, which must not count as one of zeroes */
	assert_rejected(&res, AUTH_REASON_WRONG_PASSWORD);
	res = pap("Hash", "nt:44ebba8d5312b8d611474411f56989ae");
	assert_rejected(&res, AUTH_REASON_WRONG_PASSWORD);
	res = chap("Hash", "clientPass");
	assert_rejected(&res, AUTH_REASON_METHOD);
	res = chap("Hash", "");
	assert_rejected(&res, AUTH_REASON_METHOD);
}
END_TEST

START_TEST(passwords)
{
	struct auth_result res;

	load(USERS);
	res = pap("User", "clientPass");
	assert_accepted(&res, "User", "");
	res = pap("User", "clientPas");
	assert_rejected(&res, AUTH_REASON_WRONG_PASSWORD);
	res = pap("User", "clientPasss");
	assert_rejected(&res, AUTH_REASON_WRONG_PASSWORD);
	res = pap("User", "");
	assert_rejected(&res, AUTH_REASON_WRONG_PASSWORD);
	res = pap("erin", "p w");
	assert_accepted(&res, "erin", "");
	res = chap("User", "clientPass");
	assert_accepted(&res, "User", "");
	res = chap("User", "clientpass");
	assert_rejected(&res, AUTH_REASON_WRONG_PASSWORD);
	res = mschapv2("User", "User", "wrong");
	assert_rejected(&res, AUTH_REASON_WRONG_PASSWORD);
}
END_TEST

/* A password with a zero byte behind it is another password: padding must not hide that. */
START_TEST(trailing_zero)
{
	struct auth_request r = request(AUTH_PAP, "User", "clientPass\0", 11);
	struct auth_result res;

	load(USERS);
	res = ask(&r);
	assert_rejected(&res, AUTH_REASON_WRONG_PASSWORD);
}
END_TEST

START_TEST(unknown_users)
{
	struct auth_result res;

	load(USERS);
	res = pap("nobody", "clientPass");
	assert_rejected(&res, AUTH_REASON_UNKNOWN_USER);
	res = chap("", "clientPass");
	assert_rejected(&res, AUTH_REASON_UNKNOWN_USER);
	res = mschapv2("user", "user", "clientPass");
	assert_rejected(&res, AUTH_REASON_UNKNOWN_USER);
	res = pap("DOMAIN\\", "x");
	assert_rejected(&res, AUTH_REASON_UNKNOWN_USER);
	res = pap("\\", "x");
	assert_rejected(&res, AUTH_REASON_UNKNOWN_USER);
}
END_TEST

START_TEST(domains)
{
	struct auth_result res;

	load(USERS);
	res = pap("CORP\\carol", "corp-pass");
	assert_accepted(&res, "CORP\\carol", "corp");
	res = pap("CORP\\carol", "plain-pass"); /* the full name decides, there is no second try */
	assert_rejected(&res, AUTH_REASON_WRONG_PASSWORD);
	res = pap("OTHER\\carol", "plain-pass");
	assert_accepted(&res, "carol", "");
	res = mschapv2("OTHER\\carol", "carol", "plain-pass");
	assert_accepted(&res, "carol", "");
	res = mschapv2("CORP\\carol", "carol", "corp-pass");
	assert_accepted(&res, "CORP\\carol", "corp");
}
END_TEST

START_TEST(bad_lengths)
{
	uint8_t data[64] = {0};
	struct auth_request r;
	struct auth_result res;

	load(USERS);
	memcpy(data, peer_challenge, 16);
	memcpy(data + 24, nt_response, 24);
	r = request(AUTH_MSCHAPV2, "User", data, MSCHAP_RESPONSE - 1);
	res = ask(&r);
	assert_rejected(&res, AUTH_REASON_WRONG_PASSWORD);
	r = request(AUTH_MSCHAPV2, "User", data, MSCHAP_RESPONSE);
	r.challenge_len = 15;
	res = ask(&r);
	assert_rejected(&res, AUTH_REASON_WRONG_PASSWORD);
	r.challenge_len = 65;
	res = ask(&r);
	assert_rejected(&res, AUTH_REASON_METHOD);
	chap_md5_response(9, (const uint8_t *)"clientPass", 10, auth_challenge, 16, data);
	for (uint8_t len = 15; len <= 17; len++) {
		r = request(AUTH_CHAP_MD5, "User", data, len);
		res = ask(&r);
		ck_assert_uint_eq(res.verdict, len == 16 ? AUTH_ACCEPT : AUTH_REJECT);
	}
	chap_md5_response(9, (const uint8_t *)"clientPass", 10, auth_challenge, 0, data);
	r = request(AUTH_CHAP_MD5, "User", data, 16);
	r.challenge_len = 0;
	res = ask(&r);
	assert_rejected(&res, AUTH_REASON_WRONG_PASSWORD);
	r = request(AUTH_NONE, "User", data, 16);
	res = ask(&r);
	assert_rejected(&res, AUTH_REASON_METHOD);
	r.method = 200;
	res = ask(&r);
	assert_rejected(&res, AUTH_REASON_METHOD);
}
END_TEST

START_TEST(before_and_after_loading)
{
	struct auth_result res = pap("User", "clientPass");
	struct wire_aaa_users_done done;

	ck_assert_uint_eq(res.verdict, AUTH_ERROR);
	ck_assert_uint_eq(res.reason, AUTH_REASON_BACKEND);
	done = load("User\nx \"\n");
	ck_assert_uint_eq(done.users, 0);
	ck_assert_uint_eq(done.errors, 2);
	ck_assert_str_eq(done.first_error, "/etc/culvert/users:1: the secret is missing (one that "
					   "begins with # needs quotes)");
	done = load(USERS);
	ck_assert_uint_eq(done.users, N_USERS);
	ck_assert_uint_eq(done.errors, 0);
	ck_assert_str_eq(done.first_error, "");
	res = pap("User", "clientPass");
	assert_accepted(&res, "User", "");
	/* a broken file leaves the old users in force */
	done = load("other secret\nbroken\n");
	ck_assert_uint_eq(done.users, N_USERS);
	ck_assert_uint_eq(done.errors, 1);
	res = pap("User", "clientPass");
	assert_accepted(&res, "User", "");
	res = pap("other", "secret");
	assert_rejected(&res, AUTH_REASON_UNKNOWN_USER);
	/* and a right one replaces all of them */
	done = load("other secret\n");
	ck_assert_uint_eq(done.users, 1);
	res = pap("User", "clientPass");
	assert_rejected(&res, AUTH_REASON_UNKNOWN_USER);
}
END_TEST

/* More questions than the socket holds answers: none is lost, each comes in its turn. */
START_TEST(full_queue)
{
	struct auth_request r = request(AUTH_PAP, "User", "clientPass", 10);
	struct wire_aaa_auth m = {
		.wire = {.type = WIRE_AAA_AUTH, .version = WIRE_VERSION},
		.request = r,
	};
	struct wire_aaa_result result;
	uint32_t sent = 0, got = 0;
	int small = 4096;

	load(USERS);
	ck_assert_int_eq(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	while (got < 3000) {
		m.wire.id = sent + 1;
		if (sent < 3000 && imsg_send(protocol, &m, sizeof(m), NULL, 0) == 0) {
			sent++;
			continue;
		}
		ck_assert_int_eq(receive(protocol, &result, sizeof(result)), sizeof(result));
		ck_assert_uint_eq(result.wire.id, ++got);
		ck_assert_uint_eq(result.result.verdict, AUTH_ACCEPT);
	}
}
END_TEST

static void send_bad(int fd, const void *msg, size_t len, bool with_fd)
{
	int other = with_fd ? memfd_create("x", 0) : -1;

	ck_assert_int_eq(imsg_send(fd, msg, len, &other, with_fd ? 1 : 0), 0);
	if (with_fd)
		close(other);
	ck_assert_int_lt(finish(), 0);
	setup();
}

/* Not of the contract: the role ends, and its parent starts it anew. */
START_TEST(bad_messages)
{
	struct wire_aaa_auth auth = {
		.wire = {.type = WIRE_AAA_AUTH, .version = WIRE_VERSION},
	};
	struct wire_aaa_users use = {
		.wire = {.type = WIRE_AAA_USERS, .version = WIRE_VERSION},
	};
	struct wire_aaa_peer peer = {
		.wire = {.type = WIRE_AAA_PEER, .version = WIRE_VERSION},
	};

	send_bad(protocol, &auth, sizeof(auth) - 1, false);
	send_bad(protocol, &auth, sizeof(auth), true);
	send_bad(protocol, &auth, 3, false);
	send_bad(protocol, &use, sizeof(use), true);
	send_bad(kernel, &auth, sizeof(auth), false);
	send_bad(kernel, &use, sizeof(use), false);
	auth.wire.version++;
	send_bad(protocol, &auth, sizeof(auth), false);
	auth.wire.version--;
	auth.wire.type = WIRE_AAA_RESULT;
	send_bad(protocol, &auth, sizeof(auth), false);
	send_bad(protocol, &peer, sizeof(peer), true);
	send_bad(kernel, &peer, sizeof(peer), false);
	send_bad(kernel, &peer, sizeof(peer) - 1, true);
}
END_TEST

/* Two protocol roles, one after the other; the second comes before or after the first has gone. */
static void next_protocol(bool before)
{
	struct wire_aaa_peer peer = {
		.wire = {.type = WIRE_AAA_PEER, .version = WIRE_VERSION},
	};
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	if (!before)
		close_one(&protocol);
	ck_assert_int_eq(imsg_send(kernel, &peer, sizeof(peer), &pair[1], 1), 0);
	close(pair[1]);
	close_one(&protocol);
	protocol = pair[0];
}

START_TEST(survives_the_protocol_role)
{
	struct wire_aaa_auth m = {
		.wire = {.type = WIRE_AAA_AUTH, .version = WIRE_VERSION},
	};
	struct wire_aaa_result result;

	load("alice wonderland\n");
	for (int i = 0; i < 4; i++) {
		next_protocol(i % 2);
		m.wire.id = (uint32_t)i + 1;
		m.request.method = AUTH_PAP;
		m.request.user_len = 5;
		memcpy(m.request.user, "alice", 5);
		m.request.data_len = 10;
		memcpy(m.request.data, "wonderland", 10);
		ck_assert_int_eq(imsg_send(protocol, &m, sizeof(m), NULL, 0), 0);
		ck_assert_int_eq(receive(protocol, &result, sizeof(result)), sizeof(result));
		ck_assert_uint_eq(result.wire.id, m.wire.id);
		ck_assert_uint_eq(result.result.verdict, AUTH_ACCEPT);
	}
}
END_TEST

START_TEST(ends_with_the_kernel_role)
{
	close_one(&kernel);
	ck_assert_int_eq(finish(), 0);
}
END_TEST

/* With the groups of a new configuration; without them nobody looks. */
START_TEST(users_must_fit)
{
	struct wire_aaa_users_done done = load("alice wonderland group=staff\n");

	ck_assert_uint_eq(done.errors, 0);
	strcpy(only_group.name, "guests");
	only_group.local_address = 0x0a140001;
	done = load("alice wonderland group=staff address=10.20.0.1\nbob secret\n");
	ck_assert_uint_eq(done.errors, 2);
	ck_assert_ptr_nonnull(strstr(done.first_error, "users:1: there is no group 'staff'"));
	ck_assert_uint_eq(done.users, 1); /* those before */
	done = load("alice wonderland group=guests address=10.20.0.2\nbob secret\n");
	ck_assert_uint_eq(done.errors, 0);
	ck_assert_uint_eq(done.users, 2);
	memset(&only_group, 0, sizeof(only_group));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("aaa");
	TCase *c = tcase_create("aaa");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, rfc_2759_vectors);
	tcase_add_test(c, nt_hash_users);
	tcase_add_test(c, passwords);
	tcase_add_test(c, trailing_zero);
	tcase_add_test(c, unknown_users);
	tcase_add_test(c, domains);
	tcase_add_test(c, bad_lengths);
	tcase_add_test(c, before_and_after_loading);
	tcase_add_test(c, full_queue);
	tcase_add_test(c, bad_messages);
	tcase_add_test(c, survives_the_protocol_role);
	tcase_add_test(c, ends_with_the_kernel_role);
	tcase_add_test(c, users_must_fit);
	suite_add_tcase(s, c);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
