// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PPPoL2TP sockets and /dev/ppp.
 *
 * The session's life hangs on the PPPoX socket, the device's on the unit descriptor; the channel
 * descriptor is only a way to read and write and can be opened again at any time.  Nothing here
 * remembers anything: the descriptors are the callers'.
 */
#include "netlink/pppox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_pppox.h>
#include <linux/ppp-ioctl.h>
#include <linux/ppp_defs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int os(int result)
{
	return result < 0 ? -errno : result;
}

/*
 * The kernel reads only the ids and the length of the address, whose form tells version and
 * family; the IPv4 form does for an IPv6 tunnel as well.  As a LAC we do as
 * the peer does with sequence numbers (RFC 2661 5.4); as an LNS we send none.
 */
int pppox_connect(const struct pppox_ids *ids)
{
	struct sockaddr_pppol2tp sa = {
		.sa_family = AF_PPPOX,
		.sa_protocol = PX_PROTO_OL2TP,
		.pppol2tp.fd = -1,
		.pppol2tp.s_tunnel = (uint16_t)ids->tunnel,
		.pppol2tp.s_session = (uint16_t)ids->session,
		.pppol2tp.d_tunnel = (uint16_t)ids->peer_tunnel,
		.pppol2tp.d_session = (uint16_t)ids->peer_session,
	};
	int fd = os(socket(AF_PPPOX, SOCK_DGRAM | SOCK_CLOEXEC, PX_PROTO_OL2TP));
	int lns = !ids->lac, error;

	if (fd < 0)
		return fd;
	error = os(connect(fd, (struct sockaddr *)&sa, sizeof(sa)));
	if (!error)
		error = os(setsockopt(fd, SOL_PPPOL2TP, PPPOL2TP_SO_LNSMODE, &lns, sizeof(lns)));
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

int pppox_channel(int pppox, uint32_t *ret_channel)
{
	int channel, error = os(ioctl(pppox, PPPIOCGCHAN, &channel));

	if (!error)
		*ret_channel = (uint32_t)channel;
	return error;
}

int pppox_open_unit(void)
{
	return os(open("/dev/ppp", O_RDWR | O_CLOEXEC | O_NONBLOCK));
}

int pppox_attach(uint32_t channel)
{
	int fd = pppox_open_unit();
	int index = (int)channel, error;

	if (fd < 0)
		return fd;
	error = os(ioctl(fd, PPPIOCATTCHAN, &index));
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

int pppox_join(int channel_fd, int unit_fd)
{
	int unit, error = os(ioctl(unit_fd, PPPIOCGUNIT, &unit));

	return error ? error : os(ioctl(channel_fd, PPPIOCCONNECT, &unit));
}

int pppox_set_np(int unit_fd, bool ipv4, bool ipv6)
{
	struct npioctl v4 = {PPP_IP, ipv4 ? NPMODE_PASS : NPMODE_DROP};
	struct npioctl v6 = {PPP_IPV6, ipv6 ? NPMODE_PASS : NPMODE_DROP};
	int error = os(ioctl(unit_fd, PPPIOCSNPMODE, &v4));

	return error ? error : os(ioctl(unit_fd, PPPIOCSNPMODE, &v6));
}

int pppox_set_mru(int unit_fd, uint16_t mru)
{
	int value = mru;

	return os(ioctl(unit_fd, PPPIOCSMRU, &value));
}
