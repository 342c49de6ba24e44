# shellcheck shell=bash
# kernel: any
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
# one run of tshark, it takes long to start; severity 8388608 is "error"
tshark -n -r "$WORK/wire.pcap" -T fields -E separator='|' -e frame.number -e l2tp.avp.message_type \
	-e _ws.col.Protocol -e _ws.col.Info -e _ws.expert.severity -e _ws.malformed \
	>"$WORK/decoded" 2>"$WORK/tshark.err"
awk -F'|' '$5 ~ /8388608/ || $6 != ""' "$WORK/decoded" >"$WORK/malformed"
[ ! -s "$WORK/malformed" ] || {
	sed 's/^/    | /' "$WORK/malformed"
	fail "tshark finds malformed packets"
}
for message in 1 2 3 10 11 12; do # SCCRQ SCCRP SCCCN ICRQ ICRP ICCN, RFC 2661 3.2
	expect "message type $message is there" grep -Eq "^[0-9]*\|$message\|" "$WORK/decoded"
done
for what in '|PPP LCP|' '|PPP CHAP|' '|PPP IPCP|' 'Echo (ping) reply'; do
	expect "$what is there" grep -qF "$what" "$WORK/decoded"
done
server_stop
