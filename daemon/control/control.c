// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control socket's door: who comes in, how many, with which rights, and for how long.
 *
 * Places are kept for administrators: others together get fewer than there are, and those who may
 * do nothing at all get a few, long enough to be told so.
 */
#include "daemon/control/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon/control/control_client.h"

#define READERS_MAX   12	   /* without administrators */
#define STRANGERS_MAX 4		   /* without any right */
#define ACCEPT_PAUSE  USEC_PER_SEC /* when there is no descriptor left */

/* The kernel says how long the list is where the place for it is too small. */
static int groups_of_socket(int fd, struct control_peer *ret)
{
	socklen_t len = 0;
	gid_t *groups;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) == 0 || errno != ERANGE)
		return 0; /* in no other group */
	groups = malloc(len);
	if (!groups)
		return -ENOMEM;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0) {
		free(groups);
		return -errno;
	}
	ret->groups = groups;
	ret->n_groups = len / sizeof(groups[0]);
	return 0;
}

static int peer_of_socket(int fd, struct control_peer *ret)
{
	socklen_t len = sizeof(struct ucred);
	struct ucred cred;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	ret->uid = cred.uid;
	ret->gid = cred.gid;
	return groups_of_socket(fd, ret);
}

static uint64_t wall_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000;
}

static bool in_group(const struct control_peer *p, uint32_t gid)
{
	if (gid == UINT32_MAX)
		return false;
	for (size_t i = 0; i < p->n_groups; i++)
		if (p->groups[i] == gid)
			return true;
	return p->gid == gid;
}

static enum control_right right_of(const struct control *c, const struct control_peer *p)
{
	if (p->uid == 0 || in_group(p, c->setup.admin_gid))
		return CONTROL_RIGHT_ADMIN;
	if (in_group(p, c->setup.read_gid))
		return CONTROL_RIGHT_READ;
	return CONTROL_RIGHT_NONE;
}

static bool has_room(const struct control *c, enum control_right right)
{
	size_t up_to[] = {0, 0, 0}; /* clients with this right or less */
	struct list *pos;

	list_for_each (pos, &c->clients) {
		switch (list_entry(pos, struct control_client, node)->right) {
		case CONTROL_RIGHT_NONE:
			up_to[CONTROL_RIGHT_NONE]++;
			__attribute__((fallthrough));
		case CONTROL_RIGHT_READ:
			up_to[CONTROL_RIGHT_READ]++;
			__attribute__((fallthrough));
		case CONTROL_RIGHT_ADMIN:
			up_to[CONTROL_RIGHT_ADMIN]++;
		}
	}
	return up_to[CONTROL_RIGHT_ADMIN] < CONTROL_CLIENTS_MAX &&
	       (right == CONTROL_RIGHT_ADMIN || up_to[CONTROL_RIGHT_READ] < READERS_MAX) &&
	       (right != CONTROL_RIGHT_NONE || up_to[CONTROL_RIGHT_NONE] < STRANGERS_MAX);
}

static int refuse(int fd)
{
	static const char busy[] = "{\"error\":\"" CONTROL_ERROR_BUSY "\",\"parameters\":{}}";

	if (send(fd, busy, sizeof(busy), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		close(fd); /* it will see why soon enough */
	else
		close(fd);
	return -EBUSY;
}

int control_accept(struct control *c, int fd)
{
	struct control_peer peer = {0};
	enum control_right right;
	int err = c->setup.peer(fd, &peer);

	if (err) {
		close(fd);
		return err;
	}
	right = right_of(c, &peer);
	free(peer.groups);
	if (!has_room(c, right))
		return refuse(fd);
	return control_client_new(c, fd, right, peer.uid) ? 0 : -ENOMEM;
}

/* Without descriptors the listener would be ready for ever; look again in a while. */
static void pause_listener(struct control *c)
{
	loop_del(c->setup.loop, &c->listener);
	c->accept_again = loop_now(c->setup.loop) + ACCEPT_PAUSE;
}

static void knock(struct watch *w, uint32_t events)
{
	struct control *c = container_of(w, struct control, listener);

	(void)events;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			control_accept(c, fd);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			pause_listener(c);
		return;
	}
}

int control_new(struct control **ret, const struct control_setup *setup)
{
	struct control *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->setup = *setup;
	if (!c->setup.peer)
		c->setup.peer = peer_of_socket;
	if (!c->setup.wall)
		c->setup.wall = wall_clock;
	c->listener.fd = -1;
	c->accept_again = USEC_NEVER;
	list_init(&c->clients);
	/* else it would look for /dev/urandom, which an empty root doesn't have */
	json_object_seed(setup->seed ? setup->seed : 1);
	*ret = c;
	return 0;
}

int control_listen(struct control *c, int fd)
{
	int err;

	if (c->listener.fd >= 0) {
		close(fd);
		return -EEXIST;
	}
	c->listener.fd = fd;
	c->listener.ready = knock;
	err = loop_add(c->setup.loop, &c->listener, EPOLLIN);
	if (err < 0) {
		close(fd);
		c->listener.fd = -1;
	}
	return err;
}

void control_free(struct control *c)
{
	if (!c)
		return;
	while (!list_empty(&c->clients))
		control_client_free(
			list_entry(list_first(&c->clients), struct control_client, node));
	if (c->listener.fd >= 0) {
		if (c->accept_again == USEC_NEVER)
			loop_del(c->setup.loop, &c->listener);
		close(c->listener.fd);
	}
	free(c);
}

void control_set_groups(struct control *c, uint32_t read_gid, const char *read_group,
			uint32_t admin_gid, const char *admin_group)
{
	c->setup.read_gid = read_gid;
	c->setup.read_group = read_group;
	c->setup.admin_gid = admin_gid;
	c->setup.admin_group = admin_group;
}

static void wake(struct control *c, bool followers)
{
	struct list *pos;

	list_for_each (pos, &c->clients) {
		struct control_client *k = list_entry(pos, struct control_client, node);

		if (k->request.step && k->request.waiting && k->request.follow == followers)
			control_client_wake(k);
	}
}

void control_refreshed(struct control *c)
{
	c->refreshing = false;
	c->refreshed = loop_now(c->setup.loop);
	wake(c, false);
}

void control_wake(struct control *c)
{
	wake(c, true);
}

usec_t control_deadline(const struct control *c)
{
	usec_t next = c->accept_again;
	struct list *pos;

	list_for_each (pos, &c->clients)
		next = usec_min(next, control_client_deadline(
					      list_entry(pos, struct control_client, node)));
	return next;
}

void control_expire(struct control *c, usec_t now)
{
	struct list *pos, *tmp;

	if (now >= c->accept_again) {
		c->accept_again = loop_add(c->setup.loop, &c->listener, EPOLLIN) < 0
					  ? now + ACCEPT_PAUSE
					  : USEC_NEVER;
	}
	list_for_each_safe (pos, tmp, &c->clients)
		control_client_expire(list_entry(pos, struct control_client, node), now);
}

size_t control_clients(const struct control *c)
{
	return c->n_clients;
}
