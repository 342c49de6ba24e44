# shellcheck shell=bash
# layouts: parked classic
# Somebody else deletes our tunnel with ip l2tp, and later our device with ip link: each time the
# session ends towards the client as well, with a reason in the log, and the next one works.
world_up
server_start
for way in tunnel device; do
	client_connect 1 alice wonderland
	works 1
	case $way in
	tunnel)
		id=$(in_ns server ip l2tp show session | sed -n 's/^Session [0-9]* in tunnel \([0-9]*\).*/\1/p')
		expect "ip l2tp del tunnel" in_ns server ip l2tp del tunnel tunnel_id "$id"
		;;
	device)
		device=$(ip -n "$PREFIX-server" -o link show type ppp | sed 's/^[0-9]*: \([^:@]*\).*/\1/')
		expect "ip link del" ip -n "$PREFIX-server" link del "$device"
		;;
	esac
	wait_for 20 "$way: the log has the session's end" log_has 'event=session-down .*user="?alice'
	wait_for 20 "$way: the client is out" client_down 1
	client_hangup 1 # the tunnel itself outlives its last session for a while
	wait_for 15 "$way: the tunnel is gone" log_has 'event=tunnel-down'
	client_kill 1
	nothing_left
	: >"$WORK/culvertd.log"
done
client_connect 1 alice wonderland
works 1
client_disconnect 1
nothing_left
server_stop
