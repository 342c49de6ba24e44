/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libnftables, as far as we need it: commands in nft's language, as one transaction.
 */
#ifndef CULVERT_NETLINK_NFT_H
#define CULVERT_NETLINK_NFT_H

#include <stdbool.h>

struct nft_ctx;

struct nft {
	struct nft_ctx *ctx;
	int fd;	       /* libnftables' own socket */
	char why[128]; /* of the last failure, in words */
};

/* A table that is made with `flags owner` goes with nft_close(), or with the process. */
int nft_open(struct nft *n);
void nft_close(struct nft *n);

/* All of it or nothing: 0 or -EIO, and why. */
int nft_run(struct nft *n, const char *commands);

#endif
