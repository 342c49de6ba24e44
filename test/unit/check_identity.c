// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a user must be called to be the one whom IKE knows, and what ESP leaves of a packet.
 */
#include "daemon/engine/identity.h"

#include <string.h>

#include "compiler.h"
#include "daemon/engine/carrier.h"
#include "test/unit/suite.h"

START_TEST(common_names)
{
	static const struct {
		const char *id, *name; /* NULL: nobody's */
	} row[] = {
		{"C=CH, O=Example, CN=bob", "bob"},
		{"CN=bob", "bob"},
		{"CN=bob, E=bob@example.net", "bob"},
		{"bob@example.net", "bob@example.net"},
		{"192.0.2.1", "192.0.2.1"},
		{"C=CH, O=bob", NULL},
		{"O=bob", NULL},
		{"C=CH, O=x, CN=alice, CN=bob", NULL},
		{"CN=alice, O=x, CN=bob", NULL},
		{"C=CH, O=CN=bob, CN=eve", "eve"},
		{"C=CH, CN=", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		const char *name = "";
		size_t len = identity_common_name(row[i].id, &name);

		ck_assert_uint_eq(len, row[i].name ? strlen(row[i].name) : 0);
		if (row[i].name)
			ck_assert_mem_eq(name, row[i].name, len);
	}
}
END_TEST

/* RFC 4303 2 by hand: outer header, SPI and sequence number, vector, whole blocks, check value. */
START_TEST(what_esp_leaves)
{
	static const struct {
		uint8_t family, iv, block, icv;
		uint32_t flags;
		uint16_t path, mtu;
	} row[] = {
		/* 1500-20-8-8-16-12=1436, whole blocks 1424, less trailer 2, UDP 8, L2TP 6, PPP 4
		 */
		{ENDPOINT_IPV4, 16, 16, 12, IKE_CHILD_ENCAP, 1500, 1404},
		{ENDPOINT_IPV4, 16, 16, 16, 0, 1500, 1420},
		{ENDPOINT_IPV6, 16, 16, 16, 0, 1500, 1388},
		{ENDPOINT_IPV4, 8, 1, 16, IKE_CHILD_ENCAP, 1500, 1420},
		{ENDPOINT_IPV4, 0, 0, 0, 0, 1500, 1452},
		{ENDPOINT_IPV4, 255, 255, 255, IKE_CHILD_ENCAP, 576, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		const struct ike_child m = {
			.local = {.family = row[i].family},
			.flags = row[i].flags,
			.iv = row[i].iv,
			.block = row[i].block,
			.icv = row[i].icv,
		};

		ck_assert_uint_eq(carrier_mtu(&m, row[i].path), row[i].mtu);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("identity");
	TCase *t = tcase_create("names and sizes");

	tcase_add_test(t, common_names);
	tcase_add_test(t, what_esp_leaves);
	suite_add_tcase(s, t);
	return suite_run(s);
}
