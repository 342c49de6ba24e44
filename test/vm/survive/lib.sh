# shellcheck shell=bash
# Helpers for scenarios in which a part of the concentrator ends and its sessions do not: its roles,
# pings that must all be answered, and what must not change.
PINGS=${PINGS:-6000} PINGERS=

# role_pid ROLE: of the concentrator, not of the client that is a culvertd too
role_pid() {
	local pid children='' words
	read -r children <"/proc/$CULVERTD_PID/task/$CULVERTD_PID/children" || true
	for pid in $children; do
		mapfile -d '' words 2>/dev/null <"/proc/$pid/cmdline" || continue
		[ "${words[*]:1:2}" != "--role $1" ] || echo "$pid"
	done
}
has_role() { [ -n "$(role_pid "$1")" ]; }

# kill_role ROLE: the one that lives now, as soon as there is one
kill_role() {
	wait_for 30 "there is a role $1" has_role "$1"
	kill -9 "$(role_pid "$1")" 2>/dev/null || true
}

ping_start() {
	spawn "client$1" "$WORK/ping$1" ping -q -i 0.01 -W 10 -c "$PINGS" 10.20.0.1
	PINGERS+=" $!"
}

# ping_end N: all of it has ended, and nothing was lost
ping_end() {
	grep -q " 0% packet loss" "$WORK/ping$1" || {
		sed 's/^/    | /' "$WORK/ping$1"
		fail "client $1 lost packets"
	}
	note "client $1: $(grep transmitted "$WORK/ping$1")"
}

sessions() { in_ns server ip l2tp show session | sed -n 's/^Session \([0-9]*\) in tunnel \([0-9]*\)$/\2.\1/p' | sort; }
addresses() { in_ns server ip -4 -o address show | grep -o 'peer [0-9.]*' | sort; }
nobody() { [ -z "$(sessions)" ]; }
up_for() { culvert -j show sessions | jq -r --arg u "$1" '[.sessions[] | select(.user == $u)] | length'; }
is_up() { [ "$(up_for "$1")" = 1 ]; }


# keep_sessions: what there is now must be there later
keep_sessions() {
	sessions >"$WORK/sessions.before"
	addresses >"$WORK/addresses.before"
}

still_there() {
	sessions >"$WORK/sessions.now"
	[ -z "$(comm -23 "$WORK/sessions.before" "$WORK/sessions.now")" ] || fail "sessions were lost"
	addresses >"$WORK/addresses.now"
	[ -z "$(uniq -d "$WORK/addresses.now")" ] || fail "an address was given twice"
	[ -z "$(comm -23 "$WORK/addresses.before" "$WORK/addresses.now")" ] || fail "addresses have changed"
}
