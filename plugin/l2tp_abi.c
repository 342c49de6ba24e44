// SPDX-License-Identifier: GPL-2.0-or-later

#include "l2tp_abi.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <utils/debug.h>

#ifdef ME
#define BUILT_FOR_ME TRUE
#else
#define BUILT_FOR_ME FALSE
#endif

/**
 * Look for a version among the constants from p to end: a whole word of its
 * own, as 6.0.1 is neither 6.0.10 nor 6.0.1dr1
 */
static bool has_version(const char *p, const char *end, const char *version)
{
	size_t len = strlen(version);
	const char *start = p;

	while ((p = memmem(p, end - p, version, len)))
	{
		if (p > start && (p[-1] == '\0' || p[-1] == ' ') && p + len < end &&
			(p[len] == '\0' || p[len] == ',' || p[len] == ' '))
		{
			return TRUE;
		}
		p += len;
	}
	return FALSE;
}

/**
 * Look for the version that we were built for in the constants of the program.
 * Each of charon's programs says it in the log; the libraries don't have it.
 */
static int version_in_program(struct dl_phdr_info *info, size_t size, void *data)
{
	bool *found = data;
	int i;

	for (i = 0; i < info->dlpi_phnum && !*found; i++)
	{
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		const char *p = (const char*)(info->dlpi_addr + ph->p_vaddr);

		if (ph->p_type == PT_LOAD && (ph->p_flags & (PF_R | PF_W)) == PF_R)
		{
			*found = has_version(p, p + ph->p_filesz, PACKAGE_VERSION);
		}
	}
	/* the program is the first of the objects, and no other one is asked */
	return 1;
}

bool l2tp_abi_check()
{
	bool found = FALSE, me;

	me = dlsym(RTLD_DEFAULT, "mediation_manager_create") != NULL;
	if (me != BUILT_FOR_ME)
	{
		DBG1(DBG_CFG, "plugin 'l2tp' was built for a strongSwan %s mediation, "
			 "this one is %s: rebuild it with make plugin on this machine",
			 BUILT_FOR_ME ? "with" : "without", me ? "with" : "without");
		return FALSE;
	}
	dl_iterate_phdr(version_in_program, &found);
	if (!found)
	{
		DBG1(DBG_CFG, "plugin 'l2tp' was built for strongSwan %s, this is "
			 "another version: rebuild it with make plugin on this machine",
			 PACKAGE_VERSION);
		return FALSE;
	}
	return TRUE;
}

bool l2tp_abi_has_ikev1()
{
	return dlsym(RTLD_DEFAULT, "main_mode_create") != NULL;
}
