// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kern_role_bench N...: time, CPU and memory of N tunnels with a session each, made and taken
 * away; Nv: with IPv6 inside; Ns: with ipsec = require and an SA each.  Runs in the world of
 * kern-role.sh.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "test/vm/kern_role.h"

static long slab_kb(void)
{
	char out[64];

	shell(out, sizeof(out), "awk '/^Slab:/{print $2}' /proc/meminfo");
	return atol(out);
}

/* Where the CPU time went, by the names of our threads, in ms a session. */
static void print_threads(const char *when, unsigned count)
{
	char out[256];

	shell(out, sizeof(out),
	      "cat /proc/%d/task/*/stat | awk '{u[$2]+=$14; s[$2]+=$15; n[$2]++} END {for (i in u) "
	      "printf \"%%s x%%d user %%.2f system %%.2f  \", i, n[i], u[i]*10/%u, s[i]*10/%u}'",
	      getpid(), count, count);
	printf("  after %s, in all: %s\n", when, out);
}

static double cpu_ms(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (double)ru.ru_utime.tv_sec * 1e3 + (double)ru.ru_utime.tv_usec / 1e3 +
	       (double)ru.ru_stime.tv_sec * 1e3 + (double)ru.ru_stime.tv_usec / 1e3;
}

static void wait_all(uint32_t first)
{
	struct pollfd pfd = {.fd = kern_fd(k), .events = POLLIN};

	while (n_answers < next_id - first)
		if (poll(&pfd, 1, 1000) > 0)
			kern_poll(k);
	for (size_t i = 0; i < n_answers; i++)
		if (answers[i].u.done.error)
			printf("error: %s\n", answers[i].u.done.detail);
}

/* As the protocol role does it: some under way at a time, then all deleted at once. */
static void bench(unsigned count, unsigned parallel, bool ipv6, bool ipsec)
{
	long slab = slab_kb();
	double wall = now_ms(CLOCK_MONOTONIC), cpu = cpu_ms();
	struct pollfd pfd = {.fd = kern_fd(k), .events = POLLIN};
	uint32_t first = next_id;

	for (unsigned i = 0; i < count; i++) {
		struct kern_session_add m;
		struct endpoint peer = ep("192.0.2.2", (uint16_t)(2000 + i));

		while (next_id - first - n_answers >= parallel)
			if (poll(&pfd, 1, 1000) > 0)
				kern_poll(k);
		if (ipsec)
			send_sa(1 + i, &peer);
		send_tunnel_in((uint16_t)(1 + i), &peer, ipsec ? 1 + i : 0);
		m = session((uint16_t)(1 + i), (uint16_t)(1 + i));
		if (ipv6) {
			m.ipv6 = true;
			m.local_iid = 0x0100000000000002u + ((uint64_t)i << 24);
		}
		kern_request(k, &m, sizeof(m));
	}
	wait_all(first);
	wall = now_ms(CLOCK_MONOTONIC) - wall;
	printf("%u up%s%s: %.2f ms a session, CPU %.2f ms, slab %.1f KB\n", count,
	       ipv6 ? " with IPv6" : "", ipsec ? " with IPsec" : "", wall / count,
	       (cpu_ms() - cpu) / count, (double)(slab_kb() - slab) / count);

	print_threads("up", count);
	forget_answers();
	wall = now_ms(CLOCK_MONOTONIC);
	cpu = cpu_ms();
	for (unsigned at = 0; at < count; at += parallel) {
		first = next_id;
		for (unsigned i = at; i < count && i < at + KERN_QUEUE_MAX / 4; i++) {
			send_session_del((uint16_t)(1 + i), (uint16_t)(1 + i));
			send_tunnel_del((uint16_t)(1 + i));
			if (ipsec)
				send_sa_del(1 + i);
		}
		wait_all(first);
		n_answers = 0;
		at += KERN_QUEUE_MAX / 4 - parallel;
	}
	wall = now_ms(CLOCK_MONOTONIC) - wall;
	printf("%u down%s: %.2f ms a session, CPU %.2f ms\n", count, ipv6 ? " with IPv6" : "",
	       wall / count, (cpu_ms() - cpu) / count);
	print_threads("down", count);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct utsname uts;

	answers = calloc(MSGS_MAX, sizeof(*answers));
	if (!answers || kern_probe(&ops, NULL))
		return 1;
	uname(&uts);
	/* One for all of them: what is measured is not the kernel's search for an SA. */
	RUN("ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 1 reqid 1 mode transport "
	    "enc 'ecb(cipher_null)' '' auth 'digest_null' ''");
	RUN("ip xfrm policy add dir out src 192.0.2.1 dst 192.0.2.2 proto udp sport 1701 tmpl src "
	    "192.0.2.1 dst 192.0.2.2 proto esp reqid 1 mode transport");
	for (int i = 1; i < argc; i++) {
		bool ipsec = strchr(argv[i], 's');

		make_config(KERN_LAYOUT_AUTO);
		if (ipsec)
			cfg.listeners[0].ipsec = CONFIG_IPSEC_REQUIRE;
		start_as_configured();
		printf("%s, layout %s\n", uts.release,
		       kern_layout(k) == KERN_LAYOUT_PARKED ? "parked" : "classic");
		bench((unsigned)atoi(argv[i]), 128, strchr(argv[i], 'v'), ipsec);
		forget_answers();
		if (kern_shutdown(k, WAIT_MS))
			return 1;
		kern_free(k);
	}
	free(answers);
	return 0;
}
