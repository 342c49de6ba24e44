# shellcheck shell=bash
# limit: 400
# What survive.sh and upgrade.sh show, through IPsec: three clients behind one NAT, by IKEv1 and IKEv2,
# lose no packet while the protocol role is killed, while charon renews an SA that nobody hears of, and
# while the daemon becomes another binary.  The marks stay whose they are, and charon confirms each.
. test/vm/ipsec/lib.sh
. test/vm/ipsec/clients.sh
# shellcheck source=test/vm/survive/lib.sh
source "$TOP/test/vm/survive/lib.sh"
PINGS=4500
BIN=$WORK/bin
NEXT=$BUILD/next/culvertd
[ -x "$NEXT" ] || fail "no $NEXT: make check-vm builds it"

# The daemon runs from a place that can be written to.
server_run() {
	mkdir -p "$BIN"
	cp "$BUILD/culvertd" "$BIN/culvertd"
	spawn server "$WORK/culvertd.log" "$BIN/culvertd" -f -c "$WORK/culvert.conf"
	CULVERTD_PID=$!
}
put() {
	cp "$1" "$BIN/culvertd.new"
	mv "$BIN/culvertd.new" "$BIN/culvertd"
}
resumed() { [ "$(grep -c 'event=resumed .*lost 0' "$WORK/culvertd.log")" -ge "$1" ]; }
marks() { culvert -j show sessions | jq -c '[.sessions[] | [.user, .mark, .ike_id]] | sort'; }
has_gone() { [ "$(up_for "$1")" = 0 ]; }
knows_all() { [ "$(marks)" = "$MARKS" ]; }

# goes_on N: the process number N after the first has all of them, tied as before
goes_on() {
	wait_for 60 "process $1 has taken over" resumed "$1"
	wait_for 20 "it knows whose mark is whose" knows_all
	still_there
}

ipsec_world 1 2 3
ike_start server client1 client2 client3
ipsec_server
USERS=([1]="alice wonderland" [2]="bob builder" [3]="carol carol-secret")
IKE=([1]=psk2 [2]=psk1 [3]=psk2)
for n in 1 2 3; do
	ike_up "$n" "${IKE[$n]}" || fail "client $n: ${IKE[$n]} does not come up"
	# shellcheck disable=SC2086
	l2tp_dial xl2tpd "$n" ${USERS[$n]}
	wait_for 20 "client $n gets an address" client_up "$n"
	both_ways "$n"
done
keep_sessions
MARKS=$(marks)
[ "$(jq '[.[][1]] | unique | length' <<<"$MARKS")" = 3 ] || fail "not three marks: $MARKS"
for n in 1 2 3; do ping_start "$n"; done

for i in 1 2 3; do
	kill_role protocol
	goes_on "$i"
done
kill_role protocol
ike_ctl client1 --rekey --child psk2 >/dev/null 2>&1 || true
wait_for 60 "process 4 has taken over" resumed 4
put "$NEXT"
expect "culvert upgrade" culvert upgrade
wait_for 60 "process 5 has taken over" resumed 5
put "$BUILD/culvertd"
expect "culvert upgrade, back" culvert upgrade
wait_for 60 "process 6 has taken over" resumed 6
nap 20 # longer than the kernel role waits for charon's word
refuse "an SA was not confirmed" log_has 'not confirmed by charon'
still_there
# shellcheck disable=SC2086
wait $PINGERS || true
for n in 1 2 3; do ping_end "$n"; done
never_clear
for n in 1 2 3; do both_ways "$n"; done

expect "a session of before can be kicked" culvert kick --yes user=bob
wait_for 20 "and is" client_down 2
both_ways 1
ike_down 1 psk2
wait_for 30 "a session of before goes with its SA" has_gone alice
both_ways 3
never_clear
server_stop
