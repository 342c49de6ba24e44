// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/pppdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ppp-ioctl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "compiler.h"

void pppdev_init(struct pppdev *dev)
{
	memset(dev, 0, sizeof(*dev));
	dev->channel.fd = -1;
	dev->unit.fd = -1;
}

static void receive(struct pppdev *dev, struct watch *w)
{
	uint8_t frame[PPPDEV_FRAME_MAX];

	for (int i = 0; i < PPPDEV_BATCH && w->fd >= 0; i++) {
		ssize_t n = read(w->fd, frame, sizeof(frame));

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0 && errno == EOVERFLOW)
			continue; /* longer than any frame of ours; the kernel has dropped it */
		dev->input(dev, frame, n > 0 ? (size_t)n : 0);
		if (n <= 0)
			return;
	}
}

static void channel_ready(struct watch *w, uint32_t events)
{
	(void)events;
	receive(container_of(w, struct pppdev, channel), w);
}

static void unit_ready(struct watch *w, uint32_t events)
{
	(void)events;
	receive(container_of(w, struct pppdev, unit), w);
}

int pppdev_attach(struct pppdev *dev, struct loop *loop, int channel, int unit,
		  void (*input)(struct pppdev *dev, const uint8_t *frame, size_t len))
{
	int err = 0;

	dev->loop = loop;
	dev->input = input;
	dev->channel = (struct watch){ .fd = channel, .ready = channel_ready };
	dev->unit = (struct watch){ .fd = unit, .ready = unit_ready };
	if (fcntl(channel, F_SETFL, O_RDWR | O_NONBLOCK) < 0 ||
	    fcntl(unit, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		err = -errno;
	if (!err)
		err = loop_add(loop, &dev->channel, EPOLLIN);
	if (!err)
		err = loop_add(loop, &dev->unit, EPOLLIN);
	if (err)
		pppdev_detach(dev);
	return err;
}

static void drop(struct pppdev *dev, struct watch *w)
{
	if (w->fd < 0)
		return;
	loop_del(dev->loop, w);
	close(w->fd);
	w->fd = -1;
}

void pppdev_detach(struct pppdev *dev)
{
	drop(dev, &dev->channel);
	drop(dev, &dev->unit);
}

bool pppdev_attached(const struct pppdev *dev)
{
	return dev->channel.fd >= 0;
}

int pppdev_write(struct pppdev *dev, const uint8_t *frame, size_t len)
{
	if (write(dev->channel.fd, frame, len) < 0)
		return -errno;
	return 0;
}

/* Before the first data packet the kernel answers with its uptime and more: no year is real. */
#define IDLE_MAX (365 * 24 * 3600)

uint32_t pppdev_idle(const struct pppdev *dev)
{
	struct ppp_idle64 idle;

	if (dev->unit.fd < 0 || ioctl(dev->unit.fd, PPPIOCGIDLE64, &idle) < 0)
		return UINT32_MAX;
	return idle.recv_idle < 0 || idle.recv_idle > IDLE_MAX ? UINT32_MAX
							       : (uint32_t)idle.recv_idle;
}
