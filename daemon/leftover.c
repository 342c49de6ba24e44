// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/leftover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/report.h"
#include "daemon/state/slots.h"

#define TUNNEL_IDS 65536

union record {
	struct state_tunnel tunnel;
	struct state_session session;
};

static int open_slots(struct slots *f, int fd)
{
	struct stat st;
	bool old = true;
	int copy, err;

	if (fstat(fd, &st) < 0)
		return -errno;
	if ((size_t)st.st_size < slots_size(1) || (size_t)st.st_size > slots_size(STATE_SLOTS_MAX))
		return -ENODATA;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return -errno;
	err = slots_map(f, copy, 1, &old);
	if (err)
		close(copy);
	return err;
}

static bool read_slot(const struct slots *f, slot_t slot, enum state_kind kind, union record *r)
{
	enum state_kind is;

	return slots_read(f, slot, &is, r, sizeof(*r)) == SLOTS_GOOD && is == kind;
}

/* What a session lacks, its tunnel has: who was at the other end. */
static void read_tunnels(const struct slots *f, struct state_tunnel *tunnels)
{
	union record r;

	for (slot_t i = 1; i <= slots_last(f); i++)
		if (read_slot(f, i, STATE_TUNNEL, &r))
			tunnels[r.tunnel.id] = r.tunnel;
}

static void say(const struct state_session *s, const struct state_tunnel *t, struct log *log,
		usec_t now)
{
	struct session_report r = {
		.session = s->id,
		.tunnel = s->tunnel,
		.peer_session = s->peer_id,
		.peer_tunnel = t->peer_id,
		.auth = s->method,
		.address = s->address,
		.ifindex = s->ifindex,
		.peer = t->remote,
		.reason = "daemon-killed",
		.up_since = s->up_since < now ? s->up_since : now,
		.counters = {s->rx_packets, s->rx_bytes, s->tx_packets, s->tx_bytes},
	};

	r.user_len = s->user_len < sizeof(s->user) ? s->user_len : sizeof(s->user);
	memcpy(r.user, s->user, r.user_len);
	snprintf(r.group, sizeof(r.group), "%.*s", (int)sizeof(s->group) - 1, s->group);
	snprintf(r.interface, sizeof(r.interface), "%.*s", (int)sizeof(s->ifname) - 1, s->ifname);
	report_session_down(log, &r, now);
}

int leftover_log(int fd, struct log *log, usec_t now)
{
	struct state_tunnel *tunnels = calloc(TUNNEL_IDS, sizeof(*tunnels));
	struct slots f = {0};
	union record r;
	int count, err = tunnels ? open_slots(&f, fd) : -ENOMEM;

	if (err) {
		free(tunnels);
		return err == -ENODATA ? 0 : err;
	}
	read_tunnels(&f, tunnels);
	count = 0;
	for (slot_t i = 1; i <= slots_last(&f); i++) {
		if (!read_slot(&f, i, STATE_SESSION, &r) || r.session.stage != STATE_SESSION_UP ||
		    !r.session.up_since)
			continue;
		say(&r.session, &tunnels[r.session.tunnel], log, now);
		count++;
	}
	slots_unmap(&f);
	free(tunnels);
	return count;
}
