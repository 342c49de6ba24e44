// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/ike_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/parent.h"
#include "wire_kern.h"

#define RETRY USEC_PER_SEC

void ike_socket_init(struct ike_socket *s)
{
	s->retry_at = USEC_NEVER;
	s->said = false;
}

static bool wanted(const struct config *cfg)
{
	for (size_t i = 0; i < cfg->n_listeners; i++)
		if (cfg->listeners[i].ipsec == CONFIG_IPSEC_REQUIRE)
			return true;
	for (size_t i = 0; i < cfg->n_clients; i++)
		if (cfg->clients[i].ipsec == CONFIG_IPSEC_REQUIRE && !cfg->clients[i].removed)
			return true;
	return false;
}

/* Whoever else listens there could make up SAs and take every mark. */
static int check_owner(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return -errno;
	return peer.uid == 0 ? 0 : -EPERM;
}

int ike_socket_connect(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd, err = 0;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	memcpy(sa.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		err = -errno;
	if (!err)
		err = check_owner(fd);
	if (!err)
		return fd;
	close(fd);
	return err;
}

static void say_absent(struct parent *p, int err)
{
	if (p->ike.said)
		return;
	p->ike.said = true;
	if (err == -EPERM)
		log_say(&p->log, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL,
			"%s was not opened by root: nothing it says is believed; find out who did, "
			"remove it and restart charon",
			p->cfg->ike_socket);
	else
		log_say(&p->log, LOG_LEVEL_WARNING, LOG_CLASS_LOCAL,
			"charon's plugin l2tp does not answer at %s (%s): start strongSwan "
			"with the plugin, or set ike-socket; until then nobody is served "
			"through IPsec",
			p->cfg->ike_socket, strerror(-err));
}

static void try_it(struct parent *p, usec_t now)
{
	struct kern_ike m = {.wire = {.type = KERN_IKE, .version = WIRE_VERSION}};
	int fd = ike_socket_connect(p->cfg->ike_socket);

	if (fd < 0) {
		say_absent(p, fd);
		p->ike.retry_at = now + RETRY;
		return;
	}
	p->ike.said = false;
	p->ike.retry_at = USEC_NEVER;
	children_send(p, &m, sizeof(m), &fd, 1);
	close(fd);
}

void ike_socket_start(struct parent *p)
{
	p->ike.retry_at = USEC_NEVER;
	if (wanted(p->cfg))
		try_it(p, loop_clock());
}

void ike_socket_reload(struct parent *p, const struct config *old)
{
	if (!wanted(old) && wanted(p->cfg) && p->protocol.pid)
		ike_socket_start(p);
	p->ike.said = false; /* the path may be another */
}

/* At once would be in vain when charon is restarting, and a loop when it does not like us. */
void ike_socket_lost(struct parent *p)
{
	if (wanted(p->cfg) && !p->stopping && p->ike.retry_at == USEC_NEVER)
		p->ike.retry_at = loop_clock() + RETRY;
}

void ike_socket_expire(struct parent *p, usec_t now)
{
	if (now >= p->ike.retry_at)
		try_it(p, now);
}
