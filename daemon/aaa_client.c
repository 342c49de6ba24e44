// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The protocol role's end of its socket to the aaa role.  Both directions carry secrets or proofs:
 * buffers are wiped.
 *
 * Questions are kept until they are answered: when the aaa role dies, the next one is asked them
 * again, and nobody who logs in notices.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/secret.h"
#include "daemon/protocol.h"

#define MESSAGES_PER_TURN 64
#define QUESTIONS_MAX	  1024 /* then the oldest is one that will not be answered any more */

struct question {
	struct list list;
	struct wire_aaa_auth m;
};

static void forget(struct protocol *pr, struct question *q)
{
	list_del(&q->list);
	pr->n_aaa_open--;
	secret_wipe(q, sizeof(*q));
	free(q);
}

static int remember(struct protocol *pr, const struct wire_aaa_auth *m)
{
	struct question *q = malloc(sizeof(*q));

	if (!q)
		return -ENOMEM;
	if (pr->n_aaa_open == QUESTIONS_MAX)
		forget(pr, list_entry(list_first(&pr->aaa_open), struct question, list));
	q->m = *m;
	list_add_tail(&pr->aaa_open, &q->list);
	pr->n_aaa_open++;
	return 0;
}

static void answered(struct protocol *pr, uint32_t id)
{
	struct list *l, *next;

	list_for_each_safe (l, next, &pr->aaa_open) {
		struct question *q = list_entry(l, struct question, list);

		if (q->m.wire.id != id)
			continue;
		forget(pr, q);
		return;
	}
}

/* The parent starts another one and tells us. */
static void lost(struct protocol *pr)
{
	log_say(&pr->log, LOG_LEVEL_WARNING, LOG_CLASS_LOCAL,
		"the aaa role has gone; who logs in waits for the next one");
	role_client_fini(&pr->aaa);
}

static void take(struct protocol *pr, const struct wire_aaa_result *m, ssize_t n)
{
	if (n != sizeof(*m) || m->wire.version != WIRE_VERSION || m->wire.type != WIRE_AAA_RESULT) {
		log_say(&pr->log, LOG_LEVEL_ERROR, LOG_CLASS_BUG,
			"message of %zd bytes from the aaa role refused", n);
		return;
	}
	answered(pr, m->wire.id);
	if (pr->engine)
		engine_aaa(pr->engine, m, loop_now(&pr->loop));
}

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
		if (n <= 0) {
			lost(pr);
			break;
		}
		take(pr, &m, n);
	}
	secret_wipe(&m, sizeof(m));
}

int aaa_client_init(struct protocol *pr, int fd)
{
	list_init(&pr->aaa_open);
	return role_client_init(&pr->aaa, &pr->loop, fd, ready);
}

void aaa_client_fini(struct protocol *pr)
{
	while (!list_empty(&pr->aaa_open))
		forget(pr, list_entry(list_first(&pr->aaa_open), struct question, list));
	role_client_fini(&pr->aaa);
}

int aaa_client_replace(struct protocol *pr, int fd)
{
	struct list *l;
	int err;

	if (role_client_connected(&pr->aaa)) /* what it said last */
		ready(&pr->aaa.watch, EPOLLIN);
	role_client_fini(&pr->aaa);
	err = role_client_init(&pr->aaa, &pr->loop, fd, ready);
	if (err)
		return err;
	list_for_each (l, &pr->aaa_open) {
		const struct question *q = list_entry(l, struct question, list);

		err = role_client_send(&pr->aaa, &q->m, sizeof(q->m));
		if (err)
			return err;
	}
	return 0;
}

int aaa_client_send(struct protocol *pr, const struct wire_aaa_auth *msg)
{
	int err = remember(pr, msg);

	if (err || !role_client_connected(&pr->aaa))
		return err;
	err = role_client_send(&pr->aaa, msg, sizeof(*msg));
	if (err == -EPIPE || err == -ECONNRESET) /* it has died; ready() is about to hear of it */
		return 0;
	if (err)
		answered(pr, msg->wire.id);
	return err;
}
