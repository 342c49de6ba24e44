# shellcheck shell=bash
# What a user runs above IPsec: xl2tpd and pppd, kl2tpd and pppd, or culvert itself.  Each is dialled,
# asked and hung up in the same way; sourced after lib.sh.

# l2tp_dial KIND N USER PASSWORD: start it; client_up N tells when there is an address
l2tp_dial() {
	local kind=$1 n=$2
	shift 2
	KIND_OF[n]=$kind
	client_config "$n" "$@"
	rm -f "$WORK/client$n/up"
	case $kind in
	xl2tpd)
		client_run "$n"
		client_dial "$n"
		;;
	kl2tpd) kl2tpd_run "$n" ;;
	culvert) [ "$(culvert_of "$n" -j show clients | jq -r '.clients[0].state')" = up ] && culvert_up "$n" ;;
	*) fail "no client '$kind'" ;;
	esac
}
KIND_OF=()

kl2tpd_run() {
	local n=$1 dir=$WORK/client$1
	cat >"$dir/kl2tpd.toml" <<-EOT
		[tunnel.t1]
		peer = "$SERVER4:1701"
		local = "${PRIVATE[$n]:-198.51.100.$((10 + n))}:1701"
		version = "l2tpv2"
		encap = "udp"
		host_name = "client$n"
		[tunnel.t1.session.s1]
		pseudowire = "ppp"
		pppd_args = "$dir/options.kl2tpd"
	EOT
	# it takes words apart at any white space, and pppd reads the file itself
	echo "file $dir/options" >"$dir/options.kl2tpd"
	# shellcheck disable=SC2016
	spawn "client$n" "$dir/xl2tpd.log" unshare -m sh -c '
		mount --make-rprivate / && mount --bind "$1/etc-ppp" /etc/ppp &&
		exec "$2" -config "$1/kl2tpd.toml"' sh "$dir" "$KL2TPD"
	echo $! >"$dir/kl2tpd.pid"
	disown
}

# dialer_run N USER PASSWORD CONNECTION: culvertd as client N, which dials when that SA comes up; swanctl
# --initiate returns when the session is up
dialer_run() {
	local n=$1 dir=$WORK/client$1
	mkdir -p "$dir"
	cat >"$dir/culvert.conf" <<-EOT
		node = "client$n"
		users-file = "$dir/users"
		control-socket = "$dir/control.socket"
		ike-socket = "$(ike_dir "client$n")/run/charon.l2tp"
		user = nobody
		read-group = ""
		admin-group = ""
		layout = $LAYOUT
		client corp {
		    gateway = ${GATEWAY:-$SERVER4}
		    ike = $4
		    user = $2
		    secret-file = "$dir/secret"
		    routes = 10.0.0.0/24
		    dns = none
		}
	EOT
	(umask 077 && echo "$3" >"$dir/secret" && : >"$dir/users")
	: >"$dir/culvertd.log"
	spawn "client$n" "$dir/culvertd.log" "$BUILD/culvertd" -f -c "$dir/culvert.conf"
	echo $! >"$dir/culvertd.pid"
	disown
	wait_for 20 "culvertd of client $n finds charon" log_has 'event=ike-connected' "$dir/culvertd.log"
}
culvert_of() { "$BUILD/culvert" --socket "$WORK/client$1/control.socket" "${@:2}"; }

# culvert_up N: write down what the session is, as pppd's script does
culvert_up() {
	ip -n "$PREFIX-client$1" -o -4 address show |
		sed -n 's/^[0-9]*: \(ppp[^ ]*\) *inet \([0-9.]*\) peer \([0-9.]*\).*/\1 \2 \3/p' >"$WORK/client$1/up"
}

# l2tp_hangup N: ask for an end, as a user does
l2tp_hangup() {
	case ${KIND_OF[$1]} in
	xl2tpd) client_hangup "$1" ;;
	kl2tpd) kill -TERM "$(cat "$WORK/client$1/kl2tpd.pid")" ;;
	culvert) culvert_of "$1" disconnect corp >"$WORK/expect" 2>&1 || fail "culvert disconnect of client $1" ;;
	esac
}

# l2tp_stop N: no client of L2TP or PPP is left there; charon stays
l2tp_stop() {
	local pid comm
	if [ -e "$WORK/client$1/culvertd.pid" ]; then
		pid=$(cat "$WORK/client$1/culvertd.pid")
		kill -TERM "$pid" 2>/dev/null
		wait_for 15 "culvertd of client $1 ends" not_running "$pid"
		rm "$WORK/client$1/culvertd.pid"
	fi
	for pid in $(ip netns pids "$PREFIX-client$1"); do
		read -r comm <"/proc/$pid/comm" || continue
		case $comm in xl2tpd | pppd | kl2tpd) kill -KILL "$pid" 2>/dev/null ;; esac
	done
	wait_for 10 "client $1 has no ppp device" client_down "$1"
}

# --- traffic ---------------------------------------------------------------------------------------------

# both_ways N: a packet of each side finds the other
both_ways() {
	expect "client $1 pings the intranet" client_ping "$1" "$WEB" 2
	expect "the intranet pings client $1" in_ns intranet ping -c 2 -i 0.2 -W 5 "$(client_value "$1" address)"
}

# ping_start N: twenty packets a second, until ping_stop
ping_start() {
	spawn "client$1" "$WORK/client$1/ping" ping -n -i 0.05 -W 2 "$WEB"
	PING_OF[$1]=$!
	disown
}
PING_OF=()

# ping_stop N: adds what was sent and lost to $SENT and $LOST.  What was sent after the last that was
# answered is under way, not lost, unless none was.
ping_stop() {
	local sent got file=$WORK/client$1/ping
	nap 0.3 # for the last answer
	kill -INT "${PING_OF[$1]}"
	wait_for 5 "ping ends" grep -q 'packets transmitted' "$file"
	read -r sent got < <(sed -n 's/.* icmp_seq=\([0-9]*\) ttl=.*/\1/p' "$file" | sort -un |
		awk '{ last = $1 } END { print last + 0, NR }')
	[ "$got" != 0 ] || sent=$(sed -n 's/\([0-9]*\) packets transmitted.*/\1/p' "$file")
	rm -f "$file"
	SENT=$((SENT + sent)) LOST=$((LOST + sent - got))
}
SENT=0 LOST=0

# count_lost NAME ALLOWED COMMAND...: what the clients of $PINGING lose while COMMAND is done and a second
# after; more than that for each is a failure
count_lost() {
	local name=$1 allowed=$2 n clients=0
	shift 2
	SENT=0 LOST=0
	for n in $PINGING; do
		ping_start "$n"
		clients=$((clients + 1))
	done
	nap 0.3
	"$@" || fail "$name"
	nap 1
	for n in $PINGING; do ping_stop "$n"; done
	TOLD="$TOLD $name $LOST/$SENT"
	[ $LOST -le $((allowed * clients)) ] || fail "$LOST of $SENT pings were lost: $name"
}
TOLD=
