# shellcheck shell=bash
# layouts: auto
# kernel: any
# Under a real systemd with the unit as it is installed: it gets ready, serves a client in spite of
# every restriction, writes fields to the journal, reads the users file again on reload, and stops;
# and is not started again when it was drained.
[ -x /lib/systemd/systemd ] || {
	note "this machine has no systemd"
	exit 0
}
world_up
server_config
sed -i "s#$WORK/users#/etc/culvert/users#; s#$WORK/control#/run/culvert/control#" "$WORK/culvert.conf"
mkdir -p /etc/culvert
install -m 640 "$WORK/culvert.conf" /etc/culvert/culvert.conf
install -m 600 "$WORK/users" /etc/culvert/users
install -m 755 "$BUILD/culvertd" /usr/sbin/culvertd
type="exec"
! ldd "$BUILD/culvertd" | grep -q libsystemd || type="notify"
sed "s#@SBINDIR@#/usr/sbin#; s#@TYPE@#$type#" packaging/systemd/culvertd.service \
	>/lib/systemd/system/culvertd.service

# A system of its own beside this one: other processes, other mounts, the concentrator's network.
# shellcheck disable=SC2016
spawn server "$WORK/systemd.log" unshare --mount --pid --fork --kill-child --mount-proc bash -c '
	mount -t tmpfs run /run
	mount -t tmpfs tmp /tmp # which it clears when it starts
	mount -t sysfs -o ro sys /sys
	mount -t cgroup2 cgroup /sys/fs/cgroup
	container=other exec /lib/systemd/systemd --system --unit=systemd-journald.service'
spawned=$!
sub() { nsenter -t "$(pgrep -P "$spawned" | head -n 1)" -m -p -n -- "$@"; }
wait_for 60 "systemd runs" sub systemctl show --property=Version
sub systemctl start culvertd >"$WORK/start" 2>&1 || {
	sed 's/^/    | /' "$WORK/start" "$WORK/systemd.log"
	sub journalctl --no-pager -u culvertd | tail -n 30
	fail "systemctl start culvertd"
}
expect "the unit is active" sub systemctl is-active culvertd
wait_for 30 "the command reaches it" sub "$BUILD/culvert" status
client_connect 1 alice wonderland
works 1
expect "the journal has the session by field" sub journalctl --no-pager -o json CULVERT_EVENT=session-up
sub journalctl --no-pager -o json CULVERT_USER=alice CULVERT_EVENT=session-up >"$WORK/entry"
expect "with its address" grep -q "\"CULVERT_ADDRESS\":\"$(client_value 1 address)\"" "$WORK/entry"
echo "dora explorer" >>/etc/culvert/users
sub systemctl reload culvertd || fail "systemctl reload"
wait_for 10 "the users file is read again" sub sh -c \
	'journalctl --no-pager -u culvertd | grep -q "4 users in /etc/culvert/users"'
works 1
client_disconnect 1
sub systemctl stop culvertd || fail "systemctl stop"
refuse "it failed" sub systemctl is-failed culvertd
refuse "the control socket is left" sub test -e /run/culvert/control

# a drain that ends it is no failure: nobody starts it again
sub systemctl start culvertd || fail "systemctl start, again"
wait_for 30 "the command reaches it again" sub "$BUILD/culvert" status
expect "drain --exit" sub "$BUILD/culvert" drain --exit
wait_for 30 "the unit is inactive" sub sh -c '[ "$(systemctl is-active culvertd)" = inactive ]'
nap 3 # RestartSec
expect "and stays so" sub sh -c '[ "$(systemctl is-active culvertd)" = inactive ]'
refuse "the drain failed" sub systemctl is-failed culvertd
kill -9 "$(pgrep -P "$spawned")" 2>/dev/null || true
wait "$spawned" 2>/dev/null || true
