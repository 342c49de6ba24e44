# shellcheck shell=bash
# layouts: parked classic
# The daemon is told to stop while a client is in: the client gets LCP Terminate and StopCCN, not
# silence, and the kernel keeps nothing.
world_up
server_start
kernel_state server >"$WORK/with-daemon"
client_connect 1 alice wonderland
works 1
begin=$SECONDS
server_stop
[ $((SECONDS - begin)) -le 10 ] || fail "stopping took $((SECONDS - begin)) s"
wait_for 10 "the client is out" client_down 1
expect "xl2tpd was told" log_has 'Connection closed to .*shutting down' \
	"$WORK/client1/xl2tpd.log"
[ -z "$(ip -n "$PREFIX-server" -o link show type ppp)" ] || fail "a ppp device is left"
[ -z "$(in_ns server ip l2tp show tunnel)" ] || fail "a kernel tunnel is left"
[ -z "$(ip -n "$PREFIX-server" route show table all proto 71)" ] || fail "a route is left"
[ -z "$(in_ns server ss -Hnua 'sport = :1701')" ] || fail "a socket is left"
