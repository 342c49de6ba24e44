/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The listening end of the control socket, made by the kernel role, which may write to /run.
 */
#ifndef CULVERT_CONTROL_SOCKET_H
#define CULVERT_CONTROL_SOCKET_H

/*
 * A listening, non-blocking socket at path; its directory is made if need be, a socket that nobody
 * listens on any more is replaced.  -EADDRINUSE: somebody does.  Everybody may connect: who may do
 * what is decided by the credentials of the peer.
 */
int control_socket_listen(const char *path);

#endif
