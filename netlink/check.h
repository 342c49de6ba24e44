/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the protocol role may ask for.  Pure: decides from the request, the configuration and what
 * the caller says exists.
 */
#ifndef CULVERT_NETLINK_CHECK_H
#define CULVERT_NETLINK_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "include/config.h"
#include "wire_kern.h"

#define CHECK_MTU_MIN 576

/* SAs of a server: while a client replaces one it has two, and some have no tunnel yet. */
#define CHECK_SAS_MAX(max_tunnels) (2 * (max_tunnels) + 64)

struct check {
	int error;	 /* 0: permitted */
	const char *why; /* one line, if not */
};

/* Length, version and type of a message: 0 or -EBADMSG. */
int check_message(const void *msg, size_t len);

struct check_tunnel {
	bool exists;	  /* one with this id */
	unsigned tunnels; /* of the listener's server */
	bool sa_exists;	  /* one with this mark */
	uint8_t sa_listener;
};

struct check check_tunnel_add(const struct config *cfg, const struct kern_tunnel_add *m,
			      const struct check_tunnel *now);

struct check_sa {
	bool exists;  /* one with this mark */
	unsigned sas; /* of the listener's server */
};

struct check check_sa_add(const struct config *cfg, const struct kern_sa_add *m,
			  const struct check_sa *now);

/* now: the SA's peer; NULL: there is no such SA */
struct check check_sa_set(const struct kern_sa_set *m, const struct endpoint *now);

struct check_retie {
	const struct kern_tunnel_add *tunnel; /* NULL: none, or it is being deleted */
	bool sa_exists;
	uint8_t sa_listener;
};

struct check check_tunnel_set(const struct kern_tunnel_set *m, const struct check_retie *now);

/* open: it has a socket, or will have. */
struct check check_client_open(const struct config *cfg, const struct kern_client_open *m,
			       bool open);
/* The ends of the profile's socket; NULL: it has none. */
struct check check_client_tunnel(const struct kern_tunnel_add *m, const struct endpoint *local,
				 const struct endpoint *peer, const struct check_tunnel *now);

struct check_session {
	bool tunnel_exists; /* and is not being deleted */
	bool exists;	    /* a session with this id, in whatever tunnel */
	uint8_t server;	    /* index, of the tunnel's listener */
	unsigned sessions;  /* of that server */
	unsigned in_tunnel;
	struct endpoint peer; /* the tunnel's */
	uint8_t client;	      /* 1 + index of the profile whose tunnel it is; 0: none */
};

struct check check_session_add(const struct config *cfg, const struct kern_session_add *m,
			       const struct check_session *now);

/* A prefix that makes a valid interface name with up to five digits behind it. */
bool check_interface(const char prefix[8]);

#endif
