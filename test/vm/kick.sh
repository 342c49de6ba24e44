# shellcheck shell=bash
# An administrator ends a session; the client hears of it and may come back.
world_up
server_start
client_connect 1 alice wonderland
works 1
expect "culvert kick" culvert kick user=alice --yes
wait_for 15 "the client is out" client_down 1
wait_for 10 "the log says why" log_has 'event=session-down .*reason="?[a-z-]*(kick|admin)'
client_hangup 1 # the tunnel itself outlives its last session for a while
wait_for 15 "the tunnel is gone" log_has 'event=tunnel-down'
client_kill 1
nothing_left
client_connect 1 alice wonderland
works 1
client_disconnect 1
nothing_left
server_stop
