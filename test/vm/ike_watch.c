// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ike_watch [-m] SOCKET: stands where culvertd stands, towards charon's plugin.
 *
 * Greets, and prints each message that arrives as one line.  What is written to its standard input,
 * a line each, goes to the plugin:
 *
 *     progress ID TEXT...        result ID ERRNO TEXT...
 *     initiate ID TIMEOUT CONNECTION [CHILD]
 *     terminate UNIQUE TEXT...   raw HEX...   zeros LENGTH
 *
 * With -m it doesn't greet: whoever reads the script decides when ("hello [VERSION]").
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/ike/message.h"

static void head(struct ike_head *h, uint16_t type, uint32_t id)
{
	*h = (struct ike_head){.type = type, .version = IKE_VERSION, .id = id};
}

static void put(int fd, const void *msg, size_t len)
{
	if (send(fd, msg, len, MSG_NOSIGNAL) < 0)
		printf("send: %s\n", strerror(errno));
}

static void hello(int fd, uint16_t version)
{
	struct ike_hello m = {.software = "ike_watch"};

	head(&m.head, IKE_HELLO, 0);
	m.head.version = version;
	put(fd, &m, sizeof(m));
}

static const char *text(const struct endpoint *e, char *buf, size_t len)
{
	char addr[INET6_ADDRSTRLEN];

	if (!inet_ntop(e->family == ENDPOINT_IPV6 ? AF_INET6 : AF_INET, e->addr, addr,
		       sizeof(addr)))
		return "?";
	snprintf(buf, len, "%s/%u", addr, e->port);
	return buf;
}

static void print_child(const struct ike_child *m)
{
	char local[64], remote[64];

	printf("child unique=%u ike=%u replaces=%u conn=%s/%s ikev%u flags=%s%s%s%s reqid=%u "
	       "marks=%u,%u/%#x ports=%u,%u local=%s remote=%s ids=\"%s\",\"%s\" name=\"%s\" "
	       "esp=%u,%u,%u spis=%08x,%08x\n",
	       m->unique, m->ike, m->replaces, m->connection, m->child, m->ike_version,
	       m->flags & IKE_CHILD_INITIATOR ? "initiator," : "responder,",
	       m->flags & IKE_CHILD_ENCAP ? "encap," : "",
	       m->flags & IKE_CHILD_NAT_HERE ? "nat-here," : "",
	       m->flags & IKE_CHILD_NAT_THERE ? "nat-there," : "", m->reqid, m->mark_in,
	       m->mark_out, m->mark_mask, m->local_port, m->remote_port,
	       text(&m->local, local, sizeof(local)), text(&m->remote, remote, sizeof(remote)),
	       m->local_id, m->remote_id, m->remote_name, m->iv, m->block, m->icv, m->spi_in,
	       m->spi_out);
}

static void print(const void *msg)
{
	const struct ike_head *h = msg;
	const struct ike_hello *hi = msg;
	const struct ike_connect *connect = msg;
	const struct ike_result *result = msg;

	switch (h->type) {
	case IKE_HELLO:
		printf("hello flags=%s%s%s%s mask=%#x software=\"%s\"\n",
		       hi->flags & IKE_HAS_IKEV1 ? "ikev1," : "",
		       hi->flags & IKE_HAS_FORECAST ? "forecast," : "",
		       hi->flags & IKE_HAS_CONNMARK ? "connmark," : "",
		       hi->flags & IKE_SETS_MARKS ? "marks" : "", hi->mark_mask, hi->software);
		break;
	case IKE_CHILD:
		print_child(msg);
		break;
	case IKE_CHILD_DOWN:
		printf("down unique=%u\n", ((const struct ike_child_down *)msg)->unique);
		break;
	case IKE_SNAPSHOT_END:
		printf("end\n");
		break;
	case IKE_CONNECT:
		printf("connect id=%u unique=%u timeout=%u\n", h->id, connect->unique,
		       connect->timeout);
		break;
	case IKE_CANCEL:
		printf("cancel id=%u\n", h->id);
		break;
	case IKE_INITIATED:
		printf("initiated id=%u error=%d text=\"%s\"\n", h->id, result->error,
		       result->text);
		break;
	default:
		printf("message of type %u\n", h->type);
	}
}

/* progress, result, initiate, terminate: a struct from the words of a line */
static void answer(int fd, char *word, char *rest)
{
	struct ike_text progress = {0};
	struct ike_result result = {0};
	struct ike_terminate end = {0};
	struct ike_initiate start = {0};
	uint32_t id = (uint32_t)strtoul(rest, &rest, 0);

	rest += strspn(rest, " ");
	if (!strcmp(word, "progress")) {
		head(&progress.head, IKE_PROGRESS, id);
		snprintf(progress.text, sizeof(progress.text), "%s", rest);
		put(fd, &progress, sizeof(progress));
	} else if (!strcmp(word, "result")) {
		head(&result.head, IKE_RESULT, id);
		result.error = -(int32_t)strtol(rest, &rest, 0);
		snprintf(result.text, sizeof(result.text), "%s", rest + strspn(rest, " "));
		put(fd, &result, sizeof(result));
	} else if (!strcmp(word, "terminate")) {
		head(&end.head, IKE_TERMINATE, 0);
		end.unique = id;
		snprintf(end.text, sizeof(end.text), "%s", rest);
		put(fd, &end, sizeof(end));
	} else if (!strcmp(word, "initiate")) {
		head(&start.head, IKE_INITIATE, id);
		start.timeout = (uint32_t)strtoul(rest, &rest, 0);
		sscanf(rest, "%63s %63s", start.connection, start.child);
		put(fd, &start, sizeof(start));
	} else {
		printf("no such command: %s\n", word);
	}
}

static void raw(int fd, const char *hex)
{
	unsigned char bytes[2048];
	size_t n = 0;
	int used;
	unsigned int byte;

	while (n < sizeof(bytes) && sscanf(hex, " %2x%n", &byte, &used) == 1) {
		bytes[n++] = (unsigned char)byte;
		hex += used;
	}
	put(fd, bytes, n);
}

static void command(int fd, char *line)
{
	static const char zeros[65536];
	char *word = strtok(line, " \n"), *rest = strtok(NULL, "\n");

	if (!word)
		return;
	if (!rest)
		rest = word + strlen(word);
	if (!strcmp(word, "raw"))
		raw(fd, rest);
	else if (!strcmp(word, "zeros"))
		put(fd, zeros, strtoul(rest, NULL, 0) % sizeof(zeros));
	else if (!strcmp(word, "hello"))
		hello(fd, *rest ? (uint16_t)strtoul(rest, NULL, 0) : IKE_VERSION);
	else
		answer(fd, word, rest);
}

static int run(int fd)
{
	/* as long as the longest, and aligned for any of them */
	union {
		struct ike_child longest;
		char bytes[8192];
	} msg;
	char line[1024];
	struct pollfd p[] = {{.fd = fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};

	while (poll(p, 2, -1) > 0) {
		if (p[0].revents) {
			ssize_t n = recv(fd, &msg, sizeof(msg), 0);

			if (n <= 0) {
				printf("closed\n");
				return 0;
			}
			if (ike_message_check(&msg, (size_t)n, IKE_FROM_CHARON))
				printf("nonsense of %zd bytes\n", n);
			else
				print(&msg);
		}
		if (p[1].revents & POLLIN) {
			if (!fgets(line, sizeof(line), stdin))
				p[1].fd = -1;
			else
				command(fd, line);
		} else if (p[1].revents) {
			p[1].fd = -1;
		}
	}
	return 1;
}

int main(int argc, char **argv)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int manual = argc > 2 && !strcmp(argv[1], "-m");
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (argc != 2 + manual) {
		fprintf(stderr, "usage: ike_watch [-m] SOCKET\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", argv[1 + manual]);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		fprintf(stderr, "ike_watch: %s: %s\n", addr.sun_path, strerror(errno));
		return 1;
	}
	if (!manual)
		hello(fd, IKE_VERSION);
	return run(fd);
}
