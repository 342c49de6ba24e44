# shellcheck shell=bash
# layouts: auto
# kernel: any
# Charon's plugin, at the client: "ipsec up" and "swanctl --initiate" end when L2TP is up, or with the
# reason why it isn't; and what culvertd asks for is done.
. test/vm/plugin/nodes.sh
PLUGIN_KEYS='mask = 0x300' # three marks
world_of_charons

# start NODE COMMAND...: in the background, its output in up, its status in status
start() {
	local d=$WORK/$1
	rm -f "$d/status"
	(
		on "$1" stdbuf -oL "${@:2}" >"$d/up" 2>&1 && rc=0 || rc=$?
		echo "$rc" >"$d/status"
	) &
	STARTED=$!
}
ended() { wait_for "$LIMIT" "$2 ends" test -s "$WORK/$1/status"; }
prints() { wait_for "$LIMIT" "the user reads: $2" up_log "$1" "$2"; }
# asked: the id of the question
asked() {
	hears c1 '^connect '
	ID=$(value c1 '^connect ' id)
}
gone() { wait_for "$LIMIT" "the SA goes" no_sa; }
no_sa() { ! on c1 ipsec status | grep -q ESTABLISHED; }

watch_start srv
watch_start c1
hears c1 '^end'

note "ipsec up: progress, and success"
start c1 ipsec up corp
asked
hears c1 '^child .* conn=corp/corp ikev1 flags=initiator,encap,nat-here, .* marks=0,0/'
unique=$(value c1 '^child ' unique)
[ "$(value c1 '^connect ' unique)" = "$unique" ] || fail "another CHILD_SA is asked for"
say c1 progress "$ID" SCCRQ sent
prints c1 'SCCRQ sent'
say c1 progress 4711 somebody else has asked for this
say c1 progress "$ID" PPP authentication
prints c1 'PPP authentication'
[ ! -e "$WORK/c1/status" ] || fail "it ended too early"
say c1 result "$ID" 0 ppp0 has 10.20.0.10
ended c1 'ipsec up'
prints c1 'L2TP of .corp. is up: ppp0 has 10.20.0.10'
prints c1 "connection 'corp' established successfully"
! up_log c1 'somebody else' || fail "a line for somebody else"

note "culvertd takes the SA down"
say c1 terminate "$unique" the last session ended
hears srv '^down'
hears c1 "^down unique=$unique"
log_says c1 'taking .corp. with .* down: the last session ended'
gone

note "ipsec up: failure"
forget c1
start c1 ipsec up corp
asked
say c1 result "$ID" 13 CHAP: wrong password
ended c1 'ipsec up'
prints c1 'L2TP of .corp. failed: CHAP: wrong password'
prints c1 "establishing connection 'corp' failed"
gone

note "swanctl --initiate: success, failure by its status, and its timeout"
for error in 0 111; do
	forget c1
	start c1 swanctl --initiate --ike corp2 --child corp2
	asked
	say c1 progress "$ID" PPP is up
	say c1 result "$ID" $error as said
	ended c1 swanctl
	prints c1 'PPP is up'
	case $error:$(cat "$WORK/c1/status") in
	0:0 | 111:[1-9]*) ;;
	*) fail "status $(cat "$WORK/c1/status") for error $error" ;;
	esac
	on c1 swanctl --terminate --ike corp2 >/dev/null 2>&1 || true
	gone
done
forget c1
start c1 swanctl --initiate --ike corp2 --child corp2 --timeout 3
asked
timeout=$(value c1 '^connect ' timeout)
if [ "$timeout" -le 500 ] || [ "$timeout" -gt 3000 ]; then fail "timeout $timeout"; fi
ended c1 swanctl
prints c1 'not established after 3000ms'
hears c1 "^cancel id=$ID"
on c1 swanctl --terminate --ike corp2 >/dev/null
gone

note "the user doesn't wait any longer"
forget c1
on c1 ipsec up corp >"$WORK/c1/up" 2>&1 &
asked
for pid in $(ip netns pids "$PREFIX-c1"); do
	[ "$(cat "/proc/$pid/comm")" != stroke ] || kill -INT "$pid"
done
hears c1 "^cancel id=$ID"
say c1 result "$ID" 0 too late
on c1 ipsec down corp >/dev/null
gone

note "culvertd goes while somebody waits"
forget c1
start c1 ipsec up corp
asked
watch_stop c1
ended c1 'ipsec up'
prints c1 'L2TP of .corp. failed: culvertd went away'
on c1 ipsec status | grep -q ESTABLISHED || fail "IPsec went with it"
on c1 ipsec down corp >/dev/null
gone

note "who doesn't wait: culvertd is told that we are the initiator, and asked nothing"
watch_start c1
hears c1 '^end'
forget c1
on c1 swanctl --initiate --ike corp2 --child corp2 --timeout -1 >/dev/null 2>&1
hears c1 '^child .* conn=corp2/corp2 ikev2 flags=initiator,'
nap 1
! told c1 '^connect' || fail "nobody waits"
on c1 ipsec down corp2 >/dev/null
gone
watch_stop c1
forget c1

note "culvertd connects by itself: success, no such connection, twice, no answer"
watch_start c1
hears c1 '^end'
say c1 initiate 21 0 corp
hears c1 '^initiated id=21 error=0'
hears c1 '^child .* conn=corp/corp .*flags=initiator'
say c1 initiate 22 0 corp corp
hears c1 '^initiated id=22 error=0 text=".corp. is up already'
[ "$(grep -c '^child .*replaces=0' "$WORK/c1/watch")" -ge 1 ] || fail "no CHILD_SA"
say c1 initiate 23 0 corp nothing
hears c1 '^initiated id=23 error=-2'
on c1 ipsec down corp >/dev/null
gone
ip -n "$PREFIX-nat" link set wan down
say c1 initiate 24 2500 corp2
hears c1 '^initiated id=24 error=-110'
ip -n "$PREFIX-nat" link set wan up

note "marks of a short mask are used again"
expect "the first" told srv '^child .* marks=256,256/0x300 .*'
[ "$(grep -c '^child .*replaces=0' "$WORK/srv/watch")" -gt 4 ] || fail "this was no test"
! grep '^child' "$WORK/srv/watch" | grep -v ' marks=\(256,256\|512,512\|768,768\)/0x300 ' || fail "other marks"
