# shellcheck shell=bash
# kernel: any
# layouts: auto
# A users file that everybody can read is refused before anything is opened, by --check and by the
# daemon, with the file's name and the remedy.
world_up
server_config
modules
expect "a good file passes --check" "$BUILD/culvertd" --check -c "$WORK/culvert.conf"
chmod 644 "$WORK/users"
"$BUILD/culvertd" --check -c "$WORK/culvert.conf" >"$WORK/checked" 2>&1 && fail "--check accepts mode 0644"
expect "--check names the file" grep -qF "$WORK/users" "$WORK/checked"
expect "and the remedy" grep -Eq 'chmod|0600' "$WORK/checked"
server_run
wait_for 20 "the daemon gives up" not_running "$CULVERTD_PID"
! wait "$CULVERTD_PID" || fail "it ended with success"
CULVERTD_PID=
expect "the log names the file" log_has "$WORK/users"
expect "and the remedy" log_has 'chmod|0600'
[ -z "$(in_ns server ss -Hnua 'sport = :1701')" ] || fail "a socket is left"
