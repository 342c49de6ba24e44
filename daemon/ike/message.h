/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is what arrived at the socket between charon's plugin and culvertd a message of include/ike.h?
 *
 * Both ends use this, the plugin too; nothing is looked at before it has said yes.
 */
#ifndef CULVERT_IKE_MESSAGE_H
#define CULVERT_IKE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "ike.h"

#define IKE_MESSAGE_MAX sizeof(struct ike_child) /* the longest */

/* Who sent it. */
enum ike_sender {
	IKE_FROM_CHARON,
	IKE_FROM_CULVERTD,
};

/*
 * 0; -EPROTO: of another version, which a HELLO's sender should be told; -EBADMSG: of no type that
 * this sender has, of a wrong length, with a string without end, or a value out of its range.
 */
int ike_message_check(const void *msg, size_t len, enum ike_sender from);

#endif
