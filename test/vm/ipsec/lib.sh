# shellcheck shell=bash
# The world of ../lib.sh with IPsec in it: clients behind NAT, and a charon for each machine.
# Sourced by the scenarios ../ipsec*.sh, after ../lib.sh.
#
#     client1 192.168.0.11 --+
#     client2 192.168.0.12 --+-- nat1 198.51.100.201 --+
#     client3 192.168.0.13 --+                         |
#     client4 192.168.0.11 ----- nat2 198.51.100.202 --+-- internet -- concentrator
#     client5 198.51.100.15 ---------------------------+
#
# Every client's L2TP comes from port 1701, so behind one NAT the concentrator sees equal addresses
# and ports, and client1 and client4 have one address and, with a pre-shared key, one IKE identity.
# A machine's IKE daemon has a /run of its own and everything else in $WORK/ike/NAME.  Nothing that is
# secret is kept: keys and certificates are made for the run.
#
# Connections, on both sides: psk1, cert1 (IKEv1), psk2, cert2 (IKEv2), each with a child of that name.

IKE_CRYPTO="random nonce openssl pem pkcs1 x509 revocation constraints pubkey"
IKE_PLUGINS="$IKE_CRYPTO hmac kdf socket-default kernel-netlink vici updown"
IKE_PSK='a key that both ends know'
PLUGIN=$BUILD/libstrongswan-l2tp.so
# shellcheck disable=SC2034 # server_config reads them
IPSEC=require
# shellcheck disable=SC2034
TOP_KEYS="ike-socket = \"$WORK/ike/server/run/charon.l2tp\""
NAT_OF=([1]=nat1 [2]=nat1 [3]=nat1 [4]=nat2)
PRIVATE=([1]=192.168.0.11 [2]=192.168.0.12 [3]=192.168.0.13 [4]=192.168.0.11)
declare -A PUBLIC=([nat1]=198.51.100.201 [nat2]=198.51.100.202)
IKE_CIPHER=${IKE_CIPHER:-aes128-sha256-ecp256}
ESP_CIPHER=${ESP_CIPHER:-aes128-sha256}

# --- networks ----------------------------------------------------------------------------------------

# ipsec_world CLIENT...: the machines wanted, of those above, and a counter of clear text on the wire
ipsec_world() {
	local n
	modprobe -a -q esp4 esp6 xfrm_user authenc cbc echainiv hmac nf_tables nft_masq nft_chain_nat veth || true
	world_up 0
	for n in "$@"; do
		case ${NAT_OF[$n]:-} in
		'') client_net "$n" ;;
		*)
			[ -e "/run/netns/$PREFIX-${NAT_OF[$n]}" ] || nat_net "${NAT_OF[$n]}"
			natted_net "$n" "${NAT_OF[$n]}" "${PRIVATE[$n]}"
			;;
		esac
	done
	wire_watch
}

# nat_net NAME: a router that hides who is behind it
nat_net() {
	local nat=$1
	ns_add "$nat"
	batch "$nat" <<-EOT
		link set lo up
		link add wan type veth peer name $nat netns $PREFIX-internet
		link set wan up
		address add ${PUBLIC[$nat]}/32 dev wan
		route add 198.51.100.254/32 dev wan
		route add 203.0.113.0/24 via 198.51.100.254
	EOT
	batch internet <<-EOT
		link set $nat up
		address add 198.51.100.254/32 dev $nat
		route add ${PUBLIC[$nat]}/32 dev $nat
	EOT
	in_ns "$nat" nft -f - <<-EOT || fail "the rules of $nat"
		table ip nat {
			chain post {
				type nat hook postrouting priority srcnat
				oifname "wan" masquerade
			}
		}
	EOT
}

# natted_net N NAT ADDRESS: client N with a cable to that router
natted_net() {
	local n=$1 nat=$2 address=$3
	ns_add "client$n"
	batch "client$n" <<-EOT
		link set lo up
		link add eth0 type veth peer name client$n netns $PREFIX-$nat
		link set eth0 up
		address add $address/32 dev eth0
		route add 192.168.0.1/32 dev eth0
		route add 203.0.113.0/24 via 192.168.0.1
	EOT
	batch "$nat" <<-EOT
		link set client$n up
		address add 192.168.0.1/32 dev client$n
		route add $address/32 dev client$n
	EOT
}

# What crosses the internet: L2TP in clear text, which must never be seen (its answers by themselves,
# for clients that try), and ESP, which must.
wire_watch() {
	in_ns internet nft -f - <<-EOT || fail "the counters on the wire"
		table inet wire {
			counter clear { }
			counter answer { }
			counter sealed { }
			chain forward {
				type filter hook forward priority filter
				ip saddr $SERVER4 udp sport 1701 counter name answer
				udp dport 1701 counter name clear
				udp sport 1701 counter name clear
				meta l4proto esp counter name sealed
				udp dport 4500 @th,64,32 != 0 counter name sealed
			}
		}
	EOT
}

# wire_count clear|answer|sealed: packets since wire_watch
wire_count() {
	in_ns internet nft list counter inet wire "$1" | sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

never_clear() {
	local n
	n=$(($(wire_count clear) - ${CLEAR_BEFORE:-0}))
	[ "$n" = 0 ] || fail "$n packets of L2TP went over the wire in clear text"
}

# nat_rebind NAT: the router forgets who had which port, as one does that restarts
nat_rebind() {
	local nat=$1
	NAT_PORTS=$((${NAT_PORTS:-20000} + 1000))
	in_ns "$nat" nft -f - <<-EOT || fail "the rules of $nat"
		flush ruleset
		table ip nat {
			chain post {
				type nat hook postrouting priority srcnat
				oifname "wan" meta l4proto udp masquerade to :$NAT_PORTS-$((NAT_PORTS + 999))
			}
		}
	EOT
	in_ns "$nat" conntrack -F >/dev/null 2>&1
}

# ipsec_server: the daemon, tied to its machine's charon, which runs
ipsec_server() {
	server_start
	wait_for 10 "the daemon finds charon" log_has 'event=ike-connected'
	remember
}

no_sessions() { ! in_ns server ip l2tp show session | grep -q '^Session'; }

# --- IKE ----------------------------------------------------------------------------------------------

ike_dir() { echo "$WORK/ike/$1"; }
ike_ns() { echo "$1"; }

# ike_certs: an authority, a certificate for the concentrator and each client; another authority
ike_certs() {
	local dir=$WORK/ca who n
	[ ! -e "$dir" ] || return 0
	mkdir -p "$dir"
	echo "pki { load = $IKE_CRYPTO }" >"$dir/strongswan.conf"
	for who in ca other server client; do
		ike_pki --gen --type rsa --size 2048 --outform pem >"$dir/$who.key" || fail "pki --gen"
	done
	for who in ca other; do
		ike_pki --self --ca --in "$dir/$who.key" --dn "O=Example, CN=$who" --outform pem \
			>"$dir/$who.pem" || fail "pki --self"
	done
	ike_cert ca server lns.example.net
	for n in "$@"; do ike_cert ca "client$n" "client$n.example.net"; done
}

ike_pki() { STRONGSWAN_CONF=$WORK/ca/strongswan.conf pki "$@"; }

# ike_cert AUTHORITY WHO NAME
ike_cert() {
	local dir=$WORK/ca key=$WORK/ca/client.key
	[ "$2" != server ] || key=$dir/server.key
	ike_pki --issue --cacert "$dir/$1.pem" --cakey "$dir/$1.key" --in "$key" --type priv \
		--dn "O=Example, CN=$3" --san "$3" --outform pem >"$dir/$2.pem" || fail "pki --issue"
}

# ike_conf WHO: what charon itself reads.  A stock client's has no plugin of ours: IKE_CLIENT_PLUGIN=l2tp.
ike_conf() {
	local who=$1 dir l2tp=
	dir=$(ike_dir "$who")
	case $who in server) l2tp=l2tp ;; *) l2tp=${IKE_CLIENT_PLUGIN:-} ;; esac
	mkdir -p "$dir/run" "$dir/swanctl"/{x509,x509ca,private,conf.d}
	cat >"$dir/strongswan.conf" <<-EOT
		charon {
			load = $IKE_PLUGINS $l2tp
			retransmit_base = 1.4
			retransmit_timeout = 1.5
			retransmit_tries = 4
			delete_rekeyed_delay = 2
			${IKE_CHARON:-}
			filelog {
				log {
					path = $dir/log
					default = 1
					ike_name = yes
					flush_line = yes
					${IKE_LOG:-}
				}
			}
			plugins {
				${IKE_PLUGIN_KEYS:-}
			}
		}
		swanctl { load = $IKE_CRYPTO }
		pki { load = $IKE_CRYPTO }
	EOT
}

# ike_connections WHO: the four connections, as the concentrator or a client has them.  IKE_KEYS and
# IKE_CHILD: more keys for each.
ike_connections() {
	local who=$1 dir c auth local_id remote_id out
	dir=$(ike_dir "$who")
	out=$dir/swanctl/swanctl.conf
	echo "connections {" >"$out"
	for c in psk1 cert1 psk2 cert2; do
		auth="auth = psk" local_id='' remote_id=''
		case $c in cert*)
			[ -e "$WORK/ca" ] || continue
			auth="auth = pubkey"
			remote_id="cacerts = ca.pem"
			local_id="certs = own.pem"
			;;
		esac
		cat >>"$out" <<-EOT
			$c {
				version = ${c: -1}
				$(ike_ends "$who")
				proposals = $IKE_CIPHER
				unique = never
				${IKE_KEYS:-}
				local {
					$auth
					$local_id
				}
				remote {
					$auth
					$remote_id
				}
				children {
					$c {
						mode = transport
						esp_proposals = $ESP_CIPHER
						local_ts = dynamic[udp/1701]
						$(ike_child "$who")
					}
				}
			}
		EOT
	done
	{
		echo "}"
		echo "secrets {"
		echo "    ike { secret = \"$(ike_psk "$who")\" }"
		echo "}"
	} >>"$out"
	[ ! -e "$WORK/ca" ] || {
		cp "$WORK/ca/ca.pem" "$dir/swanctl/x509ca/"
		cp "$WORK/ca/$who.pem" "$dir/swanctl/x509/own.pem"
		cp "$WORK/ca/${who%%[0-9]*}.key" "$dir/swanctl/private/own.key"
	}
}

ike_psk() { echo "${IKE_SECRET:-$IKE_PSK}"; }

ike_ends() {
	case $1 in
	server) echo "local_addrs = ${GATEWAY:-$SERVER4}" ;;
	*) echo "remote_addrs = ${GATEWAY:-$SERVER4}" ;;
	esac
}

ike_child() {
	case $1 in
	server)
		echo "remote_ts = dynamic[udp]"
		;;
	*) echo "remote_ts = dynamic[udp/1701]" ;;
	esac
	echo "${IKE_CHILD:-}"
}

# ike_run WHO: start charon in that machine
ike_run() {
	local who=$1 dir
	dir=$(ike_dir "$who")
	rm -rf "$dir/run"
	mkdir -p "$dir/run" "$dir/plugins"
	cp -L "$PLUGIN" "$dir/plugins/" || fail "make plugin"
	# shellcheck disable=SC2016
	STRONGSWAN_CONF=$dir/strongswan.conf spawn "$who" "$dir/output" unshare -m sh -c '
		mount --make-rprivate / && mount --bind "$1/run" /run &&
		mount -t overlay -o "lowerdir=$1/plugins:$2" overlay "$2" &&
		exec /usr/lib/ipsec/charon' sh "$dir" /usr/lib/ipsec/plugins
	echo $! >"$dir/pid"
	disown
}

# ike_start WHO...: configured and running, with its connections loaded
ike_start() {
	local who
	for who in "$@"; do
		ike_conf "$who"
		ike_connections "$who"
		ike_run "$who"
	done
	for who in "$@"; do ike_load "$who"; done
}

ike_load() {
	wait_for 20 "charon of $1 starts" test -S "$(ike_dir "$1")/run/charon.vici"
	ike_ctl "$1" --load-all --noprompt >"$WORK/expect" 2>&1 || {
		cat "$WORK/expect"
		fail "charon of $1 takes no connections"
	}
}

# ike_ctl WHO OPTION...: swanctl there
ike_ctl() {
	local who=$1
	shift
	STRONGSWAN_CONF=$(ike_dir "$who")/strongswan.conf SWANCTL_DIR=$(ike_dir "$who")/swanctl in_ns "$who" swanctl "$@" \
		--uri "unix://$(ike_dir "$who")/run/charon.vici"
}

# ike_up N CONNECTION: client N's SA; what it printed is in ike/clientN/up
ike_up() {
	ike_ctl "client$1" --initiate --child "$2" --timeout "${IKE_TIMEOUT:-30}" \
		>"$(ike_dir "client$1")/up" 2>&1
}

# ike_down N CONNECTION
ike_down() { ike_ctl "client$1" --terminate --ike "$2" --timeout 10 >"$WORK/expect" 2>&1; }

# ike_sas WHO: how many CHILD_SAs are installed there
ike_sas() { ike_ctl "$1" --list-sas | grep -c 'INSTALLED' || true; }

# ike_stop WHO: an orderly end; ike_kill: none
ike_stop() {
	kill -TERM "$(cat "$(ike_dir "$1")/pid")" 2>/dev/null
	wait_for 10 "charon of $1 ends" not_running "$(cat "$(ike_dir "$1")/pid")"
}
ike_kill() {
	kill -KILL "$(cat "$(ike_dir "$1")/pid")" 2>/dev/null
	wait_for 10 "charon of $1 is dead" not_running "$(cat "$(ike_dir "$1")/pid")"
}

# ike_logs WHO...
ike_logs() {
	local f who
	for who in "$@"; do
		for f in "$WORK/ike/$who"/{log,up,output}; do
			[ -s "$f" ] || continue
			note "--- the end of ${f#"$WORK"/}"
			grep -v '\[ENC\]\|\[NET\]' "$f" | tail -n "${LOG_LINES:-12}" | sed 's/^/    | /'
		done
	done
}
