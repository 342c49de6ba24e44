// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/addr.h"

#include <arpa/inet.h>
#include <string.h>

#include "test/unit/suite.h"

static struct endpoint v4(const char *host, uint16_t port)
{
	struct endpoint ep = {.family = ENDPOINT_IPV4, .port = port};

	ck_assert_int_eq(inet_pton(AF_INET, host, ep.addr), 1);
	return ep;
}

static struct endpoint v6(const char *host, uint16_t port, uint32_t scope)
{
	struct endpoint ep = {.family = ENDPOINT_IPV6, .port = port, .scope = scope};

	ck_assert_int_eq(inet_pton(AF_INET6, host, ep.addr), 1);
	return ep;
}

static void there_and_back(struct endpoint ep, int family, socklen_t len)
{
	union sockaddr_any sa;
	struct endpoint back;

	memset(&sa, 0xff, sizeof(sa));
	ck_assert_uint_eq(addr_to_sockaddr(&ep, &sa), len);
	ck_assert_int_eq(sa.sa.sa_family, family);
	back = addr_from_sockaddr(&sa);
	ck_assert(endpoint_equal(&ep, &back));
}

START_TEST(sockaddrs)
{
	union sockaddr_any sa;
	struct endpoint none = {0}, ep;

	there_and_back(v4("192.0.2.1", 1701), AF_INET, sizeof(struct sockaddr_in));
	there_and_back(v4("0.0.0.0", 0), AF_INET, sizeof(struct sockaddr_in));
	there_and_back(v6("2001:db8::1", 65535, 0), AF_INET6, sizeof(struct sockaddr_in6));
	there_and_back(v6("fe80::1", 1701, 3), AF_INET6, sizeof(struct sockaddr_in6));
	ck_assert_uint_eq(addr_to_sockaddr(&none, &sa), 0);
	memset(&sa, 0, sizeof(sa));
	sa.sa.sa_family = AF_UNIX;
	ep = addr_from_sockaddr(&sa);
	ck_assert(endpoint_equal(&ep, &none));
}
END_TEST

/* A scope that means nothing must not make one host two. */
START_TEST(scopes)
{
	struct endpoint ep = v6("2001:db8::1", 1701, 0), got;
	union sockaddr_any sa;

	addr_to_sockaddr(&ep, &sa);
	sa.in6.sin6_scope_id = 4;
	sa.in6.sin6_flowinfo = htonl(77);
	got = addr_from_sockaddr(&sa);
	ck_assert(endpoint_equal(&got, &ep));
}
END_TEST

START_TEST(same_host)
{
	struct endpoint a = v4("192.0.2.1", 1701), b = v4("192.0.2.1", 4000);
	struct endpoint c = v4("192.0.2.2", 1701), d = v6("c000:201::", 1701, 0);

	ck_assert(endpoint_same_host(&a, &b) && !endpoint_equal(&a, &b));
	ck_assert(!endpoint_same_host(&a, &c));
	/* the same bytes of another family */
	ck_assert_mem_eq(a.addr, d.addr, 16);
	ck_assert(!endpoint_same_host(&a, &d));
}
END_TEST

START_TEST(texts)
{
	struct endpoint none = {0}, ep;
	char buf[ADDR_TEXT_MAX];

	ep = v4("192.0.2.1", 1701);
	ck_assert_str_eq(addr_text(&ep, buf), "192.0.2.1:1701");
	ep = v4("192.0.2.1", 0);
	ck_assert_str_eq(addr_text(&ep, buf), "192.0.2.1");
	ep = v6("2001:db8::1", 1701, 0);
	ck_assert_str_eq(addr_text(&ep, buf), "[2001:db8::1]:1701");
	ep = v6("2001:db8::1", 0, 0);
	ck_assert_str_eq(addr_text(&ep, buf), "2001:db8::1");
	ep = v6("fe80::1", 1, 2);
	ck_assert_str_eq(addr_text(&ep, buf), "[fe80::1%2]:1");
	ck_assert_str_eq(addr_text(&none, buf), "none");
	ep = v6("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", 65535, UINT32_MAX);
	ck_assert_str_eq(addr_text(&ep, buf),
			 "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535");
	ck_assert_str_eq(addr_text4(0x0a400001, buf), "10.64.0.1");
	ck_assert_str_eq(addr_text4(UINT32_MAX, buf), "255.255.255.255");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("addr");
	TCase *t = tcase_create("addr");

	tcase_add_test(t, sockaddrs);
	tcase_add_test(t, scopes);
	tcase_add_test(t, same_host);
	tcase_add_test(t, texts);
	suite_add_tcase(s, t);
	return suite_run(s);
}
