/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The aaa role: knows the users' secrets and sees no packet.
 */
#ifndef CULVERT_AAA_H
#define CULVERT_AAA_H

/*
 * Answer requests on two SOCK_SEQPACKET sockets, of the protocol and of the kernel role, until
 * one of them is closed at the other end.  The process is confined already: this opens nothing and
 * needs poll, recvmsg, sendmsg, pread, close and memory.  0, or a negative errno: -EPROTO for a
 * message that is not of the contract in wire_aaa.h.
 */
int aaa_main(int protocol_fd, int kernel_fd);

#endif
