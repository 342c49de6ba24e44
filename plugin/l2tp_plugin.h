/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @defgroup l2tp l2tp
 * @ingroup cplugins
 *
 * @defgroup l2tp_plugin l2tp_plugin
 * @{ @ingroup l2tp
 */

#ifndef L2TP_PLUGIN_H_
#define L2TP_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct l2tp_plugin_t l2tp_plugin_t;

/**
 * Makes the CHILD_SAs that protect L2TP known to culvertd, and what culvertd
 * does with them known to who initiates one.
 */
struct l2tp_plugin_t {

	/**
	 * Implements plugin_t interface.
	 */
	plugin_t plugin;
};

#endif /** L2TP_PLUGIN_H_ @}*/
