# shellcheck shell=bash
# One protocol role after the other dies right at its start, as if of what it finds: then the next
# begins without sessions, and serves.
# shellcheck source=test/vm/survive/lib.sh
source "$TOP/test/vm/survive/lib.sh"

stumble() {
	wait_for 30 "there is a protocol role" has_role protocol
	kill -SEGV "$(role_pid protocol)" 2>/dev/null || true
}

CLIENT_REDIAL=yes
world_up
server_start
client_connect 1 alice wonderland lcp-echo-interval 2 lcp-echo-failure 3
works 1
for ((i = 0; i < 12; i++)); do
	stumble
	nap 0.2
	! log_has 'dies again and again' || break
done
expect "the state is given up" log_has 'dies again and again.*1 tunnels and 1 sessions end'
rm -f "$WORK/client1/up"
wait_for 120 "the client is in again" client_up 1
works 1
client_disconnect 1
nothing_left
server_stop
