# shellcheck shell=bash
# kernel: any
# A drain is the daemon's, not the protocol role's: one that takes over goes on with it.
ended_up() { [ "$(culvert -j status | sed -n 's/.*"drain":"\([a-z]*\)".*/\1/p')" = "$1" ]; }
refused() { log_has 'Connection closed to .*being drained' "$WORK/client1/xl2tpd.log"; }
protocol_role() {
	local pid children words
	read -r children <"/proc/$CULVERTD_PID/task/$CULVERTD_PID/children"
	for pid in $children; do
		mapfile -d '' words <"/proc/$pid/cmdline"
		[ "${words[2]}" != protocol ] || echo "$pid"
	done
}
another_one() { [ -n "$(protocol_role)" ] && [ "$(protocol_role)" != "$before" ]; }

world_up
server_start
expect "culvert drain" culvert drain --kick-rate 3
before=$(protocol_role)
[ -n "$before" ] || fail "there is no protocol role"
kill -KILL "$before"
wait_for 30 "there is another protocol role" another_one
wait_for 30 "it goes on with the drain" ended_up drained
[ "$(culvert -j status | sed -n 's/.*"drain_kick_rate":\([0-9]*\).*/\1/p')" = 3 ] ||
	fail "its rate was forgotten"
client_config 1 alice wonderland
client_run 1
client_dial 1
wait_for 10 "a newcomer is refused" refused
expect "culvert undrain" culvert undrain
before=$(protocol_role)
kill -KILL "$before"
wait_for 30 "there is another protocol role again" another_one
wait_for 30 "which answers" culvert status
refuse "it drains what is not to be drained" ended_up drained
client_dial 1
wait_for 40 "the client gets an address" client_up 1
works 1
client_disconnect 1
server_stop
