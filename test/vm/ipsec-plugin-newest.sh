# shellcheck shell=bash
# layouts: auto
# only when named
# The plugin with the strongSwan of Debian unstable, which has no IKEv1.  Only where somebody has run
# test/vm/plugin/root sid.
SWAN_ROOT=$TOP/.cache/root/sid
[ -e "$SWAN_ROOT/complete" ] || fail "there is no Debian unstable here: run test/vm/plugin/root sid"
PLUGIN=$SWAN_ROOT/plugin.so
. test/vm/plugin/nodes.sh
world_of_charons srv c1
log_says srv 'this strongSwan was built without IKEv1, so only clients that speak IKEv2'
watch_start srv
hears srv '^hello flags=marks .*strongSwan 6'
watch_start c1
hears c1 '^end'
on c1 ipsec up corp2 >"$WORK/c1/up" 2>&1 &
hears c1 '^connect '
say c1 result "$(value c1 '^connect ' id)" 0 PPP is up
hears srv '^child .* conn=l2tp-two/l2tp-two ikev2 flags=responder,encap,nat-there, .* marks=1,1/'
first=$(value srv '^child' unique)
on c1 ipsec stroke rekey 'corp2{*}' >/dev/null
hears srv "^child .* replaces=$first .* marks=1,1/"
on c1 ipsec down corp2 >/dev/null
hears srv '^down'
