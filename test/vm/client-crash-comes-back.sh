# shellcheck shell=bash
# A client that dies without a word and comes back from the same address and port: its old tunnel
# goes at once, the new one comes up, and the one session per user that it may have is free again.
GROUP_KEYS="sessions-per-user = 1"
world_up
server_config
server_start
client_connect 1 alice wonderland
works 1
old=$(in_ns server ip l2tp show session | sed -n 's/^Session \([0-9]*\) .*/\1/p')
client_kill 1
in_ns client1 ip l2tp show tunnel | sed -n 's/^Tunnel \([0-9]*\),.*/\1/p' |
	while read -r id; do in_ns client1 ip l2tp del tunnel tunnel_id "$id"; done
client_connect 1 alice wonderland
works 1
wait_for 10 "the stale session went" log_has 'event=session-down .*user="?alice'
new=$(in_ns server ip l2tp show session | sed -n 's/^Session \([0-9]*\) .*/\1/p')
[ "$new" != "$old" ] || fail "the old session is still there"
[ "$(wc -w <<<"$new")" = 1 ] || fail "sessions: $new"
client_disconnect 1
nothing_left
server_stop
