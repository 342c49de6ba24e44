# shellcheck shell=bash
# layouts: parked classic
# The tunnel over IPv6.  xl2tpd knows only IPv4, so a relay in the client's namespace carries its
# packets to the concentrator's IPv6 address, from a port that is not 1701.
world_up
server_start
spawn client1 "$WORK/socat.log" socat -T 60 UDP4-LISTEN:1701,bind=127.0.0.2,fork,reuseaddr \
	"UDP6:[$SERVER6]:1701"
CLIENT_LNS=127.0.0.2
client_connect 1 alice wonderland
expect "the kernel's tunnel is over IPv6" grep -q "$SERVER6\|::" <<<"$(in_ns server ip l2tp show tunnel)"
works 1
client_disconnect 1
nothing_left
server_stop
