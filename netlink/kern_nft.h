/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table `inet culvert`, where a listener has ipsec = require: what the rules are for is said
 * in kern_nft.c.  Changes are put together and carried out by a thread, in the order they were
 * made.  Without a table all of this does nothing.
 */
#ifndef CULVERT_NETLINK_KERN_NFT_H
#define CULVERT_NETLINK_KERN_NFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/list.h"
#include "netlink/nft.h"
#include "netlink/workers.h"
#include "wire_kern.h"

#define KNFT_GROUPS_MAX 128
#define KNFT_TABLE	"culvert" /* of family inet */
#define KNFT_CLEAR	"clear"	  /* a counter: L2TP that came without the IPsec it should have */

struct kern;
struct ksa;
struct ktunnel;

struct knft_text {
	char *text;
	size_t len, room;
};

struct knft {
	struct nft nft; /* the thread's, while there is a job */
	bool tried, on; /* to make the table; it is there */
	bool rewrite;	/* ports stand for SAs (classic layout) */
	bool busy;	/* a job is under way */
	bool rebuild;	/* the next job makes everything anew */
	bool anew;	/* and so does this one */
	bool leaving;	/* without an owner, for who comes after us */
	bool regroup;	/* there must be a next job */
	uint32_t groups[KNFT_GROUPS_MAX]; /* interface groups in the rules; 0 ends them */
	struct job job;
	struct knft_text next, running;
	struct list waiting, answering; /* for the next job, for this one */
	int error;
	uint16_t port; /* the last one given */
	uint8_t port_used[65536 / 8];
};

/* Make the table.  Without it there is a warning, and life goes on. */
void knft_open(struct kern *k);
void knft_close(struct kern *k);

/*
 * Hand the table over to another execution of this program: it stays when we go, and nothing passes
 * by it at any time.  Both wait for the kernel; there must be no job under way.
 */
int knft_leave(struct kern *k);
int knft_take(struct kern *k);

/* A port that stands for an SA: -ENOSPC if there is none. */
int knft_port(struct kern *k, uint16_t *ret_port);

void knft_mask(struct kern *k); /* k->mark_mask is another one */
void knft_sa_add(struct kern *k, const struct ksa *sa);
void knft_sa_moved(struct kern *k, const struct ksa *sa, uint16_t port_before);
void knft_sa_del(struct kern *k, const struct ksa *sa);

/* From now on the tunnel's data comes with this mark alone; 0: with none. */
void knft_tie(struct kern *k, struct ktunnel *t, uint32_t mark);
void knft_untie(struct kern *k, struct ktunnel *t); /* it has gone */

/* The configuration has changed: so may the interface groups that its rules are for. */
void knft_groups(struct kern *k);

/* Answer when all of the above is carried out; if that fails, the SA of this mark goes. */
void knft_answer(struct kern *k, const struct kern_done *done, uint32_t mark);

/* The askers have died. */
void knft_forget(struct kern *k);

#endif
