/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @defgroup l2tp_marks l2tp_marks
 * @{ @ingroup l2tp
 */

#ifndef L2TP_MARKS_H_
#define L2TP_MARKS_H_

#include <config/child_cfg.h>
#include <sa/ike_sa.h>

#include "l2tp_children.h"

typedef struct l2tp_marks_t l2tp_marks_t;

/**
 * Gives each client's CHILD_SA a mark of its own.
 *
 * Clients behind one NAT have the same addresses and, after decryption, often
 * the same ports; only a mark tells them apart.  What a configuration says
 * "mark_in = %unique, mark_out = %unique, set_mark_in = %same" for is done
 * here for every configuration that is for L2TP and has no marks itself.
 */
struct l2tp_marks_t {

	/**
	 * Let the CHILD_SAs that a peer creates in this IKE_SA have marks.
	 *
	 * To be called before a CHILD_SA is created, and as often as one likes.
	 * Does nothing where we are the initiator.
	 *
	 * @param ike_sa		IKE_SA with its configuration selected
	 */
	void (*apply)(l2tp_marks_t *this, ike_sa_t *ike_sa);

	/**
	 * Bits of a mark that charon sets.
	 */
	uint32_t (*get_mask)(l2tp_marks_t *this);

	/**
	 * Destroy a l2tp_marks_t.
	 */
	void (*destroy)(l2tp_marks_t *this);
};

/**
 * Whether this configuration is for L2TP: transport mode, UDP only, and port
 * 1701 on one side.
 */
bool l2tp_marks_is_l2tp(child_cfg_t *cfg);

/**
 * Whether this configuration gets its marks from us.
 */
bool l2tp_marks_is_ours(child_cfg_t *cfg);

/**
 * Whether we are the client, by what the IKE_SA alone says.
 *
 * Who reauthenticates is the initiator of the new IKE_SA, so this is wrong
 * after the other end has done so; what is known of its CHILD_SAs comes first.
 */
bool l2tp_marks_is_client(ike_sa_t *ike_sa);

/**
 * Create a l2tp_marks_t instance.
 *
 * @param children		where the marks in use are to be found
 */
l2tp_marks_t *l2tp_marks_create(l2tp_children_t *children);

#endif /** L2TP_MARKS_H_ @}*/
