# shellcheck shell=bash
# layouts: parked classic
# Two users at once, each with an address of its own, and they reach each other.
world_up 2
server_start
client_connect 1 alice wonderland
client_connect 2 bob builder
[ "$(client_value 1 address)" != "$(client_value 2 address)" ] || fail "both have one address"
works 1
works 2
expect "one client pings the other" client_ping 1 "$(client_value 2 address)"
[ "$(in_ns server ip l2tp show session | grep -c '^Session')" = 2 ] || fail "not two sessions"
client_disconnect 1
works 2
client_disconnect 2
nothing_left
server_stop
