// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libnftables opens its socket without close-on-exec, and may open it again when a listing was
 * disturbed.  A role that inherited it would hold a socket that root has opened, and would keep
 * our table alive; so it is looked for and marked after each run.
 */
#include "netlink/nft.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define FDS_SEARCHED 65536 /* it takes the lowest number that is free */

static int value_of(int fd, int option)
{
	socklen_t len = sizeof(int);
	int value;

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) < 0 ? -1 : value;
}

static bool is_it(int fd)
{
	return value_of(fd, SO_DOMAIN) == AF_NETLINK &&
	       value_of(fd, SO_PROTOCOL) == NETLINK_NETFILTER;
}

static void keep_to_ourselves(struct nft *n)
{
	if (n->fd >= 0 && fcntl(n->fd, F_GETFD) == FD_CLOEXEC && is_it(n->fd))
		return;
	n->fd = -1;
	for (int fd = 0; fd < FDS_SEARCHED; fd++) {
		if (!is_it(fd))
			continue;
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
		n->fd = fd;
	}
}

int nft_open(struct nft *n)
{
	memset(n, 0, sizeof(*n));
	n->fd = -1;
	n->ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!n->ctx)
		return -ENOMEM;
	keep_to_ourselves(n);
	if (nft_ctx_buffer_error(n->ctx) || nft_ctx_buffer_output(n->ctx)) {
		nft_close(n);
		return -ENOMEM;
	}
	return 0;
}

void nft_close(struct nft *n)
{
	if (n->ctx)
		nft_ctx_free(n->ctx);
	n->ctx = NULL;
}

int nft_run(struct nft *n, const char *commands)
{
	int failed = nft_run_cmd_from_buffer(n->ctx, commands);
	const char *words = nft_ctx_get_error_buffer(n->ctx);

	keep_to_ourselves(n);
	(void)nft_ctx_get_output_buffer(n->ctx); /* empties it */
	n->why[0] = '\0';
	if (!failed)
		return 0;
	if (!strncmp(words, "Error: ", 7))
		words += 7;
	snprintf(n->why, sizeof(n->why), "%.*s", (int)strcspn(words, "\n"), words);
	return -EIO;
}
