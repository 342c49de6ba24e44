/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One value of a key, between its text and its place in the struct.
 *
 * References to other blocks and paths need to know more than the text; config_fill.c does those.
 */
#ifndef CULVERT_CONFIG_VALUE_H
#define CULVERT_CONFIG_VALUE_H

#include <stdio.h>

#include "daemon/config/config_keys.h"
#include "include/config.h"
#include "endpoint.h"

#define CONFIG_POOL_ADDRESSES_MAX (1u << 20) /* 16 times as many as there can be sessions */

/*
 * Put text, the n-th value (from 0) written for key, into the struct at base.  0, or -EINVAL with
 * what is wrong with it in words in why.
 */
int config_value_parse(const struct config_key *key, const char *text, unsigned int n, void *base,
		       char *why, size_t size);

/* As it would be written, lists in braces, quoted where needed. */
void config_value_print(FILE *out, const struct config_key *key, const void *base);

/* text, in quotes if it has to be. */
void config_quote(FILE *out, const char *text);

/* "default" or "10.0.0.0/8"; -EINVAL with why. */
int config_route_parse(const char *text, struct config_route *ret, char *why, size_t size);

/* "10.0.0.1", "2001:db8::1", "fe80::1%eth0"; -EINVAL with why. */
int config_address_parse(const char *text, struct endpoint *ret, char *why, size_t size);

/* Returns buf. */
char *config_duration_text(long seconds, char *buf, size_t size);

/* Host byte order.  Returns buf. */
char *config_ipv4_text(uint32_t address, char buf[16]);

#endif
