/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * protocol <-> aaa: may this user in, and with what?
 *
 * struct auth_request is what the PPP authentication machines hand up (EFFECT_AUTH) and what the
 * aaa role is asked; struct auth_result comes back.  Both hold secrets or their equivalents and
 * are wiped after use by everybody who held one.
 */
#ifndef CULVERT_WIRE_AAA_H
#define CULVERT_WIRE_AAA_H

#include <stdint.h>

#include "endpoint.h"
#include "wire.h"

#define AUTH_USER_MAX     255 /* RFC 1334 2.2.1: one byte of length */
#define AUTH_DATA_MAX     255
#define AUTH_PROOF_MAX    42 /* RFC 2759 5: "S=" and 40 digits */
#define AUTH_GROUP_MAX    32
#define AUTH_MESSAGE_MAX  64
#define MSCHAP_CHALLENGE  16 /* RFC 2759 3 */
#define MSCHAP_RESPONSE   49 /* RFC 2759 4: 16 peer challenge, 8 zero, 24 NT-Response, 1 flags */

enum auth_method {
	AUTH_NONE = 0,
	AUTH_PAP,      /* data: the password */
	AUTH_CHAP_MD5, /* RFC 1994 4.1; data: 16 bytes */
	AUTH_MSCHAPV2, /* RFC 2759; data: the 49 bytes of the Response's value */
};

struct auth_request {
	uint8_t method; /* enum auth_method */
	uint8_t id;     /* CHAP identifier of the challenge */
	uint8_t challenge_len;
	uint8_t data_len;
	uint8_t user_len;
	uint8_t user[AUTH_USER_MAX + 1]; /* as the peer sent it, no terminator, any bytes */
	uint8_t challenge[64];
	uint8_t data[AUTH_DATA_MAX + 1];
};

enum auth_verdict {
	AUTH_ACCEPT = 1,
	AUTH_REJECT, /* the user's fault: wrong password, unknown, disabled */
	AUTH_ERROR,  /* ours: no answer, out of memory, broken file; the peer may try again */
};

/* Why a request was not accepted; for the log, never told to the peer in detail. */
enum auth_reason {
	AUTH_REASON_NONE = 0,
	AUTH_REASON_UNKNOWN_USER,
	AUTH_REASON_WRONG_PASSWORD,
	AUTH_REASON_METHOD, /* the stored secret cannot answer this method (NT hash and CHAP-MD5) */
	AUTH_REASON_LIMIT,  /* sessions per user; decided by the protocol role */
	AUTH_REASON_NO_ADDRESS, /* pool exhausted; decided by the protocol role */
	AUTH_REASON_BACKEND,	/* the user data base could not be asked */
	AUTH_REASON_TIMEOUT,
	AUTH_REASON_IDENTITY,	    /* user-match; decided by the protocol role */
	AUTH_REASON_IDENTITY_LIMIT, /* sessions per identity; the same */
};

struct auth_result {
	uint8_t verdict; /* enum auth_verdict */
	uint8_t reason;  /* enum auth_reason */
	uint8_t proof_len;
	uint8_t user_len;
	uint32_t address; /* fixed IPv4 address of this user, host byte order; 0: from the pool */
	char group[AUTH_GROUP_MAX];     /* terminated; empty: the server's default group */
	uint8_t proof[AUTH_PROOF_MAX];  /* MS-CHAPv2: "S=" + 40 upper-case hexadecimal digits */
	uint8_t user[AUTH_USER_MAX + 1]; /* the name as the data base has it (DOMAIN\ removed) */
};

enum wire_aaa_type {
	WIRE_AAA_AUTH = 1,   /* protocol -> aaa: struct wire_aaa_auth */
	WIRE_AAA_RESULT,     /* aaa -> protocol: struct wire_aaa_result, same id */
	WIRE_AAA_USERS,	     /* kernel -> aaa: struct wire_aaa_users with the secrets file opened */
	WIRE_AAA_USERS_DONE, /* aaa -> kernel: struct wire_aaa_users_done */
	WIRE_AAA_PEER,	     /* kernel -> aaa: struct wire_aaa_peer with a socket to protocol */
};

struct wire_aaa_auth {
	struct wire wire;
	struct endpoint peer; /* outer address, for the log */
	struct auth_request request;
};

struct wire_aaa_result {
	struct wire wire;
	struct auth_result result;
};

#define AAA_GROUPS_MAX 64

/* What users may name and must not have. */
struct aaa_group {
	char name[AUTH_GROUP_MAX]; /* terminated */
	uint32_t local_address;	   /* host byte order */
};

struct wire_aaa_users {
	struct wire wire; /* one descriptor: the users file, read only; path is for messages */
	char path[256];
	uint8_t n_groups; /* 0: nobody looks at the groups and addresses of users */
	struct aaa_group group[AAA_GROUPS_MAX];
};

/* The protocol role has been started again: what the one before asked needs no answer. */
struct wire_aaa_peer {
	struct wire wire;
};

struct wire_aaa_users_done {
	struct wire wire;
	uint32_t users;  /* entries in force now */
	uint32_t errors; /* lines refused; 0: the new file is in force, else the old one still is */
	char first_error[256]; /* file:line: what, terminated */
};

#endif
