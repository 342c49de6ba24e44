// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A server and its clients in one thread.
 */
#include "test/unit/control_world.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- the server ------------------------------------------------------------------------------ */

struct world world;

static int peer(int fd, struct control_peer *ret)
{
	(void)fd;
	*ret = world.who;
	ret->groups = NULL;
	if (world.who.n_groups) {
		ret->groups = malloc(world.who.n_groups * sizeof(gid_t));
		memcpy(ret->groups, world.who.groups, world.who.n_groups * sizeof(gid_t));
	}
	return 0;
}

void world_setup(void)
{
	struct control_setup s = {
		.loop = &world.loop,
		.ops = &engine_ops,
		.read_gid = 100,
		.admin_gid = 200,
		.read_group = "culvert",
		.admin_group = "culvert-admin",
		.seed = 7,
		.peer = peer,
		.wall = engine_wall,
	};

	world.events = malloc(sizeof(*world.events));
	ck_assert_ptr_nonnull(world.events);
	events_init(world.events);
	s.events = world.events;
	ck_assert_int_eq(loop_init(&world.loop), 0);
	world.loop.now = ENGINE_NOW;
	ck_assert_int_eq(control_new(&world.control, &s), 0);
	engine_reset();
	world.who = (struct control_peer){0};
}

void world_teardown(void)
{
	control_free(world.control);
	loop_fini(&world.loop);
	free(world.events);
}

/* --- a client -------------------------------------------------------------------------------- */

/* Turns of the loop at a standing clock, until nothing is ready. */
void world_turn(int times)
{
	for (int i = 0; i < times; i++) {
		struct epoll_event e[16];
		int n = epoll_wait(world.loop.epoll, e, 16, 0);

		if (n <= 0)
			return;
		for (int j = 0; j < n; j++) {
			struct watch *w = e[j].data.ptr;

			w->ready(w, e[j].events);
		}
	}
}

int world_client(void)
{
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv), 0);
	control_accept(world.control, sv[1]);
	return sv[0];
}

int world_client_of(uid_t uid, gid_t gid)
{
	world.who.uid = uid;
	world.who.gid = gid;
	return world_client();
}

void world_say_bytes(int fd, const char *bytes, size_t len)
{
	ck_assert_int_eq(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
	world_turn(100);
}

/* With its zero byte. */
void world_say(int fd, const char *text)
{
	world_say_bytes(fd, text, strlen(text) + 1);
}

/* Whatever waits for the client up to the next zero byte; NULL: nothing; the caller frees. */
json_t *world_hear(int fd)
{
	static char text[1 << 20];
	size_t len = 0;
	json_t *o;

	while (len < sizeof(text)) {
		ssize_t n = recv(fd, text + len, 1, 0);

		if (n < 0 && errno == EAGAIN) {
			world_turn(1);
			n = recv(fd, text + len, 1, 0);
		}
		if (n <= 0)
			return NULL;
		if (!text[len])
			break;
		len++;
	}
	o = json_loadb(text, len, 0, NULL);
	ck_assert_ptr_nonnull(o);
	return o;
}

bool world_closed(int fd)
{
	char byte;

	world_turn(100);
	return recv(fd, &byte, 1, 0) == 0;
}

const char *world_error(const json_t *reply)
{
	const char *text = json_string_value(json_object_get(reply, "error"));

	return text ? text : "";
}

json_t *world_parameter(const json_t *reply, const char *key)
{
	return json_object_get(json_object_get(reply, "parameters"), key);
}

void world_refused(int fd, const char *request, const char *error, const char *key,
		   const char *value)
{
	json_t *reply;

	world_say(fd, request);
	reply = world_hear(fd);
	ck_assert_str_eq(world_error(reply), error);
	if (key)
		ck_assert_pstr_eq(json_string_value(world_parameter(reply, key)), value);
	json_decref(reply);
}

/* One reply, which must be the only one. */
json_t *world_ask(int fd, const char *request)
{
	json_t *reply;

	world_say(fd, request);
	reply = world_hear(fd);
	ck_assert_str_eq(world_error(reply), "");
	ck_assert_ptr_null(json_object_get(reply, "continues"));
	ck_assert_ptr_null(world_hear(fd));
	return reply;
}

/* Reads a whole list; returns how many objects it had, the first in *ret_first if wanted. */
int world_list(int fd, const char *request, const char *key, json_t **ret_first)
{
	json_t *reply;
	int n = 0;

	world_say(fd, request);
	for (;;) {
		reply = world_hear(fd);
		ck_assert_ptr_nonnull(reply);
		ck_assert_str_eq(world_error(reply), "");
		if (!json_is_true(json_object_get(reply, "continues")))
			break;
		ck_assert(json_is_object(world_parameter(reply, key)));
		if (n++ == 0 && ret_first)
			*ret_first = json_incref(world_parameter(reply, key));
		json_decref(reply);
	}
	ck_assert_int_eq(json_integer_value(world_parameter(reply, "count")), n);
	json_decref(reply);
	return n;
}

/* Exactly the keys of the table, each null or of its kind. */
void world_keys(json_t *o, const struct control_key *table)
{
	size_t n = 0;

	for (; table->key; table++, n++) {
		json_t *v = json_object_get(o, table->key);

		ck_assert_msg(v != NULL, "no key %s", table->key);
		if (json_is_null(v))
			continue;
		switch (table->kind) {
		case CONTROL_KIND_INT:
			ck_assert_msg(json_is_integer(v), "%s", table->key);
			break;
		case CONTROL_KIND_BOOL:
			ck_assert_msg(json_is_boolean(v), "%s", table->key);
			break;
		case CONTROL_KIND_STRING:
			ck_assert_msg(json_is_string(v), "%s", table->key);
			break;
		case CONTROL_KIND_STRINGS:
		case CONTROL_KIND_CHANGES:
			ck_assert_msg(json_is_array(v), "%s", table->key);
			break;
		case CONTROL_KIND_COUNTERS:
			ck_assert_msg(json_is_object(v), "%s", table->key);
			break;
		}
	}
	ck_assert_uint_eq(json_object_size(o), n);
}
