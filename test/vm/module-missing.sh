# shellcheck shell=bash
# layouts: auto
# A kernel without its L2TP modules (a cloud or minimal image): one line says which, and what to
# install or load.
modprobe -r l2tp_ppp l2tp_netlink 2>/dev/null || true
if grep -q '^l2tp_ppp ' /proc/modules; then
	fail "l2tp_ppp is in use and cannot be unloaded"
fi
modprobe veth
mount -t tmpfs none "/lib/modules/$(uname -r)"
trap 'umount "/lib/modules/$(uname -r)"; world_down' EXIT
world_up
server_config
server_run
wait_for 20 "the daemon gives up" not_running "$CULVERTD_PID"
! wait "$CULVERTD_PID" || fail "it ended with success"
CULVERTD_PID=
expect "the log names the module" log_has 'l2tp_(ppp|netlink)'
expect "and what to do" log_has 'modprobe|install|linux-'
