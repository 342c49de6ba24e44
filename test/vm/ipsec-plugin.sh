# shellcheck shell=bash
# layouts: auto
# kernel: any
# Charon's plugin, at the server: what it tells must be what becomes of the SAs, whatever that is.
. test/vm/plugin/nodes.sh
world_of_charons

# --- up, marks, rekeys ---------------------------------------------------------------------------------

note "hello and an empty snapshot"
watch_start srv
hears srv '^hello flags=ikev1,marks mask=0xffffffff software="strongSwan [56]'
hears srv '^end'

note "two clients behind one NAT have marks of their own"
up c1 corp
hears srv '^child .*replaces=0 conn=l2tp-psk/l2tp-psk ikev1 flags=responder,encap,nat-there, .*ports=1701,1701 .*"192.168.0.11" .*esp=16,16,12'
first=$(value srv '^child .*"192.168.0.11"' unique)
marks1=$(value srv '^child .*"192.168.0.11"' marks)
expect "what is missing is said" up_log c1 'IPsec of .corp. is up, but not L2TP: no culvertd'
up c2 corp
hears srv '^child .*"192.168.0.12"'
marks2=$(value srv '^child .*"192.168.0.12"' marks)
mark1=${marks1%%,*} mark2=${marks2%%,*}
[ "$marks1" = "$mark1,$mark1/0xffffffff" ] || fail "marks $marks1"
[ "$mark1" != 0 ] || fail "no mark"
[ "$mark1" != "$mark2" ] || fail "both have the mark $mark1"
hex=$(printf '0x%x' "$mark1")
[ "$(in_ns srv ip xfrm state | grep -c "output-mark $hex/")" = 1 ] || fail "no output mark $mark1"
[ "$(in_ns srv ip xfrm policy | grep -c "mark $hex/")" = 2 ] || fail "no policies with mark $mark1"

note "a rekey of the CHILD_SA"
forget srv
on c1 ipsec stroke rekey 'corp{*}' >/dev/null
hears srv "^child .* replaces=$first .* marks=$marks1 .*\"192.168.0.11\""
second=$(value srv "^child .* replaces=$first" unique)
ike=$(value srv "^child .* replaces=$first" ike)

note "a reauthentication of IKEv1, by the client and by the server"
on c1 ipsec stroke rekey 'corp[*]' >/dev/null
wait_for "$LIMIT" "another IKE_SA" moved "$second" "$ike"
ike=$(value srv "^child unique=$second " ike)
on srv ipsec stroke rekey "l2tp-psk[$ike]" >/dev/null
wait_for "$LIMIT" "and another one" moved "$second" "$ike"
[ "$(value srv "^child unique=$second " marks)" = "$marks1" ] || fail "the mark changed"
value srv "^child unique=$second " flags | grep -q responder || fail "we became the client"
! told srv '%any' || fail "an IKE_SA that was not up yet was told"
forget srv
on c1 ipsec stroke rekey 'corp{*}' >/dev/null
hears srv "^child .* replaces=$second .* flags=responder,.* marks=$marks1 "
second=$(value srv "^child .* replaces=$second" unique)
! in_ns c1 ip xfrm policy | grep -q mark || fail "the client has marks now"
nap 2
quiet "a reauthentication"

note "the NAT changes its address"
ip -n "$PREFIX-nat" address del 203.0.113.2/24 dev wan
ip -n "$PREFIX-nat" address add 203.0.113.3/24 dev wan
packet 1
packet 2
hears srv "^child unique=$second .* marks=$marks1 .*remote=203.0.113.3/"
hears srv '^child .*remote=203.0.113.3/.*"192.168.0.12"'
quiet "a change of address"

# --- either side goes -----------------------------------------------------------------------------------

note "culvertd restarts: everything is told again"
watch_stop srv
forget srv
watch_start srv
hears srv '^end'
told srv "^child unique=$second .* marks=$marks1 " || fail "client 1 is missing"
told srv "^child .* marks=$marks2 " || fail "client 2 is missing"
[ "$(sed '/^end/q' "$WORK/srv/watch" | grep -c '^child')" = 2 ] || fail "more than two in the snapshot"

note "another culvertd takes its place"
mkfifo "$WORK/srv/in2"
nsenter -t "$(cat "$WORK/srv/pid")" -n -m -- "$BUILD/test/vm/ike_watch" /run/charon.l2tp \
	<>"$WORK/srv/in2" >"$WORK/srv/watch2" 2>&1 &
other=$!
hears srv '^closed'
wait_for "$LIMIT" "the other one gets the snapshot" grep -q '^end' "$WORK/srv/watch2"
kill $other
forget srv
watch_start srv
hears srv '^end'

note "a client says goodbye, and one dies"
on c1 ipsec down corp >/dev/null
hears srv "^down unique=$second"
forget srv
kill -9 "$(cat "$WORK/c2/run/charon.pid")"
hears srv '^down'

# --- IKEv2 ------------------------------------------------------------------------------------------

note "IKEv2: up, both rekeys, another address of the client"
forget srv
up c1 corp2
hears srv '^child .* conn=l2tp-two/l2tp-two ikev2 flags=responder,encap,nat-there, .*"two.example.net","client1.example.net"'
first=$(value srv '^child' unique)
marks1=$(value srv '^child' marks)
on c1 ipsec stroke rekey 'corp2{*}' >/dev/null
hears srv "^child .* replaces=$first .* marks=$marks1 "
second=$(value srv "^child .* replaces=$first" unique)
ike=$(value srv "^child .* replaces=$first" ike)
on c1 ipsec stroke rekey 'corp2[*]' >/dev/null
wait_for "$LIMIT" "another IKE_SA" moved "$second" "$ike"
batch c1 <<-EOT
	address del 192.168.0.11/24 dev eth0
	address add 192.168.0.13/24 dev eth0
	route add default via 192.168.0.1
EOT
nap 4
quiet "IKEv2"
[ "$(value srv "^child unique=$second " marks)" = "$marks1" ] || fail "the mark changed"
on srv ipsec stroke rekey 'l2tp-two{*}' >/dev/null
hears srv "^child .* replaces=$second .* flags=responder,.* marks=$marks1 "
on c1 ipsec down corp2 >/dev/null
hears srv '^down'
batch c1 <<-EOT
	address del 192.168.0.13/24 dev eth0
	address add 192.168.0.11/24 dev eth0
	route add default via 192.168.0.1
EOT

# --- configurations -----------------------------------------------------------------------------------

note "a configuration that was reloaded, one with marks of its own, one of swanctl"
sed 's/^conn l2tp-psk/&\n  mark_in = 77\n  mark_out = 77/; s/^conn l2tp-two/&\n  closeaction = none/' \
	"$WORK/srv/ipsec.conf" >"$WORK/changed"
cat "$WORK/changed" >"$WORK/srv/ipsec.conf" # it is mounted, so it stays the same file
on srv ipsec reload >/dev/null
nap 1
forget srv
up c1 corp
hears srv '^child .* conn=l2tp-psk/.* marks=77,77/'
on c1 ipsec down corp >/dev/null
hears srv '^down'
forget srv
up c1 corp2
hears srv '^child .* conn=l2tp-two/.* marks=([0-9]+),\1/0xffffffff '
on c1 ipsec down corp2 >/dev/null
hears srv '^down'
cat >"$WORK/srv/swanctl/conf.d/l2tp.conf" <<-EOT
	connections {
	  l2tp-vici {
	    version = 2
	    unique = never
	    proposals = aes256-sha256-modp2048
	    local {
	      auth = psk
	      id = vici.example.net
	    }
	    remote {
	      auth = psk
	    }
	    children {
	      l2tp {
	        mode = transport
	        esp_proposals = aes256gcm16
	        local_ts = dynamic[17/1701]
	        remote_ts = dynamic[17]
	      }
	    }
	  }
	}
	secrets {
	  ike-all {
	    secret = "a secret of many words"
	  }
	}
EOT
sed 's/l2tp-vici/corp-vici/; s/id = vici.example.net/id = client1/
	s/remote {/&\nid = vici.example.net/; s/unique = never/remote_addrs = 203.0.113.1/
	s/remote_ts = dynamic.17./remote_ts = dynamic[17\/1701]/' \
	"$WORK/srv/swanctl/conf.d/l2tp.conf" >"$WORK/c1/swanctl/conf.d/l2tp.conf"
for n in srv c1; do expect "swanctl of $n" on $n swanctl --load-all; done
for ((n = 0; n < 2; n++)); do
	forget srv
	on c1 swanctl --initiate --ike corp-vici --child l2tp >"$WORK/c1/up" 2>&1 || true
	hears srv '^child .* conn=l2tp-vici/l2tp .* marks=([1-9][0-9]*),\1/0xffffffff .*esp=8,4,16'
	[ $n = 1 ] || {
		on c1 swanctl --terminate --ike corp-vici >/dev/null 2>&1
		hears srv '^down'
		sed -i 's/local_ts = /dpd_action = clear\n&/' "$WORK/srv/swanctl/conf.d/l2tp.conf"
		expect "swanctl again" on srv swanctl --load-all
	}
done

# --- nobody waits for culvertd, and culvertd may say what it likes ---------------------------------------

note "a culvertd that doesn't listen"
log_says srv 'l2tp: ike_watch is connected'
# some_sas: microseconds that 10 SAs take
some_sas() {
	local n begin=$EPOCHREALTIME
	for ((n = 0; n < 5; n++)); do
		on c1 swanctl --rekey --child l2tp >/dev/null 2>&1
		up c2 corp2
		up_log c2 'IPsec of .corp2. is up' || fail "no SA"
		on c2 ipsec down corp2 >/dev/null
	done
	TOOK=$((${EPOCHREALTIME/./} - ${begin/./}))
}
some_sas
before=$TOOK
kill -STOP "$(cat "$WORK/srv/watch.pid")"
some_sas
note "10 SAs take $((before / 1000)) ms, and $((TOOK / 1000)) ms while culvertd is stopped"
[ "$TOOK" -lt $((before * 2)) ] || fail "charon waits for culvertd"
up c2 corp2
forget srv
kill -CONT "$(cat "$WORK/srv/watch.pid")"
# the snapshot that it missed, then as it is
wait_for "$LIMIT" "another snapshot" grep -q '^hello' "$WORK/srv/watch"
wait_for "$LIMIT" "and the end of it" grep -q '^end' "$WORK/srv/watch"
[ "$(sed -n '/^hello/,/^end/p' "$WORK/srv/watch" | grep -c '^child')" = 2 ] || fail "not both in it"

note "nonsense is refused"
say srv zeros 5
say srv raw 01 00 01 00 00 00 00 00
say srv raw 50 00 01 00 00 00 00 00 01
log_says srv 'ignored a message of 5 bytes from culvertd'
log_says srv 'ignored a message of 9 bytes from culvertd'
say srv terminate 4711 nobody has this one
say srv initiate 8 0 nowhere
hears srv '^initiated id=8 error=-2 text="no connection .nowhere.'
forget srv
watch_stop srv
watch_start srv -m
say srv progress 1 out of turn
log_says srv 'that comes out of turn'
say srv hello 99
hears srv '^closed'
log_says srv 'culvertd speaks version 99'
on srv ipsec status >/dev/null || fail "charon is gone"
