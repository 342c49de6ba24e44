# shellcheck shell=bash
# kernel: any
# layouts: auto
# "ipsec up corp" at a client whose connections are in ipsec.conf, with culvertd above it: what the user
# reads when it works and when it doesn't.
# shellcheck source=test/vm/ipsec/lib.sh
source "$TOP/test/vm/ipsec/lib.sh"
# shellcheck source=test/vm/client/lib.sh
source "$TOP/test/vm/client/lib.sh"
IKE_CLIENT_PLUGIN="l2tp stroke"
CLIENT=$(ike_dir client1)

# conn NAME KEY=VALUE...
conn() {
	echo "conn $1"
	shift
	printf '  %s\n' "$@"
}

# stroke_conf: the client's connections
stroke_conf() {
	{
		conn %default type=transport authby=secret leftprotoport=17/1701 "right=$SERVER4" rightprotoport=17/1701 \
			"ike=$IKE_CIPHER!" "esp=$ESP_CIPHER!" auto=add
		conn corp keyexchange=ikev2
		conn wrong keyexchange=ikev1
	} >"$CLIENT/ipsec.conf"
	echo ": PSK \"$IKE_PSK\"" >"$CLIENT/ipsec.secrets"
}

# starter_run: charon by starter, with an /etc/ipsec.* and a /run of its own
starter_run() {
	rm -rf "$CLIENT/run"
	mkdir -p "$CLIENT/run" "$CLIENT/plugins"
	cp -L "$PLUGIN" "$CLIENT/plugins/" || fail "make plugin"
	# shellcheck disable=SC2016
	STRONGSWAN_CONF=$CLIENT/strongswan.conf spawn client1 "$CLIENT/output" unshare -m sh -c '
		mount --make-rprivate / && mount --bind "$1/run" /run &&
		mount --bind "$1/ipsec.conf" /etc/ipsec.conf && mount --bind "$1/ipsec.secrets" /etc/ipsec.secrets &&
		mount -t overlay -o "lowerdir=$1/plugins:$2" overlay "$2" &&
		exec /usr/lib/ipsec/starter --nofork' sh "$CLIENT" /usr/lib/ipsec/plugins
	echo $! >"$CLIENT/pid"
	disown
	wait_for 20 "starter has started charon" test -S "$CLIENT/run/charon.ctl"
	wait_for 20 "stroke answers" ipsec_client status
	wait_for 20 "culvertd finds it" log_has 'event=ike-connected' "$DIALER/culvertd.log"
}

ipsec_client() { nsenter -t "$(cat "$CLIENT/pid")" -n -m -- stdbuf -oL ipsec "$@"; }
up() { ipsec_client up "$1" >"$CLIENT/up" 2>&1; }
reads() {
	grep -Eq -- "$1" "$CLIENT/up" || {
		sed 's/^/    | /' "$CLIENT/up"
		fail "the user does not read: $1"
	}
}
no_sas() { ! ipsec_client status | grep -q ESTABLISHED; }
inside() {
	wait_for 40 "$1: L2TP is up" dialer_is corp up
	expect "$1: the client pings the intranet" client_ping 1
	never_clear
	note "$1"
}
down() {
	ipsec_client down corp >/dev/null 2>&1
	wait_for 20 "the session goes with its SA" dialer_is corp idle
	wait_for 20 "nothing is left" as_before_at dialer
}

ipsec_world 1
ike_start server
ipsec_server
DIALER_TOP="ike-socket = \"$CLIENT/run/charon.l2tp\""
DIALER_IPSEC=require
DIALER_MORE="
client wrong {
    gateway = $SERVER4 user = alice secret-file = \"$DIALER/wrong\" dns = none
}"
dialer_config "    timeout = 12s"
fake_resolvconf
ike_conf client1
stroke_conf
dialer_start
starter_run
remember_at dialer

up corp || fail "ipsec up corp"
reads 'tunnel to 203\.0\.113\.1:1701'
reads 'tunnel [0-9]+ is up'
reads 'call is up, PPP as alice'
reads "L2TP of 'corp' is up: up: 10\.20\.0\.[0-9]+ on ppp0"
reads "connection 'corp' established successfully"
inside "ipsec up corp"
down
note "ipsec down corp"

up wrong || true
reads "L2TP of 'wrong' failed: authentication failed: the gateway refuses user alice"
reads "establishing connection 'wrong' failed"
wait_for 20 "its SA goes as well" no_sas
note "$(grep -h 'failed: ' "$CLIENT/up")"
dialer_stop
server_stop
