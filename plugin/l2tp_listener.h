/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @defgroup l2tp_listener l2tp_listener
 * @{ @ingroup l2tp
 */

#ifndef L2TP_LISTENER_H_
#define L2TP_LISTENER_H_

#include <bus/listeners/listener.h>

#include "l2tp_children.h"
#include "l2tp_marks.h"

typedef struct l2tp_listener_t l2tp_listener_t;

/**
 * Follows what happens to the CHILD_SAs that protect L2TP.
 *
 * The bus holds a lock of all of charon while a hook runs, so a hook copies
 * what it is told into l2tp_children_t, and never waits.
 */
struct l2tp_listener_t {

	/**
	 * Implements listener_t interface.
	 */
	listener_t listener;

	/**
	 * Destroy a l2tp_listener_t.
	 */
	void (*destroy)(l2tp_listener_t *this);
};

/**
 * Create a l2tp_listener_t instance.
 *
 * @param children		where to write down what there is
 * @param marks			marks for the CHILD_SAs of clients
 */
l2tp_listener_t *l2tp_listener_create(l2tp_children_t *children,
									  l2tp_marks_t *marks);

#endif /** L2TP_LISTENER_H_ @}*/
