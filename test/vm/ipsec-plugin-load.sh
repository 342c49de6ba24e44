# shellcheck shell=bash
# layouts: auto
# kernel: any
# Charon's plugin, before anything happens: it wants the strongSwan that it was built for, and says which
# other plugins are in its way.
. test/vm/plugin/nodes.sh
V=$(plugin/installed)

note "built for another version: refused with what to do, and charon runs"
OTHER=${V%.*}.$((${V##*.} > 0 ? ${V##*.} - 1 : 1))
sed "s/${V//./\\.}/$OTHER/g" "$BUILD/libstrongswan-l2tp.so" >"$WORK/other.so"
PLUGIN=$WORK/other.so world_of_charons srv
log_says srv "plugin 'l2tp' was built for strongSwan $OTHER, this is another version: rebuild it with make plugin"
log_says srv 'loaded plugins: '
! grep -q 'loaded plugins: .*l2tp' "$WORK/srv/log" || fail "it is loaded"
[ ! -e "$WORK/srv/run/charon.l2tp" ] || fail "it has a socket"
on srv ipsec stop >/dev/null 2>&1
wait_for "$LIMIT" "charon ends" test ! -e "$WORK/srv/run/charon.pid"
rm -f "$WORK/srv/run/charon.ctl"

note "forecast and connmark are in the way"
PLUGIN_KEYS='mask = 0x0f0f'
printf 'l2tp {\n mask = 0x0f0f\n}\nforecast {\n load = yes\n}\nconnmark {\n load = yes\n}\n' >"$WORK/srv/plugins.conf"
cp -L "$BUILD/libstrongswan-l2tp.so" /usr/lib/ipsec/plugins/
: >"$WORK/srv/log"
charon_start srv
watch_start srv
hears srv '^hello flags=ikev1,forecast,connmark,marks mask=0xffffffff '
log_says srv "plugin 'forecast' is loaded and takes packets to the wrong client"
log_says srv "plugin 'connmark' is loaded"
log_says srv "mask = 0x0f0f isn't a row of bits"
[ "$(stat -c '%a %u' "$WORK/srv/run/charon.l2tp")" = "600 0" ] || fail "who may connect?"

note "charon is killed: the next one finds its place free, and nothing in its table"
forget srv
kill -9 "$(cat "$WORK/srv/run/charon.pid")"
hears srv '^closed'
: >"$WORK/srv/log"
log_says srv 'spawning .* worker threads'
watch_start srv
hears srv '^end'
! told srv '^child' || fail "a CHILD_SA out of nowhere"
