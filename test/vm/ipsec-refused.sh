# shellcheck shell=bash
# kernel: any
# layouts: auto
# limit: 300
# What must not come in, and says so in one clear line on both ends: a wrong key, a certificate of
# somebody else's authority, a wrong password, L2TP without IPsec, and one client's SA used to reach
# another client's tunnel.
. test/vm/ipsec/lib.sh
. test/vm/ipsec/clients.sh

# says WHO FILE REGEX: the line that tells why, or the scenario fails
says() {
	local line
	line=$(grep -E -m 1 -- "$3" "$2") || {
		tail -n 20 "$2" | sed 's/^/    | /'
		fail "$1 does not say '$3'"
	}
	note "$1: ${line:0:200}"
}
seen() { wait_for 45 "$1 says '$3'" grep -Eq -- "$3" "$2"; says "$@"; }

# log_mark: from here on; log_new: what the daemon or charon has logged since
log_mark() {
	for who in culvertd.log ike/server/log; do wc -c <"$WORK/$who" >"$WORK/${who//\//-}.mark"; done
}
log_new() { tail -c "+$(($(cat "$WORK/${1//\//-}.mark") + 1))" "$WORK/$1"; }

ipsec_world 1 2 5
ike_certs 1 2 5
ike_start server client1 client2
ipsec_server
quiet() { ! log_has 'event=(tunnel|session)-up'; }

# without IPsec: xl2tpd takes half a minute to give up, so it begins now
modules
l2tp_dial xl2tpd 5 bob builder

for c in psk1 psk2; do
	IKE_SECRET='a key that only one end knows' ike_connections client1
	ike_ctl client1 --load-all --clear --noprompt >/dev/null 2>&1
	log_mark
	! ike_up 1 $c || fail "$c came up with a wrong key"
	log_new ike/server/log >"$WORK/new"
	note "$c, wrong key:"
	says "  client" "$(ike_dir client1)/up" 'received .*(notify|error)|giving up'
	says "  server" "$WORK/new" 'MAC mismatched|could not decrypt|decryption failed|AUTH_FAILED'
done

ike_cert other client1 client1.example.net
ike_connections client1
ike_ctl client1 --load-all --clear --noprompt >/dev/null 2>&1
for c in cert1 cert2; do
	log_mark
	! ike_up 1 $c || fail "$c came up with a certificate that nobody trusts"
	log_new ike/server/log >"$WORK/new"
	note "$c, wrong authority:"
	says "  client" "$(ike_dir client1)/up" 'received .*(notify|error)|giving up'
	says "  server" "$WORK/new" 'no (trusted|issuer)|no trusted'
done
expect "the daemon has seen nothing of it" quiet

ike_cert ca client1 client1.example.net
ike_connections client1
ike_ctl client1 --load-all --clear --noprompt >/dev/null 2>&1
ike_up 1 cert2 || fail "client 1: cert2"
l2tp_dial xl2tpd 1 alice liverpool
note "a wrong password:"
seen "  client" "$WORK/client1/ppp.log" 'CHAP authentication failed'
seen "  server" "$WORK/culvertd.log" 'event=auth-failed .*user=alice .*reason=wrong-password'
l2tp_stop 1

note "no IPsec:"
seen "  client" "$WORK/client5/xl2tpd.log" 'Maximum retries exceeded|Unable to connect|Timeout'
seen "  server" "$WORK/culvertd.log" 'dropped [0-9]+ packets of L2TP that came without IPsec'
refuse "the daemon has seen something of it" log_has 'peer=198.51.100.15'
[ "$(wire_count answer)" = 0 ] || fail "the concentrator answered in clear text"
l2tp_stop 5

note "another client's SA:"
CLEAR_BEFORE=$(wire_count clear)
l2tp_dial xl2tpd 1 alice wonderland
wait_for 20 "client 1 gets an address" client_up 1
ike_up 2 psk2 || fail "client 2: psk2"
read -r tunnel session < <(sed -n 's/.*event=session-up tunnel=\([0-9]*\) session=\([0-9]*\) .*/\1 \2/p' \
	"$WORK/culvertd.log" | tail -n 1)
in_ns intranet nft -f - <<-EOT
	table ip seen {
		counter forged { }
		chain in {
			type filter hook input priority filter
			udp dport 4242 counter name forged
		}
	}
EOT
forged() { in_ns intranet nft list counter ip seen forged | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }

hex16() { printf '%04x' "$1"; }
# shellcheck disable=SC2086
hex_address() { printf '%02x%02x%02x%02x' ${1//./ }; }
# send_hex N HEX: that datagram from client N's port 1701 to the concentrator
send_hex() {
	# shellcheck disable=SC2001,SC2059
	printf "$(sed "s|..|\\\\x&|g" <<<"$2")" | in_ns "client$1" socat -u - "UDP4-SENDTO:$SERVER4:1701,sourceport=1701,reuseaddr"
}
# ip_udp SOURCE: a small datagram to port 4242 of the intranet's server, RFC 791 3.1
ip_udp() {
	local header sum=0 i
	header=450000200000000040110000$(hex_address "$1")$(hex_address "$WEB")
	for ((i = 0; i < 40; i += 4)); do sum=$((sum + 16#${header:i:4})); done
	sum=$(((sum & 0xffff) + (sum >> 16)))
	echo "${header:0:20}$(hex16 $((0xffff - sum)))${header:24}10921092000c000061626364"
}
in_ns client1 bash -c "echo hi >/dev/udp/$WEB/4242"
arrived() { [ "$(forged)" = "$1" ]; }
wait_for 5 "what client 1 sends itself arrives" arrived 1
# a data message (RFC 2661 3.1) with client 1's ids and address, through client 2's SA
send_hex 2 "0002$(hex16 "$tunnel")$(hex16 "$session")ff030021$(ip_udp "$(client_value 1 address)")"
# a HELLO (RFC 2661 6.5) in the same way
send_hex 2 "c8020014$(hex16 "$tunnel")0000000a00008008000000000006"
seen "  server" "$WORK/culvertd.log" 'event=wrong-sa'
arrived 1 || fail "client 2 sent a packet as client 1"
both_ways 1
never_clear
l2tp_stop 1
server_stop
