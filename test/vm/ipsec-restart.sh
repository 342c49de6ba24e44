# shellcheck shell=bash
# kernel: any
# layouts: auto
# limit: 300
# An IKE daemon is killed, which says nothing to anybody, and started again: the concentrator's, with
# two clients on, and then a client's.  The new one counts its marks from 1 again, while the SAs of the
# old one are still in the kernel.  No packet of one client reaches another or comes from it, whoever
# has been back for good is served as before, and no tunnel waits longer than it may.
. test/vm/ipsec/lib.sh
. test/vm/ipsec/clients.sh

log_mark() { MARK=$(wc -l <"$WORK/culvertd.log"); }
new_has() { tail -n "+$((MARK + 1))" "$WORK/culvertd.log" | grep -Eq -- "$1"; }
counted() { in_ns "$1" nft list counter inet "$2" "$3" | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }
got() { [ "$(counted "$@")" -gt 0 ]; }
given_up() { ! client_up "$1"; }

# The mark that packets for client N leave with, 0 if there is none: a socket's, or a rule's
marks() {
	if [ "$(uname -r | cut -d. -f1,2)" = 6.1 ]; then
		in_ns server nft list map inet culvert out_mark | grep -o ': 0x[0-9a-f]*' | sort -u
	else
		in_ns server ss -uanpe | grep -o 'fwmark:0x[0-9a-f]*' | grep -v 0xfffffffe | sort -u
	fi
}
no_marks() { [ -z "$(marks)" ]; }

# sees N: count at client N what comes for its own L2TP tunnel, and for any other (RFC 2661 3.1: bit T of
# a control message; bit L, set in those, moves the tunnel's id)
sees() {
	local tunnel
	tunnel=$(in_ns "client$1" ip l2tp show tunnel | sed -n 's/^Tunnel \([0-9]*\),.*/\1/p')
	in_ns "client$1" nft -f - <<-EOF
		table inet sees {
			counter own { }
			counter others { }
			chain in {
				type filter hook input priority 0
				udp sport 1701 @th,64,1 0 @th,80,16 $tunnel counter name own
				udp sport 1701 @th,64,1 0 @th,80,16 != $tunnel counter name others
				udp sport 1701 @th,64,1 1 @th,96,16 $tunnel counter name own
				udp sport 1701 @th,64,1 1 @th,96,16 != $tunnel counter name others
			}
		}
	EOF
}

# guard N: a stock client sends in clear text while it has no SA, unless its machine forbids that
guard() {
	in_ns "client$1" nft -f - <<-EOF
		table inet guard {
			chain out {
				type filter hook postrouting priority 0
				udp sport 1701 rt ipsec missing drop
			}
		}
	EOF
}

# to N: the intranet sends to client N's address, twenty packets a second
to() {
	spawn intranet "$WORK/to$1" ping -n -q -i 0.05 -W 1 "$(client_value "$1" address)"
	TO[$1]=$!
	disown
}
TO=()

anew() {
	ike_ctl "client$1" --terminate --ike psk2 --force --timeout -1 >/dev/null 2>&1 || true
	ike_up "$1" psk2 || { ike_logs server "client$1"; fail "client $1 gets no SA after that"; }
}

ipsec_world 1 2
TOP_KEYS="$TOP_KEYS
ike-grace = 12s"
ike_start server client1 client2
ipsec_server
for n in 1 2; do
	guard "$n"
	ike_up "$n" psk2 || fail "client $n: psk2"
done
l2tp_dial xl2tpd 1 alice wonderland lcp-echo-interval 2 lcp-echo-failure 3
l2tp_dial xl2tpd 2 bob builder
for n in 1 2; do
	wait_for 20 "client $n gets an address" client_up "$n"
	both_ways "$n"
	to "$n"
done
sees 2
wait_for 5 "packets for client 2 are counted" got client2 sees own
! no_marks || fail "no mark is seen while two clients are on"

log_mark
ike_kill server
wait_for 10 "every mark is dead" no_marks
note "the concentrator's charon is killed: no mark is left"
in_ns client2 nft reset counters >/dev/null
nap 1
! got client2 sees own || fail "something comes through while charon is away"
ike_run server
ike_load server
anew 2
expect "client 2, who had mark 2, has mark 1" grep -q 'mark 0x1/' <<<"$(in_ns server ip xfrm policy)"
refuse "client 1's old SA, whose mark is 1 as well, lets nothing in" client_ping 1 "$WEB" 1
wait_for 20 "client 2 goes on in its new SA" client_ping 2 "$WEB" 1
new_has 'event=tunnel-retied' || fail "client 2 has not kept its tunnel"
wait_for 20 "the tunnel of client 1, who is not back, ends" new_has 'event=tunnel-down .*sa-down'
wait_for 5 "packets for client 2 come again" got client2 sees own
! got client2 sees others || fail "$(counted client2 sees others) packets for client 1 came to client 2"
note "charon is back, client 2 first: its session goes on, client 1's has ended, and nothing crossed"
wait_for 30 "client 1 hears nothing and gives up" given_up 1
l2tp_stop 1
anew 1
l2tp_dial xl2tpd 1 alice wonderland
wait_for 20 "client 1 gets an address again" client_up 1
both_ways 1
both_ways 2
kill "${TO[@]}"
! got client2 sees others || fail "$(counted client2 sees others) packets for client 1 came to client 2"
note "client 1 is back, too"

log_mark
ike_kill client2
ike_run client2
ike_load client2
ike_up 2 psk2 || { ike_logs server client2; fail "client 2 gets no SA after its charon came back"; }
wait_for 20 "client 2 goes on in its new SA" client_ping 2 "$WEB" 1
wait_for 10 "its tunnel has moved there" new_has 'event=tunnel-retied'
both_ways 1
both_ways 2
! new_has 'event=(session|tunnel)-down' || fail "a session was lost"
note "a client's charon is killed and comes back: its session goes on"
never_clear
for n in 1 2; do l2tp_hangup "$n"; done
wait_for 15 "the sessions end" no_sessions
for n in 1 2; do l2tp_stop "$n"; done
server_stop
