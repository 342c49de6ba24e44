# shellcheck shell=bash
# layouts: auto
# The kernel role alone: kern_role_test plays the protocol role, and a peer of raw packets behind a
# veth pair; it tries both layouts itself.  By hand, as root and on a kernel with L2TP, also for
# figures of N tunnels with a session each:
#     BUILD=build KERN_ROLE="kern_role_bench 1000" bash test/vm/kern-role.sh
set -eu

kern_role_down() {
	ip netns del kern-lns 2>/dev/null || true
	ip netns del kern-peer 2>/dev/null || true
}
trap kern_role_down EXIT
kern_role_down
modprobe -q -a veth dummy 2>/dev/null || true

ip netns add kern-lns
ip netns add kern-peer
ip link add veth0 netns kern-lns type veth peer name veth1 netns kern-peer
ip -n kern-lns address add 192.0.2.1/24 dev veth0
ip -n kern-peer address add 192.0.2.2/24 dev veth1
ip -n kern-lns address add 2001:db8::1/64 dev veth0 nodad
ip -n kern-peer address add 2001:db8::2/64 dev veth1 nodad
for ns in kern-lns kern-peer; do ip -n "$ns" link set lo up; done
ip -n kern-lns link set veth0 up
ip -n kern-peer link set veth1 up

ulimit -n 65536
# shellcheck disable=SC2086
ip netns exec kern-lns "$BUILD"/test/vm/${KERN_ROLE:-kern_role_test}
