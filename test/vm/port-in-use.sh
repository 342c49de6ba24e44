# shellcheck shell=bash
# kernel: any
# Somebody has UDP port 1701 already (xl2tpd, as it is on many machines): one line says so, with
# what to do, and the daemon ends.
world_up
server_config
modules
mkdir "$WORK/other"
printf '[global]\nport = 1701\n' >"$WORK/other/xl2tpd.conf"
: >"$WORK/other/secrets"
spawn server "$WORK/other/log" xl2tpd -D -c "$WORK/other/xl2tpd.conf" -s "$WORK/other/secrets" \
	-p "$WORK/other/pid" -C "$WORK/other/control"
port_taken() { in_ns server ss -Hnua | grep -q :1701; }
wait_for 20 "the other daemon has the port" port_taken
server_run
wait_for 20 "the daemon gives up" not_running "$CULVERTD_PID"
! wait "$CULVERTD_PID" || fail "it ended with success"
CULVERTD_PID=
expect "the log names the port" log_has '1701'
expect "and what is wrong" log_has 'in use|already'
[ "$(grep -Ec '1701.*(in use|already)|(in use|already).*1701' "$WORK/culvertd.log")" = 1 ] ||
	fail "not one clear line: $(cat "$WORK/culvertd.log")"
