# shellcheck shell=bash
# Nodes with a real charon and its plugin each, for the scenarios ipsec-plugin*; sourced after lib.sh.
#
#     c1 192.168.0.11 --+
#     c2 192.168.0.12 --+-- nat  203.0.113.2 -- 203.0.113.1 srv
#
# A node is a namespace with /run, /etc/ipsec.* and /etc/strongswan.conf of its own; ike_watch stands
# where culvertd would.
set -eu
PREFIX=sw
LIMIT=40

# Programs of another Debian, if SWAN_ROOT is a folder with one.
ROOT=${SWAN_ROOT:-}

# --- nodes: a namespace, and /run, /etc/ipsec.* and /etc/strongswan.conf of its own ------------------

node_up() {
	local n=$1 d=$WORK/$1 waited=0
	mkdir -p "$d/swanctl/conf.d"
	: >"$d/log"
	cat >"$d/strongswan.conf" <<-EOT
		charon {
			load_modular = yes
			retransmit_tries = 3
			plugins {
				include /etc/strongswan.d/charon/*.conf
				include $d/plugins.conf
			}
			filelog {
				log {
					path = $d/log
					default = 1
					cfg = ${CFG_LEVEL:-1}
					flush_line = yes
					enc = 0
					net = 0
					time_format = %M:%S
				}
			}
		}
	EOT
	[ -e "$d/plugins.conf" ] || printf 'l2tp {\n queue = 4\n %s\n}\n' "${PLUGIN_KEYS:-}" >"$d/plugins.conf"
	printf '%s\n' "${SECRETS:-: PSK \"a secret of many words\"}" >"$d/ipsec.secrets"
	# shellcheck disable=SC2016
	nsenter --net="/run/netns/$PREFIX-$n" -- unshare -m sh -c '
		mount --make-rprivate / && mkdir -p "$1/run" && mount --bind "$1/run" /run &&
		if [ -n "$2" ]; then
			for m in /proc /sys /dev /run /tmp; do mount --rbind $m "$2$m" || exit 1; done
		fi &&
		mount --bind "$1/ipsec.conf" "$2/etc/ipsec.conf" &&
		mount --bind "$1/ipsec.secrets" "$2/etc/ipsec.secrets" &&
		mount --bind "$1/swanctl/conf.d" "$2/etc/swanctl/conf.d" &&
		mount --bind "$1/strongswan.conf" "$2/etc/strongswan.conf" &&
		touch "$1/mounted" && exec sleep 100000' sh "$d" "$ROOT" >"$d/mount.log" 2>&1 </dev/null &
	echo $! >"$d/pid"
	disown
	until [ -e "$d/mounted" ]; do
		nap 0.1
		waited=$((waited + 1))
		[ $waited -lt 100 ] || fail "node $n"
	done
}

# on NODE COMMAND...
on() {
	local n=$1
	shift
	nsenter -t "$(cat "$WORK/$n/pid")" -n -m -- ${ROOT:+chroot "$ROOT"} "$@"
}

charon_start() {
	on "$1" /usr/lib/ipsec/starter --nofork >>"$WORK/$1/starter.log" 2>&1 </dev/null &
	disown
	wait_for "$LIMIT" "charon of $1 starts" test -S "$WORK/$1/run/charon.ctl"
	wait_for "$LIMIT" "stroke of $1 answers" on "$1" ipsec status
}

show_logs() {
	local n
	for n in srv c1 c2; do
		[ -e "$WORK/$n" ] || continue
		note "--- the end of $n"
		tail -n "${LOG_LINES:-30}" -v "$WORK/$n"/{log,watch,starter.log} 2>/dev/null | sed 's/^/    | /'
	done
}

# watch_start NODE: ike_watch, with a pipe to talk to it
watch_start() {
	local d=$WORK/$1
	rm -f "$d/in"
	mkfifo "$d/in"
	# without a shell in between, as its process id is wanted
	# shellcheck disable=SC2086
	nsenter -t "$(cat "$d/pid")" -n -m -- "$BUILD/test/vm/ike_watch" ${2:-} /run/charon.l2tp \
		<>"$d/in" >>"$d/watch" 2>&1 &
	echo $! >"$d/watch.pid"
	disown
}
watch_stop() { kill "$(cat "$WORK/$1/watch.pid")"; }
say() { echo "${*:2}" >"$WORK/$1/in"; }

# told NODE REGEX: since the last forget
told() { grep -Eq -- "$2" "$WORK/$1/watch"; }
hears() { wait_for "$LIMIT" "$1 is told: $2" told "$1" "$2"; }
forget() { : >"$WORK/$1/watch"; }
# value NODE REGEX KEY: of the last line that matches
value() { grep -E -- "$2" "$WORK/$1/watch" | tail -n 1 | sed "s/.* $3=\([^ ]*\).*/\1/"; }

# --- the world ----------------------------------------------------------------------------------------

network() {
	local n
	ns_add srv nat c1 c2
	ip link add wan netns "$PREFIX-srv" type veth peer name wan netns "$PREFIX-nat"
	batch srv <<-EOT
		link set lo up
		link set wan up
		address add 203.0.113.1/24 dev wan
		address add 10.9.9.9/32 dev lo
	EOT
	batch nat <<-EOT
		link add lan type bridge
		link set lan up
		address add 192.168.0.1/24 dev lan
		link set wan up
		address add 203.0.113.2/24 dev wan
	EOT
	for n in 1 2; do
		ip link add eth0 netns "$PREFIX-c$n" type veth peer name "c$n" netns "$PREFIX-nat"
		batch nat <<-EOT
			link set c$n up master lan
		EOT
		batch "c$n" <<-EOT
			link set lo up
			link set eth0 up
			address add 192.168.0.1$n/24 dev eth0
			route add default via 192.168.0.1
		EOT
	done
	in_ns nat nft -f - <<-EOT
		table ip nat {
			chain post {
				type nat hook postrouting priority 100
				oifname "wan" masquerade
			}
		}
	EOT
}

configs() {
	local n
	mkdir -p "$WORK"/{srv,c1,c2}
	cat >"$WORK/srv/ipsec.conf" <<-EOT
		config setup
		  uniqueids = never
		conn %default
		  type = transport
		  authby = secret
		  left = 203.0.113.1
		  leftprotoport = 17/1701
		  right = %any
		  rightprotoport = 17/%any
		  ike = aes128-sha1-modp2048!
		  esp = aes128-sha1!
		  rekey = no
		  auto = add
		  dpdaction = clear
		  dpddelay = 2
		  dpdtimeout = 15
		conn l2tp-psk
		  keyexchange = ikev1
		conn l2tp-two
		  keyexchange = ikev2
		  leftid = two.example.net
	EOT
	for n in 1 2; do
		cat >"$WORK/c$n/ipsec.conf" <<-EOT
			conn %default
			  type = transport
			  authby = secret
			  left = %defaultroute
			  leftprotoport = 17/1701
			  right = 203.0.113.1
			  rightprotoport = 17/1701
			  ike = aes128-sha1-modp2048!
			  esp = aes128-sha1!
			  dpdaction = clear
			  auto = add
			conn corp
			  keyexchange = ikev1
			conn corp2
			  keyexchange = ikev2
			  rightid = two.example.net
			  leftid = client$n.example.net
		EOT
	done
}

# world_of_charons [NODE...]: all of it or these, started
world_of_charons() {
	local n
	modprobe -q -a esp4 xfrm_user authenc cbc hmac sha1_generic aes_generic echainiv seqiv drbg nf_tables nft_chain_nat \
		nft_masq bridge veth udp_tunnel 2>/dev/null || true
	[ -e "${PLUGIN:=$BUILD/libstrongswan-l2tp.so}" ] || { note "no plugin: run make plugin"; exit 1; }
	cp -L "$PLUGIN" "$ROOT/usr/lib/ipsec/plugins/libstrongswan-l2tp.so"
	cp packaging/strongswan/*.conf "$ROOT/etc/strongswan.d/charon/"
	network
	configs
	${CONFIGS_HOOK:-true}
	[ $# -gt 0 ] || set -- srv c1 c2
	for n in "$@"; do
		node_up "$n"
		charon_start "$n"
	done
}

# --- what the tests below say again and again -----------------------------------------------------------

# up NODE NAME: waits for its charon alone, as there is no culvertd on that side
up() { on "$1" ipsec up "$2" >"$WORK/$1/up" 2>&1 || true; }
up_log() { grep -Eq -- "$2" "$WORK/$1/up"; }
log_says() { wait_for "$LIMIT" "the log of $1: $2" grep -Eq -- "$2" "$WORK/$1/log"; }
# moved UNIQUE IKE: that CHILD_SA has another IKE_SA now
moved() {
	local now
	now=$(value srv "^child unique=$1 " ike)
	[ -n "$now" ] && [ "$now" != "$2" ]
}
# packet N: a datagram through the SA of client N, from port 1701
packet() { echo | on "c$1" socat -u - UDP4:203.0.113.1:1701,sourceport=1701,bind="192.168.0.1$1" || true; }
quiet() { ! told srv '^down' || fail "$* took something down"; }
