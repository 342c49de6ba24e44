// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The client's side of varlink, blocking; and what an error means to the person at the keyboard.
 */
#include "daemon/ctl/talk.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define REPLY_MAX (4 << 20)
#define PATIENCE  10 /* seconds without a byte, where a reply is due */

static int fail(struct talk *talk, int code, const char *text)
{
	if (!talk->quiet)
		ctl_fail(talk->ctl, code, "%s", text);
	return code;
}

static int no_entry(struct talk *talk)
{
	const char *path = talk->ctl->socket;
	struct group *group = NULL;
	struct stat st;

	if (talk->quiet)
		return CONTROL_EXIT_ERROR;
	if (stat(path, &st) == 0)
		group = getgrgid(st.st_gid);
	if (!group || st.st_gid == 0)
		return ctl_fail(talk->ctl, CONTROL_EXIT_ERROR, "%s: permission denied; try as root",
				path);
	return ctl_fail(talk->ctl, CONTROL_EXIT_ERROR,
			"%s: permission denied; root and members of group %s may\n"
			"  (usermod -aG %s USER, then log in again)",
			path, group->gr_name, group->gr_name);
}

static int not_connected(struct talk *talk, int error)
{
	if (error == EACCES || error == EPERM)
		return no_entry(talk);
	if (!talk->quiet && (error == ENOENT || error == ECONNREFUSED))
		ctl_fail(talk->ctl, 0,
			 "culvertd is not running (nobody answers at %s)\n"
			 "  start it: systemctl start culvertd",
			 talk->ctl->socket);
	else if (!talk->quiet)
		ctl_fail(talk->ctl, 0, "%s: %s", talk->ctl->socket, strerror(error));
	return CONTROL_EXIT_UNREACHABLE;
}

int talk_open(struct talk *talk, struct ctl *ctl)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = PATIENCE};

	*talk = (struct talk){.ctl = ctl, .fd = -1, .quiet = talk->quiet};
	if (strlen(ctl->socket) >= sizeof(sun.sun_path))
		return fail(talk, CONTROL_EXIT_USAGE, "the path of the socket is too long");
	memcpy(sun.sun_path, ctl->socket, strlen(ctl->socket) + 1);
	talk->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (talk->fd < 0)
		return fail(talk, CONTROL_EXIT_ERROR, strerror(errno));
	setsockopt(talk->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(talk->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(talk->fd, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		return not_connected(talk, errno);
	return CONTROL_EXIT_OK;
}

void talk_close(struct talk *talk)
{
	if (talk->fd >= 0)
		close(talk->fd);
	free(talk->buf);
	talk->fd = -1;
	talk->buf = NULL;
}

int talk_send(struct talk *talk, const char *method, json_t *parameters, bool more)
{
	char name[64];
	json_t *o;
	char *text;
	size_t len, done = 0;

	snprintf(name, sizeof(name), CONTROL_INTERFACE ".%s", method);
	o = json_pack("{s:s, s:o}", "method", name, "parameters",
		      parameters ? parameters : json_object());
	if (more)
		json_object_set_new(o, "more", json_true());
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (!text)
		return fail(talk, CONTROL_EXIT_ERROR, "out of memory, or words that are not UTF-8");
	len = strlen(text) + 1;
	while (done < len) {
		ssize_t n = send(talk->fd, text + done, len - done, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			break; /* the reply, if there is one, says more */
		if (n > 0)
			done += (size_t)n;
	}
	free(text);
	return CONTROL_EXIT_OK;
}

/* Read until a zero byte is there; its offset in *ret_end. */
static int receive(struct talk *talk, size_t *ret_end)
{
	size_t seen = talk->taken;

	for (;;) {
		char *end =
			talk->used > seen ? memchr(talk->buf + seen, 0, talk->used - seen) : NULL;
		ssize_t n;

		if (end) {
			*ret_end = (size_t)(end - talk->buf);
			return CONTROL_EXIT_OK;
		}
		if (talk->taken) {
			memmove(talk->buf, talk->buf + talk->taken, talk->used - talk->taken);
			talk->used -= talk->taken;
			talk->taken = 0;
		}
		seen = talk->used;
		if (talk->used == talk->size) {
			size_t size = talk->size ? talk->size * 2 : 16384;
			char *buf = size <= REPLY_MAX ? realloc(talk->buf, size) : NULL;

			if (!buf)
				return fail(talk, CONTROL_EXIT_ERROR, "the reply is too long");
			talk->buf = buf;
			talk->size = size;
		}
		n = recv(talk->fd, talk->buf + talk->used, talk->size - talk->used, 0);
		if (n > 0)
			talk->used += (size_t)n;
		else if (n == 0 || errno == ECONNRESET)
			return fail(talk, CONTROL_EXIT_UNREACHABLE,
				    "culvertd has closed the connection");
		else if (errno == EAGAIN)
			return fail(talk, CONTROL_EXIT_UNREACHABLE, "culvertd does not answer");
		else if (errno != EINTR)
			return fail(talk, CONTROL_EXIT_UNREACHABLE, strerror(errno));
	}
}

static int denied(struct talk *talk, const char *group)
{
	if (!talk->quiet && group)
		ctl_fail(talk->ctl, 0,
			 "permission denied; root and members of group %s may\n"
			 "  (usermod -aG %s USER, then log in again)",
			 group, group);
	else if (!talk->quiet)
		ctl_fail(talk->ctl, 0, "permission denied; only root may");
	return CONTROL_EXIT_ERROR;
}

/* What the daemon says is wrong, in words that help. */
static int told_error(struct talk *talk, const char *error, const json_t *parameters)
{
	const char *word = json_string_value(json_object_get(parameters, "parameter"));
	const char *message = json_string_value(json_object_get(parameters, "message"));

	if (!strcmp(error, CONTROL_ERROR_PERMISSION))
		return denied(talk, json_string_value(json_object_get(parameters, "group")));
	if (!strcmp(error, CONTROL_ERROR_NOT_FOUND))
		return fail(talk, CONTROL_EXIT_NOT_FOUND,
			    talk->what ? talk->what : "no such session");
	if (!strcmp(error, CONTROL_ERROR_FAILED) && message)
		return fail(talk, CONTROL_EXIT_ERROR, message);
	if (!strcmp(error, CONTROL_ERROR_BUSY))
		return fail(talk, CONTROL_EXIT_ERROR,
			    "culvertd has too many clients; try again, or end an `events -f`");
	if (!strcmp(error, VARLINK_ERROR_PARAMETER) && word && !talk->quiet)
		return ctl_fail(talk->ctl, CONTROL_EXIT_USAGE,
				"culvertd does not take this value of `%s'", word);
	if (talk->quiet)
		return CONTROL_EXIT_ERROR;
	return ctl_fail(talk->ctl, CONTROL_EXIT_ERROR, "culvertd says %s%s%s", error,
			message ? ": " : "", message ? message : "");
}

int talk_next(struct talk *talk, json_t **ret_parameters, bool *ret_more)
{
	json_t *reply, *parameters;
	const char *error;
	size_t end = 0;
	int rc = receive(talk, &end);

	if (rc)
		return rc;
	reply = json_loadb(talk->buf + talk->taken, end - talk->taken, 0, NULL);
	talk->taken = end + 1;
	parameters = json_object_get(reply, "parameters");
	error = json_string_value(json_object_get(reply, "error"));
	if (error) {
		rc = told_error(talk, error, parameters);
	} else if (!json_is_object(parameters)) {
		rc = fail(talk, CONTROL_EXIT_ERROR, "the reply makes no sense: is it culvertd?");
	} else {
		*ret_parameters = json_incref(parameters);
		*ret_more = json_is_true(json_object_get(reply, "continues"));
	}
	json_decref(reply);
	return rc;
}

int talk_once(struct talk *talk, const char *method, json_t *parameters, json_t **ret_parameters)
{
	bool more;
	int rc = talk_send(talk, method, parameters, false);

	return rc ? rc : talk_next(talk, ret_parameters, &more);
}

int talk_list(struct talk *talk, const char *method, json_t *parameters, const char *key,
	      void (*each)(void *ctx, json_t *item), void *ctx, size_t *ret_count)
{
	bool more = true;
	size_t n = 0;
	int rc = talk_send(talk, method, parameters, true);

	while (!rc && more) {
		json_t *p, *item;

		rc = talk_next(talk, &p, &more);
		if (rc)
			break;
		item = json_object_get(p, key);
		if (json_is_object(item)) {
			each(ctx, item);
			n++;
		}
		json_decref(p);
	}
	if (!rc)
		*ret_count = n;
	return rc;
}
