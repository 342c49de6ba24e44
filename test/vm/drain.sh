# shellcheck shell=bash
# kernel: any
# limit: 420
# Draining: a newcomer is told at once, who is in stays; undrained it gets in; then all are sent away,
# one a second, and the daemon ends by itself with status 0.
refused() { log_has 'Connection closed to .*being drained' "$WORK/client3/xl2tpd.log"; }
ended_up() { [ "$(culvert -j status | sed -n 's/.*"drain":"\([a-z]*\)".*/\1/p')" = "$1" ]; }

world_up 3
server_start
client_connect 1 alice wonderland
client_connect 2 bob builder
culvert events -j -f -n 0 >"$WORK/events" 2>&1 &
disown
expect "culvert drain" culvert drain
expect "status says so" ended_up draining

client_config 3 carol carol-secret
client_run 3
client_dial 3
wait_for 10 "the newcomer hears of it" refused
refuse "the newcomer has no address" client_up 3
works 1
client_ping 2 >/dev/null || fail "client 2 does not ping any more"
[ "$(culvert show sessions | grep -c alice)" = 1 ] || fail "alice is not listed"

expect "culvert undrain" culvert undrain
refuse "status says nothing of it any more" ended_up draining
client_dial 3
wait_for 40 "the newcomer gets an address" client_up 3
works 3

expect "drain, kick, exit" culvert drain --kick-rate 1/s --exit
wait_for 60 "the daemon ends by itself" not_running "$CULVERTD_PID"
wait "$CULVERTD_PID" || fail "the daemon ended with status $?"
CULVERTD_PID=
for n in 1 2 3; do wait_for 20 "client $n is out" client_down "$n"; done
[ "$(grep -c 'event=session-down .*reason=drained' "$WORK/culvertd.log")" = 3 ] ||
	fail "not all three were drained"
for e in drain undrain drained session-down; do
	grep -q "\"event\":\"$e\"" "$WORK/events" || fail "no event $e"
done
[ -z "$(ip -n "$PREFIX-server" -o link show type ppp)" ] || fail "a ppp device is left"
[ -z "$(in_ns server ip l2tp show tunnel)" ] || fail "a kernel tunnel is left"
[ -z "$(ip -n "$PREFIX-server" route show table all proto 71)" ] || fail "a route is left"
[ -z "$(in_ns server ss -Hnua 'sport = :1701')" ] || fail "a socket is left"
