# shellcheck shell=bash
# kernel: any
# A client that dies without a word and comes back from the same address and port.  Its user may
# have one session, which the dead one still holds: the newcomer makes the daemon ask the old
# tunnel whether it is alive, so that a client that dials again, as all do, is in soon and not after
# a minute of silence.
CLIENT_REDIAL=yes
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
