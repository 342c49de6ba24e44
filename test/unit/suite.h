/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs tests as one suite and says how it went as an exit status.
 */
#ifndef CULVERT_TEST_SUITE_H
#define CULVERT_TEST_SUITE_H

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>

static inline int suite_run(Suite *s)
{
	SRunner *sr = srunner_create(s);
	int failed;

	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
