/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One simulated client: a tunnel with its calls.  Owned by the load.
 */
#ifndef CULVERT_BENCH_CLIENT_H
#define CULVERT_BENCH_CLIENT_H

#include <stdbool.h>

#include "daemon/base/list.h"
#include "daemon/base/timer.h"
#include "test/sim/station.h"

struct load;

enum client_fate {
	CLIENT_CALL_IDLE,
	CLIENT_CALL_UNDERWAY,
	CLIENT_CALL_UP,
	CLIENT_CALL_FAILED, /* never came up */
	CLIENT_CALL_OVER,   /* was up */
};

struct client_call {
	struct call call;
	usec_t started;
	enum client_fate fate;
};

struct client {
	struct station station;
	struct load *load;
	unsigned index;
	bool begun; /* the SCCRQ was sent */
	bool second_counted;
	bool leaving;
	unsigned n_pending; /* calls idle or under way */
	struct timer timer;
	struct list todo;
	struct client_call *calls;
};

void client_init(struct client *c, struct load *l, unsigned index, struct client_call *calls);

/* Bring up its next call; its tunnel first if there is none. */
void client_start(struct client *c, struct client_call *call);

/* The call has waited long enough. */
void client_give_up(struct client *c, struct client_call *call);

void client_datagram(struct client *c, const uint8_t *data, size_t len);
void client_expire(struct client *c);

/* Say goodbye in the way that was asked for. */
void client_leave(struct client *c);

/* What was put off because it must not happen inside a callback. */
void client_todo(struct client *c);

/* Callbacks of its station. */
void client_transmit(struct station *p, const uint8_t *data, size_t len);
void client_event(struct station *p, enum station_event event, struct call *call);

#endif
