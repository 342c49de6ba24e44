# shellcheck shell=bash
# layouts: parked classic
# culvertd dials culvertd: names, routes, name servers, a wrong password, a gateway that dies; and
# each time nothing is left behind.
# shellcheck source=test/vm/client/lib.sh
source "$TOP/test/vm/client/lib.sh"
world_up
ip -n "$PREFIX-client1" route add default via 198.51.100.254
server_start
DIALER_MORE="
client all {
    gateway = $SERVER4 ipsec = off user = alice secret-file = \"$DIALER/secret\"
    routes = default dns = none port = ephemeral mtu = 1300 interface = vpn
}
client wrong {
    gateway = $SERVER4 ipsec = off user = alice secret-file = \"$DIALER/wrong\" dns = none
}
client nowhere {
    gateway = no-such-host.invalid ipsec = off user = alice secret-file = \"$DIALER/secret\"
}"
dialer_config ""
fake_resolvconf
dialer_start
remember_at dialer

# some prefixes
dial connect corp >"$DIALER/out" 2>&1 || fail "culvert connect corp: $(cat "$DIALER/out")"
expect "it says what it does" grep -q '^looking for gw.example.net$' "$DIALER/out"
expect "it says that it is up" grep -Eq '^up: 10\.20\.0\.[0-9]+ on ppp0$' "$DIALER/out"
expect "the client pings the concentrator" client_ping 1 10.20.0.1
works 1
expect "the intranet is behind the tunnel" goes_by "$WEB" ppp0
expect "the rest is not" goes_by 192.0.2.77 eth0
expect "the name servers are told" grep -qx 'nameserver 10.0.0.53' "$DIALER/resolv/ppp0.culvert"
expect "both of them" grep -qx 'nameserver 10.0.0.54' "$DIALER/resolv/ppp0.culvert"
expect "culvert show clients" grep -q 'corp.*up.*gw.example.net.*alice.*ppp0' <<<"$(dial show clients)"
expect "culvert show sessions has it, too" grep -q 'ppp0.*alice' <<<"$(dial show sessions)"
expect "a second connect is content" dial connect corp
[ "$(ip -n "$PREFIX-client1" -o link show ppp0 | sed 's/.* mtu \([0-9]*\).*/\1/')" = 1400 ] || fail "the MTU is not 1400"
expect "disconnect" dial disconnect corp
nothing_left_at dialer
wait_for 10 "the concentrator knows that" log_has 'event=session-down'
nothing_left

# everything, but not the tunnel's own packets
expect "culvert connect all" dial connect all
works 1
expect "everything is behind the tunnel" goes_by 192.0.2.77 vpn0
expect "but the gateway" goes_by "$SERVER4" eth0
expect "a large packet passes" in_ns client1 ping -c 2 -i 0.2 -s 1272 -M "do" "$WEB"
expect "disconnect" dial disconnect all
nothing_left_at dialer
nothing_left

# failures, each with its reason
! dial connect wrong >"$DIALER/out" 2>&1 || fail "a wrong password connects"
expect "it says why not" grep -q '^culvert: authentication failed: .*refuses user alice' "$DIALER/out"
! dial connect nowhere >"$DIALER/out" 2>&1 || fail "a name that does not resolve connects"
expect "it says which" grep -q '^culvert: no-such-host.invalid: ' "$DIALER/out"
refuse "a profile that is not there" dial connect nobody
nothing_left_at dialer
nothing_left

# the concentrator dies without a word, and comes back
expect "culvert connect corp" dial connect corp
kill -9 "$CULVERTD_PID"
wait "$CULVERTD_PID" 2>/dev/null || true
wait_for 60 "the client notices" log_has 'event=client-down' "$DIALER/culvertd.log"
wait_for 30 "and lets go of everything" as_before_at dialer
server_start
wait_for 90 "the client is back" dialer_is corp up
works 1
expect "disconnect" dial disconnect corp
nothing_left_at dialer
nothing_left

# the daemon goes while it is connected
expect "culvert connect all" dial connect all
dialer_stop
nothing_left_at dialer
nothing_left
server_stop
