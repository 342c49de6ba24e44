// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Listeners with ipsec = require: nothing in clear comes in or goes out on their port; and
 * likewise the gateways that we dial.
 *
 * The block policies are there before a listener's socket and go after it.  Should somebody flush
 * them (ip xfrm policy flush; an IKE daemon that cleans up), an event tells and they are put
 * back; the timer is for what no event has told.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <unistd.h>

#include "netlink/fwmark.h"
#include "netlink/kern_int.h"
#include "netlink/nft_count.h"

#define CHECK_S	   30 /* seconds between two looks at what should be there */
#define TELL_LOOKS 20 /* for so many of these nothing more is said of clear text */

static struct xfrm_flow flow_of(const struct endpoint *local)
{
	return (struct xfrm_flow){.local = *local, .remote = {.family = local->family}};
}

/* Whatever port is ours, nothing of it meets the gateway's in clear. */
static struct xfrm_flow flow_to(const struct endpoint *gateway)
{
	return (struct xfrm_flow){.local = {.family = gateway->family}, .remote = *gateway};
}

static int assert_all(struct kern *k)
{
	int error = 0;

	for (unsigned i = 0; i < CONFIG_LISTENERS_MAX; i++) {
		const struct xfrm_flow flow = flow_of(&k->guard.local[i]);
		int ret = k->guard.on[i] ? xfrm_block(&k->guard.xfrm, &flow) : 0;

		error = error ? error : ret;
	}
	for (unsigned i = 0; i < CONFIG_CLIENTS_MAX; i++) {
		const struct xfrm_flow flow = flow_to(&k->guard.gateway[i]);
		int ret = flow.remote.family ? xfrm_block(&k->guard.xfrm, &flow) : 0;

		error = error ? error : ret;
	}
	return error;
}

static void warn_of_rules(struct kern *k)
{
	struct fwmark_rule rule;

	if (fwmark_conflict(k->mark_mask, &rule) == 1)
		kern_log(k, LOG_WARNING,
			 "ip rule %u: fwmark 0x%x/0x%x is also a mark of some IPsec client, whose "
			 "packets it will route; use %s",
			 rule.priority, rule.mark, rule.mask,
			 k->mark_mask == UINT32_MAX ? "marks above 0xffff" : "other bits");
}

void kguard_mask(struct kern *k, uint32_t mask)
{
	if (k->mark_mask == mask)
		return;
	k->mark_mask = mask;
	knft_mask(k);
	warn_of_rules(k);
}

static int open_guard(struct kern *k)
{
	const struct itimerspec every = {{CHECK_S, 0}, {CHECK_S, 0}};
	int error;

	if (k->guard.xfrm.sock)
		return 0;
	error = xfrm_open(&k->guard.xfrm);
	if (error)
		return error;
	k->guard.monitor = xfrm_monitor_open();
	if (k->guard.monitor < 0)
		return k->guard.monitor;
	k->guard.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (k->guard.timer < 0 || timerfd_settime(k->guard.timer, 0, &every, NULL) < 0)
		return -errno;
	error = kern_watch(k, k->guard.monitor);
	if (!error)
		error = kern_watch(k, k->guard.timer);
	return error;
}

int kguard_listener(struct kern *k, uint8_t index)
{
	const struct config_listener *l = &k->cfg->listeners[index];
	const struct xfrm_flow flow = flow_of(&l->address);
	int error;

	if (l->ipsec != CONFIG_IPSEC_REQUIRE || k->guard.on[index])
		return 0;
	error = open_guard(k);
	if (!error && !k->nft.tried) {
		knft_open(k);
		warn_of_rules(k);
	}
	if (!error && !k->nft.rewrite) /* rules drop what is in clear there */
		error = xfrm_block(&k->guard.xfrm, &flow);
	if (error) {
		kern_log(k, LOG_ERR,
			 "IPsec policies: %s; modprobe xfrm_user (a container: on its "
			 "host)",
			 strerror(-error));
		return error;
	}
	k->guard.local[index] = l->address;
	k->guard.on[index] = !k->nft.rewrite;
	return 0;
}

/* They are in the kernel; what watches over them is not. */
int kguard_take(struct kern *k)
{
	bool any = false;
	int error;

	for (unsigned i = 0; i < CONFIG_LISTENERS_MAX; i++)
		any |= k->guard.on[i];
	for (unsigned i = 0; i < CONFIG_CLIENTS_MAX; i++)
		any |= k->guard.gateway[i].family;
	if (!any)
		return 0;
	error = open_guard(k);
	return error ? error : assert_all(k);
}

static void leave_client(struct kern *k, uint8_t index)
{
	struct endpoint *gateway = &k->guard.gateway[index];
	const struct xfrm_flow flow = flow_to(gateway);

	if (!gateway->family)
		return;
	memset(gateway, 0, sizeof(*gateway));
	for (unsigned i = 0; i < CONFIG_CLIENTS_MAX; i++)
		if (endpoint_equal(&k->guard.gateway[i], &flow.remote))
			return; /* another profile needs the same one */
	(void)xfrm_unblock(&k->guard.xfrm, &flow);
}

int kguard_client(struct kern *k, uint8_t index, const struct endpoint *gateway)
{
	int error;

	leave_client(k, index);
	if (!gateway)
		return 0;
	error = open_guard(k);
	if (!error) {
		const struct xfrm_flow flow = flow_to(gateway);

		error = xfrm_block(&k->guard.xfrm, &flow);
	}
	if (!error)
		k->guard.gateway[index] = *gateway;
	return error;
}

void kguard_event(struct kern *k)
{
	int error;

	if (!xfrm_monitor_read(k->guard.monitor, &k->guard.xfrm))
		return;
	error = assert_all(k);
	if (error)
		kern_log(k, LOG_ERR,
			 "somebody removed our IPsec block policies; putting them back: %s",
			 strerror(-error));
	else
		kern_log(k, LOG_WARNING,
			 "somebody removed our IPsec block policies; they are back");
}

/* RFC 3193 2.1: it is dropped; who has forgotten IPsec somewhere would wonder why. */
static void tell_of_clear(struct kern *k)
{
	unsigned long long fresh;
	uint64_t packets;

	if (k->guard.silent) {
		k->guard.silent--;
		return;
	}
	if (nft_count(KNFT_TABLE, KNFT_CLEAR, &packets))
		return;
	if (packets < k->guard.clear) /* the table was made anew */
		k->guard.clear = 0;
	if (packets == k->guard.clear)
		return;
	fresh = packets - k->guard.clear;
	kern_log(k, LOG_WARNING,
		 "dropped %llu packets of L2TP that came without IPsec; give their senders IPsec, "
		 "or set ipsec = off",
		 fresh);
	k->guard.clear = packets;
	k->guard.silent = TELL_LOOKS;
}

void kguard_timer(struct kern *k)
{
	uint64_t count;

	if (read(k->guard.timer, &count, sizeof(count)) <= 0)
		return;
	if (assert_all(k))
		kern_log(k, LOG_ERR, "the IPsec block policies cannot be put back");
	tell_of_clear(k);
}

/* Those of an instance that died; ours are not there yet. */
void kguard_clean(struct kern *k)
{
	struct xfrm x;
	int count = xfrm_open(&x);

	if (count)
		return;
	count = xfrm_clean(&x);
	xfrm_close(&x);
	if (count > 0)
		kern_log(k, LOG_NOTICE, "removed %d IPsec policies of an earlier instance", count);
}

void kguard_close(struct kern *k)
{
	if (k->guard.timer >= 0)
		close(k->guard.timer);
	if (k->guard.monitor >= 0)
		close(k->guard.monitor);
	for (unsigned i = 0; i < CONFIG_LISTENERS_MAX; i++) {
		const struct xfrm_flow flow = flow_of(&k->guard.local[i]);

		if (k->guard.on[i])
			(void)xfrm_unblock(&k->guard.xfrm, &flow);
	}
	for (uint8_t i = 0; i < CONFIG_CLIENTS_MAX; i++)
		leave_client(k, i);
	xfrm_close(&k->guard.xfrm);
}
