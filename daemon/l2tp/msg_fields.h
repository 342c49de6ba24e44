/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What decoding and encoding share and nobody else needs: which AVPs a message has, and where in
 * struct msg the value of an attribute is.
 */
#ifndef CULVERT_L2TP_MSG_FIELDS_H
#define CULVERT_L2TP_MSG_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct msg_row {
	const char *name;
	bool call;         /* of one call, not of the tunnel */
	uint64_t required; /* bit n: attribute n */
	uint64_t expected; /* RFC 2661 6 asks for it, yet it is tolerated when missing */
	uint64_t optional;
};

/* NULL for a type that is not known. */
const struct msg_row *msg_row(unsigned int type);

/* Offset in struct msg of the value of an attribute whose kind is a number or bytes; else 0. */
size_t msg_field(uint16_t attribute);

#endif
