/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @defgroup l2tp_children l2tp_children
 * @{ @ingroup l2tp
 */

#ifndef L2TP_CHILDREN_H_
#define L2TP_CHILDREN_H_

#include <library.h>

#include "ike.h"

typedef struct l2tp_children_t l2tp_children_t;

/**
 * Told of what has become of a CHILD_SA; called with the table locked, so that
 * the order is the one in which it happened.  Must not block.
 *
 * @param user			what was registered with it
 * @param msg			a whole message of ike.h
 * @param len			and its length
 */
typedef void (*l2tp_children_cb_t)(void *user, const void *msg, size_t len);

/**
 * The CHILD_SAs that protect L2TP, as culvertd knows them.
 *
 * A copy, so that nobody has to wait for an IKE_SA that somebody else works
 * on: a snapshot is a walk through this table.
 */
struct l2tp_children_t {

	/**
	 * Set who is told of changes.
	 */
	void (*set_callback)(l2tp_children_t *this, l2tp_children_cb_t cb,
						 void *user);

	/**
	 * A CHILD_SA is there, or something about it has changed.
	 *
	 * @param record	what there is to know; told only if it is news
	 */
	void (*put)(l2tp_children_t *this, const struct ike_child *record);

	/**
	 * A CHILD_SA takes the place of another one.
	 *
	 * @param record	the new one
	 * @param old		unique id of the old one
	 */
	void (*replace)(l2tp_children_t *this, const struct ike_child *record,
					uint32_t old);

	/**
	 * A CHILD_SA is gone; told only if it was known.
	 *
	 * @param unique	its unique id
	 * @param replaced	gets the unique id of the one that it took the place of
	 * @return			whether it was known
	 */
	bool (*remove)(l2tp_children_t *this, uint32_t unique, uint32_t *replaced);

	/**
	 * Look one up.
	 *
	 * @param unique	unique id
	 * @param record	gets a copy, if not NULL
	 * @return			FALSE if there is none
	 */
	bool (*get)(l2tp_children_t *this, uint32_t unique,
				struct ike_child *record);

	/**
	 * Whether one of them has this mark.
	 */
	bool (*has_mark)(l2tp_children_t *this, uint32_t mark);

	/**
	 * Wait for one that we initiated to be there.
	 *
	 * @param connection	name of the IKE_SA's configuration
	 * @param child			name of the CHILD_SA's
	 * @param after			its unique id is greater than that
	 * @param timeout		milliseconds to wait for it
	 * @return				unique id of the newest one, 0 for none
	 */
	uint32_t (*wait)(l2tp_children_t *this, const char *connection,
					 const char *child, uint32_t after, u_int timeout);

	/**
	 * The greatest unique id that there has been.
	 */
	uint32_t (*get_newest)(l2tp_children_t *this);

	/**
	 * Tell every CHILD_SA, and then that this was all.
	 *
	 * No change is told in between.
	 *
	 * @param cb		gets the messages, instead of the registered one
	 * @param user		and this
	 */
	void (*snapshot)(l2tp_children_t *this, l2tp_children_cb_t cb, void *user);

	/**
	 * Destroy a l2tp_children_t.
	 */
	void (*destroy)(l2tp_children_t *this);
};

/**
 * Create a l2tp_children_t instance.
 */
l2tp_children_t *l2tp_children_create();

#endif /** L2TP_CHILDREN_H_ @}*/
