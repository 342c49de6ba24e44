/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two engines, one of which dials the other, over a wire that may lose everything; with kernel
 * roles and an aaa role that are made up.
 */
#ifndef CULVERT_TEST_DIAL_WORLD_H
#define CULVERT_TEST_DIAL_WORLD_H

#include "daemon/state/slots.h"
#include "daemon/aaa/users.h"
#include "daemon/engine/dial.h"
#include "daemon/report.h"
#include "test/unit/seed.h"

#define DIAL_PASSWORD "correct horse"
#define DIAL_THINGS   512

enum { US, GATEWAY };

struct side {
	struct config cfg;
	struct engine *e;
	struct endpoint at;
	uint32_t session_adds, tunnel_adds, client_opens, client_closes;
	bool open; /* the profile's socket */
	struct slots state;
	uint64_t *memory;	  /* of it */
	uint16_t tunnel, session; /* that its kernel has; 0: none */
};

/* Something that arrives: a datagram, or what a kernel or aaa role answers. */
struct thing {
	usec_t due;
	struct side *to;
	size_t len;
	union {
		struct wire wire;
		uint8_t bytes[2048];
	} data;
	uint16_t asked; /* type of the request that is answered */
	bool datagram;
};

struct dial_world {
	struct side side[2];
	struct seed seed;
	struct users *users;
	usec_t now;
	unsigned int loss; /* in 1000 */
	bool impostor;	   /* the gateway's proof is wrong */
	int open_error, session_error;
	uint16_t path_mtu;
	/* what charon was asked and told */
	unsigned int initiated, told;
	uint32_t initiate_id, terminated;
	struct ike_result result;
	unsigned int from_us; /* datagrams */
	bool password_seen;
	enum engine_client_news news; /* the last but progress */
	char text[ENGINE_CLIENT_TEXT];
	struct thing thing[DIAL_THINGS];
	size_t n_things;
};

extern struct dial_world w;

/* One server, one user, one profile; no engine yet. */
void dial_world_init(void);
void dial_world_fini(void);

/* Make both engines; and away with them. */
void dial_world_start(void);
void dial_world_finish(void);

/* kill -9 of one side; another process takes up what it left. */
void dial_world_crash(int side);

/* One more thing until then; false: there is none. */
bool dial_world_one(usec_t until);
void dial_world_run(usec_t duration);

struct client_report dial_world_report(void);

#endif
