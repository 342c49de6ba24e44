/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @defgroup l2tp_socket l2tp_socket
 * @{ @ingroup l2tp
 */

#ifndef L2TP_SOCKET_H_
#define L2TP_SOCKET_H_

#include <library.h>

#include "l2tp_children.h"
#include "l2tp_marks.h"

typedef struct l2tp_socket_t l2tp_socket_t;

/**
 * Gets what culvertd says, and NULL when it is gone.
 *
 * @param user			what was registered with it
 * @param msg			a message that was checked, but for the greeting
 */
typedef void (*l2tp_socket_cb_t)(void *user, const struct ike_head *msg);

/**
 * The way to culvertd: a socket with a thread of its own.
 *
 * Nobody ever waits for culvertd.  What it doesn't take is queued up to a
 * limit; over the limit it is thrown away, and culvertd gets a new snapshot
 * when it listens again.
 */
struct l2tp_socket_t {

	/**
	 * Queue a message.
	 *
	 * @return			FALSE if nobody is there to get it
	 */
	bool (*send)(l2tp_socket_t *this, const void *msg, size_t len);

	/**
	 * Whether culvertd is there.
	 */
	bool (*is_connected)(l2tp_socket_t *this);

	/**
	 * Path of the socket, for people.
	 */
	char* (*get_path)(l2tp_socket_t *this);

	/**
	 * Set who gets what culvertd says; called by the socket's thread.
	 */
	void (*set_callback)(l2tp_socket_t *this, l2tp_socket_cb_t cb, void *user);

	/**
	 * Destroy a l2tp_socket_t.
	 */
	void (*destroy)(l2tp_socket_t *this);
};

/**
 * Create a l2tp_socket_t instance.
 *
 * @param children		what to tell
 * @param marks			what to say about marks
 * @return				NULL if the socket can't be opened
 */
l2tp_socket_t *l2tp_socket_create(l2tp_children_t *children,
								  l2tp_marks_t *marks);

#endif /** L2TP_SOCKET_H_ @}*/
