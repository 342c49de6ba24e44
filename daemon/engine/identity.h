/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is at the other end of an SA, as IKE has proved it: one object for all SAs, tunnels and
 * sessions of the same one.
 *
 * Two SAs are of the same identity where connection, IKE identity and XAuth or EAP name are equal.
 * An IKE identity that is only an address proves little: with a pre-shared key clients send their
 * private address, and two of them behind two NATs may well have the same one.  Such an identity
 * counts for one public address.
 */
#ifndef CULVERT_IDENTITY_H
#define CULVERT_IDENTITY_H

#include "daemon/base/hash.h"
#include "daemon/base/list.h"
#include "ike.h"
#include "wire_aaa.h"

struct call;
struct config_group;
struct engine;

struct identity {
	struct hash_node by_key;
	struct list carriers; /* carrier.in_identity */
	struct list peers;    /* peer.in_identity */
	uint32_t sessions;    /* of users who were let in */
	struct endpoint host; /* family NONE: any */
	char connection[IKE_NAME_MAX];
	char remote_id[IKE_ID_MAX];
	char remote_name[IKE_ID_MAX];
};

/* The one that this SA's other end has; NULL: out of memory. */
struct identity *identity_get(struct engine *e, const struct ike_child *m);
/* The one that a record speaks of. */
struct state_tunnel;
struct identity *identity_resume(struct engine *e, const struct state_tunnel *s);
/* To be called when a carrier or a peer has left it: freed where nobody is left. */
void identity_put(struct engine *e, struct identity *id);
bool identity_is(const struct identity *id, const struct ike_child *m);

/*
 * What a user must be called: the Common Name where the IKE identity is a distinguished name with
 * exactly one, otherwise all of the identity.  Its length, 0: it has no such name.
 */
size_t identity_common_name(const char *remote_id, const char **ret);

/* May the user of this call be in this group, as far as IKE is concerned? */
enum auth_reason identity_admits(struct engine *e, const struct call *c,
				 const struct config_group *g);

#endif
