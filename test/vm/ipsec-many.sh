# shellcheck shell=bash
# layouts: auto
# limit: 600
# Many clients behind one NAT, every one of them from port 1701.  They have addresses of their own but
# share a charon (a thousand threads would be of no use here) and culvert-load, which brings up L2TP and
# PPP from each address.  Told: what IKE alone takes, and what L2TP and PPP take on top of it.
# MANY=200 for other numbers.
. test/vm/ipsec/lib.sh
many=${MANY:-100}

# many_connections: the client's side; every other one speaks IKEv1
many_connections() {
	local i
	echo "connections {"
	for ((i = 1; i <= many; i++)); do
		cat <<-EOT
			many$i {
				version = $((1 + i % 2))
				local_addrs = 192.168.1.$i
				remote_addrs = $SERVER4
				proposals = $IKE_CIPHER
				unique = never
				local {
					auth = psk
				}
				remote {
					auth = psk
				}
				children {
					many$i {
						mode = transport
						esp_proposals = $ESP_CIPHER
						local_ts = dynamic[udp/1701]
						remote_ts = dynamic[udp/1701]
						start_action = start
					}
				}
			}
		EOT
	done
	echo "}"
	echo "secrets {"
	echo "    ike { secret = \"$IKE_PSK\" }"
	echo "}"
}

# the kernel tells quicker than swanctl: each SA coming in has one state
all_up() { [ "$(in_ns server ip xfrm state count | sed -n 's/.*count \([0-9]*\).*/\1/p')" -ge $((2 * many)) ]; }
ms() { echo $(((${EPOCHREALTIME/./} - ${1/./}) / 1000)); }
sessions() { in_ns server ip l2tp show session | grep -c '^Session' || true; }

ipsec_world 1
batch nat1 <<<"route add 192.168.1.0/24 dev client1"
in_ns client1 ip route add local 192.168.1.0/24 dev lo
# as the shipped zz-l2tp.conf says: MOBIKE would tell every client of every ppp device
# and more than five at a time may begin behind one address
IKE_CHARON="dos_protection = no" IKE_PLUGIN_KEYS="kernel-netlink { roam_events = no }" ike_start server
RANGE=10.20.0.10-10.20.3.250 server_config
for ((i = 0; i < many; i++)); do echo "user$i  secret$i"; done >"$WORK/users"
sed 's/  / /' "$WORK/users" >"$WORK/load-users"
ipsec_server

IKE_CHARON="retransmit_tries = 9" ike_conf client1
many_connections >"$(ike_dir client1)/swanctl/swanctl.conf"
ike_run client1
t=$EPOCHREALTIME
ike_load client1
wait_for 240 "$many clients have SAs" all_up
note "IKE alone: $many clients in $(ms "$t") ms, charon's start included"
t=$EPOCHREALTIME
in_ns client1 "$BUILD/test/bench/culvert-load" --clients "$many" --concurrency 16 --sources 192.168.1.0/24 \
	--users "$WORK/load-users" --echo 1 --hold 5 --patience 60 "$SERVER4" >"$WORK/load" 2>&1 &
load=$!
until [ "$(sessions)" -ge "$many" ] || not_running $load; do nap 0.2; done
note "L2TP and PPP on top: $(sessions) sessions in $(ms "$t") ms"
wait $load || {
	tail -n 30 "$WORK/load"
	ike_logs server
	fail "not every client came up and stayed"
}
sed 's/^/    | /' "$WORK/load" | tail -n 12
never_clear
wait_for 30 "the sessions end" no_sessions
server_stop
