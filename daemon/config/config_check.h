/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What only shows when the whole configuration is seen together.
 */
#ifndef CULVERT_CONFIG_CHECK_H
#define CULVERT_CONFIG_CHECK_H

#include "daemon/config/config_fill.h"

void config_check(const struct config_doc *doc, const struct config *c,
		  const struct config_places *places, struct config_errors *errs);

#endif
