// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * connect and disconnect: say what is done while it is done.
 */
#include <sys/socket.h>
#include <sys/time.h>

#include "daemon/ctl/output.h"
#include "daemon/ctl/talk.h"

/* The daemon says when it is over; here nobody gets impatient. */
static int stream(struct talk *talk, const char *method, const char *client, json_t **ret_client)
{
	struct timeval forever = {0};
	bool more = true;
	int rc = talk_send(talk, method, json_pack("{s:s}", "client", client), true);

	setsockopt(talk->fd, SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof(forever));
	while (!rc && more) {
		json_t *reply = NULL, *line;

		rc = talk_next(talk, &reply, &more);
		line = rc ? NULL : json_object_get(reply, "line");
		if (json_is_string(line) && !talk->ctl->json) {
			fprintf(talk->ctl->out, "%s\n", json_string_value(line));
			fflush(talk->ctl->out);
		}
		if (!rc && !more)
			*ret_client = json_incref(json_object_get(reply, "client"));
		if (!rc)
			json_decref(reply);
	}
	return rc;
}

static int dial(struct ctl *ctl, const char *method, int n, char **words)
{
	struct talk talk = {0};
	json_t *client = NULL;
	int rc;

	if (n != 1)
		return ctl_fail(ctl, CONTROL_EXIT_USAGE,
				"which client? (culvert show clients lists them)");
	rc = talk_open(&talk, ctl);
	talk.what = "no such client; `culvert show clients' lists them";
	if (!rc)
		rc = stream(&talk, method, words[0], &client);
	if (!rc && ctl->json)
		output_document(ctl, "client", json_incref(client));
	json_decref(client);
	talk_close(&talk);
	return rc;
}

int connect_main(struct ctl *ctl, int n, char **words)
{
	return dial(ctl, "Connect", n, words);
}

int disconnect_main(struct ctl *ctl, int n, char **words)
{
	return dial(ctl, "Disconnect", n, words);
}
