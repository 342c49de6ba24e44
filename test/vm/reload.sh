# shellcheck shell=bash
# layouts: parked classic
# kernel: any
# limit: 500
# The configuration is read again, and again, under two clients that ping all the time: what is
# different counts, what cannot be is said, a broken file changes nothing, what nobody confirms is
# taken back, and no ping is lost.
world_up 3
GROUP_KEYS="id = 20"
server_start
client_connect 1 alice wonderland
client_connect 2 bob builder
address1=$(client_value 1 address)

pings_start() {
	local n
	for n in 1 2; do
		spawn "client$n" "$WORK/pings$n" ping -i 0.05 -W 5 10.20.0.1
		pings[n]=$!
	done
}
pings_stop() {
	local n
	for n in 1 2; do
		kill -INT "${pings[n]}"
		wait "${pings[n]}"
		note "client $n: $(grep transmitted "$WORK/pings$n")"
		expect "no ping of client $n is lost" grep -q ' 0% packet loss' "$WORK/pings$n"
	done
}
# reload_prints WORDS... -- OPTIONS...: each in what culvert reload says
reload_prints() {
	local words=() w
	while [ "$1" != -- ]; do words+=("$1") && shift; done
	shift
	culvert reload "$@" >"$WORK/out" 2>&1 || fail "culvert reload: $(cat "$WORK/out")"
	for w in "${words[@]}"; do
		grep -qF -- "$w" "$WORK/out" || fail "culvert reload does not say '$w' but $(cat "$WORK/out")"
	done
}
generation() { culvert -j status | jq .status.generation; }
in_force() { culvert config show | grep -qE "$1"; }
declare -a pings
pings_start

# the same file
expect "nothing is different" culvert config diff
reload_prints "0 changes applied" "3 users" --

# another pool, other name servers, an interface group, a limit
RANGE=10.20.1.10-10.20.1.99 GROUP_KEYS="id = 30 sessions-per-user = 1" SERVER_KEYS="max-tunnels = 2"
server_config
sed -i 's/10\.0\.0\.54/10.0.0.55/' "$WORK/culvert.conf"
rc=0
culvert config diff >"$WORK/diff" || rc=$?
[ $rc = 5 ] || fail "config diff ends with $rc"
expect "config diff shows the pool" grep -q '^~ pool staff / range: 10.20.0.10-10.20.0.99 -> 10.20.1.10-10.20.1.99$' "$WORK/diff"
expect "and that name servers are for new sessions" grep -q '^~ group staff / dns: .*  (for new sessions)$' "$WORK/diff"
reload_prints "5 changes applied" --
expect "the log has each change" log_has 'reload: server default / max-tunnels: 20000 -> 2'
refuse "nothing is different any more" test -n "$(culvert config diff)"
[ "$(culvert -j show sessions user=alice | jq -r '.sessions[0] | .address, .dns[1]' | xargs)" = "$address1 10.0.0.54" ] ||
	fail "alice's session is not what it was"
expect "her device stays in its group" in_ns server sh -c "ip -o link show group 20 | grep -q ppp"

# the limit counts at once; then there is room, in the new pool
client_config 3 carol carol-secret
client_run 3
client_dial 3
wait_for 20 "a third tunnel is over the limit" log_has 'event=limit-reached.*tunnel-limit'
SERVER_KEYS=''
server_config
reload_prints "max-tunnels: 2 -> 20000" --
client_kill 3
client_connect 3 carol carol-secret
expect "the new pool" grep -q '^10\.20\.1\.' <<<"$(client_value 3 address)"
expect "the new interface group" in_ns server sh -c "ip -o link show group 30 | grep -q ppp"

# what cannot be changed, with something that can; by a signal
before=$(generation)
LISTEN="$SERVER4" SERVER_KEYS="echo = 20s"
server_config
sed -i 's/^layout.*/layout = classic/; s/carol.*/dave secret/' "$WORK/culvert.conf" "$WORK/users"
[ "$LAYOUT" = classic ] && sed -i 's/^layout.*/layout = parked/' "$WORK/culvert.conf"
kill -HUP "$CULVERTD_PID"
wait_for 10 "the signal is obeyed" log_has 'reload: 1 change applied, 2 need a restart'
expect "the listener's is said" log_has 'listen \[2001:db8:2::1\]:1701 removed \(at the next start'
expect "the layout's is said" log_has 'layout: .* \(at the next start; every socket is made for it\)'
expect "it is still there" in_ns server sh -c "ss -uln | grep -q '\[2001:db8:2::1\]:1701'"
[ "$(generation)" = $((before + 1)) ] || fail "the generation is $(generation)"
[ "$(culvert config diff | grep -c 'at the next start')" = 2 ] || fail "config diff: $(culvert config diff)"

# carol is no user any more: her session stays, and she cannot have another
works 3
client_disconnect 3
client_dial 3
wait_for 30 "carol is refused" log_has 'event=auth-failed.*unknown-user'
client_kill 3

# a broken file: every mistake, and nothing is changed
before=$(generation)
sed -i 's/^pool staff.*/pool staff { range = 10.20.1.99-10.20.1.10 }/; s/mschapv2/mschapv3/' "$WORK/culvert.conf"
! culvert reload >"$WORK/out" 2>&1 || fail "a broken file is taken"
expect "the first mistake" grep -q 'ends before it begins' "$WORK/out"
expect "the second mistake" grep -q 'mschapv3' "$WORK/out"
server_config
echo "broken" >>"$WORK/users"
! culvert reload >"$WORK/out" 2>&1 || fail "broken users are taken"
expect "where" grep -q "$WORK/users:4" "$WORK/out"
server_config
echo "dave  secret  group=nowhere" >>"$WORK/users"
! culvert reload >"$WORK/out" 2>&1 || fail "a user of a group that is not there is taken"
expect "who" grep -q "$WORK/users:4: there is no group 'nowhere'" "$WORK/out"
[ "$(generation)" = "$before" ] || fail "a broken file counts"

# confirmed, not confirmed, taken back
LISTEN='' SERVER_KEYS='' GROUP_KEYS="id = 30 mtu = 1300"
server_config
reload_prints "group staff / mtu: 1400 -> 1300" "comes back in 600 s" -- --confirm 10m
in_force 'mtu = 1300' || fail "it is not in force"
refuse "a plain reload waits" culvert reload
kill -HUP "$CULVERTD_PID"
wait_for 10 "so does a signal" log_has 'a reload waits to be confirmed'
expect "it is confirmed" culvert reload --confirmed
refuse "once" culvert reload --confirmed
GROUP_KEYS="id = 30 mtu = 1200"
server_config
rm "$WORK/users" && (umask 077 && echo "mallory secret" >"$WORK/users")
reload_prints "mtu: 1300 -> 1200" "1 user" -- --confirm 2s
wait_for 20 "nobody confirms" log_has 'not confirmed within 2 s: back to the configuration before'
in_force 'mtu = 1300' || fail "the one before is not back"
client_connect 3 alice wonderland # of the users before
expect "users and all" test -n "$(client_value 3 address)"
client_disconnect 3
client_kill 3
server_config
reload_prints "mtu: 1300 -> 1200" -- --confirm 1h
reload_prints "mtu: 1200 -> 1300" -- --revert
in_force 'mtu = 1300' || fail "it was not taken back"

# their group goes from under them
server_config
sed -i 's/group staff {/group team {/' "$WORK/culvert.conf"
reload_prints "- group staff  (its sessions stay" "+ group team" "default-group: staff -> team" --
client_connect 3 alice wonderland
[ "$(culvert -j show sessions ip="$address1" | jq -r '.sessions[0].group')" = staff ] || fail "alice is not in her group"
[ "$(culvert -j show sessions ip="$(client_value 3 address)" | jq -r '.sessions[0].group')" = team ] || fail "the new one is not in the new group"
client_disconnect 3
client_kill 3

pings_stop
works 1
client_disconnect 1
client_disconnect 2
for n in 1 2; do client_kill $n; done
nothing_left
server_stop
