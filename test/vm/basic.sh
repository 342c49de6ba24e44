# shellcheck shell=bash
# layouts: parked classic
# The main job: a stock client, MS-CHAPv2, an address and DNS, a ping and a web page through the
# kernel's own data path, seen by ip l2tp and by the command; then a clean end.
world_up
server_start
client_connect 1 alice wonderland refuse-pap refuse-chap refuse-mschap

expect "the address is from the pool" grep -q '^10\.20\.0\.[1-9][0-9]$' <<<"$(client_value 1 address)"
[ "$(client_value 1 peer)" = 10.20.0.1 ] || fail "the peer is $(client_value 1 peer)"
[ "$(client_value 1 dns)" = "10.0.0.53 10.0.0.54" ] || fail "DNS is $(client_value 1 dns)"
expect "the log has one line for the session" \
	log_has "event=session-up .*user=\"?alice\"?.*address=$(client_value 1 address)"
works 1

in_ns server ip l2tp show tunnel >"$WORK/tunnels"
in_ns server ip l2tp show session >"$WORK/sessions"
expect "ip l2tp show tunnel lists the tunnel" grep -q '^Tunnel [0-9]*, encap UDP' "$WORK/tunnels"
expect "ip l2tp show session lists the session" grep -q '^Session [0-9]* in tunnel' "$WORK/sessions"
session=$(sed -n 's/^Session \([0-9]*\) in tunnel.*/\1/p' "$WORK/sessions")
culvert show sessions >"$WORK/shown" || fail "culvert show sessions"
expect "culvert show sessions has the user" grep -q alice "$WORK/shown"
expect "culvert show sessions has the address" grep -qF "$(client_value 1 address)" "$WORK/shown"
culvert show sessions -j >"$WORK/shown.json" || fail "culvert show sessions -j"
# shellcheck disable=SC2016
expect "its JSON has the kernel's session id" \
	jq -e --argjson id "$session" '[.. | numbers] | index($id)' "$WORK/shown.json"
expect "culvert show tunnels" culvert show tunnels
expect "culvert status" culvert status
device=$(ip -n "$PREFIX-server" -o link show type ppp | sed 's/^[0-9]*: \([^:@]*\).*/\1/')
[ -n "$device" ] || fail "there is no ppp device"
expect "the command names the interface" grep -q "\b$device\b" "$WORK/shown"

client_disconnect 1
wait_for 10 "the log has the session's end" log_has 'event=session-down .*user="?alice'
nothing_left
server_stop
