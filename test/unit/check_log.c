// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines of the log: what they look like on stderr and in the journal's datagrams, that nothing a
 * peer sends breaks them, and that it cannot fill the disk.  Also the lines of the reports and the
 * event ring, which are their contents.
 */
#include "daemon/log.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/events.h"
#include "daemon/report.h"

static int pipe_fd[2];
static struct log log_;
static char got[32768];

static void setup(void)
{
	ck_assert_int_eq(pipe(pipe_fd), 0);
	log_ = (struct log){
		.role = "protocol", .level = LOG_LEVEL_INFO, .fd = pipe_fd[1], .journal = -1};
}

static void teardown(void)
{
	log_close(&log_);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

/* Everything that was written since the last call. */
static const char *written(void)
{
	ssize_t n;

	ck_assert_int_eq(write(pipe_fd[1], "$", 1), 1);
	n = read(pipe_fd[0], got, sizeof(got) - 1);
	ck_assert_int_gt(n, 0);
	got[n - 1] = '\0';
	return got;
}

START_TEST(one_line)
{
	struct log_line line;

	log_begin(&line, &log_, LOG_LEVEL_INFO, LOG_CLASS_PEER, "session-up");
	log_pair(&line, "tunnel", "%u", 7);
	log_bytes(&line, "user", "al\nice=\"x\"", 10);
	log_end(&line);
	ck_assert_str_eq(written(), "culvertd protocol info: event=session-up tunnel=7 "
				    "user=\"al\\x0aice=\\x22x\\x22\"\n");
	log_say(&log_, LOG_LEVEL_ERROR, LOG_CLASS_LOCAL, "cannot open %s:\nno", "a");
	ck_assert_str_eq(written(), "culvertd protocol error: cannot open a: no\n");
}
END_TEST

START_TEST(levels)
{
	log_say(&log_, LOG_LEVEL_DEBUG, LOG_CLASS_LOCAL, "step");
	ck_assert_str_eq(written(), "");
	ck_assert(!log_wants(&log_, LOG_LEVEL_DEBUG));
	log_set_level(&log_, LOG_LEVEL_DEBUG);
	log_say(&log_, LOG_LEVEL_DEBUG, LOG_CLASS_LOCAL, "step");
	ck_assert_str_eq(written(), "culvertd protocol debug: step\n");
}
END_TEST

START_TEST(priority_prefix)
{
	char stream[64];
	struct stat st;
	int keep = dup(STDERR_FILENO);
	struct log log;

	ck_assert_int_eq(fstat(pipe_fd[1], &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	ck_assert_int_eq(setenv("JOURNAL_STREAM", stream, 1), 0);
	ck_assert_int_eq(dup2(pipe_fd[1], STDERR_FILENO), STDERR_FILENO);
	log_open(&log, "kernel");
	ck_assert(log.priority);
	log_close(&log); /* also where this machine has a journal: the stream is what is tested */
	log_say(&log, LOG_LEVEL_WARNING, LOG_CLASS_LOCAL, "careful");
	dup2(keep, STDERR_FILENO);
	close(keep);
	ck_assert_str_eq(written(), "<4>careful\n");
	log_open(&log, "kernel"); /* stderr is something else than the variable says */
	ck_assert(!log.priority);
	ck_assert_int_eq(log.journal, -1);
	unsetenv("JOURNAL_STREAM");
}
END_TEST

START_TEST(journal_fields)
{
	static const char expect[] = "MESSAGE=event=session-up user=\"a\\x0ab\" client_host=pc\n"
				     "PRIORITY=6\nSYSLOG_IDENTIFIER=culvertd\n"
				     "CULVERT_ROLE=protocol\nCULVERT_CLASS=peer\n"
				     "CULVERT_EVENT=session-up\n"
				     "CULVERT_USER\n\3\0\0\0\0\0\0\0a\nb\n"
				     "CULVERT_CLIENT_HOST=pc\n";
	struct log_line line;
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv), 0);
	log_.journal = sv[0];
	log_begin(&line, &log_, LOG_LEVEL_INFO, LOG_CLASS_PEER, "session-up");
	log_bytes(&line, "user", "a\nb", 3);
	log_pair(&line, "client_host", "pc");
	log_end(&line);
	ck_assert_int_eq(recv(sv[1], got, sizeof(got), 0), sizeof(expect) - 1);
	ck_assert_mem_eq(got, expect, sizeof(expect) - 1);
	ck_assert_str_eq(written(), "");
	/* the journal has gone: stderr has it */
	close(sv[1]);
	log_say(&log_, LOG_LEVEL_INFO, LOG_CLASS_LOCAL, "still here");
	ck_assert_str_eq(written(), "culvertd protocol info: still here\n");
}
END_TEST

/* The longest that a peer can send stays one whole line, the counters included. */
START_TEST(longest)
{
	struct session_report r = {.tunnel = 65535, .session = 65535, .up_since = 1};
	int sv[2];

	memset(r.user, 0xff, 255);
	r.user_len = 255;
	memset(r.group, 'g', sizeof(r.group) - 1);
	memset(r.detail, 0x01, sizeof(r.detail) - 1);
	memset(r.client_host, 0xfe, sizeof(r.client_host) - 1);
	memset(r.client_vendor, 0xfe, sizeof(r.client_vendor) - 1);
	memset(r.identification, 0xfe, sizeof(r.identification) - 1);
	memset(r.calling, 0xfe, sizeof(r.calling) - 1);
	r.counters = (struct kern_counters){UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
	r.reason = "peer-request";
	report_session_down(&log_, &r, UINT64_MAX);
	ck_assert_ptr_nonnull(strstr(written(), "tx_packets=18446744073709551615\n"));
	report_session_up(&log_, &r);
	ck_assert_ptr_nonnull(strstr(written(), "calling=\"\\xfe"));
	ck_assert_ptr_nonnull(strstr(got, "\\xfe\"\n"));

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv), 0);
	log_.journal = sv[0];
	report_session_down(&log_, &r, UINT64_MAX);
	ck_assert_int_gt(recv(sv[1], got, sizeof(got), 0), 1000);
	close(sv[1]);
}
END_TEST

static void flood(int n, usec_t now)
{
	struct log_line line;

	for (int i = 0; i < n; i++) {
		log_begin_peer(&line, &log_, LOG_LEVEL_INFO, LOG_CLASS_PEER, "malformed",
			       LOG_CAUSE_MALFORMED, now);
		log_end(&line);
	}
}

static int lines(void)
{
	int n = 0;

	for (const char *p = written(); *p; p++)
		n += *p == '\n';
	return n;
}

START_TEST(rate_limit)
{
	usec_t now = 5 * USEC_PER_SEC, next;

	flood(100, now);
	ck_assert_int_eq(lines(), 10);
	next = log_expire(&log_, now);
	ck_assert_int_eq(lines(), 0);
	ck_assert(next > now && next <= now + USEC_PER_SEC + 1);
	ck_assert(log_expire(&log_, next) == USEC_NEVER);
	ck_assert_str_eq(written(), "culvertd protocol notice: event=suppressed "
				    "cause=malformed lines=90\n");
	flood(3, next); /* one line has been earned */
	ck_assert_int_eq(lines(), 1);
	flood(1, next + USEC_PER_SEC);
	ck_assert_ptr_nonnull(strstr(written(), "lines=2\n"));
	/* another cause has a bucket of its own, and a long silence earns one burst, no more */
	ck_assert(log_allowed(&log_, LOG_CAUSE_NOTE, now));
	flood(1000, now + 3600 * USEC_PER_SEC);
	ck_assert_int_eq(lines(), 10);
}
END_TEST

static const struct session_report alice = {
	.tunnel = 7,
	.session = 3,
	.peer_tunnel = 70,
	.peer_session = 30,
	.user = "alice",
	.user_len = 5,
	.group = "staff",
	.address = 0x0a140007,
	.interface = "ppp3",
	.peer = {.family = ENDPOINT_IPV4, .port = 1701, .addr = {203, 0, 113, 9}},
	.auth = AUTH_MSCHAPV2,
	.layout = KERN_LAYOUT_PARKED,
	.mtu = 1400,
	.client_host = "laptop",
	.up_since = 1000,
	.counters = {.rx_packets = 1, .rx_bytes = 100, .tx_packets = 2, .tx_bytes = 200},
	.reason = "peer-request",
};

START_TEST(session_lines)
{
	struct session_report r = alice;

	report_session_up(&log_, &r);
	ck_assert_str_eq(written(),
			 "culvertd protocol info: event=session-up tunnel=7 session=3 "
			 "peer=203.0.113.9:1701 user=alice group=staff address=10.20.0.7 "
			 "interface=ppp3 auth=mschapv2 mtu=1400 peer_tunnel=70 peer_session=30 "
			 "layout=parked client_host=laptop\n");
	report_session_down(&log_, &r, 1000 + 61 * USEC_PER_SEC);
	ck_assert_str_eq(written(),
			 "culvertd protocol info: event=session-down tunnel=7 session=3 "
			 "peer=203.0.113.9:1701 user=alice group=staff address=10.20.0.7 "
			 "interface=ppp3 reason=peer-request duration=61 rx_bytes=100 "
			 "tx_bytes=200 rx_packets=1 tx_packets=2\n");
	r.up_since = 0;
	r.phase = "authenticate";
	report_session_down(&log_, &r, 1000);
	ck_assert_ptr_nonnull(strstr(written(), "event=session-failed"));
	ck_assert_ptr_nonnull(strstr(got, "phase=authenticate"));
	ck_assert_ptr_null(strstr(got, "duration"));
	r.reason = "wrong-password";
	report_auth_failed(&log_, &r, 1000);
	ck_assert_ptr_nonnull(strstr(written(), "notice: event=auth-failed tunnel=7 session=3"));
}
END_TEST

START_TEST(tunnel_lines)
{
	struct tunnel_report r = {
		.tunnel = 7,
		.peer_tunnel = 70,
		.peer = alice.peer,
		.client_host = "laptop",
		.client_vendor = "xelerance.com",
		.firmware = 1680,
		.up_since = USEC_PER_SEC,
		.reason = "peer-closed",
		.result = 1,
	};

	report_tunnel_up(&log_, &r, USEC_PER_SEC);
	ck_assert_str_eq(written(), "culvertd protocol info: event=tunnel-up tunnel=7 "
				    "peer_tunnel=70 peer=203.0.113.9:1701 client_host=laptop "
				    "client_vendor=xelerance.com firmware=1680\n");
	report_tunnel_down(&log_, &r, 3 * USEC_PER_SEC);
	ck_assert_str_eq(written(), "culvertd protocol info: event=tunnel-down tunnel=7 "
				    "peer_tunnel=70 peer=203.0.113.9:1701 client_host=laptop "
				    "reason=peer-closed result=1 duration=2\n");
}
END_TEST

/* A session that was up is always accounted for, whatever goes on around it. */
START_TEST(session_down_is_not_limited)
{
	struct session_report r = alice;

	for (int i = 0; i < 50; i++)
		for (int j = 0; j < 20; j++) {
			report_session_down(&log_, &r, 2000);
			ck_assert_int_eq(lines(), 1);
		}
	r.up_since = 0;
	for (int i = 0; i < 200; i++) {
		report_session_down(&log_, &r, 2000);
		ck_assert_int_eq(lines(), 1);
	}
	report_session_down(&log_, &r, 2000);
	ck_assert_int_eq(lines(), 0);
}
END_TEST

START_TEST(event_ring)
{
	struct events *ev = malloc(sizeof(*ev));
	const struct event *e;

	ck_assert_ptr_nonnull(ev);
	events_init(ev);
	ck_assert_ptr_null(events_get(ev, 1));
	events_session(ev, EVENT_SESSION_DOWN, &alice, 1000 + 9 * USEC_PER_SEC, 77);
	e = events_get(ev, 0);
	ck_assert_ptr_nonnull(e);
	ck_assert_uint_eq(e->seq, 1);
	ck_assert_uint_eq(e->time, 77);
	ck_assert_uint_eq(e->duration, 9);
	ck_assert_uint_eq(e->rx_bytes, 100);
	ck_assert_str_eq(e->reason, "peer-request");
	ck_assert_str_eq(e->interface, "ppp3");
	ck_assert_ptr_null(events_get(ev, 2));
	{
		struct session_report r = alice;

		r.up_since = 0;
		events_session(ev, EVENT_SESSION_DOWN, &r, 5000, 77);
		ck_assert_int_eq(events_get(ev, 2)->kind, EVENT_SESSION_FAILED);
	}
	for (int i = 0; i < EVENTS_MAX; i++)
		events_note(ev, EVENT_RELOADED, NULL, NULL, 78);
	e = events_get(ev, 1); /* overwritten: the oldest that is left */
	ck_assert_uint_eq(e->seq, 3);
	ck_assert_uint_eq(events_get(ev, EVENTS_MAX + 2)->seq, EVENTS_MAX + 2);
	ck_assert_ptr_null(events_get(ev, EVENTS_MAX + 3));
	free(ev);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("log");
	TCase *c = tcase_create("log");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, one_line);
	tcase_add_test(c, levels);
	tcase_add_test(c, priority_prefix);
	tcase_add_test(c, journal_fields);
	tcase_add_test(c, longest);
	tcase_add_test(c, rate_limit);
	tcase_add_test(c, session_lines);
	tcase_add_test(c, tunnel_lines);
	tcase_add_test(c, session_down_is_not_limited);
	tcase_add_test(c, event_ring);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
