// SPDX-License-Identifier: GPL-2.0-or-later
#include <locale.h>

#include "daemon/ctl/ctl.h"

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	return ctl_main(argc, argv, stdout, stderr);
}
