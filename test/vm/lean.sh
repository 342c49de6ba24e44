# shellcheck shell=bash
# A device without the kernel's IPv6 state: its own MTU is under 1280 bytes, the route has the real one,
# and packets of that size pass both ways, unfragmented; one byte more is told what fits.
GROUP_KEYS='lean = yes'
world_up
server_start
client_connect 1 alice wonderland
works 1
address=$(client_value 1 address)
device=$(ip -n "$PREFIX-server" -o link show type ppp | sed 's/^[0-9]*: \([^:@]*\).*/\1/')
expect "the device's MTU is 1279" grep -q 'mtu 1279' <<<"$(ip -n "$PREFIX-server" link show "$device")"
refuse "the kernel has IPv6 state for the device" in_ns server test -e "/proc/sys/net/ipv6/conf/$device"
expect "the route has the MTU" grep -q 'mtu 1400' <<<"$(ip -n "$PREFIX-server" route show "$address")"
expect "1400 bytes pass from the concentrator" in_ns server ping -c 3 -W 5 -M "do" -s 1372 "$address"
refuse "1401 do not" in_ns server ping -c 1 -W 2 -M "do" -s 1373 "$address"
expect "1400 bytes pass when forwarded" in_ns intranet ping -c 3 -W 5 -M "do" -s 1372 "$address"
in_ns intranet ping -c 1 -W 2 -M "do" -s 1373 "$address" >"$WORK/too-long" 2>&1 && fail "1401 were forwarded"
expect "and 1401 are told so" grep -q 'mtu = 1400' "$WORK/too-long"
client_disconnect 1
nothing_left
server_stop
