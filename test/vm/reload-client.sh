# shellcheck shell=bash
# kernel: any
# The machine that dials gets another configuration: routes of a profile that is up follow at once,
# what else is changed waits for the next connect, a profile comes and one goes.
# shellcheck source=test/vm/client/lib.sh
source "$TOP/test/vm/client/lib.sh"
world_up
ip -n "$PREFIX-client1" route add default via 198.51.100.254
server_start
dialer_config ""
fake_resolvconf
dialer_start
remember_at dialer
reload() { dial reload >"$WORK/out" 2>&1 || fail "culvert reload: $(cat "$WORK/out")"; }
expect "culvert connect corp" dial connect corp
spawn client1 "$WORK/pings" ping -i 0.05 -W 5 10.20.0.1
pings=$!

# everything instead of some, and back
sed -i 's/routes = .*/routes = default/; s/retry-max = .*/retry-max = 4s/' "$DIALER/culvert.conf"
reload
expect "it says so" grep -qF '~ client corp / routes: {10.0.0.0/24} -> {default}' "$WORK/out"
wait_for 10 "everything is behind the tunnel" goes_by 192.0.2.77 ppp0
expect "but the gateway" goes_by "$SERVER4" eth0
works 1
sed -i 's/routes = .*/routes = {10.0.0.0\/24, 192.0.2.0\/24}/; s/user = alice/user = bob/' "$DIALER/culvert.conf"
(umask 077 && echo builder >"$DIALER/secret")
reload
expect "another user counts the next time" grep -q '^~ client corp / user: alice -> bob  (at the next connection)$' "$WORK/out"
refuse "the password is not told" grep -q 'builder\|wonderland' "$WORK/out" "$DIALER/culvertd.log"
wait_for 10 "everything is not behind the tunnel" goes_by 192.0.3.77 eth0
expect "what is asked for is" goes_by 192.0.2.77 ppp0
[ -z "$(in_ns client1 ip route show root "$SERVER4")" ] || fail "the route to the gateway is left: $(in_ns client1 ip route show root "$SERVER4")"
works 1

# another profile comes, and starts by itself, if in vain; then it goes
cat >>"$DIALER/culvert.conf" <<-EOT
	client more {
	    gateway = 203.0.113.99 ipsec = off user = carol secret-file = "$DIALER/more" dns = none
	    port = ephemeral autostart = yes interface = vpn
	}
EOT
! dial reload >"$WORK/out" 2>&1 || fail "a profile without its secret is taken"
expect "it says which" grep -q "$DIALER/more" "$WORK/out"
(umask 077 && echo carol-secret >"$DIALER/more")
reload
more_tries() { [[ $(dialer_state more) =~ ^(opening|tunnel|waiting)$ ]]; }
wait_for 30 "it starts by itself" more_tries
sed -i '/^client more/,$d' "$DIALER/culvert.conf"
reload
expect "it says that it goes" grep -q '^- client more  (it is disconnected)$' "$WORK/out"
more_gone() { [ -z "$(dialer_state more)" ]; }
wait_for 60 "it has gone" more_gone # a StopCCN that nobody answers takes 31 s
refuse "nobody hears of it" dial connect more

# lost, and connected again: by what the configuration says now
kill -INT $pings
wait $pings
note "client 1: $(grep transmitted "$WORK/pings")"
expect "no ping is lost" grep -q ' 0% packet loss' "$WORK/pings"
expect "disconnect" dial disconnect corp
nothing_left_at dialer
expect "culvert connect corp" dial connect corp
expect "as bob" grep -q bob <<<"$(culvert show sessions)"
expect "disconnect" dial disconnect corp
nothing_left_at dialer
nothing_left
dialer_stop
server_stop
