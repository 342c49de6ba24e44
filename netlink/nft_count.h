/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The value of a named counter of nftables, without a listing of all the rest.
 */
#ifndef CULVERT_NETLINK_NFT_COUNT_H
#define CULVERT_NETLINK_NFT_COUNT_H

#include <stdint.h>

/* Packets that a counter of an inet table has seen: 0, or -errno. */
int nft_count(const char *table, const char *counter, uint64_t *ret_packets);

#endif
