// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sockets on loopback: both addresses of a datagram, answers from the address that was asked, and
 * removal while a batch is under way.
 */
#include "daemon/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/addr.h"
#include "test/unit/suite.h"

static struct loop loop;
static struct udp udp;
static struct endpoint server; /* wildcard, with the port that the system chose */
static int client;
static int got;
static struct datagram last;
static uint8_t last_bytes[UDP_SIZE_MAX];
static struct udp_socket *remove_within;

static void input(void *ctx, const struct datagram *d)
{
	ck_assert_ptr_eq(ctx, &got);
	got++;
	last = *d;
	memcpy(last_bytes, d->data, d->len);
	if (remove_within)
		udp_remove(remove_within);
}

static int bound_socket(uint32_t address)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	ck_assert_int_eq(setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)), 0);
	return fd;
}

static struct endpoint name_of(int fd)
{
	union sockaddr_any sa;
	socklen_t len = sizeof(sa);

	ck_assert_int_eq(getsockname(fd, &sa.sa, &len), 0);
	return addr_from_sockaddr(&sa);
}

static void begin(void)
{
	int fd = bound_socket(INADDR_ANY);

	got = 0;
	remove_within = NULL;
	ck_assert_int_eq(loop_init(&loop), 0);
	ck_assert_int_eq(udp_init(&udp, &loop, input, &got), 0);
	ck_assert_int_eq(udp_add_listener(&udp, 3, fd), 0);
	server = name_of(fd);
	client = bound_socket(0x7f000001);
}

static void end(void)
{
	close(client);
	udp_fini(&udp);
	loop_fini(&loop);
}

static void send_to(uint32_t address, const void *data, size_t len)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons(server.port),
				 .sin_addr.s_addr = htonl(address)};

	ck_assert_int_eq(sendto(client, data, len, 0, (struct sockaddr *)&in, sizeof(in)),
			 (ssize_t)len);
}

START_TEST(both_addresses)
{
	struct endpoint me = name_of(client);
	struct iovec iov[2] = {{.iov_base = (char[]){'a', 'b'}, .iov_len = 2},
			       {.iov_base = (char[]){'c'}, .iov_len = 1}};
	union sockaddr_any from;
	socklen_t len = sizeof(from);
	struct endpoint answer;
	char buf[8];

	send_to(0x7f000002, "hello", 5);
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(got, 1);
	ck_assert_uint_eq(last.len, 5);
	ck_assert_mem_eq(last_bytes, "hello", 5);
	ck_assert_uint_eq(last.listener, 3);
	ck_assert(endpoint_equal(&last.peer, &me));
	ck_assert_mem_eq(last.local.addr, "\x7f\0\0\x02", 4);
	ck_assert_uint_eq(last.local.port, server.port);
	/* the answer leaves from where the question came to */
	udp_send(&udp, 3, NULL, &last.local, &last.peer, iov, 2);
	ck_assert_int_eq(recvfrom(client, buf, sizeof(buf), MSG_DONTWAIT, &from.sa, &len), 3);
	ck_assert_mem_eq(buf, "abc", 3);
	answer = addr_from_sockaddr(&from);
	ck_assert(endpoint_equal(&answer, &last.local));
	ck_assert(udp.send_failed == 0);
}
END_TEST

START_TEST(sizes)
{
	static char big[UDP_SIZE_MAX + 1];

	send_to(0x7f000001, big, UDP_SIZE_MAX);
	send_to(0x7f000001, big, UDP_SIZE_MAX + 1);
	send_to(0x7f000001, big, 0);
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(got, 2);
	ck_assert(udp.truncated == 1);
	ck_assert_uint_eq(last.len, 0);
}
END_TEST

START_TEST(batches)
{
	for (int i = 0; i < UDP_BATCH + 5; i++)
		send_to(0x7f000001, "x", 1);
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(got, UDP_BATCH);
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(got, UDP_BATCH + 5);
}
END_TEST

/* A tunnel's socket goes while its own datagrams are handled; what was read is still delivered. */
START_TEST(removed_within)
{
	struct udp_socket s = {.watch.fd = -1};
	int fd = bound_socket(0x7f000001);

	ck_assert_int_eq(udp_add(&udp, &s, 3, fd), 0);
	server = name_of(fd);
	remove_within = &s;
	for (int i = 0; i < 3; i++)
		send_to(0x7f000001, "x", 1);
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(got, 3);
	ck_assert_int_eq(s.watch.fd, -1);
	udp_remove(&s);
	ck_assert_int_eq(loop_turn(&loop, 0), 0);
	ck_assert_int_eq(got, 3);
}
END_TEST

START_TEST(refused)
{
	int fd = bound_socket(INADDR_ANY), file = dup(STDIN_FILENO);
	struct udp_socket s = {.watch.fd = -1};

	ck_assert_int_eq(udp_add_listener(&udp, 3, fd), -EINVAL); /* there is one */
	ck_assert_int_eq(udp_add_listener(&udp, CONFIG_LISTENERS_MAX + CONFIG_CLIENTS_MAX, fd),
			 -EINVAL);
	ck_assert_int_eq(udp_add(&udp, &s, 0, file), -ENOTSOCK);
	close(fd); /* still ours */
	close(file);
	udp_send(&udp, 0, NULL, &server, &server, NULL, 0); /* no such listener: nothing happens */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("udp");
	TCase *t = tcase_create("loopback");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, both_addresses);
	tcase_add_test(t, sizes);
	tcase_add_test(t, batches);
	tcase_add_test(t, removed_within);
	tcase_add_test(t, refused);
	suite_add_tcase(s, t);
	return suite_run(s);
}
