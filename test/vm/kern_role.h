/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays the protocol role towards netlink/, and a peer; for the programs that run the kernel role
 * on a real kernel.  One kernel role at a time; what goes wrong here ends the program.
 */
#ifndef CULVERT_TEST_VM_KERN_ROLE_H
#define CULVERT_TEST_VM_KERN_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "compiler.h"
#include "netlink/kern.h"

#define WAIT_MS	   20000
#define MSGS_MAX   70000
#define LOCAL4	   0x0a630001u /* 10.99.0.1 */
#define POOL4	   0x0a640000u /* 10.100.0.0/16 */
#define ROUTE_PROT 213

/* --- reporting --- */

extern unsigned passed, failed;

void report(bool good, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Run a command; its last line of output in out.  True if it succeeded. */
bool shell(char *out, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);
#define RUN(...) shell(NULL, 0, __VA_ARGS__)
int number(const char *cmd);
double now_ms(clockid_t clock);
int open_fds(void);

/* --- the kernel role under test --- */

struct answer {
	union {
		struct wire wire;
		struct kern_done done;
		struct kern_stats stats;
		struct kern_gone gone;
		struct kern_kept kept;
		struct kern_client client;
	} u;
	int fd[2]; /* -1: none came */
};

extern struct kern *k;
extern struct config cfg;
extern uint32_t next_id; /* of the next request */
extern struct answer *answers;
extern size_t n_answers;
extern const struct kern_ops ops;

void make_config(enum kern_layout layout);
void start(enum kern_layout layout);
void start_as_configured(void); /* after make_config() and what the test changes */
void stop(void);
void pump(int ms);
/* The protocol role dies, and another one is told what there is. */
void die(void);
void tell_next(void);
struct answer *wait_answer(uint16_t type, uint32_t id);
struct answer *wait_done(uint32_t id);
void forget_answers(void);
bool logged(const char *words); /* since forget_answers() */
unsigned type_count(uint16_t type);
/* The one about this tunnel and session (0: the tunnel), or NULL. */
struct answer *kept(uint16_t tunnel, uint16_t session);
unsigned gone_count(uint16_t tunnel, uint16_t session);
struct endpoint ep(const char *text, uint16_t port);

/* --- requests; each returns its id --- */

struct wire wire(uint16_t type);
uint32_t send_tunnel(uint16_t id, const struct endpoint *peer);
uint32_t send_tunnel_in(uint16_t id, const struct endpoint *peer, uint32_t mark);
uint32_t send_sa(uint32_t mark, const struct endpoint *peer);
uint32_t send_sa_del(uint32_t mark);
uint32_t send_tunnel_del(uint16_t id);
struct kern_session_add session(uint16_t tunnel, uint16_t id);
uint32_t send_session(uint16_t tunnel, uint16_t id);
uint32_t send_session_del(uint16_t tunnel, uint16_t id);
uint32_t send_set(uint16_t tunnel, uint16_t id, bool ipv4, bool ipv6);
/* IPv6 has opened with this peer: eight bytes of interface identifier. */
void send_set6(uint16_t tunnel, uint16_t id, const char *remote_iid);
int result(uint32_t id);

/* --- the peer --- */

int peer_socket(const struct endpoint *from, const struct endpoint *to);
void peer_send(int fd, uint16_t tunnel, uint16_t session_id, const void *frame, size_t len);
ssize_t receive(int fd, uint8_t *buf, size_t size);
size_t ping(uint8_t *frame, uint32_t from);
bool ping_answered(int fd, uint16_t tunnel, uint16_t session_id);

#endif
