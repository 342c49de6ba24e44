# shellcheck shell=bash
# What goes over the wire in a whole session, decoded by tshark: nothing malformed, nothing unknown
# that must not be.
world_up
server_start
spawn internet "$WORK/tcpdump.log" tcpdump -i server -U -w "$WORK/wire.pcap" udp port 1701
dump=$!
wait_for 15 "tcpdump listens" grep -q 'listening on' "$WORK/tcpdump.log"
client_connect 1 alice wonderland
works 1
client_disconnect 1
nothing_left
sleep 0.5
kill -INT $dump
wait $dump || true
decode() { tshark -n -r "$WORK/wire.pcap" "$@" 2>"$WORK/tshark.err"; }
decode -Y '_ws.malformed || _ws.expert.severity == error' >"$WORK/malformed"
[ ! -s "$WORK/malformed" ] || {
	sed 's/^/    | /' "$WORK/malformed"
	fail "tshark finds malformed packets"
}
decode -T fields -e l2tp.avp.message_type -e _ws.col.Info >"$WORK/decoded"
for message in 1 2 3 10 11 12; do # SCCRQ SCCRP SCCCN ICRQ ICRP ICCN, RFC 2661 3.2
	expect "message type $message is there" grep -Eq "^$message\b" "$WORK/decoded"
done
for what in 'PPP LCP' 'PPP IPCP' 'Echo (ping) reply'; do
	expect "$what is there" grep -qF "$what" <<<"$(decode)"
done
server_stop
