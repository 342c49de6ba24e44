/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @defgroup l2tp_record l2tp_record
 * @{ @ingroup l2tp
 */

#ifndef L2TP_RECORD_H_
#define L2TP_RECORD_H_

#include <sa/child_sa.h>
#include <sa/ike_sa.h>

#include "ike.h"

/**
 * Whether traffic selectors are L2TP's: UDP only, 1701 alone on one side.
 *
 * @param local			enumerator over traffic_selector_t, gets destroyed
 * @param remote		enumerator over traffic_selector_t, gets destroyed
 */
bool l2tp_record_is_l2tp(enumerator_t *local, enumerator_t *remote);

/**
 * Whether a CHILD_SA protects L2TP.
 */
bool l2tp_record_is_l2tp_sa(child_sa_t *child_sa);

/**
 * Write down what culvertd wants to know of a CHILD_SA.
 *
 * @param record		gets filled
 * @param ike_sa		IKE_SA that the CHILD_SA belongs to
 * @param child_sa		CHILD_SA, established
 * @return				FALSE if it has no addresses to tell of
 */
bool l2tp_record_fill(struct ike_child *record, ike_sa_t *ike_sa,
					  child_sa_t *child_sa);

/**
 * Write down an address.
 *
 * @return				FALSE if it is neither IPv4 nor IPv6
 */
bool l2tp_record_host(struct endpoint *endpoint, host_t *host);

#endif /** L2TP_RECORD_H_ @}*/
