# shellcheck shell=bash
# Helpers for scenarios in which culvertd dials: a daemon of its own in a client's namespace, with
# its files in $WORK/dialer.

DIALER=$WORK/dialer
DIALER_PID=
GATEWAY_NAME=gw.example.net

# dialer_config [KEY=VALUE lines of the profile corp], then whatever stands in DIALER_MORE
dialer_config() {
	mkdir -p "$DIALER"
	cat >"$DIALER/culvert.conf" <<EOT
node = "laptop.example.net"
users-file = "$DIALER/users"
control-socket = "$DIALER/control"
user = nobody
read-group = ""
admin-group = ""
layout = $LAYOUT
${DIALER_TOP:-}

client corp {
    gateway = ${DIALER_GATEWAY:-$GATEWAY_NAME}
    ipsec = ${DIALER_IPSEC:-off}
    user = alice
    secret-file = "$DIALER/secret"
    routes = 10.0.0.0/24
    dns = resolvconf
    hello = 5s
    echo = 3s
    echo-failures = 2
    retry = 1s
    retry-max = 3s
$*
}
${DIALER_MORE:-}
EOT
	(umask 077 && echo wonderland >"$DIALER/secret" && echo looking-glass >"$DIALER/wrong")
	grep -q "$GATEWAY_NAME" /etc/hosts || echo "$SERVER4 $GATEWAY_NAME" >>/etc/hosts
}

# A resolvconf that keeps its records where one can look.
fake_resolvconf() {
	mkdir -p "$DIALER/resolv"
	cat >/usr/sbin/resolvconf <<-EOT
		#!/bin/sh
		case \$1 in
		-a) exec cat >"$DIALER/resolv/\$2" ;;
		-d) exec rm -f "$DIALER/resolv/\$2" ;;
		esac
		exit 1
	EOT
	chmod 755 /usr/sbin/resolvconf
}

dialer_start() {
	modules
	: >"$DIALER/culvertd.log"
	spawn client1 "$DIALER/culvertd.log" "$BUILD/culvertd" -f -c "$DIALER/culvert.conf"
	DIALER_PID=$!
	wait_for 30 "the dialing daemon gets ready" log_has 'event=ready' "$DIALER/culvertd.log"
}

dialer_stop() {
	kill -TERM "$DIALER_PID"
	wait_for 20 "the dialing daemon ends" not_running "$DIALER_PID"
	wait "$DIALER_PID" || fail "the dialing daemon ended with status $?"
	DIALER_PID=
}

dial() { timeout 90 "$BUILD/culvert" --socket "$DIALER/control" "$@"; }
dialer_state() { dial -j show clients | jq -r --arg name "$1" '.clients[] | select(.client == $name).state'; }
dialer_is() { [ "$(dialer_state "$1")" = "$2" ]; }

# For remember_at and nothing_left_at: the client's machine, and what resolvconf was told.
state_dialer() {
	kernel_state client1
	ls "$DIALER/resolv" 2>/dev/null || true
}

# goes_by ADDRESS DEVICE: where the client's packets to an address go
goes_by() { in_ns client1 ip route get "$1" | grep -q "dev $2 "; }
