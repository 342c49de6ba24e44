# shellcheck shell=bash
# Marks of SAs in some bits, the administrator's in others: neither takes the other's.
. test/vm/ipsec/lib.sh
. test/vm/ipsec/clients.sh
USERS=([1]="alice wonderland" [2]="bob builder")

counted() { in_ns server nft list counter inet admin "$1" | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }

ipsec_world 1 2
IKE_PLUGIN_KEYS="l2tp { mask = 0xff00 }" ike_start server
ike_start client1 client2
in_ns server nft -f - <<-EOT || fail "the administrator's rules"
	table inet admin {
		counter kept { }
		counter leaked { }
		chain early {
			type filter hook prerouting priority -400
			meta mark set meta mark | 0x10001
		}
		chain forward {
			type filter hook forward priority filter
			iifname "ppp*" meta mark & 0x1ffff == 0x10001 counter name kept
			iifname "ppp*" meta mark & 0x1ff00 != 0x10000 counter name leaked
		}
	}
EOT
ipsec_server
wait_for 5 "the mask is told" log_has 'mark_mask=0xff00'
for n in 1 2; do
	ike_up "$n" psk2 || { ike_logs server "client$n"; fail "client $n has no SA"; }
	# shellcheck disable=SC2086
	l2tp_dial xl2tpd "$n" ${USERS[$n]}
	wait_for 20 "client $n gets an address" client_up "$n"
done
log_has 'mark=256 ' || fail "the first mark is not the mask's first"
for n in 1 2; do both_ways "$n"; done
[ "$(counted kept)" -gt 0 ] || fail "the administrator's bits are lost"
[ "$(counted leaked)" = 0 ] || fail "the mark of an SA is on $(counted leaked) packets for the intranet"
never_clear
for n in 1 2; do l2tp_hangup "$n"; done
wait_for 15 "the sessions end" no_sessions
for n in 1 2; do ike_down "$n" psk2 || fail "client $n cannot take its SA down"; done
nothing_left
server_stop
