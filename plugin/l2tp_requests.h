/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @defgroup l2tp_requests l2tp_requests
 * @{ @ingroup l2tp
 */

#ifndef L2TP_REQUESTS_H_
#define L2TP_REQUESTS_H_

#include "l2tp_children.h"
#include "l2tp_initiate.h"
#include "l2tp_socket.h"

typedef struct l2tp_requests_t l2tp_requests_t;

/**
 * Carries out what culvertd wants of charon, each request in a job.
 */
struct l2tp_requests_t {

	/**
	 * Carry out a request.
	 *
	 * @param head		IKE_INITIATE or IKE_TERMINATE; others are ignored
	 */
	void (*handle)(l2tp_requests_t *this, const struct ike_head *head);

	/**
	 * Destroy a l2tp_requests_t.
	 */
	void (*destroy)(l2tp_requests_t *this);
};

/**
 * Create a l2tp_requests_t instance.
 *
 * @param children		where the CHILD_SAs are to be found
 * @param initiate		how to initiate
 * @param socket		where to answer
 */
l2tp_requests_t *l2tp_requests_create(l2tp_children_t *children,
									  l2tp_initiate_t *initiate,
									  l2tp_socket_t *socket);

#endif /** L2TP_REQUESTS_H_ @}*/
