/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state file: what the protocol role notes for the one after it.  It lies in memory (/run)
 * beside the control socket; the parent opens it and keeps it open.
 */
#ifndef CULVERT_STATE_FILE_H
#define CULVERT_STATE_FILE_H

#include <stddef.h>

#define STATE_FILE_PATH_MAX 128

/* Where it is, given where the control socket is. */
void state_file_path(const char *control_socket, char *buf, size_t size);

/* Open it, or make it, for the owner of this process alone; as it was left.  -errno. */
int state_file_open(const char *path);

/* Nothing is in it any more. */
int state_file_wipe(int fd);

#endif
