/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration, checked and flat.
 *
 * The kernel role reads the file with libconfuse, checks it, and gives the other roles this struct
 * in a sealed memfd: no pointers, names instead of references resolved to indices.  One generation
 * is one struct; nothing in it changes.
 *
 * A server, group or client keeps its index from one generation to the next.  One that is in the
 * file no longer is marked as removed and stays for those that it has, until another needs its
 * place; nobody new comes to it.
 */
#ifndef CULVERT_CONFIG_H
#define CULVERT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "endpoint.h"

#define CONFIG_VERSION	     2
#define CONFIG_NAME_MAX      32 /* with terminator */
#define CONFIG_LISTENERS_MAX 16
#define CONFIG_SERVERS_MAX   16
#define CONFIG_GROUPS_MAX    64
#define CONFIG_POOLS_MAX     64
#define CONFIG_SECRET_MAX    128
#define CONFIG_PATH_MAX      256
#define CONFIG_METHODS_MAX   4
#define CONFIG_CLIENTS_MAX   16
#define CONFIG_ROUTES_MAX    32
#define CONFIG_GATEWAY_MAX   254 /* RFC 1035 2.3.4, with terminator */
#define CONFIG_USER_MAX	     128

enum config_ipsec {
	CONFIG_IPSEC_REQUIRE = 0, /* the default; needs the charon plugin */
	CONFIG_IPSEC_OFF,         /* must be written out; logged at start */
};

/* What a user's name must be where its tunnel came through an SA. */
enum config_user_match {
	CONFIG_MATCH_NO = 0,
	CONFIG_MATCH_IDENTITY, /* the IKE identity, or the Common Name in it */
	CONFIG_MATCH_NAME,     /* the XAuth or EAP name */
};

struct config_listener {
	struct endpoint address; /* a wildcard is allowed */
	uint16_t path_mtu;	 /* of the way to clients, outside of everything */
	uint8_t ipsec;           /* enum config_ipsec */
	uint8_t server;          /* index into servers */
};

struct config_pool {
	char name[CONFIG_NAME_MAX];
	uint32_t first, last; /* IPv4, host byte order, inclusive */
};

/* Interface group of the devices of what we dialed; the groups have theirs from 1701 on. */
#define CONFIG_GROUP_DIALED 1700

struct config_group {
	char name[CONFIG_NAME_MAX];
	uint32_t id;            /* interface group number of its devices (ip link show group ID) */
	int16_t pool;           /* index; -1: only users with an address of their own */
	uint16_t mtu;           /* of the ppp device; also the MRU that we ask for */
	uint32_t local_address; /* our end of each link, host byte order */
	uint32_t dns[2];        /* host byte order; 0: none */
	uint32_t nbns[2];
	uint16_t sessions_per_user; /* 0: no limit */
	uint16_t sessions_per_identity; /* of IKE; 0: no limit */
	uint8_t user_match;		/* enum config_user_match */
	bool ipv6;                  /* run IPV6CP; link-local addresses only */
	bool lean;		    /* devices that the kernel keeps no IPv6 state for */
	bool auto_id;		    /* id was not written */
	bool removed;
	char interface[8];          /* prefix of the device's name, "ppp" gives ppp0, ppp1, ... */
};

struct config_server {
	char name[CONFIG_NAME_MAX];
	char host_name[64]; /* Host Name AVP and CHAP name */
	uint8_t auth[CONFIG_METHODS_MAX]; /* enum auth_method, best first; AUTH_NONE ends it */
	uint8_t default_group;            /* index */
	bool challenge;      /* challenge the peer's tunnel (needs secret) */
	bool hide;           /* hide the AVPs that may be hidden (needs secret) */
	uint16_t secret_len; /* tunnel secret, 0: none */
	uint8_t secret[CONFIG_SECRET_MAX];
	char secret_file[CONFIG_PATH_MAX]; /* where it was read from; empty: none */
	uint16_t window;         /* receive window we offer, RFC 2661 4.4.3 */
	uint16_t hello_s;        /* seconds of silence before a Hello; 0: never */
	uint16_t echo_s;         /* LCP echo interval, seconds; 0: never */
	uint16_t echo_failures;  /* unanswered echoes until the link is given up */
	uint32_t max_tunnels;
	uint32_t max_sessions;
	uint16_t max_sessions_per_tunnel;
	uint16_t max_half_open;		    /* tunnels without a login, all peers together */
	uint16_t max_half_open_per_address; /* and from one address */
	uint16_t auth_timeout_s;            /* from call established to authenticated */
	bool removed;
};

enum config_port {
	CONFIG_PORT_1701 = 0, /* RFC 2661 8.1 */
	CONFIG_PORT_EPHEMERAL,
};

enum config_dns {
	CONFIG_DNS_AUTO = 0, /* what is there: resolved, else resolvconf, else none */
	CONFIG_DNS_NONE,
	CONFIG_DNS_RESOLVCONF,
	CONFIG_DNS_RESOLVED,
};

struct config_route {
	uint32_t address; /* host byte order; no bit beyond the length */
	uint8_t length;	  /* 0 with address 0: everything */
	uint8_t used;	  /* 1; a 0 ends the list */
	uint8_t reserved[2];
};

/* A concentrator that we dial. */
struct config_client {
	char name[CONFIG_NAME_MAX];
	char gateway[CONFIG_GATEWAY_MAX]; /* name or address */
	uint8_t ipsec;			  /* enum config_ipsec */
	char ike[64];			  /* connection of charon's; empty: our name */
	char user[CONFIG_USER_MAX];
	char host_name[64];		  /* Host Name AVP */
	uint8_t auth[CONFIG_METHODS_MAX]; /* enum auth_method, best first; AUTH_NONE ends it */
	char secret_file[CONFIG_PATH_MAX];
	uint16_t secret_len;
	uint8_t secret[CONFIG_SECRET_MAX];	  /* the user's password */
	char tunnel_secret_file[CONFIG_PATH_MAX]; /* empty: none */
	uint16_t tunnel_secret_len;
	uint8_t tunnel_secret[CONFIG_SECRET_MAX];
	uint8_t port; /* enum config_port */
	uint8_t dns;  /* enum config_dns */
	uint16_t mtu; /* of the ppp device; also the MRU that we ask for */
	struct config_route routes[CONFIG_ROUTES_MAX];
	char interface[8]; /* prefix of the device's name */
	uint16_t hello_s, echo_s, echo_failures;
	uint16_t timeout_s; /* from the start until the session is up */
	uint16_t retry_s;   /* wait before the first reconnection; doubles */
	uint16_t retry_max_s;
	bool autostart, reconnect;
	bool removed;
};

struct config {
	uint32_t version;
	uint32_t generation;
	char node[64];
	char users_file[CONFIG_PATH_MAX];
	char control_socket[CONFIG_PATH_MAX];
	char ike_socket[CONFIG_PATH_MAX];    /* of charon's plugin */
	uint16_t ike_grace_s;		     /* a tunnel may wait so long for a new SA */
	bool ike_terminate;		     /* a tunnel's end takes its SA down */
	char user[CONFIG_NAME_MAX];          /* account of the unprivileged roles */
	char read_group[CONFIG_NAME_MAX];    /* may look: culvert show */
	char admin_group[CONFIG_NAME_MAX];   /* may change: culvert kick */
	uint32_t read_gid, admin_gid;        /* resolved at start; UINT32_MAX: no such group */
	uint8_t layout;                      /* enum kern_layout: automatic, or forced for tests */
	uint8_t route_protocol;              /* rtm_protocol of the routes we install */
	bool debug;                          /* log negotiation step by step */
	uint8_t n_listeners, n_servers, n_groups, n_pools, n_clients;
	struct config_listener listeners[CONFIG_LISTENERS_MAX];
	struct config_server servers[CONFIG_SERVERS_MAX];
	struct config_group groups[CONFIG_GROUPS_MAX];
	struct config_pool pools[CONFIG_POOLS_MAX];
	struct config_client clients[CONFIG_CLIENTS_MAX];
};

#endif
