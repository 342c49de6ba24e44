// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which method runs, and whether a frame is for it.  The methods themselves are in pap.c and
 * chap.c; which one is used was agreed by LCP (lcp.c).
 */
#include "daemon/ppp/auth.h"

#include <string.h>

#include "daemon/base/secret.h"
#include "daemon/ppp/chap.h"
#include "daemon/ppp/frame.h"
#include "daemon/ppp/pap.h"

NAMES_FUNCTION(auth_state, AUTH_STATE_LIST)

void auth_init(struct auth *a, const struct link_config *cfg)
{
	memset(a, 0, sizeof(*a));
	a->cfg = cfg;
	a->deadline = USEC_NEVER;
}

void auth_stop(struct auth *a)
{
	const struct link_config *cfg = a->cfg;

	secret_wipe(a, sizeof(*a));
	auth_init(a, cfg);
}

void auth_start(struct auth *a, enum auth_method method, struct env *env)
{
	auth_stop(a);
	a->method = (uint8_t)method;
	a->state = AUTH_ASKED;
	if (method == AUTH_PAP)
		pap_start(a, env);
	else
		chap_start(a, env);
}

enum auth_outcome auth_input(struct auth *a, uint16_t protocol, const uint8_t *info, size_t len,
			     struct env *env)
{
	if (a->state == AUTH_IDLE)
		return AUTH_OUTCOME_NONE;
	if (protocol == PPP_PAP && a->method == AUTH_PAP)
		return pap_input(a, info, len, env);
	if (protocol == PPP_CHAP && a->method != AUTH_PAP)
		return chap_input(a, info, len, env);
	return AUTH_OUTCOME_NONE;
}

enum auth_outcome auth_result(struct auth *a, const struct auth_result *result, struct env *env)
{
	if (a->cfg->role != LINK_SERVER || a->state != AUTH_ANSWERED)
		return AUTH_OUTCOME_NONE;
	if (a->method == AUTH_PAP)
		return pap_result(a, result, env);
	return chap_result(a, result, env);
}

usec_t auth_deadline(const struct auth *a)
{
	return a->deadline;
}

enum auth_outcome auth_expire(struct auth *a, struct env *env)
{
	if (env->now < a->deadline)
		return AUTH_OUTCOME_NONE;
	if (a->method == AUTH_PAP)
		return pap_expire(a, env);
	return chap_expire(a, env);
}
