# shellcheck shell=bash
# layouts: auto
# The client's IKE is libreswan's, not strongSwan's: IKEv1 behind NAT and IKEv2 without one, with the
# concentrator renewing the CHILD_SA.  (libreswan 4.10 and IKEv2 in transport mode behind NAT don't get
# that far: it takes none but its own private address for the selector that comes back, while strongSwan
# answers with the NAT's.)
. test/vm/ipsec/lib.sh
. test/vm/ipsec/clients.sh
. test/vm/ipsec/libreswan.sh
ipsec_world 1 5
ike_start server
ipsec_server
trap 'swan_unmount 1; swan_unmount 5; world_down' EXIT
for cell in "1 psk1" "5 psk2"; do
	read -r n c <<<"$cell"
	swan_start "$n"
	PINGING=$n TOLD=
	if ! swan_up "$n" "$c" || [ "$(ike_sas server)" = 0 ]; then
		tail -n 20 "$WORK/swan$n/up" "$WORK/swan$n/root/run/pluto.log"
		ike_logs server
		fail "libreswan: $c does not come up"
	fi
	l2tp_dial xl2tpd "$n" alice wonderland
	wait_for 20 "client $n gets an address" client_up "$n"
	both_ways "$n"
	count_lost "" 3 ike_ctl server --rekey --child "$c" >"$WORK/out"
	note "$c: lost while the CHILD_SA is renewed:$TOLD"
	both_ways "$n"
	l2tp_hangup "$n"
	wait_for 15 "the session ends" no_sessions
	l2tp_stop "$n"
	swan_down "$n" "$c"
	swan_stop "$n"
done
never_clear
nothing_left
server_stop
