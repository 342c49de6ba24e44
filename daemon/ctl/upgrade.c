// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * upgrade: ask for it, and then ask whoever is there what has become of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "daemon/ctl/output.h"
#include "daemon/ctl/talk.h"

#define TEST_SECONDS 30 /* that the new binary may take to try itself, and some */

static int ask(struct ctl *ctl)
{
	const struct timeval patience = {.tv_sec = TEST_SECONDS};
	struct talk talk = {0};
	json_t *reply = NULL;
	int rc = talk_open(&talk, ctl);
	char byte;

	if (!rc) {
		setsockopt(talk.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		rc = talk_once(&talk, "Upgrade", json_object(), &reply);
	}
	/* the end of the process that has answered is the end of the connection */
	if (!rc && recv(talk.fd, &byte, 1, 0) < 0 && errno != ECONNRESET)
		rc = ctl_fail(
			ctl, CONTROL_EXIT_ERROR,
			"the new binary is good, but culvertd does not become it; its log says "
			"why");
	json_decref(reply);
	talk_close(&talk);
	return rc;
}

static int show(struct ctl *ctl)
{
	struct talk talk = {0};
	json_t *reply = NULL, *status;
	int rc = talk_open(&talk, ctl);

	if (!rc)
		rc = talk_once(&talk, "Status", json_object(), &reply);
	status = rc ? NULL : json_object_get(reply, "status");
	if (!rc && ctl->json)
		output_document(ctl, "status", json_incref(status));
	else if (!rc)
		fprintf(ctl->out, "culvertd %s: %lld sessions go on\n",
			json_string_value(json_object_get(status, "version")),
			(long long)json_integer_value(json_object_get(status, "sessions")));
	json_decref(reply);
	talk_close(&talk);
	return rc;
}

int upgrade_main(struct ctl *ctl, int n, char **words)
{
	int rc = n ? ctl_fail(ctl, CONTROL_EXIT_USAGE, "`%s' is too much", words[0]) : ask(ctl);

	return rc ? rc : show(ctl);
}
