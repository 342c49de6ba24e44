// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One line for a failed request: what was being done, the kernel's error, and the remedy where
 * the pair of both has a usual one.  The first row that fits wins; stage NONE fits all stages.
 */
#include "netlink/advice.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compiler.h"

static const struct {
	enum kern_stage stage;
	int error;
	const char *advice;
} table[] = {
	{KERN_STAGE_NONE, EMFILE, "raise LimitNOFILE=; a session takes 3 descriptors"},
	{KERN_STAGE_NONE, ENFILE, "raise fs.file-max"},
	{KERN_STAGE_NONE, ENOMEM, "out of memory"},
	{KERN_STAGE_NONE, ENOBUFS, "out of memory"},
	{KERN_STAGE_SOCKET, EPERM, "no IPsec policy lets it through: ip xfrm policy"},
	{KERN_STAGE_NONE, EPERM, "needs CAP_NET_ADMIN"},
	{KERN_STAGE_SOCKET, ENETUNREACH, "no route to the client"},
	{KERN_STAGE_SOCKET, EHOSTUNREACH, "no route to the client"},
	{KERN_STAGE_SOCKET, EADDRNOTAVAIL, "the local address has gone"},
	{KERN_STAGE_SOCKET, EADDRINUSE, "another program has the port: ss -ulnp"},
	{KERN_STAGE_TUNNEL, EEXIST, "another program has a tunnel of this id: ip l2tp show tunnel"},
	{KERN_STAGE_TUNNEL, ENOENT, "modprobe l2tp_netlink"},
	{KERN_STAGE_PPPOX, EAFNOSUPPORT, "modprobe l2tp_ppp"},
	{KERN_STAGE_PPPOX, EPROTONOSUPPORT, "modprobe l2tp_ppp"},
	{KERN_STAGE_PPPOX, ENOENT, "the tunnel has gone: who runs ip l2tp del?"},
	{KERN_STAGE_PPPOX, EEXIST,
	 "another program has a session of this id: ip l2tp show session"},
	{KERN_STAGE_CHANNEL, ENOENT, "modprobe ppp_generic"},
	{KERN_STAGE_UNIT, ENOENT, "modprobe ppp_generic"},
	{KERN_STAGE_UNIT, EBUSY, "another program keeps /dev/ppp busy"},
	{KERN_STAGE_UNIT, ENOSPC, "no interface name is left"},
	{KERN_STAGE_ADDRESS, EACCES, "IPv6 is off: net.ipv6.conf.default.disable_ipv6"},
	{KERN_STAGE_ROUTE, EEXIST, "another route to the client's address exists: ip route"},
};

static const char *stage_words(enum kern_stage stage)
{
	switch (stage) {
	case KERN_STAGE_NONE:
	case KERN_STAGE_CHECK:
		return "refused";
	case KERN_STAGE_SOCKET:
		return "UDP socket";
	case KERN_STAGE_TUNNEL:
		return "kernel tunnel";
	case KERN_STAGE_PPPOX:
		return "kernel session";
	case KERN_STAGE_CHANNEL:
		return "PPP channel";
	case KERN_STAGE_UNIT:
		return "ppp interface";
	case KERN_STAGE_ADDRESS:
		return "address";
	case KERN_STAGE_ROUTE:
		return "route";
	}
	return "?";
}

static const char *find(enum kern_stage stage, int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].error == error &&
		    (table[i].stage == stage || table[i].stage == KERN_STAGE_NONE))
			return table[i].advice;
	return NULL;
}

char *advice_text(enum kern_stage stage, int error, const char *words, char *buf, size_t size)
{
	const char *what = stage_words(stage);
	const char *advice = find(stage, -error);

	if (stage == KERN_STAGE_CHECK)
		snprintf(buf, size, "%s: %s", what, words ? words : strerror(-error));
	else if (error == -ECANCELED)
		snprintf(buf, size, "cancelled");
	else if (advice)
		snprintf(buf, size, "%s: %s (%s)", what, strerror(-error), advice);
	else if (words && words[0])
		snprintf(buf, size, "%s: %s (%s)", what, strerror(-error), words);
	else
		snprintf(buf, size, "%s: %s", what, strerror(-error));
	return buf;
}
