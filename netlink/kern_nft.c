// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Culvert's table in nftables, and what keeps it up to date.
 *
 * marks     Each packet that leaves one of our ppp devices still has the mark of the SA that
 * brought it, and the administrator's `ip rule fwmark` would see it.  It is taken off. input
 * From 6.11 the kernel finds a data message's session by its ids alone, whoever sent it. What comes
 * for a tunnel of ours must have the mark of its SA.  Tunnels that the kernel has not got are the
 * protocol role's business. rewrite   Before, it finds it by the addresses, which clients behind
 * one NAT share.  A port of its own for each SA makes them different; where one is used, block
 * policies do not work and rules drop what is in clear. mss       TCP through the groups' devices
 * and those that we dialed fits their MTU.
 *
 * The table is owned by this process: nobody else can change it (nft flush ruleset passes it
 * over), and it goes when we do.  So what is in it is what we have put there; should a batch fail
 * nevertheless, the next one makes the table anew.
 */
#include "netlink/kern_nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "netlink/kern_int.h"

#define TABLE	   "inet " KNFT_TABLE
#define PORT_FIRST 10000
#define PORT_LAST  59999

struct waiter {
	struct list node;
	struct kern_done done;
	uint32_t mark; /* undo: the SA that goes if this fails */
};

/* --- text ------------------------------------------------------------------------------------ */

static void put(struct kern *k, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void put(struct kern *k, const char *fmt, ...)
{
	struct knft_text *t = &k->nft.next;
	char line[12 * KNFT_GROUPS_MAX + 256], *more;
	va_list ap;
	size_t len, room = t->room ? t->room * 2 : 4096;

	va_start(ap, fmt);
	len = (size_t)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	BUG_ON(len >= sizeof(line));
	if (t->len + len >= t->room) {
		more = realloc(t->text, room);
		if (!more) {
			k->nft.rebuild = true; /* so that nothing is lost for good */
			return;
		}
		t->text = more;
		t->room = room;
	}
	memcpy(t->text + t->len, line, len + 1);
	t->len += len;
}

static void element(struct kern *k, const char *verb, const char *set, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
static void element(struct kern *k, const char *verb, const char *set, const char *fmt, ...)
{
	char text[96];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put(k, "%s element " TABLE " %s { %s }\n", verb, set, text);
}

/* --- the table ------------------------------------------------------------------------------- */

/* "ip daddr 192.0.2.1" for a listener; the wildcard: its family. */
static void put_address(char *buf, size_t size, const struct kern *k, uint8_t listener,
			const char *end)
{
	const struct endpoint *ep = &k->cfg->listeners[listener].address;
	bool v6 = ep->family == ENDPOINT_IPV6;
	char text[INET6_ADDRSTRLEN];

	if (kern_wildcard(k, listener))
		snprintf(buf, size, "meta nfproto %s", v6 ? "ipv6" : "ipv4");
	else if (inet_ntop(v6 ? AF_INET6 : AF_INET, ep->addr, text, sizeof(text)))
		snprintf(buf, size, "%s %saddr %s", v6 ? "ip6" : "ip", end, text);
}

/* "meta mark", or the part of it that is the IKE daemon's: the rest is the administrator's. */
struct mark_text {
	char text[32];
};

static struct mark_text mark_of(const struct kern *k)
{
	struct mark_text m = {"meta mark"};

	if (k->mark_mask != UINT32_MAX)
		snprintf(m.text, sizeof(m.text), "meta mark & 0x%x", k->mark_mask);
	return m;
}

static void put_rewrite(struct kern *k, uint8_t listener)
{
	const struct mark_text mark = mark_of(k);
	unsigned port = k->cfg->listeners[listener].address.port;
	bool v6 = k->cfg->listeners[listener].address.family == ENDPOINT_IPV6;
	char to[96], from[96];

	put_address(to, sizeof(to), k, listener, "d");
	put_address(from, sizeof(from), k, listener, "s");
	put(k,
	    "add rule " TABLE " prerouting %s udp dport %u meta ipsec exists "
	    "%s != 0 %s != @marks drop\n",
	    to, port, mark.text, mark.text);
	/*
	 * Without NAT-T the kernel checks what ESP had wrapped.  nftables brings a checksum up to
	 * date, but makes a wrong one of none, which data in IPv4 may have (RFC 768; not in IPv6,
	 * RFC 8200 8.1).  None is as good there, since ESP has proved the packet.
	 */
	put(k,
	    "add rule " TABLE " prerouting %s udp dport %u meta ipsec exists "
	    "udp sport set %s map @in_port%s\n",
	    to, port, mark.text, v6 ? "" : " udp checksum set 0");
	put(k, "add rule " TABLE " input %s udp dport %u meta ipsec missing drop\n", to, port);
	put(k,
	    "add rule " TABLE " output %s udp sport %u meta mark set udp dport map @out_mark "
	    "udp dport set udp dport map @out_port\n",
	    from, port);
	put(k, "add rule " TABLE " postrouting %s udp sport %u rt ipsec missing drop\n", from,
	    port);
}

/* What comes in clear text where IPsec is required; kern_guard.c tells of it. */
static void put_clear(struct kern *k, uint8_t listener)
{
	char to[96];

	put_address(to, sizeof(to), k, listener, "d");
	put(k,
	    "add rule " TABLE " input %s udp dport %u meta ipsec missing counter name " KNFT_CLEAR
	    "\n",
	    to, k->cfg->listeners[listener].address.port);
}

static bool requires_any(const struct kern *k)
{
	for (uint8_t i = 0; i < k->cfg->n_listeners; i++)
		if (kern_requires(k, i))
			return true;
	return false;
}

static bool first_on_port(const struct config *cfg, uint8_t listener)
{
	uint8_t i = 0;

	while (cfg->listeners[i].address.port != cfg->listeners[listener].address.port)
		i++;
	return i == listener;
}

/*
 * RFC 2661 3.1: bit T of a control message, bit L of a length before the tunnel id, which therefore
 * is at 2 or 4 behind the UDP header.  A packet in IPv6 fragments would be put together only after
 * these rules, and no honest client sends one through ESP in transport mode.
 */
static void put_input(struct kern *k)
{
	const struct mark_text mark = mark_of(k);

	put(k, "add rule " TABLE " l2tp @th,64,1 1 accept\n");
	for (unsigned length = 0; length < 2; length++) {
		unsigned at = length ? 96 : 80;

		put(k, "add rule " TABLE " l2tp @th,65,1 %u %s . @th,%u,16 @allowed accept\n",
		    length, mark.text, at);
		put(k,
		    "add rule " TABLE " l2tp @th,65,1 %u meta l4proto . @th,%u,16 @tunnels drop\n",
		    length, at);
	}
	put(k, "add rule " TABLE " input %s @marks exthdr frag exists drop\n", mark.text);
	for (uint8_t i = 0; i < k->cfg->n_listeners; i++)
		if (first_on_port(k->cfg, i))
			put(k, "add rule " TABLE " input udp dport %u goto l2tp\n",
			    k->cfg->listeners[i].address.port);
}

static size_t add_id(uint32_t ids[KNFT_GROUPS_MAX], size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (ids[i] == id)
			return n;
	if (id && n < KNFT_GROUPS_MAX)
		ids[n++] = id;
	return n;
}

/* The configuration's, and those that sessions of an earlier one are in. */
static void gather_groups(struct kern *k, uint32_t ids[KNFT_GROUPS_MAX])
{
	struct list *pos, *of;
	size_t n = 0;

	memset(ids, 0, KNFT_GROUPS_MAX * sizeof(*ids));
	for (unsigned i = 0; i < k->cfg->n_groups; i++)
		n = add_id(ids, n, k->cfg->groups[i].id);
	if (k->cfg->n_clients)
		n = add_id(ids, n, CONFIG_GROUP_DIALED);
	list_for_each (pos, &k->tunnels)
		list_for_each (of, &list_entry(pos, struct ktunnel, all)->session_list)
			n = add_id(ids, n, list_entry(of, struct ksession, of_tunnel)->group);
}

static void put_groups(struct kern *k)
{
	static const char *const clamp = "tcp flags syn tcp option maxseg size set rt mtu";
	const struct mark_text mark = mark_of(k);
	char ids[12 * KNFT_GROUPS_MAX + 1], unmarked[32];
	size_t len = 0;

	gather_groups(k, k->nft.groups);
	for (unsigned i = 0; i < KNFT_GROUPS_MAX && k->nft.groups[i]; i++)
		len += (size_t)snprintf(ids + len, sizeof(ids) - len, "%s%u", len ? ", " : "",
					k->nft.groups[i]);
	if (!len)
		return;
	if (k->mark_mask == UINT32_MAX)
		snprintf(unmarked, sizeof(unmarked), "0");
	else
		snprintf(unmarked, sizeof(unmarked), "meta mark & 0x%x", ~k->mark_mask);
	put(k, "add rule " TABLE " prerouting iifgroup { %s } %s @marks meta mark set %s\n", ids,
	    mark.text, unmarked);
	put(k, "add rule " TABLE " forward iifgroup { %s } %s\n", ids, clamp);
	put(k, "add rule " TABLE " forward oifgroup { %s } %s\n", ids, clamp);
}

static void put_table(struct kern *k)
{
	static const char *const parts[] = {
		"set " TABLE " marks { type mark; }",
		/* a key of 16 bits alone would make the kernel choose a slow kind of set */
		"set " TABLE " tunnels { typeof meta l4proto . @th,80,16; }",
		"set " TABLE " allowed { typeof meta mark . @th,80,16; }",
		"chain " TABLE " prerouting { type filter hook prerouting priority raw - 10; }",
		"chain " TABLE " input { type filter hook input priority raw - 10; }",
		"chain " TABLE " l2tp",
		"counter " TABLE " " KNFT_CLEAR,
		"chain " TABLE " forward { type filter hook forward priority mangle; }",
	};
	static const char *const rewriting[] = {
		"map " TABLE " in_port { type mark : inet_service; }",
		"map " TABLE " out_mark { type inet_service : mark; }",
		"map " TABLE " out_port { type inet_service : inet_service; }",
		"chain " TABLE " output { type route hook output priority mangle + 10; }",
		"chain " TABLE " postrouting { type filter hook postrouting priority filter; }",
	};

	if (k->nft.leaving)
		put(k,
		    "add table " TABLE " { comment \"culvertd's: it takes it over at once\"; }\n");
	else
		put(k, "add table " TABLE
		       " { flags owner; comment \"culvertd's: goes when it ends\"; }\n");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		put(k, "add %s\n", parts[i]);
	for (size_t i = 0; i < ARRAY_SIZE(rewriting) && k->nft.rewrite; i++)
		put(k, "add %s\n", rewriting[i]);
	for (uint8_t i = 0; i < k->cfg->n_listeners; i++) {
		if (!kern_requires(k, i))
			continue;
		put_clear(k, i);
		if (k->nft.rewrite)
			put_rewrite(k, i);
	}
	if (requires_any(k))
		put_input(k);
	put_groups(k);
}

/* --- elements -------------------------------------------------------------------------------- */

static void put_sa(struct kern *k, const struct ksa *sa, const char *verb)
{
	element(k, verb, "marks", "%u", sa->mark);
	if (!k->nft.rewrite)
		return;
	element(k, verb, "in_port", "%u : %u", sa->mark, sa->port);
	element(k, verb, "out_mark", "%u : %u", sa->port, sa->mark);
	element(k, verb, "out_port", "%u : %u", sa->port, sa->peer.port);
}

static void put_all(struct kern *k)
{
	struct list *pos;

	put_table(k);
	list_for_each (pos, &k->sas)
		put_sa(k, list_entry(pos, struct ksa, all), "add");
	list_for_each (pos, &k->tunnels) {
		const struct ktunnel *t = list_entry(pos, struct ktunnel, all);

		if (t->guarded)
			element(k, "add", "tunnels", "udp . %u", t->add.tunnel);
		if (t->tied)
			element(k, "add", "allowed", "%u . %u", t->tied, t->add.tunnel);
	}
}

/* --- jobs ------------------------------------------------------------------------------------ */

static void flush(struct kern *k);

static void run(struct job *job)
{
	struct knft *n = container_of(job, struct knft, job);

	n->error = nft_run(&n->nft, n->running.text);
}

static void answer_all(struct kern *k)
{
	const struct kern_failure failure = {k->nft.error, KERN_STAGE_SOCKET, k->nft.nft.why};
	struct list *pos, *tmp;

	list_for_each_safe (pos, tmp, &k->nft.answering) {
		struct waiter *w = list_entry(pos, struct waiter, node);

		list_del(pos);
		if (failure.error) {
			kern_done_fail(&w->done, &failure);
			ksa_undo(k, w->mark);
		}
		kern_answer(k, &w->done, NULL, 0);
		free(w);
	}
}

static void move_all(struct list *from, struct list *to)
{
	struct list *pos, *tmp;

	list_for_each_safe (pos, tmp, from) {
		list_del(pos);
		list_add_tail(to, pos);
	}
}

static void run_done(void *ctx, struct job *job)
{
	struct kern *k = ctx;
	bool again = k->nft.error && !k->nft.anew;

	(void)job;
	k->nft.busy = false;
	if (k->nft.error) {
		kern_log(k, LOG_ERR, "nft table " TABLE ": %s%s", k->nft.nft.why,
			 again ? "; making it anew" : "");
		k->nft.rebuild = true;
	}
	if (again) /* what waited for this, waits for that */
		move_all(&k->nft.answering, &k->nft.waiting);
	answer_all(k);
	if (again || k->nft.regroup || k->nft.next.len || !list_empty(&k->nft.waiting))
		flush(k);
}

/* The table that failed may be there, and ours, or not. */
static void start_anew(struct kern *k)
{
	k->nft.next.len = 0;
	put(k, "add table " TABLE " { flags owner; }\ndelete table " TABLE "\n");
	put_all(k);
}

static void flush(struct kern *k)
{
	struct knft_text swap = k->nft.running;

	if (!k->nft.on || k->nft.busy)
		return;
	k->nft.anew = k->nft.rebuild;
	k->nft.rebuild = k->nft.regroup = false;
	if (k->nft.anew)
		start_anew(k);
	if (!k->nft.next.len) /* out of memory: with the next change */
		return;
	k->nft.running = k->nft.next;
	k->nft.next = swap;
	k->nft.next.len = 0;
	move_all(&k->nft.waiting, &k->nft.answering);
	k->nft.busy = true;
	k->nft.job.run = run;
	k->nft.job.done = run_done;
	workers_submit(k->workers, &k->nft.job);
}

/* --- what changes ---------------------------------------------------------------------------- */

void knft_mask(struct kern *k)
{
	if (!k->nft.on)
		return;
	k->nft.rebuild = k->nft.regroup = true;
	flush(k);
}

void knft_sa_add(struct kern *k, const struct ksa *sa)
{
	if (!k->nft.on)
		return;
	put_sa(k, sa, "add");
	flush(k);
}

void knft_sa_moved(struct kern *k, const struct ksa *sa, uint16_t port_before)
{
	if (!k->nft.on || !k->nft.rewrite || sa->peer.port == port_before)
		return;
	element(k, "delete", "out_port", "%u : %u", sa->port, port_before);
	element(k, "add", "out_port", "%u : %u", sa->port, sa->peer.port);
	flush(k);
}

void knft_sa_del(struct kern *k, const struct ksa *sa)
{
	if (!k->nft.on)
		return;
	put_sa(k, sa, "delete");
	k->nft.port_used[sa->port / 8] &= (uint8_t) ~(1u << sa->port % 8);
	flush(k);
}

void knft_tie(struct kern *k, struct ktunnel *t, uint32_t mark)
{
	if (!k->nft.on || (t->guarded && t->tied == mark))
		return;
	if (t->tied)
		element(k, "delete", "allowed", "%u . %u", t->tied, t->add.tunnel);
	if (mark)
		element(k, "add", "allowed", "%u . %u", mark, t->add.tunnel);
	if (!t->guarded)
		element(k, "add", "tunnels", "udp . %u", t->add.tunnel);
	t->tied = mark;
	t->guarded = true;
	flush(k);
}

void knft_untie(struct kern *k, struct ktunnel *t)
{
	if (!k->nft.on || !t->guarded)
		return;
	knft_tie(k, t, 0);
	element(k, "delete", "tunnels", "udp . %u", t->add.tunnel);
	t->guarded = false;
	flush(k);
}

/* One batch takes the table away and makes it anew: there is no instant without it. */
void knft_groups(struct kern *k)
{
	uint32_t ids[KNFT_GROUPS_MAX];

	gather_groups(k, ids);
	if (!k->nft.on || !memcmp(ids, k->nft.groups, sizeof(ids)) || workers_start(k->workers))
		return;
	k->nft.rebuild = k->nft.regroup = true;
	flush(k);
}

int knft_port(struct kern *k, uint16_t *ret_port)
{
	for (unsigned i = 0; i <= PORT_LAST - PORT_FIRST; i++) {
		uint16_t port = k->nft.port < PORT_LAST ? (uint16_t)(k->nft.port + 1) : PORT_FIRST;

		if (port < PORT_FIRST)
			port = PORT_FIRST;
		k->nft.port = port;
		if (k->nft.port_used[port / 8] & 1u << port % 8)
			continue;
		k->nft.port_used[port / 8] |= (uint8_t)(1u << port % 8);
		*ret_port = port;
		return 0;
	}
	return -ENOSPC;
}

void knft_answer(struct kern *k, const struct kern_done *done, uint32_t mark)
{
	bool wait = k->nft.rewrite && (k->nft.busy || k->nft.next.len);
	struct waiter *w = wait ? malloc(sizeof(*w)) : NULL;

	if (!w) {
		kern_answer(k, done, NULL, 0);
		return;
	}
	w->done = *done;
	w->mark = mark;
	/* What was put is in the job that has just been started, or in the next. */
	list_add_tail(k->nft.next.len ? &k->nft.waiting : &k->nft.answering, &w->node);
}

void knft_forget(struct kern *k)
{
	struct list *lists[] = {&k->nft.waiting, &k->nft.answering}, *pos;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		list_for_each (pos, lists[i])
			list_entry(pos, struct waiter, node)->done.wire.id = 0;
}

/* --- life ------------------------------------------------------------------------------------ */

/* By this thread, which waits for it; in the place of the one that is there, if so. */
static int make_now(struct kern *k, bool replace)
{
	int error;

	k->nft.next.len = 0;
	if (replace)
		put(k, "delete table " TABLE "\n");
	put_all(k);
	error = k->nft.next.len ? nft_run(&k->nft.nft, k->nft.next.text) : -ENOMEM;
	k->nft.next.len = 0;
	return error;
}

int knft_leave(struct kern *k)
{
	int error;

	if (!k->nft.on)
		return 0;
	k->nft.leaving = true;
	error = make_now(k, true);
	k->nft.leaving = false;
	return error;
}

int knft_take(struct kern *k)
{
	int error = k->nft.nft.ctx ? 0 : nft_open(&k->nft.nft);

	if (!error)
		error = make_now(k, true);
	k->nft.on = !error;
	if (error)
		kern_log(k, LOG_ERR, "nft table " TABLE " cannot be taken over: %s",
			 error == -EIO ? k->nft.nft.why : strerror(-error));
	return error;
}

void knft_open(struct kern *k)
{
	static const char *const more =
		", clients can send into each other's sessions, and marks reach ip rule";
	bool classic = k->layout == KERN_LAYOUT_CLASSIC && requires_any(k);
	int error;

	if (k->nft.tried)
		return;
	k->nft.tried = true;
	error = nft_open(&k->nft.nft);
	k->nft.rewrite = classic;
	if (!error) {
		error = make_now(k, false);
		if (error) /* one that nobody owns: who died while he handed it over has left it */
			error = make_now(k, true);
	}
	k->nft.on = !error;
	if (!error)
		return;
	k->nft.rewrite = false;
	kern_log(k, LOG_WARNING,
		 "no nft table " TABLE ": %s (modprobe nf_tables; a container: on its host); "
		 "without it no MSS is clamped%s%s",
		 error == -EIO ? k->nft.nft.why : strerror(-error), requires_any(k) ? more : "",
		 classic ? "; and of the clients behind one NAT one alone works" : "");
}

void knft_close(struct kern *k)
{
	nft_close(&k->nft.nft);
	free(k->nft.next.text);
	free(k->nft.running.text);
}
