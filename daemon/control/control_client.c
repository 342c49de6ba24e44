// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client's bytes: zero bytes end requests, replies queue up to a limit, and a request that has
 * more to say goes on when the client has read what was said.  Nothing blocks.
 *
 * What isn't a JSON object ends the connection, as varlink wants it; what is one but makes no
 * sense is answered with an error.
 */
#include "daemon/control/control_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STEPS_PER_TURN 256		   /* objects looked at before others get a turn */
#define IDLE	       (60 * USEC_PER_SEC) /* without a request */
#define STUCK	       (30 * USEC_PER_SEC) /* with a reply that it doesn't read */

static void ready(struct watch *w, uint32_t events)
{
	control_client_turn(container_of(w, struct control_client, watch), events);
}

struct control_client *control_client_new(struct control *c, int fd, enum control_right right,
					  uid_t uid)
{
	struct control_client *k = calloc(1, sizeof(*k));

	if (!k)
		goto fail;
	k->control = c;
	k->right = right;
	k->uid = uid;
	k->active = loop_now(c->setup.loop);
	k->watch.fd = fd;
	k->watch.ready = ready;
	k->events = EPOLLIN;
	if (loop_add(c->setup.loop, &k->watch, k->events) < 0)
		goto fail;
	list_add_tail(&c->clients, &k->node);
	c->n_clients++;
	return k;
fail:
	free(k);
	close(fd);
	return NULL;
}

void control_client_free(struct control_client *k)
{
	loop_del(k->control->setup.loop, &k->watch);
	close(k->watch.fd);
	list_del(&k->node);
	k->control->n_clients--;
	free(k->in);
	free(k->out);
	free(k);
}

/* --- out -------------------------------------------------------------------------------------- */

static bool grow(struct control_client *k, size_t len)
{
	size_t size = k->out_size ? k->out_size : 4096;
	char *out;

	if (k->out_off) {
		memmove(k->out, k->out + k->out_off, k->out_len - k->out_off);
		k->out_len -= k->out_off;
		k->out_off = 0;
	}
	while (size < k->out_len + len && size < CONTROL_REPLY_MAX)
		size *= 2;
	if (size < k->out_len + len)
		return false;
	out = size > k->out_size ? realloc(k->out, size) : k->out;
	if (!out)
		return false;
	k->out = out;
	k->out_size = size;
	return true;
}

static int append(const char *bytes, size_t len, void *data)
{
	struct control_client *k = data;

	if (k->out_len + len > k->out_size && !grow(k, len))
		return -1;
	memcpy(k->out + k->out_len, bytes, len);
	k->out_len += len;
	return 0;
}

/* A reply that cannot be made whole ends the connection: the client must not take a part for it. */
static void reply(struct control_client *k, const char *error, json_t *parameters, bool more)
{
	json_t *o = json_object();

	if (!parameters)
		parameters = json_object();
	if (error)
		json_object_set_new(o, "error", json_string(error));
	json_object_set_new(o, "parameters", parameters);
	if (more)
		json_object_set_new(o, "continues", json_true());
	if (!k->request.oneway &&
	    (!json_object_get(o, "parameters") ||
	     json_dump_callback(o, append, k, JSON_COMPACT) < 0 || append("", 1, k) < 0))
		k->broken = true;
	json_decref(o);
}

void control_reply(struct control_client *k, json_t *parameters)
{
	reply(k, NULL, parameters, false);
}

void control_reply_more(struct control_client *k, json_t *parameters)
{
	reply(k, NULL, parameters, true);
}

void control_reply_error(struct control_client *k, const char *error, json_t *parameters)
{
	reply(k, error, parameters, false);
}

static void flush(struct control_client *k)
{
	while (k->out_off < k->out_len && !k->broken) {
		ssize_t n = send(k->watch.fd, k->out + k->out_off, k->out_len - k->out_off,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			k->out_off += (size_t)n;
			k->active = loop_now(k->control->setup.loop);
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR) {
			k->broken = true;
		}
	}
	k->out_off = 0;
	k->out_len = 0;
	if (k->out_size > CONTROL_BACKLOG) { /* what one long reply took is not kept */
		free(k->out);
		k->out = NULL;
		k->out_size = 0;
	}
}

/* --- in --------------------------------------------------------------------------------------- */

static void fill(struct control_client *k)
{
	ssize_t n;

	if (!k->in)
		k->in = malloc(CONTROL_REQUEST_MAX);
	if (!k->in) {
		k->broken = true;
		return;
	}
	n = recv(k->watch.fd, k->in + k->in_len, CONTROL_REQUEST_MAX - k->in_len, MSG_DONTWAIT);
	if (n > 0) {
		k->in_len += (size_t)n;
		k->active = loop_now(k->control->setup.loop);
	} else if (n == 0) {
		k->eof = true;
	} else if (errno != EAGAIN && errno != EINTR) {
		k->broken = true;
	}
}

/* Begin the next request that is there whole; false if there is none. */
static bool next_request(struct control_client *k)
{
	char *end = k->in_len ? memchr(k->in, '\0', k->in_len) : NULL;
	json_t *request;
	size_t used;

	if (!end) {
		k->closing |= k->eof || k->in_len == CONTROL_REQUEST_MAX;
		return false;
	}
	used = (size_t)(end - k->in) + 1;
	request = json_loadb(k->in, used - 1, JSON_REJECT_DUPLICATES, NULL);
	memmove(k->in, k->in + used, k->in_len - used);
	k->in_len -= used;
	if (json_is_object(request)) {
		memset(&k->request, 0, sizeof(k->request));
		k->request.until = USEC_NEVER;
		control_method_call(k, request);
	} else {
		k->closing = true;
	}
	json_decref(request);
	return !k->closing;
}

/* --- the turn --------------------------------------------------------------------------------- */

static size_t unread(const struct control_client *k)
{
	return k->out_len - k->out_off;
}

static void work(struct control_client *k)
{
	for (int i = 0; i < STEPS_PER_TURN && !k->broken && unread(k) < CONTROL_BACKLOG; i++) {
		if (k->request.step) {
			if (k->request.waiting)
				return;
			if (k->request.step(k))
				k->request.step = NULL;
		} else if (k->closing || !next_request(k)) {
			break;
		}
	}
	if (!k->request.step && !k->in_len) {
		free(k->in);
		k->in = NULL;
	}
}

/* Something can go on without a byte from the client. */
static bool busy(const struct control_client *k)
{
	if (k->request.step)
		return !k->request.waiting;
	return !k->closing && (k->eof || (k->in_len && memchr(k->in, '\0', k->in_len)));
}

static void watch_for(struct control_client *k)
{
	uint32_t events = 0;

	if (!k->eof && !k->closing && k->in_len < CONTROL_REQUEST_MAX)
		events |= EPOLLIN;
	if (unread(k) || busy(k))
		events |= EPOLLOUT;
	if (events == k->events)
		return;
	k->events = events;
	if (loop_mod(k->control->setup.loop, &k->watch, events) < 0)
		k->broken = true;
}

void control_client_turn(struct control_client *k, uint32_t events)
{
	if ((events & EPOLLERR) || ((events & EPOLLHUP) && !(events & EPOLLIN)))
		k->broken = true; /* gone, and nothing of its is left to be read */
	if (!k->broken && (events & EPOLLIN) && !k->eof && !k->closing &&
	    k->in_len < CONTROL_REQUEST_MAX)
		fill(k);
	if (!k->broken)
		work(k);
	if (!k->broken)
		flush(k);
	if (!k->broken)
		watch_for(k);
	if (k->broken || (k->closing && !unread(k) && !k->request.step))
		control_client_free(k);
}

void control_client_wake(struct control_client *k)
{
	k->request.waiting = false;
	watch_for(k);
}

usec_t control_client_deadline(const struct control_client *k)
{
	usec_t until = k->request.step && k->request.waiting ? k->request.until : USEC_NEVER;

	/* a socket is called writable only when most of it is free: the last reply may be sent */
	if (unread(k) || (k->request.step && !k->request.waiting))
		until = usec_min(until, k->active + STUCK);
	else if (!k->request.step)
		until = usec_min(until, k->active + IDLE);
	return until;
}

void control_client_expire(struct control_client *k, usec_t now)
{
	if (now < control_client_deadline(k))
		return;
	if (k->request.step && k->request.waiting && now >= k->request.until) {
		k->request.until = USEC_NEVER;
		k->control->refreshing = false; /* whoever asks next may ask again */
		control_client_wake(k);
		return;
	}
	control_client_free(k);
}

struct control_clock control_clock_now(const struct control *c)
{
	return (struct control_clock){loop_now(c->setup.loop), c->setup.wall()};
}
