// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The protocol role's end of its socket to the aaa role.  Both directions carry secrets or proofs:
 * buffers are wiped.
 */
#include <errno.h>
#include <string.h>

#include "daemon/base/secret.h"
#include "daemon/protocol.h"

#define MESSAGES_PER_TURN 64

static void ready(struct watch *w, uint32_t events)
{
	struct role_client *rc = container_of(w, struct role_client, watch);
	struct protocol *pr = container_of(rc, struct protocol, aaa);
	struct wire_aaa_result m;

	if (events & EPOLLOUT)
		role_client_flush(rc);
	for (int i = 0; i < MESSAGES_PER_TURN && !pr->quit; i++) {
		ssize_t n = imsg_recv(w->fd, &m, sizeof(m), NULL, NULL);

		if (n == -EAGAIN || n == -EINTR)
			break;
		if (n <= 0) { /* the parent starts both again */
			protocol_quit(pr, 1);
			break;
		}
		if (n != sizeof(m) || m.wire.version != WIRE_VERSION ||
		    m.wire.type != WIRE_AAA_RESULT)
			log_say(&pr->log, LOG_LEVEL_ERROR, LOG_CLASS_BUG,
				"message of %zd bytes from the aaa role refused", n);
		else if (pr->engine)
			engine_aaa(pr->engine, &m, loop_now(&pr->loop));
	}
	secret_wipe(&m, sizeof(m));
}

int aaa_client_init(struct protocol *pr, int fd)
{
	return role_client_init(&pr->aaa, &pr->loop, fd, ready);
}

void aaa_client_fini(struct protocol *pr)
{
	role_client_fini(&pr->aaa);
}

int aaa_client_send(struct protocol *pr, const struct wire_aaa_auth *msg)
{
	return role_client_send(&pr->aaa, msg, sizeof(*msg));
}
