/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routing rules of others that look at marks.
 */
#ifndef CULVERT_NETLINK_FWMARK_H
#define CULVERT_NETLINK_FWMARK_H

#include <stdint.h>

struct fwmark_rule {
	uint32_t priority, mark, mask; /* as `ip rule` shows it */
};

/*
 * The first rule that a mark of ours could match: 1 and the rule, 0 if there is none, or -errno.
 * mask: the bits that ours have; where it is all of them, IKE daemons count from 1 up.
 */
int fwmark_conflict(uint32_t mask, struct fwmark_rule *ret);

#endif
