/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @defgroup l2tp_initiate l2tp_initiate
 * @{ @ingroup l2tp
 */

#ifndef L2TP_INITIATE_H_
#define L2TP_INITIATE_H_

#include <control/controller.h>

#include "l2tp_children.h"
#include "l2tp_socket.h"

typedef struct l2tp_initiate_t l2tp_initiate_t;

/**
 * Lets who initiates a connection wait until L2TP is up in it.
 *
 * Takes the place of controller_t.initiate(), which is what "ipsec up" and
 * "swanctl --initiate" call, in a thread of their own.  Whoever has no
 * callback doesn't wait: culvertd connects by itself when it is told of the
 * CHILD_SA.
 */
struct l2tp_initiate_t {

	/**
	 * Hand over what culvertd says to those who wait.
	 *
	 * @param head		IKE_PROGRESS or IKE_RESULT, NULL if culvertd is gone
	 */
	void (*answer)(l2tp_initiate_t *this, const struct ike_head *head);

	/**
	 * Initiate as charon would, without waiting for L2TP.
	 *
	 * @param peer_cfg	configuration of the IKE_SA, gets destroyed
	 * @param child_cfg	and of the CHILD_SA, gets destroyed
	 * @param callback	gets the log
	 * @param param		and with it, this
	 * @param timeout	milliseconds, 0 for charon's own
	 */
	status_t (*initiate_ike)(l2tp_initiate_t *this, peer_cfg_t *peer_cfg,
							 child_cfg_t *child_cfg, controller_cb_t callback,
							 void *param, u_int timeout);

	/**
	 * Destroy a l2tp_initiate_t.
	 */
	void (*destroy)(l2tp_initiate_t *this);
};

/**
 * Create a l2tp_initiate_t instance.
 *
 * @param children		where the CHILD_SAs are to be found
 * @param socket		the way to culvertd
 */
l2tp_initiate_t *l2tp_initiate_create(l2tp_children_t *children,
									  l2tp_socket_t *socket);

/**
 * Take an IKE_SA down; to be called without any IKE_SA checked out.
 *
 * @param unique		its unique id
 */
void l2tp_initiate_terminate(uint32_t unique);

#endif /** L2TP_INITIATE_H_ @}*/
