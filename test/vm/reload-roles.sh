# shellcheck shell=bash
# kernel: any
# What a reload leaves to others: the rules for interface groups, what is to be confirmed while roles
# die, and descriptors.
world_up 0
IPSEC=require GROUP_KEYS="id = 20" SERVER_KEYS="default-group = staff"
server_start
table() { in_ns server nft list table inet culvert; }
role_pid() {
	local pid children
	read -r children <"/proc/$CULVERTD_PID/task/$CULVERTD_PID/children" || true
	for pid in $children; do
		! grep -qa "$1" "/proc/$pid/cmdline" || echo "$pid"
	done
}
role_is_there() { [ -n "$(role_pid "$1")" ]; }
table_has() { grep -Eq "$1" <<<"$(table)"; }
in_force() { culvert config show | grep -qE "$1"; }
expect "the rules are for the group" table_has 'iifgroup (\{ )?20 '

# another interface group, before anybody has asked the kernel role for anything
GROUP_KEYS="id = 30"
server_config
expect "culvert reload" culvert reload
wait_for 10 "the rules are for the new one" table_has 'iifgroup (\{ )?30 '
refuse "and not for the old one" table_has 'iifgroup (\{ )?20 '
cat >>"$WORK/culvert.conf" <<-EOT
	group more { local-address = 10.21.0.1 id = 40 }
EOT
expect "culvert reload" culvert reload
wait_for 10 "and for another" table_has 'iifgroup \{ 30, 40 \}'

# both roles die while it is not confirmed: it comes back all the same
server_config
sed -i 's/^node.*/node = "other"/' "$WORK/culvert.conf"
expect "culvert reload" culvert reload --confirm 15s
for role in protocol aaa; do
	kill -9 "$(role_pid $role)"
	wait_for 20 "the $role role is back" role_is_there $role
done
wait_for 20 "it serves again" in_force 'node = other'
refuse "the group is removed for the new one, too" in_force '^group more'
wait_for 40 "nobody has confirmed" log_has 'not confirmed within 15 s'
wait_for 10 "the one before is in force" in_force 'node = lns.example.net'
expect "with the group" in_force '^group more'
wait_for 10 "the users, too" log_has 'changes? applied, 0 need a restart'

# and again and again: nothing piles up
fds=$(state_fds)
for n in 1 2 3 4 5; do
	sed -i "s/^ike-grace.*//; 1i ike-grace = ${n}s" "$WORK/culvert.conf"
	expect "culvert reload" culvert reload
	expect "culvert config diff" culvert config diff
done
[ "$(state_fds)" = "$fds" ] || fail "descriptors: $fds, and now $(state_fds)"
[ "$(culvert -j status | jq .status.generation)" -ge 9 ] || fail "generation $(culvert -j status | jq .status.generation)"
server_stop
