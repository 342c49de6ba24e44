// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command, end to end: its main function against a control socket that a process of this test
 * serves; what it prints, to which side, and with which exit code.  And that manual pages agree.
 */
#include "daemon/ctl/ctl.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/config/config.h"
#include "daemon/control/control_keys.h"
#include "daemon/loop.h"
#include "test/unit/control_engine.h"

/* --- the server ------------------------------------------------------------------------------ */

static char folder[] = "/tmp/check_ctl.XXXXXX";
static char path[64];
static pid_t server;
static struct control_peer who;

static int peer(int fd, struct control_peer *ret)
{
	(void)fd;
	*ret = who;
	return 0;
}

static int listening(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	strcpy(sun.sun_path, path);
	unlink(path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	return fd;
}

static void add_events(struct events *events)
{
	struct session_report r = {0};

	events_init(events);
	engine_session(2, &r);
	events_note(events, EVENT_STARTED, NULL, NULL, ENGINE_WALL);
	events_session(events, EVENT_SESSION_UP, &r, ENGINE_NOW, ENGINE_WALL + 1);
	r.reason = "peer-request";
	strcpy(r.detail, "good \"bye\"");
	events_session(events, EVENT_SESSION_DOWN, &r, ENGINE_NOW, ENGINE_WALL + 2);
}

static void __attribute__((noreturn)) serve(int fd)
{
	static struct events events;
	static struct loop loop;
	struct control_setup s = {
		.loop = &loop,
		.ops = &engine_ops,
		.events = &events,
		.read_gid = 100,
		.admin_gid = 200,
		.read_group = "culvert",
		.admin_group = "culvert-admin",
		.seed = 7,
		.peer = peer,
		.wall = engine_wall,
	};
	struct control *control;

	alarm(120); /* should the test die first */
	add_events(&events);
	if (loop_init(&loop) < 0)
		_exit(1);
	loop.now = ENGINE_NOW;
	if (control_new(&control, &s) < 0 || control_listen(control, fd) < 0)
		_exit(1);
	for (;;) {
		struct epoll_event e;
		struct watch *w;

		if (epoll_wait(loop.epoll, &e, 1, -1) != 1)
			continue;
		w = e.data.ptr;
		w->ready(w, e.events);
		engine_answer_reload(control);
	}
}

static void start(uid_t uid, gid_t gid)
{
	int fd = listening();

	who.uid = uid;
	who.gid = gid;
	engine_reset();
	server = fork();
	ck_assert_int_ge(server, 0);
	if (server == 0)
		serve(fd);
	close(fd);
}

static void stop(void)
{
	if (server <= 0)
		return;
	kill(server, SIGKILL); /* libcheck has a handler for SIGTERM, which a fork inherits */
	waitpid(server, NULL, 0);
	server = 0;
}

/* A server that answers every connection with these bytes, whatever it is asked. */
static void start_liar(const char *reply, size_t len)
{
	int fd = listening();

	server = fork();
	ck_assert_int_ge(server, 0);
	if (server) {
		close(fd);
		return;
	}
	alarm(120);
	fcntl(fd, F_SETFL, 0);
	for (;;) {
		char request[4096];
		int k = accept(fd, NULL, NULL);

		if (recv(k, request, sizeof(request), 0) > 0)
			send(k, reply, len, MSG_NOSIGNAL);
		close(k);
	}
}

static void setup_world(void)
{
	strcpy(folder, "/tmp/check_ctl.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/control", folder);
	start(0, 0);
}

static void teardown_world(void)
{
	stop();
	unlink(path);
	rmdir(folder);
}

/* --- a call ---------------------------------------------------------------------------------- */

static char *out, *err;

/* The words of line, separated by spaces, after `culvert --socket PATH`. */
static int culvert(const char *line)
{
	char *argv[32] = {(char[]){"culvert"}, (char[]){"--socket"}, path};
	char *words = strdup(line), *save = NULL;
	size_t out_len, err_len;
	FILE *o, *e;
	int argc = 3, rc;

	for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	free(out);
	free(err);
	o = open_memstream(&out, &out_len);
	e = open_memstream(&err, &err_len);
	rc = ctl_main(argc, argv, o, e);
	fclose(o);
	fclose(e);
	free(words);
	return rc;
}

static json_t *document(void)
{
	json_t *o = json_loads(out, 0, NULL);

	ck_assert_msg(json_is_object(o), "%s", out);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "schema")), 1);
	return o;
}

static void expect(const char *line, int rc, const char *in_out, const char *in_err)
{
	int got = culvert(line);

	ck_assert_msg(got == rc, "%s: exit code %d, not %d\n%s%s", line, got, rc, out, err);
	ck_assert_msg(in_out ? strstr(out, in_out) != NULL : !*out, "%s: %s", line, out);
	ck_assert_msg(in_err ? strstr(err, in_err) != NULL : !*err, "%s: %s", line, err);
}

/* --- show ------------------------------------------------------------------------------------ */

START_TEST(sessions_text)
{
	ck_assert_int_eq(culvert("show sessions"), 0);
	ck_assert_str_eq(out, "INTERFACE  USER   ADDRESS    PEER         ID      GROUP   STATE    "
			      "UPTIME  RX_BYTES  TX_BYTES  CHILD  IKE_ID\n"
			      "ppp1       user1  10.20.0.1  203.0.113.1  1001/1  staff   up     "
			      "00:01:05       100       200      5  CN=laptop\n"
			      "ppp2       user2  10.20.0.2  203.0.113.2  1002/2  guests  up     "
			      "00:01:05       100       200      5  CN=laptop\n"
			      "ppp3       user3  10.20.0.3  203.0.113.3  1003/3  staff   up     "
			      "00:01:05       100       200      5  CN=laptop\n");
	ck_assert_str_eq(err, "");
	expect("show sessions -o user,peer_p,id user=user2", 0,
	       "USER   PEER_PORT  ID\nuser2       1701  1002/2\n", NULL);
	expect("show sessions -o user,nothing", 2, NULL, "there is no column `nothing'");
	expect("show sessions -o ,", 2, NULL, "rx_bytes");
	expect("show sessions -o rx", 2, NULL, "there is no column `rx'"); /* two begin so */
}
END_TEST

START_TEST(sessions_json)
{
	json_t *o, *list;

	ck_assert_int_eq(culvert("-j show sessions group=staff"), 0);
	o = document();
	list = json_object_get(o, "sessions");
	ck_assert_uint_eq(json_object_size(o), 2);
	ck_assert_uint_eq(json_array_size(list), 2);
	for (const struct control_key *k = control_session_keys; k->key; k++)
		ck_assert_ptr_nonnull(json_object_get(json_array_get(list, 0), k->key));
	json_decref(o);
	ck_assert_int_eq(culvert("show sessions -p"), 0);
	ck_assert_ptr_nonnull(strstr(out, "{\n  \"schema\": 1,\n  \"sessions\": [\n    {\n"));
	json_decref(document());
}
END_TEST

START_TEST(filters)
{
	expect("show sessions user=user1 group=staff", 0, "user1", NULL);
	expect("show sessions 2", 0, "user2", NULL);
	expect("show sessions us=user1 ip=10.20.0.1 pe=203.0.113.1 gr=staff st=up in=ppp1 "
	       "cl=laptop "
	       "tunnel=1001 session=1",
	       0, "user1", NULL);
	expect("show sessions user=nobody", 3, NULL, "no such session");
	expect("-j show sessions user=nobody", 3, "{\"schema\":1,\"sessions\":[]}\n", NULL);
	expect("show sessions usr=a", 2, NULL, "`usr=a' is no filter here; there are user= ip=");
	expect("show sessions =a", 2, NULL, "no filter");
	expect("show sessions alice", 2, NULL, "no filter");
	expect("show sessions user=a user=b", 2, NULL, "`user=' is there twice");
	expect("show sessions session=0", 2, NULL, "1 to 65535");
	expect("show sessions 65536", 2, NULL, "no filter");
	expect("show sessions ip=10.1", 2, NULL, "does not take this value of `ip'");
	expect("show sessions user=\xff", 2, NULL, "UTF-8");
	expect("show tunnels user=alice", 2, NULL, "there are peer= state= client= tunnel=\n");
	expect("show pools a", 2, NULL, "`a' is too much");
}
END_TEST

START_TEST(one_session)
{
	json_t *o;

	expect("show session 2", 0, "user             user2\n", NULL);
	ck_assert_ptr_null(strstr(out, "identification"));
	expect("show session 2 --detail", 0, "identification   MSRASV5.20\n", NULL);
	ck_assert_ptr_nonnull(strstr(out, "dns              10.0.0.53\n"));
	ck_assert_ptr_null(strstr(out, "nbns"));
	ck_assert_int_eq(culvert("show session 2 -j"), 0);
	o = document();
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(o, "session"), "user")),
			 "user2");
	json_decref(o);
	expect("show session 9", 3, NULL, "no such session");
	expect("show session", 2, NULL, "which session?");
	expect("show session 1 2", 2, NULL, "which session?");
	expect("show session alice", 2, NULL, "no filter");
	expect("show session user=user1", 2, NULL, "no filter");
}
END_TEST

START_TEST(tunnels_and_pools)
{
	expect("show tunnels", 0, "TUNNEL  PEER_TUNNEL  STATE", NULL);
	ck_assert_ptr_null(strchr(out, '\033'));
	ck_assert_ptr_nonnull(strstr(out, "r??uter?"));
	expect("show tunnels state=up -o tunnel,client_host", 0,
	       "TUNNEL  CLIENT_HOST\n     2  laptop\n", NULL);
	ck_assert_int_eq(culvert("show pools"), 0);
	ck_assert_str_eq(out, "POOL    FIRST      LAST         SIZE  USED  FREE\n"
			      "staff4  10.20.0.1  10.20.0.254   254     3   251\n");
	expect("show pools -j", 0,
	       "{\"schema\":1,\"pools\":[{\"pool\":\"staff4\",\"first\":\"10.20.0.1\","
	       "\"last\":\"10.20.0.254\",\"size\":254,\"used\":3,\"free\":251}]}\n",
	       NULL);
}
END_TEST

START_TEST(status)
{
	ck_assert_int_eq(culvert("status"), 0);
	ck_assert_str_eq(out, "culvertd  0.1 on lns1, kernel -, layout -\n"
			      "up        1d01:01:01, since 2023-11-13T21:12:19Z, configuration 0\n"
			      "tunnels   0 up, 0 in set-up\n"
			      "sessions  3 up, 0 in set-up; 0 started, 0 ended\n"
			      "logins    0 accepted, 0 rejected\n"
			      "counters  malformed 5\n"
			      "pool      staff4: 3 of 254 used\n");
	ck_assert_int_eq(culvert("-j status"), 0);
	json_decref(document());
}
END_TEST

/* --- what we dial ---------------------------------------------------------------------------- */

START_TEST(clients)
{
	expect("show clients -o client,state,retry", 0,
	       "CLIENT  STATE  RETRY\ncorp    idle       -\nhome    idle       5\n", NULL);
	ck_assert_int_eq(culvert("connect corp"), 0);
	ck_assert_str_eq(out, "tunnel to 192.0.2.1:1701\ntunnel to 192.0.2.1:1701\n");
	expect("connect home", 1, "tunnel to", "culvert: no answer from 192.0.2.1:1701\n");
	expect("-j connect corp", 0, "{\"schema\":1,\"client\":{\"client\":\"corp\"", NULL);
	expect("show clients -o client,state,reason", 0, "corp    up", NULL);
	expect("disconnect corp", 0, "", NULL);
	expect("show clients -o client,state", 0, "corp    idle", NULL);
	expect("connect nobody", 3, NULL, "no such client");
	expect("disconnect nobody", 3, NULL, "no such client");
	expect("connect", 2, NULL, "which client?");
	ck_assert_int_eq(culvert("complete connect co"), 0);
	ck_assert_str_eq(out, "corp\n");
	stop();
	start(1000, 100); /* who may look may not dial */
	expect("show clients", 0, "corp", NULL);
	expect("connect corp", 1, NULL, "permission denied");
}
END_TEST

/* --- kick ------------------------------------------------------------------------------------ */

START_TEST(kick)
{
	expect("kick user=user2", 2, "user2", "nobody was ended; --yes does it");
	expect("show sessions -o user", 0, "user2", NULL);
	expect("kick user=user2 --yes --reason maintenance", 0, "1 session ended\n", NULL);
	expect("kick user=user2 --yes", 3, NULL, "no such session");
	expect("kick user=user2", 3, NULL, "no such session");
	expect("kick", 2, NULL, "whom?");
	expect("kick everybody --yes", 2, NULL, "no filter");
	expect("kick -j 3", 2, NULL, "--yes");
	expect("kick -j 3 -y", 0, "{\"schema\":1,\"kicked\":1}\n", NULL);
	expect("kick all -y", 0, "1 session ended\n", NULL);
	expect("kick all", 3, NULL, "no such session");
}
END_TEST

START_TEST(upgrade)
{
	expect("upgrade", 1, NULL, "culvert: its self-test failed");
	expect("upgrade", 1, NULL, "an upgrade is under way");
	expect("upgrade now", 2, NULL, "`now' is too much");
	start(1000, 100);
	expect("upgrade", 1, NULL, "permission denied");
}
END_TEST

START_TEST(drain)
{
	expect("drain --kick-rate 5/s --exit", 0,
	       "refused; 3 sessions are up, 5 a second are ended, then culvertd ends\n", NULL);
	expect("status", 0, "newcomers are refused, 5 sessions a second are ended; culvertd ends",
	       NULL);
	expect("status -j", 0, "\"drain\":\"draining\"", NULL);
	expect("drain -j", 0, "{\"schema\":1,\"sessions\":3}\n", NULL);
	expect("drain --kick-rate 0", 2, NULL, "--kick-rate wants sessions a second");
	expect("drain --kick-rate 5/m", 2, NULL, "--kick-rate wants sessions a second");
	expect("drain now", 2, NULL, "`now' is too much");
	expect("undrain --exit", 2, NULL, "does not take --exit");
	expect("undrain", 0, "new tunnels and calls are taken\n", NULL);
	ck_assert_int_eq(culvert("status"), 0);
	ck_assert_ptr_null(strstr(out, "DRAINING"));
	start(1000, 100); /* who may look may not drain */
	expect("drain", 1, NULL, "permission denied");
	expect("undrain", 1, NULL, "permission denied");
}
END_TEST

static int at_terminal(const char *line, const char *typed)
{
	int keep = dup(STDIN_FILENO), master = posix_openpt(O_RDWR | O_NOCTTY), slave, rc;

	ck_assert_int_ge(master, 0);
	ck_assert_int_eq(grantpt(master), 0);
	ck_assert_int_eq(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	ck_assert_int_ge(slave, 0);
	ck_assert_int_eq(write(master, typed, strlen(typed)), (ssize_t)strlen(typed));
	dup2(slave, STDIN_FILENO);
	rc = culvert(line);
	dup2(keep, STDIN_FILENO);
	clearerr(stdin);
	close(keep);
	close(slave);
	close(master);
	return rc;
}

START_TEST(kick_asks)
{
	ck_assert_int_eq(at_terminal("kick group=staff", "n\n"), 1);
	ck_assert_ptr_nonnull(strstr(out, "end these 2 sessions? [y/N] "));
	ck_assert_ptr_nonnull(strstr(err, "nobody was ended"));
	ck_assert_int_eq(at_terminal("kick group=staff", "\n"), 1);
	ck_assert_int_eq(at_terminal("kick group=staff", "y\n"), 0);
	ck_assert_ptr_nonnull(strstr(out, "2 sessions ended\n"));
	ck_assert_int_eq(at_terminal("kick 2", "y\n"), 0);
	ck_assert_ptr_nonnull(strstr(out, "end this 1 session? [y/N] 1 session ended\n"));
}
END_TEST

/* --- events ---------------------------------------------------------------------------------- */

START_TEST(events)
{
	ck_assert_int_eq(culvert("events"), 0);
	ck_assert_str_eq(out, "2023-11-14T22:13:20.000000Z  started\n"
			      "2023-11-14T22:13:20.000001Z  session-up tunnel=1002 session=2 "
			      "peer=203.0.113.2 mark=42 ike_id=\"CN=laptop\" user=user2 "
			      "group=guests interface=ppp2 "
			      "address=10.20.0.2\n"
			      "2023-11-14T22:13:20.000002Z  session-down tunnel=1002 session=2 "
			      "peer=203.0.113.2 mark=42 ike_id=\"CN=laptop\" user=user2 "
			      "group=guests interface=ppp2 "
			      "address=10.20.0.2 reason=peer-request detail=\"good \"bye\"\" "
			      "duration=00:01:05 rx_bytes=100 tx_bytes=200\n");
	ck_assert_int_eq(culvert("events -n 1 -j"), 0);
	json_decref(document());
	ck_assert_ptr_nonnull(strstr(out, "\"event\":\"session-down\""));
	ck_assert_ptr_eq(strchr(out, '\n'), out + strlen(out) - 1);
	ck_assert_int_eq(culvert("events user=nobody"), 0);
	ck_assert_str_eq(out, "");
	expect("events -n x", 2, NULL, "--last wants a number");
	expect("events state=up", 2, NULL, "no filter");
}
END_TEST

/* Following ends when the daemon does, and says so. */
START_TEST(follow)
{
	int fd[2], status_;
	char line[4096];
	FILE *f;
	pid_t pid;

	ck_assert_int_eq(pipe(fd), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		char *argv[] = {(char[]){"culvert"}, (char[]){"--socket"}, path,
				(char[]){"events"},  (char[]){"-f"},	   NULL};
		FILE *o = fdopen(fd[1], "w"), *e = fopen("/dev/null", "w");

		alarm(120);
		_exit(o && e ? ctl_main(5, argv, o, e) : 99);
	}
	close(fd[1]);
	f = fdopen(fd[0], "r");
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
	ck_assert_ptr_nonnull(strstr(line, "session-down"));
	stop();
	ck_assert_ptr_null(fgets(line, sizeof(line), f));
	fclose(f);
	ck_assert_int_eq(waitpid(pid, &status_, 0), pid);
	ck_assert(WIFEXITED(status_));
	ck_assert_int_eq(WEXITSTATUS(status_), 4);
}
END_TEST

/* --- what goes wrong --- */

START_TEST(unreachable)
{
	stop();
	expect("status", 4, NULL, "systemctl start culvertd");
	unlink(path);
	expect("show sessions", 4, NULL, "culvertd is not running");
	expect("kick 1 -y", 4, NULL, "culvertd is not running");
	expect("events", 4, NULL, "culvertd is not running");
	expect("-j status", 4, NULL, "culvertd is not running");
}
END_TEST

START_TEST(permission)
{
	stop();
	start(77, 77);
	expect("status", 1, NULL, "members of group culvert may");
	expect("kick all -y", 1, NULL, "members of group culvert-admin may");
	stop();
	start(77, 100);
	expect("status", 0, "culvertd", NULL);
	expect("kick all -y", 1, NULL, "usermod -aG culvert-admin");
}
END_TEST

START_TEST(lies)
{
	static const struct {
		const char *reply;
		int rc;
	} row[] = {
		{"", 4},
		{"x", 1},
		{"{}", 1},
		{"{\"parameters\":7}", 1},
		{"{\"error\":\"org.culvert.control.Busy\",\"parameters\":{}}", 1},
		{"{\"error\":\"org.culvert.control.Failed\",\"parameters\":{\"message\":\"m\"}}",
		 1},
		{"{\"error\":\"org.varlink.service.MethodNotFound\"}", 1},
		{"{\"parameters\":{\"session\":{}}}", 0},
		{"{\"parameters\":{\"session\":{\"user\":[1,[]],\"dns\":{},\"uptime\":\"\"}}}", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		stop();
		start_liar(row[i].reply, *row[i].reply ? strlen(row[i].reply) + 1 : 0);
		ck_assert_msg(culvert("show session 1 --detail") == row[i].rc, "%s", row[i].reply);
	}
	stop();
	start_liar("{\"parameters\":{}}", 17);
	ck_assert_int_eq(culvert("show session 1"), 4); /* it has no end */
}
END_TEST

START_TEST(hostile_text)
{
	static const char reply[] =
		"{\"parameters\":{\"session\":{\"user\":\"\\u001b[2J\\u009b\\u202e\"}}}";

	stop();
	start_liar(reply, sizeof(reply));
	expect("show session 1", 0, "user             ???[2J??????\n", NULL);
}
END_TEST

START_TEST(usage)
{
	expect("", 2, NULL, "a command is missing");
	expect("foo", 2, NULL, "`foo' is no command");
	expect("s", 2, NULL, "could be more than one"); /* status, show */
	expect("show", 2, NULL, "culvert show pools");
	expect("show foo", 2, NULL, "culvert show pools");
	expect("config", 2, NULL, "culvert config check");
	expect("status --foo", 2, NULL, "`--foo' is no option");
	expect("show sessions -o", 2, NULL, "wants a value");
	expect("status --yes", 2, NULL, "`culvert status' does not take --yes");
	expect("show pools --detail", 2, NULL, "`culvert show pools' does not take --detail");
	expect("status x", 2, NULL, "`x' is too much");
	expect("st", 0, "culvertd", NULL);
	expect("sh se", 0, "INTERFACE", NULL); /* sessions: session is written out */
	expect("sh t", 0, "TUNNEL", NULL);
	expect("e -n 1", 0, "session-down", NULL);
	expect("--help", 0, "usage: culvert", NULL);
	expect("help", 0, "usage: culvert", NULL);
	expect("help kick", 0, "culvert kick", NULL);
	ck_assert_ptr_null(strstr(out, "culvert show"));
	expect("show sessions --help", 0, "culvert show sessions", NULL);
	expect("--version", 0, "culvert ", NULL);
}
END_TEST

START_TEST(complete)
{
	expect("complete s", 0, "status\nshow\n", NULL);
	expect("complete show s", 0, "sessions\nsession\n", NULL);
	expect("complete show sessions gr", 0, "group=\n", NULL);
	ck_assert_int_eq(culvert("complete show sessions group="), 0);
	ck_assert_str_eq(out, "group=staff\ngroup=guests\n");
	ck_assert_int_eq(culvert("complete -j kick ip=10.20.0.2"), 0);
	ck_assert_str_eq(out, "ip=10.20.0.2\n");
	ck_assert_int_eq(culvert("complete show tunnels us"), 0);
	ck_assert_str_eq(out, "");
	ck_assert_int_eq(culvert("complete show session 2"), 0);
	ck_assert_str_eq(out, "2\n");
	stop();
	ck_assert_int_eq(culvert("complete kick user="), 0);
	ck_assert_str_eq(out, "");
	ck_assert_str_eq(err, "");
}
END_TEST

#define CHANGES                                                                                    \
	"~ group staff / dns: {10.0.0.53} -> {10.0.0.54}  (for new sessions)\n"                    \
	"- listen 192.0.2.1:1701  (at the next start; its tunnels use its socket)\n"

START_TEST(reload)
{
	expect("config diff", 5, CHANGES, NULL);
	expect("config diff -j", 5, "{\"schema\":1,\"reload\":{\"generation\":2,\"changes\":[",
	       NULL);
	expect("reload", 0, CHANGES "1 change applied, 1 needs a restart; 3 users\n", NULL);
	expect("reload --confirm 2m", 0, "comes back in 120 s, unless: culvert reload --conf",
	       NULL);
	expect("reload --confirmed", 0, "confirmed\n", NULL);
	expect("reload --revert", 0, "0 changes applied; 3 users\n", NULL);
	expect("reload --confirm 13", 1, NULL, "culvert.conf:3: what is this?\nculvert.conf:5: ");
	expect("reload -j", 0, "\"applied\":1,\"restart\":1,\"users\":3,\"confirm\":null", NULL);
	expect("reload --confirm 0", 2, NULL, "--confirm wants a time");
	expect("reload --confirm 25h", 2, NULL, "--confirm wants a time");
	expect("reload --confirm 5x", 2, NULL, "--confirm wants a time");
	expect("reload --confirmed --revert", 2, NULL, "one of --confirm");
	expect("reload now", 2, NULL, "`now' is too much");
	expect("config diff x", 2, NULL, "`x' is too much");
	expect("config diff --revert", 2, NULL, "does not take --revert");
	stop();
	start(1000, 100); /* who may look may look what would be */
	expect("config diff", 5, CHANGES, NULL);
	expect("reload", 1, NULL, "permission denied");
}
END_TEST

START_TEST(config_files)
{
	char file[80], line[120];
	FILE *f;

	stop(); /* nothing of this needs a daemon */
	snprintf(file, sizeof(file), "%s/culvert.conf", folder);
	f = fopen(file, "w");
	ck_assert_ptr_nonnull(f);
	fputs("nodde = a\n", f);
	fclose(f);
	snprintf(line, sizeof(line), "config check %s", file);
	ck_assert_int_eq(culvert(line), 1);
	ck_assert_ptr_nonnull(strstr(out, "culvert.conf:1"));
	snprintf(line, sizeof(line), "config show %s", file);
	ck_assert_int_eq(culvert(line), 1);
	ck_assert_ptr_nonnull(strstr(err, "culvert.conf:1"));
	ck_assert_str_eq(out, "");
	unlink(file);
	ck_assert_int_eq(culvert(line), 1);
	expect("config show --defaults", 0, "control-socket = " CONTROL_SOCKET, NULL);
	expect("config show --defaults x", 2, NULL, "`x' is too much");
	expect("config check a b", 2, NULL, "`b' is too much");
	start(0, 0);
	expect("config show", 0, "node = \"lns1\"\n", NULL);
}
END_TEST

/* --- the manual pages --- */

static char *page(const char *name)
{
	static char text[65536];
	char file[128];
	FILE *f;
	size_t n;

	snprintf(file, sizeof(file), "packaging/man/%s", name);
	f = fopen(file, "r");
	ck_assert_msg(f != NULL, "%s: the tests run in the project's folder", file);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	return text;
}

/* ".Ss heading" and then ".It Va key" for each key, in order, and its text on the next line. */
static void check_section(char *text, const char *heading, const struct control_key *keys)
{
	char want[64], *p, *next;

	snprintf(want, sizeof(want), "\n.Ss %s\n", heading);
	p = strstr(text, want);
	ck_assert_msg(p != NULL, "culvert-json(7) has no section %s", heading);
	p += strlen(want);
	next = strstr(p, "\n.S");
	for (;; keys++) {
		char *it = strstr(p, "\n.It Va "), *end;

		if (!it || (next && it > next))
			break;
		it += strlen("\n.It Va ");
		end = strchr(it, '\n');
		ck_assert_msg(keys->key != NULL, "%s: %.*s is not in the code", heading,
			      (int)(end - it), it);
		ck_assert_msg(strlen(keys->key) == (size_t)strcspn(it, " \n") &&
				      !strncmp(it, keys->key, strlen(keys->key)),
			      "%s: %s is expected, not %.*s", heading, keys->key, (int)(end - it),
			      it);
		p = end;
	}
	ck_assert_msg(keys->key == NULL, "%s: %s is not in culvert-json(7)", heading, keys->key);
}

START_TEST(json_page)
{
	static const char *const names[] = {
#define NAME(constant, name) name,
		EVENT_LIST(NAME)};
	char *text = page("culvert-json.7"), want[64];

	check_section(text, "Status", control_status_keys);
	check_section(text, "Sessions", control_session_keys);
	check_section(text, "Tunnels", control_tunnel_keys);
	check_section(text, "Pools", control_pool_keys);
	check_section(text, "Events", control_event_keys);
	check_section(text, "Reloads", control_reload_keys);
	check_section(text, "Changes", control_change_keys);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(want, sizeof(want), "\n.It Cm %s\n", names[i]);
		ck_assert_msg(strstr(text, want) != NULL, "culvert-json(7) lacks %s", names[i]);
	}
	snprintf(want, sizeof(want), "\nThe schema is %d.\n", CONTROL_SCHEMA);
	ck_assert_ptr_nonnull(strstr(text, want));
	ck_assert_ptr_nonnull(strstr(text, CONTROL_INTERFACE));
}
END_TEST

START_TEST(command_page)
{
	char *text = page("culvert.1"), want[96];

	for (const struct ctl_command *c = ctl_commands; c->word; c++) {
		snprintf(want, sizeof(want), "\n.It Cm %s%s%s", c->word, c->noun ? " " : "",
			 c->noun ? c->noun : "");
		ck_assert_msg(strstr(text, want) != NULL, "culvert(1) lacks %s", want);
	}
	for (const struct control_key *k = control_filter_keys; k->key; k++) {
		snprintf(want, sizeof(want), "\n.It Cm %s Ns = Ns", k->key);
		ck_assert_msg(strstr(text, want) != NULL, "culvert(1) lacks %s", want);
	}
	for (int i = CONTROL_EXIT_OK; i <= CONTROL_EXIT_UNREACHABLE; i++) {
		snprintf(want, sizeof(want), "\n.It %d\n", i);
		ck_assert_msg(strstr(text, want) != NULL, "culvert(1) lacks exit code %d", i);
	}
	ck_assert_ptr_nonnull(strstr(text, CONTROL_SOCKET));
	/* every option of --help */
	ck_assert_int_eq(culvert("--help"), 0);
	for (char *p = out; (p = strstr(p, "--")); p += 2) {
		size_t len = strspn(p + 2, "abcdefghijklmnopqrstuvwxyz");

		snprintf(want, sizeof(want), "Fl Fl %.*s", (int)len, p + 2);
		ck_assert_msg(strstr(text, want) != NULL, "culvert(1) lacks %s", want);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ctl");
	TCase *c = tcase_create("ctl");
	SRunner *r;
	int failed;

	if (!freopen("/dev/null", "r", stdin))
		return 1;
	setvbuf(stdin, NULL, _IONBF, 0);
	tcase_set_timeout(c, 120); /* for valgrind */
	tcase_add_checked_fixture(c, setup_world, teardown_world);
	tcase_add_test(c, sessions_text);
	tcase_add_test(c, sessions_json);
	tcase_add_test(c, filters);
	tcase_add_test(c, one_session);
	tcase_add_test(c, tunnels_and_pools);
	tcase_add_test(c, status);
	tcase_add_test(c, clients);
	tcase_add_test(c, kick);
	tcase_add_test(c, drain);
	tcase_add_test(c, upgrade);
	tcase_add_test(c, kick_asks);
	tcase_add_test(c, events);
	tcase_add_test(c, follow);
	tcase_add_test(c, unreachable);
	tcase_add_test(c, permission);
	tcase_add_test(c, lies);
	tcase_add_test(c, hostile_text);
	tcase_add_test(c, usage);
	tcase_add_test(c, complete);
	tcase_add_test(c, config_files);
	tcase_add_test(c, reload);
	tcase_add_test(c, json_page);
	tcase_add_test(c, command_page);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	free(out);
	free(err);
	return failed != 0;
}
