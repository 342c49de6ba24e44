# shellcheck shell=bash
# Two clients of culvert's whose IKE and ESP are IPv6, without any NAT: what ESP wraps then has a UDP
# checksum that the kernel looks at (RFC 8200 8.1), whatever stands for the client's port.
. test/vm/ipsec/lib.sh
. test/vm/ipsec/clients.sh
GATEWAY=$SERVER6
PINGING="5 6"
USERS=([5]="alice wonderland" [6]="bob builder")
both() {
	local n
	for n in $PINGING; do "$1" "$n" "${@:2}"; done
}

# shellcheck disable=SC2086
connect() {
	dialer_run "$1" ${USERS[$1]} "$2"
	ike_up "$1" "$2" || { ike_logs server "client$1"; fail "client $1: $2 does not come up"; }
	l2tp_dial culvert "$1" ${USERS[$1]}
	wait_for 20 "client $1 gets an address" client_up "$1"
}
hang_up() {
	l2tp_hangup "$1"
	l2tp_stop "$1"
}

ipsec_world 5 6
ike_start server
IKE_CLIENT_PLUGIN=l2tp ike_start client5 client6
ipsec_server
for c in psk1 psk2; do
	both connect $c
	both both_ways
	log_has 'event=tunnel-up .*peer=.?2001:db8:1:5::1' || fail "it is not IPv6"
	in_ns server ip xfrm state | grep -q espinudp && fail "there is NAT traversal"
	case $c in *1) gap=3 ;; *) gap=0 ;; esac
	count_lost child $gap ike_ctl client5 --rekey --child $c
	note "$c:$TOLD"
	TOLD=
	both hang_up
	wait_for 15 "the sessions end" no_sessions
	never_clear
done
[ "$(wire_count sealed)" -gt 0 ] || fail "nothing went through ESP"
nothing_left
server_stop
