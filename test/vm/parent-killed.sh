# shellcheck shell=bash
# The process that owns everything in the kernel is killed: its children die with it, and so does
# all that it had made.  The next start says who was on, with counters, removes what is left, and
# clients come back.
# shellcheck source=test/vm/survive/lib.sh
source "$TOP/test/vm/survive/lib.sh"
CLIENT_REDIAL=yes
world_up 2
server_start
client_connect 1 alice wonderland lcp-echo-interval 2 lcp-echo-failure 3
client_connect 2 bob builder lcp-echo-interval 2 lcp-echo-failure 3
works 1
culvert show sessions >/dev/null
address=$(client_value 1 address)
protocol=$(role_pid protocol) aaa=$(role_pid aaa)

kill -9 "$CULVERTD_PID"
wait "$CULVERTD_PID" 2>/dev/null || true
wait_for 10 "the protocol role ends, too" not_running "$protocol"
wait_for 10 "and so does the aaa role" not_running "$aaa"
nobody || fail "the kernel has sessions of a dead daemon"
for n in 1 2; do rm -f "$WORK/client$n/up"; done

: >"$WORK/culvertd.log"
server_run
wait_for 30 "the next daemon gets ready" log_has 'event=ready'
expect "it says who was on" log_has "event=session-down .*user=\"?alice\"?.*address=$address.*reason=daemon-killed"
expect "both of them" log_has 'event=session-down .*user="?bob"?.*reason=daemon-killed'
expect "and how many" log_has 'an earlier culvertd was killed, and 2 sessions with it'
wait_for 90 "client 1 is back" client_up 1
wait_for 90 "client 2 is back" client_up 2
works 1
works 2
server_stop
: >"$WORK/culvertd.log"
server_run
wait_for 30 "a third daemon gets ready" log_has 'event=ready'
! log_has 'daemon-killed' || fail "who was told goodbye is said to have been killed"
server_stop
