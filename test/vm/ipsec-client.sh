# shellcheck shell=bash
# limit: 600
# layouts: parked classic
# culvertd dials culvertd through IPsec, behind NAT: by culvert connect and by swanctl --initiate, with
# the SA and the session going down together, and nothing on the wire in clear text whatever is done
# to the SA (RFC 3193 2.1): a counter in the internet is looked at all the time, and from the first
# daemon's start to the last one's end both ends' wires are recorded.
# shellcheck source=test/vm/ipsec/lib.sh
source "$TOP/test/vm/ipsec/lib.sh"
# shellcheck source=test/vm/client/lib.sh
source "$TOP/test/vm/client/lib.sh"
IKE_CLIENT_PLUGIN=l2tp

# tap NAME DEVICE: what that machine sends and receives there
declare -A TAP
tap() {
	spawn "$1" "$WORK/tap-$1.log" tcpdump -n -U -Z root -i "$2" -w "$WORK/tap-$1.pcap" udp
	TAP[$1]=$!
	disown
	wait_for 15 "tcpdump listens at $1" grep -q 'listening on' "$WORK/tap-$1.log"
}
# tapped NAME FILTER: how many packets of that were there
tapped() { tcpdump -n -r "$WORK/tap-$1.pcap" "$2" 2>/dev/null | wc -l; }

ipsec_world 1
tap client1 eth0
tap server wan
ike_start server client1
ipsec_server
wait_for 20 "the concentrator's charon is there" log_has 'event=ike-connected'
DIALER_TOP="ike-socket = \"$(ike_dir client1)/run/charon.l2tp\""
DIALER_IPSEC=require
DIALER_MORE="
client wrong {
    gateway = $SERVER4 ike = psk1 user = alice secret-file = \"$DIALER/wrong\" dns = none
}"
dialer_config "    ike = psk2"
fake_resolvconf
dialer_start
wait_for 20 "the client's charon is there" log_has 'event=ike-connected' "$DIALER/culvertd.log"
remember_at dialer

no_sas() { [ "$(ike_sas client1)" = 0 ]; }

trouble() {
	sed 's/^/    | /' "$1"
	ike_logs client1 server
	fail "$2"
}

# from our side
dial connect corp >"$DIALER/out" 2>&1 || trouble "$DIALER/out" "culvert connect corp"
expect "it says that charon is asked" grep -q '^asking charon for connection psk2$' "$DIALER/out"
expect "the client pings the intranet" client_ping 1
[ "$(ike_sas client1)" = 1 ] || fail "not one SA"
[ "$(wire_count sealed)" -gt 0 ] || fail "nothing went through ESP"
never_clear
expect "disconnect" dial disconnect corp
wait_for 20 "its SA goes as well" no_sas
wait_for 20 "nothing is left" as_before_at dialer
never_clear

# from charon's side
ike_up 1 psk2 || trouble "$(ike_dir client1)/up" "swanctl --initiate"
expect "swanctl tells the progress" grep -q 'tunnel to' "$(ike_dir client1)/up"
dialer_is corp up || fail "the session is not up when swanctl ends"
expect "the client pings the intranet" client_ping 1
expect "swanctl --terminate" ike_down 1 psk2
wait_for 20 "the session goes with its SA" dialer_is corp idle
wait_for 20 "nothing is left" as_before_at dialer
never_clear

# a narrow way out leaves less to the session: 1308 of 1400 with NAT-T, AES-CBC and SHA-256
ip -n "$PREFIX-client1" link set eth0 mtu 1400
ike_up 1 psk2 || trouble "$(ike_dir client1)/up" "swanctl --initiate"
ip -n "$PREFIX-client1" link show type ppp | grep -q 'mtu 1308' || fail "the MTU is not the route's"
expect "swanctl --terminate" ike_down 1 psk2
wait_for 20 "the session goes with its SA" dialer_is corp idle
ip -n "$PREFIX-client1" link set eth0 mtu 1500
wait_for 20 "nothing is left" as_before_at dialer

# a failure above IPsec is told to who waits in charon, and takes the SA down
! ike_up 1 psk1 || fail "a wrong password connects"
expect "swanctl says why" grep -q 'refuses user alice' "$(ike_dir client1)/up"
wait_for 20 "its SA goes as well" no_sas

# somebody takes the SAs away under a session: nothing leaves any more
ike_up 1 psk2 || trouble "$(ike_dir client1)/up" "swanctl --initiate"
in_ns client1 ip xfrm state flush
in_ns client1 ip xfrm policy flush
in_ns client1 ping -c 5 -i 0.2 -W 1 "$WEB" >/dev/null || true
nap 2
never_clear
dialer_stop
never_clear
server_stop
nap 0.5
kill -INT "${TAP[@]}"
for n in client1 server; do
	wait_for 10 "tcpdump of $n ends" grep -q 'packets captured' "$WORK/tap-$n.log"
	clear=$(tapped "$n" 'udp port 1701') esp=$(tapped "$n" 'udp port 4500')
	note "$n: $clear packets of udp/1701 and $esp of udp/4500, both ways"
	[ "$clear" = 0 ] || fail "L2TP went over the wire of $n in clear text"
	[ "$esp" -gt 100 ] || fail "$n has recorded next to nothing"
done
