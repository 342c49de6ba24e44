# shellcheck shell=bash
# kernel: any
# layouts: auto
# limit: 300
# SA and session are one object: what ends one ends the other.
. test/vm/ipsec/lib.sh
. test/vm/ipsec/clients.sh

up() {
	[ $# = 0 ] || ike_up 1 "$1" || { ike_logs server client1; fail "$1 does not come up"; }
	l2tp_dial xl2tpd 1 alice wonderland
	wait_for 20 "the client gets an address" client_up 1
	both_ways 1
	log_mark
}
log_mark() { MARK=$(wc -l <"$WORK/culvertd.log"); }
new_has() { tail -n "+$((MARK + 1))" "$WORK/culvertd.log" | grep -Eq -- "$1"; }
told() { note "$1: $(tail -n "+$((MARK + 1))" "$WORK/culvertd.log" | grep -E -m 1 -- "${2:-event=tunnel-down}" | sed 's,.*\(event=[^ ]*\).*\(reason=.*\) duration.*,\1 \2,' | cut -c 1-150)"; }
gone() { wait_for 20 "the session ends" no_sessions; l2tp_stop 1; }
no_sas() { [ "$(ike_sas server)" = 0 ]; }

ipsec_world 1
ike_start server client1
ipsec_server

for c in psk1 psk2; do
	up $c
	ike_down 1 $c
	gone
	told "$c, the client takes its SA down"
	up $c
	ike_ctl server --terminate --ike $c >/dev/null 2>&1
	gone
	told "$c, the concentrator takes the SA down"
	up $c
	l2tp_hangup 1
	wait_for 20 "the SA of a tunnel that has ended ends" no_sas
	gone
	told "$c, the user hangs up, and the SA has gone, too"
	up $c
	expect "culvert kick" culvert kick --yes user=alice
	wait_for 20 "the SA of the last session ends" no_sas
	gone
	told "$c, the administrator ends the session, and the SA has gone, too" 'event=session-down'
done
never_clear

ike_up 1 psk2 || fail "psk2 does not come up"
log_mark
kill -KILL "$CULVERTD_PID"
wait_for 10 "culvertd is dead" not_running "$CULVERTD_PID"
l2tp_stop 1
server_run
wait_for 30 "culvertd is ready again" new_has 'event=ready'
up
note "culvertd is killed and started again: the same SA carries the next session"
l2tp_hangup 1
gone
never_clear
server_stop
