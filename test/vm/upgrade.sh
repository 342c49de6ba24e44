# shellcheck shell=bash
# limit: 600
# Another binary is put where culvertd was started from: one that is broken changes nothing and says
# why; one whose records are of the next version takes over, with every session and every ping of
# two clients, and hands back to the one before.  Then SIGHUP, as a package's upgrade sends it.
PINGS=${PINGS:-3000}
# shellcheck source=test/vm/survive/lib.sh
source "$TOP/test/vm/survive/lib.sh"

BIN=$WORK/bin
NEXT=$BUILD/next/culvertd
[ -x "$NEXT" ] || fail "no $NEXT: make check-vm builds it"

# The daemon runs from a place that can be written to.
server_run() {
	mkdir -p "$BIN"
	cp "$BUILD/culvertd" "$BIN/culvertd"
	spawn server "$WORK/culvertd.log" "$BIN/culvertd" -f -c "$WORK/culvert.conf"
	CULVERTD_PID=$!
}

# put FILE: as package managers do
put() {
	cp "$1" "$BIN/culvertd.new"
	chmod 755 "$BIN/culvertd.new"
	mv "$BIN/culvertd.new" "$BIN/culvertd"
}

runs() { cmp -s "/proc/$CULVERTD_PID/exe" "$1"; }
ready_again() { [ "$(grep -c 'event=ready' "$WORK/culvertd.log")" -gt "$READIES" ]; }

# upgrade_by FILE COMMAND...: after COMMAND the process is FILE, and everybody is still there
upgrade_by() {
	READIES=$(grep -c 'event=ready' "$WORK/culvertd.log")
	put "$1"
	"${@:2}"
	wait_for 60 "culvertd is the new one" runs "$1"
	wait_for 30 "and serves" ready_again
	still_there
	is_up alice || fail "the command does not know the session of alice"
	is_up bob || fail "the command does not know the session of bob"
}

world_up 3
server_start
client_connect 1 alice wonderland
client_connect 2 bob builder
keep_sessions
ping_start 1
ping_start 2

printf '#!/bin/sh\necho "Segmentation fault, or so" >&2\nexit 1\n' >"$WORK/broken"
put "$WORK/broken"
! culvert upgrade >"$WORK/out" 2>&1 || fail "a broken binary is taken"
expect "it says why not" grep -q 'self-test: Segmentation fault, or so' "$WORK/out"
expect "and so does the log" log_has 'not upgraded.*self-test.*Segmentation fault'
runs "$BUILD/culvertd" || fail "culvertd is another one"

upgrade_by "$NEXT" culvert upgrade
upgrade_by "$BUILD/culvertd" kill -USR2 "$CULVERTD_PID"
upgrade_by "$NEXT" kill -HUP "$CULVERTD_PID"
# shellcheck disable=SC2086
wait $PINGERS || true
ping_end 1
ping_end 2

client_connect 3 carol carol-secret
works 3
works 1
expect "a session of before can be kicked" culvert kick --yes user=bob
wait_for 20 "and is" client_down 2
client_hangup 2 # its tunnel
client_disconnect 1
client_disconnect 3
nothing_left
server_stop
