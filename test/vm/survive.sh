# shellcheck shell=bash
# limit: 900
# The protocol role is killed 20 times, at whatever instant, while three clients of two kinds are
# pinged through every 10 ms and another one comes and goes: nobody loses a packet, a session or an
# address; sessions can be ended at once; and nothing is left behind.  Then the aaa role, likewise.
KILLS=${KILLS:-20}
# shellcheck source=test/vm/client/lib.sh
source "$TOP/test/vm/client/lib.sh"
# shellcheck source=test/vm/survive/lib.sh
source "$TOP/test/vm/survive/lib.sh"

# storm: client 4 dials and hangs up, and does not care what becomes of it
storm() {
	while [ ! -e "$WORK/calm" ]; do
		client_dial 4
		nap "1.$((RANDOM % 10))"
		client_hangup 4
		nap "0.$((RANDOM % 10))"
	done
}

world_up 4
server_config
echo "dave diver" >>"$WORK/users"
server_start
dialer_config ""
sed -i 's/^    hello = 5s/    hello = 60s/; s/^    dns = resolvconf/    dns = none/' "$DIALER/culvert.conf"
dialer_start
dial connect corp >"$DIALER/out" 2>&1 || fail "culvert connect corp: $(cat "$DIALER/out")"
client_connect 2 bob builder lcp-echo-interval 5 lcp-echo-failure 4
client_connect 3 carol carol-secret
client_config 4 dave diver
client_run 4
keep_sessions
[ "$(wc -l <"$WORK/sessions.before")" = 3 ] || fail "three clients have not three sessions"

# survives ROLE: KILLS deaths of it under way
survives() {
	local i n left
	PINGERS=
	rm -f "$WORK/calm"
	for n in 1 2 3; do ping_start "$n"; done
	storm &
	left=$!
	for ((i = 0; i < KILLS; i++)); do
		# at whatever instant of its life, but not of each life the first: nobody lives on those
		wait_for 30 "there is a role $1" has_role "$1"
		nap "$((RANDOM % 3)).$((RANDOM % 10))$((RANDOM % 10))"
		kill_role "$1"
	done
	: >"$WORK/calm"
	wait "$left"
	# shellcheck disable=SC2086
	wait $PINGERS || true
	for n in 1 2 3; do ping_end "$n"; done
	wait_for 30 "the $1 role is back" has_role "$1"
	still_there
	for n in alice bob carol; do
		wait_for 30 "the command knows the session of $n" is_up "$n"
	done
	[ "$(grep -c "$1 role ended by signal 9" "$WORK/culvertd.log")" = "$KILLS" ] ||
		fail "the log has not $KILLS deaths of the $1 role"
}

survives protocol
refuse "none was given up" log_has 'dies again and again'
KILLS=5 PINGS=1500
survives aaa
works 2
works 3

client_hangup 4
expect "a session of before can be kicked" culvert kick --yes user=carol
wait_for 20 "and is" client_down 3
client_hangup 3 # its tunnel
client_disconnect 2
expect "disconnect" dial disconnect corp
client_kill 4
wait_for 120 "nobody is left" nobody
dialer_stop
nothing_left
server_stop
