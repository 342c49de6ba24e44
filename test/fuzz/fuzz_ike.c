// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages between charon's plugin and culvertd, both ways: the first byte tells the sender.  What
 * was taken has strings that end and answers that fit; reading all of it stays inside.
 */
#include <string.h>

#include "compiler.h"
#include "daemon/ike/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum ike_sender from;
	union {
		struct ike_head head;
		struct ike_hello hello;
		struct ike_child child;
		struct ike_result result;
	} m;

	if (!size)
		return 0;
	from = data[0] & 1 ? IKE_FROM_CULVERTD : IKE_FROM_CHARON;
	if (ike_message_check(data + 1, size - 1, from))
		return 0;
	BUG_ON(size - 1 > sizeof(m));
	memcpy(&m, data + 1, size - 1);
	if (m.head.type == IKE_HELLO)
		BUG_ON(strlen(m.hello.software) >= IKE_NAME_MAX);
	if (m.head.type == IKE_RESULT || m.head.type == IKE_INITIATED)
		BUG_ON(m.result.error > 0 || strlen(m.result.text) >= IKE_TEXT_MAX);
	if (m.head.type != IKE_CHILD)
		return 0;
	BUG_ON(from != IKE_FROM_CHARON || !m.child.unique);
	BUG_ON(strlen(m.child.connection) >= IKE_NAME_MAX ||
	       strlen(m.child.remote_id) >= IKE_ID_MAX ||
	       strlen(m.child.remote_name) >= IKE_ID_MAX);
	return 0;
}
