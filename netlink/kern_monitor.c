// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Deletes by others: `ip link del`, `ip l2tp del`.  The descriptors show nothing of the latter.
 *
 * A deleted device is reported by rtnetlink, with certainty.  Generic netlink reports the command,
 * from whatever network namespace and before the kernel has carried it out; so its target is a
 * suspect that the kernel is asked about each tick, until it is gone or time has shown that
 * somebody else's was meant.  What is gone is told once; the protocol role then deletes the rest
 * of it in the usual way.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "netlink/kern_int.h"

#define SUSPECT_TICKS 20

void kmonitor_tell(struct kern *k, uint16_t tunnel, uint16_t session, const char *what)
{
	struct kern_gone gone = {
		.wire = {KERN_GONE, WIRE_VERSION, 0},
		.tunnel = tunnel,
		.session = session,
	};

	snprintf(gone.detail, sizeof(gone.detail), "%s was deleted by somebody else", what);
	kern_log(k, LOG_DEBUG, "tunnel=%u session=%u event=gone: %s", tunnel, session, gone.detail);
	if (!k->deaf)
		k->ops->send(k->ctx, &gone, sizeof(gone), NULL, 0);
}

static void session_gone(struct kern *k, struct ksession *s, const char *what)
{
	if (s->gone_told || s->tunnel->gone_told || s->tunnel->dying || s->del_id)
		return;
	s->gone_told = true;
	kmonitor_tell(k, s->add.tunnel, s->add.session, what);
}

static void tunnel_gone(struct kern *k, struct ktunnel *t)
{
	if (t->gone_told || t->dying)
		return;
	t->gone_told = true;
	kmonitor_tell(k, t->add.tunnel, 0, "the kernel's tunnel");
}

static bool is_up(const struct ksession *s)
{
	return s->state == KSESSION_UP || s->state == KSESSION_SETTING;
}

/* --- when events were lost ------------------------------------------------------------------- */

static void check_tunnel(struct kern *k, struct ktunnel *t)
{
	struct list *pos;
	char name[IF_NAMESIZE];

	if (l2tp_genl_tunnel_get(&k->genl, t->add.tunnel) == -ENOENT) {
		tunnel_gone(k, t);
		return;
	}
	list_for_each (pos, &t->session_list) {
		struct ksession *s = list_entry(pos, struct ksession, of_tunnel);

		if (!is_up(s))
			continue;
		if (!if_indextoname((unsigned)s->ifindex, name))
			session_gone(k, s, "the interface");
		else if (l2tp_genl_session_get(&k->genl, s->add.tunnel, s->add.session) == -ENOENT)
			session_gone(k, s, "the kernel's session");
	}
}

static void check_everything(struct kern *k)
{
	struct list *pos;

	kern_log(k, LOG_NOTICE, "netlink events were lost; looking at everything");
	list_for_each (pos, &k->tunnels) {
		struct ktunnel *t = list_entry(pos, struct ktunnel, all);

		if (!t->dying)
			check_tunnel(k, t);
	}
}

/* --- devices --------------------------------------------------------------------------------- */

void kmonitor_links(struct kern *k)
{
	struct rtnl_gone gone[16];
	int n;

	while ((n = rtnl_monitor_read(k->monitor, gone, ARRAY_SIZE(gone))) >= 0) {
		for (int i = 0; i < n; i++) {
			struct ksession *s = ksession_of_ifindex(k, gone[i].ifindex);

			if (!s)
				continue;
			s->counters = gone[i].counters; /* KERN_SESSION_DEL finds no device */
			session_gone(k, s, "the interface");
		}
	}
	if (n == -ENOBUFS) {
		k->resync = true;
		kern_tick(k);
	}
}

/* --- tunnels and sessions -------------------------------------------------------------------- */

static bool ours(struct kern *k, uint32_t tunnel, uint32_t session)
{
	const struct ktunnel *t = tunnel < KERN_IDS ? k->tunnel[tunnel] : NULL;
	const struct ksession *s = session < KERN_IDS ? k->session[session] : NULL;

	if (!t || t->dying || t->gone_told)
		return false;
	return !session || (s && s->tunnel == t && is_up(s) && !s->gone_told);
}

static void suspect(void *ctx, uint32_t tunnel, uint32_t session)
{
	struct kern *k = ctx;

	if (!ours(k, tunnel, session))
		return;
	if (k->n_suspects == KERN_SUSPECTS)
		k->resync = true;
	else
		k->suspect[k->n_suspects++] = (struct suspect){tunnel, session, 0};
	kern_tick(k);
}

void kmonitor_genl(struct kern *k)
{
	if (l2tp_genl_read_events(&k->genl, suspect, k) == -ENOBUFS) {
		k->resync = true;
		kern_tick(k);
	}
}

/* True if there is no need to ask again. */
static bool settle(struct kern *k, struct suspect *su)
{
	bool gone;

	if (!ours(k, su->tunnel, su->session))
		return true;
	gone = (su->session ? l2tp_genl_session_get(&k->genl, su->tunnel, su->session)
			    : l2tp_genl_tunnel_get(&k->genl, su->tunnel)) == -ENOENT;
	if (gone && su->session)
		session_gone(k, k->session[su->session], "the kernel's session");
	else if (gone)
		tunnel_gone(k, k->tunnel[su->tunnel]);
	return gone || ++su->tries > SUSPECT_TICKS;
}

bool kmonitor_tick(struct kern *k)
{
	unsigned left = 0;

	if (k->resync) {
		k->resync = false;
		check_everything(k);
	}
	for (unsigned i = 0; i < k->n_suspects; i++)
		if (!settle(k, &k->suspect[i]))
			k->suspect[left++] = k->suspect[i];
	k->n_suspects = left;
	return left != 0;
}
