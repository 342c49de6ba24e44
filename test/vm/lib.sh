# shellcheck shell=bash
# Helpers of the scenarios in this folder and of the demonstration: a small world in network
# namespaces, our daemon, stock clients, and waiting for things.  Sourced, as root.
#
#     client1 --+
#     client2 --+-- internet -- concentrator -- intranet (a web server)
#
#     client N  198.51.100.(10+N), 2001:db8:1::(10+N)    concentrator  203.0.113.1, 2001:db8:2::1
#     intranet  10.0.0.80, through 10.0.0.1              PPP           10.20.0.1 and the pool
#
# Everything is named after $PREFIX and lives in $WORK; world_down takes it away.  Only processes
# started here, or found in these namespaces, are ever killed.

set -u
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$TOP/build}
PREFIX=${PREFIX:-cv}
LAYOUT=${LAYOUT:-auto}
WORK=${WORK:-$(mktemp -d)}
SERVER4=203.0.113.1
SERVER6=2001:db8:2::1
WEB=10.0.0.80
CULVERTD_PID=

# Under emulation starting a program costs more than what it does, so this file uses the shell's own
# means and ip's batch mode where it can.

# --- saying and waiting -------------------------------------------------------------------------------

note() { echo "    $*"; }

# fail WHAT: say it with what everybody logged, and end the scenario
fail() {
	note "FAILED: $*"
	show_logs
	exit 1
}

show_logs() {
	local f
	for f in "$WORK"/culvertd.log "$WORK"/dialer/culvertd.log "$WORK"/client*/culvertd.log "$WORK"/client*/xl2tpd.log "$WORK"/client*/ppp.log; do
		[ -s "$f" ] || continue
		note "--- the end of ${f#"$WORK"/}"
		grep -v 'start_pppd\|^xl2tpd\[[0-9]*\]: "\|Forked\|Inherited\|Written\|PPPoL2TP options\|Overriding' "$f" |
			tail -n "${LOG_LINES:-25}" | sed 's/^/    | /'
	done
}

exec {NAP}<> <(:) # never has anything to read: a sleep without a process
nap() { read -r -t "$1" -u "$NAP" || true; }

# wait_for SECONDS WHAT COMMAND...: until COMMAND succeeds; fails the scenario when it never does
wait_for() {
	local until=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt "$until" ] || fail "$what: not within the time given"
		nap 0.1
	done
}

# expect WHAT COMMAND...: COMMAND succeeds, now
expect() {
	local what=$1
	shift
	"$@" >"$WORK/expect" 2>&1 || {
		sed 's/^/    | /' "$WORK/expect"
		fail "$what"
	}
}

refuse() {
	local what=$1
	shift
	! "$@" >"$WORK/expect" 2>&1 || {
		sed 's/^/    | /' "$WORK/expect"
		fail "$what"
	}
}

# --- the world -----------------------------------------------------------------------------------------

# in_ns NAME COMMAND...
in_ns() {
	local name=$1
	shift
	nsenter --net="/run/netns/$PREFIX-$name" -- "$@"
}

# spawn NAME LOG COMMAND...: in the background; its process id is $! because nothing is in between
spawn() {
	local name=$1 log=$2
	shift 2
	nsenter --net="/run/netns/$PREFIX-$name" -- "$@" >>"$log" 2>&1 </dev/null &
}

# batch NAME: ip commands on standard input, run in that namespace; all of them must work
batch() { ip -n "$PREFIX-$1" -batch - || fail "setting up the network of $1"; }

# ns_add NAME...
ns_add() {
	local n
	for n in "$@"; do
		ip netns add "$PREFIX-$n"
		in_ns "$n" sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	done
}

# world_up [CLIENTS]
world_up() {
	local n clients=${1:-1}
	ns_add internet server intranet
	batch server <<-EOT
		link set lo up
		link add wan type veth peer name server netns $PREFIX-internet
		link add lan type veth peer name eth0 netns $PREFIX-intranet
		link set wan up
		link set lan up
		address add $SERVER4/24 dev wan
		address add $SERVER6/64 dev wan nodad
		address add 10.0.0.1/24 dev lan
		route add default via 203.0.113.254
		route add default via 2001:db8:2::fe
	EOT
	batch internet <<-EOT
		link set server up
		address add 203.0.113.254/24 dev server
		address add 2001:db8:2::fe/64 dev server nodad
	EOT
	batch intranet <<-EOT
		link set lo up
		link set eth0 up
		address add $WEB/24 dev eth0
		route add default via 10.0.0.1
	EOT
	for ((n = 1; n <= clients; n++)); do client_net "$n"; done
	mkdir -p "$WORK/www"
	echo "<h1>Welcome to the intranet</h1>" >"$WORK/www/index.html"
	spawn intranet /dev/null busybox httpd -f -p 80 -h "$WORK/www"
	disown
}

# Each client has a cable of its own to the internet, as customers of one provider have.
client_net() {
	local n=$1
	ns_add "client$n"
	batch "client$n" <<-EOT
		link set lo up
		link add eth0 type veth peer name client$n netns $PREFIX-internet
		link set eth0 up
		address add 198.51.100.$((10 + n))/32 dev eth0
		address add 2001:db8:1:$n::1/64 dev eth0 nodad
		route add 198.51.100.254/32 dev eth0
		route add 203.0.113.0/24 via 198.51.100.254
		route add 2001:db8:2::/64 via 2001:db8:1:$n::fe
	EOT
	batch internet <<-EOT
		link set client$n up
		address add 198.51.100.254/32 dev client$n
		address add 2001:db8:1:$n::fe/64 dev client$n nodad
		route add 198.51.100.$((10 + n))/32 dev client$n
	EOT
}

# Nothing survives: not a process, not a namespace, not a mount, not a file.
world_down() {
	local ns
	set +e
	for ns in $(ip netns list | sed -n "s/^\($PREFIX-[^ ]*\).*/\1/p"); do
		ip netns pids "$ns" | xargs -r kill -9 2>/dev/null
		ip netns delete "$ns"
	done
	wait 2>/dev/null
	case $WORK in /tmp/?* | /run/"$PREFIX" | "${TMPDIR:-/tmp}"/?*) rm -rf "$WORK" ;; esac
}

# --- the concentrator ----------------------------------------------------------------------------------

# server_config: a working configuration in $WORK/culvert.conf.  Variables change parts of it:
# AUTH, RANGE, LISTEN, IPSEC, and TOP_KEYS, SERVER_KEYS, GROUP_KEYS for whatever else.
server_config() {
	cat >"$WORK/culvert.conf" <<EOT
node = "lns.example.net"
users-file = "$WORK/users"
control-socket = "$WORK/control"
user = nobody
read-group = ""
admin-group = ""
layout = $LAYOUT
${TOP_KEYS:-}

listen {
    address = {${LISTEN:-$SERVER4, "$SERVER6"}}
    ipsec = ${IPSEC:-off}
}

pool staff { range = ${RANGE:-10.20.0.10-10.20.0.99} }

group staff {
    pool = staff
    local-address = 10.20.0.1
    dns = {10.0.0.53, 10.0.0.54}
    ${GROUP_KEYS:-}
}

server default {
    auth = {${AUTH:-mschapv2}}
    ${SERVER_KEYS:-}
}
EOT
	cat >"$WORK/users" <<-EOT
		alice  wonderland
		bob    builder
		carol  carol-secret
	EOT
	chmod 600 "$WORK/users"
}

modules() {
	modprobe -a -q l2tp_ppp l2tp_netlink pppox ppp_generic || true
}

# server_run: start it, wait for nothing
server_run() {
	spawn server "$WORK/culvertd.log" "$BUILD/culvertd" -f -c "$WORK/culvert.conf"
	CULVERTD_PID=$!
}

server_start() {
	modules
	[ -e "$WORK/culvert.conf" ] || server_config
	: >"$WORK/culvertd.log"
	server_run
	wait_for 30 "the daemon gets ready" log_has 'event=ready'
	remember
}

server_stop() {
	kill -TERM "$CULVERTD_PID"
	wait_for 20 "the daemon ends" not_running "$CULVERTD_PID"
	wait "$CULVERTD_PID" || fail "the daemon ended with status $?"
	CULVERTD_PID=
}

not_running() { ! kill -0 "$1" 2>/dev/null || [ "$(ps -o stat= -p "$1" | cut -c 1)" = Z ]; }

# log_has EXTENDED-REGEX [FILE]
log_has() { grep -Eq -- "$1" "${2:-$WORK/culvertd.log}"; }

culvert() { "$BUILD/culvert" --socket "$WORK/control" "$@"; }

# --- nothing left behind ---------------------------------------------------------------------------------

# kernel_state NAME: what of ours exists in that machine's kernel, in a form to compare
kernel_state() {
	{
		in_ns "$1" ip -o -batch - <<-EOT
			link show
			address show
			l2tp show tunnel
			l2tp show session
			route show table all
		EOT
		in_ns "$1" ip -6 -o route show table all
	} | awk '!/fe80::|ff00::/ { sub(/^[0-9]+: /, ""); sub(/ *valid_lft.*/, ""); print }' | sort
}

# The roles of the daemon and how many descriptors each has open.
state_fds() {
	local pid children='' fds words
	read -r children <"/proc/$CULVERTD_PID/task/$CULVERTD_PID/children" || true
	for pid in $CULVERTD_PID $children; do
		mapfile -d '' words <"/proc/$pid/cmdline"
		fds=("/proc/$pid/fd/"*)
		echo "${words[*]:1:2}: ${#fds[@]} descriptors"
	done
}

state_server() { kernel_state server; state_fds | sort; }
# The state of NAME is what state_NAME prints: of the concentrator, above, or of others.
remember_at() { "state_$1" >"$WORK/state.$1"; }
as_before_at() {
	"state_$1" >"$WORK/state.now"
	cmp -s "$WORK/state.$1" "$WORK/state.now"
}

# nothing_left_at NAME: tunnels, sessions, devices, addresses, routes and descriptors are as they were
# when they were remembered: before the first client
nothing_left_at() {
	local until=$((SECONDS + 15))
	until as_before_at "$1"; do
		if [ $SECONDS -ge $until ]; then
			diff "$WORK/state.$1" "$WORK/state.now" | sed 's/^/    | /'
			fail "something is left behind at the $1 (< before, > now)"
		fi
		nap 0.2
	done
}

remember() { remember_at server; }
as_before() { as_before_at server; }
nothing_left() { nothing_left_at server; }

# --- stock clients: xl2tpd and pppd, as Debian has them ---------------------------------------------------

# client_config N USER PASSWORD [PPPD-OPTION...]
client_config() {
	local n=$1 dir=$WORK/client$1 user=$2 password=$3
	shift 3
	mkdir -p "$dir/etc-ppp"
	chmod 700 "$dir"
	cat >"$dir/xl2tpd.conf" <<-EOT
		[global]
		port = 1701
		access control = no
		[lac culvert]
		lns = ${CLIENT_LNS:-$SERVER4}
		pppoptfile = $dir/options
		ppp debug = yes
		redial = ${CLIENT_REDIAL:-no}
		redial timeout = 3
	EOT
	: >"$dir/l2tp-secrets"
	cat >"$dir/options" <<-EOT
		noauth
		name "$user"
		password "$password"
		usepeerdns
		defaultroute
		mtu 1400
		mru 1400
		debug
		logfile $dir/ppp.log
	EOT
	[ $# = 0 ] || printf '%s\n' "$@" >>"$dir/options"
	: >"$dir/etc-ppp/options"
	cat >"$dir/etc-ppp/ip-up" <<-EOT
		#!/bin/sh
		echo "\$IFNAME \$IPLOCAL \$IPREMOTE \$DNS1 \$DNS2" >"$dir/up"
	EOT
	printf '#!/bin/sh\nrm -f "%s/up"\n' "$dir" >"$dir/etc-ppp/ip-down"
	chmod 755 "$dir/etc-ppp/ip-up" "$dir/etc-ppp/ip-down"
}

# client_run N: start xl2tpd in its namespace, with an /etc/ppp of its own
client_run() {
	local n=$1 dir=$WORK/client$1
	rm -f "$dir/up" "$dir/control"
	# shellcheck disable=SC2016
	spawn "client$n" "$dir/xl2tpd.log" unshare -m sh -c '
		mount --make-rprivate / && mount --bind "$1/etc-ppp" /etc/ppp &&
		exec xl2tpd -D -c "$1/xl2tpd.conf" -s "$1/l2tp-secrets" -p "$1/pid" -C "$1/control"' \
		sh "$dir"
	disown
	wait_for 15 "xl2tpd of client $n starts" test -p "$dir/control"
}

client_dial() { echo "c culvert" >"$WORK/client$1/control"; }
client_hangup() { echo "d culvert" >"$WORK/client$1/control"; }

# client_up N: has an address and its interface
client_up() { [ -s "$WORK/client$1/up" ]; }
client_down() { ! ip -n "$PREFIX-client$1" link show type ppp 2>/dev/null | grep -q ppp && ! pppd_of "$1"; }
pppd_of() { ip netns pids "$PREFIX-client$1" | xargs -r ps -o comm= -p 2>/dev/null | grep -q pppd; }

# client_connect N USER PASSWORD [PPPD-OPTION...]: all of it, until there is an address
client_connect() {
	local n=$1
	client_config "$@"
	client_run "$n"
	client_dial "$n"
	wait_for 40 "client $n gets an address" client_up "$n"
}

# client_value N interface|address|peer|dns
client_value() {
	local ifname addr peer dns1 dns2
	read -r ifname addr peer dns1 dns2 <"$WORK/client$1/up"
	case $2 in
	interface) echo "$ifname" ;;
	address) echo "$addr" ;;
	peer) echo "$peer" ;;
	dns) echo "$dns1 $dns2" ;;
	esac
}

client_disconnect() {
	client_hangup "$1"
	wait_for 20 "client $1 is disconnected" client_down "$1"
}

# client_kill N: every process of that client, without a word to anybody
client_kill() {
	ip netns pids "$PREFIX-client$1" | xargs -r kill -9
	wait_for 10 "client $1 is dead" no_pids "client$1"
}
no_pids() { [ -z "$(ip netns pids "$PREFIX-$1")" ]; }

client_ping() { in_ns "client$1" ping -c "${3:-3}" -i 0.2 -W 5 "${2:-$WEB}"; }
client_web() { in_ns "client$1" curl -sS -m 10 "http://$WEB/"; }

# works N: the client really is inside
works() {
	expect "client $1 pings the concentrator through the tunnel" client_ping "$1" 10.20.0.1
	expect "client $1 pings the intranet" client_ping "$1"
	client_web "$1" >"$WORK/page" || fail "client $1 gets no web page"
	expect "client $1 gets the intranet's web page" cmp "$WORK/page" "$WORK/www/index.html"
}
