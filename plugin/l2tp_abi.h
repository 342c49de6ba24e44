/* SPDX-License-Identifier: GPL-2.0-or-later */
/**
 * @defgroup l2tp_abi l2tp_abi
 * @{ @ingroup l2tp
 */

#ifndef L2TP_ABI_H_
#define L2TP_ABI_H_

#include <library.h>

/**
 * Check whether this charon is the one that the plugin was built for.
 *
 * The layout of strongSwan's objects differs between its versions, and with
 * the option --enable-mediation.  Nothing but this check stands between a
 * wrong build and calls through the wrong pointers, so it uses no object.
 *
 * @return			TRUE if so; FALSE after one line in the log that says
 *					what to rebuild
 */
bool l2tp_abi_check();

/**
 * Whether this charon can do IKEv1, which most L2TP clients speak.
 */
bool l2tp_abi_has_ikev1();

#endif /** L2TP_ABI_H_ @}*/
