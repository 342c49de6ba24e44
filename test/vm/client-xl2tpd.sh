# shellcheck shell=bash
# culvertd dials xl2tpd and pppd: MS-CHAPv2 and PAP, a password that is wrong, a gateway that hangs
# up.
# shellcheck source=test/vm/client/lib.sh
source "$TOP/test/vm/client/lib.sh"
world_up

# lns_start PPPD-OPTION...: a stock concentrator
lns_start() {
	local dir=$WORK/lns
	mkdir -p "$dir/etc-ppp"
	cat >"$dir/xl2tpd.conf" <<-EOT
		[global]
		port = 1701
		access control = no
		[lns default]
		ip range = 10.30.0.10-10.30.0.20
		local ip = 10.30.0.1
		name = xl2tpd
		pppoptfile = $dir/options
		ppp debug = yes
	EOT
	printf '%s\n' auth "ms-dns 10.0.0.53" "mtu 1400" "mru 1400" debug "logfile $dir/ppp.log" "$@" >"$dir/options"
	: >"$dir/etc-ppp/options"
	echo 'alice * wonderland *' >"$dir/etc-ppp/chap-secrets"
	echo 'alice * wonderland *' >"$dir/etc-ppp/pap-secrets"
	# shellcheck disable=SC2016
	spawn server "$dir/xl2tpd.log" unshare -m sh -c '
		mount --make-rprivate / && mount --bind "$1/etc-ppp" /etc/ppp &&
		exec xl2tpd -D -c "$1/xl2tpd.conf" -p "$1/pid" -C "$1/control"' sh "$dir"
	LNS_PID=$!
	wait_for 15 "xl2tpd starts" test -p "$dir/control"
}

lns_stop() {
	ip netns pids "$PREFIX-server" | xargs -r kill -9
	wait "$LNS_PID" 2>/dev/null || true
	rm -f "$WORK/lns/control"
}

modules
lns_start require-mschap-v2 refuse-pap
DIALER_MORE="
client pap {
    gateway = $SERVER4 ipsec = off user = alice secret-file = \"$DIALER/secret\" auth = pap dns = none
    routes = 10.0.0.0/24
}
client wrong {
    gateway = $SERVER4 ipsec = off user = alice secret-file = \"$DIALER/wrong\" dns = none
}"
dialer_config ""
fake_resolvconf
dialer_start
remember_at dialer

dial connect corp >"$DIALER/out" 2>&1 || fail "culvert connect corp: $(cat "$DIALER/out")"
expect "the client pings the concentrator" client_ping 1 10.30.0.1
expect "and the intranet" client_ping 1
expect "the name server is told" grep -qx 'nameserver 10.0.0.53' "$DIALER/resolv/ppp0.culvert"
expect "disconnect" dial disconnect corp
nothing_left_at dialer

! dial connect wrong >"$DIALER/out" 2>&1 || fail "a wrong password connects"
expect "it says why not" grep -q '^culvert: authentication failed' "$DIALER/out"
! dial connect pap >"$DIALER/out" 2>&1 || fail "PAP connects"
nothing_left_at dialer

lns_stop
lns_start require-pap refuse-mschap-v2 refuse-chap refuse-mschap
expect "PAP" dial connect pap
expect "the client pings the intranet" client_ping 1
pkill -TERM --ns "$LNS_PID" --nslist net pppd # its user has been here for long enough
wait_for 30 "the client is told" log_has 'event=client-down client=pap' "$DIALER/culvertd.log"
wait_for 60 "and connects again" dialer_is pap up
expect "disconnect" dial disconnect pap
nothing_left_at dialer
dialer_stop
lns_stop
