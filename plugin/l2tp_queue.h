/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @defgroup l2tp_queue l2tp_queue
 * @{ @ingroup l2tp
 */

#ifndef L2TP_QUEUE_H_
#define L2TP_QUEUE_H_

#include <library.h>

typedef struct l2tp_queue_t l2tp_queue_t;

/**
 * Messages for culvertd, of which there is a limited number.
 *
 * Not thread safe.
 */
struct l2tp_queue_t {

	/**
	 * Append a message.
	 *
	 * @return			FALSE if there is no room for it
	 */
	bool (*put)(l2tp_queue_t *this, const void *msg, size_t len);

	/**
	 * Append a message, even if there are too many.
	 */
	void (*put_always)(l2tp_queue_t *this, const void *msg, size_t len);

	/**
	 * The first message.
	 *
	 * @return			the message, to be freed, empty if there is none
	 */
	chunk_t (*get)(l2tp_queue_t *this);

	/**
	 * Put the first message back.
	 */
	void (*unget)(l2tp_queue_t *this, chunk_t msg);

	/**
	 * Forget all of them.
	 */
	void (*clear)(l2tp_queue_t *this);

	/**
	 * How many there are.
	 */
	u_int (*get_count)(l2tp_queue_t *this);

	/**
	 * Destroy a l2tp_queue_t.
	 */
	void (*destroy)(l2tp_queue_t *this);
};

/**
 * Create a l2tp_queue_t instance.
 *
 * @param limit			number of messages that it takes
 */
l2tp_queue_t *l2tp_queue_create(u_int limit);

#endif /** L2TP_QUEUE_H_ @}*/
