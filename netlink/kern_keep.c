// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What outlives the protocol role.
 *
 * When it dies, whatever it had an answer for goes on: data passes, and nothing tells a client.
 * What was under way is taken back, since nobody knows of it.  The next one is told everything
 * that is there (KERN_KEPT), a few at a time because there may be thousands, and from then on the
 * two are as they were.  What somebody else deleted in between is not told, and cleared away here.
 *
 * SAs are charon's, and nobody watches it while no protocol role lives; one that is not confirmed
 * by a KERN_SA_ADD soon goes, so that its mark can't lead to whoever has it then.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <unistd.h>

#include "netlink/kern_int.h"
#include "netlink/pppox.h"

#define CONFIRM_S                                                                                  \
	15 /* for a protocol role to be there, and charon's plugin to tell it everything */

struct kkept {
	uint16_t tunnel, session;
	bool told;
};

/* --- the role dies -----------------------------------------------------------------------------
 */

static bool answered(const struct ksession *s)
{
	return s->state == KSESSION_UP || s->state == KSESSION_SETTING;
}

static void forget_requests(struct ktunnel *t)
{
	struct list *pos;

	t->del_id = 0;
	list_for_each (pos, &t->session_list) {
		struct ksession *s = list_entry(pos, struct ksession, of_tunnel);

		s->add_id = s->del_id = s->set_id = 0;
	}
}

static void cancel_half_made(struct kern *k, struct ktunnel *t)
{
	struct list *pos, *tmp;

	list_for_each_safe (pos, tmp, &t->session_list) {
		struct ksession *s = list_entry(pos, struct ksession, of_tunnel);

		if (!answered(s))
			ksession_start_del(k, s, 0);
	}
}

static void watch_sas(struct kern *k)
{
	const struct itimerspec once = {.it_value.tv_sec = CONFIRM_S};
	struct list *pos;

	list_for_each (pos, &k->sas)
		list_entry(pos, struct ksa, all)->unconfirmed = true;
	if (!list_empty(&k->sas))
		(void)timerfd_settime(k->sa_timer, 0, &once, NULL);
}

void kern_protocol_gone(struct kern *k)
{
	struct list *pos, *tmp;

	k->deaf = true;
	list_for_each_safe (pos, tmp, &k->tunnels) {
		struct ktunnel *t = list_entry(pos, struct ktunnel, all);

		forget_requests(t);
		cancel_half_made(k, t);
	}
	watch_sas(k);
	kclient_cancel(k);
	knft_forget(k);
	k->stats_id = 0;
	k->requests = 0;
	free(k->kept);
	k->kept = NULL;
	k->n_kept = k->next_kept = 0;
}

void kern_take_all(struct kern *k)
{
	struct list *pos, *tmp;

	kern_protocol_gone(k);
	list_for_each_safe (pos, tmp, &k->tunnels)
		ktunnel_start_del(k, list_entry(pos, struct ktunnel, all), 0);
	ksa_drop_all(k);
	kclient_drop_all(k);
}

void kkeep_sa_timer(struct kern *k)
{
	struct list *pos, *tmp;
	unsigned count = 0;
	uint64_t times;

	if (read(k->sa_timer, &times, sizeof(times)) < 0)
		return;
	list_for_each_safe (pos, tmp, &k->sas) {
		struct ksa *sa = list_entry(pos, struct ksa, all);

		if (!sa->unconfirmed)
			continue;
		ksa_undo(k, sa->mark);
		count++;
	}
	if (count)
		kern_log(k, LOG_WARNING,
			 "%u SA%s not confirmed by charon since the protocol role ended; nothing "
			 "leaves through %s any more",
			 count, count == 1 ? " was" : "s were", count == 1 ? "it" : "them");
}

/* --- the next one is told ----------------------------------------------------------------------
 */

bool kern_settled(const struct kern *k)
{
	struct list *pos, *p;

	list_for_each (pos, &k->tunnels) {
		const struct ktunnel *t = list_entry(pos, struct ktunnel, all);

		if (t->dying)
			return false;
		list_for_each (p, &t->session_list)
			if (!answered(list_entry(p, struct ksession, of_tunnel)))
				return false;
	}
	return true;
}

int kern_kept_begin(struct kern *k)
{
	struct list *pos, *p;

	free(k->kept);
	k->n_kept = k->next_kept = 0;
	k->kept = calloc(k->n_tunnels + k->n_sessions + 1, sizeof(*k->kept));
	if (!k->kept)
		return -ENOMEM;
	list_for_each (pos, &k->tunnels) {
		const struct ktunnel *t = list_entry(pos, struct ktunnel, all);

		k->kept[k->n_kept++].tunnel = t->add.tunnel;
		list_for_each (p, &t->session_list) {
			const struct ksession *s = list_entry(p, struct ksession, of_tunnel);

			k->kept[k->n_kept++] =
				(struct kkept){.tunnel = t->add.tunnel, .session = s->add.session};
		}
	}
	kclient_tell(k);
	return 0;
}

static void describe(struct kern_kept *m, const struct ktunnel *t)
{
	*m = (struct kern_kept){
		.wire = {KERN_KEPT, WIRE_VERSION, 0},
		.tunnel = t->add.tunnel,
		.layout = (uint8_t)t->layout,
		.client = t->add.client,
		.mark = t->sa	      ? t->sa->mark
			: t->add.mark ? KERN_MARK_DEAD
				      : 0,
		.peer = t->add.peer,
	};
}

static bool tell_tunnel(struct kern *k, struct ktunnel *t)
{
	bool classic = t->layout == KERN_LAYOUT_CLASSIC && !t->add.client;
	struct kern_kept m;

	if (t->dying || t->gone_told) {
		ktunnel_start_del(k, t, 0);
		return false;
	}
	describe(&m, t);
	k->ops->send(k->ctx, &m, sizeof(m), classic ? &t->fd : NULL, classic);
	return true;
}

static bool tell_session(struct kern *k, struct ksession *s)
{
	struct kern_kept m;
	int channel;

	if (!answered(s) || s->gone_told || s->tunnel->dying || s->tunnel->gone_told) {
		ksession_start_del(k, s, 0);
		return false;
	}
	channel = pppox_attach(s->channel);
	if (channel < 0) {
		kern_log(k, LOG_ERR, "%s: its channel cannot be opened again: %s; the session ends",
			 s->name.text, strerror(-channel));
		ksession_start_del(k, s, 0);
		return false;
	}
	describe(&m, s->tunnel);
	m.session = s->add.session;
	m.ipv4 = s->want4;
	m.ipv6 = s->want6;
	m.ifindex = (uint32_t)s->ifindex;
	m.channel = s->channel;
	memcpy(m.ifname, s->name.text, sizeof(m.ifname));
	k->ops->send(k->ctx, &m, sizeof(m), (const int[]){channel, s->unit_fd}, 2);
	close(channel);
	return true;
}

static bool tell(struct kern *k, const struct kkept *item)
{
	struct ktunnel *t = k->tunnel[item->tunnel];
	struct ksession *s = k->session[item->session];

	if (!t)
		return false;
	if (!item->session)
		return tell_tunnel(k, t);
	return s && s->tunnel == t && tell_session(k, s);
}

bool kern_kept_some(struct kern *k, unsigned max)
{
	for (; k->next_kept < k->n_kept && max; k->next_kept++, max--)
		k->kept[k->next_kept].told = tell(k, &k->kept[k->next_kept]);
	return k->next_kept < k->n_kept;
}

/* What went between being told and now. */
static void tell_gone(struct kern *k, const struct kkept *item)
{
	const struct ktunnel *t = k->tunnel[item->tunnel];
	const struct ksession *s = item->session ? k->session[item->session] : NULL;

	if (!item->told || !t)
		return;
	if (item->session ? s && s->tunnel == t && s->gone_told : t->gone_told)
		kmonitor_tell(k, item->tunnel, item->session, "it");
}

void kern_protocol_serves(struct kern *k)
{
	k->deaf = false;
	for (size_t i = 0; i < k->n_kept; i++)
		tell_gone(k, &k->kept[i]);
	free(k->kept);
	k->kept = NULL;
	k->n_kept = k->next_kept = 0;
}
