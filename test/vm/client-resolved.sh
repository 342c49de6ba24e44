# shellcheck shell=bash
# layouts: auto
# kernel: any
# culvertd dials on a machine with systemd-resolved, and nothing is said of how name servers are set: a
# name of the intranet is then asked of the name server there, and no longer when the session is over.
# shellcheck source=test/vm/client/lib.sh
source "$TOP/test/vm/client/lib.sh"
tree=$(test/vm/ipsec/peer resolved) || fail "no systemd-resolved"

# resolved and the bus that it is spoken to by; everything is the test machine's own
resolved_start() {
	cp -a "$tree/usr/bin/resolvectl" /usr/bin/
	cp -a "$tree"/usr/share/dbus-1/system.d/* /usr/share/dbus-1/system.d/
	grep -q '^systemd-resolve:' /etc/passwd || {
		echo "systemd-resolve:x:991:991::/:/usr/sbin/nologin" >>/etc/passwd
		echo "systemd-resolve:x:991:" >>/etc/group
	}
	mkdir -p /run/dbus /run/systemd/resolve
	chown systemd-resolve: /run/systemd/resolve
	spawn client1 "$WORK/dbus.log" dbus-daemon --system --nofork --nopidfile
	disown
	wait_for 15 "the bus is there" test -S /run/dbus/system_bus_socket
	spawn client1 "$WORK/resolved.log" "$tree/usr/lib/systemd/systemd-resolved"
	disown
	wait_for 20 "resolved answers" in_ns client1 resolvectl dns
}

# Two name servers that say 10.0.0.80 of every name (RFC 1035 4.1)
name_servers() {
	local a
	cat >"$WORK/answer" <<-'EOT'
		#!/usr/bin/perl
		sysread(STDIN, $q, 512);
		$end = index($q, "\0", 12) + 5;
		$a = unpack("n", substr($q, $end - 4, 2)) == 1;
		syswrite(STDOUT, substr($q, 0, 2) . "\x81\x80\0\1" . pack("n", $a ? 1 : 0) . "\0\0\0\0" .
			substr($q, 12, $end - 12) .
			($a ? "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" . pack("C4", 10, 0, 0, 80) : ""));
	EOT
	chmod 755 "$WORK/answer"
	for a in 10.0.0.53 10.0.0.54; do
		ip -n "$PREFIX-intranet" address add $a/32 dev eth0
		spawn intranet "$WORK/names.log" socat UDP4-RECVFROM:53,bind=$a,fork "EXEC:$WORK/answer"
		disown
	done
}
ask() { in_ns client1 timeout 20 resolvectl query -4 --legend=no "$1"; }
has_name_servers() { in_ns client1 resolvectl dns ppp0 | grep -q '10\.0\.0\.53 10\.0\.0\.54'; }

world_up
server_start
name_servers
resolved_start
DIALER_GATEWAY=$SERVER4
DIALER_MORE="
client names {
    gateway = $SERVER4 ipsec = off user = alice secret-file = \"$DIALER/secret\" routes = 10.0.0.0/24
}"
dialer_config ""
dialer_start
remember_at dialer
refuse "the name is known without the tunnel" ask www.corp.example

dial connect names >"$DIALER/out" 2>&1 || fail "culvert connect names: $(cat "$DIALER/out")"
has_name_servers || {
	in_ns client1 resolvectl | sed 's/^/    | /'
	fail "resolved is not told the name servers"
}
expect "names are asked there" grep -q '~\.' <<<"$(in_ns client1 resolvectl domain ppp0)"
found() {
	ask www.corp.example >"$WORK/found" 2>&1 && grep -q '10\.0\.0\.80' "$WORK/found"
}
# the first question may be put several times, to find out what the server understands
wait_for 60 "the intranet's server is asked" found
note "$(head -n 1 "$WORK/found")"
expect "disconnect" dial disconnect names
nothing_left_at dialer
refuse "the name servers are still there" has_name_servers
refuse "the name is known after the end" ask mail.corp.example
dialer_stop
server_stop
